"""The account's search: an index that lags behind, and a list that ends at a thousand."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.routing import BaseRoute

from sandbox.zendesk.conduct import Conduct
from sandbox.zendesk.paging import decode_cursor, encode_cursor, page
from sandbox.zendesk.records import Ticket
from sandbox.zendesk.shape import Shape
from sandbox.zendesk.state import State
from sandbox.zendesk.wire import Answer, Body, Call, Front, Refusal, needs_agent

MOST_RESULTS = 1_000
MOST_EXPORTED = 1_000


@dataclass(frozen=True, slots=True)
class _Entry:
    """A ticket as the index knows it."""

    version: tuple[int, int]
    subject: str
    facts: dict[str, list[str]]
    shown: Body

    def matches(self, words: list[str], named: list[tuple[str, str]]) -> bool:
        return all(value in self.facts.get(name, []) for name, value in named) and all(
            word in self.subject for word in words
        )


class SearchRoutes:
    def __init__(self, state: State, shape: Shape, conduct: Conduct) -> None:
        self._state = state
        self._shape = shape
        self._conduct = conduct
        self._index: dict[int, _Entry] = {}

    def routes(self, front: Front) -> list[BaseRoute]:
        return [
            *front.route("search", GET=self.search),
            *front.route("search/count", GET=self.count),
            *front.route("search/export", GET=self.export),
        ]

    def search(self, call: Call) -> Answer:
        """By words of the subject, ``status:``, ``tags:`` or ``external_id:``; pages go by number."""
        needs_agent(call)
        if "page[size]" in call.query or "page[after]" in call.query:
            message = "page must be an integer"
            raise Refusal(400, {"error": {"title": "Invalid attribute", "message": message}})
        if call.number("page", 1, most=1_000) * call.number("per_page", 100, most=100) > MOST_RESULTS:
            raise Refusal(422, {"error": "invalid", "description": "Invalid search: Requested response size"})
        chosen, paging = page(call, self._found(call))
        return Answer({"results": chosen, "facets": None, **paging})

    def count(self, call: Call) -> Answer:
        needs_agent(call)
        return Answer({"count": len(self._found(call))})

    def export(self, call: Call) -> Answer:
        """By cursor, past a thousand."""
        needs_agent(call)
        if call.query.get("filter[type]") not in ("ticket", "user", "organization", "group"):
            message = "filter[type] is required"
            raise Refusal(400, {"error": {"title": "Invalid attribute", "message": message}})
        rows = self._found(call)
        after = call.query.get("page[after]")
        start = decode_cursor(after) if after else 0
        end = start + call.number("page[size]", 100, most=MOST_EXPORTED)
        more = end < len(rows)
        meta = {
            "has_more": more,
            "after_cursor": encode_cursor(end) if more else None,
            "before_cursor": None,
        }
        following = f"{call.url}?page[after]={encode_cursor(end)}" if more else None
        links = {"next": following, "prev": None}
        return Answer({"results": rows[start:end], "facets": None, "meta": meta, "links": links})

    def _found(self, call: Call) -> list[Body]:
        terms = call.query.get("query", "").lower().split()
        if not terms:
            raise Refusal(422, {"error": "invalid", "description": "Invalid search: query is blank"})
        named = [
            (name, value.strip('"')) for name, _, value in (term.partition(":") for term in terms) if value
        ]
        words = [term for term in terms if ":" not in term]
        self._take_in()
        return [entry.shown for entry in self._index.values() if entry.matches(words, named)]

    def _take_in(self) -> None:
        """Bring the index up to what it may know by now; older knowledge stays until then."""
        known_until = self._state.clock.now().timestamp() - self._conduct.search_lag
        for ticket in self._state.tickets.values():
            entry = self._index.get(ticket.id)
            if ticket.generated > known_until or (entry and entry.version == _version(ticket)):
                continue
            if ticket.deleted:
                self._index.pop(ticket.id, None)
            else:
                self._index[ticket.id] = self._entry(ticket)

    def _entry(self, ticket: Ticket) -> _Entry:
        facts = {
            "type": ["ticket"],
            "status": [ticket.status],
            "tags": list(ticket.tags),
            "external_id": [ticket.external_id or ""],
        }
        shown = {**self._shape.ticket(ticket), "result_type": "ticket"}
        return _Entry(_version(ticket), ticket.subject.lower(), facts, shown)


def _version(ticket: Ticket) -> tuple[int, int]:
    return ticket.generated, len(ticket.audits)

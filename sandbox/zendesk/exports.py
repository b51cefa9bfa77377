"""The incremental exports: everything in the order of its last change, without the last minute."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar
from urllib.parse import urlencode

from starlette.routing import BaseRoute

from sandbox.zendesk.records import Audit, Organization, Ticket, User
from sandbox.zendesk.shape import Shape
from sandbox.zendesk.state import State
from sandbox.zendesk.tickets import sideloads
from sandbox.zendesk.wire import Answer, Body, Call, Front, Refusal, found, needs_admin

T = TypeVar("T")

MOST = 1000
SAMPLE = 50
HIDDEN_SECONDS = 60
"""What changed this recently is left out of an export of tickets and ticket events."""

Key = tuple[int, int]


def _encode(position: Key) -> str:
    return base64.b64encode(f"{position[0]}.0||{position[1]}|".encode()).decode()


def _decode(text: str) -> Key:
    try:
        moment, _, rest = base64.b64decode(text, validate=True).decode().partition("||")
        return int(float(moment)), int(rest.rstrip("|"))
    except (binascii.Error, ValueError) as error:
        raise Refusal(400, {"error": "InvalidValue", "description": "cursor is invalid"}) from error


class ExportRoutes:
    def __init__(self, state: State, shape: Shape) -> None:
        self._state = state
        self._shape = shape

    def routes(self, front: Front) -> list[BaseRoute]:
        return [
            *front.route("incremental/tickets/cursor", GET=self.tickets_by_cursor),
            *front.route("incremental/tickets", GET=self.tickets_by_time),
            *front.route("incremental/ticket_events", GET=self.ticket_events),
            *front.route("incremental/users/cursor", GET=self.users_by_cursor),
            *front.route("incremental/users", GET=self.users_by_time),
            *front.route("incremental/organizations", GET=self.organizations),
            *front.route("incremental/{resource}/sample", GET=self.sample),
        ]

    def _start(self, call: Call) -> int:
        """``start_time``: required, and at least a minute ago."""
        text = call.query.get("start_time", "")
        if not text.isdigit():
            raise Refusal(400, {"error": "InvalidValue", "description": "start_time must be an integer"})
        if int(text) > self._now() - HIDDEN_SECONDS:
            message = "Too recent start_time. Use a start_time older than 60 seconds"
            raise Refusal(422, {"error": "StartTimeTooRecent", "description": message})
        return int(text)

    def _now(self) -> int:
        return int(self._state.clock.now().timestamp())

    def _visible_tickets(self, call: Call) -> list[Ticket]:
        hidden_since = self._now() - HIDDEN_SECONDS
        skip_deleted = call.query.get("exclude_deleted") == "true"
        return [
            ticket
            for ticket in self._state.tickets.values()
            if ticket.generated <= hidden_since and not (skip_deleted and ticket.deleted)
        ]

    def sample(self, call: Call) -> Answer:
        """A look at an export: no more than fifty rows."""
        exports = {
            "tickets": self.tickets_by_time,
            "ticket_events": self.ticket_events,
            "users": self.users_by_time,
            "organizations": self.organizations,
        }
        export = found(exports.get(str(call.path["resource"])))
        return export(replace(call, query={**call.query, "per_page": str(SAMPLE)}))

    def tickets_by_cursor(self, call: Call) -> Answer:
        _admits(call)
        chosen, paging = self._cursor_page(call, self._visible_tickets(call), _ticket_key)
        shown = [self._shape.ticket(ticket) for ticket in chosen]
        return Answer({"tickets": shown, **sideloads(self._state, self._shape, call, chosen), **paging})

    def tickets_by_time(self, call: Call) -> Answer:
        _admits(call)
        chosen, paging = self._time_page(call, self._visible_tickets(call), _ticket_key)
        shown = [self._shape.ticket(ticket) for ticket in chosen]
        return Answer({"tickets": shown, **sideloads(self._state, self._shape, call, chosen), **paging})

    def ticket_events(self, call: Call) -> Answer:
        needs_admin(call)
        hidden_since = self._now() - HIDDEN_SECONDS
        rows = [
            audit
            for ticket in self._state.tickets.values()
            if not ticket.deleted
            for audit in ticket.audits
            if _audit_key(audit)[0] <= hidden_since
        ]
        chosen, paging = self._time_page(call, rows, _audit_key)
        whole = "comment_events" in call.includes()
        events = [self._shape.ticket_event(audit, whole=whole) for audit in chosen]
        return Answer({"ticket_events": events, **paging})

    def users_by_cursor(self, call: Call) -> Answer:
        needs_admin(call)
        chosen, paging = self._cursor_page(call, self._state.users.values(), _changed_key)
        return Answer({"users": [self._shape.user(user) for user in chosen], **paging})

    def users_by_time(self, call: Call) -> Answer:
        needs_admin(call)
        chosen, paging = self._time_page(call, self._state.users.values(), _changed_key)
        return Answer({"users": [self._shape.user(user) for user in chosen], **paging})

    def organizations(self, call: Call) -> Answer:
        needs_admin(call)
        chosen, paging = self._time_page(call, self._state.organizations.values(), _changed_key)
        return Answer({"organizations": [self._shape.organization(each) for each in chosen], **paging})

    def _cursor_page(self, call: Call, rows: Iterable[T], key: Callable[[T], Key]) -> tuple[list[T], Body]:
        """A page of exactly the asked size; its cursor also starts the next export after the end."""
        given = call.query.get("cursor")
        after = _decode(given) if given else (self._start(call), -1)
        size = call.number("per_page", MOST, most=MOST)
        rest = sorted((row for row in rows if key(row) > after), key=key)
        chosen = rest[:size]
        cursor = _encode(key(chosen[-1])) if chosen else given
        kept = {name: call.query[name] for name in ("include", "per_page") if name in call.query}
        return chosen, {
            "after_cursor": cursor,
            "after_url": f"{call.url}?{urlencode({**kept, 'cursor': cursor})}" if cursor else None,
            "before_cursor": None,
            "before_url": None,
            "end_of_stream": len(rest) <= size,
        }

    def _time_page(self, call: Call, rows: Iterable[T], key: Callable[[T], Key]) -> tuple[list[T], Body]:
        """A page that grows beyond its size rather than cut between equal times."""
        start = self._start(call)
        size = call.number("per_page", MOST, most=MOST)
        rest = sorted((row for row in rows if key(row)[0] >= start), key=key)
        chosen = rest[: _past_ties([key(row)[0] for row in rest], size)]
        end = key(chosen[-1])[0] if chosen else start
        return chosen, {
            "count": len(chosen),
            "end_time": end,
            "end_of_stream": len(chosen) == len(rest),
            "next_page": f"{call.url}?{urlencode({**call.query, 'start_time': end})}",
        }


def _past_ties(moments: Sequence[int], size: int) -> int:
    end = min(size, len(moments))
    while 0 < end < len(moments) and moments[end] == moments[end - 1]:
        end += 1
    return end


def _ticket_key(ticket: Ticket) -> Key:
    return ticket.generated, ticket.id


def _audit_key(audit: Audit) -> Key:
    return int(audit.created.timestamp()), audit.id


def _changed_key(record: User | Organization) -> Key:
    return int(record.updated.timestamp()), record.id


def _admits(call: Call) -> None:
    """Exports are for admins, and refuse a side-load that they once had."""
    needs_admin(call)
    if "last_audits" in call.includes():
        raise Refusal(400, {"error": "InvalidInclude", "description": "last_audits is not supported"})

"""Tickets, their comments, audits and tags."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import BaseModel
from starlette.routing import BaseRoute

from sandbox.zendesk.records import Ticket
from sandbox.zendesk.shape import Body, Shape, stamp
from sandbox.zendesk.state import State, TicketInput
from sandbox.zendesk.wire import Answer, Call, Front, Refusal, found, needs_agent, page

KEYS_LIVE = timedelta(hours=2)
LONGEST_KEY = 255


class TicketEnvelope(BaseModel):
    ticket: TicketInput


class TagsEnvelope(BaseModel):
    tags: list[str]
    safe_update: bool = False
    updated_stamp: str | None = None


@dataclass(frozen=True, slots=True)
class _Kept:
    """An answer under its Idempotency-Key."""

    digest: str
    answer: Body
    until: datetime


def sideloads(state: State, shape: Shape, call: Call, tickets: list[Ticket]) -> Body:
    """What ``include=`` asks for beside tickets."""
    loaded: Body = {}
    wanted = call.includes()
    if "users" in wanted:
        ids = {each for t in tickets for each in (t.requester_id, t.submitter_id, t.assignee_id) if each}
        loaded["users"] = [shape.user(state.users[each]) for each in sorted(ids)]
    if "organizations" in wanted:
        ids = {ticket.organization_id for ticket in tickets if ticket.organization_id}
        loaded["organizations"] = [shape.organization(state.organizations[each]) for each in sorted(ids)]
    return loaded


class TicketRoutes:
    def __init__(self, state: State, shape: Shape) -> None:
        self._state = state
        self._shape = shape
        self._kept: dict[str, _Kept] = {}

    def routes(self, front: Front) -> list[BaseRoute]:
        return [
            *front.route("tickets", GET=self.index, POST=self.create),
            *front.route("tickets/count", GET=self.count),
            *front.route("tickets/show_many", GET=self.show_many),
            *front.route("tickets/{id:int}", GET=self.show, PUT=self.update, DELETE=self.delete),
            *front.route("tickets/{id:int}/comments", GET=self.comments),
            *front.route("tickets/{id:int}/comments/count", GET=self.comment_count),
            *front.route(
                "tickets/{id:int}/comments/{comment:int}/make_private", PUT=self.make_comment_private
            ),
            *front.route("tickets/{id:int}/audits", GET=self.audits),
            *front.route(
                "tickets/{id:int}/tags",
                GET=self.tags,
                PUT=self.add_tags,
                POST=self.set_tags,
                DELETE=self.remove_tags,
            ),
        ]

    def ticket(self, call: Call) -> Ticket:
        """The ticket of the path. Deleted ones are only in the exports."""
        ticket = found(self._state.tickets.get(call.id()))
        return found(None if ticket.deleted else ticket)

    def index(self, call: Call) -> Answer:
        needs_agent(call)
        external_id = call.query.get("external_id")
        if external_id:
            chosen = self._state.tickets_by_external_id.get(external_id, [])
        else:
            chosen = [*self._state.tickets.values()]
        rows = [ticket for ticket in chosen if not ticket.deleted]
        order = call.query.get("sort") or call.query.get("sort_by", "id")
        descending = order.startswith("-") or call.query.get("sort_order") == "desc"
        if order.lstrip("-") == "updated_at":
            rows.sort(key=lambda ticket: (ticket.updated, ticket.id), reverse=descending)
        else:
            rows.sort(key=lambda ticket: ticket.id, reverse=descending)
        tickets, paging = page(call, rows)
        return Answer(
            {"tickets": [self._shape.ticket(t) for t in tickets], **self._beside(call, tickets), **paging}
        )

    def count(self, call: Call) -> Answer:
        needs_agent(call)
        value = sum(not ticket.deleted for ticket in self._state.tickets.values())
        return Answer({"count": {"value": value, "refreshed_at": stamp(self._state.now())}})

    def show_many(self, call: Call) -> Answer:
        needs_agent(call)
        tickets = [
            ticket
            for ticket in (self._state.tickets.get(each) for each in call.ids())
            if ticket is not None and not ticket.deleted
        ]
        shown = [self._shape.ticket(ticket) for ticket in tickets]
        return Answer({"tickets": shown, **self._beside(call, tickets), "count": len(tickets)})

    def show(self, call: Call) -> Answer:
        needs_agent(call)
        ticket = self.ticket(call)
        return Answer({"ticket": self._shape.ticket(ticket), **self._beside(call, [ticket])})

    def create(self, call: Call) -> Answer:
        needs_agent(call)
        key = call.headers.get("idempotency-key")
        if key is None:
            return Answer(self._create(call), 201)
        if len(key) > LONGEST_KEY:
            raise Refusal(400, {"error": "IdempotentRequestError", "description": "The key is too long"})
        digest = hashlib.sha256(call.raw).hexdigest()
        kept = self._kept.get(key)
        if kept is not None and kept.until > self._state.clock.now():
            if kept.digest != digest:
                message = "The request parameters differ from those of the first request with this key"
                raise Refusal(400, {"error": "IdempotentRequestError", "description": message})
            return Answer(kept.answer, 201, {"x-idempotency-lookup": "hit"})
        answer = self._create(call)
        self._kept[key] = _Kept(digest, answer, self._state.clock.now() + KEYS_LIVE)
        return Answer(answer, 201, {"x-idempotency-lookup": "miss"})

    def _create(self, call: Call) -> Body:
        wanted = call.model(TicketEnvelope).ticket
        ticket, audit = self._state.create(call.actor, wanted, channel="api")
        return {"ticket": self._shape.ticket(ticket), "audit": self._shape.audit(audit)}

    def update(self, call: Call) -> Answer:
        needs_agent(call)
        ticket = self.ticket(call)
        wanted = call.model(TicketEnvelope).ticket
        self._guard(ticket, wanted.safe_update, wanted.updated_stamp)
        audit = self._state.update(call.actor, ticket, wanted, channel="api")
        return Answer({"ticket": self._shape.ticket(ticket), "audit": self._shape.audit(audit)})

    def delete(self, call: Call) -> Answer:
        needs_agent(call)
        self._state.delete(call.actor, self.ticket(call))
        return Answer(None, 204)

    def comments(self, call: Call) -> Answer:
        needs_agent(call)
        rows = list(self.ticket(call).comments)
        if call.query.get("sort") == "-created_at" or call.query.get("sort_order") == "desc":
            rows.reverse()
        chosen, paging = page(call, rows)
        body: Body = {"comments": [self._shape.comment(comment) for comment in chosen], **paging}
        if "users" in call.includes():
            ids = sorted({comment.author_id for comment in chosen})
            body["users"] = [self._shape.user(self._state.users[each]) for each in ids]
        return Answer(body)

    def comment_count(self, call: Call) -> Answer:
        needs_agent(call)
        value = len(self.ticket(call).comments)
        return Answer({"count": {"value": value, "refreshed_at": stamp(self._state.now())}})

    def make_comment_private(self, call: Call) -> Answer:
        needs_agent(call)
        ticket = self.ticket(call)
        wanted = int(call.path["comment"])
        comment = found(next((each for each in ticket.comments if each.id == wanted), None))
        self._state.make_private(call.actor, ticket, comment)
        return Answer({})

    def audits(self, call: Call) -> Answer:
        needs_agent(call)
        chosen, paging = page(call, self.ticket(call).audits)
        return Answer({"audits": [self._shape.audit(audit) for audit in chosen], **paging})

    def tags(self, call: Call) -> Answer:
        needs_agent(call)
        return Answer({"tags": self.ticket(call).tags})

    def add_tags(self, call: Call) -> Answer:
        return self._tag(call, "additional_tags", 200)

    def set_tags(self, call: Call) -> Answer:
        return self._tag(call, "tags", 201)

    def remove_tags(self, call: Call) -> Answer:
        return self._tag(call, "remove_tags", 200)

    def _tag(self, call: Call, member: str, status: int) -> Answer:
        needs_agent(call)
        ticket = self.ticket(call)
        given = call.model(TagsEnvelope)
        self._guard(ticket, given.safe_update, given.updated_stamp)
        wanted = TicketInput.model_validate({member: given.tags})
        self._state.update(call.actor, ticket, wanted, channel="api")
        return Answer({"tags": ticket.tags}, status)

    def _guard(self, ticket: Ticket, safe: bool, read: str | None) -> None:
        if safe and read != stamp(ticket.updated):
            message = "Safe Update prevented the update due to outdated ticket data"
            raise Refusal(409, {"error": "UpdateConflict", "description": message})

    def _beside(self, call: Call, tickets: list[Ticket]) -> Body:
        return sideloads(self._state, self._shape, call, tickets)

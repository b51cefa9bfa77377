"""Single tickets: read, written, tagged, tied to one another, and put into the bin."""

from __future__ import annotations

from pydantic import BaseModel
from starlette.routing import BaseRoute

from sandbox.zendesk.conduct import Conduct
from sandbox.zendesk.editing import Editor
from sandbox.zendesk.idempotency import IdempotentAnswers
from sandbox.zendesk.inputs import TicketInput
from sandbox.zendesk.paging import page
from sandbox.zendesk.records import Ticket
from sandbox.zendesk.shape import Shape, stamp
from sandbox.zendesk.state import State
from sandbox.zendesk.wire import Answer, Body, Call, Front, Refusal, found, needs_agent

_BIN_DAYS = 30


class TicketEnvelope(BaseModel):
    ticket: TicketInput


class TagsEnvelope(BaseModel):
    tags: list[str]
    safe_update: bool = False
    updated_stamp: str | None = None


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
    if "groups" in wanted:
        ids = {ticket.group_id for ticket in tickets if ticket.group_id}
        loaded["groups"] = [shape.group(state.groups[each]) for each in sorted(ids)]
    return loaded


def visible_ticket(state: State, call: Call) -> Ticket:
    """The ticket of the path. Deleted ones are only in the exports and in the bin."""
    ticket = found(state.tickets.get(call.id()))
    return found(None if ticket.deleted else ticket)


class TicketRoutes:
    def __init__(self, state: State, editor: Editor, shape: Shape, conduct: Conduct) -> None:
        self._state = state
        self._editor = editor
        self._shape = shape
        self._conduct = conduct
        self._idempotent = IdempotentAnswers(state.clock)

    def routes(self, front: Front) -> list[BaseRoute]:
        return [
            *front.route("tickets", GET=self.index, POST=self.create),
            *front.route("tickets/count", GET=self.count),
            *front.route("tickets/show_many", GET=self.show_many),
            *front.route("tickets/{id:int}", GET=self.show, PUT=self.update, DELETE=self.delete),
            *front.route("tickets/{id:int}/incidents", GET=self.incidents),
            *front.route("tickets/{id:int}/related", GET=self.related),
            *front.route("problems", GET=self.problems),
            *front.route("deleted_tickets", GET=self.bin),
            *front.route("deleted_tickets/{id:int}/restore", PUT=self.restore),
            *front.route(
                "tickets/{id:int}/tags",
                GET=self.tags,
                PUT=self.add_tags,
                POST=self.set_tags,
                DELETE=self.remove_tags,
            ),
        ]

    def index(self, call: Call) -> Answer:
        """Archived tickets are in no list; they are still read by id, and exported."""
        needs_agent(call)
        external_id = call.query.get("external_id")
        if external_id:
            chosen = self._state.tickets_by_external_id.get(external_id, [])
        else:
            chosen = [*self._state.tickets.values()]
        rows = [ticket for ticket in chosen if not ticket.deleted and not ticket.archived]
        order = call.query.get("sort") or call.query.get("sort_by", "id")
        descending = order.startswith("-") or call.query.get("sort_order") == "desc"
        if order.lstrip("-") == "updated_at":
            rows.sort(key=lambda ticket: (ticket.updated, ticket.id), reverse=descending)
        else:
            rows.sort(key=lambda ticket: ticket.id, reverse=descending)
        return self._page(call, rows)

    def _page(self, call: Call, rows: list[Ticket]) -> Answer:
        tickets, paging = page(call, rows)
        return Answer({"tickets": self._shown(tickets), **self._beside(call, tickets), **paging})

    def count(self, call: Call) -> Answer:
        needs_agent(call)
        value = sum(not ticket.deleted for ticket in self._state.tickets.values())
        return Answer({"count": {"value": value, "refreshed_at": stamp(self._state.now())}})

    def show_many(self, call: Call) -> Answer:
        needs_agent(call)
        known = (self._state.tickets.get(each) for each in call.ids())
        tickets = [ticket for ticket in known if ticket is not None and not ticket.deleted]
        return Answer({"tickets": self._shown(tickets), **self._beside(call, tickets), "count": len(tickets)})

    def show(self, call: Call) -> Answer:
        needs_agent(call)
        ticket = visible_ticket(self._state, call)
        return Answer({"ticket": self._shape.ticket(ticket), **self._beside(call, [ticket])})

    def create(self, call: Call) -> Answer:
        needs_agent(call)
        return self._idempotent.answer(call, lambda: self._create(call), 201)

    def _create(self, call: Call) -> Body:
        wanted = call.model(TicketEnvelope).ticket
        ticket, audit = self._editor.create(call.actor, wanted, channel="api")
        return {"ticket": self._shape.ticket(ticket), "audit": self._shape.audit(audit)}

    def update(self, call: Call) -> Answer:
        needs_agent(call)
        ticket = visible_ticket(self._state, call)
        wanted = call.model(TicketEnvelope).ticket
        self._guard(ticket, wanted.safe_update, wanted.updated_stamp)
        if self._conduct.ignore_put_tags:
            wanted.additional_tags = wanted.remove_tags = None
        audit = self._editor.update(call.actor, ticket, wanted, channel="api")
        return Answer({"ticket": self._shape.ticket(ticket), "audit": self._shape.audit(audit)})

    def delete(self, call: Call) -> Answer:
        needs_agent(call)
        self._editor.delete(call.actor, visible_ticket(self._state, call))
        return Answer(None, 204)

    def bin(self, call: Call) -> Answer:
        """What was deleted in the last thirty days."""
        needs_agent(call)
        since = self._state.now().timestamp() - _BIN_DAYS * 86_400
        deleted = [t for t in self._state.tickets.values() if t.deleted and t.generated >= since]
        chosen, paging = page(call, sorted(deleted, key=lambda ticket: (ticket.generated, ticket.id)))
        users = self._state.users
        rows = [
            {
                "id": ticket.id,
                "subject": ticket.subject,
                "actor": {"id": ticket.deleted_by, "name": users[ticket.deleted_by or 0].name},
                "deleted_at": stamp(ticket.updated),
                "previous_state": ticket.status,
            }
            for ticket in chosen
        ]
        return Answer({"deleted_tickets": rows, **paging})

    def restore(self, call: Call) -> Answer:
        needs_agent(call)
        ticket = found(self._state.tickets.get(call.id()))
        self._editor.restore(call.actor, found(ticket if ticket.deleted else None))
        return Answer("")

    def incidents(self, call: Call) -> Answer:
        """The tickets that report this problem."""
        needs_agent(call)
        problem = visible_ticket(self._state, call)
        return self._page(call, self._incidents(problem))

    def _incidents(self, problem: Ticket) -> list[Ticket]:
        return [t for t in self._state.tickets.values() if t.problem_id == problem.id and not t.deleted]

    def problems(self, call: Call) -> Answer:
        needs_agent(call)
        return self._page(
            call, [t for t in self._state.tickets.values() if t.type == "problem" and not t.deleted]
        )

    def related(self, call: Call) -> Answer:
        needs_agent(call)
        ticket = visible_ticket(self._state, call)
        source = ticket.followup_source_id
        told: Body = {
            "topic_id": None,
            "jira_issue_ids": [],
            "followup_source_ids": [] if source is None else [str(source)],
            "from_archive": ticket.archived,
            "incidents": len(self._incidents(ticket)),
        }
        return Answer(told)

    def tags(self, call: Call) -> Answer:
        needs_agent(call)
        return Answer({"tags": visible_ticket(self._state, call).tags})

    def add_tags(self, call: Call) -> Answer:
        return self._tag(call, "additional_tags", 200)

    def set_tags(self, call: Call) -> Answer:
        return self._tag(call, "tags", 201)

    def remove_tags(self, call: Call) -> Answer:
        return self._tag(call, "remove_tags", 200)

    def _tag(self, call: Call, member: str, status: int) -> Answer:
        needs_agent(call)
        ticket = visible_ticket(self._state, call)
        given = call.model(TagsEnvelope)
        self._guard(ticket, given.safe_update, given.updated_stamp)
        wanted = TicketInput.model_validate({member: given.tags})
        self._editor.update(call.actor, ticket, wanted, channel="api")
        return Answer({"tags": ticket.tags}, status)

    def _guard(self, ticket: Ticket, safe: bool, read: str | None) -> None:
        if safe and read != stamp(ticket.updated):
            message = "Safe Update prevented the update due to outdated ticket data"
            raise Refusal(409, {"error": "UpdateConflict", "description": message})

    def _shown(self, tickets: list[Ticket]) -> list[Body]:
        return [self._shape.ticket(ticket) for ticket in tickets]

    def _beside(self, call: Call, tickets: list[Ticket]) -> Body:
        return sideloads(self._state, self._shape, call, tickets)

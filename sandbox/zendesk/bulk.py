"""Many tickets in one request: each makes a job of up to a hundred, and answers before anything is done."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pydantic import BaseModel, Field
from starlette.routing import BaseRoute

from sandbox.zendesk.editing import Editor
from sandbox.zendesk.inputs import CommentInput, Invalid, TicketInput
from sandbox.zendesk.jobs import Jobs
from sandbox.zendesk.records import Ticket, User
from sandbox.zendesk.state import State
from sandbox.zendesk.tickets import visible_ticket
from sandbox.zendesk.wire import PAGE, Answer, Body, Call, Front, Refusal, needs_agent


class _Created(BaseModel):
    tickets: list[TicketInput]


class _NumberedInput(TicketInput):
    id: int


class _Updated(BaseModel):
    ticket: TicketInput | None = None
    tickets: list[_NumberedInput] | None = None


class _Merged(BaseModel):
    ids: list[int] = Field(min_length=1)
    source_comment: str = ""
    source_comment_is_public: bool = False
    target_comment: str = ""
    target_comment_is_public: bool = False


class BulkRoutes:
    def __init__(self, state: State, editor: Editor, jobs: Jobs) -> None:
        self._state = state
        self._editor = editor
        self._jobs = jobs

    def routes(self, front: Front) -> list[BaseRoute]:
        return [
            *front.route("tickets/create_many", POST=self.create),
            *front.route("tickets/update_many", PUT=self.update),
            *front.route("tickets/destroy_many", DELETE=self.destroy),
            *front.route("tickets/{id:int}/merge", POST=self.merge),
        ]

    def create(self, call: Call) -> Answer:
        needs_agent(call)
        wanted = call.model(_Created).tickets
        _few(len(wanted))
        steps = [partial(self._create, call.actor, one) for one in wanted]
        return self._jobs.start("Bulk Create Ticket", steps, "create")

    def update(self, call: Call) -> Answer:
        """The same change for all ``ids``, or a list of changes that name their tickets."""
        needs_agent(call)
        body = call.model(_Updated)
        if body.tickets is not None:
            changes: list[tuple[int, TicketInput]] = [(one.id, one) for one in body.tickets]
        elif body.ticket is not None:
            changes = [(number, body.ticket) for number in call.ids()]
        else:
            raise Refusal(400, {"error": {"title": "Invalid attribute", "message": "tickets is missing"}})
        _few(len(changes))
        steps = [
            partial(self._with_ticket, number, "update", partial(self._update, call.actor, change))
            for number, change in changes
        ]
        return self._jobs.start("Bulk Update Ticket", steps, "update")

    def destroy(self, call: Call) -> Answer:
        needs_agent(call)
        delete = partial(self._editor.delete, call.actor)
        steps = [partial(self._with_ticket, number, "delete", delete) for number in call.ids()]
        return self._jobs.start("Bulk Delete Ticket", steps, "delete")

    def merge(self, call: Call) -> Answer:
        """Close other tickets in favour of this one."""
        needs_agent(call)
        target, wanted = visible_ticket(self._state, call), call.model(_Merged)
        into = CommentInput(body=wanted.target_comment, public=wanted.target_comment_is_public)
        from_ = CommentInput(body=wanted.source_comment, public=wanted.source_comment_is_public)

        def act() -> Body:
            sources = [self._ticket(number) for number in wanted.ids]
            self._editor.merge(call.actor, target, sources, into, from_)
            return {"id": target.id, "action": "merge", "status": "Merged"}

        return self._jobs.start("Ticket Merge", [act], "merge")

    def _create(self, actor: User, wanted: TicketInput) -> Body:
        ticket, _ = self._editor.create(actor, wanted, channel="api")
        return {"id": ticket.id, "action": "create", "status": "Created"}

    def _update(self, actor: User, wanted: TicketInput, ticket: Ticket) -> None:
        self._editor.update(actor, ticket, wanted, channel="api")

    def _with_ticket(self, number: int, action: str, act: Callable[[Ticket], None]) -> Body:
        act(self._ticket(number))
        return {"id": number, "action": action, "status": action.title().removesuffix("e") + "ed"}

    def _ticket(self, number: int) -> Ticket:
        ticket = self._state.tickets.get(number)
        if ticket is None or ticket.deleted:
            raise Invalid("id", f"Ticket {number}: was not found", "RecordNotFound")
        return ticket


def _few(count: int) -> None:
    if count > PAGE:
        message = f"At most {PAGE} tickets at a time"
        raise Refusal(400, {"error": "TooManyValues", "description": message})

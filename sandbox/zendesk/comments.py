"""A ticket's comments and audits. Comments are made with updates of the ticket, and never edited."""

from __future__ import annotations

from pydantic import BaseModel
from starlette.routing import BaseRoute

from sandbox.zendesk.editing import Editor
from sandbox.zendesk.paging import page
from sandbox.zendesk.records import Attachment, Comment, Ticket
from sandbox.zendesk.shape import Shape, stamp
from sandbox.zendesk.state import State
from sandbox.zendesk.tickets import visible_ticket
from sandbox.zendesk.wire import Answer, Body, Call, Front, found, needs_agent


class _Redaction(BaseModel):
    text: str


class CommentRoutes:
    def __init__(self, state: State, editor: Editor, shape: Shape) -> None:
        self._state = state
        self._editor = editor
        self._shape = shape

    def routes(self, front: Front) -> list[BaseRoute]:
        one = "tickets/{id:int}/comments/{comment:int}"
        return [
            *front.route("tickets/{id:int}/comments", GET=self.index),
            *front.route("tickets/{id:int}/comments/count", GET=self.count),
            *front.route(f"{one}/make_private", PUT=self.make_private),
            *front.route(f"{one}/redact", PUT=self.redact),
            *front.route(f"{one}/attachments/{{file:int}}/redact", PUT=self.redact_attachment),
            *front.route("tickets/{id:int}/audits", GET=self.audits),
        ]

    def index(self, call: Call) -> Answer:
        """Oldest first, unless ``sort=-created_at``; inline images only when they are asked for."""
        needs_agent(call)
        rows = list(visible_ticket(self._state, call).comments)
        if call.query.get("sort") == "-created_at" or call.query.get("sort_order") == "desc":
            rows.reverse()
        chosen, paging = page(call, rows)
        inline = call.query.get("include_inline_images") == "true"
        shown = [self._shape.comment(comment, inline=inline) for comment in chosen]
        body: Body = {"comments": shown, **paging}
        if "users" in call.includes():
            ids = sorted({comment.author_id for comment in chosen})
            body["users"] = [self._shape.user(self._state.users[each]) for each in ids]
        return Answer(body)

    def count(self, call: Call) -> Answer:
        needs_agent(call)
        value = len(visible_ticket(self._state, call).comments)
        return Answer({"count": {"value": value, "refreshed_at": stamp(self._state.now())}})

    def make_private(self, call: Call) -> Answer:
        needs_agent(call)
        ticket, comment = self._comment(call)
        self._editor.make_private(call.actor, ticket, comment)
        return Answer("")

    def redact(self, call: Call) -> Answer:
        needs_agent(call)
        ticket, comment = self._comment(call)
        self._editor.redact(call.actor, ticket, comment, call.model(_Redaction).text)
        return Answer({"comment": self._shape.comment(comment)})

    def redact_attachment(self, call: Call) -> Answer:
        needs_agent(call)
        ticket, comment = self._comment(call)
        file = self._file(comment, int(call.path["file"]))
        empty = self._editor.redact_attachment(call.actor, ticket, comment, file)
        return Answer({"attachment": self._shape.attachment(empty)})

    def audits(self, call: Call) -> Answer:
        needs_agent(call)
        chosen, paging = page(call, visible_ticket(self._state, call).audits)
        return Answer({"audits": [self._shape.audit(audit) for audit in chosen], **paging})

    def _comment(self, call: Call) -> tuple[Ticket, Comment]:
        ticket, wanted = visible_ticket(self._state, call), int(call.path["comment"])
        return ticket, found(next((each for each in ticket.comments if each.id == wanted), None))

    def _file(self, comment: Comment, wanted: int) -> Attachment:
        return found(next((each for each in comment.attachments if each.id == wanted), None))

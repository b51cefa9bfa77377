"""The one way in which tickets change, whoever asks for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sandbox.zendesk.checking import check, check_requester
from sandbox.zendesk.inputs import CommentInput, CustomFieldInput, Invalid, TicketInput, clean_tag
from sandbox.zendesk.records import (
    Afterthought,
    Attachment,
    Audit,
    Comment,
    FieldEvent,
    FieldValue,
    Ticket,
    User,
)
from sandbox.zendesk.state import State
from sandbox.zendesk.text import plain_from_html, sanitised
from sandbox.zendesk.uploads import Uploads

_FIELDS = (
    "subject",
    "priority",
    "type",
    "external_id",
    "group_id",
    "assignee_id",
    "requester_id",
    "organization_id",
    "problem_id",
    "custom_status_id",
    "status",
)
"""In this order: what comes later fills in what is missing."""
REDACTED = "▇"


class Editor:
    """Changes tickets, records each change as an audit, and tells who observes the state."""

    def __init__(self, state: State, uploads: Uploads) -> None:
        self._state = state
        self._uploads = uploads

    def create(
        self,
        actor: User,
        wanted: TicketInput,
        *,
        channel: str,
        at: datetime | None = None,
        silent: bool = False,
    ) -> tuple[Ticket, Audit]:
        """Make a ticket. Raises Invalid, and nothing is made then. ``silent`` tells nobody, as an import."""
        now = at or self._state.now()
        wanted = self._with_category(self._with_body(wanted))
        source = self._followed_up(wanted.via_followup_source_id)
        requester = self._requester(actor, wanted, now)
        status = "new" if wanted.assignee_id is None else "open"
        ticket = Ticket(
            id=0,
            brand_id=wanted.brand_id or self._state.default_brand().id,
            requester_id=requester.id,
            submitter_id=actor.id,
            organization_id=requester.organization_id,
            subject="",
            status=status,
            custom_status_id=self._state.default_status(status),
            created=now,
            updated=now,
            generated=int(now.timestamp()),
            channel=channel,
            custom={field.id: None for field in self._state.custom_fields()},
        )
        if ticket.brand_id not in self._state.brands:
            raise Invalid("brand", "Brand: is invalid")
        check(self._state, ticket, wanted, creation=True)
        ticket.id = self._state.next_ticket_id()
        if source is not None:
            ticket.followup_source_id, ticket.tags = source.id, list(source.tags)
        audit = self._change(actor, ticket, wanted, channel=channel, now=now, creation=True)
        if source is not None:
            source.followup_ids.append(ticket.id)
            self._state.system_update(source)
        self._state.add_ticket(ticket)
        self._state.record(ticket, audit, silent=silent)
        return ticket, audit

    def update(
        self,
        actor: User,
        ticket: Ticket,
        wanted: TicketInput,
        *,
        channel: str,
        at: datetime | None = None,
        silent: bool = False,
    ) -> Audit:
        """Change a ticket. Raises Invalid, and nothing has changed then."""
        if ticket.status == "closed":
            raise Invalid("status", "Status: closed prevents ticket update")
        wanted = self._with_category(wanted)
        check(self._state, ticket, wanted, creation=False)
        external_id = ticket.external_id
        audit = self._change(actor, ticket, wanted, channel=channel, now=at or self._state.now())
        self._state.index_external_id(ticket, external_id)
        self._state.record(ticket, audit, silent=silent)
        return audit

    def delete(self, actor: User, ticket: Ticket) -> None:
        """Put a ticket into the bin: it leaves everything but the exports."""
        audit = self._audit(actor, ticket)
        audit.changes.append(FieldEvent(self._state.next_id(), "status", "deleted", ticket.status))
        ticket.deleted, ticket.deleted_by = True, actor.id
        self._finish(ticket, audit)

    def restore(self, actor: User, ticket: Ticket) -> None:
        """Take a ticket out of the bin."""
        audit = self._audit(actor, ticket)
        audit.changes.append(FieldEvent(self._state.next_id(), "status", ticket.status, "deleted"))
        ticket.deleted = False
        self._finish(ticket, audit)

    def make_private(self, actor: User, ticket: Ticket, comment: Comment) -> None:
        """Turn a public comment into an internal note; there is no way back."""
        audit = self._audit(actor, ticket)
        audit.afterthoughts.append(Afterthought(self._state.next_id(), "CommentPrivacyChange", comment))
        comment.public = False
        self._finish(ticket, audit)

    def redact(self, actor: User, ticket: Ticket, comment: Comment, text: str) -> None:
        """Blacken ``text`` wherever the comment says it, for good. Raises Invalid if it does not say it."""
        if not text or text not in comment.body:
            raise Invalid("text", "Text: is not part of the comment")
        audit = self._audit(actor, ticket)
        audit.afterthoughts.append(Afterthought(self._state.next_id(), "CommentRedactionEvent", comment))
        black = REDACTED * len(text)
        comment.body = comment.body.replace(text, black)
        if comment.rich is not None:
            comment.rich = comment.rich.replace(text, black)
        self._finish(ticket, audit)

    def redact_attachment(
        self, actor: User, ticket: Ticket, comment: Comment, attachment: Attachment
    ) -> Attachment:
        """Put an empty ``redacted.txt`` in the place of a file, for good."""
        audit = self._audit(actor, ticket)
        done = Afterthought(self._state.next_id(), "AttachmentRedactionEvent", comment, attachment.id)
        audit.afterthoughts.append(done)
        empty = self._uploads.empty(attachment.id)
        comment.attachments[comment.attachments.index(attachment)] = empty
        self._finish(ticket, audit)
        return empty

    def merge(
        self,
        actor: User,
        target: Ticket,
        sources: Sequence[Ticket],
        into: CommentInput,
        from_: CommentInput,
    ) -> None:
        """Close the sources, and say on both sides what became of them."""
        for source in sources:
            said = from_.model_copy(update={"body": from_.body or f"Merged into request #{target.id}"})
            change = TicketInput(comment=said, status="closed", additional_tags=["closed_by_merge"])
            if source.assignee_id is None:
                change.assignee_id = actor.id
            if source.status == "closed":
                raise Invalid("status", f"Request {source.id}: is closed and cannot be merged")
            check(self._state, source, change, creation=False)
            audit = self._change(actor, source, change, channel="api", now=self._state.now())
            audit.changes.append(FieldEvent(self._state.next_id(), "merged_into", target.id, None))
            self._state.record(source, audit)
        numbers = ", ".join(f"#{source.id}" for source in sources)
        said = into.model_copy(update={"body": into.body or f"Requests {numbers} were merged into this one"})
        self.update(actor, target, TicketInput(comment=said), channel="api")

    def _with_body(self, wanted: TicketInput) -> TicketInput:
        comment = wanted.comment
        if comment is None and wanted.description is not None:
            comment = CommentInput(body=wanted.description)
        if comment is None or not (comment.body or comment.html_body):
            raise Invalid("base", "Description: cannot be blank", "BlankValue")
        return wanted.model_copy(update={"comment": comment})

    def _with_category(self, wanted: TicketInput) -> TicketInput:
        """A custom status says the category as well, whatever else is said of it."""
        if "custom_status_id" not in wanted.model_fields_set:
            return wanted
        status = self._state.statuses.get(wanted.custom_status_id or 0)
        if status is None or not status.active:
            raise Invalid("custom_status_id", f"Custom status: {wanted.custom_status_id} is invalid")
        return wanted.model_copy(update={"status": status.category})

    def _followed_up(self, source_id: int | None) -> Ticket | None:
        if source_id is None:
            return None
        source = self._state.tickets.get(source_id)
        if source is None or source.status != "closed":
            raise Invalid("via_followup_source_id", "Follow-up source: is not a closed ticket")
        return source

    def _requester(self, actor: User, wanted: TicketInput, now: datetime) -> User:
        """Whoever is named; an unknown address silently becomes a user."""
        if wanted.requester is not None:
            known = self._state.users_by_email.get(wanted.requester.email)
            if known is None:
                name = wanted.requester.name or wanted.requester.email.partition("@")[0]
                known = User(self._state.next_id(), name, wanted.requester.email, "end-user", now)
                self._state.add_user(known)
            check_requester(self._state, known.id)
            return known
        return self._state.user(wanted.requester_id, "Requester") if wanted.requester_id else actor

    def _audit(self, actor: User, ticket: Ticket) -> Audit:
        return Audit(self._state.next_id(), ticket.id, actor.id, self._state.now(), "api")

    def _finish(self, ticket: Ticket, audit: Audit) -> None:
        self._state.stamp(ticket, audit.created)
        self._state.record(ticket, audit)

    def _change(
        self,
        actor: User,
        ticket: Ticket,
        wanted: TicketInput,
        *,
        channel: str,
        now: datetime,
        creation: bool = False,
    ) -> Audit:
        audit = Audit(self._state.next_id(), ticket.id, actor.id, now, channel, creation)
        audit.metadata = dict(wanted.metadata or {})
        if wanted.comment is not None and wanted.comment.says_something:
            audit.comment = self._comment(actor, wanted.comment, audit, now)
            ticket.comments.append(audit.comment)
        for name in _FIELDS:
            if name in wanted.model_fields_set:
                self._set(audit, ticket, name, getattr(wanted, name))
        if "assignee_id" in wanted.model_fields_set and ticket.status == "new" and ticket.assignee_id:
            self._set(audit, ticket, "status", "open")
        before = list(ticket.tags)
        self._set_tags(ticket, wanted)
        for given in wanted.custom_fields or []:
            self._record(audit, str(given.id), given.value, ticket.custom.get(given.id))
            self._set_custom(ticket, given)
        self._record(audit, "tags", list(ticket.tags), before)
        # A customer's reply wakes a waiting or solved ticket.
        waiting = ticket.status in ("pending", "hold", "solved")
        if audit.comment and not actor.staff and wanted.status is None and waiting:
            self._set(audit, ticket, "status", "open")
        if audit.changes or audit.comment:
            self._state.stamp(ticket, now)
        return audit

    def _set(self, audit: Audit, ticket: Ticket, name: str, value: object) -> None:
        previous = getattr(ticket, name)
        self._record(audit, name, value, previous)
        setattr(ticket, name, value)
        if name == "status" and not self._state.counts_as(ticket.custom_status_id, ticket.status):
            self._set(audit, ticket, "custom_status_id", self._state.default_status(ticket.status))
        elif name == "assignee_id" and value is not None and ticket.group_id is None:
            self._set(audit, ticket, "group_id", self._state.default_group().id)
        elif name == "problem_id":
            for number, change in ((previous, -1), (value, 1)):
                if number in self._state.tickets:
                    self._state.tickets[number].incidents += change

    def _record(self, audit: Audit, name: str, value: object, previous: object) -> None:
        if value != previous:
            audit.changes.append(FieldEvent(self._state.next_id(), name, value, previous))

    def _set_custom(self, ticket: Ticket, given: CustomFieldInput) -> None:
        """A dropdown's option is a tag of the ticket as well."""
        field = self._state.fields[given.id]
        if field.type == "tagger":
            ticket.tags = [tag for tag in ticket.tags if tag not in field.options]
            if isinstance(given.value, str) and given.value:
                ticket.tags = sorted({*ticket.tags, given.value})
        value: FieldValue = None
        if isinstance(given.value, str | int | float | bool) and given.value != "":
            value = given.value
        elif isinstance(given.value, list):
            value = [str(each) for each in given.value]
        ticket.custom[given.id] = value

    def _set_tags(self, ticket: Ticket, wanted: TicketInput) -> None:
        tags = ticket.tags if wanted.tags is None else wanted.tags
        tags = [*tags, *(wanted.additional_tags or [])]
        removed = {clean_tag(tag) for tag in wanted.remove_tags or []}
        ticket.tags = sorted({clean_tag(tag) for tag in tags} - removed - {""})
        for field in self._state.custom_fields():
            value = ticket.custom.get(field.id)
            if field.type == "tagger" and value is not None and value not in ticket.tags:
                ticket.custom[field.id] = None

    def _comment(self, actor: User, wanted: CommentInput, audit: Audit, now: datetime) -> Comment:
        author = self._state.user(wanted.author_id, "Author") if wanted.author_id else actor
        files = self._uploads.take(wanted.uploads or [])
        rich = sanitised(wanted.html_body) if wanted.html_body else None
        return Comment(
            id=self._state.next_id(),
            audit_id=audit.id,
            author_id=author.id,
            body=(wanted.body or "") if rich is None else plain_from_html(rich),
            rich=rich,
            public=wanted.public if author.staff else True,
            channel=audit.channel,
            created=now,
            metadata=audit.metadata,
            attachments=files,
        )

"""The account's records and the one way in which a ticket changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from itertools import count

from pydantic import BaseModel, ConfigDict, JsonValue

from sandbox.clock import Clock
from sandbox.zendesk.records import (
    PRIORITIES,
    STATUSES,
    TYPES,
    Audit,
    Brand,
    Comment,
    Email,
    FieldEvent,
    FieldValue,
    Organization,
    Ticket,
    TicketField,
    User,
)
from sandbox.zendesk.text import plain_from_html, sanitised

MOST_COMMENTS = 5_000
LONGEST_BODY = 65_536


class Invalid(Exception):
    """A 422: what is wrong, by field, in Zendesk's words."""

    def __init__(self, field: str, description: str, error: str = "InvalidValue") -> None:
        super().__init__(description)
        self.details = {field: [{"description": description, "error": error}]}


class CommentInput(BaseModel):
    body: str | None = None
    html_body: str | None = None
    public: bool = True
    author_id: int | None = None


class CustomFieldInput(BaseModel):
    id: int
    value: JsonValue = None


class TicketInput(BaseModel):
    """The ``ticket`` object of a POST or PUT; what it does not name stays as it is."""

    model_config = ConfigDict(extra="ignore")

    subject: str | None = None
    comment: CommentInput | None = None
    description: str | None = None
    status: str | None = None
    priority: str | None = None
    type: str | None = None
    external_id: str | None = None
    requester_id: int | None = None
    assignee_id: int | None = None
    brand_id: int | None = None
    tags: list[str] | None = None
    additional_tags: list[str] | None = None
    remove_tags: list[str] | None = None
    custom_fields: list[CustomFieldInput] | None = None
    metadata: dict[str, JsonValue] | None = None
    safe_update: bool = False
    updated_stamp: str | None = None


class State:
    """Records by id. ``observers`` are told of every audit that is not silent."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.users: dict[int, User] = {}
        self.users_by_email: dict[str, User] = {}
        self.organizations: dict[int, Organization] = {}
        self.brands: dict[int, Brand] = {}
        self.fields: dict[int, TicketField] = {}
        self.tickets: dict[int, Ticket] = {}
        self.tickets_by_external_id: dict[str, list[Ticket]] = {}
        self.outbox: list[Email] = []
        self.observers: list[Callable[[Ticket, Audit], None]] = []
        self._ticket_ids = count(1)
        self._ids = count(900_001)

    def next_id(self) -> int:
        """An id for anything but a ticket; tickets count from 1."""
        return next(self._ids)

    def now(self) -> datetime:
        """The clock in whole seconds, which is all that Zendesk shows."""
        return self.clock.now().replace(microsecond=0)

    def add_user(self, user: User) -> User:
        self.users[user.id] = user
        if user.email is not None:
            self.users_by_email[user.email] = user
        return user

    def custom_fields(self) -> list[TicketField]:
        return [field for field in self.fields.values() if not field.system]

    def default_brand(self) -> Brand:
        return next(brand for brand in self.brands.values() if brand.default)

    def create(
        self,
        actor: User,
        wanted: TicketInput,
        *,
        channel: str,
        at: datetime | None = None,
        silent: bool = False,
    ) -> tuple[Ticket, Audit]:
        """Make a ticket. Raises Invalid. ``silent`` tells nobody, as an import does."""
        now = at or self.now()
        comment = wanted.comment
        if comment is None and wanted.description is not None:
            comment = CommentInput(body=wanted.description)
        if comment is None or not (comment.body or comment.html_body):
            raise Invalid("base", "Description: cannot be blank", "BlankValue")
        requester = self._user(wanted.requester_id, "Requester") if wanted.requester_id else actor
        ticket = Ticket(
            id=next(self._ticket_ids),
            brand_id=wanted.brand_id or self.default_brand().id,
            requester_id=requester.id,
            submitter_id=actor.id,
            organization_id=requester.organization_id,
            subject="",
            status="new" if wanted.assignee_id is None else "open",
            created=now,
            updated=now,
            generated=int(now.timestamp()),
            channel=channel,
            custom={field.id: None for field in self.custom_fields()},
        )
        if ticket.brand_id not in self.brands:
            raise Invalid("brand", "Brand: is invalid")
        wanted = wanted.model_copy(update={"comment": comment})
        audit = self._change(actor, ticket, wanted, channel=channel, now=now, creation=True)
        self.tickets[ticket.id] = ticket
        if ticket.external_id is not None:
            self.tickets_by_external_id.setdefault(ticket.external_id, []).append(ticket)
        self._tell(ticket, audit, silent)
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
        previous_external_id = ticket.external_id
        audit = self._change(actor, ticket, wanted, channel=channel, now=at or self.now())
        if ticket.external_id != previous_external_id:
            if previous_external_id is not None:
                self.tickets_by_external_id[previous_external_id].remove(ticket)
            if ticket.external_id is not None:
                self.tickets_by_external_id.setdefault(ticket.external_id, []).append(ticket)
        self._tell(ticket, audit, silent)
        return audit

    def delete(self, actor: User, ticket: Ticket) -> None:
        """Put a ticket into the bin: it leaves everything but the exports."""
        now = self.now()
        audit = Audit(self.next_id(), ticket.id, actor.id, now, "api")
        audit.changes.append(FieldEvent(self.next_id(), "status", "deleted", ticket.status))
        ticket.deleted = True
        self._stamp(ticket, now)
        self._tell(ticket, audit, silent=False)

    def make_private(self, actor: User, ticket: Ticket, comment: Comment) -> None:
        """Turn a public comment into an internal note; there is no way back."""
        now = self.now()
        audit = Audit(self.next_id(), ticket.id, actor.id, now, "api")
        audit.changes.append(FieldEvent(self.next_id(), "comment_made_private", comment.id, None))
        comment.public = False
        self._stamp(ticket, now)
        self._tell(ticket, audit, silent=False)

    def _tell(self, ticket: Ticket, audit: Audit, silent: bool) -> None:
        ticket.audits.append(audit)
        if silent:
            return
        for observer in self.observers:
            observer(ticket, audit)

    def _stamp(self, ticket: Ticket, now: datetime) -> None:
        ticket.updated = now
        ticket.generated = int(now.timestamp())

    def _user(self, user_id: int, role: str) -> User:
        if user_id not in self.users:
            raise Invalid(role.lower(), f"{role}: is invalid")
        return self.users[user_id]

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
        self._check(ticket, wanted, creation)
        audit = Audit(self.next_id(), ticket.id, actor.id, now, channel, creation)
        audit.metadata = dict(wanted.metadata or {})

        def record(name: str, value: object, previous: object) -> None:
            if value != previous:
                audit.changes.append(FieldEvent(self.next_id(), name, value, previous))

        for name in ("subject", "priority", "type", "external_id", "assignee_id", "requester_id", "status"):
            if name in wanted.model_fields_set:
                value = getattr(wanted, name)
                record(name, value, getattr(ticket, name))
                setattr(ticket, name, value)
        if "assignee_id" in wanted.model_fields_set and ticket.status == "new" and ticket.assignee_id:
            record("status", "open", "new")
            ticket.status = "open"
        before = list(ticket.tags)
        self._set_tags(ticket, wanted)
        for given in wanted.custom_fields or []:
            record(str(given.id), given.value, ticket.custom.get(given.id))
            self._set_custom(ticket, given)
        record("tags", list(ticket.tags), before)
        if wanted.comment is not None and (wanted.comment.body or wanted.comment.html_body):
            audit.comment = self._comment(actor, wanted.comment, audit, now)
            ticket.comments.append(audit.comment)
            self._reopen(ticket, actor, wanted, record)
        if audit.changes or audit.comment:
            self._stamp(ticket, now)
        return audit

    def _check(self, ticket: Ticket, wanted: TicketInput, creation: bool) -> None:
        """Refuse before anything is touched."""
        named = wanted.model_fields_set
        if "status" in named:
            if wanted.status not in STATUSES:
                raise Invalid("status", f"Status: {wanted.status!r} is not a valid status")
            if wanted.status == "new" and not creation and ticket.status != "new":
                raise Invalid("status", "Status: cannot be set to new again")
            assignee = wanted.assignee_id if "assignee_id" in named else ticket.assignee_id
            if wanted.status in ("solved", "closed") and assignee is None:
                raise Invalid("base", "Assignee: is required when solving a ticket", "BlankValue")
        for name, allowed in (("priority", PRIORITIES), ("type", TYPES)):
            value = getattr(wanted, name)
            if value is not None and value not in allowed:
                raise Invalid(name, f"{name.title()}: {value!r} is not included in the list")
        if wanted.assignee_id is not None and not self._user(wanted.assignee_id, "Assignee").staff:
            raise Invalid("assignee", "Assignee: must be an agent")
        for given in wanted.custom_fields or []:
            self._check_custom(given)
        if wanted.comment is not None:
            length = len((wanted.comment.html_body or wanted.comment.body or "").encode())
            if length > LONGEST_BODY:
                raise Invalid("comment", f"Comment: is too long (maximum is {LONGEST_BODY} bytes)")
            if len(ticket.comments) >= MOST_COMMENTS:
                raise Invalid("comment", f"Comment: a ticket can have at most {MOST_COMMENTS} comments")

    def _check_custom(self, given: CustomFieldInput) -> None:
        field = self.fields.get(given.id)
        if field is None or field.system:
            raise Invalid("custom_fields", f"Custom field {given.id}: does not exist", "InvalidFieldId")
        if given.value is None or given.value == "":
            return
        if field.type == "tagger" and given.value not in field.options:
            raise Invalid("base", f"{field.title}: '{given.value}' is not a valid option")
        if field.type == "integer" and (isinstance(given.value, bool) or not isinstance(given.value, int)):
            raise Invalid("base", f"{field.title}: '{given.value}' is not a number")

    def _set_custom(self, ticket: Ticket, given: CustomFieldInput) -> None:
        """A dropdown's option is a tag of the ticket as well."""
        field = self.fields[given.id]
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
        for field in self.custom_fields():
            value = ticket.custom.get(field.id)
            if field.type == "tagger" and value is not None and value not in ticket.tags:
                ticket.custom[field.id] = None

    def _comment(self, actor: User, wanted: CommentInput, audit: Audit, now: datetime) -> Comment:
        author = self._user(wanted.author_id, "Author") if wanted.author_id else actor
        rich = sanitised(wanted.html_body) if wanted.html_body else None
        return Comment(
            id=self.next_id(),
            audit_id=audit.id,
            author_id=author.id,
            body=(wanted.body or "") if rich is None else plain_from_html(rich),
            rich=rich,
            public=wanted.public if author.staff else True,
            channel=audit.channel,
            created=now,
            metadata=audit.metadata,
        )

    def _reopen(
        self,
        ticket: Ticket,
        actor: User,
        wanted: TicketInput,
        record: Callable[[str, object, object], None],
    ) -> None:
        """A customer's reply wakes a waiting or solved ticket."""
        if not actor.staff and ticket.status in ("pending", "hold", "solved") and wanted.status is None:
            record("status", "open", ticket.status)
            ticket.status = "open"


def clean_tag(tag: str) -> str:
    """A tag as Zendesk keeps it: lower case, without spaces."""
    return "_".join(tag.lower().split())

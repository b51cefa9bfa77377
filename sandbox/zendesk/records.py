"""What the emulated Zendesk account holds."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from sandbox.content import Content
from sandbox.zendesk.text import html_from_plain

Role = Literal["end-user", "agent", "admin"]
FieldValue = str | int | float | bool | list[str] | None

STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
PRIORITIES = ("urgent", "high", "normal", "low")
TYPES = ("problem", "incident", "question", "task")


@dataclass(slots=True)
class User:
    id: int
    name: str
    email: str | None
    role: Role
    created: datetime
    organization_id: int | None = None
    suspended: bool = False
    active: bool = True
    changed: datetime | None = None

    @property
    def updated(self) -> datetime:
        return self.changed or self.created

    @property
    def staff(self) -> bool:
        return self.role != "end-user"


@dataclass(slots=True)
class Organization:
    id: int
    name: str
    created: datetime
    domains: list[str] = field(default_factory=list)
    fields: dict[str, FieldValue] = field(default_factory=dict)
    """``organization_fields`` by key: ``plan`` and ``arr`` in the seeded company."""
    changed: datetime | None = None

    @property
    def updated(self) -> datetime:
        return self.changed or self.created


@dataclass(slots=True)
class Brand:
    id: int
    name: str
    subdomain: str
    created: datetime
    default: bool = False


@dataclass(slots=True)
class Group:
    """A team of agents, to whom tickets are given."""

    id: int
    name: str
    created: datetime
    default: bool = False


@dataclass(slots=True)
class CustomStatus:
    """A status of the account's own, which counts as the one of its category."""

    id: int
    category: str
    label: str
    created: datetime
    default: bool = False
    """Whether it is what a ticket gets when only the category is said."""
    active: bool = True


@dataclass(slots=True)
class TicketField:
    """A field of tickets; ``options`` are the tags of a dropdown with the names people see."""

    id: int
    type: str
    title: str
    created: datetime
    system: bool = False
    options: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Attachment:
    """A file: uploaded first, and fixed to a comment when one names its upload."""

    id: int
    file_name: str
    content_type: str
    content: Content
    created: datetime
    inline: bool = False
    malware: str = "malware_not_found"


@dataclass(slots=True)
class Comment:
    id: int
    audit_id: int
    author_id: int
    body: str
    """Plain text with Markdown, as Zendesk gives it back."""
    public: bool
    channel: str
    created: datetime
    metadata: dict[str, object]
    """The ``custom`` metadata of the update that made it."""
    rich: str | None = None
    """The HTML that it was sent as; without it, ``html`` is made of ``body`` when somebody asks."""
    attachments: list[Attachment] = field(default_factory=list)

    @property
    def html(self) -> str:
        if self.rich is None:
            self.rich = html_from_plain(self.body)
        return self.rich


@dataclass(slots=True)
class FieldEvent:
    """One changed field within an audit. ``previous`` is what it was."""

    id: int
    name: str
    value: object
    previous: object


@dataclass(frozen=True, slots=True)
class Afterthought:
    """What is done to a comment later on, in the words of ticket audits."""

    id: int
    kind: Literal["CommentPrivacyChange", "CommentRedactionEvent", "AttachmentRedactionEvent"]
    comment: Comment
    attachment_id: int | None = None


@dataclass(slots=True)
class Audit:
    """One update of a ticket: all that changed at once."""

    id: int
    ticket_id: int
    author_id: int
    created: datetime
    channel: str
    creation: bool = False
    changes: list[FieldEvent] = field(default_factory=list)
    comment: Comment | None = None
    metadata: dict[str, object] = field(default_factory=dict)
    afterthoughts: list[Afterthought] = field(default_factory=list)


@dataclass(slots=True)
class Ticket:
    id: int
    brand_id: int
    requester_id: int
    submitter_id: int
    subject: str
    status: str
    created: datetime
    updated: datetime
    generated: int
    """``generated_timestamp`` in epoch seconds: moves with every change, system ones included."""
    channel: str = "web"
    organization_id: int | None = None
    assignee_id: int | None = None
    group_id: int | None = None
    custom_status_id: int | None = None
    """``None`` in accounts without custom statuses."""
    external_id: str | None = None
    priority: str | None = None
    type: str | None = None
    problem_id: int | None = None
    incidents: int = 0
    """How many tickets name this one as their problem."""
    followup_source_id: int | None = None
    followup_ids: list[int] = field(default_factory=list)
    satisfaction: str = "unoffered"
    deleted: bool = False
    deleted_by: int | None = None
    archived: bool = False
    tags: list[str] = field(default_factory=list)
    custom: dict[int, FieldValue] = field(default_factory=dict)
    comments: list[Comment] = field(default_factory=list)
    audits: list[Audit] = field(default_factory=list)

    @property
    def is_public(self) -> bool:
        return any(comment.public for comment in self.comments)


@dataclass(frozen=True, slots=True)
class Email:
    """A message that the account's triggers would send."""

    to: str
    ticket_id: int
    subject: str
    body: str
    sent: datetime

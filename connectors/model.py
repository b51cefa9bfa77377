"""The canonical form: what an item, a comment and a person are, whatever tool they live in.

Every value is immutable, plain and comparable, so that rules can be pure and a snapshot can be stored,
hashed and compared. Text is GFM Markdown. Times are aware datetimes in UTC. A field that the tool does
not know is ``None`` or empty, never guessed.
"""

from __future__ import annotations

import re
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue

__all__ = [
    "Audience",
    "Comment",
    "CommentDraft",
    "Draft",
    "File",
    "FileDraft",
    "Item",
    "ItemLink",
    "JsonValue",
    "Kind",
    "LinkDraft",
    "Organization",
    "Patch",
    "Person",
    "Ref",
    "field_name",
]


class Frozen(BaseModel):
    """A value object: immutable, and strict about names it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Audience(StrEnum):
    """Who may read a text, from the narrowest to the widest."""

    INTERNAL = "internal"
    CUSTOMER = "customer"
    PUBLIC = "public"

    def reaches(self, other: Audience) -> bool:
        """Whether a text for this audience also reaches everybody in ``other``."""
        widths = list(Audience)
        return widths.index(self) >= widths.index(other)


class Kind(StrEnum):
    """What sort of thing an item is, for rules that do not care which tool holds it."""

    TICKET = "ticket"
    ISSUE = "issue"
    DOC = "doc"
    FEEDBACK = "feedback"
    RELEASE = "release"


class Ref(Frozen):
    """The identity of an item: the connection, and the vendor's immutable id.

    ``key`` is what people call it (``ENG-12``, ``ZD-7``, ``acme/app#12``). It may go stale when the item
    moves, so it takes no part in equality.
    """

    connection: str
    id: str
    key: str = ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ref) and (self.connection, self.id) == (other.connection, other.id)

    def __hash__(self) -> int:
        return hash((self.connection, self.id))

    def __str__(self) -> str:
        return self.key or f"{self.connection}:{self.id}"


class Person(Frozen):
    """Somebody in a tool. ``email`` is ``None`` where the tool hides it: never key on it alone."""

    id: str
    name: str
    email: str | None = None
    staff: bool = False
    """True for people of the team (agents, members, collaborators), false for customers and strangers."""


class Organization(Frozen):
    """The customer behind a report."""

    id: str
    name: str
    plan: str | None = None
    arr: float | None = None
    """Annual recurring revenue, in the account's own currency."""
    domains: tuple[str, ...] = ()


class Item(Frozen):
    """A ticket, issue, page or piece of feedback, as it stood when it was read."""

    ref: Ref
    system: str
    kind: Kind
    container: str
    """What holds it: a Jira project key, ``owner/repo``, the name of a Notion database, a Zendesk brand."""
    url: str
    title: str
    body: str = ""
    audience: Audience = Audience.INTERNAL
    """Who reads ``title`` and ``body`` where the item lives."""
    type: str | None = None
    status: str | None = None
    closed: bool = False
    """Whether the tool regards the item as finished."""
    priority: str | None = None
    labels: tuple[str, ...] = ()
    """Sorted, without repetition."""
    assignee: Person | None = None
    requester: Person | None = None
    """Who asked: a ticket's requester, an issue's reporter, a page's author."""
    organization: Organization | None = None
    votes: int = 0
    custom: dict[str, JsonValue] = Field(default_factory=dict)
    """Custom fields by their name in :func:`field_name` form. Unset fields are left out."""
    created: AwareDatetime
    updated: AwareDatetime
    deleted: bool = False
    """In the bin or soft-deleted, as the tool itself said; never inferred from absence."""
    marker: str | None = None
    """The marker of the write that created the item, when Loopwright did."""


class Comment(Frozen):
    """One comment, with the audience that can read it where it stands."""

    id: str
    author: Person | None = None
    body: str
    audience: Audience
    created: AwareDatetime
    updated: AwareDatetime
    marker: str | None = None
    """The marker of the write that made it, when Loopwright did and the tool can carry one."""


class File(Frozen):
    """An attachment of an item or of one of its comments. Its content is read when it is wanted."""

    id: str
    name: str
    media_type: str = "application/octet-stream"
    size: int
    """In bytes."""
    audience: Audience
    """Who can open it where it stands: those who read the text that it is attached to."""
    comment: str | None = None
    """The id of the comment that it belongs to; ``None`` for the item's own."""
    created: AwareDatetime
    url: str = ""
    """Where a person opens it, as far as there is a lasting address; it may ask for a login."""


class ItemLink(Frozen):
    """A tie between an item and another one, or an address elsewhere, as the tool shows it to people."""

    id: str
    relation: str
    """In the tool's words, read from the item: ``blocks``, ``is caused by``, ``duplicates``."""
    to: Ref | None = None
    """The other item, where it lives in the same connection."""
    url: str = ""
    title: str = ""


class Draft(Frozen):
    """An item to be created. ``marker`` is what a lookup finds it by after an unknown outcome."""

    container: str
    title: str
    body: str = ""
    type: str | None = None
    status: str | None = None
    priority: str | None = None
    labels: tuple[str, ...] = ()
    custom: dict[str, JsonValue] = Field(default_factory=dict)
    original: str | None = None
    """Where the whole text can be read, should it be too long for the tool."""
    marker: str


class CommentDraft(Frozen):
    """A comment to be written, for exactly this audience."""

    body: str
    audience: Audience = Audience.INTERNAL
    original: str | None = None
    """As for :class:`Draft`."""
    marker: str


class FileDraft(Frozen):
    """A file to be attached, for exactly this audience."""

    name: str
    media_type: str = "application/octet-stream"
    size: int
    """In bytes: tools want to know it before the first one."""
    audience: Audience = Audience.INTERNAL


class LinkDraft(Frozen):
    """A tie to be made: to an item of the same connection, or to an address elsewhere."""

    relation: str
    to: Ref | None = None
    url: str = ""
    title: str = ""
    marker: str
    """Tools that know ties by an id of the caller's are given this one."""


class Patch(Frozen):
    """A change of an item: what is named is written, what is not named is left alone.

    ``fields`` maps a canonical name (``title``, ``body``, ``status``, ``priority``, ``type``, ``assignee``
    by person id) or ``custom.NAME`` to its new value; ``None`` clears.
    """

    fields: dict[str, JsonValue] = Field(default_factory=dict)
    add_labels: tuple[str, ...] = ()
    remove_labels: tuple[str, ...] = ()
    original: str | None = None
    """Where the whole text can be read, should a body be too long for the tool."""


def field_name(title: str) -> str:
    """The name under which rules know a custom field: ``Fix version/s`` becomes ``fix_version_s``."""
    return re.sub(r"[^0-9a-z]+", "_", title.lower()).strip("_")

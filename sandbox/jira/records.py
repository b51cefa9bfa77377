"""What Jira keeps: accounts, projects, issues and what hangs on them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from pydantic import JsonValue

from sandbox.jira.uploads import Content

Object = dict[str, JsonValue]
"""A JSON object, as it came in or as it goes out."""


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody, or a customer of a service project, or an app."""

    id: str
    name: str
    email: str
    type: str = "atlassian"
    """``atlassian``, ``app`` or ``customer``."""
    zone: str = "UTC"
    """The profile's time zone: how this account reads and writes local times."""
    shows_email: bool = False
    """Privacy: most people's address is hidden from others."""

    @property
    def username(self) -> str:
        """What Data Center knows the account by."""
        return self.email.partition("@")[0]


@dataclass(slots=True)
class Project:
    id: int
    key: str
    name: str
    type: str = "software"
    """``software``, ``business`` or ``service_desk``."""
    last_number: int = 0


@dataclass(frozen=True, slots=True)
class IssueType:
    id: str
    name: str
    subtask: bool = False
    level: int = 0


@dataclass(frozen=True, slots=True)
class Priority:
    id: str
    name: str
    color: str


@dataclass(frozen=True, slots=True)
class Status:
    id: str
    name: str
    category: str
    """``new``, ``indeterminate`` or ``done``."""


@dataclass(frozen=True, slots=True)
class Comment:
    """One version of a comment: an edit puts a new one in its place."""

    id: int
    author: Account
    editor: Account
    body: Object
    created: datetime
    updated: datetime
    visibility: Object | None = None
    properties: Object = field(default_factory=dict)

    @property
    def internal(self) -> bool:
        """Marked as not for the customers of a service project. ``visibility`` hides it just as well."""
        flag = self.properties.get("sd.public.comment")
        return isinstance(flag, dict) and flag.get("internal") is True


@dataclass(slots=True)
class RemoteLink:
    id: int
    object: Object
    global_id: str | None = None
    application: Object = field(default_factory=dict)
    relationship: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the history: a field with its old and new value, as id and as people read it."""

    field: str
    old_id: str | None
    old: str | None
    new_id: str | None
    new: str | None


@dataclass(frozen=True, slots=True)
class History:
    """The rows that one act wrote."""

    id: int
    author: Account
    created: datetime
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file on an issue. Its content is on disk, not in memory."""

    id: int
    name: str
    media_type: str
    author: Account
    created: datetime
    content: Content


@dataclass(frozen=True, slots=True)
class LinkType:
    id: str
    name: str
    inward: str
    outward: str


@dataclass(frozen=True, slots=True)
class IssueLink:
    """``inward`` is the issue that the type's inward words are shown on: ``is blocked by``."""

    id: int
    type: LinkType
    inward: int
    outward: int


@dataclass(slots=True)
class Version:
    """A release of a project."""

    id: int
    project: Project
    name: str
    description: str = ""
    released: bool = False
    archived: bool = False
    start: str | None = None
    release: str | None = None
    """Days, as ``2026-12-24``."""


@dataclass(frozen=True, slots=True)
class Mail:
    """What one act mailed, and to whom."""

    kind: str
    issue: str
    to: tuple[str, ...]
    """Account ids."""


@dataclass(slots=True)
class Task:
    """A bulk change that was handed in."""

    id: str
    submitter: Account
    total: int
    created: datetime
    processed: list[int] = field(default_factory=list)
    failed: dict[int, list[str]] = field(default_factory=dict)
    invisible: int = 0


@dataclass(slots=True)
class Issue:
    id: int
    project: Project
    number: int
    type: IssueType
    summary: str
    description: Object | None
    status: Status
    priority: Priority
    reporter: Account
    creator: Account
    created: datetime
    updated: datetime
    status_since: datetime
    labels: list[str] = field(default_factory=list)
    assignee: Account | None = None
    resolved: datetime | None = None
    duedate: str | None = None
    votes: int = 0
    custom: Object = field(default_factory=dict)
    """Custom field values by field id, as Jira answers them."""
    comments: list[Comment] = field(default_factory=list)
    properties: Object = field(default_factory=dict)
    remote_links: dict[int, RemoteLink] = field(default_factory=dict)
    links: list[IssueLink] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    watchers: list[Account] = field(default_factory=list)
    voters: list[Account] = field(default_factory=list)
    history: list[History] = field(default_factory=list)
    write_times: list[float] = field(default_factory=list)
    """When it was last written, for the limit per issue."""

    @property
    def key(self) -> str:
        return f"{self.project.key}-{self.number}"

    def as_indexed(self) -> Issue:
        """A copy that later changes do not reach: what the search index holds meanwhile."""
        return replace(
            self,
            labels=list(self.labels),
            comments=list(self.comments),
            custom=dict(self.custom),
            properties=dict(self.properties),
            links=list(self.links),
            attachments=list(self.attachments),
        )

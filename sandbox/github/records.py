"""What GitHub keeps: users, repositories, issues and what hangs on them. Times are whole seconds, in UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from pydantic import JsonValue

from sandbox.github.git import History

REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")
ISSUE_TYPES = {"task": "Task", "bug": "Bug", "feature": "Feature"}
"""The issue types that every organization starts with, by their names in lower case."""
ISSUE_FIELDS = {"Severity": "single_select", "Effort": "number", "Team": "text"}
"""The issue fields of the sandbox's organizations, with the types of their values."""


@dataclass(eq=False, slots=True)
class User:
    id: int
    login: str
    name: str
    email: str | None
    type: str = "User"
    """``User``, ``Bot`` or ``Organization``."""
    member: bool = False
    """Whether the user belongs to the organization that owns the repositories."""
    app: App | None = None
    """Whose bot it is."""


@dataclass(eq=False, slots=True)
class App:
    """A GitHub App, which writes in the name of its bot."""

    id: int
    slug: str
    name: str
    owner: User
    created: datetime
    permissions: dict[str, str] = field(default_factory=dict)

    @property
    def client_id(self) -> str:
        return f"Iv23li{self.id}"


@dataclass(eq=False, slots=True)
class Label:
    id: int
    name: str
    color: str = "ededed"
    description: str | None = None


@dataclass(eq=False, slots=True)
class Milestone:
    id: int
    number: int
    title: str
    creator: User
    created: datetime
    updated: datetime
    state: str = "open"
    description: str | None = None
    due: datetime | None = None


@dataclass(eq=False, slots=True)
class Reaction:
    id: int
    user: User
    content: str
    created: datetime


@dataclass(eq=False, slots=True)
class Comment:
    id: int
    issue: Issue
    user: User | None
    body: str
    created: datetime
    updated: datetime
    reactions: list[Reaction] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Issue:
    """An issue, or a pull request: GitHub lists and numbers them together."""

    id: int
    repository: Repository
    number: int
    title: str
    body: str | None
    user: User | None
    """``None`` for an account that was deleted."""
    created: datetime
    updated: datetime
    state: str = "open"
    state_reason: str | None = None
    closed: datetime | None = None
    closed_by: User | None = None
    labels: list[Label] = field(default_factory=list)
    assignees: list[User] = field(default_factory=list)
    milestone: Milestone | None = None
    type: str | None = None
    locked: bool = False
    lock_reason: str | None = None
    comments: list[Comment] = field(default_factory=list)
    reactions: list[Reaction] = field(default_factory=list)
    pull_request: bool = False
    parent: Issue | None = None
    sub_issues: list[Issue] = field(default_factory=list)
    blocked_by: list[Issue] = field(default_factory=list)
    field_values: dict[str, JsonValue] = field(default_factory=dict)
    """Of the organization's issue fields, by their names."""


@dataclass(eq=False, slots=True)
class Release:
    id: int
    repository: Repository
    tag: str
    name: str | None
    body: str | None
    author: User
    created: datetime
    updated: datetime
    draft: bool = False
    prerelease: bool = False
    published: datetime | None = None


@dataclass(eq=False, slots=True)
class Shipment:
    """One delivery of a webhook, as the log keeps it."""

    id: int
    guid: str
    """The same for every time that it is delivered."""
    event: str
    action: str | None
    headers: dict[str, str]
    body: bytes
    delivered: datetime
    repository: int
    """Of what it tells, by its id."""
    installation: int | None = None
    """Of the App that is told, where one is."""
    redelivery: bool = False
    status_code: int = 0
    """0 until an answer came, or was given up."""

    @property
    def ok(self) -> bool:
        return 200 <= self.status_code < 300


@dataclass(eq=False, slots=True)
class Hook:
    """A repository's webhook."""

    id: int
    url: str
    events: tuple[str, ...]
    secret: str
    created: datetime
    updated: datetime
    active: bool = True
    content_type: str = "json"
    insecure_ssl: str = "0"
    shipments: list[Shipment] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class Repository:
    id: int
    owner: User
    name: str
    private: bool
    created: datetime
    issues: dict[int, Issue] = field(default_factory=dict)
    moved: dict[int, Issue] = field(default_factory=dict)
    """Numbers of issues that were transferred away, and what they became."""
    deleted: set[int] = field(default_factory=set)
    """Numbers of issues that were deleted for good."""
    labels: dict[str, Label] = field(default_factory=dict)
    """By name in lower case: GitHub does not tell them apart by case."""
    milestones: dict[int, Milestone] = field(default_factory=dict)
    hooks: dict[int, Hook] = field(default_factory=dict)
    releases: dict[int, Release] = field(default_factory=dict)
    history: History = field(default_factory=History)
    last_number: int = 0
    has_issues: bool = True
    archived: bool = False
    protected: bool = False
    """Whether its branch takes what pull requests bring, and nothing else."""
    access: str = "write"
    """What the sandbox's credential may do here: ``none``, ``read`` or ``write``."""

    @property
    def full_name(self) -> str:
        return f"{self.owner.login}/{self.name}"

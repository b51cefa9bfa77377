"""The company in words of its own; each service puts its part into its vendor's form."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer organization and the people there who write in."""

    name: str
    plan: str
    """``free``, ``team``, ``business`` or ``enterprise``."""
    arr: int
    domain: str
    contacts: tuple[str, ...]
    """Names; their addresses are ``first.last@domain``."""


@dataclass(frozen=True, slots=True)
class Agent:
    """Somebody of the team."""

    name: str
    email: str
    role: str
    """``support``, ``engineer``, ``product`` or ``bot``. The one bot is what the credentials belong to."""


@dataclass(frozen=True, slots=True)
class Post:
    """A comment. ``text`` is Markdown, or HTML mail where ``html`` is set."""

    author: str
    created: datetime
    text: str
    internal: bool = False
    html: bool = False


@dataclass(frozen=True, slots=True)
class Ticket:
    title: str
    body: str
    customer: str
    contact: str
    created: datetime
    status: str
    """A Zendesk status in lower case."""
    priority: str | None
    type: str | None
    assignee: str | None
    product_area: str
    labels: tuple[str, ...] = ()
    posts: tuple[Post, ...] = ()
    family: str = ""
    """The problem behind it, as only the generator knows it: no service shows this."""


@dataclass(frozen=True, slots=True)
class TrackerProject:
    """A Jira project."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class TrackerIssue:
    """A Jira issue. Within a project they are numbered in the order of the company's list, from 1."""

    project: str
    title: str
    body: str
    type: str
    status: str
    """``To Do``, ``In Progress``, ``In Review`` or ``Done``."""
    priority: str
    created: datetime
    reporter: str
    assignee: str | None
    labels: tuple[str, ...] = ()
    posts: tuple[Post, ...] = ()
    family: str = ""
    """The problem behind it, as only the generator knows it: no service shows this."""


@dataclass(frozen=True, slots=True)
class Repository:
    owner: str
    name: str
    private: bool


@dataclass(frozen=True, slots=True)
class RepositoryIssue:
    """A GitHub issue. ``author``, here and of its posts, is an agent's name or a stranger's login."""

    repository: str
    """``owner/name``."""
    title: str
    body: str
    state: str
    """``open`` or ``closed``."""
    author: str
    created: datetime
    labels: tuple[str, ...] = ()
    posts: tuple[Post, ...] = ()
    family: str = ""
    """The problem behind it, as only the generator knows it: no service shows this."""


@dataclass(frozen=True, slots=True)
class Database:
    """A Notion database. ``kind`` is ``prds``, ``roadmap`` or ``feedback``."""

    name: str
    kind: str
    statuses: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A row of a Notion database with its body in Markdown."""

    database: str
    title: str
    body: str
    status: str
    owner: str
    created: datetime
    properties: dict[str, str] = field(default_factory=dict)
    """Further select or text properties by name, such as ``Product area``."""
    posts: tuple[Post, ...] = ()
    family: str = ""
    """The problem behind it, as only the generator knows it: no service shows this."""


@dataclass(frozen=True, slots=True)
class Company:
    """Everything the four services are seeded with."""

    name: str
    customers: tuple[Customer, ...] = ()
    agents: tuple[Agent, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    projects: tuple[TrackerProject, ...] = ()
    tracker_issues: tuple[TrackerIssue, ...] = ()
    repositories: tuple[Repository, ...] = ()
    repository_issues: tuple[RepositoryIssue, ...] = ()
    databases: tuple[Database, ...] = ()
    pages: tuple[Page, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """One line of ``--load FILE``: a bug report from elsewhere."""

    id: str
    title: str
    body: str
    created: datetime
    type: str = ""
    priority: str = ""
    reporter: str = ""
    labels: tuple[str, ...] = ()
    posts: tuple[Post, ...] = ()

"""What the four emulated services have in common, and what the page and the seed ask of each.

A service is one Starlette application on a port of its own: the vendor's routes over in-memory state. All
run in one event loop, so a handler that does not await between reading and writing is atomic.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar

from starlette.routing import BaseRoute

from sandbox.clock import Clock
from sandbox.company import Company, Report
from sandbox.hooks import Hooks


@dataclass(frozen=True, slots=True)
class CardComment:
    """A comment as the page shows it."""

    author: str
    text: str
    created: datetime
    internal: bool
    """True for a text that customers or the public cannot read."""


@dataclass(frozen=True, slots=True)
class Card:
    """An item as the page shows it, in words that fit all four tools."""

    id: str
    key: str
    title: str
    body: str
    status: str
    statuses: Sequence[str]
    """The statuses that a person could choose now."""
    priority: str
    labels: Sequence[str]
    people: str
    """Who is behind it, in a few words: requester and organization, or assignee."""
    container: str
    created: datetime
    updated: datetime
    comments: Sequence[CardComment] = field(default_factory=tuple)


@dataclass(slots=True)
class Conditions:
    """What the sandbox is asked to be like."""

    limits: bool = True
    """Enforce the vendors' documented rate limits."""
    webhook_secret: str = "sandbox-secret"  # noqa: S105 - known to everybody, like every secret of the sandbox


class Service(ABC):
    """One emulated vendor."""

    name: ClassVar[str]
    """``zendesk``, ``jira``, ``github`` or ``notion``."""

    def __init__(self, clock: Clock, hooks: Hooks, conditions: Conditions) -> None:
        self.clock = clock
        self.hooks = hooks
        self.conditions = conditions
        self.base_url = ""
        """``http://127.0.0.1:PORT``, set by the server before the first request."""
        self.listeners: list[Callable[[str], None]] = []
        """Told the id of every item that changed: the page's live view."""

    def changed(self, item_id: str) -> None:
        """To be called by the service after every change of an item."""
        for listener in self.listeners:
            listener(item_id)

    @abstractmethod
    def routes(self) -> list[BaseRoute]:
        """The vendor's routes, with the vendor's paths."""

    @abstractmethod
    def seed(self, company: Company) -> None:
        """Fill the empty service with its part of the company, silently: no webhooks."""

    @abstractmethod
    def subscribe(self, url: str) -> None:
        """Send webhooks to ``url`` from now on, as if a person had set it up in the tool's own window."""

    @abstractmethod
    def load(self, reports: Sequence[Report], container: str) -> list[str]:
        """Put in the reports of ``--load FILE`` as tickets or issues, silently; their keys."""

    @abstractmethod
    def cards(self, *, limit: int, search: str = "") -> list[Card]:
        """The most recently updated items."""

    @abstractmethod
    def card(self, item_id: str) -> Card | None:
        """One item, with its comments."""

    @abstractmethod
    def person_creates(
        self, *, title: str, body: str, container: str = "", labels: Sequence[str] = ()
    ) -> str:
        """Somebody files an item in the tool's own window; its id. Sends webhooks, as everything below."""

    @abstractmethod
    def person_comments(self, item_id: str, text: str, *, internal: bool) -> None:
        """Somebody of the team comments in the tool's own window."""

    @abstractmethod
    def person_sets(
        self,
        item_id: str,
        *,
        title: str | None = None,
        status: str | None = None,
        priority: str | None = None,
        add_label: str | None = None,
        remove_label: str | None = None,
    ) -> None:
        """Somebody of the team changes the item. Raises ValueError with the values that are allowed."""

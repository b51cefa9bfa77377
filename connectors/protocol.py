"""What a connector must do, and what it is given to do it with.

A connector speaks to one account of one tool. It is synchronous, holds no state that matters beyond its
cursor, and belongs to one thread: the engine makes one for each thread that needs it. What only some tools
can do is in :mod:`connectors.abilities`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import ClassVar, Protocol, Self, runtime_checkable

from pydantic import BaseModel

from connectors.limits import Standing
from connectors.model import Audience, Comment, CommentDraft, Draft, Item, Patch, Ref


class Gate(Protocol):
    """Called before every HTTP request of a connector.

    It counts the request and returns when the connection's rate budget allows it. ``method`` and ``path``
    (without host and query) name the request for statistics.
    """

    def __call__(self, method: str, path: str) -> None: ...

    def heard(self, standing: Standing) -> None:
        """Called after an answer that tells how a limit stands, by a connector that states its limits."""
        ...


class OpenGate:
    """A gate that lets everything through and remembers it.

    ``before`` is called with method and path first, and may raise.
    """

    def __init__(self, before: Callable[[str, str], None] | None = None) -> None:
        self._before = before
        self.calls: list[tuple[str, str]] = []
        """Every request that was announced, as method and path."""
        self.standings: list[Standing] = []
        """What was heard of limits."""

    def __call__(self, method: str, path: str) -> None:
        if self._before is not None:
            self._before(method, path)
        self.calls.append((method, path))

    def heard(self, standing: Standing) -> None:
        self.standings.append(standing)


@dataclass(frozen=True, slots=True)
class Account:
    """Who the credential belongs to, for ``doctor`` and ``init``."""

    name: str
    """The bot's name in the tool."""
    id: str
    site: str
    """The account, site or workspace, as people call it."""
    warnings: tuple[str, ...] = ()
    """What works but will hurt: a profile in the wrong time zone, a missing permission."""


@dataclass(frozen=True, slots=True)
class Observation:
    """An item as read, with those of its comments that came along.

    ``comments`` is ``None`` when they were not read, so that the engine asks for them if it needs them.
    Only when ``complete`` is true may one that is missing from the list be asked about: it was deleted if
    the tool says so, and not because it is missing.
    """

    item: Item
    comments: tuple[Comment, ...] | None = None
    complete: bool = False
    comments_follow: bool = False
    """Every comment comes by itself, in :attr:`ChangePage.said` of this page or a later one."""
    comment_count: int | None = None
    """How many comments there are, by the tool's own count; fewer than are known have them read again."""
    gone: tuple[str, ...] = ()
    """Comments that the tool, asked for each, says were deleted."""


@dataclass(frozen=True, slots=True)
class Said:
    """New and changed comments of an item that came without it: some tools list comments apart from items."""

    ref: Ref
    comments: tuple[Comment, ...]


@dataclass(frozen=True, slots=True)
class ChangePage:
    """One page of changes. ``cursor`` goes into the next call, also after a restart."""

    observations: tuple[Observation, ...]
    cursor: str
    more: bool
    """Whether the next call would find more right now."""
    said: tuple[Said, ...] = ()
    """Comments beside the observations, of items of this page, of an earlier or of a later one."""


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A delivery as it came in: header names in lower case, and the raw bytes that were signed."""

    headers: Mapping[str, str]
    body: bytes
    received: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a verified webhook says: which items to read again. It is a hint, never the truth."""

    id: str
    """Stable over redeliveries, so that a repeated delivery is recognised."""
    refs: tuple[Ref, ...] = ()
    verification: str | None = None
    """A token that the tool asks a person to confirm (Notion's handshake)."""


@runtime_checkable
class Connector(Protocol):
    """One account of one tool. Every method may raise any :mod:`connectors.errors` error but BadSignature."""

    system: ClassVar[str]
    Settings: ClassVar[type[BaseModel]]
    """The pydantic model of its settings; secrets are ``SecretStr``, every field has a description."""

    connection: str
    settles: timedelta
    """How long a write may stay invisible to :meth:`find`: before that, not finding proves nothing."""

    @classmethod
    def open(cls, connection: str, settings: BaseModel, gate: Gate) -> Self:
        """Make a connector; makes no request."""
        ...

    def check(self) -> Account:
        """Verify the credential with the fewest calls."""
        ...

    def changes(self, cursor: str | None) -> ChangePage:
        """The next page of items changed since ``cursor``, oldest first; everything there is for ``None``.

        Nothing is ever skipped: cursors overlap, so an item may be seen more than once.
        """
        ...

    def get(self, ref: Ref) -> Observation:
        """The item as it stands now, found by id even when its key has changed. Raises NotFound."""
        ...

    def comments(self, ref: Ref) -> tuple[Comment, ...]:
        """All comments of the item, oldest first, without the one that is its body."""
        ...

    def audience(self, container: str) -> Audience:
        """Who reads the title and body of an item created in ``container``."""
        ...

    def create(self, draft: Draft) -> Item:
        """Create the item, carrying ``draft.marker``; return it as it now stands."""
        ...

    def update(self, ref: Ref, patch: Patch) -> Item:
        """Write what the patch names and nothing else; return the item as it now stands."""
        ...

    def comment(self, ref: Ref, draft: CommentDraft) -> Comment:
        """Add a comment. Raises Rejected where the tool cannot keep it within ``draft.audience``."""
        ...

    def find(self, draft: Draft, sent: datetime) -> Item | None:
        """The item that ``create(draft)``, called at ``sent``, made, if it did."""
        ...

    def find_comment(self, ref: Ref, draft: CommentDraft, sent: datetime) -> Comment | None:
        """The comment that ``comment(ref, draft)``, called at ``sent``, made, if it did."""
        ...

    def receive(self, request: WebhookRequest) -> Delivery:
        """Verify a webhook on its raw bytes and say what it hints at. Raises BadSignature."""
        ...

    def close(self) -> None:
        """Release sockets."""
        ...

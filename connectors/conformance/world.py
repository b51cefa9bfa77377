"""What the suite asks of a test's author: a fresh tool, connectors to it, and other people in it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import ClassVar, Literal, TypeAlias, get_args
from uuid import uuid4

from pydantic import JsonValue

from connectors.model import Audience, CommentDraft, Draft, Ref
from connectors.protocol import ChangePage, Connector, Gate, Observation, OpenGate, WebhookRequest

Failure: TypeAlias = Literal[
    "lose_request",
    "lose_answer",
    "cut",
    "slow",
    "server_error",
    "bad_gateway",
    "unavailable",
    "gateway_timeout",
    "saved_unavailable",
    "html",
    "proxy_page",
    "rate_limited",
    "rate_limited_untimed",
]
"""How a request can fail. A tool that cannot fail in one of these ways fails in the nearest.

Nothing happens: ``lose_request``: the connection drops. ``server_error``, ``bad_gateway``, ``unavailable``: a
500, a 502, a 503. ``html``: a 502 with a page for people; ``proxy_page``: a 200 with one. ``rate_limited``: a
429 that asks for a second's patience, ``rate_limited_untimed``: one that does not say how much.

The request is carried out: ``lose_answer``: the connection drops before the answer. ``cut``: it drops in the
middle of the answer. ``slow``: the answer takes longer than :meth:`World.impatient` waits.
``gateway_timeout``, ``saved_unavailable``: a 504, a 503 all the same.
"""
FAILURES: tuple[Failure, ...] = get_args(Failure)
HAPPENED: frozenset[Failure] = frozenset({"lose_answer", "cut", "gateway_timeout", "saved_unavailable"})
"""The request is carried out, and its caller cannot know."""
LIMITED: frozenset[Failure] = frozenset({"rate_limited", "rate_limited_untimed"})

CONNECTION = "under-test"


class World(ABC):
    """One tool, fresh for each test, and the people in it. Built without arguments, closed after the test.

    The class attributes say what the tool can do; tests that do not apply skip themselves.
    """

    container: ClassVar[str]
    """Where items are created, in the words of ``Draft.container``."""
    comment_audiences: ClassVar[tuple[Audience, ...]]
    """The audiences that comments on a new item in ``container`` can have, from the narrowest."""
    unknown_id: ClassVar[str]
    """A well-formed id that no item has."""
    status: ClassVar[str | None]
    """A status that a new item does not have and can be given."""
    priority: ClassVar[str | None] = None
    """A priority that a new item does not have and can be given; ``None`` if the tool has no priorities."""
    custom: ClassVar[tuple[str, JsonValue] | None] = None
    """A custom field, as in ``Item.custom``, and a value for it."""
    body_changes: ClassVar[bool] = True
    """Whether the body of an item can be changed; Zendesk's first comments cannot."""
    labels: ClassVar[bool] = True
    """Whether items have labels."""
    secrets: ClassVar[tuple[str, ...]]
    """Every secret that the settings of the connectors hold."""
    page_size: ClassVar[int] = 100
    """More items than this do not fit into one page of changes."""
    idle_calls: ClassVar[int] = 4
    """The most requests that a poll may make when nothing has happened."""

    def __init__(self) -> None:
        self.gate = OpenGate()
        """The gate to open connectors with."""

    @property
    def gated(self) -> list[tuple[str, str]]:
        """Every request that a connector announced at its gate."""
        return self.gate.calls

    # -- connectors ------------------------------------------------------------------------------------------

    @abstractmethod
    def connect(self, connection: str, gate: Gate) -> Connector:
        """A new connector to the tool, with the right credential."""

    @abstractmethod
    def bad_credentials(self, connection: str, gate: Gate) -> Connector:
        """A new connector to the tool, with a wrong credential."""

    @abstractmethod
    def unreachable(self, connection: str, gate: Gate) -> Connector:
        """A new connector to where nobody listens, such as a closed port."""

    def impatient(self, connection: str, gate: Gate) -> Connector | None:
        """A new connector that does not wait for slow answers; ``None`` if the world cannot show that."""
        return None

    # -- what other people do in the tool ------------------------------------------------------------------

    @abstractmethod
    def person_creates(self, title: str, body: str = "", labels: Sequence[str] = ()) -> str:
        """Somebody creates an item in ``container``; its id as in ``Ref.id``."""

    @abstractmethod
    def person_comments(self, item_id: str, text: str, *, internal: bool) -> None:
        """Somebody of the team comments; ``internal`` only if the tool knows such comments."""

    @abstractmethod
    def person_edits_title(self, item_id: str, title: str) -> None:
        """Somebody changes the title."""

    @abstractmethod
    def person_sets_status(self, item_id: str, status: str) -> None:
        """Somebody changes the status."""

    @abstractmethod
    def person_adds_label(self, item_id: str, label: str) -> None:
        """Somebody adds a label; not called if ``labels`` is false."""

    def person_attaches(self, item_id: str, name: str, content: bytes) -> bool:
        """Somebody of the team attaches a file; false if the world cannot show that."""
        return False

    # -- the tool --------------------------------------------------------------------------------------------

    @abstractmethod
    def advance(self, seconds: float) -> None:
        """Let time pass in the tool: for search indexes, hidden last minutes and coarse stamps."""

    @abstractmethod
    def calls(self) -> int:
        """How many requests the tool has seen so far, whatever became of them."""

    @abstractmethod
    def break_next(self, failure: Failure, what: Literal["read", "write"] = "write") -> None:
        """Make the next request that changes something fail, or the next that does not."""

    def bad_weather(self, seed: int) -> bool:
        """From now on, requests fail by chance in all ways there are; false if the world cannot show that.

        The same seed makes the same requests of a sequence fail.
        """
        return False

    def good_weather(self) -> bool:
        """Nothing fails any more, neither by chance nor next; false if the world cannot show that."""
        return False

    @abstractmethod
    def webhooks_after(self, act: Callable[[], object]) -> list[WebhookRequest]:
        """Do ``act``; the webhooks that the tool sent because of it, as they came in."""

    def person_deletes(self, item_id: str) -> bool:
        """Somebody deletes the item, or puts it into the bin; false if the world cannot show that."""
        return False

    def person_moves(self, item_id: str) -> bool:
        """Somebody moves the item so that its key changes; false if the world cannot show that."""
        return False

    def now(self) -> datetime:
        """The tool's time."""
        return datetime.now(UTC)

    def close(self) -> None:  # noqa: B027 - not every world holds something
        """Release what the world holds."""

    # -- what the tests say in one word --------------------------------------------------------------------

    def settle(self, connector: Connector) -> None:
        """Let enough time pass for everything written so far to show everywhere."""
        self.advance(max(180.0, 2 * connector.settles.total_seconds()))

    def draft(self, title: str = "Export fails", body: str = "It *stops* at 10,000 rows.") -> Draft:
        """Something to create, with a marker of its own."""
        return Draft(container=self.container, title=title, body=body, marker=marker())

    def comment_draft(self, body: str = "We are on it.", audience: Audience | None = None) -> CommentDraft:
        """A comment to write, for the narrowest audience there is."""
        return CommentDraft(body=body, audience=audience or self.comment_audiences[0], marker=marker())


def marker() -> str:
    """A marker as the engine makes them, used for nothing else."""
    return f"lw-{uuid4().hex[:24]}"


def ref(item_id: str) -> Ref:
    """An item of the connection under test, of which only the id is known."""
    return Ref(connection=CONNECTION, id=item_id)


def pages(connector: Connector, cursor: str | None) -> Iterator[ChangePage]:
    """Every page of what changed since ``cursor``."""
    for _ in range(200):
        page = connector.changes(cursor)
        yield page
        cursor = page.cursor
        if not page.more:
            return
    raise AssertionError("after 200 pages `changes` still says that there is more")


def read_all(connector: Connector, cursor: str | None) -> tuple[list[Observation], str]:
    """Everything that changed since ``cursor``, and the cursor behind it."""
    read = list(pages(connector, cursor))
    return [seen for page in read for seen in page.observations], read[-1].cursor


def latest(observations: Sequence[Observation]) -> dict[str, Observation]:
    """The last observation of each item, by its id."""
    return {observation.item.ref.id: observation for observation in observations}

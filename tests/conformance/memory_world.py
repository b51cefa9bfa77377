"""The memory tool and its people, for the conformance suite."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import ClassVar, Literal

from pydantic import SecretStr

from connectors.conformance import Failure, World
from connectors.conformance.world import FAILURES, HAPPENED, LIMITED
from connectors.memory import MemoryConnector, MemorySettings, MemoryTool
from connectors.memory.tool import Failure as ToolFailure
from connectors.model import Audience
from connectors.protocol import Connector, Gate, WebhookRequest

_names = (f"tool-{number}" for number in count(1))


NEAREST: Mapping[Failure, ToolFailure | None] = {
    **dict.fromkeys(HAPPENED, "lose_answer"),
    **dict.fromkeys(LIMITED, "rate_limited"),
    **dict.fromkeys(("server_error", "bad_gateway", "unavailable", "html", "proxy_page"), "unavailable"),
    "lose_request": "lose_request",
    "slow": None,
}
"""What a tool without HTTP has of each failure; nothing in it is slow."""


class MemoryWorld(World):
    """A tool for support: internal notes, and answers to customers."""

    audience = Audience.CUSTOMER
    container = "MEM"
    comment_audiences: ClassVar[tuple[Audience, ...]] = (Audience.INTERNAL, Audience.CUSTOMER)
    unknown_id = "999"
    status = "done"
    priority = "high"
    custom = ("team", "blue")
    secrets = ("the-token", "the-webhook-secret", "wrong-token")
    page_size = 20
    idle_calls = 1
    notes_apart = False

    def __init__(self) -> None:
        super().__init__()
        self._time = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
        self.tool = MemoryTool(
            next(_names),
            containers={self.container: self.audience, "NEW": self.audience},
            token="the-token",
            webhook_secret="the-webhook-secret",
            now=self.now,
        )

    def now(self) -> datetime:
        self._time += timedelta(milliseconds=1)
        return self._time

    def advance(self, seconds: float) -> None:
        self._time += timedelta(seconds=seconds)

    def close(self) -> None:
        del MemoryTool.tools[self.tool.name]

    def connect(self, connection: str, gate: Gate) -> Connector:
        return self._connect(connection, gate, "the-token", self.tool.name)

    def bad_credentials(self, connection: str, gate: Gate) -> Connector:
        return self._connect(connection, gate, "wrong-token", self.tool.name)

    def unreachable(self, connection: str, gate: Gate) -> Connector:
        return self._connect(connection, gate, "the-token", "no such tool")

    def _connect(self, connection: str, gate: Gate, token: str, tool: str) -> Connector:
        settings = MemorySettings(
            tool=tool,
            token=SecretStr(token),
            webhook_secret=SecretStr("the-webhook-secret"),
            page_size=self.page_size,
            notes_apart=self.notes_apart,
        )
        return MemoryConnector.open(connection, settings, gate)

    def person_creates(self, title: str, body: str = "", labels: Sequence[str] = ()) -> str:
        make = self.tool.create
        return self.tool.person(lambda: make(self.container, title, text=body, labels=frozenset(labels))).id

    def person_comments(self, item_id: str, text: str, *, internal: bool) -> None:
        audience = Audience.INTERNAL if internal else self.audience
        self.tool.person(lambda: self.tool.add_note(item_id, text, audience))

    def person_edits_title(self, item_id: str, title: str) -> None:
        self.tool.person(lambda: self.tool.change(item_id, title=title))

    def person_sets_status(self, item_id: str, status: str) -> None:
        self.tool.person(lambda: self.tool.change(item_id, status=status))

    def person_adds_label(self, item_id: str, label: str) -> None:
        labels = self.tool.read(item_id).labels | {label}
        self.tool.person(lambda: self.tool.change(item_id, labels=labels))

    def person_attaches(self, item_id: str, name: str, content: bytes) -> bool:
        self.tool.person(lambda: self.tool.attach(item_id, name, content, self.audience))
        return True

    def person_deletes(self, item_id: str) -> bool:
        return self.tool.person(lambda: self.tool.change(item_id, deleted=True)).deleted

    def person_moves(self, item_id: str) -> bool:
        return self.tool.person(lambda: self.tool.change(item_id, container="NEW")).key.startswith("NEW")

    def calls(self) -> int:
        return self.tool.requests

    def break_next(self, failure: Failure, what: Literal["read", "write"] = "write") -> None:
        if nearest := NEAREST[failure]:
            self.tool.failures.append((nearest, what))

    def bad_weather(self, seed: int) -> bool:
        dice = Random(seed)  # noqa: S311 - to be foretold is the point
        self.tool.chance = lambda: NEAREST[dice.choice(FAILURES)] if dice.random() < 0.3 else None
        return True

    def good_weather(self) -> bool:
        self.tool.failures.clear()
        self.tool.chance = lambda: None
        return True

    def webhooks_after(self, act: Callable[[], object]) -> list[WebhookRequest]:
        heard: list[WebhookRequest] = []
        self.tool.subscribers.append(heard.append)
        act()
        self.tool.subscribers.remove(heard.append)
        return heard

"""A Notion workspace of its own for each test: the sandbox, and the people who work in it."""

from __future__ import annotations

import queue
import socket
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import ClassVar, Literal

from pydantic import JsonValue
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.conformance import Failure, World
from connectors.conformance.world import FAILURES
from connectors.model import Audience
from connectors.notion import NotionConnector
from connectors.protocol import Connector, Gate, WebhookRequest
from sandbox.credentials import TOKEN
from sandbox.notion import NotionService
from sandbox.server import Sandbox
from sandbox.service import Conditions
from sandbox.trouble import Fault, Kind, Weather
from tests.sandbox.notion_company import COMPANY

WRITES = r"^(POST /v1/(pages|comments)$|(PATCH|DELETE) )"
READS = r"^(GET |POST /v1/(search|data_sources/[^/]+/query)$)"


class NotionWorld(World):
    """Northwind's workspace; items are created in its feedback database."""

    container = "Feedback"
    comment_audiences = (Audience.INTERNAL,)
    unknown_id = "0b5f5c9e-0000-4000-8000-000000000000"
    status = "Planned"
    priority = "High"
    custom: ClassVar[tuple[str, JsonValue] | None] = ("customer", "Globex")
    secrets = (TOKEN, "sandbox-secret", "wrong-token")
    databases: ClassVar[tuple[str, ...]] = ("Feedback",)
    version: ClassVar[str] = "2026-03-11"

    def __init__(self) -> None:
        super().__init__()
        self.slow = 0.01
        """Real seconds that slow answers take."""
        self.sandbox = Sandbox([NotionService], conditions=Conditions(limits=False))
        self.service = self.sandbox.service(NotionService)
        self.service.seed(COMPANY)
        self.heard: queue.SimpleQueue[WebhookRequest] = queue.SimpleQueue()
        port = self.sandbox.mount(Starlette(routes=[Route("/hook", self._hear, methods=["POST"])]))
        self._running = ExitStack()
        self._running.enter_context(self.sandbox.running())
        self.sandbox.call(lambda: self.service.subscribe(f"http://127.0.0.1:{port}/hook"))

    async def _hear(self, request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.heard.put(WebhookRequest(headers, await request.body(), self.now()))
        return Response()

    def connect(self, connection: str, gate: Gate, **settings: object) -> NotionConnector:
        given: dict[str, object] = {
            "base_url": self.service.base_url,
            "token": TOKEN,
            "databases": [
                {"name": name, "data_source": self.service.source(name).id, "kind": "feedback"}
                for name in self.databases
            ],
            "webhook_secret": "sandbox-secret",
            "notion_version": self.version,
        }
        known = NotionConnector.Settings.model_validate({**given, **settings})
        return NotionConnector.open(connection, known, gate)

    def bad_credentials(self, connection: str, gate: Gate) -> Connector:
        return self.connect(connection, gate, token="wrong-token")

    def unreachable(self, connection: str, gate: Gate) -> Connector:
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            port = unused.getsockname()[1]
        return self.connect(connection, gate, base_url=f"http://127.0.0.1:{port}")

    def person_creates(self, title: str, body: str = "", labels: Sequence[str] = ()) -> str:
        def create() -> str:
            return self.service.person_creates(
                title=title, body=body, container=self.container, labels=labels
            )

        return self.sandbox.call(create)

    def person_comments(self, item_id: str, text: str, *, internal: bool) -> None:
        self.sandbox.call(lambda: self.service.person_comments(item_id, text, internal=True))

    def person_edits_title(self, item_id: str, title: str) -> None:
        self.sandbox.call(lambda: self.service.person_sets(item_id, title=title))

    def person_sets_status(self, item_id: str, status: str) -> None:
        self.sandbox.call(lambda: self.service.person_sets(item_id, status=status))

    def person_adds_label(self, item_id: str, label: str) -> None:
        self.sandbox.call(lambda: self.service.person_sets(item_id, add_label=label))

    def person_attaches(self, item_id: str, name: str, content: bytes) -> bool:
        self.sandbox.call(lambda: self.service.person_attaches(item_id, name, content))
        return True

    def advance(self, seconds: float) -> None:
        self.sandbox.call(lambda: self.sandbox.clock.advance(seconds))

    def now(self) -> datetime:
        return self.sandbox.clock.now()

    def calls(self) -> int:
        return sum(self.sandbox.faults["notion"].calls.values())

    def break_next(self, failure: Failure, what: Literal["read", "write"] = "write") -> None:
        fault = Fault(failure, READS if what == "read" else WRITES, seconds=self.slow)
        self.sandbox.call(lambda: self.sandbox.faults["notion"].active.append(fault))

    def impatient(self, connection: str, gate: Gate) -> Connector | None:
        self.slow = 3.0
        return self.connect(connection, gate, timeout_seconds=self.slow / 10)

    def bad_weather(self, seed: int) -> bool:
        odds: dict[Kind, float] = dict.fromkeys(FAILURES, 0.02)
        self.sandbox.call(
            lambda: setattr(self.sandbox.faults["notion"], "weather", Weather(seed, odds, seconds=0.0))
        )
        return True

    def good_weather(self) -> bool:
        self.sandbox.call(self.sandbox.faults["notion"].calm)
        return True

    def webhooks_after(self, act: Callable[[], object]) -> list[WebhookRequest]:
        self.take_heard()
        act()
        return self.take_heard()

    def take_heard(self) -> list[WebhookRequest]:
        """The webhooks that came in since the last time."""
        self.sandbox.drain()
        taken = []
        while not self.heard.empty():
            taken.append(self.heard.get())
        return taken

    def close(self) -> None:
        self._running.close()


class OlderNotionWorld(NotionWorld):
    """The same by the older version of the API."""

    version = "2025-09-03"

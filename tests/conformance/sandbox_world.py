"""What the worlds of the four emulated services have in common: a sandbox on real sockets, and a mailbox."""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from typing import ClassVar, Generic, Literal, TypeVar

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.conformance import Failure, World
from connectors.conformance.world import FAILURES
from connectors.protocol import Connector, Gate, WebhookRequest
from sandbox.server import Sandbox
from sandbox.service import Conditions, Service
from sandbox.trouble import Fault, Kind, Weather

S = TypeVar("S", bound=Service)

CLOSED_PORT = "http://127.0.0.1:9"
"""The port of the discard protocol, which nobody serves."""


class SandboxWorld(World, Generic[S]):
    """One service of a fresh sandbox. What is left to do is to open connectors and to say what writes."""

    service_type: type[S]
    writes: ClassVar[str] = r"^(POST|PUT|PATCH|DELETE) "
    """A regular expression over ``METHOD /path``: which requests change something."""
    reads: ClassVar[str] = r"^GET "
    """The same for those that change nothing."""
    moment: ClassVar[float] = 0.3
    """Seconds that an impatient connector waits for an answer."""

    def __init__(self) -> None:
        super().__init__()
        self.patience = 10.0
        """Seconds that connectors opened now wait for an answer."""
        self.slow = 0.01
        """Real seconds that slow answers take."""
        self._stack = ExitStack()
        self._mailbox: list[WebhookRequest] = []
        self._arrived = threading.Lock()
        self.sandbox = Sandbox([self.service_type], conditions=Conditions(limits=False))
        mailbox = self.sandbox.mount(Starlette(routes=[Route("/hook", self._receive, methods=["POST"])]))
        self.service = self.sandbox.service(self.service_type)
        self.faults = self.sandbox.faults[self.service.name]
        self.prepare()
        self._stack.enter_context(self.sandbox.running())
        self.sandbox.call(lambda: self.service.subscribe(f"http://127.0.0.1:{mailbox}/hook"))

    def prepare(self) -> None:
        """Fill the service with what the tests need: people, projects, databases."""

    @abstractmethod
    def open(self, connection: str, gate: Gate, *, url: str, right: bool) -> Connector:
        """A new connector to ``url``, with the right credential or a wrong one."""

    def connect(self, connection: str, gate: Gate) -> Connector:
        return self.open(connection, gate, url=self.service.base_url, right=True)

    def bad_credentials(self, connection: str, gate: Gate) -> Connector:
        return self.open(connection, gate, url=self.service.base_url, right=False)

    def unreachable(self, connection: str, gate: Gate) -> Connector:
        return self.open(connection, gate, url=CLOSED_PORT, right=True)

    def impatient(self, connection: str, gate: Gate) -> Connector | None:
        self.patience, self.slow = self.moment, 10 * self.moment
        return self.connect(connection, gate)

    def person_creates(self, title: str, body: str = "", labels: Sequence[str] = ()) -> str:
        return self.sandbox.call(
            lambda: self.service.person_creates(
                title=title, body=body, container=self.container, labels=labels
            )
        )

    def person_comments(self, item_id: str, text: str, *, internal: bool) -> None:
        self.sandbox.call(lambda: self.service.person_comments(item_id, text, internal=internal))

    def person_edits_title(self, item_id: str, title: str) -> None:
        self.sandbox.call(lambda: self.service.person_sets(item_id, title=title))

    def person_sets_status(self, item_id: str, status: str) -> None:
        self.sandbox.call(lambda: self.service.person_sets(item_id, status=status))

    def person_adds_label(self, item_id: str, label: str) -> None:
        self.sandbox.call(lambda: self.service.person_sets(item_id, add_label=label))

    def advance(self, seconds: float) -> None:
        self.sandbox.call(lambda: self.sandbox.clock.advance(seconds))

    def now(self) -> datetime:
        return self.sandbox.clock.now()

    def calls(self) -> int:
        return sum(self.faults.calls.values())

    def break_next(self, failure: Failure, what: Literal["read", "write"] = "write") -> None:
        match = self.writes if what == "write" else self.reads
        self.sandbox.call(lambda: self.faults.active.append(Fault(failure, match, seconds=self.slow)))

    def bad_weather(self, seed: int) -> bool:
        odds: dict[Kind, float] = dict.fromkeys(FAILURES, 0.02)
        self.sandbox.call(lambda: setattr(self.faults, "weather", Weather(seed, odds, seconds=0.0)))
        return True

    def good_weather(self) -> bool:
        self.sandbox.call(self.faults.calm)
        return True

    def webhooks_after(self, act: Callable[[], object]) -> list[WebhookRequest]:
        self.sandbox.drain()
        with self._arrived:
            self._mailbox.clear()
        act()
        self.sandbox.drain()
        with self._arrived:
            return list(self._mailbox)

    def close(self) -> None:
        self._stack.close()

    async def _receive(self, request: Request) -> Response:
        body = await request.body()
        with self._arrived:
            headers = {name.lower(): value for name, value in request.headers.items()}
            self._mailbox.append(WebhookRequest(headers, body, self.sandbox.clock.now()))
        return Response(status_code=204)

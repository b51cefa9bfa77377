"""One tool in a sandbox, a tool in memory, and the engine between them, for counting calls.

No limit holds, and the sandbox's clock is moved instead of waited for.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import JsonValue
from starlette.types import ASGIApp, Receive, Scope, Send

from connectors.memory import MemoryConnector, MemorySettings, MemoryTool
from connectors.model import Audience
from connectors.registry import connector_type
from rules.caps import Caps
from rules.load import load_texts
from sandbox import credentials
from sandbox.clock import Clock
from sandbox.company import Post, Report
from sandbox.company.northwind import northwind
from sandbox.github import GitHubService
from sandbox.jira import JiraService
from sandbox.notion import NotionService
from sandbox.onlooker import Onlooker
from sandbox.server import Sandbox
from sandbox.service import Conditions, Service
from sandbox.zendesk import ZendeskService
from sync.apply import work
from sync.baseline import baseline
from sync.engine import Engine
from sync.fleet import ConnectionSpec, Fleet
from sync.follow import follow
from sync.poll import poll
from sync.store.budgets import Rate
from sync.store.database import Store

COMMENTS = 2
"""Comments of each item."""
PAUSE = 600.0
"""Seconds between two steps: whatever hides the last minutes shows them by then."""
FREE = Rate(per_second=1e6, burst=1_000_000)
BOUNDLESS = Caps(*[10**9] * len(fields(Caps)))
"""What is measured is the work itself."""
RULES = """
version: 1
rules:
  - id: into-memory
    backfill: true
    when: {connection: %(tool)s}
    then:
      - mirror:
          to: memory
          project: MEM
          keep_in_sync:
            title: {direction: to_mirror}
            comments: {direction: to_mirror, audience: internal, publish: true}
  - id: out-of-memory
    when: {connection: memory, labels: {has: out}}
    then:
      - mirror:
          to: %(tool)s
          project: %(container)s
          publish: true
          keep_in_sync:
            title: {direction: both, publish: true}
"""


@dataclass(frozen=True, slots=True)
class Tool:
    """One of the four, and which of its calls need asking only once, whatever there is to do."""

    service: type[Service]
    container: str
    settings: dict[str, JsonValue]
    once: str
    address: str = "url"


TOOLS = {
    "zendesk": Tool(
        ZendeskService,
        "Northwind",
        {"email": credentials.EMAIL, "api_token": credentials.TOKEN},
        r"GET /api/v2/(users/me|ticket_fields|custom_statuses|groups|brands)",
    ),
    "jira": Tool(
        JiraService,
        "ENG",
        {"email": credentials.EMAIL, "token": credentials.TOKEN, "projects": ["ENG"]},
        r"GET /rest/api/3/(myself|field|priority|status|serverInfo|project|issue/createmeta)",
    ),
    "github": Tool(
        GitHubService,
        "northwind-soft/app",
        {"token": credentials.TOKEN, "repositories": ["northwind-soft/app"]},
        r"GET /(user|repos/[^/]+/[^/]+(/labels|/milestones)?)$",
        "base_url",
    ),
    "notion": Tool(
        NotionService,
        "Feedback",
        {"token": credentials.TOKEN, "databases": [{"name": "Feedback", "kind": "feedback"}]},
        r"(GET /v1/(users|data_sources|databases)|POST /v1/search)",
        "base_url",
    ),
}


class Paths(Onlooker):
    """Remembers what reached the services, as method and path."""

    def __init__(self) -> None:
        self.seen: Counter[str] = Counter()

    def around(self, service: Service, app: ASGIApp) -> ASGIApp:
        async def watched(scope: Scope, receive: Receive, send: Send) -> None:
            self.seen[f"{scope['method']} {scope['path']}"] += 1
            await app(scope, receive, send)

        return watched


class Passing(threading.Event):
    """Never set; whoever waits for it lets the sandbox's time pass."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock

    def wait(self, timeout: float | None = None) -> bool:
        self._clock.advance(timeout or 0.0)
        return False


class Loop:
    """A tool with ``items`` items, each mirrored into memory, and what is labelled there mirrored back."""

    def __init__(self, name: str, items: int, folder: Path) -> None:
        self.name, self.tool = name, TOOLS[name]
        self.paths = Paths()
        before, Sandbox.onlooker = Sandbox.onlooker, self.paths
        try:
            self.sandbox = Sandbox([self.tool.service], conditions=Conditions(limits=False))
        finally:
            Sandbox.onlooker = before
        self.service = self.sandbox.services[name]
        empty = replace(northwind(), tickets=(), tracker_issues=(), repository_issues=(), pages=())
        self.service.seed(empty)
        self.service.load(_reports(items, self.sandbox.clock.now()), self.tool.container)
        self.memory = MemoryTool(
            f"bench-{name}", containers={"MEM": Audience.INTERNAL}, now=self.sandbox.clock.now
        )
        self.store = Store(f"sqlite:///{folder / f'{name}-{items}.sqlite'}")
        self.store.migrate()
        self.engine = self._engine()

    @contextmanager
    def running(self) -> Iterator[None]:
        with self.sandbox.running():
            baseline(self.engine)
            try:
                yield
            finally:
                self.engine.fleet.close()
                self.store.close()

    def _engine(self) -> Engine:
        def now() -> float:
            return self.sandbox.clock.now().timestamp()

        type_ = connector_type(self.name)
        settings = type_.Settings.model_validate(
            {**self.tool.settings, self.tool.address: self.service.base_url}
        )
        inside = MemorySettings.model_validate({"tool": self.memory.name, "token": self.memory.token})
        specs = [
            ConnectionSpec(self.name, type_, settings, FREE, 1.0),
            ConnectionSpec("memory", MemoryConnector, inside, FREE, 1.0),
        ]
        fleet = Fleet(self.store, specs, now)
        fleet.stopped = Passing(self.sandbox.clock)
        rules = load_texts({"rules.yaml": RULES % {"tool": self.name, "container": self.tool.container}})
        return Engine(self.store, rules, fleet, now, caps=BOUNDLESS)

    @property
    def calls(self) -> int:
        """What the sandbox has counted so far."""
        return sum(self.sandbox.faults[self.name].calls.values())

    def asked_once(self) -> Counter[str]:
        """The calls so far that need asking only once, with how often they were asked."""
        seen = self.paths.seen
        return Counter({call: count for call, count in seen.items() if re.match(self.tool.once, call)})

    def pause(self) -> None:
        self.sandbox.clock.advance(PAUSE)

    def read(self) -> None:
        """Everything that changed in the tool, into memory."""
        while poll(self.engine, self.name):
            pass
        ends = (self.name, "memory")
        while work(self.engine, "memory", "w", limit=100) or sum(follow(self.engine, end) for end in ends):
            pass

    def decide(self) -> None:
        """What changed in memory, so that its mirrors are due."""
        while poll(self.engine, "memory"):
            pass

    def send(self) -> None:
        """Every write to the tool that is due."""
        while work(self.engine, self.name, "w", limit=100):
            pass

    def read_back(self) -> None:
        """What the writes made."""
        while follow(self.engine, self.name):
            pass


def _reports(number: int, now: datetime) -> Sequence[Report]:
    began = now - timedelta(days=30)
    times = [began + timedelta(minutes=2 * index) for index in range(number)]
    return [
        Report(
            id=str(index),
            title=f"It stops [{index}]",
            body="Every time.",
            created=time,
            posts=tuple(
                Post("Sue Port", time + timedelta(minutes=later + 1), f"Note {later}", internal=True)
                for later in range(COMMENTS)
            ),
        )
        for index, time in enumerate(times)
    ]

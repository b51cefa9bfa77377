"""One limit of one tool in a sandbox whose clock stands still. We ask behind the gate, a guest past it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from unittest.mock import patch

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from benchmarks.api_loop import TOOLS
from benchmarks.rate_loads import Load
from connectors.abilities import StatesLimits
from connectors.errors import RateLimited
from connectors.model import Ref
from connectors.protocol import OpenGate
from connectors.registry import connector_type
from sandbox.company.northwind import northwind
from sandbox.jira import grants
from sandbox.onlooker import Onlooker
from sandbox.server import Sandbox
from sandbox.service import Conditions, Service
from sync.fleet import ConnectionSpec, Fleet
from sync.store.budgets import UNLIMITED
from sync.store.database import Store

ITEMS = 120
REST = 7200.0
"""Seconds after which neither side remembers the preparations."""
PHASE = 600.0
"""The measurement begins at a whole number of these seconds: where in its windows a tool stands when we begin
decides by a request or two how often it refuses, and a figure has to repeat."""
PAUSE = 60.0
"""Seconds that are waited where a refusal tells none."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request at the sandbox, by its clock."""

    when: float
    ours: bool
    method: str
    path: str
    status: int

    @property
    def refused(self) -> bool:
        return self.status in (403, 429)


class Arrivals(Onlooker):
    """Notes what reaches the service. There is one request at a time."""

    def __init__(self) -> None:
        self.seen: list[Arrival] = []
        self.ours = True
        """Who asks at the moment."""

    def around(self, service: Service, app: ASGIApp) -> ASGIApp:
        async def noted(scope: Scope, receive: Receive, send: Send) -> None:
            async def answered(message: Message) -> None:
                if message["type"] == "http.response.start":
                    now = service.clock.now().timestamp()
                    self.seen.append(
                        Arrival(now, self.ours, scope["method"], scope["path"], message["status"])
                    )
                await send(message)

            await app(scope, receive, answered)

        return noted


class Stage:
    """``load`` on its tool. Whoever waits moves the clock, and the guest asks when it is due meanwhile."""

    def __init__(self, load: Load, folder: Path) -> None:
        self.load, tool = load, TOOLS[load.service]
        self.arrivals = Arrivals()
        with patch.object(Sandbox, "onlooker", self.arrivals):
            self.sandbox = Sandbox([tool.service], conditions=Conditions(limits=True))
        service = self.sandbox.services[load.service]
        service.seed(replace(northwind(), tickets=(), tracker_issues=(), repository_issues=(), pages=()))
        ids = [
            service.person_creates(title=f"It stops [{item}]", body="Every time.", container=tool.container)
            for item in range(ITEMS)
        ]
        self.refs = [Ref(connection=load.service, id=id) for id in ids]
        self.type = connector_type(load.service)
        given = {**tool.settings, tool.address: service.base_url, **load.settings(service, folder)}
        self.settings = self.type.Settings.model_validate(given)
        assert issubclass(self.type, StatesLimits)  # noqa: S101
        self._stated = self.type.limits(self.settings)
        self.limit = next(limit for limit in self._stated if limit.name == load.limit)
        self.store = Store(f"sqlite:///{folder / 'store.sqlite'}")
        self.store.migrate()
        self._guest_due, self._guest_interval = math.inf, math.inf
        self._turns = count()
        self._asked = 0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Everything is prepared, and rested, at the beginning of the block."""
        assert issubclass(self.type, StatesLimits)  # noqa: S101
        spec = ConnectionSpec(
            self.load.service,
            self.type,
            self.settings,
            UNLIMITED,
            60.0,
            limits=self.type.limits(self.settings),
        )
        self.fleet = Fleet(self.store, [spec], self.now, self.wait)
        self.guest = self.type.open(self.load.service, self.settings, OpenGate())
        # Connectors renew their tokens by real time, of which hardly any passes.
        with patch.object(grants, "LIFE", timedelta(days=30)), self.sandbox.running():
            self.sandbox.clock.freeze()
            self.sandbox.clock.advance(REST)
            try:
                self.ask = self.load.begin(self.guest, self.refs)
                for connector in (self.guest, self.fleet.get(self.load.service)):
                    self.ask(connector, next(self._turns))
                self.sandbox.clock.advance(REST)
                self.sandbox.clock.advance(-self.now() % PHASE)
                self.arrivals.seen.clear()
                yield
            finally:
                self.guest.close()
                self.fleet.close()
                self.store.close()

    def now(self) -> float:
        return self.sandbox.clock.now().timestamp()

    def wait(self, seconds: float) -> bool:
        until = self.now() + seconds
        while self._guest_due <= until:
            self._advance_to(self._guest_due)
            self._guest_due += self._guest_interval
            self._guest_asks()
        self._advance_to(until)
        return False

    def _advance_to(self, moment: float) -> None:
        self.sandbox.clock.advance(max(0.0, moment - self.now()))

    def invite(self, at: float, share: float) -> None:
        """From then on the guest asks evenly for this share of the limit."""
        each = self.spent(self.arrivals.seen) / self._asked
        self._guest_interval = self.load.seconds * each / (self.load.amount * share)
        self._guest_due = at

    def _guest_asks(self) -> None:
        self.arrivals.ours = False
        try:
            self.ask(self.guest, next(self._turns))
        except RateLimited:
            pass  # it tries again when it is due
        finally:
            self.arrivals.ours = True

    def spend(self, until: float) -> None:
        """Ask without end, as the engine does: a refusal makes the connection pause."""
        connector = self.fleet.get(self.load.service)
        while self.now() < until:
            self._asked += 1
            try:
                self.ask(connector, next(self._turns))
            except RateLimited as error:
                self.fleet.block(self.load.service, error.retry_after or PAUSE)

    def spent(self, seen: Iterable[Arrival]) -> float:
        """What was taken of the limit, in the bucket that was asked for most; refusals take nothing."""
        buckets: defaultdict[str, float] = defaultdict(float)
        for one in seen:
            bucket = self.limit.bucket(one.method, one.path)
            if bucket is not None and not one.refused:
                buckets[bucket] += self.limit.cost(one.method, one.path)
        return max(buckets.values(), default=0.0)

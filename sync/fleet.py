"""The connections of this installation: one connector for each thread, all behind one budget."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from connectors.errors import Unavailable
from connectors.limits import Standing
from connectors.protocol import Connector
from sync.store import budgets
from sync.store.budgets import Rate
from sync.store.database import Store

log = logging.getLogger("loopwright")


@dataclass(frozen=True, slots=True)
class ConnectionSpec:
    """One configured connection, ready to be opened."""

    name: str
    type: type[Connector]
    settings: BaseModel
    rate: Rate
    poll_seconds: float
    writers: int = 2
    """How many writes may be under way at once, to different items."""


class Pace:
    """The gate before every request of a connection: counts it, and waits until the budget allows it."""

    def __init__(
        self, store: Store, name: str, rate: Rate, now: Callable[[], float], stopped: threading.Event
    ) -> None:
        self._store = store
        self._name = name
        self._rate = rate
        self._now = now
        self._stopped = stopped

    def __call__(self, method: str, path: str) -> None:
        with self._store.quick_write() as tx:
            wait = budgets.take(tx, self._name, self._rate, self._now())
        if wait > 0 and self._stopped.wait(wait):
            raise Unavailable(f"{self._name}: {method} {path} was not sent: Loopwright is stopping")

    def heard(self, standing: Standing) -> None:
        """The tool is nearly used up, by whomever: nobody calls it before it is whole again."""
        if standing.left < 1:
            with self._store.quick_write() as tx:
                budgets.block(tx, self._name, self._rate, self._now() + standing.resets)


class Fleet:
    """Opens connectors, which belong to one thread each (their clients are not thread-safe)."""

    def __init__(
        self, store: Store, specs: Iterable[ConnectionSpec], now: Callable[[], float] = time.time
    ) -> None:
        self.specs: Mapping[str, ConnectionSpec] = {spec.name: spec for spec in specs}
        self.stopped = threading.Event()
        """Set when the process is asked to stop: nobody waits for a budget any longer."""
        self._store = store
        self._now = now
        self._mine = threading.local()
        self._all: list[Connector] = []
        self._lock = threading.Lock()

    def get(self, name: str) -> Connector:
        """This thread's connector for the connection."""
        mine: dict[str, Connector] = self._mine.__dict__.setdefault("connectors", {})
        if name not in mine:
            spec = self.specs[name]
            pace = Pace(self._store, name, spec.rate, self._now, self.stopped)
            mine[name] = spec.type.open(name, spec.settings, pace)
            with self._lock:
                self._all.append(mine[name])
        return mine[name]

    def block(self, name: str, seconds: float) -> None:
        """The tool asked for a pause: nobody calls it for so long."""
        log.info("%s asks for a pause of %.0f s", name, seconds)
        with self._store.quick_write() as tx:
            budgets.block(tx, name, self.specs[name].rate, self._now() + seconds)

    def close(self) -> None:
        with self._lock:
            for connector in self._all:
                connector.close()
            self._all.clear()

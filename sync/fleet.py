"""The connections of this installation: one connector for each thread, all behind one budget."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial

from pydantic import BaseModel

from connectors.errors import Unavailable
from connectors.limits import Limit, Standing
from connectors.protocol import Connector
from sync.store import budgets, limits, pauses
from sync.store.budgets import Rate
from sync.store.database import Store
from sync.store.pacing import Budget

log = logging.getLogger("loopwright")


LOOK_UP = 1.0
"""Seconds after which a write that waits for its turn looks up: people may have paused it meanwhile."""


class NotSent(Unavailable):
    """The gate did not let the request out: that says nothing of the tool."""


@dataclass(frozen=True, slots=True)
class ConnectionSpec:
    """One configured connection, ready to be opened."""

    name: str
    type: type[Connector]
    settings: BaseModel
    rate: Rate
    """The ceiling that the settings set."""
    poll_seconds: float
    writers: int = 2
    """How many writes may be under way at once, to different items."""
    limits: tuple[Limit, ...] = ()
    """What the tool documents, and counts of our requests."""
    sweep_every: float = 0.0
    """Seconds between two readings of everything there is; 0 for none but those that a person asks for."""
    sweep_calls: int = 300
    """How many requests an hour such a reading may take."""


class Pace:
    """The gate before every request of a connection: counts it, and waits until every limit allows it.

    Belongs to one thread, as the connector does that it is made for.
    """

    def __init__(
        self,
        store: Store,
        spec: ConnectionSpec,
        now: Callable[[], float],
        wait: Callable[[float], bool],
        held: Callable[[], bool] = lambda: False,
    ) -> None:
        """``wait`` lets so many seconds pass, and is true when the process is asked to stop meanwhile.

        ``held`` is true when what is being sent may no longer be: writing was paused.
        """
        self._store = store
        self._spec = spec
        self._now = now
        self._wait = wait
        self._held = held
        self._limits = {limit.name: limit for limit in spec.limits}
        self.asked = 0
        """How many requests it has let through."""
        self._known: dict[tuple[str, str], Budget] = {}
        """The last request's budgets, so that most of what is heard of them needs no look at the database."""

    def __call__(self, method: str, path: str) -> None:
        self.asked += 1
        name, asked = self._spec.name, limits.counted(self._spec.limits, method, path)
        with self._store.quick_write() as tx:
            now = self._now()
            wait = budgets.take(tx, name, self._spec.rate, now)
            if asked:
                start, known = limits.take(tx, name, asked, now + wait)
                wait = start - now
                self._known = dict(known)
        while wait > 0:
            step = min(wait, LOOK_UP)
            if self._wait(step):
                raise NotSent(f"{name}: {method} {path} was not sent: Loopwright is stopping")
            if self._held():
                raise NotSent(f"{name}: {method} {path} was not sent: writing is paused")
            wait -= step

    def heard(self, standing: Standing) -> None:
        """Others may spend of the same limit: what they took is left to them."""
        limit, now = self._limits.get(standing.limit), self._now()
        if limit is None:
            self._heard_of_another(standing)
            return
        key = (standing.limit, standing.bucket)
        known = self._known.get(key)
        if known and not known.is_news(limit, standing, now):
            return
        with self._store.quick_write() as tx:
            budgets.hold(tx, self._spec.name)
            self._known[key] = limits.hear(tx, self._spec.name, limit, standing, now)

    def _heard_of_another(self, standing: Standing) -> None:
        """A limit that nobody documents, or none of ours by the settings: it counts once it is used up."""
        if standing.left < 1:
            with self._store.quick_write() as tx:
                budgets.block(tx, self._spec.name, self._spec.rate, self._now() + standing.resets)


class Fleet:
    """Opens connectors, which belong to one thread each (their clients are not thread-safe)."""

    def __init__(
        self,
        store: Store,
        specs: Iterable[ConnectionSpec],
        now: Callable[[], float] = time.time,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        """``wait`` lets so many seconds of ``now`` pass; true when it was cut short because we stop."""
        self.specs: Mapping[str, ConnectionSpec] = {spec.name: spec for spec in specs}
        self.stopped = threading.Event()
        """Set when the process is asked to stop: nobody waits for a budget any longer."""
        self._store = store
        self._now = now
        self.wait = wait or self.stopped.wait
        self._mine = threading.local()
        self._all: list[Connector] = []
        self._lock = threading.Lock()

    def get(self, name: str) -> Connector:
        """This thread's connector for the connection."""
        mine: dict[str, Connector] = self._mine.__dict__.setdefault("connectors", {})
        if name not in mine:
            spec = self.specs[name]
            pace = Pace(self._store, spec, self._now, self.wait, partial(self._held, name))
            self._mine.__dict__.setdefault("paces", {})[name] = pace
            mine[name] = spec.type.open(name, spec.settings, pace)
            with self._lock:
                self._all.append(mine[name])
        return mine[name]

    def asked(self, name: str) -> int:
        """How many requests this thread's connector has made."""
        paces: dict[str, Pace] = self._mine.__dict__.setdefault("paces", {})
        return paces[name].asked if name in paces else 0

    @contextmanager
    def writing(self, name: str) -> Iterator[None]:
        """What this thread asks of the connection meanwhile is for a write, and stops once that is paused."""
        self._mine.writing = name
        try:
            yield
        finally:
            self._mine.writing = None

    def _held(self, name: str) -> bool:
        if getattr(self._mine, "writing", None) != name:
            return False
        with self._store.read() as view:
            return pauses.held(view, name)

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

"""What every worker of the engine is handed: the store, the rules, the tools, the clock and the bell."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection

from connectors.model import Ref
from rules.caps import Caps
from rules.ruleset import RuleSet
from sync import capping
from sync.fleet import Fleet
from sync.store import work
from sync.store.database import Store
from sync.store.people import Override


class Bell:
    """Wakes the lanes of this process, each connection's by itself, when there may be something to do."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rings: Counter[str] = Counter()

    def rings(self, name: str) -> int:
        """How often it has rung for the connection."""
        return self._rings[name]

    def ring(self, names: Iterable[str]) -> None:
        with self._condition:
            for name in names:
                self._rings[name] += 1
            self._condition.notify_all()

    def wait(self, name: str, heard: int, timeout: float) -> None:
        """Wait until it has rung once more than ``heard`` for the connection, at most ``timeout`` seconds."""
        with self._condition:
            self._condition.wait_for(lambda: self._rings[name] != heard, timeout)


@dataclass(slots=True)
class Engine:
    """The parts that the workers share. They hold no state of their own: all of it is in the store."""

    store: Store
    rules: RuleSet
    fleet: Fleet
    now: Callable[[], float] = time.time
    bell: Bell = field(default_factory=Bell)
    overrides: tuple[Override, ...] = ()
    """Who is who, where e-mail addresses do not say it."""
    caps: Caps = field(default_factory=Caps)
    """What each rule may cause within an hour, where it does not say so itself."""

    switch: Ref | None = None
    """The item that pauses all writing, by its key."""

    def moment(self, seconds: float) -> datetime:
        """Epoch seconds as connectors want them."""
        return datetime.fromtimestamp(seconds, UTC)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that keeps to the caps, and after which the lanes that it made work for are woken."""
        with self.store.write() as tx:
            work.noted(tx), work.caused(tx)
            yield tx
            capping.hold_back(tx, work.caused(tx), self.rules, self.caps, self.now())
            rung_for = work.noted(tx)
        self.bell.ring(rung_for)

"""A process that may die before any of its writes, to disk or to the wire."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, event

from sync.store.database import Store


class Death(BaseException):
    """The process is gone: nothing that it would have caught."""


class Fate:
    """Counts the writes, and ends the process before the one that it was told.

    Before the next write is after the last one: no other moment can be told apart from these.
    """

    def __init__(self) -> None:
        self.writes = 0
        self.deaths = 0
        self.dead = False
        self._left: int | None = None

    def decide(self, after: int) -> None:
        """So many more writes, and then no other."""
        self._left = after

    def spare(self) -> None:
        self._left = None

    def write(self) -> None:
        """To be called before each write. Raises Death."""
        if self.dead:
            raise Death  # another thread of the same process
        if self._left == 0:
            self._left = None
            self.dead = True
            self.deaths += 1
            raise Death
        self.writes += 1
        if self._left is not None:
            self._left -= 1


class MortalStore(Store):
    """A store of a process that may die before any commit; nothing waits for a disk."""

    def __init__(self, url: str, fate: Fate) -> None:
        super().__init__(url)
        self._fate = fate
        for engine in {self.engine, self.quick_engine}:
            event.listen(engine, "connect", _never_wait, insert=False)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        with super().write() as tx:
            yield tx
            self._fate.write()

    @contextmanager
    def quick_write(self) -> Iterator[Connection]:
        with super().quick_write() as tx:
            yield tx
            self._fate.write()


def _never_wait(connection: object, _record: object) -> None:
    """What is tested is what is left when a process dies, not when the power fails."""
    connection.execute("PRAGMA synchronous=OFF")  # type: ignore[attr-defined]


__all__ = ["Death", "Fate", "MortalStore"]

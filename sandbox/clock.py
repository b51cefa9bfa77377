"""The sandbox's own time: real time plus an offset that tests and people move forward, or virtual time.

Frozen, it moves only when it is told to, so that what depends on time comes out the same every time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """Threads may share it. It never goes back, neither on freezing nor on going on."""

    def __init__(self) -> None:
        self._offset = timedelta()
        self._stands_at: datetime | None = None
        self._lock = threading.Lock()
        self.listeners: list[Callable[[], None]] = []
        """Called, in the thread that did it, whenever the clock was moved, frozen or let go."""

    @property
    def frozen(self) -> bool:
        return self._stands_at is not None

    def now(self) -> datetime:
        with self._lock:
            return self._stands_at or datetime.now(UTC) + self._offset

    def advance(self, seconds: float) -> None:
        """Move time forward; it never goes back."""
        if seconds < 0:
            raise ValueError("the clock only goes forward")
        with self._lock:
            if self._stands_at is None:
                self._offset += timedelta(seconds=seconds)
            else:
                self._stands_at += timedelta(seconds=seconds)
        self._tell()

    def freeze(self) -> None:
        """Stop it where it is: from now on it moves by :meth:`advance` alone."""
        now = self.now()
        with self._lock:
            self._stands_at = now
        self._tell()

    def thaw(self) -> None:
        """Let it go on from where it stands."""
        with self._lock:
            if self._stands_at is not None:
                self._offset, self._stands_at = self._stands_at - datetime.now(UTC), None
        self._tell()

    def _tell(self) -> None:
        for listener in self.listeners:
            listener()

"""The sandbox's own time: real time plus an offset that tests and people may move forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta


class Clock:
    def __init__(self) -> None:
        self._offset = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._offset

    def advance(self, seconds: float) -> None:
        """Move time forward; it never goes back."""
        if seconds < 0:
            raise ValueError("the clock only goes forward")
        self._offset += timedelta(seconds=seconds)

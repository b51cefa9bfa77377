"""What Zendesk does about webhooks that fail: tries again, or gives a receiver some rest."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from sandbox.hooks import Attempt

WINDOW = timedelta(minutes=5)
MOST_ERRORS = 1_000
SHARE, FEWEST = 0.7, 10
"""Tripped by this share of errors among at least so many invocations (how many is not documented)."""
REST = timedelta(minutes=5)
"""How long nothing is sent then (from memory)."""
_MOST_TRIES = {None: 5, 409: 3, 429: 3, 503: 3}
"""Tries after the first, by the status of the answer; ``None`` is a time-out. All else is not repeated."""


def again(attempt: Attempt) -> bool:
    """Whether this delivery is tried once more."""
    most = _MOST_TRIES.get(attempt.status, 0)
    if attempt.status in (429, 503):
        soon = attempt.retry_after.isdigit() and int(attempt.retry_after) < 60
        return soon and attempt.number <= most
    return attempt.number <= most


class Breaker:
    """One webhook's circuit breaker."""

    def __init__(self) -> None:
        self._results: deque[tuple[datetime, bool]] = deque()
        self._open_until: datetime | None = None

    def lets_through(self, now: datetime) -> bool:
        return self._open_until is None or now >= self._open_until

    def heard(self, ok: bool, now: datetime) -> None:
        """How a try ended."""
        self._results.append((now, ok))
        while self._results[0][0] < now - WINDOW:
            self._results.popleft()
        errors = sum(not fine for _, fine in self._results)
        many = len(self._results) >= FEWEST and errors >= SHARE * len(self._results)
        if errors > MOST_ERRORS or many:
            self._open_until = now + REST
            self._results.clear()

"""GitHub's two families of rate limits, counted per account on the sandbox's clock.

Primary: 5,000 requests an hour. Secondary: 900 points a minute (a read is 1, a write 5), and 80 created
contents a minute and 500 an hour. Source: GitHub's "Rate limits for the REST API".
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from sandbox.clock import Clock
from sandbox.github.problems import Problem

PER_HOUR = 5000
POINTS_PER_MINUTE = 900
CREATED_PER_MINUTE = 80
CREATED_PER_HOUR = 500
_DOCS = "/rest/using-the-rest-api/rate-limits-for-the-rest-api"


class Limits:
    """What one account has left."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.used = 0
        self.reset = clock.now()
        self._points: deque[tuple[datetime, int]] = deque()
        self._created: deque[datetime] = deque()

    def headers(self, resource: str = "core") -> dict[str, str]:
        return {
            "X-RateLimit-Limit": str(PER_HOUR),
            "X-RateLimit-Remaining": str(max(PER_HOUR - self.used, 0)),
            "X-RateLimit-Used": str(self.used),
            "X-RateLimit-Reset": str(int(self.reset.timestamp())),
            "X-RateLimit-Resource": resource,
        }

    def roll(self) -> None:
        """Begin a new hour when the last one is over."""
        now = self.clock.now()
        if now >= self.reset:
            self.used, self.reset = 0, now + timedelta(hours=1)

    def spend(self, method: str, *, creates: bool) -> None:
        """Count a request, or raise the Problem that GitHub answers instead."""
        self.roll()
        now = self.clock.now()
        if self.used >= PER_HOUR:
            raise Problem(403, "API rate limit exceeded for user ID 1.", docs=_DOCS)
        while self._points and self._points[0][0] <= now - timedelta(minutes=1):
            self._points.popleft()
        while self._created and self._created[0] <= now - timedelta(hours=1):
            self._created.popleft()
        points = 1 if method in ("GET", "HEAD", "OPTIONS") else 5
        if sum(spent for _, spent in self._points) + points > POINTS_PER_MINUTE:
            raise _secondary(429, {})
        if creates:
            minute_ago = now - timedelta(minutes=1)
            last_minute = sum(created > minute_ago for created in self._created)
            if last_minute >= CREATED_PER_MINUTE or len(self._created) >= CREATED_PER_HOUR:
                raise _secondary(403, {"Retry-After": "60"})
            self._created.append(now)
        self._points.append((now, points))
        self.used += 1

    def refund(self) -> None:
        """A 304 is free of the primary limit."""
        self.used -= 1


def _secondary(status: int, headers: dict[str, str]) -> Problem:
    """GitHub answers 403 or 429, sometimes without saying how long to wait: both are shown here."""
    message = (
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
        "If you reach out to GitHub Support for help, please include the request ID."
    )
    return Problem(status, message, docs=f"{_DOCS}#about-secondary-rate-limits", headers=headers)

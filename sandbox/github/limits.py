"""GitHub's two families of rate limits, counted per account on the sandbox's clock.

Primary: 5,000 requests an hour, and beside them 30 searches a minute; 60 and 10 without a credential.
Secondary: 900 points a minute (a read is 1, a write 5), and 80 created contents a minute and 500 an hour.
Source: "Rate limits for the REST API".
"""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from pydantic import JsonValue

from sandbox.clock import Clock
from sandbox.github.problems import Problem

PER_HOUR = 5000
POINTS_PER_MINUTE = 900
SEARCHES_PER_MINUTE = 30
ANONYMOUS_PER_HOUR = 60
ANONYMOUS_SEARCHES = 10
CREATED_PER_MINUTE = 80
CREATED_PER_HOUR = 500
_DOCS = "/rest/using-the-rest-api/rate-limits-for-the-rest-api"


class _Window:
    """So many requests until a reset, after which a new window begins with the next request."""

    def __init__(self, size: int, length: timedelta, now: datetime) -> None:
        self.size = size
        self.length = length
        self.used = 0
        self.reset = now

    def roll(self, now: datetime) -> None:
        if now >= self.reset:
            self.used, self.reset = 0, now + self.length

    def shape(self, resource: str) -> dict[str, JsonValue]:
        return {
            "limit": self.size,
            "remaining": max(self.size - self.used, 0),
            "reset": int(self.reset.timestamp()),
            "used": self.used,
            "resource": resource,
        }


class Limits:
    """What one account has left, or everybody without one."""

    def __init__(
        self, clock: Clock, who: str, *, per_hour: int = PER_HOUR, searches: int = SEARCHES_PER_MINUTE
    ) -> None:
        """``who`` is how GitHub's refusals call them."""
        self.clock = clock
        self.who = who
        now = clock.now()
        hour, minute = timedelta(hours=1), timedelta(minutes=1)
        self.windows = {
            "core": _Window(per_hour, hour, now),
            "search": _Window(searches, minute, now),
            "graphql": _Window(per_hour, hour, now),
        }
        self._points: deque[tuple[datetime, int]] = deque()
        self._created: deque[datetime] = deque()

    @property
    def used(self) -> int:
        """Of the hour's requests."""
        return self.windows["core"].used

    @used.setter
    def used(self, count: int) -> None:
        self.windows["core"].used = count

    def headers(self, resource: str) -> dict[str, str]:
        return {
            f"X-RateLimit-{name.capitalize()}": str(value)
            for name, value in self.windows[resource].shape(resource).items()
        }

    def roll(self) -> None:
        """Begin new windows where the last ones are over."""
        for window in self.windows.values():
            window.roll(self.clock.now())

    def spend(self, method: str, resource: str, *, creates: bool) -> None:
        """Count a request, or raise the Problem that GitHub answers instead."""
        self.roll()
        window = self.windows[resource]
        if window.used >= window.size:
            raise Problem(403, f"API rate limit exceeded for {self.who}.", docs=_DOCS)
        self._spend_points(method, creates=creates)
        window.used += 1

    def _spend_points(self, method: str, *, creates: bool) -> None:
        now = self.clock.now()
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

    def refund(self, resource: str) -> None:
        """A 304 is free of the primary limit."""
        self.windows[resource].used -= 1


def anonymous(clock: Clock) -> Limits:
    """What is left to those without a credential, who are counted by their address."""
    return Limits(clock, "127.0.0.1", per_hour=ANONYMOUS_PER_HOUR, searches=ANONYMOUS_SEARCHES)


def _secondary(status: int, headers: dict[str, str]) -> Problem:
    """GitHub answers 403 or 429, sometimes without saying how long to wait: both are shown here."""
    message = (
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. "
        "If you reach out to GitHub Support for help, please include the request ID."
    )
    return Problem(status, message, docs=f"{_DOCS}#about-secondary-rate-limits", headers=headers)

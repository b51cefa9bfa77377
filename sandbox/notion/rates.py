"""Notion's two rate limits: one of the connection, and the pool that a workspace's connections share.

Source: developers.notion.com/reference/request-limits. How big the pool is Notion does not tell, nor for how
long it counts; here it is as big as a test says, over five minutes, so that its ``Retry-After`` can be long.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sandbox.clock import Clock
from sandbox.notion.acts import Quirks
from sandbox.notion.problem import Object, Problem

REQUESTS = {"free": 180, "plus": 180, "business": 600, "enterprise": 600}
"""Requests of one connection within a window, by the workspace's plan."""
WINDOW = timedelta(seconds=60)
POOL_WINDOW = timedelta(minutes=5)
OWN = "public_api_request_rate_limit"
SHARED = "public_api_space_request_rate_limit"


@dataclass(slots=True)
class _Window:
    length: timedelta
    begun: datetime
    used: int = 0

    def count(self, now: datetime) -> int:
        """Count one more; how many there are now."""
        if now - self.begun >= self.length:
            self.begun, self.used = now, 0
        self.used += 1
        return self.used

    def left(self, now: datetime) -> int:
        """Seconds until the next window, at least one."""
        return max(1, ceil((self.begun + self.length - now).total_seconds()))


class Rates:
    """Counts requests, and refuses those that are too many."""

    def __init__(self, clock: Clock, quirks: Quirks) -> None:
        self._clock = clock
        self._quirks = quirks
        self._own = _Window(WINDOW, clock.now())
        self._pool = _Window(POOL_WINDOW, clock.now())

    def refuse_on_demand(self) -> None:
        """The refusals that a test asked for."""
        if self._quirks.overloads:
            self._quirks.overloads -= 1
            raise Problem(529, "service_overload", "Notion is overloaded.", headers={"Retry-After": "2"})
        if self._quirks.refusals:
            raise _refusal(*self._quirks.refusals.pop(0))

    def count(self) -> None:
        """Count a request of the connection under both limits."""
        now = self._clock.now()
        if self._own.count(now) > REQUESTS[self._quirks.plan]:
            raise _refusal(OWN, self._own.left(now))
        used, pool = self._pool.count(now), self._quirks.pool
        if pool is not None and used > pool:
            raise _refusal(SHARED, self._pool.left(now))


def _refusal(reason: str, wait: int) -> Problem:
    about: Object = {"rate_limit_reason": reason, "retry_after": str(wait)}
    text = "You have been rate limited. Please try again in a few minutes."
    return Problem(429, "rate_limited", text, extra=about, headers={"Retry-After": str(wait)})

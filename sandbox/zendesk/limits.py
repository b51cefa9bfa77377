"""Zendesk's documented rate limits: the account's pool, and the narrower ones of some endpoints.

Source: the vendor's rate limits page; the plan is Suite Professional, 400 requests a minute.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from sandbox.clock import Clock

ACCOUNT_PER_MINUTE = 400
EXPORTS_PER_MINUTE = 10
UPDATES_PER_MINUTE = 100
UPDATES_PER_TICKET = 30
"""By one user on one ticket within ten minutes."""


@dataclass(frozen=True, slots=True)
class Window:
    """A pool of requests that fills up again when its time is over."""

    pool: str
    total: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Level:
    """How full a pool is after a request."""

    window: Window
    remaining: int
    resets: int
    exceeded: bool


class Limits:
    """Counts requests in fixed windows of the sandbox's clock."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._used: dict[str, tuple[int, int]] = {}

    def windows(self, method: str, path: str, user_id: int) -> list[Window]:
        """The pools that a request draws on, the account's own first."""
        windows = [Window("account", ACCOUNT_PER_MINUTE, 60)]
        parts = path.removesuffix(".json").split("/")[3:]
        if parts and parts[0] == "incremental":
            windows.append(Window("incremental-exports", EXPORTS_PER_MINUTE, 60))
        if method == "PUT" and len(parts) == 2 and parts[0] == "tickets" and parts[1].isdigit():
            windows.append(Window("tickets-update", UPDATES_PER_MINUTE, 60))
            windows.append(Window(f"ticket-{parts[1]}-user-{user_id}", UPDATES_PER_TICKET, 600))
        return windows

    def take(self, windows: list[Window]) -> list[Level]:
        """Draw one request from each pool; a request over a limit draws nothing."""
        now = self._clock.now().timestamp()
        levels = [self._level(window, now) for window in windows]
        if not any(level.exceeded for level in levels):
            for window in windows:
                start, used = self._current(window, now)
                self._used[window.pool] = (start, used + 1)
        return levels

    def _current(self, window: Window, now: float) -> tuple[int, int]:
        start = int(now // window.seconds) * window.seconds
        since, used = self._used.get(window.pool, (start, 0))
        return (start, used) if since == start else (start, 0)

    def _level(self, window: Window, now: float) -> Level:
        start, used = self._current(window, now)
        resets = max(1, math.ceil(start + window.seconds - now))
        return Level(window, max(0, window.total - used - 1), resets, used >= window.total)


def headers(levels: list[Level]) -> dict[str, str]:
    """The headers that tell a client how much is left, and how long to wait once nothing is."""
    account = levels[0]
    told = {
        "X-Rate-Limit": str(account.window.total),
        "X-Rate-Limit-Remaining": str(account.remaining),
        "ratelimit-limit": str(account.window.total),
        "ratelimit-remaining": str(account.remaining),
        "ratelimit-reset": str(account.resets),
    }
    for level in levels[1:]:
        told[f"zendesk-ratelimit-{level.window.pool}"] = (
            f"total={level.window.total}; remaining={level.remaining}; resets={level.resets}"
        )
    waits = [level.resets for level in levels if level.exceeded]
    if waits:
        told["Retry-After"] = str(max(waits))
    return told

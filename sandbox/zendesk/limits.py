"""Zendesk's documented rate limits: the account's pool, Help Center's own, and those of some endpoints.

Source: the vendor's rate limits page; the limit of updates of one ticket is from its help pages.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from sandbox.clock import Clock
from sandbox.zendesk.conduct import Conduct, Plan

PER_MINUTE: Mapping[Plan, int] = {
    "essential": 10,
    "team": 200,
    "growth": 400,
    "professional": 400,
    "enterprise": 700,
    "enterprise_plus": 2500,
}
HIGH_VOLUME = 2500
SPIKE_PER_MINUTE = 100_000
FILES_PER_MINUTE = 2500
DEEP_PAGE = 500
"""Lists of tickets beyond this page have a limit of their own."""
DEEP_DELETED_PAGE = 100


@dataclass(frozen=True, slots=True)
class Window:
    """A pool of requests that fills up again when its time is over."""

    pool: str
    total: int
    seconds: int
    bucket: str = ""
    """Which of many pools of this name."""


@dataclass(frozen=True, slots=True)
class Level:
    """How full a pool is after a request."""

    window: Window
    remaining: int
    resets: int
    exceeded: bool


@dataclass(frozen=True, slots=True)
class _Rule:
    """An endpoint with a limit of its own."""

    pool: str
    match: re.Pattern[str]
    """Over ``METHOD path``, without ``/api/v2/`` and suffix; a group is the bucket."""
    total: int
    seconds: int = 60
    add_on: int | None = None
    """The total with the High Volume add-on, where that raises it."""
    each_user: bool = False
    deep: int | None = None
    """Counts only pages beyond this one."""


_RULES = (
    _Rule("incremental-exports", re.compile(r"GET incremental/(?!.*/sample$)"), 10, add_on=30),
    _Rule("incremental-sample", re.compile(r"GET incremental/.*/sample$"), 10, 1200),
    _Rule("tickets-update", re.compile(r"PUT tickets/\d+$"), 100, add_on=300),
    _Rule("ticket-updates-by-user", re.compile(r"PUT tickets/(\d+)$"), 30, 600, each_user=True),
    _Rule("tickets-index", re.compile(r"GET tickets$"), 50, deep=DEEP_PAGE),
    _Rule("deleted-tickets", re.compile(r"GET deleted_tickets$"), 10),
    _Rule("deleted-tickets-deep", re.compile(r"GET deleted_tickets$"), 5, deep=DEEP_DELETED_PAGE),
    _Rule("tickets-delete", re.compile(r"DELETE tickets/\d+$"), 400),
    _Rule("search-export", re.compile(r"GET search/export$"), 100),
    _Rule("audits", re.compile(r"GET (?:tickets/\d+/audits|ticket_audits)$"), 450),
    _Rule("users-update", re.compile(r"(?:PUT users/\d+|POST users/create_or_update)$"), 1, 1),
    _Rule("user-updates-by-user", re.compile(r"PUT users/(\d+)$"), 5, each_user=True),
    _Rule("organization-updates", re.compile(r"PUT organizations/(\d+)$"), 5),
)


class Limits:
    """Counts requests in fixed windows of the sandbox's clock."""

    def __init__(self, clock: Clock, conduct: Conduct) -> None:
        self._clock = clock
        self._conduct = conduct
        self._used: dict[tuple[str, str], tuple[int, int]] = {}

    def windows(self, method: str, path: str, user_id: int, page: int) -> list[Window]:
        """The pools that a request draws on, the account's own first."""
        conduct = self._conduct
        total = max(PER_MINUTE[conduct.plan], HIGH_VOLUME if conduct.high_volume else 0)
        spike = Window("spike", SPIKE_PER_MINUTE, 60)
        name = path.removeprefix("/api/v2/").removesuffix(".json")
        if name.startswith("help_center/"):
            return [Window("help-center", total, 60), spike]
        if not path.startswith("/api/"):
            return [Window("files", FILES_PER_MINUTE, 60)]
        windows = [Window("account", total, 60), spike]
        for rule in _RULES:
            found = rule.match.match(f"{method} {name}")
            if found and (rule.deep is None or page > rule.deep):
                bucket = "/".join([*found.groups(), *([str(user_id)] if rule.each_user else [])])
                most = rule.add_on if conduct.high_volume and rule.add_on else rule.total
                windows.append(Window(rule.pool, most, rule.seconds, bucket))
        return windows

    def take(self, windows: list[Window]) -> list[Level]:
        """Draw one request from each pool; a request over a limit draws nothing."""
        now = self._clock.now().timestamp()
        levels = [self._level(window, now) for window in windows]
        if not any(level.exceeded for level in levels):
            for window in windows:
                start, used = self._current(window, now)
                self._used[window.pool, window.bucket] = (start, used + 1)
        return levels

    def _current(self, window: Window, now: float) -> tuple[int, int]:
        start = int(now // window.seconds) * window.seconds
        since, used = self._used.get((window.pool, window.bucket), (start, 0))
        return (start, used) if since == start else (start, 0)

    def _level(self, window: Window, now: float) -> Level:
        start, used = self._current(window, now)
        resets = max(1, math.ceil(start + window.seconds - now))
        return Level(window, max(0, window.total - used - 1), resets, used >= window.total)


def headers(levels: list[Level]) -> dict[str, str]:
    """The headers that tell a client how much is left, and how long to wait once nothing is.

    Those of the account may look healthy while the pool of an endpoint is empty.
    """
    account = levels[0]
    told = {
        "X-Rate-Limit": str(account.window.total),
        "X-Rate-Limit-Remaining": str(account.remaining),
    }
    if account.window.pool == "account":
        told["ratelimit-limit"] = str(account.window.total)
        told["ratelimit-remaining"] = str(account.remaining)
        told["ratelimit-reset"] = str(account.resets)
    for level in levels[1:]:
        if level.window.pool != "spike":
            told[f"zendesk-ratelimit-{level.window.pool}"] = stated(
                level.window.total, level.remaining, level.resets
            )
    waits = [level.resets for level in levels if level.exceeded]
    if waits:
        told["Retry-After"] = str(max(waits))
    return told


def stated(total: int, remaining: int, resets: int) -> str:
    """How the headers of single endpoints put it."""
    return f"total={total}; remaining={remaining}; resets={resets}"

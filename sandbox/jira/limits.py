"""Jira's three limits: a token bucket per route and method, writes per issue, and an app's hourly points.

Source: developer.atlassian.com/cloud/jira/platform/rate-limiting. The points are for apps only; traffic by
API token is outside them.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue
from starlette.responses import Response

from sandbox.clock import Clock
from sandbox.jira.problem import Problem
from sandbox.jira.records import Issue

PER_SECOND = {"GET": 100, "POST": 100, "PUT": 50, "DELETE": 50}
EXCEPTIONS = {
    ("GET", "/issue/{key}"): 150,
    ("GET", "/user"): 150,
    ("POST", "/search/approximate-count"): 150,
    ("GET", "/issue/{key}/changelog"): 200,
    ("GET", "/attachment/content/{file}"): 300,
}
POINTS = 65_000
"""An hour, of an app, beginning at the full hour in UTC."""
READING_POSTS = ("/search/jql", "/issue/bulkfetch", "/comment/list", "/search/approximate-count")
_LISTS = ("issues", "errors", "values", "comments", "watchers", "voters")
WRITES = ((2.0, 20), (30.0, 100))
"""``(seconds, writes)``: how often one issue may be written."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled: float


class Limits:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.points = POINTS
        """What an app may spend in an hour."""
        self._spent = 0
        self._hour = self._this_hour()
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def take(self, method: str, route: str) -> dict[str, str]:
        """Headers for the answer. Raises Problem (429) when the route's bucket is empty."""
        rate = EXCEPTIONS.get((method, route), PER_SECOND[method])
        now = self.clock.now().timestamp()
        bucket = self._buckets.setdefault((method, route), _Bucket(rate, now))
        bucket.tokens = min(rate, bucket.tokens + (now - bucket.filled) * rate)
        bucket.filled = now
        if bucket.tokens < 1:
            raise self._refusal(rate, 1.0, "jira-burst-based")
        bucket.tokens -= 1
        return self._headers(rate, int(bucket.tokens), 1.0)

    def check_points(self) -> None:
        """Raises Problem (429) when an app has nothing left in this hour."""
        if self._left() <= 0:
            wait = self._until_reset()
            headers = self._headers(self.points, 0, wait) | self._beta()
            headers |= {"Retry-After": str(math.ceil(wait)), "RateLimit-Reason": "jira-quota-global-based"}
            raise Problem(429, "Rate limit exceeded.", headers=headers)

    def spend(self, method: str, route: str, answer: Response) -> dict[str, str]:
        """Take what an app's request has cost; headers that tell what is left."""
        self._left()
        self._spent += _price(method, route, bytes(answer.body) if hasattr(answer, "body") else b"")
        return self._beta()

    def _left(self) -> int:
        if self._hour != self._this_hour():
            self._hour, self._spent = self._this_hour(), 0
        return self.points - self._spent

    def _this_hour(self) -> datetime:
        return self.clock.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)

    def _until_reset(self) -> float:
        return (self._this_hour() + timedelta(hours=1) - self.clock.now()).total_seconds()

    def _beta(self) -> dict[str, str]:
        left, wait = max(0, self._left()), math.ceil(self._until_reset())
        return {
            "Beta-RateLimit-Policy": f'"global-app-quota";q={self.points};w=3600',
            "Beta-RateLimit": f'"global-app-quota";r={left};t={wait}',
        }

    def write(self, issue: Issue) -> None:
        """Count a write of the issue. Raises Problem (429) when there were too many."""
        now = self.clock.now().timestamp()
        longest = max(seconds for seconds, _ in WRITES)
        issue.write_times = [time for time in issue.write_times if now - time < longest]
        for seconds, writes in WRITES:
            recent = [time for time in issue.write_times if now - time < seconds]
            if len(recent) >= writes:
                raise self._refusal(writes, recent[0] + seconds - now, "jira-per-issue-on-write")
        issue.write_times.append(now)

    def _refusal(self, limit: int, wait: float, reason: str) -> Problem:
        headers = self._headers(limit, 0, wait)
        headers |= {"Retry-After": str(max(1, math.ceil(wait))), "RateLimit-Reason": reason}
        return Problem(429, "Rate limit exceeded.", headers=headers)

    def _headers(self, limit: int, left: int, wait: float) -> dict[str, str]:
        reset: datetime = (self.clock.now() + timedelta(seconds=wait)).astimezone(UTC)
        headers = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": f"{reset:%Y-%m-%dT%H:%M:%SZ}",
        }
        if left < limit / 5:
            headers["X-RateLimit-NearLimit"] = "true"
        return headers


def _price(method: str, route: str, body: bytes) -> int:
    """Points: a read costs one and as much for each object, two for a person; a write one for each item."""
    try:
        told = json.loads(body) if body else {}
    except ValueError:
        told = {}
    objects = _objects(told)
    if method == "GET" or route in READING_POSTS:
        return 1 + objects * (2 if route.startswith("/user") else 1)
    return max(1, objects) if route == "/issue/bulk" else 1


def _objects(told: JsonValue) -> int:
    if isinstance(told, list):
        return len(told)
    if not isinstance(told, dict):
        return 0
    lists = [entry for name in _LISTS if isinstance(entry := told.get(name), list)]
    return sum(map(len, lists)) if lists else int("id" in told or "accountId" in told)

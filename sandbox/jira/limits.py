"""Jira's burst limits: a token bucket per route and method, and a count of writes per issue.

Source: developer.atlassian.com/cloud/jira/platform/rate-limiting. The hourly points quota is for apps only;
traffic by API token, which is all that the sandbox knows, is outside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sandbox.clock import Clock
from sandbox.jira.problem import Problem
from sandbox.jira.records import Issue

PER_SECOND = {"GET": 100, "POST": 100, "PUT": 50, "DELETE": 50}
EXCEPTIONS = {
    ("GET", "/issue/{key}"): 150,
    ("GET", "/user/search"): 150,
    ("POST", "/search/approximate-count"): 150,
}
WRITES = ((2.0, 20), (30.0, 100))
"""``(seconds, writes)``: how often one issue may be written."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled: float


class Limits:
    def __init__(self, clock: Clock) -> None:
        self.clock = clock
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

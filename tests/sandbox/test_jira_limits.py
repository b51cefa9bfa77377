"""The emulated Jira's limits on bursts and on writes to an issue; an app's points are in test_jira_apps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.jira.limits import Limits
from sandbox.jira.problem import Problem
from tests.sandbox.jira_desk import Desk


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk.open() as desk:
        yield desk


@pytest.fixture
def limits(desk: Desk) -> Limits:
    """Of a site whose clock stands."""
    now = desk.sandbox.clock.now()
    desk.sandbox.clock.now = lambda: now  # type: ignore[method-assign]
    assert desk.service.limits is not None
    return desk.service.limits


@pytest.mark.parametrize(
    ("method", "route", "amount"),
    [
        ("GET", "/field", 100),
        ("POST", "/issue", 100),
        ("PUT", "/issue/{key}", 50),
        ("DELETE", "/issue/{key}", 50),
        ("GET", "/issue/{key}", 150),
        ("GET", "/user", 150),
        ("POST", "/search/approximate-count", 150),
        ("GET", "/issue/{key}/changelog", 200),
        ("GET", "/attachment/content/{file}", 300),
    ],
)
def test_a_route_takes_so_many_requests_at_once(limits: Limits, method: str, route: str, amount: int) -> None:
    left = [int(limits.take(method, route)["X-RateLimit-Remaining"]) for _ in range(amount)]
    assert left == [*range(amount - 1, -1, -1)]
    with pytest.raises(Problem) as refused:
        limits.take(method, route)
    assert refused.value.headers["RateLimit-Reason"] == "jira-burst-based"
    assert refused.value.headers["X-RateLimit-Limit"] == str(amount)


def test_a_bucket_fills_again_as_fast_as_it_is_large(desk: Desk, limits: Limits) -> None:
    for _ in range(100):
        limits.take("POST", "/issue")
    later = desk.sandbox.clock.now() + timedelta(seconds=0.5)
    desk.sandbox.clock.now = lambda: later  # type: ignore[method-assign]
    assert limits.take("POST", "/issue")["X-RateLimit-Remaining"] == "49"


def test_who_has_less_than_a_fifth_left_is_told_so(limits: Limits) -> None:
    told = ["X-RateLimit-NearLimit" in limits.take("PUT", "/issue/{key}") for _ in range(50)]
    assert told == [False] * 40 + [True] * 10


def test_an_issue_takes_a_hundred_writes_in_thirty_seconds(desk: Desk) -> None:
    limits, issue = desk.service.limits, desk.service.site.issue("ENG-1")
    assert limits is not None
    for _ in range(5):
        for _ in range(20):
            limits.write(issue)
        desk.sandbox.clock.advance(2.1)
    with pytest.raises(Problem) as refused:
        limits.write(issue)
    assert refused.value.headers["RateLimit-Reason"] == "jira-per-issue-on-write"
    assert refused.value.headers["X-RateLimit-Limit"] == "100"
    limits.write(desk.service.site.issue("ENG-2"))  # another issue's are its own
    desk.sandbox.clock.advance(int(refused.value.headers["Retry-After"]))
    limits.write(issue)


def test_an_issue_takes_twenty_writes_in_two_seconds(desk: Desk) -> None:
    for number in range(20):
        desk.call("PUT", "/issue/ENG-1", {"fields": {"summary": f"Edit {number}"}}, status=204)
    answer = desk.http.put("/issue/ENG-1", json={"fields": {"summary": "One too many"}})
    assert answer.status_code == 429
    assert answer.headers["RateLimit-Reason"] == "jira-per-issue-on-write"
    assert int(answer.headers["Retry-After"]) >= 1
    datetime.strptime(answer.headers["X-RateLimit-Reset"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    desk.sandbox.clock.advance(3)
    desk.call("PUT", "/issue/ENG-1", {"fields": {"summary": "Later"}}, status=204)


def test_a_route_has_a_bucket(desk: Desk) -> None:
    limits = desk.service.limits
    assert limits is not None
    now = desk.sandbox.clock.now()
    desk.sandbox.clock.now = lambda: now  # type: ignore[method-assign]
    for _ in range(100):
        limits.take("GET", "/myself")
    answer = desk.http.get("/myself")
    assert answer.status_code == 429
    assert answer.headers["RateLimit-Reason"] == "jira-burst-based"
    assert desk.http.get("/serverInfo").headers["X-RateLimit-Remaining"] == "99"

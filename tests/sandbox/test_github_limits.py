"""GitHub's primary and secondary limits, on a clock that is moved."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sandbox.credentials import TOKEN
from sandbox.github import GitHubService
from sandbox.github.limits import (
    ANONYMOUS_PER_HOUR,
    ANONYMOUS_SEARCHES,
    CREATED_PER_HOUR,
    CREATED_PER_MINUTE,
    PER_HOUR,
    POINTS_PER_MINUTE,
)
from sandbox.server import Sandbox
from tests.sandbox.test_github import company

APP = "/repos/northwind/app"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox([GitHubService])
    made.service(GitHubService).seed(company(issues=2))
    with made.running():
        yield made


@pytest.fixture
def client(sandbox: Sandbox) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {TOKEN}", "User-Agent": "test"}
    with httpx.Client(base_url=sandbox.service(GitHubService).base_url, headers=headers) as made:
        yield made


def test_every_answer_says_what_is_left_and_304_is_free(client: httpx.Client) -> None:
    first = client.get(f"{APP}/issues")
    assert first.headers["x-ratelimit-limit"] == str(PER_HOUR)
    assert first.headers["x-ratelimit-remaining"] == str(PER_HOUR - 1)
    again = client.get(f"{APP}/issues", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 304
    assert again.headers["x-ratelimit-remaining"] == str(PER_HOUR - 1)
    assert client.get("/rate_limit").json()["rate"]["remaining"] == PER_HOUR - 1


def test_the_primary_limit_ends_with_its_hour(sandbox: Sandbox, client: httpx.Client) -> None:
    client.get("/user")
    sandbox.service(GitHubService).limits.used = PER_HOUR - 1
    assert client.get("/user").headers["x-ratelimit-remaining"] == "0"
    over = client.get("/user")
    assert over.status_code == 403
    assert over.json()["message"].startswith("API rate limit exceeded")
    assert over.headers["x-ratelimit-remaining"] == "0"
    sandbox.clock.advance(3600)
    assert client.get("/user").status_code == 200


def test_too_much_created_in_a_minute(sandbox: Sandbox, client: httpx.Client) -> None:
    for n in range(CREATED_PER_MINUTE):
        assert client.post(f"{APP}/issues", json={"title": f"{n}"}).status_code == 201
    over = client.post(f"{APP}/issues", json={"title": "over"})
    assert over.status_code == 403
    assert over.headers["retry-after"] == "60"
    assert over.headers["x-ratelimit-remaining"] != "0"
    assert over.json()["message"].startswith("You have exceeded a secondary rate limit")
    assert client.get("/user").status_code == 200
    sandbox.clock.advance(61)
    assert client.post(f"{APP}/issues", json={"title": "fine"}).status_code == 201


def test_five_hundred_contents_an_hour_however_slowly(sandbox: Sandbox, client: httpx.Client) -> None:
    for n in range(CREATED_PER_HOUR):
        if n % CREATED_PER_MINUTE == 0:
            sandbox.clock.advance(61)
        assert client.post(f"{APP}/issues/1/comments", json={"body": f"{n}"}).status_code == 201
    sandbox.clock.advance(61)
    over = client.post(f"{APP}/issues/1/comments", json={"body": "over"})
    assert (over.status_code, over.headers["retry-after"]) == (403, "60")
    assert client.patch(f"{APP}/issues/1", json={"title": "t"}).status_code == 200, "which notifies nobody"
    sandbox.clock.advance(3600)
    assert client.post(f"{APP}/issues/1/comments", json={"body": "fine"}).status_code == 201


def test_strangers_share_sixty_requests_an_hour_and_ten_searches_a_minute(client: httpx.Client) -> None:
    nobody = {"Authorization": ""}
    search = {"q": "repo:northwind/sdk is:issue"}
    for _ in range(ANONYMOUS_SEARCHES):
        assert client.get("/search/issues", params=search, headers=nobody).status_code == 200
    assert client.get("/search/issues", params=search, headers=nobody).status_code == 403
    for _ in range(ANONYMOUS_PER_HOUR):
        answer = client.get("/repos/northwind/sdk", headers=nobody)
    assert (answer.status_code, answer.headers["x-ratelimit-limit"]) == (200, str(ANONYMOUS_PER_HOUR))
    assert client.get("/repos/northwind/sdk", headers=nobody).status_code == 403
    assert client.get("/repos/northwind/sdk").status_code == 200


def test_too_many_points_in_a_minute_without_a_hint_how_long(client: httpx.Client) -> None:
    for _ in range(POINTS_PER_MINUTE // 5):
        client.patch(f"{APP}/issues/1", json={})
    over = client.get("/user")
    assert over.status_code == 429
    assert "retry-after" not in over.headers

"""The emulated Zendesk's limits: a pool for each plan, one for Help Center, and those of single endpoints."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sandbox.zendesk.conduct import Plan
from sandbox.zendesk.limits import Limits
from tests.sandbox.zendesk_desk import Account, zendesk_account


@pytest.fixture
def account() -> Iterator[Account]:
    for account in zendesk_account(limits=True):
        account.on_the_minute(20)
        yield account


def stated(answer: httpx.Response, pool: str) -> str:
    header: str = answer.headers[f"zendesk-ratelimit-{pool}"]
    return header.rpartition(";")[0]


@pytest.mark.parametrize(
    ("plan", "total"),
    [
        ("essential", 10),
        ("team", 200),
        ("growth", 400),
        ("professional", 400),
        ("enterprise", 700),
        ("enterprise_plus", 2500),
    ],
)
def test_each_plan_has_its_pool_and_the_add_on_a_larger_one(account: Account, plan: Plan, total: int) -> None:
    account.service.conduct.plan = plan
    headers = account.get("users/me.json").headers
    assert headers["X-Rate-Limit"] == headers["ratelimit-limit"] == str(total)
    assert headers["X-Rate-Limit-Remaining"] == headers["ratelimit-remaining"] == str(total - 1)
    assert 0 < int(headers["ratelimit-reset"]) <= 60
    account.service.conduct.high_volume = True
    assert account.get("users/me.json").headers["X-Rate-Limit"] == "2500"


def test_an_empty_pool_answers_429_with_the_time_to_wait(account: Account) -> None:
    account.service.conduct.plan = "essential"
    answers = [account.get("users/me.json") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert answers[-1].json()["error"] == "APIRateLimitExceeded"
    account.pass_time(int(answers[-1].headers["Retry-After"]))
    assert account.get("users/me.json").status_code == 200


def test_help_center_has_a_pool_of_its_own(account: Account) -> None:
    account.service.conduct.plan = "essential"
    for _ in range(10):
        account.get("users/me.json")
    assert account.get("users/me.json").status_code == 429
    answers = [account.get("help_center/articles.json") for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert "ratelimit-limit" not in answers[0].headers
    assert answers[0].headers["X-Rate-Limit"] == "10"


def test_all_exports_share_ten_a_minute_while_the_account_looks_healthy(account: Account) -> None:
    paths = ("tickets/cursor", "ticket_events", "users", "organizations", "users/cursor")
    answers = [account.get(f"incremental/{path}.json", start_time=0) for path in paths * 3]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429] * 5
    assert stated(answers[0], "incremental-exports") == "total=10; remaining=9"
    assert int(answers[-1].headers["X-Rate-Limit-Remaining"]) > 380
    account.service.conduct.high_volume = True
    assert account.get("incremental/users.json", start_time=0).status_code == 200
    assert account.get("incremental/users/sample.json", start_time=0).status_code == 200


def test_a_hundred_updates_a_minute_and_thirty_of_one_ticket_by_one_user(account: Account) -> None:
    answers = [account.change(2, subject=str(number)) for number in range(31)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert stated(answers[0], "tickets-update") == "total=100; remaining=99"
    assert account.get("tickets/2.json").status_code == 200
    with account.as_user("sue@northwind.example") as sue:
        assert sue.put("/api/v2/tickets/2.json", json={"ticket": {"subject": "hers"}}).status_code == 200
    account.pass_time(60)
    assert account.change(2, subject="still").status_code == 429
    account.pass_time(540)
    assert account.change(2, subject="again").status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "total", "seconds"),
    [
        ("GET", "search/export", 100, 60),
        ("GET", "deleted_tickets", 10, 60),
        ("DELETE", "tickets/5", 400, 60),
        ("GET", "tickets/5/audits", 450, 60),
        ("PUT", "users/5", 1, 1),
        ("PUT", "organizations/5", 5, 60),
        ("GET", "incremental/tickets/sample", 10, 1_200),
        ("PUT", "tickets/5", 100, 60),
    ],
)
def test_documented_endpoint_limits(
    account: Account, method: str, path: str, total: int, seconds: int
) -> None:
    limits = Limits(account.sandbox.clock, account.service.conduct)
    windows = limits.windows(method, f"/api/v2/{path}.json", 1, 1)
    assert (total, seconds) in {(window.total, window.seconds) for window in windows[2:]}
    for _ in range(total):
        limits.take(windows[2:3])
    assert any(level.exceeded for level in limits.take(windows[2:3]))


def test_deep_pages_and_files_have_limits_too(account: Account) -> None:
    limits = Limits(account.sandbox.clock, account.service.conduct)

    def pools(path: str, page: int) -> dict[str, int]:
        return {window.pool: window.total for window in limits.windows("GET", path, 1, page)}

    assert "tickets-index" not in pools("/api/v2/tickets.json", 500)
    assert pools("/api/v2/tickets.json", 501)["tickets-index"] == 50
    assert pools("/api/v2/deleted_tickets", 101)["deleted-tickets-deep"] == 5
    assert pools("/api/v2/users", 1)["spike"] == 100_000
    assert pools("/attachments/token/x/", 1) == {"files": 2_500}


def test_a_database_that_collides_or_dawdles_changes_nothing(account: Account) -> None:
    account.service.conduct.conflicts = 1
    collided = account.change(2, subject="New")
    assert (collided.status_code, collided.json()["error"]) == (409, "DatabaseConflict")
    account.service.conduct.timeouts = 1
    late = account.change(2, subject="New")
    assert (late.status_code, late.headers["Retry-After"]) == (503, "5")
    assert account.get("tickets/2.json").json()["ticket"]["subject"] == "Export fails"
    assert account.change(2, subject="New").status_code == 200

"""Zendesk's limits as the connector states them, held against those that the sandbox enforces."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pydantic import BaseModel, SecretStr

from connectors.abilities import StatesLimits
from connectors.errors import RateLimited
from connectors.limits import Limit, Standing
from connectors.model import Patch, Ref
from connectors.zendesk import ZendeskConnector, ZendeskSettings
from connectors.zendesk.limits import standings
from tests.conformance.zendesk_world import ZendeskAccount, zendesk_account

TICKET = Ref(connection="zendesk", id="1")


@pytest.fixture
def account() -> Iterator[ZendeskAccount]:
    with zendesk_account(limits=True) as account:
        account.sandbox.clock.advance(1_200 - account.sandbox.clock.now().timestamp() % 1_200)
        yield account


def limits(**settings: object) -> dict[str, Limit]:
    given = {"url": "https://acme.zendesk.com", "oauth_token": SecretStr("t")}
    stated = ZendeskConnector.limits(ZendeskSettings.model_validate(given | settings))
    return {limit.name: limit for limit in stated}


def counted(method: str, path: str) -> dict[str, str]:
    """The buckets that a request counts in, by limit."""
    buckets = ((limit.name, limit.bucket(method, path)) for limit in limits().values())
    return {name: bucket for name, bucket in buckets if bucket is not None}


@pytest.mark.parametrize(
    ("plan", "requests"),
    [("essential", 10), ("team", 200), ("professional", 400), ("enterprise", 700), ("enterprise_plus", 2500)],
)
def test_the_plan_says_how_much_the_account_and_its_help_center_allow(plan: str, requests: float) -> None:
    stated = limits(plan=plan)
    assert (stated["account"].amount, stated["help-center"].amount) == (requests, requests)
    assert (stated["incremental-exports"].amount, stated["tickets-update"].amount) == (10, 100)
    more = limits(plan=plan, high_volume=True)
    assert (more["account"].amount, more["incremental-exports"].amount, more["tickets-update"].amount) == (
        2500,
        30,
        300,
    )
    assert isinstance(ZendeskConnector, StatesLimits)


@pytest.mark.parametrize(
    ("method", "path", "buckets"),
    [
        ("GET", "/api/v2/tickets/7.json", {"account": ""}),
        ("GET", "/api/v2/incremental/tickets/cursor.json", {"account": "", "incremental-exports": ""}),
        ("GET", "/api/v2/help_center/incremental/articles.json", {"help-center": ""}),
        (
            "PUT",
            "/api/v2/tickets/7.json",
            {"account": "", "tickets-update": "", "ticket-updates-by-user": "7"},
        ),
        ("PUT", "/api/v2/tickets/7/tags.json", {"account": ""}),
        ("PUT", "/api/v2/tickets/update_many.json", {"account": ""}),
        ("GET", "/attachments/token/abc/", {"files": ""}),
        ("POST", "/oauth/tokens", {}),
    ],
)
def test_each_request_counts_where_the_vendor_says(method: str, path: str, buckets: dict[str, str]) -> None:
    assert counted(method, path) == buckets


def test_what_answers_tell_of_limits_is_passed_on(account: ZendeskAccount) -> None:
    account.connector.changes(None)
    account.connector.update(TICKET, Patch(fields={"title": "New"}))
    account.connect(articles=True).audience("Nowhere")
    heard = {standing.limit: standing for standing in account.requests.standings}
    assert heard["account"].left < 400
    assert heard["incremental-exports"].left == 9
    assert heard["tickets-update"].left == 99
    assert (heard["ticket-updates-by-user"].left, heard["ticket-updates-by-user"].bucket) == (29, "1")
    assert "help-center" not in heard, "its answers do not say until when"
    assert heard.keys() - {"files"} <= limits().keys()


def test_headers_that_say_nothing_are_heard_as_nothing() -> None:
    strange = {"zendesk-ratelimit-mood": "good", "X-Rate-Limit-Remaining": "some", "Other": "total=1"}
    assert list(standings("GET", "/api/v2/tickets.json", strange)) == []
    healthy = {"ratelimit-remaining": "7", "ratelimit-reset": "9", "X-Rate-Limit-Remaining": "8"}
    assert list(standings("GET", "/api/v2/tickets.json", healthy)) == [Standing("account", 7, 9)]


Act = Callable[[ZendeskAccount], object]


@pytest.mark.parametrize(
    ("limit", "act"),
    [
        ("incremental-exports", lambda account: account.connector.changes(None)),
        (
            "ticket-updates-by-user",
            lambda account: account.connector.update(TICKET, Patch(fields={"title": "New"})),
        ),
    ],
)
def test_as_much_as_is_stated_goes_through_and_no_more(account: ZendeskAccount, limit: str, act: Act) -> None:
    stated = limits()[limit]
    for _ in range(int(stated.amount)):
        act(account)
    with pytest.raises(RateLimited) as caught:
        act(account)
    assert caught.value.retry_after is not None
    assert 0 < caught.value.retry_after <= stated.seconds


def test_another_connectors_settings_are_no_settings() -> None:
    class Other(BaseModel):
        pass

    with pytest.raises(TypeError, match="ZendeskSettings"):
        ZendeskConnector.limits(Other())

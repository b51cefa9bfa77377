"""The emulated Zendesk's search: late, capped, and paged by number alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.zendesk_desk import Account, zendesk_account


@pytest.fixture
def account() -> Iterator[Account]:
    yield from zendesk_account(limits=False)


def ids(account: Account, query: str) -> list[int]:
    return [row["id"] for row in account.get("search.json", query=query).json()["results"]]


def test_the_index_lags_by_as_much_as_is_asked_for(account: Account) -> None:
    assert ids(account, "type:ticket tags:export") == [2]
    account.service.conduct.search_lag = 300
    number = account.ticket(subject="Fresh", external_id="lw-1", comment={"body": "b"}).json()["ticket"]["id"]
    account.change(2, tags=["moved"])
    assert ids(account, "external_id:lw-1") == []
    assert account.get("tickets.json", external_id="lw-1").json()["tickets"][0]["id"] == number
    assert ids(account, "tags:export") == [2], "what was known is known until then"
    account.pass_time(301)
    assert ids(account, "external_id:lw-1") == [number]
    assert ids(account, "tags:export") == []


def test_page_eleven_is_422_and_the_count_is_true(account: Account) -> None:
    def write() -> None:
        for _ in range(1_050):
            account.service.person_creates(title="Many", body="b")

    account.sandbox.call(write)
    assert account.get("search.json", query="many", page=10).json()["count"] == 1_050
    refused = account.get("search.json", query="many", page=11)
    assert (refused.status_code, refused.json()["error"]) == (422, "invalid")
    assert account.get("search/count.json", query="many").json() == {"count": 1_050}


def test_search_export_goes_past_a_thousand(account: Account) -> None:
    def write() -> None:
        for _ in range(1_001):
            account.service.person_creates(title="Many", body="b")

    account.sandbox.call(write)
    query: dict[str, str | int] = {"query": "many", "filter[type]": "ticket", "page[size]": 1_000}
    first = account.get("search/export.json", **query).json()
    assert (len(first["results"]), first["meta"]["has_more"]) == (1_000, True)
    second = account.get(
        "search/export.json", **query, **{"page[after]": first["meta"]["after_cursor"]}
    ).json()
    assert (len(second["results"]), second["meta"]["has_more"]) == (1, False)
    assert account.get("search/export.json", query="many").status_code == 400


def test_a_cursor_is_refused_and_a_blank_query_too(account: Account) -> None:
    refused = account.get("search.json", query="x", **{"page[size]": 10})
    assert "page must be an integer" in refused.text
    assert account.get("search.json", query=" ").status_code == 422


def test_lists_hold_a_hundred_a_page(account: Account) -> None:
    account.sandbox.call(lambda: [account.service.person_creates(title="x", body="b") for _ in range(120)])
    assert len(account.get("tickets.json", per_page=500).json()["tickets"]) == 100
    assert len(account.get("tickets.json", **{"page[size]": 500}).json()["tickets"]) == 100

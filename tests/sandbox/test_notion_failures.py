"""What the emulated Notion refuses, and what it saves and is too late to say so."""

from __future__ import annotations

from typing import cast

import pytest

from sandbox.clock import Clock
from sandbox.notion.acts import Quirks
from sandbox.notion.problem import Problem
from sandbox.notion.rates import Rates
from sandbox.trouble import Fault, FaultKind
from tests.sandbox.notion_desk import Desk, Json, desk, inside, new_page, objects, paragraph

__all__ = ["desk"]


def written(desk: Desk) -> Json:
    return new_page(desk.source("PRDs"), "Odd")


def test_a_connection_may_ask_180_times_a_minute(desk: Desk) -> None:
    for _ in range(180):
        desk.call("GET", "/v1/users/me")
    refused = desk.http.get("/v1/users/me")
    told = refused.json()
    assert (refused.status_code, told["code"]) == (429, "rate_limited")
    assert told["additional_data"]["rate_limit_reason"] == "public_api_request_rate_limit"
    wait = int(refused.headers["Retry-After"])
    assert told["additional_data"]["retry_after"] == str(wait)
    assert 1 <= wait <= 60
    desk.sandbox.clock.advance(wait)
    desk.call("GET", "/v1/users/me")


@pytest.mark.parametrize(("plan", "amount"), [("free", 180), ("business", 600), ("enterprise", 600)])
def test_how_often_a_connection_may_ask_is_a_matter_of_the_plan(plan: str, amount: int) -> None:
    clock = Clock()
    clock.freeze()
    rates = Rates(clock, Quirks(plan=plan))
    for _ in range(amount):
        rates.count()
    with pytest.raises(Problem, match="rate limited"):
        rates.count()


def test_the_connections_of_a_workspace_share_a_pool_whose_wait_may_be_minutes(desk: Desk) -> None:
    desk.service.quirks.pool = 3
    for _ in range(3):
        desk.call("GET", "/v1/users/me")
    refused = desk.http.get("/v1/users/me")
    assert refused.json()["additional_data"]["rate_limit_reason"] == "public_api_space_request_rate_limit"
    wait = int(refused.headers["Retry-After"])
    assert wait > 60
    desk.sandbox.clock.advance(wait)
    desk.call("GET", "/v1/users/me")


@pytest.mark.parametrize("reason", ["public_api_endpoint_rate_limit", "public_api_request_blocked"])
def test_there_are_two_more_reasons_for_a_429(desk: Desk, reason: str) -> None:
    desk.service.quirks.refusals.append((reason, 30))
    refused = desk.http.get("/v1/users/me")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "30")
    assert refused.json()["additional_data"]["rate_limit_reason"] == reason


def test_an_overloaded_service_answers_529(desk: Desk) -> None:
    desk.service.quirks.overloads = 1
    refused = desk.http.post("/v1/pages", json=written(desk))
    assert (refused.status_code, refused.json()["code"]) == (529, "service_overload")
    assert "Retry-After" in refused.headers
    assert len(desk.rows("PRDs")) == 1


def test_a_write_in_conflict_answers_409_and_does_nothing(desk: Desk) -> None:
    desk.service.quirks.conflicts = 1
    refused = desk.call("POST", "/v1/pages", written(desk), status=409)
    assert (refused["code"], refused["message"]) == (
        "conflict_error",
        "Conflict occurred while saving. Please try again.",
    )
    assert len(desk.rows("PRDs")) == 1


def test_a_query_that_takes_too_long_answers_503_until_less_is_asked_for(desk: Desk) -> None:
    desk.service.quirks.slow_above = 25
    path = f"/v1/data_sources/{desk.source('PRDs')}/query"
    for asked in (cast(Json, {}), cast(Json, {"page_size": 26})):
        assert desk.call("POST", path, asked, status=503)["code"] == "service_unavailable"
    desk.call("POST", path, {"page_size": 25})


def test_a_missing_capability_is_a_403(desk: Desk) -> None:
    desk.service.quirks.denied = "POST /v1/comments"
    said: Json = {"parent": {"page_id": desk.row("PRDs")}, "rich_text": [{"text": {"content": "Hi"}}]}
    assert desk.call("POST", "/v1/comments", said, status=403)["code"] == "restricted_resource"
    desk.call("GET", f"/v1/comments?block_id={desk.row('PRDs')}")


def test_without_the_capability_for_addresses_people_have_none(desk: Desk) -> None:
    def addresses() -> list[object]:
        people = [one for one in objects(desk.call("GET", "/v1/users")["results"]) if one["type"] == "person"]
        return [inside(one, "person").get("email") for one in people]

    assert "tom@northwind-soft.example" in addresses()
    desk.service.quirks.emails = False
    assert set(addresses()) == {None}


def late(desk: Desk, method: str, path: str, body: Json | None) -> Json:
    """What the 503 of a saved write tells beside its message."""
    desk.service.quirks.saved_but_503 = 1
    answer = desk.call(method, path, body, status=503)
    assert answer["code"] == "service_unavailable"
    told = inside(answer, "additional_data")
    assert "Do not repeat the write." in cast(list[str], told["retry_guidance"])
    return told


def test_a_write_saved_too_late_says_so_and_names_what_it_made(desk: Desk) -> None:
    made = late(desk, "POST", "/v1/pages", written(desk))["committed_resource_id"]
    assert desk.call("GET", f"/v1/pages/{made}")["object"] == "page"
    changed = late(desk, "PATCH", f"/v1/pages/{made}", {"in_trash": True})["committed_resource_id"]
    assert (changed, desk.call("GET", f"/v1/pages/{made}")["in_trash"]) == (made, True)


def test_blocks_saved_too_late_are_named_with_their_parent(desk: Desk) -> None:
    page = desk.row("PRDs")
    told = late(desk, "PATCH", f"/v1/blocks/{page}/children", {"children": [paragraph("a"), paragraph("b")]})
    blocks = objects(desk.call("GET", f"/v1/blocks/{page}/children")["results"])
    assert told["committed_resource_id"] == page
    assert told["committed_child_ids"] == [block["id"] for block in blocks[-2:]]


@pytest.mark.parametrize("kind", ["saved_unavailable", "gateway_timeout"])
def test_a_write_saved_too_late_may_not_say_so(desk: Desk, kind: FaultKind) -> None:
    desk.sandbox.call(lambda: desk.sandbox.faults["notion"].active.append(Fault(kind, "POST /v1/pages$")))
    answer = desk.http.post("/v1/pages", json=written(desk))
    assert answer.status_code in (503, 504)
    assert "committed" not in answer.text
    assert len(desk.rows("PRDs")) == 2, "saved all the same"

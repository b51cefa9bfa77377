"""The emulated Zendesk's webhooks: how they are managed, tried again, and cut off."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.hooks import Attempt
from sandbox.zendesk.breaker import MOST_ERRORS, REST, WINDOW, Breaker, again
from sandbox.zendesk.webhooks import TEST_SECRET, signature
from tests.sandbox.zendesk_desk import Account, zendesk_account

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture
def account() -> Iterator[Account]:
    yield from zendesk_account(limits=False)


def wanted(account: Account, *kinds: str, **changed: object) -> dict[str, object]:
    return {
        "name": "Loopwright",
        "endpoint": account.hook_url,
        "http_method": "POST",
        "request_format": "json",
        "status": "active",
        "subscriptions": [f"zen:event-type:ticket.{kind}" for kind in kinds or ("subject_changed",)],
        **changed,
    }


def register(account: Account, *kinds: str) -> str:
    made = account.post("webhooks.json", webhook=wanted(account, *kinds))
    assert made.status_code == 201
    number: str = made.json()["webhook"]["id"]
    return number


def kinds(account: Account) -> list[str]:
    account.sandbox.drain()
    return [json.loads(raw)["type"].rpartition(".")[2] for _, raw in account.receiver.requests]


def test_the_vendors_vector_of_a_signature() -> None:
    expected = "46qVZA+gY2M5VwWfOcUIfS1LuwypQOCtHFgQk5JUhR8="
    assert signature("s3cret", "2026-01-05T09:06:53Z", b'{"a":1}') == expected


def test_a_webhook_is_changed_paused_and_deleted(account: Account) -> None:
    number = register(account)
    account.change(2, subject="one")
    assert kinds(account) == ["subject_changed"]
    changed = account.client.patch(f"/api/v2/webhooks/{number}", json={"webhook": {"status": "inactive"}})
    assert changed.status_code == 204
    account.change(2, subject="two")
    assert kinds(account) == ["subject_changed"]
    assert account.get(f"webhooks/{number}").json()["webhook"]["subscriptions"] == [
        "zen:event-type:ticket.subject_changed"
    ]
    assert account.put(f"webhooks/{number}", webhook=wanted(account, "tags_changed")).status_code == 204
    account.change(2, subject="three", additional_tags=["x"])
    assert kinds(account) == ["subject_changed", "tags_changed"]
    assert account.client.delete(f"/api/v2/webhooks/{number}").status_code == 204
    assert account.get("webhooks").json()["webhooks"] == []


def test_each_has_a_secret_of_its_own_that_can_be_made_anew(account: Account) -> None:
    one, two = register(account), register(account)
    told = [account.get(f"webhooks/{n}/signing_secret").json()["signing_secret"] for n in (one, two)]
    assert told[0]["algorithm"] == "SHA256"
    assert told[0]["secret"] != told[1]["secret"]
    renewed = account.post(f"webhooks/{one}/signing_secret")
    assert renewed.status_code == 201
    assert renewed.json()["signing_secret"]["secret"] != told[0]["secret"]


@pytest.mark.parametrize(
    "changed",
    [
        {"name": ""},
        {"endpoint": "nowhere"},
        {"subscriptions": []},
        {"subscriptions": ["zen:event-type:ticket.nonsense"]},
        {"subscriptions": ["conditional_ticket_events", "zen:event-type:ticket.created"]},
    ],
)
def test_what_a_webhook_cannot_be_is_refused(account: Account, changed: dict[str, object]) -> None:
    assert account.post("webhooks", webhook=wanted(account, **changed)).status_code == 422


def test_only_admins_manage_webhooks(account: Account) -> None:
    with account.as_user("sue@northwind.example") as sue:
        assert sue.get("/api/v2/webhooks").status_code == 403


def test_invocations_and_their_attempts_are_remembered(account: Account) -> None:
    number = register(account)
    account.change(2, subject="one")
    account.sandbox.drain()
    (invocation,) = account.get(f"webhooks/{number}/invocations").json()["invocations"]
    assert invocation["status"] == "delivered"
    headers = account.receiver.requests[0][0]
    assert headers["x-zendesk-webhook-invocation-id"] == invocation["id"]
    attempts = account.get(f"webhooks/{number}/invocations/{invocation['id']}/attempts").json()["attempts"]
    assert [attempt["response_code"] for attempt in attempts] == [204]


def test_a_trial_is_signed_with_the_secret_that_everybody_knows(account: Account) -> None:
    account.post("webhooks/test", request=wanted(account))
    account.sandbox.drain()
    ((headers, raw),) = account.receiver.requests
    moment = headers["x-zendesk-webhook-signature-timestamp"]
    digest = hmac.new(TEST_SECRET.encode(), moment.encode() + raw, hashlib.sha256).digest()
    assert headers["x-zendesk-webhook-signature"] == base64.b64encode(digest).decode()


def test_one_edit_raises_an_event_for_each_thing_it_changes(account: Account) -> None:
    account.service.subscribe(account.hook_url)
    upload = account.client.post("/api/v2/uploads.json", params={"filename": "a.txt"}, content=b"x").json()
    me = account.get("users/me.json").json()["user"]["id"]
    comment = {"body": "on it", "public": False, "uploads": [upload["upload"]["token"]]}
    account.change(2, subject="s", status="open", assignee_id=me, external_id="x", comment=comment)
    assert sorted(kinds(account)) == [
        "agent_assignment_changed",
        "attachment_linked_to_comment",
        "comment_added",
        "external_id_changed",
        "status_changed",
        "subject_changed",
    ]
    events = [json.loads(raw)["event"]["meta"]["sequence"] for _, raw in account.receiver.requests]
    assert sorted(event["position"] for event in events) == [1, 2, 3, 4, 5, 6]
    assert {(event["id"], event["total"]) for event in events} == {(events[0]["id"], 6)}


def test_what_is_done_to_a_ticket_later_raises_events_too(account: Account) -> None:
    problem = account.ticket(subject="P", type="problem", comment={"body": "b"}).json()["ticket"]["id"]
    account.service.subscribe(account.hook_url)
    comment = account.get("tickets/2/comments.json").json()["comments"][1]["id"]
    account.put(f"tickets/2/comments/{comment}/redact.json", text="look")
    account.put(f"tickets/2/comments/{comment}/make_private.json")
    account.change(2, problem_id=problem)
    account.post("tickets/2/merge.json", ids=[problem])
    account.pass_time(2)
    account.client.delete("/api/v2/tickets/2.json")
    account.put("deleted_tickets/2/restore.json")
    assert {
        "comment_redacted",
        "comment_made_private",
        "problem_link_changed",
        "merged",
        "soft_deleted",
        "undeleted",
    } <= set(kinds(account))


def test_enumerations_are_loud_and_may_be_quiet(account: Account) -> None:
    register(account, "status_changed")
    account.change(2, status="open")
    account.service.conduct.loud_enums = False
    account.change(2, status="pending")
    account.sandbox.drain()
    currents = [json.loads(raw)["event"]["current"] for _, raw in account.receiver.requests]
    assert sorted(currents) == ["OPEN", "pending"]


@pytest.mark.parametrize(
    ("status", "retry_after", "tries"),
    [
        (None, "", 6),
        (409, "", 4),
        (429, "10", 4),
        (429, "60", 1),
        (503, "59", 4),
        (503, "", 1),
        (500, "", 1),
        (404, "", 1),
        (204, "", 1),
    ],
)
def test_what_is_tried_again_and_how_often(status: int | None, retry_after: str, tries: int) -> None:
    number = 1
    while again(Attempt(number, status, retry_after)):
        number += 1
    assert number == tries


def test_a_repeated_try_is_the_same_invocation(account: Account) -> None:
    number = register(account)
    account.receiver.statuses = [409]
    account.change(2, subject="one")
    account.sandbox.drain()
    account.pass_time(600)
    account.sandbox.drain()
    first, second = account.receiver.requests
    name = "x-zendesk-webhook-invocation-id"
    assert (first[0][name], first[1]) == (second[0][name], second[1])
    attempts = account.get(f"webhooks/{number}/invocations/{first[0][name]}/attempts").json()["attempts"]
    assert [attempt["response_code"] for attempt in attempts] == [409, 204]


def test_events_of_one_edit_may_come_in_any_order_and_twice(account: Account) -> None:
    register(account, "subject_changed", "priority_changed", "tags_changed")
    account.breaks("out_of_order", "subject_changed")
    account.breaks("doubled", "tags_changed")
    account.change(2, subject="one", priority="low", tags=["a"])
    account.sandbox.drain()
    account.pass_time(3_600)
    assert kinds(account)[0] != "subject_changed"
    assert sorted(kinds(account)) == ["priority_changed", "subject_changed", "tags_changed", "tags_changed"]
    bodies = [raw for _, raw in account.receiver.requests]
    assert len({*bodies}) == 3, "the doubled one is the same to the letter"
    told = [json.loads(raw)["event"]["meta"]["sequence"] for raw in {*bodies}]
    assert {one["position"] for one in told} == {1, 2, 3}, "the order can be told all the same"


def test_ids_are_texts_in_events_and_numbers_in_rest(account: Account) -> None:
    register(account)
    account.change(2, subject="one")
    account.sandbox.drain()
    detail = json.loads(account.receiver.requests[0][1])["detail"]
    ticket = account.get("tickets/2.json").json()["ticket"]
    named = {"id", "requester_id", "submitter_id", "assignee_id", "brand_id", "group_id", "organization_id"}
    assert {name: detail[name] for name in named} == {name: str(ticket[name]) for name in named}


def test_the_breaker_trips_at_seven_errors_of_ten_and_rests() -> None:
    breaker = Breaker()
    for ok in [True] * 3 + [False] * 6:
        breaker.heard(ok, NOW)
        assert breaker.lets_through(NOW)
    breaker.heard(False, NOW)
    assert not breaker.lets_through(NOW)
    assert breaker.lets_through(NOW + REST)


def test_the_breaker_trips_at_more_than_a_thousand_errors_and_forgets_after_five_minutes() -> None:
    breaker = Breaker()
    for _ in range(MOST_ERRORS):
        breaker.heard(True, NOW)
        breaker.heard(False, NOW)
    assert breaker.lets_through(NOW)
    breaker.heard(False, NOW)
    assert not breaker.lets_through(NOW)
    forgetful = Breaker()
    for _ in range(6):
        forgetful.heard(False, NOW)
    for _ in range(4):
        forgetful.heard(True, NOW + WINDOW + timedelta(seconds=1))
    assert forgetful.lets_through(NOW + WINDOW)


def test_a_tripped_webhook_gets_no_events(account: Account) -> None:
    number = register(account)
    webhook = account.service.webhooks._webhooks[number]
    for _ in range(10):
        webhook.breaker.heard(False, account.sandbox.clock.now())
    account.change(2, subject="unheard")
    assert kinds(account) == []
    account.pass_time(REST.total_seconds())
    account.change(2, subject="heard")
    assert kinds(account) == ["subject_changed"]

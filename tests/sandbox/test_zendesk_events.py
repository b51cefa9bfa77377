"""The emulated Zendesk: its limits, its events, its people and its reports."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest

from sandbox.company import Post, Report
from tests.sandbox.zendesk_desk import CREATED, Account, zendesk_account


@pytest.fixture
def account() -> Iterator[Account]:
    yield from zendesk_account(limits=False)


@pytest.fixture
def limited() -> Iterator[Account]:
    yield from zendesk_account(limits=True)


def test_exports_are_limited_to_ten_a_minute(limited: Account) -> None:
    path = "incremental/tickets/cursor.json"
    now = limited.sandbox.clock.now()
    limited.sandbox.clock.advance(60 - now.second)
    answers = [limited.get(path, start_time=0) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[0].headers["X-Rate-Limit"] == "400"
    assert answers[0].headers["zendesk-ratelimit-incremental-exports"].startswith("total=10; remaining=9;")
    limited.sandbox.clock.advance(60)
    assert limited.get(path, start_time=0).status_code == 200


def test_one_ticket_takes_thirty_updates_in_ten_minutes(limited: Account) -> None:
    now = limited.sandbox.clock.now().timestamp()
    limited.sandbox.clock.advance(600 - now % 600)
    answers = [limited.change(2, subject=str(number)) for number in range(31)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]


def test_an_edit_raises_signed_events_with_text_ids(account: Account) -> None:
    wanted = {
        "name": "Loopwright",
        "endpoint": account.hook_url,
        "http_method": "POST",
        "request_format": "json",
        "status": "active",
        "subscriptions": ["zen:event-type:ticket.status_changed", "zen:event-type:ticket.comment_added"],
    }
    made = account.client.post("/api/v2/webhooks.json", json={"webhook": wanted})
    assert made.status_code == 201
    secret = account.get(f"webhooks/{made.json()['webhook']['id']}/signing_secret").json()["signing_secret"]
    account.change(2, status="open", priority="low", comment={"body": "on it", "public": False})
    account.sandbox.drain()
    assert len(account.receiver.requests) == 2
    events = {}
    for headers, raw in account.receiver.requests:
        moment = headers["x-zendesk-webhook-signature-timestamp"]
        digest = hmac.new(secret["secret"].encode(), moment.encode() + raw, hashlib.sha256).digest()
        assert headers["x-zendesk-webhook-signature"] == base64.b64encode(digest).decode()
        event = httpx.Response(200, content=raw).json()
        events[event["type"]] = event
    status = events["zen:event-type:ticket.status_changed"]
    assert status["subject"] == "zen:ticket:2"
    assert status["detail"]["id"] == "2"
    assert (status["event"]["current"], status["event"]["previous"]) == ("OPEN", "PENDING")
    comment = events["zen:event-type:ticket.comment_added"]["event"]
    assert (comment["comment"]["body"], comment["comment"]["is_public"]) == ("on it", False)
    assert comment["meta"]["sequence"]["id"] == status["event"]["meta"]["sequence"]["id"]


def test_people_in_the_window_of_the_tool(account: Account) -> None:
    service, sandbox = account.service, account.sandbox
    service.subscribe(account.hook_url)
    item = sandbox.call(lambda: service.person_creates(title="Help", body="Please", labels=["Bug"]))
    sandbox.call(lambda: service.person_comments(item, "a note", internal=True))
    sandbox.call(lambda: service.person_sets(item, status="solved", add_label="vip", remove_label="bug"))
    card = service.card(item)
    assert card is not None
    assert (card.key, card.status, list(card.labels)) == (f"ZD-{item}", "solved", ["vip"])
    assert card.people == "Ann Ames, Acme"
    sandbox.call(lambda: service.customer_replies(item, "It is back"))
    card = service.card(item)
    assert card is not None
    assert card.status == "open"
    assert [(c.text, c.internal) for c in card.comments] == [("a note", True), ("It is back", False)]
    assert service.cards(limit=1)[0].id == item
    assert service.cards(limit=5, search="export")[0].title == "Export fails"
    with pytest.raises(ValueError, match="must be one of"):
        service.person_sets(item, status="done")
    with pytest.raises(ValueError, match="closed prevents"):
        service.person_comments("1", "hello", internal=True)
    sandbox.drain()
    assert account.receiver.requests


def test_reports_become_tickets_of_their_reporters(account: Account) -> None:
    post = Post("kim", CREATED + timedelta(days=1), "Me too")
    report = Report(
        "r1",
        "Crash on start",
        "It *crashes*",
        CREATED,
        type="bug",
        reporter="jo",
        labels=("UI",),
        posts=(post,),
    )
    keys = account.service.load([report], "Community")
    number = int(keys[0].removeprefix("ZD-"))
    ticket = account.get(f"tickets/{number}.json", include="users").json()
    assert ticket["ticket"]["created_at"] == "2026-01-05T09:00:00Z"
    assert (ticket["ticket"]["type"], ticket["ticket"]["tags"]) == ("incident", ["ui"])
    assert ticket["users"][0]["name"] == "jo"
    brands = {brand["id"]: brand["name"] for brand in account.get("brands.json").json()["brands"]}
    assert brands[ticket["ticket"]["brand_id"]] == "Community"
    comments = account.get(f"tickets/{number}/comments.json").json()["comments"]
    assert [c["body"] for c in comments] == ["It *crashes*", "Me too"]
    assert "<em>crashes</em>" in comments[0]["html_body"]

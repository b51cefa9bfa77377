"""The emulated Jira's admin webhooks: who is told what, and how it is signed."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator
from functools import partial

import pytest
from pydantic import JsonValue

from sandbox.jira.writing import prepare
from sandbox.service import Conditions
from sandbox.trouble import Fault
from tests.sandbox.jira_desk import Delivered, Desk, at, paragraph, rows

SECRET = "It's a Secret to Everybody"


@pytest.fixture
def desk() -> Iterator[Desk]:
    with Desk.open(Conditions(limits=False, webhook_secret=SECRET)) as desk:
        yield desk


def _bodies(desk: Desk) -> list[JsonValue]:
    desk.sandbox.drain()
    return [json.loads(delivered.body) for delivered in desk.delivered]


def _signature(delivered: Delivered, secret: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), delivered.body, hashlib.sha256).hexdigest()


def test_what_a_change_tells(desk: Desk) -> None:
    desk.service.subscribe(desk.hook_url)
    desk.sandbox.call(lambda: desk.service.person_sets(desk.id("ENG-1"), status="Done"))
    (body,) = _bodies(desk)
    assert at(body, "webhookEvent") == "jira:issue_updated"
    assert at(body, "issue", "id") == desk.id("ENG-1")
    assert at(body, "issue", "fields", "description") == "Steps:\n\n* open\n* click *Export*"  # wiki markup
    changed = {at(item, "field"): at(item, "toString") for item in rows(body, "changelog", "items")}
    assert changed == {"resolution": "Done", "status": "Done"}
    assert at(body, "user", "displayName") == "Ann Berg"
    assert "emailAddress" not in json.dumps(at(body, "user"))
    assert isinstance(at(body, "timestamp"), int)
    headers = desk.delivered[0].headers
    assert headers["x-hub-signature"] == _signature(desk.delivered[0], SECRET)
    assert headers["x-atlassian-webhook-identifier"]
    assert headers["x-atlassian-webhook-flow"] == "Primary"


def test_texts_in_the_bodies_are_wiki_markup(desk: Desk) -> None:
    """Although the same texts are documents wherever version 3 of the API is asked for them."""
    desk.service.subscribe(desk.hook_url)
    desk.sandbox.call(lambda: desk.service.person_comments(desk.id("ENG-1"), "Is **done**", internal=True))
    texts = {str(at(body, "webhookEvent")): body for body in _bodies(desk)}
    assert at(texts["comment_created"], "comment", "body") == "Is *done*"
    described = at(texts["jira:issue_updated"], "issue", "fields", "description")
    assert described == "Steps:\n\n* open\n* click *Export*"
    assert at(desk.call("GET", "/issue/ENG-1"), "fields", "description", "type") == "doc"


def test_what_a_bulk_change_did_is_told_later_than_what_a_person_did(desk: Desk) -> None:
    desk.service.subscribe(desk.hook_url)
    issue = desk.service.site.issue("ENG-2")
    assign = prepare(desk.service.site, {"summary": "By the bulk"}, {})
    desk.sandbox.call(lambda: desk.service.site.edit(issue, assign, desk.service.bot, bulk=True))
    desk.sandbox.call(lambda: desk.service.person_sets(desk.id("ENG-1"), title="By a person"))
    assert [at(body, "issue", "fields", "summary") for body in _bodies(desk)] == ["By a person"]
    desk.sandbox.clock.advance(900)
    assert [at(body, "issue", "fields", "summary") for body in _bodies(desk)][1:] == ["By the bulk"]
    flows = [delivered.headers["x-atlassian-webhook-flow"] for delivered in desk.delivered]
    assert flows == ["Primary", "Secondary"]


def test_writes_through_the_api_are_told_too(desk: Desk) -> None:
    desk.service.subscribe(desk.hook_url)
    key = desk.create()
    desk.call("POST", f"/issue/{key}/comment", {"body": paragraph("Hello")}, status=201)
    desk.call("DELETE", f"/issue/{key}", status=204)
    bodies = {(at(body, "webhookEvent")): body for body in _bodies(desk)}
    assert set(bodies) == {
        "jira:issue_created",
        "comment_created",
        "jira:issue_updated",
        "jira:issue_deleted",
    }
    comment = bodies["comment_created"]
    assert at(comment, "comment", "body") == "Hello"
    assert at(comment, "comment", "author", "accountId") == desk.service.bot.id
    fields = at(comment, "issue", "fields")
    assert isinstance(fields, dict)
    assert "description" not in fields


def test_subscribing_through_the_api(desk: Desk) -> None:
    admin = f"{desk.service.base_url}/rest/webhooks/1.0/webhook"
    wanted: JsonValue = {
        "name": "Ours",
        "url": desk.hook_url,
        "events": ["jira:issue_created"],
        "filters": {"issue-related-events-section": "project = OPS AND issuetype = Bug"},
        "secret": "another",
    }
    made = desk.call("POST", admin, wanted, status=201)
    assert at(made, "isSigned") is True
    assert "another" not in json.dumps(made)
    desk.create()
    desk.create(project={"key": "OPS"})
    desk.call("PUT", "/issue/OPS-1", {"fields": {"summary": "Not asked for"}}, status=204)
    (body,) = _bodies(desk)
    assert at(body, "issue", "key") == "OPS-2"
    assert desk.delivered[0].headers["x-hub-signature"] == _signature(desk.delivered[0], "another")
    assert len(rows(desk.call("GET", admin))) == 1
    desk.call("DELETE", str(at(made, "self")), status=204)
    desk.create(project={"key": "OPS"})
    assert len(_bodies(desk)) == 1
    desk.call("POST", admin, {"name": "x", "url": "y", "events": ["invented"]}, status=400)


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 503])
def test_a_failed_delivery_is_repeated_under_the_same_identifier(desk: Desk, status: int) -> None:
    desk.service.subscribe(desk.hook_url)
    desk.statuses = [status] * 2
    desk.sandbox.call(lambda: desk.service.person_sets(desk.id("ENG-1"), title="Changed"))
    desk.sandbox.drain()
    for _ in range(3):
        desk.sandbox.clock.advance(900)
        desk.sandbox.drain()
    assert len(desk.delivered) == 3
    assert len({delivered.headers["x-atlassian-webhook-identifier"] for delivered in desk.delivered}) == 1
    assert len({delivered.body for delivered in desk.delivered}) == 1
    tries = [delivered.headers.get("x-atlassian-webhook-retry") for delivered in desk.delivered]
    assert tries == [None, "1", "2"]


def test_other_answers_and_a_sixth_failure_end_it(desk: Desk) -> None:
    desk.service.subscribe(desk.hook_url)
    desk.statuses = [404]
    desk.sandbox.call(lambda: desk.service.person_sets(desk.id("ENG-1"), title="Refused"))
    desk.sandbox.drain()
    desk.statuses = [503] * 9
    desk.sandbox.call(lambda: desk.service.person_sets(desk.id("ENG-1"), title="Unheard"))
    desk.sandbox.drain()
    for _ in range(8):
        desk.sandbox.clock.advance(900)
        desk.sandbox.drain()
    assert len(desk.delivered) == 1 + 6


def test_deliveries_may_come_doubled_and_out_of_order(desk: Desk) -> None:
    desk.service.subscribe(desk.hook_url)
    desk.sandbox.faults["jira"].active += [Fault("doubled", "One"), Fault("out_of_order", "Two")]
    for title in ("One", "Two", "Three"):
        desk.sandbox.call(partial(desk.service.person_sets, desk.id("ENG-1"), title=title))
        desk.sandbox.drain()
    titles = [at(body, "issue", "fields", "summary") for body in _bodies(desk)]
    assert titles == ["One", "One", "Three", "Two"]
    identifiers = [delivered.headers["x-atlassian-webhook-identifier"] for delivered in desk.delivered]
    assert identifiers[0] == identifiers[1]
    assert len(set(identifiers)) == 3

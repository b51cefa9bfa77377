"""The emulated Jira's admin webhooks: who is told what, and how it is signed."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator

import pytest
from pydantic import JsonValue

from sandbox.service import Conditions
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

"""The emulated Zendesk, over real sockets, against what the vendor documents."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from sandbox.credentials import EMAIL
from tests.sandbox.zendesk_desk import Account, zendesk_account


@pytest.fixture
def account() -> Iterator[Account]:
    yield from zendesk_account(limits=False)


def test_a_wrong_token_gets_the_vendors_401(account: Account) -> None:
    with httpx.Client(base_url=account.service.base_url, auth=(f"{EMAIL}/token", "wrong")) as client:
        answer = client.get("/api/v2/users/me.json")
    assert answer.status_code == 401
    assert answer.json() == {"error": "Couldn't authenticate you"}


def test_exports_are_for_admins_and_tickets_for_agents(account: Account) -> None:
    with account.as_user("sue@northwind.example") as agent:
        assert agent.get("/api/v2/tickets/1.json").status_code == 200
        refused = agent.get("/api/v2/incremental/tickets/cursor.json", params={"start_time": 0})
    assert refused.status_code == 403
    assert refused.json()["error"]["title"] == "Forbidden"
    with account.as_user("ann.ames@acme.example") as customer:
        assert customer.get("/api/v2/tickets/1.json").status_code == 403


def test_the_seed_keeps_times_threads_and_organizations(account: Account) -> None:
    body = account.get("tickets/2.json", include="users,organizations").json()
    ticket = body["ticket"]
    assert ticket["subject"] == "Export fails"
    assert (ticket["created_at"], ticket["updated_at"]) == ("2026-01-05T09:00:00Z", "2026-01-05T12:00:00Z")
    assert ticket["status"] == "pending"
    assert ticket["tags"] == ["area_data_export", "export"]
    assert body["organizations"][0]["organization_fields"] == {"plan": "enterprise", "arr": 120_000}
    assert {user["name"] for user in body["users"]} == {"Ann Ames", "Sue Port"}
    comments = account.get("tickets/2/comments.json").json()["comments"]
    assert [(c["body"], c["public"]) for c in comments] == [
        ("It says 500", True),
        ("We look into it", True),
        ("Seen before", False),
        ("Any **news**?", True),
    ]
    assert account.service.outbox == []


def test_a_dropdown_and_its_tag_go_together(account: Account) -> None:
    fields = account.get("ticket_fields.json").json()["ticket_fields"]
    area = next(field for field in fields if field["title"] == "Product area")
    assert area["custom_field_options"][0]["name"] == "Data export"
    assert {"id": area["id"], "value": "area_data_export"} in account.get("tickets/2").json()["ticket"][
        "custom_fields"
    ]
    changed = account.change(2, remove_tags=["area_data_export"]).json()["ticket"]
    assert {"id": area["id"], "value": None} in changed["custom_fields"]
    refused = account.change(2, custom_fields=[{"id": area["id"], "value": "nonsense"}])
    assert refused.status_code == 422


def test_the_export_hides_the_last_minute_and_its_cursor_lives_on(account: Account) -> None:
    first = account.get("incremental/tickets/cursor.json", start_time=0, per_page=1).json()
    assert ([t["id"] for t in first["tickets"]], first["end_of_stream"]) == ([1], False)
    second = account.get("incremental/tickets/cursor.json", cursor=first["after_cursor"]).json()
    assert ([t["id"] for t in second["tickets"]], second["end_of_stream"]) == ([2], True)
    account.change(2, priority="urgent")
    hidden = account.get("incremental/tickets/cursor.json", cursor=second["after_cursor"]).json()
    assert hidden["tickets"] == []
    assert hidden["after_cursor"] == second["after_cursor"]
    assert account.get("tickets/2.json").json()["ticket"]["priority"] == "urgent"
    account.sandbox.clock.advance(61)
    seen = account.get("incremental/tickets/cursor.json", cursor=hidden["after_cursor"]).json()
    assert [t["priority"] for t in seen["tickets"]] == ["urgent"]


def test_a_start_time_within_the_last_minute_is_refused(account: Account) -> None:
    now = int(account.sandbox.clock.now().timestamp())
    answer = account.get("incremental/tickets/cursor.json", start_time=now)
    assert answer.status_code == 422
    assert account.get("incremental/tickets/cursor.json").status_code == 400


def test_a_time_export_never_cuts_between_equal_times(account: Account) -> None:
    users = account.get("incremental/users.json", start_time=0, per_page=2).json()
    assert users["count"] == len(users["users"]) == 4
    assert users["end_of_stream"]
    assert users["next_page"] is not None


def test_deleted_tickets_are_in_the_export_only(account: Account) -> None:
    assert account.client.delete("/api/v2/tickets/2.json").status_code == 204
    assert account.get("tickets/2.json").json() == {"error": "RecordNotFound", "description": "Not found"}
    account.sandbox.clock.advance(61)
    tickets = account.get("incremental/tickets/cursor.json", start_time=0).json()["tickets"]
    assert [(t["id"], t["status"]) for t in tickets] == [(1, "closed"), (2, "deleted")]
    kept = account.get("incremental/tickets/cursor.json", start_time=0, exclude_deleted="true").json()
    assert [t["id"] for t in kept["tickets"]] == [1]


def test_ticket_events_bring_comments_when_asked(account: Account) -> None:
    brief = account.get("incremental/ticket_events.json", start_time=0).json()["ticket_events"]
    whole = account.get("incremental/ticket_events.json", start_time=0, include="comment_events").json()
    bodies = [
        child.get("body")
        for event in whole["ticket_events"]
        for child in event["child_events"]
        if child["event_type"] == "Comment"
    ]
    assert bodies == ["Long ago", "It says 500", "We look into it", "Seen before", "Any **news**?"]
    assert not any("body" in child for event in brief for child in event["child_events"])


def test_closed_tickets_refuse_writes(account: Account) -> None:
    answer = account.change(1, comment={"body": "hello?", "public": False})
    assert answer.status_code == 422
    assert answer.json()["details"]["status"][0]["description"] == "Status: closed prevents ticket update"


def test_solving_needs_an_assignee(account: Account) -> None:
    number = account.ticket(subject="x", comment={"body": "y"}).json()["ticket"]["id"]
    assert account.change(number, status="solved").status_code == 422
    me = account.get("users/me.json").json()["user"]["id"]
    assert account.change(number, status="solved", assignee_id=me).json()["ticket"]["status"] == "solved"


def test_an_unknown_value_changes_nothing(account: Account) -> None:
    answer = account.change(2, subject="New", priority="blazing")
    assert answer.status_code == 422
    assert answer.json()["error"] == "RecordInvalid"
    assert account.get("tickets/2.json").json()["ticket"]["subject"] == "Export fails"


def test_one_idempotency_key_makes_one_ticket(account: Account) -> None:
    def post(subject: str) -> httpx.Response:
        return account.client.post(
            "/api/v2/tickets.json",
            json={"ticket": {"subject": subject, "comment": {"body": "b"}, "external_id": "lw-1"}},
            headers={"Idempotency-Key": "lw-1"},
        )

    first, second, third = post("a"), post("a"), post("b")
    assert (first.status_code, first.headers["x-idempotency-lookup"]) == (201, "miss")
    assert (second.status_code, second.headers["x-idempotency-lookup"]) == (201, "hit")
    assert second.json() == first.json()
    assert (third.status_code, third.json()["error"]) == (400, "IdempotentRequestError")
    account.sandbox.clock.advance(2 * 3600 + 1)
    assert post("a").headers["x-idempotency-lookup"] == "miss"
    assert len(account.get("tickets.json", external_id="lw-1").json()["tickets"]) == 2


def test_a_safe_update_loses_against_a_newer_one(account: Account) -> None:
    stale = "2026-01-05T09:00:00Z"
    answer = account.change(2, subject="New", safe_update=True, updated_stamp=stale)
    assert (answer.status_code, answer.json()["error"]) == (409, "UpdateConflict")
    read = account.get("tickets/2.json").json()["ticket"]["updated_at"]
    assert account.change(2, subject="New", safe_update=True, updated_stamp=read).status_code == 200


def test_metadata_of_an_update_comes_back_with_its_comment(account: Account) -> None:
    answer = account.change(
        2, comment={"html_body": "<p>n</p>", "public": False}, metadata={"loopwright": "lw-2"}
    )
    event = next(e for e in answer.json()["audit"]["events"] if e["type"] == "Comment")
    assert (event["body"], event["public"]) == ("n", False)
    newest = account.get("tickets/2/comments.json", sort="-created_at", **{"page[size]": 1}).json()
    assert newest["comments"][0]["metadata"]["custom"] == {"loopwright": "lw-2"}
    assert newest["meta"]["has_more"]
    older = account.client.get(newest["links"]["next"]).json()
    assert older["comments"][0]["body"] == "Any **news**?"


def test_public_comments_would_be_mailed_and_notes_not(account: Account) -> None:
    account.change(2, comment={"body": "secret", "public": False})
    assert account.service.outbox == []
    account.change(2, comment={"body": "Fixed", "public": True})
    assert [(mail.to, mail.body) for mail in account.service.outbox] == [("ann.ames@acme.example", "Fixed")]


def test_a_public_comment_can_be_made_private_and_not_back(account: Account) -> None:
    account.service.subscribe(account.hook_url)
    comment = account.get("tickets/2/comments.json").json()["comments"][1]
    answer = account.client.put(f"/api/v2/tickets/2/comments/{comment['id']}/make_private.json")
    assert answer.status_code == 200
    assert not account.get("tickets/2/comments.json").json()["comments"][1]["public"]
    account.sandbox.drain()
    assert b"ticket.comment_made_private" in account.receiver.requests[0][1]
    assert account.client.put("/api/v2/tickets/2/comments/1/make_private.json").status_code == 404


def test_tags_are_added_set_and_removed(account: Account) -> None:
    url = "/api/v2/tickets/2/tags.json"
    assert account.client.put(url, json={"tags": ["New One"]}).json()["tags"] == [
        "area_data_export",
        "export",
        "new_one",
    ]
    removed = account.client.request("DELETE", url, json={"tags": ["export"]}).json()
    assert removed["tags"] == ["area_data_export", "new_one"]
    assert account.client.post(url, json={"tags": ["only"]}).json()["tags"] == ["only"]


def test_offset_paging_stops_at_page_100(account: Account) -> None:
    second = account.get("tickets.json", per_page=1, page=2).json()
    assert (second["count"], second["next_page"], [t["id"] for t in second["tickets"]]) == (2, None, [2])
    assert account.get("tickets.json", page=101).status_code == 400


def test_search_stops_at_a_thousand(account: Account) -> None:
    assert [t["id"] for t in account.get("search.json", query="type:ticket export").json()["results"]] == [2]
    assert account.get("search.json", query="export", page=11).status_code == 422

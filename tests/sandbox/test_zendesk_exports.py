"""The emulated Zendesk's exports: what they hide, how they go on, and in what order."""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pytest

from tests.sandbox.zendesk_desk import CREATED, Account, zendesk_account

CURSOR = "incremental/tickets/cursor.json"


@pytest.fixture
def account() -> Iterator[Account]:
    yield from zendesk_account(limits=False)


def write(account: Account, many: int) -> None:
    def act() -> None:
        for number in range(many):
            account.service.person_creates(title=f"Ticket {number}", body="It stops")

    account.sandbox.call(act)


def test_a_page_holds_a_thousand_and_its_cursor_is_opaque_and_goes_on(account: Account) -> None:
    write(account, 1_003)
    account.pass_time(61)
    first = account.get(CURSOR, start_time=0).json()
    assert (len(first["tickets"]), first["end_of_stream"]) == (1_000, False)
    assert base64.b64decode(first["after_cursor"]).decode().endswith(f".0||{first['tickets'][-1]['id']}|")
    second = account.client.get(first["after_url"]).json()
    assert (len(second["tickets"]), second["end_of_stream"]) == (5, True)


def test_a_time_export_grows_over_a_thousand_rather_than_cut_between_ties(account: Account) -> None:
    write(account, 1_200)
    moment = int(CREATED.timestamp()) + 1_000_000
    for ticket in account.service.state.tickets.values():
        ticket.generated = moment + (ticket.id > 1_201)
    page = account.get("incremental/tickets.json", start_time=moment).json()
    assert (page["count"], page["end_time"], page["end_of_stream"]) == (1_201, moment, False)
    rest = account.get("incremental/tickets.json", start_time=moment + 1).json()
    assert [row["id"] for row in rest["tickets"]] == [1_202]


def test_a_time_export_ends_with_end_of_stream_and_not_with_its_next_page(account: Account) -> None:
    page = account.get("incremental/tickets.json", start_time=0).json()
    assert page["end_of_stream"]
    again = account.client.get(page["next_page"]).json()
    assert again["next_page"] == page["next_page"], "it points at itself for ever"
    assert again["end_of_stream"]


def test_the_last_minute_is_hidden_from_tickets_and_their_events_alone(account: Account) -> None:
    write(account, 1)
    number = max(account.service.state.tickets)
    for path, name, key in (
        (CURSOR, "tickets", "id"),
        ("incremental/tickets.json", "tickets", "id"),
        ("incremental/ticket_events.json", "ticket_events", "ticket_id"),
    ):
        assert number not in {row[key] for row in account.get(path, start_time=0).json()[name]}
    assert account.get(f"tickets/{number}.json").status_code == 200
    account.pass_time(61)
    assert number in {row["id"] for row in account.get(CURSOR, start_time=0).json()["tickets"]}


def test_order_is_by_generated_timestamp_and_updated_at_may_lag_behind(account: Account) -> None:
    ticket = account.service.state.tickets[1]
    account.sandbox.call(lambda: account.service.state.system_update(ticket))
    account.pass_time(61)
    rows = account.get(CURSOR, start_time=0).json()["tickets"]
    assert [row["id"] for row in rows] == [2, 1]
    assert rows[1]["updated_at"] < rows[0]["updated_at"]
    since = int(CREATED.timestamp()) + 86_400
    late = account.get(CURSOR, start_time=since).json()["tickets"]
    assert [row["id"] for row in late] == [1], "older than what was asked for, by its own stamp"


def test_exports_side_load_people_and_neither_audits_nor_comments(account: Account) -> None:
    page = account.get(CURSOR, start_time=0, include="users,organizations,comments").json()
    assert {"users", "organizations"} <= page.keys()
    assert "comments" not in page
    assert account.get(CURSOR, start_time=0, include="last_audits").status_code == 400


def test_ticket_events_tell_creation_and_what_is_done_to_comments_later(account: Account) -> None:
    comment = account.get("tickets/2/comments.json").json()["comments"][1]["id"]
    account.put(f"tickets/2/comments/{comment}/redact.json", text="look")
    account.put(f"tickets/2/comments/{comment}/make_private.json")
    account.pass_time(61)
    query: dict[str, str | int] = {"start_time": 0, "include": "comment_events"}
    events = account.get("incremental/ticket_events.json", **query).json()["ticket_events"]
    ours = [event for event in events if event["ticket_id"] == 2]
    assert {child["event_type"] for child in ours[0]["child_events"]} == {"Comment", "Create"}
    assert [child["event_type"] for event in ours[-2:] for child in event["child_events"]] == [
        "CommentRedactionEvent",
        "CommentPrivacyChange",
    ]
    assert ours[-1]["child_events"][0]["comment_id"] == str(comment), "as a text"
    told = [child for event in ours for child in event["child_events"] if child.get("id") == comment]
    assert [(child["body"], child["public"]) for child in told] == [("We ▇▇▇▇ into it", False)]
    assert "metadata" in told[0]
    account.service.conduct.events_tell_metadata = False
    events = account.get("incremental/ticket_events.json", **query).json()["ticket_events"]
    assert not any("metadata" in child for event in events for child in event["child_events"])


def test_deleted_tickets_have_neither_events_nor_comments(account: Account) -> None:
    account.client.delete("/api/v2/tickets/2.json")
    account.pass_time(61)
    events = account.get("incremental/ticket_events.json", start_time=0).json()["ticket_events"]
    assert 2 not in {event["ticket_id"] for event in events}
    assert account.get("tickets/2/comments.json").status_code == 404
    gone = account.get("deleted_tickets.json").json()["deleted_tickets"]
    assert [(row["id"], row["previous_state"], row["actor"]["name"]) for row in gone] == [
        (2, "pending", "Loopwright")
    ]
    assert account.put("deleted_tickets/2/restore.json").status_code == 200
    assert account.get("tickets/2/comments.json").status_code == 200


def test_users_and_organizations_are_exported_again_when_they_change(account: Account) -> None:
    state = account.service.state
    ann = state.users_by_email["ann.ames@acme.example"]
    acme = next(iter(state.organizations.values()))
    now = int(account.sandbox.clock.now().timestamp())
    account.put(f"users/{ann.id}.json", user={"name": "Ann Bell"})
    account.put(f"organizations/{acme.id}.json", organization={"organization_fields": {"plan": "free"}})
    account.pass_time(61)
    users = account.get("incremental/users/cursor.json", start_time=now).json()["users"]
    assert [user["name"] for user in users] == ["Ann Bell"]
    rows = account.get("incremental/organizations.json", start_time=now).json()["organizations"]
    assert [row["organization_fields"]["plan"] for row in rows] == ["free"]


def test_a_sample_is_fifty_rows(account: Account) -> None:
    write(account, 60)
    account.pass_time(61)
    account.sandbox.clock.advance(1)
    page = account.get("incremental/users/sample.json", start_time=0).json()
    assert len(page["users"]) <= 50
    assert account.get("incremental/moods/sample.json", start_time=0).status_code == 404

"""The emulated Zendesk's groups of agents, and the statuses that an account may have of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from sandbox.zendesk.records import CustomStatus
from tests.sandbox.zendesk_desk import Account, zendesk_account


@pytest.fixture
def account() -> Iterator[Account]:
    yield from zendesk_account(limits=False)


@pytest.fixture
def waiting(account: Account) -> CustomStatus:
    state = account.service.state
    state.activate_statuses()
    return state.add_status("hold", "Waiting for engineering")


def raised(account: Account) -> dict[str, dict[str, object]]:
    """The events that came, by the last part of their type."""
    account.sandbox.drain()
    bodies = [json.loads(raw) for _, raw in account.receiver.requests]
    account.receiver.requests.clear()
    return {body["type"].rpartition(".")[2]: body["event"] for body in bodies}


def test_an_account_has_no_custom_statuses_before_they_are_activated(account: Account) -> None:
    assert account.get("custom_statuses.json").json() == {"custom_statuses": []}
    assert account.get("tickets/2.json").json()["ticket"]["custom_status_id"] is None


def test_every_ticket_has_a_custom_status_once_there_are_any(account: Account, waiting: CustomStatus) -> None:
    rows = account.get("custom_statuses.json").json()["custom_statuses"]
    labels = {row["id"]: row["agent_label"] for row in rows}
    assert [*labels.values()] == [
        *("New", "Open", "Pending", "On-Hold", "Solved"),
        "Waiting for engineering",
    ]
    assert [row["default"] for row in rows] == [True] * 5 + [False]
    tickets = account.get("tickets.json").json()["tickets"]
    assert [labels[ticket["custom_status_id"]] for ticket in tickets] == ["Solved", "Pending"]
    held = account.get("custom_statuses.json", status_categories="hold").json()["custom_statuses"]
    assert [row["agent_label"] for row in held] == ["On-Hold", "Waiting for engineering"]


def test_a_custom_status_brings_its_category_and_a_category_its_default(
    account: Account, waiting: CustomStatus
) -> None:
    account.service.subscribe(account.hook_url)
    ticket = account.change(2, custom_status_id=waiting.id).json()["ticket"]
    assert (ticket["status"], ticket["custom_status_id"]) == ("hold", waiting.id)
    events = raised(account)
    assert events.keys() == {"status_changed", "custom_status_changed"}
    assert events["custom_status_changed"]["current"] == str(waiting.id), "as a text"
    same = account.change(2, status="hold").json()["ticket"]
    assert same["custom_status_id"] == waiting.id, "it is on hold already"
    open_ = account.change(2, status="open").json()["ticket"]
    assert account.service.state.statuses[open_["custom_status_id"]].label == "Open"


def test_an_unknown_or_retired_custom_status_is_refused(account: Account, waiting: CustomStatus) -> None:
    waiting.active = False
    for number in (waiting.id, 4711, None):
        assert account.change(2, custom_status_id=number).status_code == 422
    assert account.get("tickets/2.json").json()["ticket"]["status"] == "pending"


def test_admins_add_custom_statuses(account: Account, waiting: CustomStatus) -> None:
    wanted = {"status_category": "open", "agent_label": "In review"}
    made = account.post("custom_statuses.json", custom_status=wanted)
    assert (made.status_code, made.json()["custom_status"]["default"]) == (201, False)
    assert account.post("custom_statuses.json", custom_status={"agent_label": "x"}).status_code == 422
    with account.as_user("sue@northwind.example") as sue:
        assert sue.post("/api/v2/custom_statuses.json", json={"custom_status": wanted}).status_code == 403


def test_a_ticket_is_given_to_a_group_and_with_an_agent_to_the_default_one(account: Account) -> None:
    team = account.service.state.add_group("Second level")
    account.service.subscribe(account.hook_url)
    fresh = account.ticket(subject="x", comment={"body": "y"}).json()["ticket"]
    assert fresh["group_id"] is None
    me = account.get("users/me.json").json()["user"]["id"]
    taken = account.change(fresh["id"], assignee_id=me).json()["ticket"]
    assert account.get(f"groups/{taken['group_id']}.json").json()["group"]["default"]
    raised(account)
    assert account.change(2, group_id=team.id).json()["ticket"]["group_id"] == team.id
    assert raised(account)["group_assignment_changed"]["current"] == str(team.id)
    assert account.change(2, group_id=4711).status_code == 422
    both = account.ticket(subject="x", comment={"body": "y"}, assignee_id=me, group_id=team.id)
    assert both.json()["ticket"]["group_id"] == team.id


def test_groups_come_beside_tickets_when_asked_for(account: Account) -> None:
    assert [group["name"] for group in account.get("groups.json").json()["groups"]] == ["Support"]
    page = account.get("incremental/tickets/cursor.json", start_time=0, include="groups").json()
    assert [group["name"] for group in page["groups"]] == ["Support"]


def test_a_ticket_of_another_organization_raises_an_event(account: Account) -> None:
    account.service.subscribe(account.hook_url)
    assert account.change(2, organization_id=None).json()["ticket"]["organization_id"] is None
    assert raised(account).keys() == {"organization_changed"}
    assert account.change(2, organization_id=4711).status_code == 422

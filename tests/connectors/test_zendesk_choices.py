"""Groups and custom statuses of Zendesk's tickets, by their names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.errors import Rejected
from connectors.model import Draft, Item, JsonValue, Patch, Ref
from sandbox.zendesk.records import CustomStatus, Group, TicketField
from tests.conformance.zendesk_world import CREATED, ZendeskAccount, zendesk_account

TICKET = Ref(connection="zendesk", id="1")


@pytest.fixture
def account() -> Iterator[ZendeskAccount]:
    with zendesk_account() as account:
        yield account


@pytest.fixture
def team(account: ZendeskAccount) -> Group:
    return account.service.state.add_group("Second level")


@pytest.fixture
def waiting(account: ZendeskAccount) -> CustomStatus:
    account.service.state.activate_statuses()
    return account.service.state.add_status("hold", "Waiting for engineering")


def changed(account: ZendeskAccount, **custom: JsonValue) -> Item:
    fields = {f"custom.{name}": value for name, value in custom.items()}
    return account.connector.update(TICKET, Patch(fields=fields))


def test_a_group_is_read_without_a_call_of_its_own(account: ZendeskAccount) -> None:
    (seen,) = account.connector.changes(None).observations
    assert seen.item.custom["group"] == "Support"
    assert not any("groups" in call for call in account.requests.made)


def test_a_ticket_is_given_to_another_group_and_to_none(account: ZendeskAccount, team: Group) -> None:
    assert changed(account, group="Second level").custom["group"] == "Second level"
    assert account.service.state.tickets[1].group_id == team.id
    assert "group" not in changed(account, group=None).custom
    with pytest.raises(Rejected, match="no group 'Third level'; there are: Second level, Support"):
        changed(account, group="Third level")


def test_a_group_that_nobody_told_of_is_asked_for_once(account: ZendeskAccount, team: Group) -> None:
    account.connector.get(TICKET)
    account.service.state.tickets[1].group_id = team.id
    for _ in range(2):
        assert changed(account, product_area="Data export").custom["group"] == "Second level"
    assert account.requests.made.count("GET /api/v2/groups.json") == 1


def test_a_custom_status_is_read_by_its_label(account: ZendeskAccount, waiting: CustomStatus) -> None:
    assert account.connector.get(TICKET).item.custom["custom_status"] == "Open"
    account.service.state.tickets[1].custom_status_id = waiting.id
    account.connector.get(TICKET)
    assert account.connector.get(TICKET).item.custom["custom_status"] == "Waiting for engineering"
    assert account.requests.made.count("GET /api/v2/custom_statuses.json") == 1


def test_a_custom_status_is_set_by_its_label_and_the_status_follows(
    account: ZendeskAccount, waiting: CustomStatus
) -> None:
    item = changed(account, custom_status="Waiting for engineering")
    assert (item.status, item.custom["custom_status"]) == ("hold", "Waiting for engineering")
    solved = account.connector.update(TICKET, Patch(fields={"status": "solved"}))
    assert (solved.status, solved.custom["custom_status"]) == ("solved", "Solved")
    with pytest.raises(Rejected, match="no custom status 'Later'"):
        changed(account, custom_status="Later")
    with pytest.raises(Rejected, match="cannot be cleared"):
        changed(account, custom_status=None)


def test_a_new_ticket_has_both_from_the_start(
    account: ZendeskAccount, team: Group, waiting: CustomStatus
) -> None:
    custom: dict[str, JsonValue] = {"group": "Second level", "custom_status": "Waiting for engineering"}
    made = account.connector.create(Draft(container="Northwind", title="t", custom=custom, marker="lw-1"))
    assert (made.status, made.custom) == ("hold", custom)


def test_an_account_without_custom_statuses_is_not_asked_for_them(account: ZendeskAccount) -> None:
    assert "custom_status" not in account.connector.get(TICKET).item.custom
    assert not any("custom_statuses" in call for call in account.requests.made)
    with pytest.raises(Rejected, match="there are: none"):
        changed(account, custom_status="Open")


def test_a_status_that_stays_unknown_is_asked_for_once(
    account: ZendeskAccount, waiting: CustomStatus
) -> None:
    account.service.state.tickets[1].custom_status_id = 4711
    for _ in range(3):
        assert "custom_status" not in account.connector.get(TICKET).item.custom
    assert account.requests.made.count("GET /api/v2/custom_statuses.json") == 1


def test_a_field_of_that_name_comes_first(account: ZendeskAccount, team: Group) -> None:
    state = account.service.state
    field = TicketField(state.next_id(), "text", "Group", CREATED)
    state.fields[field.id] = field
    assert changed(account, group="Second level").custom["group"] == "Second level"
    assert state.tickets[1].custom[field.id] == "Second level"
    assert state.tickets[1].group_id != team.id

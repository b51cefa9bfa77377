"""The Zendesk connector against the emulated Zendesk."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr, ValidationError

from connectors.errors import AuthFailed, Conflict, Forbidden, NotFound, Rejected
from connectors.model import Audience, CommentDraft, Draft, Item, Kind, Patch, Ref
from connectors.protocol import Connector
from connectors.zendesk import ZendeskConnector, ZendeskSettings
from sandbox.zendesk.records import Organization, TicketField
from tests.conformance.zendesk_world import CREATED, ZendeskAccount, zendesk_account

TICKET = Ref(connection="zendesk", id="1")
DRAFT = Draft(
    container="Northwind",
    title="Engineering asks",
    body="Please **look**",
    type="task",
    priority="Low",
    labels=("Needs info",),
    custom={"product_area": "Data export"},
    marker="lw-3f2a9c",
)
NOTE = CommentDraft(body="Linked to **ENG-1**", marker="lw-note-1")


@pytest.fixture
def account() -> Iterator[ZendeskAccount]:
    with zendesk_account() as account:
        yield account


def everything(connector: ZendeskConnector) -> list[Item]:
    page = connector.changes(None)
    items = [seen.item for seen in page.observations]
    while page.more:
        page = connector.changes(page.cursor)
        items += [seen.item for seen in page.observations]
    return items


def test_it_is_a_connector(account: ZendeskAccount) -> None:
    assert isinstance(account.connector, Connector)
    assert account.requests.made == []


def test_check_names_the_bot_in_one_call(account: ZendeskAccount) -> None:
    me = account.connector.check()
    assert (me.name, me.site, me.warnings) == ("Loopwright", account.service.base_url, ())
    assert account.calls() == 1


def test_check_warns_an_agent_and_refuses_a_customer(account: ZendeskAccount) -> None:
    agent = account.connect(email="sue@northwind.example")
    assert "admin" in agent.check().warnings[0]
    with pytest.raises(Forbidden, match="403"):
        agent.changes(None)
    with pytest.raises(AuthFailed, match="no agent"):
        account.connect(email="ann.ames@acme.example").check()
    with pytest.raises(AuthFailed, match="401"):
        account.connect(api_token=SecretStr("wrong")).check()


def test_an_oauth_token_signs_in(account: ZendeskAccount) -> None:
    connector = account.connect(email=None, api_token=None, oauth_token=SecretStr("sandbox-token"))
    assert connector.check().name == "Loopwright"
    with pytest.raises(ValidationError, match="oauth_token"):
        ZendeskSettings(url="https://acme.zendesk.com", email="a@example.com")


def test_an_item_has_all_that_rules_ask_for(account: ZendeskAccount) -> None:
    item = everything(account.connector)[0]
    assert item.ref == TICKET
    assert (item.ref.key, item.system, item.kind, item.container) == (
        "ZD-1",
        "zendesk",
        Kind.TICKET,
        "Northwind",
    )
    assert item.url == f"{account.service.base_url}/agent/tickets/1"
    assert (item.title, item.body, item.audience) == ("Export fails", "It says 500", Audience.CUSTOMER)
    assert (item.type, item.status, item.priority, item.closed) == ("incident", "open", "high", False)
    assert item.labels == ("export",)
    assert item.custom == {"product_area": "Data export", "group": "Support"}
    assert item.requester is not None
    assert (item.requester.name, item.requester.email, item.requester.staff) == (
        "Ann Ames",
        "ann.ames@acme.example",
        False,
    )
    assert item.assignee is not None
    assert item.assignee.staff
    assert item.organization is not None
    assert (item.organization.name, item.organization.plan, item.organization.arr) == (
        "Acme",
        "enterprise",
        120_000.0,
    )
    assert item.organization.domains == ("acme.example",)
    assert (item.created, item.updated) == (CREATED, CREATED + timedelta(hours=2))
    assert account.connector.get(TICKET).item == item


def test_a_foreign_cursor_is_refused(account: ZendeskAccount) -> None:
    with pytest.raises(Rejected, match="cursor"):
        account.connector.changes("garbage")


def test_only_the_brands_of_the_settings_are_read(account: ZendeskAccount) -> None:
    account.sandbox.call(
        lambda: account.service.person_creates(title="Elsewhere", body="b", container="Community")
    )
    account.settle()
    here = account.connect(brands=("Community",))
    assert [(item.title, item.container) for item in everything(here)] == [("Elsewhere", "Community")]


def test_a_deleted_ticket_is_said_to_be_deleted(account: ZendeskAccount) -> None:
    account.sandbox.call(lambda: account.service.person_deletes("1"))
    with pytest.raises(NotFound):
        account.connector.get(TICKET)
    account.settle()
    assert [(item.deleted, item.closed) for item in everything(account.connector)] == [(True, True)]


def test_comments_leave_out_the_body_and_the_quoted_history(account: ZendeskAccount) -> None:
    note, reply = account.connector.comments(TICKET)
    assert (note.body, note.audience) == ("Seen *before*", Audience.INTERNAL)
    assert note.author is not None
    assert (note.author.name, note.author.staff) == ("Sue Port", True)
    assert (reply.body, reply.audience) == ("Any **news**?", Audience.CUSTOMER)
    assert reply.created == CREATED + timedelta(hours=2)


def test_all_pages_of_comments_are_read(account: ZendeskAccount) -> None:
    account.notes(120)
    comments = account.connector.comments(TICKET)
    assert [comment.body for comment in comments[2:]] == [f"Note {number}" for number in range(120)]


def test_create_carries_its_marker_and_mails_nobody(account: ZendeskAccount) -> None:
    item = account.connector.create(DRAFT)
    assert (item.title, item.body, item.marker) == (DRAFT.title, DRAFT.body, DRAFT.marker)
    assert (item.type, item.priority, item.status) == ("task", "low", "new")
    assert item.labels == ("needs_info",)
    assert item.custom == {"product_area": "Data export"}
    assert item.requester is not None
    assert item.requester.name == "Loopwright"
    assert item.audience == account.connector.audience("Northwind") == Audience.CUSTOMER
    assert account.service.outbox == []
    assert account.connector.get(item.ref).item == item


def test_find_knows_what_create_made(account: ZendeskAccount) -> None:
    sent = account.sandbox.clock.now()
    assert account.connector.find(DRAFT, sent) is None
    made = account.connector.create(DRAFT)
    assert account.connector.find(DRAFT, sent) == made
    assert account.connector.create(DRAFT) == made
    assert len(account.service.state.tickets_by_external_id[DRAFT.marker]) == 1


def test_create_names_what_does_not_exist(account: ZendeskAccount) -> None:
    with pytest.raises(Rejected, match="no brand 'Nowhere'; there are: Northwind"):
        account.connector.create(DRAFT.model_copy(update={"container": "Nowhere"}))
    with pytest.raises(Rejected, match="no ticket field 'colour'"):
        account.connector.create(DRAFT.model_copy(update={"custom": {"colour": "red"}}))
    with pytest.raises(Rejected, match="no such option; there are: Data export"):
        account.connector.create(DRAFT.model_copy(update={"custom": {"product_area": "Moon"}}))
    with pytest.raises(Rejected, match="not included in the list"):
        account.connector.create(DRAFT.model_copy(update={"priority": "blazing"}))
    assert len(account.service.state.tickets) == 1


def test_update_writes_what_the_patch_names(account: ZendeskAccount) -> None:
    before = account.connector.get(TICKET).item
    patch = Patch(fields={"title": "Export fails again", "priority": None, "custom.jira_status": "In Review"})
    calls = account.calls()
    after = account.connector.update(TICKET, patch)
    assert account.calls() - calls == 1
    assert (after.title, after.priority, after.custom) == (
        "Export fails again",
        None,
        {"product_area": "Data export", "group": "Support", "jira_status": "In Review"},
    )
    assert after.updated > before.updated
    unnamed = {"title", "priority", "custom", "updated"}
    assert after.model_dump(exclude=unnamed) == before.model_dump(exclude=unnamed)
    assert account.connector.get(TICKET).item == after
    assert (
        account.connector.update(TICKET, Patch(fields={"custom.jira_status": None})).custom == before.custom
    )


def test_labels_leave_other_labels_alone(account: ZendeskAccount) -> None:
    patch = Patch(
        fields={"status": "Pending"}, add_labels=("Escalated", "in Jira"), remove_labels=("export",)
    )
    item = account.connector.update(TICKET, patch)
    assert (item.status, item.labels) == ("pending", ("escalated", "in_jira"))
    item = account.connector.update(TICKET, Patch(add_labels=("one",)))
    assert item.labels == ("escalated", "in_jira", "one")


def test_assignees_go_by_id(account: ZendeskAccount) -> None:
    me = account.connector.check().id
    item = account.connector.update(TICKET, Patch(fields={"assignee": me}))
    assert item.assignee is not None
    assert item.assignee.name == "Loopwright"
    assert account.connector.update(TICKET, Patch(fields={"assignee": None})).assignee is None
    with pytest.raises(Rejected, match="Assignee: is required when solving"):
        account.connector.update(TICKET, Patch(fields={"status": "solved"}))
    with pytest.raises(Rejected, match="by the id"):
        account.connector.update(TICKET, Patch(fields={"assignee": "Sue"}))


@pytest.mark.parametrize(
    "patch", [Patch(fields={"body": "new"}), Patch(fields={"title": None}), Patch(fields={"votes": 3})]
)
def test_what_a_ticket_cannot_take_is_refused_without_a_call(account: ZendeskAccount, patch: Patch) -> None:
    with pytest.raises(Rejected, match="a ticket's"):
        account.connector.update(TICKET, patch)
    assert account.calls() == 0


def test_an_internal_note_is_mailed_to_nobody(account: ZendeskAccount) -> None:
    sent = account.sandbox.clock.now()
    assert account.connector.find_comment(TICKET, NOTE, sent) is None
    made = account.connector.comment(TICKET, NOTE)
    assert (made.body, made.audience, made.marker) == (NOTE.body, Audience.INTERNAL, NOTE.marker)
    assert made.author is not None
    assert made.author.name == "Loopwright"
    assert account.connector.comments(TICKET)[-1] == made
    assert account.connector.find_comment(TICKET, NOTE, sent) == made
    assert account.service.outbox == []


def test_a_reply_reaches_the_customer(account: ZendeskAccount) -> None:
    reply = CommentDraft(body="It is fixed", audience=Audience.CUSTOMER, marker="lw-reply-1")
    assert account.connector.comment(TICKET, reply).audience is Audience.CUSTOMER
    assert [mail.to for mail in account.service.outbox] == ["ann.ames@acme.example"]


def test_looking_for_a_comment_stops_at_the_time_of_sending(account: ZendeskAccount) -> None:
    account.notes(150)
    account.sandbox.clock.advance(3600)
    account.connector.comment(TICKET, NOTE)
    calls = account.calls()
    wanted = NOTE.model_copy(update={"marker": "lw-another"})
    assert account.connector.find_comment(TICKET, wanted, account.sandbox.clock.now()) is None
    assert account.calls() - calls == 1


def test_a_closed_ticket_refuses_writes(account: ZendeskAccount) -> None:
    account.sandbox.call(lambda: account.service.person_sets("1", status="closed"))
    with pytest.raises(Rejected, match="closed prevents ticket update"):
        account.connector.comment(TICKET, NOTE)
    assert account.connector.get(TICKET).item.closed


def test_a_ticket_that_is_not_there_is_not_found(account: ZendeskAccount) -> None:
    for nowhere in ("99", "ENG-1"):
        with pytest.raises(NotFound):
            account.connector.get(Ref(connection="zendesk", id=nowhere))
        with pytest.raises(NotFound):
            account.connector.comment(Ref(connection="zendesk", id=nowhere), NOTE)


def test_a_foreign_external_id_is_no_marker(account: ZendeskAccount) -> None:
    account.service.state.tickets[1].external_id = "crm-77"
    assert account.connector.get(TICKET).item.marker is None


def test_a_ticket_of_internal_notes_alone_is_internal(account: ZendeskAccount) -> None:
    for comment in account.service.state.tickets[1].comments:
        comment.public = False
    assert account.connector.get(TICKET).item.audience is Audience.INTERNAL


def test_what_appears_later_is_learnt(account: ZendeskAccount) -> None:
    account.connector.get(TICKET)
    state = account.service.state
    added = TicketField(state.next_id(), "text", "Product area", CREATED)
    state.fields[added.id] = added
    state.tickets[1].custom[added.id] = "twice"
    assert account.connector.get(TICKET).item.custom == {
        "product_area": "Data export",
        "group": "Support",
        f"product_area_{added.id}": "twice",
    }
    state.tickets[1].custom[987654] = "of a field that is gone"
    calls = account.calls()
    for _ in range(3):
        account.connector.get(TICKET)
    assert account.calls() - calls == 4, "three tickets, and the fields once"


def test_an_organization_without_figures_has_none(account: ZendeskAccount) -> None:
    state = account.service.state
    organization = Organization(state.next_id(), "Beta", CREATED, fields={"plan": None, "arr": "12.5"})
    state.organizations[organization.id] = organization
    state.tickets[1].organization_id = organization.id
    found = account.connector.get(TICKET).item.organization
    assert found is not None
    assert (found.plan, found.arr) == (None, 12.5)


def test_a_conflict_is_one(account: ZendeskAccount) -> None:
    with pytest.raises(Conflict, match="Safe Update"):
        account.connector._client.update(
            1, {"subject": "x", "safe_update": True, "updated_stamp": "2020-01-01T00:00:00Z"}
        )

"""How the Zendesk connector reads what changed: every ticket and every comment, by the thousand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.model import Audience, Comment, CommentDraft, Item, Ref
from connectors.protocol import ChangePage, OpenGate
from connectors.zendesk import ZendeskConnector
from sandbox.zendesk.editing import REDACTED
from sandbox.zendesk.inputs import CommentInput, TicketInput
from tests.conformance.zendesk_world import ZendeskAccount, zendesk_account

TICKET = Ref(connection="zendesk", id="1")
EXPORTS = ("GET /api/v2/incremental/tickets/cursor.json", "GET /api/v2/incremental/ticket_events.json")


@pytest.fixture
def account() -> Iterator[ZendeskAccount]:
    with zendesk_account() as account:
        yield account


def pages(connector: ZendeskConnector, cursor: str | None = None) -> Iterator[ChangePage]:
    """One round."""
    while True:
        page = connector.changes(cursor)
        yield page
        cursor = page.cursor
        if not page.more:
            return


class Mirror:
    """What somebody knows who has read all pages so far."""

    def __init__(self) -> None:
        self.cursor: str | None = None
        self.items: dict[str, Item] = {}
        self.comments: dict[str, dict[str, Comment]] = {}
        self.pages = 0

    def take(self, connector: ZendeskConnector) -> bool:
        """Read one page; whether there is more."""
        page = connector.changes(self.cursor)
        self.cursor, self.pages = page.cursor, self.pages + 1
        for seen in page.observations:
            assert seen.comments_follow
            self.items[seen.item.ref.id] = seen.item
        for said in page.said:
            known = self.comments.setdefault(said.ref.id, {})
            known.update({comment.id: comment for comment in said.comments})
        return page.more

    def round(self, connector: ZendeskConnector) -> None:
        while self.take(connector):
            pass


def test_everything_is_read_by_the_thousand(account: ZendeskAccount) -> None:
    account.tickets(1_000)
    account.notes(998)
    account.settle()
    mirror = Mirror()
    mirror.round(account.connector)
    assert len(mirror.items) == 1_001
    assert len(mirror.comments["1"]) == 1_000
    # 1,001 tickets, and 1,001 creations with 1,000 comments
    assert account.requests.made.count(EXPORTS[0]) == 2
    assert account.requests.made.count(EXPORTS[1]) <= 3, "a page grows where updates share a second"
    others = [one for one in account.requests.made if one not in EXPORTS]
    assert others == ["GET /api/v2/brands.json", "GET /api/v2/ticket_fields.json"]


def test_an_idle_poll_is_two_calls_and_tells_nothing(account: ZendeskAccount) -> None:
    mirror = Mirror()
    mirror.round(account.connector)
    before = account.calls()
    idle = list(pages(account.connect(), mirror.cursor))
    assert account.calls() - before == 2
    assert [(page.observations, page.said) for page in idle] == [((), ()), ((), ())]
    assert [page.more for page in idle] == [True, False]


def test_a_change_is_seen_once_its_minute_has_passed(account: ZendeskAccount) -> None:
    mirror = Mirror()
    mirror.round(account.connector)
    account.sandbox.call(lambda: account.service.person_sets("1", priority="urgent"))
    mirror.round(account.connector)
    assert mirror.items["1"].priority == "high"
    account.settle()
    mirror.round(account.connect())
    assert mirror.items["1"].priority == "urgent"


def test_an_empty_account_has_a_cursor_too(account: ZendeskAccount) -> None:
    account.service.state.tickets.clear()
    mirror = Mirror()
    mirror.round(account.connector)
    assert mirror.items == {}
    account.sandbox.call(lambda: account.service.person_creates(title="First", body="b"))
    account.settle()
    mirror.round(account.connector)
    assert [item.title for item in mirror.items.values()] == ["First"]


def test_comments_come_without_the_body_and_without_a_call_for_each_ticket(account: ZendeskAccount) -> None:
    number = account.sandbox.call(lambda: account.service.person_creates(title="New", body="the body"))
    account.sandbox.call(lambda: account.service.person_comments(number, "a note", internal=True))
    account.settle()
    mirror = Mirror()
    mirror.round(account.connector)
    before = account.calls()
    for item in ("1", number):
        ref = Ref(connection="zendesk", id=item)
        assert tuple(mirror.comments[item].values()) == account.connector.comments(ref)
    assert account.calls() - before == 2
    assert [(one.body, one.audience) for one in mirror.comments[number].values()] == [
        ("a note", Audience.INTERNAL)
    ]


def test_authors_whom_no_ticket_names_are_read_by_the_hundred(account: ZendeskAccount) -> None:
    mirror = Mirror()
    mirror.round(account.connector)
    account.connector.comment(TICKET, CommentDraft(body="Ours", marker="lw-ours"))
    account.settle()
    fresh = account.connect()
    before = len(account.requests.made)
    mirror.round(fresh)
    (ours,) = [one for one in mirror.comments["1"].values() if one.body == "Ours"]
    assert ours.author is not None
    assert (ours.author.name, ours.marker) == ("Loopwright", "lw-ours")
    made = account.requests.made[before:]
    assert made.count("GET /api/v2/users/show_many.json") == 1


def test_an_account_whose_events_leave_metadata_out_has_comments_all_the_same(
    account: ZendeskAccount,
) -> None:
    account.service.conduct.events_tell_metadata = False
    account.connector.comment(TICKET, CommentDraft(body="Ours", marker="lw-ours"))
    account.settle()
    mirror = Mirror()
    mirror.round(account.connector)
    assert [(one.body, one.marker) for one in mirror.comments["1"].values()][-1] == ("Ours", None)


def test_a_comment_that_was_blackened_or_hidden_is_read_again(account: ZendeskAccount) -> None:
    mirror = Mirror()
    mirror.round(account.connector)
    state, editor = account.service.state, account.service.editor
    ticket, agent = state.tickets[1], state.users_by_email["sue@northwind.example"]
    reply = ticket.comments[2]
    assert mirror.comments["1"][str(reply.id)].audience is Audience.CUSTOMER

    def hide() -> None:
        editor.make_private(agent, ticket, reply)
        editor.redact(agent, ticket, ticket.comments[1], "Seen")

    account.sandbox.call(hide)
    account.settle()
    before = account.calls()
    mirror.round(account.connector)
    assert account.calls() - before == 3, "both exports, and the comments of that ticket once"
    known = mirror.comments["1"]
    assert known[str(reply.id)].audience is Audience.INTERNAL
    assert known[str(ticket.comments[1].id)].body == f"{REDACTED * 4} *before*"
    before = account.calls()
    mirror.round(account.connector)
    assert account.calls() - before == 2, "not again and again"


def test_a_ticket_that_is_deleted_before_its_comments_are_read_again_stops_nothing(
    account: ZendeskAccount,
) -> None:
    state, editor = account.service.state, account.service.editor
    ticket, agent = state.tickets[1], state.users_by_email["sue@northwind.example"]
    account.sandbox.call(lambda: editor.redact(agent, ticket, ticket.comments[1], "Seen"))
    account.settle()

    def delete(method: str, path: str) -> None:
        if path.endswith("/comments.json"):
            account.sandbox.call(lambda: editor.delete(agent, ticket))

    connector = account.connect(gate=OpenGate(delete))
    assert [said for page in pages(connector) for said in page.said] == []
    assert ticket.deleted


def test_what_is_said_in_other_brands_is_not_told(account: ZendeskAccount) -> None:
    number = account.sandbox.call(
        lambda: account.service.person_creates(title="Elsewhere", body="b", container="Community")
    )
    account.sandbox.call(lambda: account.service.person_comments(number, "private matters", internal=True))
    account.settle()
    read = list(pages(account.connect(brands=("Northwind",))))
    assert {seen.item.ref.id for page in read for seen in page.observations} == {"1"}
    assert {said.ref.id for page in read for said in page.said} == {"1"}


def test_a_cursor_of_an_older_version_still_leads_on(account: ZendeskAccount) -> None:
    after = json.loads(account.connector.changes(None).cursor)["after"]
    mirror = Mirror()
    mirror.cursor = json.dumps({"after": after})
    mirror.round(account.connector)
    assert mirror.items == {}, "no ticket has changed since"
    assert len(mirror.comments["1"]) == 2, "comments are read from the beginning"


def test_a_page_that_fails_is_read_again_and_no_other(account: ZendeskAccount) -> None:
    first = account.connector.changes(None)
    account.breaks("unavailable", "ticket_events")
    with pytest.raises(Exception, match="503"):
        account.connector.changes(first.cursor)
    before = len(account.requests.made)
    account.connector.changes(first.cursor)
    assert account.requests.made[before:] == [EXPORTS[1]]


ACTS = st.one_of(
    st.tuples(st.just("create"), st.just(0), st.integers(-30, 30)),
    st.tuples(st.just("edit"), st.integers(0, 5), st.integers(-30, 30)),
    st.tuples(st.just("note"), st.integers(0, 5), st.integers(-30, 30)),
    st.tuples(st.just("reply"), st.integers(0, 5), st.integers(-30, 30)),
    st.tuples(st.just("hide"), st.integers(0, 5), st.just(0)),
    st.tuples(st.just("touch"), st.integers(0, 5), st.just(0)),
    st.tuples(st.just("wait"), st.integers(0, 90), st.just(0)),
    st.tuples(st.just("read"), st.integers(1, 3), st.just(0)),
    st.tuples(st.just("restart"), st.just(0), st.just(0)),
)


def act(account: ZendeskAccount, kind: str, which: int, skew: int) -> None:
    """What somebody does to a ticket, at a machine whose clock is ``skew`` seconds behind, or ahead."""
    state, editor = account.service.state, account.service.editor
    at = state.now() - timedelta(seconds=skew)
    agent, customer = (
        state.users_by_email["sue@northwind.example"],
        state.users_by_email["ann.ames@acme.example"],
    )
    number = 1 + which % len(state.tickets)
    ticket = state.tickets[number]
    if kind == "create":
        wanted = TicketInput(subject="New", comment=CommentInput(body="b"))
        editor.create(customer, wanted, channel="web", at=at)
    elif kind == "edit":
        editor.update(agent, ticket, TicketInput(subject=f"Title {at}"), channel="web", at=at)
    elif kind == "touch":
        state.system_update(ticket)
    elif kind == "hide":
        editor.make_private(agent, ticket, ticket.comments[-1])
    else:
        who = agent if kind == "note" else customer
        said = CommentInput(body=f"{kind} at {at}", public=kind != "note")
        editor.update(who, ticket, TicketInput(comment=said), channel="web", at=at)


@settings(max_examples=25, deadline=None)
@given(acts=st.lists(ACTS, min_size=3, max_size=25))
def test_no_change_and_no_comment_is_missed_whatever_the_order_of_edits_and_reads(
    acts: list[tuple[str, int, int]],
) -> None:
    with zendesk_account() as account:
        mirror, connector = Mirror(), account.connector
        for kind, number, skew in acts:
            if kind == "wait":
                account.sandbox.clock.advance(number)
            elif kind == "read":
                for _ in range(number):
                    mirror.take(connector)
            elif kind == "restart":
                connector = account.connect()
            else:
                account.sandbox.call(lambda kind=kind, n=number, skew=skew: act(account, kind, n, skew))  # type: ignore[misc]
        account.sandbox.clock.advance(120)
        mirror.round(connector)
        mirror.round(connector)
        for number in account.service.state.tickets:
            ref = Ref(connection="zendesk", id=str(number))
            assert mirror.items[ref.id] == account.connector.get(ref).item
            said = sorted(mirror.comments.get(ref.id, {}).values(), key=lambda one: int(one.id))
            assert tuple(said) == account.connector.comments(ref)

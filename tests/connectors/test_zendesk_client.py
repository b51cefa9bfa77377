"""The traps of zenpy and of the network: each request is made once, counted, and never waited for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from connectors.errors import (
    OutcomeUnknown,
    RateLimited,
    Unavailable,
)
from connectors.model import CommentDraft, Draft, Patch, Ref
from connectors.protocol import OpenGate
from connectors.zendesk import ZendeskConnector, ZendeskSettings
from sandbox.faults import FaultKind
from tests.conformance.zendesk_world import ZendeskAccount, zendesk_account

TICKET = Ref(connection="zendesk", id="1")
DRAFT = Draft(container="", title="Once", body="only", marker="lw-once")
NOTE = CommentDraft(body="once", marker="lw-note")


@pytest.fixture
def account() -> Iterator[ZendeskAccount]:
    with zendesk_account() as account:
        yield account


@pytest.fixture(autouse=True)
def nobody_sleeps(monkeypatch: pytest.MonkeyPatch) -> None:
    def sleep(seconds: float) -> None:
        raise AssertionError(f"the client slept {seconds} s")

    monkeypatch.setattr("zenpy.lib.api.sleep", sleep)


def create(connector: ZendeskConnector) -> object:
    return connector.create(DRAFT)


def update(connector: ZendeskConnector) -> object:
    return connector.update(TICKET, Patch(fields={"title": "New"}))


def note(connector: ZendeskConnector) -> object:
    return connector.comment(TICKET, NOTE)


def label(connector: ZendeskConnector) -> object:
    return connector.update(TICKET, Patch(add_labels=("one",)))


def unlabel(connector: ZendeskConnector) -> object:
    return connector.update(TICKET, Patch(remove_labels=("export",)))


def read(connector: ZendeskConnector) -> object:
    return connector.get(TICKET)


def list_changes(connector: ZendeskConnector) -> object:
    return connector.changes(None)


def read_comments(connector: ZendeskConnector) -> object:
    return connector.comments(TICKET)


Act = Callable[[ZendeskConnector], object]
WRITES = [(create, "POST /"), (update, "PUT /"), (note, "PUT /"), (label, "PUT /"), (unlabel, "PUT /")]
READS = [(read, "GET /"), (list_changes, "GET /"), (read_comments, "GET /")]


@pytest.mark.parametrize(("act", "match"), WRITES)
@pytest.mark.parametrize("kind", ["lose_answer", "lose_request", "unavailable", "html"])
def test_a_write_that_fails_in_between_is_unknown_and_not_repeated(
    account: ZendeskAccount, act: Act, match: str, kind: FaultKind
) -> None:
    account.breaks(kind, match)
    with pytest.raises(OutcomeUnknown):
        act(account.connector)
    method = match.partition(" ")[0]
    assert account.sandbox.faults["zendesk"].calls[method] == 1


@pytest.mark.parametrize(("act", "match"), READS)
@pytest.mark.parametrize("kind", ["lose_answer", "lose_request", "unavailable", "html"])
def test_a_read_that_fails_changed_nothing(
    account: ZendeskAccount, act: Act, match: str, kind: FaultKind
) -> None:
    account.breaks(kind, match)
    with pytest.raises(Unavailable):
        act(account.connector)
    assert account.calls() == 1


@pytest.mark.parametrize(("act", "match"), WRITES + READS)
def test_a_429_is_handed_back_with_its_time(account: ZendeskAccount, act: Act, match: str) -> None:
    account.breaks("rate_limited", match)
    with pytest.raises(RateLimited) as caught:
        act(account.connector)
    assert caught.value.retry_after == 1.0


def test_the_export_limit_is_handed_back_too() -> None:
    with zendesk_account(limits=True) as account:
        second = account.sandbox.clock.now().second
        account.sandbox.clock.advance(60 - second)
        for _ in range(10):
            account.connector.changes(None)
        with pytest.raises(RateLimited) as caught:
            account.connector.changes(None)
        assert caught.value.retry_after is not None
        assert 0 < caught.value.retry_after <= 60


def test_a_created_ticket_whose_answer_was_lost_is_found_and_made_once(account: ZendeskAccount) -> None:
    sent = account.sandbox.clock.now()
    account.breaks("lose_answer", "POST /")
    with pytest.raises(OutcomeUnknown):
        account.connector.create(DRAFT)
    found = account.connector.find(DRAFT, sent)
    assert found is not None
    assert found.marker == DRAFT.marker
    assert account.connector.create(DRAFT) == found, "the Idempotency-Key is kept for two hours"
    assert len(account.service.state.tickets) == 2


def test_a_note_whose_answer_was_lost_is_found(account: ZendeskAccount) -> None:
    sent = account.sandbox.clock.now()
    account.breaks("lose_answer", "PUT /")
    with pytest.raises(OutcomeUnknown):
        account.connector.comment(TICKET, NOTE)
    found = account.connector.find_comment(TICKET, NOTE, sent)
    assert found is not None
    assert found.marker == NOTE.marker
    account.breaks("lose_request", "PUT /")
    with pytest.raises(OutcomeUnknown):
        account.connector.comment(TICKET, NOTE.model_copy(update={"marker": "lw-lost"}))
    lost = NOTE.model_copy(update={"marker": "lw-lost"})
    assert account.connector.find_comment(TICKET, lost, sent) is None


def test_reading_back_after_a_write_never_says_that_nothing_happened(account: ZendeskAccount) -> None:
    account.breaks("unavailable", "GET /api/v2/users/show_many")
    with pytest.raises(OutcomeUnknown, match="was written"):
        account.connector.create(DRAFT)
    assert len(account.service.state.tickets) == 2


def test_every_request_passes_the_gate(account: ZendeskAccount) -> None:
    for act in (create, update, note, label, unlabel, read, list_changes, read_comments):
        act(account.connector)
    account.connector.check()
    account.connector.find(DRAFT, account.sandbox.clock.now())
    account.connector.find_comment(TICKET, NOTE, account.sandbox.clock.now())
    assert len(account.requests.made) == account.calls()
    assert "POST /api/v2/tickets.json" in account.requests.made


def test_a_gate_that_refuses_stops_the_request(account: ZendeskAccount) -> None:
    class Closed(Exception):
        pass

    def gate(method: str, path: str) -> None:
        raise Closed

    settings = ZendeskSettings(url=account.service.base_url, email="a@example.com", api_token=SecretStr("t"))
    with pytest.raises(Closed):
        ZendeskConnector.open("zendesk", settings, OpenGate(gate)).check()
    assert account.calls() == 0


def test_nothing_is_cached_by_the_client(account: ZendeskAccount) -> None:
    assert account.connector.get(TICKET).item.title == "Export fails"
    account.sandbox.call(lambda: account.service.person_sets("1", title="Changed"))
    assert account.connector.get(TICKET).item.title == "Changed"


def test_only_what_is_named_is_sent_and_none_is_sent_as_null(account: ZendeskAccount) -> None:
    account.connector.update(TICKET, Patch(fields={"assignee": None, "type": None}))
    audit = account.service.state.tickets[1].audits[-1]
    assert {change.name: change.value for change in audit.changes} == {"assignee_id": None, "type": None}


def test_no_customers_word_and_no_secret_is_logged(
    account: ZendeskAccount, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    account.connector.comment(TICKET, NOTE.model_copy(update={"body": "between us"}))
    account.connector.get(TICKET)
    assert caplog.text, "urllib3 tells of its requests"
    for word in ("between us", "Export fails", "sandbox-token", "ann.ames"):
        assert word not in caplog.text


def test_two_accounts_live_in_one_process(account: ZendeskAccount) -> None:
    with zendesk_account() as other:
        other.sandbox.call(lambda: other.service.person_sets("1", title="The other one"))
        assert account.connector.get(TICKET).item.title == "Export fails"
        assert other.connector.get(TICKET).item.title == "The other one"
        assert account.connector.get(TICKET).item.title == "Export fails"


def test_the_environment_moves_nothing(account: ZendeskAccount, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZENPY_FORCE_NETLOC", "127.0.0.1:9")
    monkeypatch.setenv("ZENPY_FORCE_SCHEME", "http")
    assert account.connector.check().name == "Loopwright"


def test_a_netrc_does_not_replace_the_token(
    account: ZendeskAccount, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    oauth = account.connect(email=None, api_token=None, oauth_token=SecretStr("sandbox-token"))
    for connector in (account.connector, oauth):
        assert connector.check().name == "Loopwright"

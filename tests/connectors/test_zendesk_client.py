"""The traps of zenpy and of the network: each request is made once, counted, and never waited for."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from connectors.errors import (
    AuthFailed,
    Conflict,
    ConnectorError,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)
from connectors.model import CommentDraft, Draft, Patch, Ref
from connectors.zendesk import ZendeskConnector, ZendeskSettings
from sandbox.faults import FaultKind
from tests.conformance.zendesk_world import Requests, ZendeskAccount, zendesk_account

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
WRITES = [(create, "POST /"), (update, "PUT /"), (note, "PUT /"), (label, "PUT /"), (unlabel, "DELETE /")]
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
        ZendeskConnector.open("zendesk", settings, gate).check()
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


def test_a_refused_connection_proves_that_nothing_was_sent() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    connector = _to(f"http://127.0.0.1:{port}")
    for act in (read, update):
        with pytest.raises(Unavailable, match="could not be made"):
            act(connector)


class OneAnswer:
    """A server that gives one fixed answer to every request."""

    def __init__(self, answer: bytes | None) -> None:
        self._answer = answer
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self.requests = 0
        self._open: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            received = b""
            while b"\r\n\r\n" not in received:
                received += connection.recv(65536)
            self.requests += 1
            if self._answer is not None:
                connection.sendall(self._answer)
                connection.close()

    def close(self) -> None:
        self._socket.close()
        for connection in self._open:
            connection.close()


def _to(url: str, timeout: float = 5.0) -> ZendeskConnector:
    settings = ZendeskSettings(
        url=url, email="bot@example.com", api_token=SecretStr("hush-hush"), timeout_seconds=timeout
    )
    return ZendeskConnector.open("support", settings, Requests())


def _answer(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@pytest.fixture
def serve() -> Iterator[Callable[[bytes | None], OneAnswer]]:
    servers: list[OneAnswer] = []

    def start(answer: bytes | None) -> OneAnswer:
        servers.append(OneAnswer(answer))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


Serve = Callable[[bytes | None], OneAnswer]


def test_a_timeout_is_a_fraction_of_a_second(serve: Serve) -> None:
    server = serve(None)
    started = time.monotonic()
    with pytest.raises(Unavailable):
        read(_to(server.url, timeout=0.2))
    with pytest.raises(OutcomeUnknown):
        update(_to(server.url, timeout=0.2))
    assert time.monotonic() - started < 3
    assert server.requests == 2


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("Retry-After: 0.5", 0.5),
        ("Retry-After: 93", 93.0),
        ("ratelimit-reset: 41", 41.0),
        ("X-None: 1", None),
    ],
)
def test_any_form_of_retry_after_is_read(serve: Serve, header: str, seconds: float | None) -> None:
    server = serve(_answer("429 Too Many Requests", b"<html>slow down</html>", header))
    with pytest.raises(RateLimited) as caught:
        read(_to(server.url))
    assert caught.value.retry_after == seconds


def test_a_date_as_retry_after_is_read(serve: Serve) -> None:
    server = serve(_answer("429 Too Many Requests", b"{}", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT"))
    with pytest.raises(RateLimited) as caught:
        read(_to(server.url))
    assert caught.value.retry_after == 0.0


@pytest.mark.parametrize(
    ("status", "body", "error", "words"),
    [
        ("401 Unauthorized", b'{"error":"Couldn\'t authenticate you"}', AuthFailed, "authenticate"),
        ("403 Forbidden", b'{"error":{"title":"Forbidden","message":"No access"}}', AuthFailed, "No access"),
        ("404 Not Found", b'{"error":"RecordNotFound","description":"Not found"}', NotFound, "Not found"),
        ("404 Not Found", b"<html>nothing</html>", NotFound, "404"),
        ("410 Gone", b"", NotFound, "410"),
        (
            "409 Conflict",
            b'{"error":"DatabaseConflict","description":"Database collision"}',
            Conflict,
            "coll",
        ),
        (
            "422 Unprocessable",
            b'{"error":"invalid","description":"Invalid search"}',
            Rejected,
            "Invalid search",
        ),
        ("400 Bad Request", b"[1]", Rejected, "400"),
        ("301 Moved", b"", Rejected, "set url"),
    ],
)
def test_an_error_answer_becomes_our_error_with_their_words(
    serve: Serve, status: str, body: bytes, error: type[ConnectorError], words: str
) -> None:
    location = "Location: http://127.0.0.1:1/"
    connector = _to(serve(_answer(status, body, location)).url)
    for act in (read, update):
        with pytest.raises(error, match=words) as caught:
            act(connector)
        assert "support: " in str(caught.value)
        assert "hush" not in str(caught.value)


def test_a_422_names_the_fields_and_stays_short(serve: Serve) -> None:
    body = (
        b'{"error":"RecordInvalid","description":"Record validation errors","details":{"priority":'
        b'[{"description":"Priority: is wrong","error":"x"}],"base":[{"description":"' + b"y" * 900 + b'"}]}}'
    )
    with pytest.raises(Rejected, match="Priority: is wrong; yyy") as caught:
        update(_to(serve(_answer("422 Unprocessable", body)).url))
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("body", [b"<html>Sign in</html>", b'{"tickets":[]}', b""])
def test_a_good_status_with_a_strange_body_is_no_success(serve: Serve, body: bytes) -> None:
    connector = _to(serve(_answer("200 OK", body)).url)
    with pytest.raises(Unavailable, match="something else"):
        read(connector)
    with pytest.raises(OutcomeUnknown, match="something else"):
        update(connector)


def test_an_answer_cut_short_is_no_success(serve: Serve) -> None:
    cut = _answer("200 OK", b'{"ticket":' + b" " * 100)[:-50]
    connector = _to(serve(cut).url)
    with pytest.raises(Unavailable):
        read(connector)
    with pytest.raises(OutcomeUnknown):
        update(connector)


def test_an_idle_answer_without_a_cursor_keeps_the_last_one(serve: Serve) -> None:
    idle = b'{"tickets":[],"after_cursor":null,"end_of_stream":true}'
    connector = _to(serve(_answer("200 OK", idle)).url)
    page = connector.changes('{"after":"MTU3NjYxMzUzOS4wfHw0Njd8"}')
    assert page.cursor == '{"after":"MTU3NjYxMzUzOS4wfHw0Njd8"}'
    assert not page.more

"""What the Zendesk connector makes of answers that no emulation gives: odd, late, cut short or none."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from pydantic import SecretStr

from connectors.errors import (
    AuthFailed,
    Conflict,
    ConnectorError,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)
from connectors.model import Patch, Ref
from connectors.zendesk import ZendeskConnector, ZendeskSettings
from tests.conformance.zendesk_world import Requests

TICKET = Ref(connection="zendesk", id="1")


def read(connector: ZendeskConnector) -> object:
    return connector.get(TICKET)


def update(connector: ZendeskConnector) -> object:
    return connector.update(TICKET, Patch(fields={"title": "New"}))


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
        ("403 Forbidden", b'{"error":{"title":"Forbidden","message":"No access"}}', Forbidden, "No access"),
        ("404 Not Found", b'{"error":"RecordNotFound","description":"Not found"}', NotFound, "Not found"),
        ("404 Not Found", b"<html>nothing</html>", NotFound, "404"),
        ("410 Gone", b"", NotFound, "410"),
        (
            "409 Conflict",
            b'{"error":"UpdateConflict","description":"Safe Update prevented the update"}',
            Conflict,
            "Safe Update",
        ),
        (
            "422 Unprocessable",
            b'{"error":"invalid","description":"Invalid search"}',
            Rejected,
            "Invalid search",
        ),
        ("400 Bad Request", b"[1]", Rejected, "400"),
        (
            "409 Conflict",
            b'{"error":"DatabaseConflict","description":"Database collision"}',
            Unavailable,
            "coll",
        ),
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
    assert json.loads(page.cursor)["after"] == "MTU3NjYxMzUzOS4wfHw0Njd8"

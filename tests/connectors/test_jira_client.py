"""The traps of the jira client: none of them is left open."""

from __future__ import annotations

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from connectors.errors import (
    AuthFailed,
    Conflict,
    Forbidden,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Unavailable,
)
from connectors.jira import JiraConnector
from connectors.model import CommentDraft, Draft, Patch, Ref
from tests.conformance.jira_world import JiraSite, Requests, jira_site, settings


@pytest.fixture
def site() -> Iterator[JiraSite]:
    with jira_site() as site:
        yield site


DRAFT = Draft(container="ENG", title="New", body="A customer's words", marker="lw-1a2b3c")


def _ref(site: JiraSite) -> Ref:
    return Ref(connection="jira", id=site.id("ENG-1"))


def test_opening_asks_nothing(site: JiraSite) -> None:
    assert site.connect().settles.total_seconds() == 0
    assert site.calls() == 0


@pytest.mark.parametrize("fault", ["lose_answer", "lose_request", "unavailable"])
def test_a_create_is_sent_once(site: JiraSite, fault: str) -> None:
    """By itself the client would send it four times, and sleep in between."""
    site.breaks(fault, "^POST /rest/api/3/issue$")  # type: ignore[arg-type]
    started = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        site.connector.create(DRAFT)
    assert site.requests.made.count("POST /issue") == 1
    assert site.calls() == len(site.requests.made) == 1
    assert len(site.site.issues) == (4 if fault == "lose_answer" else 3)
    assert time.monotonic() - started < 5


def test_a_limit_is_neither_waited_for_nor_repeated(site: JiraSite) -> None:
    site.breaks("rate_limited", "myself")
    with pytest.raises(RateLimited) as caught:
        site.connector.check()
    assert caught.value.retry_after == 1.0
    assert site.calls() == 1


def test_a_real_limit_gives_its_reason() -> None:
    with jira_site(limits=True) as site:
        for number in range(20):
            site.connector.update(_ref(site), Patch(fields={"title": f"Title {number}"}))
        with pytest.raises(RateLimited, match="jira-per-issue-on-write") as caught:
            site.connector.update(_ref(site), Patch(fields={"title": "One too many"}))
        assert caught.value.retry_after is not None
        assert caught.value.retry_after >= 1


def test_calls_have_no_hidden_companions(site: JiraSite) -> None:
    connector, ref = site.connector, _ref(site)
    connector.get(ref)
    expected = {
        "get": ["GET"],
        "create": ["POST", "GET"],
        "update": ["PUT"],
        "status": ["POST", "GET"],
        "comment": ["GET", "GET", "POST"],  # are there service projects among ours: asked once
        "comments": ["GET", "POST"],
    }
    acts: dict[str, Callable[[], object]] = {
        "get": lambda: connector.get(ref),
        "create": lambda: connector.create(DRAFT),
        "update": lambda: connector.update(ref, Patch(fields={"title": "x"}, add_labels=("y",))),
        "status": lambda: connector.update(ref, Patch(fields={"status": "Done"})),
        "comment": lambda: connector.comment(
            ref, CommentDraft.model_validate({"body": "x", "audience": "customer", "marker": "lw-1"})
        ),
        "comments": lambda: connector.comments(ref),
    }
    connector._mover.plan(ref.id, "Done")
    made = {}
    for name, act in acts.items():
        site.requests.made.clear()
        before = site.calls()
        act()
        made[name] = [request.split()[0] for request in site.requests.made]
        assert site.calls() - before == len(made[name])
    made["comments"] = [*made["comments"], "POST"][:2]  # the marker of our own comment was known already
    assert made == expected


def test_the_search_sends_what_the_reference_allows(site: JiraSite) -> None:
    """The client's own search method would send nulls, and read all fields first."""
    sent: list[str | bytes | None] = []
    session = site.connector._client.wire.session
    session.hooks["response"].append(lambda response, **kwargs: sent.append(response.request.body))
    site.connector.changes(None)
    assert sent
    assert all("null" not in str(body) for body in sent)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, AuthFailed),
        (403, Forbidden),
        (404, NotFound),
        (409, Conflict),
        (410, NotFound),
        (413, Rejected),
    ],
)
def test_what_a_status_means(status: int, error: type[Exception]) -> None:
    with _answering(f"HTTP/1.1 {status} X\r\nContent-Length: 2\r\n\r\n{{}}") as (connector, _):
        with pytest.raises(error):
            connector.check()
        with pytest.raises(error):
            connector.create(DRAFT)


def test_an_html_page_with_200_is_no_answer() -> None:
    page = "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<html>x</html>\n"
    with _answering(page) as (connector, _):
        for read in (connector.check, lambda: connector.changes(None), lambda: connector.audience("ENG")):
            with pytest.raises(Unavailable, match="not in Jira's form"):
                read()
        with pytest.raises(OutcomeUnknown, match="not in Jira's form"):
            connector.create(DRAFT)


def test_a_body_that_breaks_off_is_a_lost_answer() -> None:
    with _answering('HTTP/1.1 201 Created\r\nContent-Length: 900\r\n\r\n{"id": "1"') as (connector, _):
        with pytest.raises(OutcomeUnknown, match="answer was lost"):
            connector.create(DRAFT)
        with pytest.raises(Unavailable, match="answer was lost"):
            connector.check()


def test_a_time_out_of_a_write_leaves_it_open() -> None:
    with _answering("", timeout_seconds=0.2) as (connector, _):
        with pytest.raises(OutcomeUnknown, match="ReadTimeout"):
            connector.create(DRAFT)
        with pytest.raises(Unavailable, match="ReadTimeout"):
            connector.check()


def test_a_redirect_is_not_followed() -> None:
    """A POST would become a GET on the way, and nothing would be written."""
    moved = "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0\r\n\r\n"
    with _answering(moved) as (connector, requests):
        with pytest.raises(Rejected, match="302") as caught:
            connector.create(DRAFT)
        assert "url" in caught.value.advice
        assert len(requests.made) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ("Retry-After: 7", 7.0),
        ("Date: Mon, 05 Jan 2026 10:00:00 GMT\r\nRetry-After: Mon, 05 Jan 2026 10:00:30 GMT", 30.0),
        ("Date: Mon, 05 Jan 2026 10:00:00 GMT\r\nX-RateLimit-Reset: 2026-01-05T10:01:00Z", 60.0),
        ("Date: Mon, 05 Jan 2026 10:00:00 GMT\r\nX-RateLimit-Reset: 2026-01-05T09:00:00Z", 0.0),
        ("Retry-After: soon", None),
        ("X-Other: 1", None),
    ],
)
def test_how_long_to_wait(headers: str, seconds: float | None) -> None:
    """An HTTP date in Retry-After would make the client itself fail with a ValueError."""
    answer = f"HTTP/1.1 429 Too Many\r\n{headers}\r\nContent-Length: 0\r\n\r\n"
    with _answering(answer) as (connector, _), pytest.raises(RateLimited) as caught:
        connector.check()
    assert caught.value.retry_after == seconds


def test_a_503_may_say_how_long_to_wait_and_leaves_a_write_open() -> None:
    answer = "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n"
    with _answering(answer) as (connector, _):
        with pytest.raises(RateLimited) as caught:
            connector.check()
        assert caught.value.retry_after == 7.0
        with pytest.raises(OutcomeUnknown):
            connector.create(DRAFT)


def test_a_captcha_is_named() -> None:
    headers = "X-Authentication-Denied-Reason: CAPTCHA_CHALLENGE; login-url=x\r\nContent-Length: 0"
    answer = f"HTTP/1.1 403 No\r\n{headers}\r\n\r\n"
    with _answering(answer) as (connector, _), pytest.raises(AuthFailed) as caught:
        connector.check()
    assert "CAPTCHA" in caught.value.advice


def test_errors_quote_fields_and_no_texts() -> None:
    body = (
        "{\"errorMessages\": [\"Value 'Acme Corp is angry' is not allowed for 'priority'\"],"
        ' "errors": {"customfield_1": "\\"secret words\\" is no option"}}'
    )
    answer = f"HTTP/1.1 400 Bad\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    with _answering(answer) as (connector, _), pytest.raises(Rejected) as caught:
        connector.create(DRAFT)
    message = str(caught.value)
    assert message == (
        "jira: POST /rest/api/3/issue: 400 Value '…' is not allowed for 'priority'; "
        "customfield_1: '…' is no option"
    )


def test_nothing_is_logged(site: JiraSite, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        site.breaks("html", "myself")
        with pytest.raises(Unavailable):
            site.connector.check()
        site.connector.create(DRAFT)
    assert "customer's words" not in caplog.text
    assert "sandbox-token" not in caplog.text


@contextmanager
def _answering(answer: str, **others: object) -> Iterator[tuple[JiraConnector, Requests]]:
    """A connector to a server that gives every request this answer, byte for byte; none for ``""``."""
    listening = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()
    held: list[socket.socket] = []

    def serve() -> None:
        while not done.is_set():
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            head = b""
            while b"\r\n\r\n" not in head and (part := connection.recv(65_536)):
                head += part
            if answer:
                connection.sendall(answer.replace("\r\n", "\r\nConnection: close\r\n", 1).encode())
                connection.shutdown(socket.SHUT_WR)
            held.append(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    requests = Requests()
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    connector = JiraConnector.open("jira", settings(url, **others), requests)
    try:
        yield connector, requests
    finally:
        connector.close()
        done.set()
        listening.shutdown(socket.SHUT_RDWR)
        listening.close()
        thread.join(5)
        for connection in held:
            connection.close()

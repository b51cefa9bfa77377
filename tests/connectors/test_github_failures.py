"""What each failure of GitHub and of the network becomes; no answer whatever breaks the connector."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

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
from connectors.github import GitHubConnector
from connectors.model import CommentDraft, Ref
from sandbox.github.limits import CREATED_PER_MINUTE, PER_HOUR
from sandbox.server import Sandbox
from tests.connectors.github_rig import APP, Gate, Rig, draft, limited, settings_for

__all__ = ["limited"]


class Scripted:
    """A server that answers everything with one given answer, and a connector to it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.answer: Response = JSONResponse({})
        self.headers: list[dict[str, str]] = []
        self.ports: set[int] = set()
        self.gate = Gate()
        methods = ["GET", "POST", "PATCH", "DELETE"]
        self.app = Starlette(routes=[Route("/{path:path}", self.reply, methods=methods)])
        self.base_url = f"http://127.0.0.1:{sandbox.mount(self.app)}/api/v3"
        self.connector = GitHubConnector.open("gh", settings_for(self.base_url), self.gate)

    async def reply(self, request: Request) -> Response:
        assert request.client
        self.ports.add(request.client.port)
        self.headers.append(dict(request.headers))
        if request.method == "GET" and request.url.path == "/api/v3/repos/a/private":
            return JSONResponse({"id": 1, "full_name": "a/private", "private": True})
        return self.answer

    def reading(self) -> ConnectorError:
        with pytest.raises(ConnectorError) as raised:
            self.connector.changes(None)
        return raised.value

    def writing(self) -> ConnectorError:
        with pytest.raises(ConnectorError) as raised:
            self.connector.create(draft(container="a/private"))
        return raised.value


@pytest.fixture
def scripted() -> Iterator[Scripted]:
    sandbox = Sandbox([])
    made = Scripted(sandbox)
    with sandbox.running():
        yield made
    made.connector.close()


def refusal(status: int, message: str, **headers: str) -> Response:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return JSONResponse({"message": message, "documentation_url": "https://docs.github.com"}, status, names)


@pytest.mark.parametrize(
    ("answer", "reading", "writing"),
    [
        (refusal(401, "Bad credentials"), AuthFailed, AuthFailed),
        (refusal(403, "Resource not accessible by integration"), Forbidden, Forbidden),
        (refusal(403, "Unable to create comment because issue is locked."), Rejected, Rejected),
        (refusal(403, "Repository was archived so is read-only."), Rejected, Rejected),
        (refusal(403, "You have exceeded a secondary rate limit."), RateLimited, RateLimited),
        (refusal(403, "API rate limit exceeded", x_ratelimit_remaining="0"), RateLimited, RateLimited),
        (refusal(403, "Slow down", retry_after="7"), RateLimited, RateLimited),
        (refusal(429, "Too many requests"), RateLimited, RateLimited),
        (refusal(404, "Not Found"), NotFound, NotFound),
        (refusal(410, "This issue was deleted"), NotFound, NotFound),
        (refusal(409, "Conflict"), Conflict, Conflict),
        (refusal(400, "Problems parsing JSON"), Rejected, Rejected),
        (refusal(422, "Validation Failed"), Rejected, Rejected),
        (refusal(451, "Repository access blocked"), Rejected, Rejected),
        (refusal(500, "Server Error"), Unavailable, OutcomeUnknown),
        (refusal(502, "Server Error"), Unavailable, OutcomeUnknown),
        (Response("<html>secret</html>", 502), Unavailable, OutcomeUnknown),
        (Response("<html>secret</html>", 200), Unavailable, OutcomeUnknown),
        (Response('{"id": 1, "title": "secret', 200), Unavailable, OutcomeUnknown),
        (Response("", 200), Unavailable, OutcomeUnknown),
        (JSONResponse(["secret"], 422), Unavailable, OutcomeUnknown),
        (JSONResponse({"id": "secret"}, 200), Unavailable, OutcomeUnknown),
        (JSONResponse({}, 202), Unavailable, OutcomeUnknown),
        (JSONResponse({}, 301, {"Location": "http://localhost:1/elsewhere"}), Unavailable, Conflict),
        (JSONResponse({}, 307, {"Location": "/again"}), Unavailable, Conflict),
    ],
)
def test_every_answer_becomes_one_of_our_errors(
    scripted: Scripted, answer: Response, reading: type[ConnectorError], writing: type[ConnectorError]
) -> None:
    scripted.answer = answer
    for error, expected in ((scripted.reading(), reading), (scripted.writing(), writing)):
        assert type(error) is expected, error
        assert "gh: " in error.message
        assert "secret" not in str(error)
        assert error.__cause__ is None
        assert error.__suppress_context__, "what is behind it may hold a customer's text"
    assert len(scripted.gate.calls) == len(scripted.headers)


def test_a_redirect_to_another_host_does_not_get_the_token(scripted: Scripted) -> None:
    scripted.answer = JSONResponse({}, 301, {"Location": "http://localhost:1/elsewhere"})
    assert "another host" in scripted.reading().message


def test_a_next_page_on_another_host_does_not_get_the_token(scripted: Scripted) -> None:
    link = {"Link": '<http://localhost:1/api/v3/issues?page=2>; rel="next"'}
    scripted.answer = JSONResponse([], 200, link)
    assert "another address than base_url" in scripted.reading().message


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "7"}, 7.0),
        ({}, 60.0),
        ({"X-RateLimit-Remaining": "12", "X-RateLimit-Reset": "1"}, 60.0),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}, 60.0),
    ],
)
def test_how_long_to_wait(scripted: Scripted, headers: dict[str, str], seconds: float) -> None:
    scripted.answer = JSONResponse({"message": "You have exceeded a secondary rate limit"}, 403, headers)
    error = scripted.reading()
    assert isinstance(error, RateLimited)
    assert error.retry_after == seconds


def test_the_end_of_the_hour_is_told_by_github_clock_not_by_ours(scripted: Scripted) -> None:
    reset = int(datetime.now(UTC).timestamp()) + 90
    headers = {"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(reset)}
    scripted.answer = JSONResponse({"message": "API rate limit exceeded"}, 403, headers)
    error = scripted.reading()
    assert isinstance(error, RateLimited)
    assert error.retry_after
    assert 80 < error.retry_after <= 91


def test_the_primary_limit(limited: Rig) -> None:
    limited.connector.audience(APP)
    limited.service.limits.used = PER_HOUR
    with pytest.raises(RateLimited, match="API rate limit exceeded") as raised:
        limited.connector.changes(None)
    assert raised.value.retry_after
    assert 3500 < raised.value.retry_after <= 3600


def test_the_secondary_limit(limited: Rig) -> None:
    for n in range(CREATED_PER_MINUTE):
        limited.connector.create(draft(marker=f"lw-{n}"))
    with pytest.raises(RateLimited, match="secondary rate limit") as raised:
        limited.connector.create(draft())
    assert raised.value.retry_after == 60


def test_a_refused_connection_means_that_nothing_was_sent() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        connector = GitHubConnector.open(
            "gh", settings_for(f"http://127.0.0.1:{unused.getsockname()[1]}"), Gate()
        )
        ref = Ref(connection="gh", id="1", key="a/b#1")
        with pytest.raises(Unavailable, match="could not be reached"):
            connector.comment(ref, CommentDraft(body="b", marker="lw-1"))
        connector.close()


def test_every_request_says_who_asks_for_which_version_and_keeps_its_connection(scripted: Scripted) -> None:
    scripted.answer = JSONResponse([], 200)
    for _ in range(3):
        scripted.connector.changes(None)
    sent = scripted.headers[-1]
    assert sent["user-agent"] == "loopwright"
    assert sent["x-github-api-version"] == "2022-11-28"
    assert sent["accept"] == "application/vnd.github+json"
    assert scripted.gate.calls[-1] == "GET /api/v3/repos/northwind/app/issues"
    assert len(scripted.ports) == 1

"""notion-client's habits and Notion's failures: one request a call, and an error that says what to do."""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

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
from connectors.model import CommentDraft, Draft, JsonValue, Patch
from connectors.notion import NotionConnector, NotionSettings
from connectors.notion.answers import User
from connectors.notion.client import NotionClient, Restricted, Saved, TooSlow, redacted
from connectors.protocol import OpenGate
from sandbox.faults import Fault, FaultKind
from sandbox.server import Sandbox
from tests.conformance.notion_world import NotionWorld


class Canned:
    """A server that gives the same answer to everything, and counts."""

    def __init__(self) -> None:
        self.sandbox = Sandbox([])
        self.answer: Response = JSONResponse({})
        self.requests: list[tuple[str, str, bytes]] = []
        self.headers: dict[str, str] = {}
        methods = ["GET", "POST", "PATCH", "DELETE"]
        app = Starlette(routes=[Route("/{path:path}", self._reply, methods=methods)])
        port = self.sandbox.mount(app)
        settings = NotionSettings.model_validate({"base_url": f"http://127.0.0.1:{port}/", "token": "secret"})
        self.gate = OpenGate()
        self.client = NotionClient("acme", settings, self.gate)

    async def _reply(self, request: Request) -> Response:
        self.requests.append((request.method, request.url.path, await request.body()))
        self.headers = dict(request.headers)
        return self.answer

    def says(self, status: int, code: str, headers: dict[str, str] | None = None, **extra: JsonValue) -> None:
        body: dict[str, JsonValue] = {"object": "error", "status": status, "code": code, "message": "No."}
        self.answer = JSONResponse(body | ({"additional_data": extra} if extra else {}), status, headers)


@pytest.fixture
def canned() -> Iterator[Canned]:
    one = Canned()
    with one.sandbox.running():
        try:
            yield one
        finally:
            one.client.close()


def test_the_request(canned: Canned) -> None:
    canned.answer = JSONResponse({"id": "u-1"})
    assert canned.client.read(User, "GET", "users/me").id == "u-1"
    assert canned.gate.calls == [("GET", "/v1/users/me")]
    assert canned.headers["notion-version"] == "2026-03-11"
    assert canned.headers["authorization"] == "Bearer secret"


CASES: list[tuple[int, str, dict[str, JsonValue], type[ConnectorError], type[ConnectorError]]] = [
    (400, "validation_error", {}, Rejected, Rejected),
    (401, "unauthorized", {}, AuthFailed, AuthFailed),
    (403, "restricted_resource", {}, Restricted, Restricted),
    (403, "restricted_resource", {"block_limit": 1000}, Rejected, Rejected),
    (404, "object_not_found", {}, NotFound, NotFound),
    (409, "conflict_error", {}, Unavailable, Conflict),
    (413, "validation_error", {}, Rejected, Rejected),
    (429, "rate_limited", {}, RateLimited, RateLimited),
    (429, "rate_limited", {"rate_limit_reason": "public_api_request_blocked"}, AuthFailed, AuthFailed),
    (529, "service_overload", {}, RateLimited, RateLimited),
    (500, "internal_server_error", {}, Unavailable, OutcomeUnknown),
    (502, "bad_gateway", {}, TooSlow, OutcomeUnknown),
    (503, "service_unavailable", {}, TooSlow, OutcomeUnknown),
    (504, "gateway_timeout", {}, TooSlow, OutcomeUnknown),
]


@pytest.mark.parametrize(("status", "code", "extra", "when_reading", "when_writing"), CASES)
def test_refusals_by_what_to_do_next(
    canned: Canned,
    status: int,
    code: str,
    extra: dict[str, JsonValue],
    when_reading: type[ConnectorError],
    when_writing: type[ConnectorError],
) -> None:
    """And each of them after a single request: nothing is repeated behind our back."""
    canned.says(status, code, {"Retry-After": "37"}, **extra)
    with pytest.raises(ConnectorError) as read:
        canned.client.read(User, "GET", "users/me")
    with pytest.raises(ConnectorError) as written:
        canned.client.write(User, "PATCH", "pages/1", {})
    assert (type(read.value), type(written.value)) == (when_reading, when_writing)
    assert len(canned.requests) == 2
    if isinstance(read.value, RateLimited):
        assert read.value.retry_after == 37


@pytest.mark.parametrize(
    "page", [Response("<html>busy</html>", 200), Response(b"\xff", 200), JSONResponse(["odd"])]
)
def test_an_answer_of_another_form(canned: Canned, page: Response) -> None:
    canned.answer = page
    with pytest.raises(Unavailable, match="not in Notion's form"):
        canned.client.read(User, "GET", "users/me")
    with pytest.raises(OutcomeUnknown):
        canned.client.write(User, "POST", "pages", {})


def test_a_saved_write_is_told_from_a_lost_one(canned: Canned) -> None:
    canned.says(503, "service_unavailable", committed_resource_id="p-1", committed_child_ids=["b-1"])
    assert canned.client.write(User, "POST", "pages", {}) == Saved("p-1", ("b-1",))
    with pytest.raises(Unavailable):
        canned.client.read(User, "GET", "users/me")


def test_a_slow_server(canned: Canned) -> None:
    """One that accepts and says nothing: a write may have happened, a read may be repeated."""
    silent = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{silent.getsockname()[1]}"
    settings = NotionSettings.model_validate({"base_url": url, "token": "t", "timeout_seconds": 0.2})
    client = NotionClient("acme", settings, OpenGate())
    with pytest.raises(Unavailable):
        client.read(User, "GET", "users/me")
    with pytest.raises(OutcomeUnknown):
        client.write(User, "POST", "pages", {})
    client.close()
    silent.close()


@pytest.mark.parametrize("kind", ["lose_answer", "lose_request", "unavailable", "html"])
def test_no_write_is_repeated(scene: NotionWorld, notion: NotionConnector, kind: FaultKind) -> None:
    ref = notion.create(Draft(container="Feedback", title="One", marker="lw-1")).ref
    posts, patches = (scene.sandbox.faults["notion"].calls.get(name, 0) for name in ("POST", "PATCH"))
    for match in ("POST /v1/pages", "POST /v1/comments", "PATCH"):
        scene.sandbox.faults["notion"].active.append(Fault(kind, match))
    with pytest.raises(OutcomeUnknown):
        notion.create(Draft(container="Feedback", title="Two", marker="lw-2"))
    with pytest.raises(OutcomeUnknown):
        notion.comment(ref, CommentDraft(body="Said", marker="lw-3"))
    with pytest.raises(OutcomeUnknown):
        notion.update(ref, Patch(fields={"title": "Three"}))
    assert scene.sandbox.faults["notion"].calls["POST"] == posts + 2
    assert scene.sandbox.faults["notion"].calls["PATCH"] == patches + 1


def test_what_each_thing_costs(scene: NotionWorld, notion: NotionConnector) -> None:
    """No request is hidden; the numbers are what the documentation may promise."""
    notion.check()
    notion.create(Draft(container="Feedback", title="Warm-up", marker="lw-0"))

    def cost(act: object) -> int:
        before = len(scene.gated)
        assert callable(act)
        act()
        assert sum(scene.sandbox.faults["notion"].calls.values()) == len(scene.gated)
        return len(scene.gated) - before

    draft = Draft(container="Feedback", title="New", body="Text.", marker="lw-1")
    assert cost(lambda: notion.audience("Feedback")) == 1
    assert cost(lambda: notion.create(draft)) == 1
    made = notion.find(draft, scene.now())
    assert made is not None
    ref = made.ref
    assert cost(lambda: notion.get(ref)) == 2
    assert cost(lambda: notion.update(ref, Patch(fields={"status": "Planned"}))) == 3
    first, second = (CommentDraft(body=text, marker=f"lw-{text}") for text in ("Hi", "Ho"))
    assert cost(lambda: notion.comment(ref, first)) == 2
    said = notion.comment(ref, second)
    assert cost(lambda: notion.comment(ref, second)) == 1
    assert cost(lambda: notion.edit_comment(ref, said.id, first)) == 1
    assert cost(lambda: notion.delete_comment(ref, said.id)) == 1
    assert cost(lambda: notion.people(["tom@northwind-soft.example"])) == 0
    assert cost(lambda: notion.comments(ref)) == 1
    assert cost(lambda: notion.find(draft, scene.now())) == 2
    assert cost(lambda: notion.update(ref, Patch(fields={"body": "Text, changed."}))) == 5


def test_nothing_that_people_wrote_is_logged(
    notion: NotionConnector, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(Rejected):
        notion.create(
            Draft(container="Feedback", title="A secret plan", labels=("secret, plan",), marker="lw-1")
        )
    assert "secret" not in caplog.text.replace("sandbox-secret", "")


def test_refused_values_are_not_repeated() -> None:
    place = "body failed validation: body.children[0].paragraph.rich_text[0].text.content"
    assert redacted(f"{place}.length should be ≤ `2000`, instead was `2300`.").endswith("`2300`.")
    told = redacted(f'{place}.link should be an object, instead was `"my secret\nplan"`.')
    assert told == f"{place}.link should be an object, instead was another value."


def test_requests_are_made_by_one_thread_each(scene: NotionWorld) -> None:
    """Connectors share nothing: two threads with one each do not meet."""
    failures: list[ConnectorError] = []

    def work(number: int) -> None:
        notion = scene.connect("notion", scene.gate)
        try:
            for turn in range(5):
                name = f"{number}-{turn}"
                made = notion.create(Draft(container="Feedback", title=name, marker=f"lw-{name}"))
                assert made.title == name
        except ConnectorError as error:
            failures.append(error)
        finally:
            notion.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert len(scene.service.source("Feedback").rows) == 21

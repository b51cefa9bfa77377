"""Every exchange with a sandbox is seen, in this process and in those that a session starts."""

from __future__ import annotations

import asyncio
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from connectors.conformance import World
from sandbox.jira import JiraDataCenterService, JiraService
from sandbox.server import Sandbox
from sandbox.zendesk import ZendeskService
from tests.conformance.github_world import GitHubWorld
from tests.conformance.jira_world import JiraWorld
from tests.conformance.notion_world import NotionWorld
from tests.conformance.zendesk_world import ZendeskWorld
from tests.contracts import witness
from tests.contracts.contract import Operation
from tests.contracts.judgement import OURS, Exchange, Violation
from tests.contracts.vendors import ABSENT, available
from tests.contracts.witness import Journal, Witness, Witnesses, read

pytestmark = pytest.mark.skipif(not available(), reason=ABSENT)


class Notebook:
    """A clerk that keeps what it hears."""

    def __init__(self) -> None:
        self.operations: list[str] = []
        self.violations: list[Violation] = []

    def operation(self, service: str, operation: Operation) -> None:
        self.operations.append(f"{service} {operation.id}")

    def violation(self, violation: Violation) -> None:
        self.violations.append(violation)


def ask(app: ASGIApp, request: httpx.Request) -> httpx.Response:
    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            return await client.send(request)

    return asyncio.run(send())


def test_answers_pass_unchanged_and_are_seen() -> None:
    async def brands(_request: Request) -> JSONResponse:
        return JSONResponse({"brands": [{"name": 7, "subdomain": "n"}]})

    notebook = Notebook()
    app = Witness("zendesk", Starlette(routes=[Route("/api/v2/brands", brands)]), notebook)
    answer = ask(app, httpx.Request("GET", "http://zendesk/api/v2/brands"))
    assert answer.json() == {"brands": [{"name": 7, "subdomain": "n"}]}
    assert notebook.operations == ["zendesk ListBrands"]
    assert [violation.pointer for violation in notebook.violations] == ["/brands/*/name"]


def test_a_body_in_pieces_is_judged_whole() -> None:
    async def brands(_request: Request) -> StreamingResponse:
        return StreamingResponse(iter([b'{"brands"', b": 7}"]), media_type="application/json")

    notebook = Notebook()
    app = Witness("zendesk", Starlette(routes=[Route("/api/v2/brands", brands)]), notebook)
    ask(app, httpx.Request("GET", "http://zendesk/api/v2/brands"))
    assert [violation.pointer for violation in notebook.violations] == ["/brands"]


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    made = Notebook()
    monkeypatch.setattr(Sandbox, "onlooker", Witnesses(made))
    return made


def test_sandboxes_are_watched_below_their_faults(notebook: Notebook) -> None:
    sandbox = Sandbox([ZendeskService])
    with sandbox.running():
        httpx.get(f"{sandbox.service(ZendeskService).base_url}/api/v2/brands")
    assert notebook.operations == ["zendesk ListBrands"]


@pytest.mark.parametrize(("service", "judged"), [(JiraService, True), (JiraDataCenterService, False)])
def test_what_cloud_is_asked_is_judged_and_what_a_data_center_is_asked_is_not(
    notebook: Notebook, service: type[JiraService], judged: bool
) -> None:
    sandbox = Sandbox([service])
    with sandbox.running():
        url = f"{sandbox.service(service).base_url}/rest/api/2/myself"
        httpx.get(url, headers={"User-Agent": OURS})
    assert bool(notebook.violations) is judged


def test_a_session_watches_by_itself() -> None:
    assert isinstance(Sandbox.onlooker, Witnesses)


def test_what_several_processes_wrote_is_read_together(tmp_path: Path) -> None:
    violation = Violation("jira", "answer", "GET /x", 200, "/a", "is required")
    Journal(tmp_path).violation(violation)
    (tmp_path / "1.jsonl").write_text('["jira", "getIssue"]\n' * 2)
    (tmp_path / "2.jsonl").write_text('["jira", "getIssue"]\n')
    operations, violations = read(tmp_path)
    assert operations == {("jira", "getIssue"): 3}
    assert violations[violation][0] == 1
    assert "test_what_several_processes_wrote" in violations[violation][1]


@pytest.mark.parametrize("world_type", [ZendeskWorld, JiraWorld, GitHubWorld, NotionWorld])
def test_what_our_connectors_ask_is_known_as_ours(
    world_type: type[World], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise their requests would pass unjudged, and nobody would notice."""
    asked: list[Exchange] = []

    def note(exchange: Exchange) -> tuple[None, list[Violation]]:
        asked.append(exchange)
        return None, []

    monkeypatch.setattr(witness, "judge", note)
    world = world_type()
    try:
        with closing(world.connect("any", world.gate)) as connector:
            connector.check()
    finally:
        world.close()
    assert asked
    assert all(exchange.ours for exchange in asked)

"""A small company in an emulated Jira, with one HTTP client and a place that webhooks arrive at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import ClassVar

import httpx
from pydantic import JsonValue
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.company import Agent, Company, Post, TrackerIssue, TrackerProject
from sandbox.credentials import EMAIL, TOKEN
from sandbox.jira import JiraService
from sandbox.server import Sandbox
from sandbox.service import Conditions

CREATED = datetime(2026, 3, 2, 9, 30, 15, 250_999, UTC)

COMPANY = Company(
    name="Northwind Soft",
    agents=(
        Agent("Ann Berg", "ann@northwind-soft.example", "engineer"),
        Agent("Bo Lind", "bo@northwind-soft.example", "product"),
        Agent("Loopwright", EMAIL, "bot"),
    ),
    projects=(TrackerProject("ENG", "Engineering"), TrackerProject("OPS", "Operations")),
    tracker_issues=(
        TrackerIssue(
            project="ENG",
            title="Export fails",
            body="Steps:\n\n- open\n- click **Export**",
            type="Bug",
            status="In Progress",
            priority="High",
            created=CREATED,
            reporter="Bo Lind",
            assignee="Ann Berg",
            labels=("exports", "needs review"),
            posts=(Post("Ann Berg", CREATED + timedelta(hours=1), "Found it: `csv.py`"),),
        ),
        TrackerIssue(
            project="ENG",
            title="Rotate keys",
            body="",
            type="Task",
            status="Done",
            priority="Low",
            created=CREATED + timedelta(days=1),
            reporter="Ann Berg",
            assignee=None,
        ),
        TrackerIssue(
            project="OPS",
            title="Disk full",
            body="It is full.",
            type="Bug",
            status="To Do",
            priority="Highest",
            created=CREATED + timedelta(days=2),
            reporter="Ann Berg",
            assignee=None,
        ),
    ),
)


def at(value: JsonValue, *path: str | int) -> JsonValue:
    """What stands at ``path`` in a JSON value."""
    for step in path:
        if isinstance(step, int):
            assert isinstance(value, list), value
            value = value[step]
        else:
            assert isinstance(value, dict), value
            value = value[step]
    return value


def rows(value: JsonValue, *path: str | int) -> list[JsonValue]:
    """The array that stands at ``path``."""
    found = at(value, *path)
    assert isinstance(found, list), found
    return found


def paragraph(text: str) -> dict[str, JsonValue]:
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
    }


@dataclass(frozen=True, slots=True)
class Delivered:
    headers: dict[str, str]
    body: bytes


class Desk:
    """The running sandbox as a test sees it."""

    service_type: ClassVar[type[JiraService]] = JiraService

    def __init__(self, conditions: Conditions | None = None) -> None:
        self.sandbox = Sandbox([self.service_type], conditions=conditions)
        self.service = self.sandbox.service(self.service_type)
        self.service.seed(COMPANY)
        self.delivered: list[Delivered] = []
        self.statuses: list[int] = []
        """What the next deliveries are answered with; those after them with 200."""
        port = self.sandbox.mount(Starlette(routes=[Route("/hook", self._hook, methods=["POST"])]))
        self.hook_url = f"http://127.0.0.1:{port}/hook"
        self.http = self.client()

    @classmethod
    @contextmanager
    def open(cls, conditions: Conditions | None = None) -> Iterator[Desk]:
        desk = cls(conditions)
        with desk.sandbox.running(), desk.http:
            yield desk

    def client(self) -> httpx.Client:
        """One that is signed in."""
        return httpx.Client(base_url=f"{self.service.base_url}/rest/api/3", auth=(EMAIL, TOKEN))

    async def _hook(self, request: Request) -> Response:
        self.delivered.append(Delivered(dict(request.headers), await request.body()))
        return Response(status_code=self.statuses.pop(0) if self.statuses else 200)

    def call(self, method: str, path: str, body: JsonValue = None, *, status: int = 200) -> JsonValue:
        """The answer's JSON, ``None`` for an empty one; fails when the status is another."""
        answer = self.http.request(method, path, json=body)
        assert answer.status_code == status, answer.text
        found: JsonValue = answer.json() if answer.content else None
        return found

    def id(self, key: str) -> str:
        return str(self.service.site.issue(key).id)

    def keys(self, jql: str, **more: JsonValue) -> list[str]:
        """Keys of the first page of a search."""
        asked: dict[str, JsonValue] = {"jql": jql, "fields": ["created"], **more}
        answer = self.call("POST", "/search/jql", asked)
        return [str(at(row, "key")) for row in rows(answer, "issues")]

    def create(self, **fields: JsonValue) -> str:
        """Create an issue in ENG by the API; its key."""
        body: JsonValue = {
            "fields": {
                "project": {"key": "ENG"},
                "issuetype": {"name": "Bug"},
                "summary": "New one",
                **fields,
            }
        }
        return str(at(self.call("POST", "/issue", body, status=201), "key"))

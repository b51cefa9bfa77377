"""An emulated Notion with one HTTP client, and a place that webhooks arrive at."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TypeAlias, TypedDict, cast

import httpx
import pytest
from pydantic import JsonValue
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.credentials import TOKEN
from sandbox.notion import NotionService
from sandbox.server import Sandbox
from tests.sandbox.notion_company import COMPANY

Json: TypeAlias = dict[str, JsonValue]
NEWEST, MIDDLE, OLDEST = "2026-03-11", "2025-09-03", "2022-06-28"


class Delivered(TypedDict):
    headers: dict[str, str]
    body: bytes


class Desk:
    """A sandbox with Northwind's workspace in it."""

    def __init__(self) -> None:
        self.sandbox = Sandbox([NotionService])
        self.service = self.sandbox.service(NotionService)
        self.service.seed(COMPANY)
        self.delivered: list[Delivered] = []
        self.answers: list[int] = []
        """Statuses for the next webhooks, instead of 200."""
        port = self.sandbox.mount(Starlette(routes=[Route("/hook", self._hook, methods=["POST"])]))
        self.hook_url = f"http://127.0.0.1:{port}/hook"
        headers = {"Authorization": f"Bearer {TOKEN}", "Notion-Version": MIDDLE}
        self.http = httpx.Client(base_url=self.service.base_url, headers=headers)

    async def _hook(self, request: Request) -> Response:
        self.delivered.append({"headers": dict(request.headers), "body": await request.body()})
        return Response(None, self.answers.pop(0) if self.answers else 200)

    def call(
        self, method: str, path: str, body: Json | None = None, status: int = 200, version: str = MIDDLE
    ) -> Json:
        answer = self.http.request(method, path, json=body, headers={"Notion-Version": version})
        assert answer.status_code == status, answer.text
        return cast(Json, answer.json())

    def source(self, title: str) -> str:
        return self.service.source(title).id

    def rows(self, title: str, **body: JsonValue) -> list[Json]:
        path = f"/v1/data_sources/{self.source(title)}/query"
        return objects(self.call("POST", path, body)["results"])

    def row(self, title: str) -> str:
        return str(self.rows(title)[0]["id"])

    def events(self) -> list[Json]:
        self.sandbox.drain()
        return [cast(Json, json.loads(one["body"])) for one in self.delivered]


@pytest.fixture
def desk() -> Iterator[Desk]:
    one = Desk()
    with one.sandbox.running(), one.http:
        yield one


def objects(value: JsonValue) -> list[Json]:
    """A list of an answer, as the objects that it holds."""
    return cast(list[Json], value)


def inside(value: JsonValue, *names: str) -> Json:
    """The object below these names."""
    for name in names:
        value = cast(Json, value)[name]
    return cast(Json, value)


def new_page(source: str, title: str, **more: JsonValue) -> Json:
    name: Json = {"title": [{"text": {"content": title}}]}
    parent: Json = {"type": "data_source_id", "data_source_id": source}
    return {"parent": parent, "properties": {"Name": name}, **more}


def paragraph(text: str) -> Json:
    return {"type": "paragraph", "paragraph": {"rich_text": [{"text": {"content": text}}]}}

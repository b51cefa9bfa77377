"""What every request goes through: the token, the version, the rate limit, and errors in Notion's form."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from uuid import uuid4

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.clock import Clock
from sandbox.credentials import TOKEN
from sandbox.notion import limits
from sandbox.notion.acts import Quirks
from sandbox.notion.problem import Object, Problem, as_object, invalid
from sandbox.notion.rates import Rates
from sandbox.notion.shape import DATA_SOURCES_SINCE
from sandbox.notion.state import canonical
from sandbox.service import Conditions

VERSIONS = ("2022-06-28", "2025-09-03", "2026-03-11")
PAGE_SIZE = 100

Record = TypeVar("Record")


@dataclass(frozen=True, slots=True)
class Call:
    """One request that got past the door."""

    path: Mapping[str, str]
    query: Mapping[str, str]
    lists: Mapping[str, list[str]]
    body: Object
    version: str

    def identity(self) -> str:
        """The id in the path, with dashes."""
        return canonical(self.path["id"])

    def page_of(self, records: list[Record], key: Callable[[Record], str]) -> tuple[list[Record], str | None]:
        """One page of ``records``, and the key of the record that the next begins with: its cursor."""
        given = {**self.query, **self.body}
        size = int(str(given.get("page_size") or PAGE_SIZE))
        if not 1 <= size <= PAGE_SIZE:
            bound = f"≤ `{PAGE_SIZE}`" if size > PAGE_SIZE else "≥ `1`"
            raise invalid(f"body failed validation: body.page_size should be {bound}, instead was `{size}`.")
        start, cursor = 0, given.get("start_cursor")
        if cursor is not None:
            keys = [key(record) for record in records]
            if cursor not in keys:
                raise invalid(f"The start_cursor provided is invalid: {cursor}")
            start = keys.index(str(cursor))
        following = key(records[start + size]) if len(records) > start + size else None
        return records[start : start + size], following


Handler = Callable[[Call], Object]
StreamHandler = Callable[[Request], Awaitable[Object]]


class Door:
    """Makes Starlette routes of handlers. A handler is a plain function, and so atomic."""

    def __init__(
        self, clock: Clock, conditions: Conditions, quirks: Quirks, done: Callable[[], None]
    ) -> None:
        self.clock = clock
        self.conditions = conditions
        self.quirks = quirks
        self.done = done
        self.finish: Callable[[JsonValue], JsonValue] = lambda content: content
        """What every answer goes through last."""
        self._rates = Rates(clock, quirks)

    def route(self, method: str, path: str, handler: Handler, *, saves: bool = False) -> Route:
        """``saves``: the handler writes, so that it may meet conflicts and late saves."""

        async def endpoint(request: Request) -> Response:
            body = await request.body()
            try:
                return self._answer(self._handle(request, body, handler, saves))
            except Problem as problem:
                return self._refusal(problem)
            finally:
                self.done()

        return Route(path, endpoint, methods=[method])

    def stream(self, path: str, handler: StreamHandler) -> Route:
        """A route whose handler reads the body itself, piece by piece."""

        async def endpoint(request: Request) -> Response:
            try:
                self._admit(request)
                return self._answer(await handler(request))
            except Problem as problem:
                return self._refusal(problem)

        return Route(path, endpoint, methods=["POST"])

    def _admit(self, request: Request) -> str:
        """The version that an admitted request speaks."""
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            raise Problem(401, "unauthorized", "API token is invalid.")
        self._rates.refuse_on_demand()
        if self.conditions.limits:
            self._rates.count()
        asked = f"{request.method} {request.url.path}"
        if self.quirks.denied and re.search(self.quirks.denied, asked):
            text = "Insufficient permissions for this endpoint."
            raise Problem(403, "restricted_resource", text)
        return self._version(request)

    def _handle(self, request: Request, body: bytes, handler: Handler, saves: bool) -> Object:
        version = self._admit(request)
        limits.check_bytes(body)
        content = _parse(body)
        limits.check(content)
        lists = {name: request.query_params.getlist(name) for name in request.query_params}
        call = Call(request.path_params, request.query_params, lists, content, version)
        if saves and self.quirks.conflicts:
            self.quirks.conflicts -= 1
            raise Problem(409, "conflict_error", "Conflict occurred while saving. Please try again.")
        answer = handler(call)
        if saves and self.quirks.saved_but_503:
            self.quirks.saved_but_503 -= 1
            raise _late(answer, call)
        return answer

    def _version(self, request: Request) -> str:
        version = request.headers.get("Notion-Version")
        if version is None:
            place = "Notion-Version header"
            text = f"{place} failed validation: {place} should be defined, instead was `undefined`."
            raise Problem(400, "missing_version", text)
        if version not in VERSIONS:
            names = ", ".join(f'`"{known}"`' for known in VERSIONS)
            raise invalid(
                f'Notion-Version header failed validation: should be {names}, instead was `"{version}"`.'
            )
        if version < DATA_SOURCES_SINCE and request.url.path.startswith("/v1/data_sources"):
            raise Problem(400, "invalid_request_url", "Invalid request URL.")
        return version

    def _answer(self, content: Object) -> Response:
        finished = as_object(self.finish(content), "answer")
        return self._response({**finished, "request_id": str(uuid4())}, 200, {})

    def _refusal(self, problem: Problem) -> Response:
        extra: Object = {"additional_data": problem.extra} if problem.extra else {}
        base: Object = {"object": "error", "status": problem.status, "code": problem.code}
        content: Object = {**base, "message": problem.message, **extra, "request_id": str(uuid4())}
        return self._response(content, problem.status, problem.headers)

    def _response(self, content: Object, status: int, headers: Mapping[str, str]) -> Response:
        return JSONResponse(content, status, headers=dict(headers))

    def unknown(self) -> Route:
        """Any path that Notion does not know."""

        def refuse(call: Call) -> Object:
            raise Problem(400, "invalid_request_url", "Invalid request URL.")

        route = self.route("GET", "/{rest:path}", refuse)
        return Route(route.path, route.endpoint, methods=["GET", "POST", "PATCH", "PUT", "DELETE"])


def _parse(body: bytes) -> Object:
    if not body:
        return {}
    try:
        content: JsonValue = json.loads(body)
    except ValueError:
        raise Problem(400, "invalid_json", "Error parsing JSON body.") from None
    return as_object(content, "body")


def _late(answer: Object, call: Call) -> Problem:
    """The 503 of a write that took too long and was saved all the same."""
    guidance: list[JsonValue] = [
        "Read the object again to confirm the saved change.",
        "Do not repeat the write.",
    ]
    extra: Object = {"elapsed_ms": "55012", "deadline_ms": "55000", "retry_guidance": guidance}
    if answer.get("object") == "list":
        results = answer["results"]
        children = (
            [block["id"] for block in results if isinstance(block, dict)] if isinstance(results, list) else []
        )
        extra |= {"committed_resource_id": call.identity(), "committed_child_ids": list(children)}
    else:
        extra["committed_resource_id"] = answer.get("id")
    text = "The change was saved, but the response could not be prepared in time."
    return Problem(503, "service_unavailable", text, extra=extra)

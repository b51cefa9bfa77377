"""What every request passes: who asks, may they, are there requests left, has anything changed.

Handlers are plain functions from a :class:`Call` to a :class:`Reply`. The body is read before, so that a
handler runs without a pause: a write is atomic.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from uuid import uuid4

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.credentials import TOKEN
from sandbox.github.limits import Limits
from sandbox.github.listing import Listing, T
from sandbox.github.problems import Problem, not_found
from sandbox.github.records import Repository, User
from sandbox.github.shape import Json, Shape
from sandbox.github.state import State

API_VERSIONS = ("2022-11-28", "2026-03-10")
READS = ("GET", "HEAD")


@dataclass(frozen=True, slots=True)
class Reply:
    data: JsonValue
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Call:
    """One request, with what the door has found out about it."""

    method: str
    path: dict[str, str]
    query: dict[str, str]
    viewer: User | None
    """Whose credential it is; ``None`` for an anonymous request, which sees what is public."""
    body: Json

    def number(self, name: str) -> int:
        """A number in the path; what is no number is not found."""
        if not self.path[name].isdecimal():
            raise not_found()
        return int(self.path[name])

    def sender(self) -> User:
        """Whose write it is."""
        if self.viewer is None:
            raise Problem(401, "Requires authentication")
        return self.viewer


Handler = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Way:
    """A route: a method, a path and its handler."""

    method: str
    path: str
    handler: Handler
    creates: bool = False
    """Whether it makes content that people are notified of, which GitHub limits more strictly."""
    free: bool = False
    """Whether it is free of the primary limit."""


class Door:
    def __init__(self, state: State, shape: Shape, viewer: User, limits: Limits, *, enforced: bool) -> None:
        self.state = state
        self.shape = shape
        self.viewer = viewer
        self.limits = limits
        self.enforced = enforced

    def routes(self, ways: Sequence[Way]) -> list[Route]:
        """Starlette's routes; whatever else is asked for is GitHub's own 404."""

        def missing(call: Call) -> Reply:
            raise not_found()

        rest = [Way(method, "/{rest:path}", missing) for method in ("GET", "POST", "PATCH", "PUT", "DELETE")]
        return [self._route(way) for way in (*ways, *rest)]

    def _route(self, way: Way) -> Route:
        async def endpoint(request: Request) -> Response:
            return self._answer(way, request, await request.body())

        return Route(way.path, endpoint, methods=[way.method])

    def _answer(self, way: Way, request: Request, body: bytes) -> Response:
        try:
            call = self._admit(way, request, body)
            reply = way.handler(call)
        except Problem as problem:
            reply = Reply(problem.body(), problem.status, problem.headers)
        headers = dict(reply.headers)
        content = b"" if reply.status == 204 else json.dumps(reply.data, ensure_ascii=False).encode()
        if request.method in READS and reply.status == 200:
            seed = request.headers.get("authorization", "").encode() + str(request.url).encode()
            etag = f'W/"{hashlib.sha256(seed + content).hexdigest()}"'
            headers["ETag"] = etag
            headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
            if etag in request.headers.get("if-none-match", ""):
                content, reply = b"", Reply(None, 304)
                if self.enforced and not way.free:
                    self.limits.refund()
        if self.enforced:
            headers |= self.limits.headers()
        headers["X-GitHub-Media-Type"] = "github.v3; format=json"
        headers["X-GitHub-Request-Id"] = uuid4().hex[:20].upper()
        media_type = "application/json; charset=utf-8" if content else None
        return Response(content, reply.status, headers, media_type)

    def _admit(self, way: Way, request: Request, body: bytes) -> Call:
        if not request.headers.get("user-agent"):
            raise Problem(
                403,
                "Request forbidden by administrative rules. Please make sure your request has a "
                "User-Agent header.",
            )
        version = request.headers.get("x-github-api-version", API_VERSIONS[0])
        if version not in API_VERSIONS:
            raise Problem(400, f'Version "{version}" is not supported.')
        viewer = self._viewer(request)
        if self.enforced:
            self.limits.roll()
            if not way.free:
                self.limits.spend(request.method, creates=way.creates)
        query = dict(request.query_params)
        path = {name: str(value) for name, value in request.path_params.items()}
        call = Call(request.method, path, query, viewer, _parse(body))
        if request.method not in READS:
            call.sender()
        return call

    def _viewer(self, request: Request) -> User | None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if not scheme:
            return None
        if scheme.lower() not in ("bearer", "token") or token.strip() != TOKEN:
            raise Problem(401, "Bad credentials")
        return self.viewer

    def repository(self, call: Call, *, writes: bool = False, rest: str = "") -> Repository:
        """The repository of the path, as far as the viewer may know of it.

        ``rest`` is what follows it in the path. Raises the redirect of a renamed one.
        """
        if "repository_id" in call.path:
            found = self.state.repositories.get(call.number("repository_id"))
        else:
            full_name = f"{call.path['owner']}/{call.path['repo']}"
            found = self.state.repository(full_name)
        visible = found is not None and (
            not found.private if call.viewer is None else found.access != "none" or not found.private
        )
        if found is None or not visible:
            raise not_found()
        if "owner" in call.path and found.full_name.lower() != full_name.lower():
            status = 301 if call.method in READS else 307
            raise moved(self.shape, call, f"/repositories/{found.id}{rest}", status)
        if writes and found.archived:
            raise Problem(403, "Repository was archived so is read-only.")
        return found

    def page(self, call: Call, listing: Listing[T], address: str, shape: Callable[[T], JsonValue]) -> Reply:
        """One page of a list; ``address`` is the list's, below the base URL."""
        rows, link = listing.page(call.query, self.shape.base + address)
        return Reply([shape(row) for row in rows], headers={"Link": link} if link else {})


def moved(shape: Shape, call: Call, address: str, status: int = 301) -> Problem:
    """The redirect to where something is now, with the request's own query."""
    query = "&".join(f"{name}={value}" for name, value in call.query.items())
    location = f"{shape.base}{address}" + (f"?{query}" if query else "")
    words = "Moved Permanently" if status == 301 else "Temporary Redirect"
    return Problem(status, words, headers={"Location": location}, url=location)


def _parse(body: bytes) -> Json:
    if not body:
        return {}
    try:
        parsed = json.loads(body)
    except ValueError:
        raise Problem(400, "Problems parsing JSON") from None
    if isinstance(parsed, list):
        return {"labels": parsed}  # the label routes alone take a bare list
    if not isinstance(parsed, dict):
        raise Problem(400, "Body should be a JSON object")
    return parsed

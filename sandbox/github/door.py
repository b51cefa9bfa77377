"""What every request passes: who asks, may they, are there requests left, has anything changed.

Handlers are plain functions from a :class:`Call` to a :class:`Reply`. The body is read before, so that a
handler runs without a pause: a write is atomic.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from uuid import uuid4

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.credentials import TOKEN
from sandbox.github.apps import Apps, Installation
from sandbox.github.limits import Limits, anonymous
from sandbox.github.listing import LARGE, LARGE_TO_STRANGERS, Listing, T
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
    installation: Installation | None = None
    """Whose App asks, where one does."""
    media: str = ""
    """Which form of texts is asked for: ``full``, ``raw``, ``html``, ``text``, or none."""

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
    needs: str = "metadata=read"
    """The permission that an App must have, as ``X-Accepted-GitHub-Permissions`` says it."""
    by_app: bool = False
    """Whether the App itself asks, with its own signature."""
    resource: str = "core"


class Door:
    def __init__(
        self, state: State, shape: Shape, viewer: User, apps: Apps, limits: Limits, *, enforced: bool
    ) -> None:
        self.state = state
        self.shape = shape
        self.viewer = viewer
        self.apps = apps
        self.limits = limits
        """Of the account that the sandbox's token belongs to."""
        self.enforced = enforced
        self._limits: dict[Installation | User | None, Limits] = {
            viewer: limits,
            None: anonymous(state.clock),
        }

    def limits_of(self, call: Call) -> Limits:
        """What the one who asks has left."""
        return self._limits_of(call.viewer, call.installation)

    def _limits_of(self, viewer: User | None, installation: Installation | None) -> Limits:
        if installation is None:
            return self._limits[viewer]
        who = f"installation ID {installation.id}"
        return self._limits.setdefault(installation, Limits(self.state.clock, who))

    def routes(self, ways: Sequence[Way]) -> list[Route]:
        """Starlette's routes; whatever else is asked for is GitHub's own 404."""

        def missing(call: Call) -> Reply:
            raise not_found()

        rest = [
            Way(method, "/{rest:path}", missing, needs="")
            for method in ("GET", "POST", "PATCH", "PUT", "DELETE")
        ]
        return [self._route(way) for way in (*ways, *rest)]

    def _route(self, way: Way) -> Route:
        async def endpoint(request: Request) -> Response:
            return self._answer(way, request, await request.body())

        return Route(way.path, endpoint, methods=[way.method])

    def _answer(self, way: Way, request: Request, body: bytes) -> Response:
        limits = self.limits
        try:
            viewer, installation = self._viewer(way, request)
            limits = self._limits_of(viewer, installation)
            call = self._admit(way, request, body, viewer, installation, limits)
            reply = way.handler(call)
        except Problem as problem:
            reply = Reply(problem.body(), problem.status, problem.headers)
        headers = dict(reply.headers)
        if way.needs:
            headers["X-Accepted-GitHub-Permissions"] = way.needs
        content = b"" if reply.status == 204 else json.dumps(reply.data, ensure_ascii=False).encode()
        if request.method in READS and reply.status == 200:
            seed = request.headers.get("authorization", "").encode() + str(request.url).encode()
            etag = f'W/"{hashlib.sha256(seed + content).hexdigest()}"'
            headers["ETag"] = etag
            headers["Cache-Control"] = "private, max-age=60, s-maxage=60"
            if _is_known(request, etag, headers.get("Last-Modified", "")):
                content, reply = b"", Reply(None, 304)
                if self.enforced and not way.free:
                    limits.refund(way.resource)
        if self.enforced:
            headers |= limits.headers(way.resource)
        headers["X-GitHub-Media-Type"] = "github.v3; format=json"
        headers["X-GitHub-Request-Id"] = uuid4().hex[:20].upper()
        media_type = "application/json; charset=utf-8" if content else None
        return Response(content, reply.status, headers, media_type)

    def _admit(
        self,
        way: Way,
        request: Request,
        body: bytes,
        viewer: User | None,
        installation: Installation | None,
        limits: Limits,
    ) -> Call:
        if not request.headers.get("user-agent"):
            raise Problem(
                403,
                "Request forbidden by administrative rules. Please make sure your request has a "
                "User-Agent header.",
            )
        version = request.headers.get("x-github-api-version", API_VERSIONS[0])
        if version not in API_VERSIONS:
            raise Problem(400, f'Version "{version}" is not supported.')
        if self.enforced:
            limits.roll()
            if not way.free:
                limits.spend(request.method, way.resource, creates=way.creates)
        if installation is not None and not way.by_app and not _permits(installation, way.needs):
            raise Problem(403, "Resource not accessible by integration")
        query = dict(request.query_params)
        path = {name: str(value) for name, value in request.path_params.items()}
        media = _MEDIA.search(request.headers.get("accept", ""))
        call = Call(
            request.method, path, query, viewer, _parse(body), installation, media[1] if media else ""
        )
        if request.method not in READS:
            call.sender()
        return call

    def _viewer(self, way: Way, request: Request) -> tuple[User | None, Installation | None]:
        """Whose credential it is, and of which installation."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        token = token.strip()
        if way.by_app:
            signer = self.apps.signer(token)
            return signer.bot, signer
        if not scheme:
            return None, None
        if scheme.lower() in ("bearer", "token"):
            if token == TOKEN:
                return self.viewer, None
            holder = self.apps.holder(token)
            if holder is not None:
                return holder.bot, holder
        raise Problem(401, "Bad credentials")

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
        large = LARGE if call.viewer else LARGE_TO_STRANGERS
        rows, link = listing.page(call.query, self.shape.base + address, large=large)
        return Reply([shape(row) for row in rows], headers={"Link": link} if link else {})


def dated(data: JsonValue, changed: datetime) -> Reply:
    """One thing by itself, with the time of its last change for those who ask whether there was one."""
    return Reply(data, headers={"Last-Modified": format_datetime(changed.astimezone(UTC), usegmt=True)})


def _is_known(request: Request, etag: str, changed: str) -> bool:
    """Whether the one who asks has what would be answered. A tag counts more than a time."""
    if "if-none-match" in request.headers:
        return etag in request.headers["if-none-match"]
    try:
        since = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return False
    return bool(changed) and parsedate_to_datetime(changed) <= since


def moved(shape: Shape, call: Call, address: str, status: int = 301) -> Problem:
    """The redirect to where something is now, with the request's own query."""
    query = "&".join(f"{name}={value}" for name, value in call.query.items())
    location = f"{shape.base}{address}" + (f"?{query}" if query else "")
    words = "Moved Permanently" if status == 301 else "Temporary Redirect"
    return Problem(status, words, headers={"Location": location}, url=location)


_MEDIA = re.compile(r"application/vnd\.github(?:\.v3)?\.(full|raw|html|text)\+json")
_LEVELS = ("read", "write", "admin")


def _permits(installation: Installation, needs: str) -> bool:
    """Whether it has one of the sets of permissions that the route accepts."""
    for choice in needs.split("; "):
        asked = [need.split("=") for need in choice.split(",") if need]
        if all(
            name in installation.permissions
            and _LEVELS.index(installation.permissions[name]) >= _LEVELS.index(level)
            for name, level in asked
        ):
            return True
    return False


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

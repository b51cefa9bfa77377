"""What every Zendesk route has in common: sign-in, limits, moods and errors."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.content import Content
from sandbox.zendesk.conduct import Conduct
from sandbox.zendesk.inputs import Invalid
from sandbox.zendesk.limits import Limits, headers
from sandbox.zendesk.records import User
from sandbox.zendesk.signin import SignIn, Who

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")
Body = dict[str, object]

PAGE = 100
_NOTHING = Content()


class Refusal(Exception):
    """An answer that ends a request early."""

    def __init__(self, status: int, body: Body, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(str(status))
        self.status = status
        self.body = body
        self.headers = headers or {}


NOT_FOUND: Body = {"error": "RecordNotFound", "description": "Not found"}
FORBIDDEN: Body = {
    "error": {
        "title": "Forbidden",
        "message": "You do not have access to this page. Please contact the account owner of this "
        "help desk for further help.",
    }
}


@dataclass(frozen=True, slots=True)
class Call:
    """One signed-in request. Handlers are plain functions of it, so each is atomic."""

    method: str
    url: str
    """The address without query."""
    query: Mapping[str, str]
    lists: Mapping[str, list[str]]
    """The query's members that may come several times, as ``role[]``."""
    path: Mapping[str, int | str]
    headers: Mapping[str, str]
    raw: bytes
    actor: User
    content: Content
    """The body of an upload, which is not in ``raw``."""

    def model(self, model: type[M]) -> M:
        """The JSON body. Refused with Zendesk's 400 when it is not of that shape."""
        try:
            return model.model_validate_json(self.raw or b"{}")
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"])
            message = f"Parameter {place} is invalid" if place else "Unexpected body"
            raise Refusal(400, {"error": {"title": "Invalid attribute", "message": message}}) from error

    def number(self, name: str, default: int, *, most: int) -> int:
        """A whole number of the query, cut to ``most``."""
        text = self.query.get(name, "")
        if not text:
            return default
        if not text.isdigit():
            message = f"{name} must be an integer"
            raise Refusal(400, {"error": {"title": "Invalid attribute", "message": message}})
        return max(1, min(int(text), most))

    def id(self) -> int:
        return int(self.path["id"])

    def includes(self) -> set[str]:
        return {part.strip() for part in self.query.get("include", "").split(",") if part.strip()}

    def texts(self, name: str = "ids") -> list[str]:
        """``ids=1,2,3``, at most a hundred."""
        parts = [part.strip() for part in self.query.get(name, "").split(",") if part.strip()]
        if len(parts) > PAGE:
            raise Refusal(400, {"error": "TooManyValues", "description": f"Too many ids: at most {PAGE}"})
        return parts

    def ids(self) -> list[int]:
        parts = self.texts()
        if not all(part.isdigit() for part in parts):
            message = "ids must be integers"
            raise Refusal(400, {"error": {"title": "Invalid attribute", "message": message}})
        return [int(part) for part in parts]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler gives back."""

    body: Body | str | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Call], Answer]


class Room(Protocol):
    """A part of the service that has routes of its own."""

    def routes(self, front: Front) -> list[BaseRoute]: ...


class Front:
    """Turns handlers into routes. ``before`` is called before each request, to do what has become due."""

    def __init__(
        self,
        sign_in: SignIn,
        limits: Limits,
        conduct: Conduct,
        *,
        enforce: Callable[[], bool],
        before: Callable[[], None],
    ) -> None:
        self._sign_in = sign_in
        self._limits = limits
        self._conduct = conduct
        self._enforce = enforce
        self._before = before

    def route(self, path: str, *, streams: bool = False, **handlers: Handler) -> list[BaseRoute]:
        """A path under ``/api/v2``, with and without ``.json``; handlers by method.

        With ``streams`` the body goes into the call's ``content`` piece by piece.
        """

        async def endpoint(request: Request) -> Response:
            content, raw = _NOTHING, b""
            if streams:
                content = Content()
                await _pour(request.stream(), content)
            else:
                raw = await request.body()
            return self._answer(request, raw, content, handlers[request.method])

        methods = list(handlers)
        whole = f"/api/v2/{path}"
        return [Route(f"{whole}.json", endpoint, methods=methods), Route(whole, endpoint, methods=methods)]

    def admit(self, request: Request) -> tuple[Who | None, Response | None, dict[str, str]]:
        """Who asks, the answer if they may not, and the headers that any answer carries."""
        who = self._sign_in.who(request.headers.get("authorization", ""))
        if who is None:
            return None, JSONResponse({"error": "Couldn't authenticate you"}, 401), {}
        told: dict[str, str] = {}
        if self._enforce():
            page = request.query_params.get("page", "")
            path = request.url.path
            windows = self._limits.windows(
                request.method, path, who.user.id, int(page) if page.isdigit() else 1
            )
            levels = self._limits.take(windows)
            told = headers(levels)
            if any(level.exceeded for level in levels):
                message = "Number of allowed API requests per minute exceeded"
                body = {"error": "APIRateLimitExceeded", "description": message}
                return who, JSONResponse(body, 429, told), told
        missing = _missing_scope(who.scopes, request.method, request.url.path)
        if missing:
            message = f"Missing the following required scopes: {missing}"
            return who, JSONResponse({"error": "Forbidden", "description": message}, 403, told), told
        return who, None, told

    def _answer(self, request: Request, raw: bytes, content: Content, handler: Handler) -> Response:
        self._before()
        who, refused, told = self.admit(request)
        if who is None or refused is not None:
            assert refused is not None  # noqa: S101 - nobody is let in without being known
            return refused
        call = Call(
            request.method,
            f"{request.url.scheme}://{request.url.netloc}{request.url.path}",
            request.query_params,
            {name: request.query_params.getlist(name) for name in request.query_params},
            request.path_params,
            request.headers,
            raw,
            who.user,
            content,
        )
        try:
            self._mood(request)
            answer = handler(call)
        except Refusal as refusal:
            answer = Answer(refusal.body, refusal.status, refusal.headers)
        except Invalid as invalid:
            answer = Answer(
                {
                    "error": "RecordInvalid",
                    "description": "Record validation errors",
                    "details": invalid.details,
                },
                422,
            )
        told.update(answer.headers)
        if answer.body is None:
            return Response(None, answer.status, told)
        return JSONResponse(answer.body, answer.status, told)

    def _mood(self, request: Request) -> None:
        """The database's, which collides or dawdles at times."""
        conduct = self._conduct
        if not re.search(conduct.match, f"{request.method} {request.url.path}"):
            return
        if request.method != "GET" and _collides(conduct):
            raise Refusal(409, {"error": "DatabaseConflict", "description": "Database collision"})
        if conduct.timeouts:
            conduct.timeouts -= 1
            body: Body = {"error": "DatabaseTimeout", "description": "Database timeout or deadlock"}
            raise Refusal(503, body, {"Retry-After": "5"})


def _collides(conduct: Conduct) -> bool:
    if conduct.conflicts:
        conduct.conflicts -= 1
        return True
    return conduct.conflict_odds > 0 and conduct.dice.random() < conduct.conflict_odds


async def _pour(stream: AsyncIterator[bytes], content: Content) -> None:
    async for piece in stream:
        content.write(piece)


def _missing_scope(scopes: frozenset[str], method: str, path: str) -> str:
    """The scope that the credential lacks: ``read``, or ``tickets:write`` would do for tickets."""
    verb = "read" if method == "GET" else "write"
    resource = path.removeprefix("/api/v2/").removesuffix(".json").split("/")[0]
    wider = {verb, f"{resource}:{verb}", "hc:" + verb if resource == "help_center" else verb}
    if resource in ("incremental", "search", "uploads", "attachments", "job_statuses"):
        wider.add(f"tickets:{verb}")
    return "" if scopes & wider else verb


def needs_agent(call: Call) -> None:
    """Refuse end users with Zendesk's 403."""
    if not call.actor.staff:
        raise Refusal(403, FORBIDDEN)


def needs_admin(call: Call) -> None:
    """Refuse everybody but admins, as the incremental exports do."""
    if call.actor.role != "admin":
        raise Refusal(403, FORBIDDEN)


def found(value: T | None) -> T:
    """The record, or Zendesk's 404."""
    if value is None:
        raise Refusal(404, NOT_FOUND)
    return value

"""What every Zendesk route has in common: sign-in, limits, errors and paging."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox.credentials import TOKEN
from sandbox.zendesk.limits import Limits, headers
from sandbox.zendesk.records import User
from sandbox.zendesk.state import Invalid, State

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")
Body = dict[str, object]

PAGE = 100
MOST_OFFSET_PAGES = 100


class Refusal(Exception):
    """An answer that ends a request early."""

    def __init__(self, status: int, body: Body) -> None:
        super().__init__(str(status))
        self.status = status
        self.body = body


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
    path: Mapping[str, int | str]
    headers: Mapping[str, str]
    raw: bytes
    actor: User

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

    def ids(self) -> list[int]:
        """``ids=1,2,3``, at most a hundred."""
        parts = [part for part in self.query.get("ids", "").split(",") if part.strip()]
        if len(parts) > PAGE:
            raise Refusal(400, {"error": "TooManyValues", "description": f"Too many ids: at most {PAGE}"})
        if not all(part.strip().isdigit() for part in parts):
            message = "ids must be integers"
            raise Refusal(400, {"error": {"title": "Invalid attribute", "message": message}})
        return [int(part) for part in parts]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a handler gives back."""

    body: Body | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


Handler = Callable[[Call], Answer]


class Front:
    """Turns handlers into routes."""

    def __init__(self, state: State, limits: Limits, *, enforce: Callable[[], bool]) -> None:
        self._state = state
        self._limits = limits
        self._enforce = enforce

    def route(self, path: str, **handlers: Handler) -> list[BaseRoute]:
        """A path under ``/api/v2``, with and without ``.json``; handlers by method."""

        async def endpoint(request: Request) -> Response:
            return self._answer(request, await request.body(), handlers[request.method])

        methods = list(handlers)
        whole = f"/api/v2/{path}"
        return [Route(f"{whole}.json", endpoint, methods=methods), Route(whole, endpoint, methods=methods)]

    def _answer(self, request: Request, raw: bytes, handler: Handler) -> Response:
        actor = self._actor(request.headers.get("authorization", ""))
        if actor is None:
            return JSONResponse({"error": "Couldn't authenticate you"}, 401)
        windows = self._limits.windows(request.method, request.url.path, actor.id)
        levels = self._limits.take(windows) if self._enforce() else []
        told = headers(levels) if levels else {}
        if any(level.exceeded for level in levels):
            message = "Number of allowed API requests per minute exceeded"
            return JSONResponse({"error": "APIRateLimitExceeded", "description": message}, 429, told)
        url = f"{request.url.scheme}://{request.url.netloc}{request.url.path}"
        call = Call(
            request.method, url, request.query_params, request.path_params, request.headers, raw, actor
        )
        try:
            answer = handler(call)
        except Refusal as refusal:
            answer = Answer(refusal.body, refusal.status)
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

    def _actor(self, authorization: str) -> User | None:
        """Whose request it is: an API token acts as whichever user stands before ``/token``."""
        kind, _, credential = authorization.partition(" ")
        if kind == "Bearer":
            return self._bot() if credential == TOKEN else None
        if kind != "Basic":
            return None
        try:
            name, _, token = base64.b64decode(credential, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return None
        email, _, method = name.rpartition("/")
        if method != "token" or token != TOKEN:
            return None
        return self._state.users_by_email.get(email)

    def _bot(self) -> User:
        return next(user for user in self._state.users.values() if user.role == "admin")


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


def encode_cursor(position: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")


def decode_cursor(text: str) -> int:
    try:
        position = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error) as error:
        raise Refusal(400, {"error": "InvalidPaginationParameter", "description": "page[after]"}) from error
    if not isinstance(position, int):
        raise Refusal(400, {"error": "InvalidPaginationParameter", "description": "page[after]"})
    return position


def page(call: Call, rows: Sequence[T]) -> tuple[list[T], Body]:
    """One page of ``rows`` and its paging members: by cursor when ``page[size]`` is given, else by number."""
    if "page[size]" in call.query or "page[after]" in call.query:
        return _cursor_page(call, rows)
    number = call.number("page", 1, most=1_000_000)
    if number > MOST_OFFSET_PAGES:
        message = f"Offset pagination stops at page {MOST_OFFSET_PAGES}; use cursor pagination"
        raise Refusal(400, {"error": {"title": "Invalid attribute", "message": message}})
    size = call.number("per_page", PAGE, most=PAGE)
    start = (number - 1) * size

    def at(which: int) -> str:
        return f"{call.url}?{urlencode({**call.query, 'page': which})}"

    paging: Body = {
        "count": len(rows),
        "next_page": at(number + 1) if start + size < len(rows) else None,
        "previous_page": at(number - 1) if number > 1 else None,
    }
    return list(rows[start : start + size]), paging


def _cursor_page(call: Call, rows: Sequence[T]) -> tuple[list[T], Body]:
    size = call.number("page[size]", PAGE, most=PAGE)
    after = call.query.get("page[after]")
    start = decode_cursor(after) if after else 0
    chosen = list(rows[start : start + size])
    end = start + len(chosen)
    more = end < len(rows)
    after_cursor = encode_cursor(end) if chosen else None
    following = f"{call.url}?{urlencode({**call.query, 'page[after]': after_cursor})}" if more else None
    paging: Body = {
        "meta": {
            "has_more": more,
            "after_cursor": after_cursor,
            "before_cursor": encode_cursor(start) if chosen else None,
        },
        "links": {"next": following, "prev": None},
    }
    return chosen, paging

"""Between HTTP and the handlers: signing in, limits, request bodies, and refusals as Jira writes them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import credentials
from sandbox.jira.limits import Limits
from sandbox.jira.problem import Problem, bad_payload
from sandbox.jira.records import Account
from sandbox.jira.shape import Shape
from sandbox.jira.site import Site

API = "/rest/api/3"


class Payload(BaseModel):
    """A request body. Names that Jira would not know are refused, as its strict routes do."""

    model_config = ConfigDict(extra="forbid")


P = TypeVar("P", bound=Payload)


@dataclass(frozen=True, slots=True)
class Call:
    """One request of a signed-in account, with its body already read."""

    site: Site
    account: Account
    shape: Shape
    limits: Limits | None
    request: Request
    raw: bytes

    def path(self, name: str) -> str:
        return str(self.request.path_params[name])

    def query(self, name: str, default: str = "") -> str:
        return self.request.query_params.get(name, default)

    def queries(self, name: str) -> list[str]:
        """All values of a parameter that may be repeated or hold a list."""
        return [
            part for value in self.request.query_params.getlist(name) for part in value.split(",") if part
        ]

    def number(self, name: str, default: int, *, most: int) -> int:
        """A paging parameter, no greater than ``most``."""
        text = self.query(name)
        try:
            number = int(text) if text else default
        except ValueError:
            raise Problem(400, f"The value '{text}' of '{name}' is not a number.") from None
        if number < 0:
            raise Problem(400, f"'{name}' must not be negative.")
        return min(number, most)

    def body(self, shape: type[P]) -> P:
        """The body as ``shape``. Raises Problem (400)."""
        try:
            return shape.model_validate_json(self.raw or b"{}")
        except ValidationError:
            raise bad_payload() from None


Handler = Callable[[Call], Response]
Table = Sequence[tuple[str, str, Handler]]
"""Rows of ``(method, path below /rest/api/3, handler)``."""


class Front:
    """Makes routes of handlers."""

    def __init__(
        self, site: Site, limits: Limits | None, bot: Callable[[], Account], base: Callable[[], str]
    ) -> None:
        self.site = site
        self.limits = limits
        self.bot = bot
        self.base = base

    def routes(self, table: Table, *, prefix: str = API) -> list[Route]:
        return [
            Route(prefix + path, self._endpoint(method, path, handler), methods=[method])
            for method, path, handler in table
        ]

    def _endpoint(self, method: str, path: str, handler: Handler) -> Callable[[Request], object]:
        async def endpoint(request: Request) -> Response:
            raw = await request.body()
            headers: dict[str, str] = {}
            try:
                account = self._sign_in(request)
                if self.limits is not None:
                    headers = self.limits.take(method, path)
                shape = Shape(self.base(), account, self.site.accounts)
                answer = handler(Call(self.site, account, shape, self.limits, request, raw))
            except Problem as problem:
                answer = JSONResponse(problem.body(), problem.status, problem.headers)
            for name, value in headers.items():
                answer.headers.setdefault(name, value)
            answer.headers["X-AACCOUNTID"] = self.bot().id
            return answer

        return endpoint

    def _sign_in(self, request: Request) -> Account:
        """The account of the Basic credential. Raises Problem (401)."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        try:
            email, _, secret = base64.b64decode(token, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            email = secret = ""
        if scheme.lower() == "basic" and (email, secret) == (credentials.EMAIL, credentials.TOKEN):
            return self.bot()
        raise Problem(
            401,
            "Client must be authenticated to access this resource.",
            headers={"X-Seraph-LoginReason": "AUTHENTICATED_FAILED", "WWW-Authenticate": "Basic"},
        )

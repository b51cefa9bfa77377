"""Between HTTP and the handlers: signing in, limits, request bodies, and refusals as Jira writes them."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from sandbox import credentials
from sandbox.jira.grants import CLOUD_ID, Grants
from sandbox.jira.limits import Limits
from sandbox.jira.problem import Problem, bad_payload
from sandbox.jira.records import Account
from sandbox.jira.shape import Shape
from sandbox.jira.site import Site

API = "/rest/api/3"
DATA_CENTER_API = "/rest/api/2"
GATEWAY = f"/ex/jira/{CLOUD_ID}"
"""Where apps, and tokens with scopes, reach the site."""


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
StreamHandler = Callable[[Call], Awaitable[Response]]
Table = Sequence[tuple[str, str, Handler]]
"""Rows of ``(method, path below /rest/api/3, handler)``."""


@dataclass(slots=True)
class _Visit:
    """A request on its way through the door; ``call`` is ``None`` when it was not let in."""

    call: Call | None = None
    answer: Response = field(default_factory=Response)
    headers: dict[str, str] = field(default_factory=dict)


class Front:
    """Makes routes of handlers."""

    def __init__(
        self,
        site: Site,
        limits: Limits | None,
        bot: Callable[[], Account],
        base: Callable[[], str],
        grants: Grants,
    ) -> None:
        self.site = site
        self.limits = limits
        self.bot = bot
        self.base = base
        self.grants = grants

    def routes(self, table: Table, *, prefix: str | None = None) -> list[BaseRoute]:
        """The routes, below the API or below ``prefix``, at every address of the site."""
        below = self._api if prefix is None else prefix
        return [
            Route(start + below + path, self._endpoint(method, path, handler), methods=[method])
            for method, path, handler in table
            for start in self._addresses
        ]

    @property
    def _api(self) -> str:
        return DATA_CENTER_API if self.site.data_center else API

    @property
    def _addresses(self) -> tuple[str, ...]:
        """Its own, and the one that apps use."""
        return ("",) if self.site.data_center else ("", GATEWAY)

    def streaming(self, method: str, path: str, handler: StreamHandler) -> list[BaseRoute]:
        """A route whose handler reads the body itself."""
        return [
            Route(start + self._api + path, self._streaming_endpoint(method, path, handler), methods=[method])
            for start in self._addresses
        ]

    def _endpoint(self, method: str, path: str, handler: Handler) -> Callable[[Request], object]:
        async def endpoint(request: Request) -> Response:
            raw = await request.body()
            with self._admitted(request, method, path) as visit:
                if visit.call is not None:
                    visit.answer = handler(replace(visit.call, raw=raw))
            return visit.answer

        return endpoint

    def _streaming_endpoint(
        self, method: str, path: str, handler: StreamHandler
    ) -> Callable[[Request], object]:
        async def endpoint(request: Request) -> Response:
            with self._admitted(request, method, path) as visit:
                if visit.call is not None:
                    visit.answer = await handler(visit.call)
            return visit.answer

        return endpoint

    @contextmanager
    def _admitted(self, request: Request, method: str, path: str) -> Iterator[_Visit]:
        """Lets a request in if it may, counts it, and writes refusals as Jira does."""
        visit = _Visit()
        try:
            account = self._sign_in(request)
            app = request.url.path.startswith(GATEWAY)
            if self.limits is not None:
                visit.headers |= self.limits.take(method, path)
                if app:
                    self.limits.check_points()
            site = self.site
            shape = Shape(self.base(), account, site.accounts, site.issues, data_center=site.data_center)
            visit.call = Call(self.site, account, shape, self.limits, request, b"")
            yield visit
            if self.limits is not None and app:
                visit.headers |= self.limits.spend(method, path, visit.answer)
        except Problem as problem:
            visit.answer = JSONResponse(problem.body(), problem.status, problem.headers)
            if visit.call is None:
                yield visit
        for name, value in visit.headers.items():
            visit.answer.headers.setdefault(name, value)
        if self.site.data_center:
            visit.answer.headers["X-AUSERNAME"] = self.bot().username
        else:
            visit.answer.headers["X-AACCOUNTID"] = self.bot().id

    def _sign_in(self, request: Request) -> Account:
        """The account of the credential. Raises Problem (401).

        An app comes by the gateway with its access token, everybody else with an e-mail address and a token.
        A Data Center wants a personal access token.
        """
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if self.site.data_center:
            if (scheme.lower(), token) == ("bearer", credentials.TOKEN):
                return self.bot()
            raise Problem(401, "Client must be authenticated to access this resource.")
        if request.url.path.startswith(GATEWAY) and scheme.lower() == "bearer":
            if self.grants.accepts(token):
                return self.bot()
            raise Problem(401, "Unauthorized")
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

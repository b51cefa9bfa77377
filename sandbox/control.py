"""The sandbox's own door: a JSON API and the page that shows the four tools side by side.

Everything here is what people and tests do *to* the sandbox; the emulated vendors know nothing of it. It
answers only to this machine: a foreign ``Host`` (a rebound name), a foreign ``Origin`` (another site's
page) and posts that are no JSON are refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Literal, Protocol, TypeVar, runtime_checkable
from urllib.parse import urlsplit

from pydantic import AnyHttpUrl, BaseModel, ConfigDict, Field, RootModel, ValidationError
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.faults import Fault, FaultKind
from sandbox.server import Sandbox
from sandbox.service import Service
from sandbox.stream import StoryLine, Stream, as_json, without_comments

B = TypeVar("B", bound=BaseModel)
_PAGE = Path(__file__).parent / "page"
_ALL = 1_000_000
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_PRIORITIES = {
    "zendesk": ("urgent", "high", "normal", "low"),
    "jira": ("Highest", "High", "Medium", "Low", "Lowest"),
}
"""What a person can choose from; GitHub and most Notion databases have no priorities."""
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Comment(_Body):
    """Somebody of the team comments."""

    act: Literal["comment"]
    service: str
    item: str
    text: str = Field(min_length=1)
    internal: bool = True

    def apply(self, service: Service) -> str:
        service.person_comments(self.item, self.text, internal=self.internal)
        return self.item


class _Set(_Body):
    """Somebody of the team changes one thing."""

    act: Literal["status", "priority", "title", "add_label", "remove_label"]
    service: str
    item: str
    value: str = Field(min_length=1)

    def apply(self, service: Service) -> str:
        if self.act == "status":
            service.person_sets(self.item, status=self.value)
        elif self.act == "priority":
            service.person_sets(self.item, priority=self.value)
        elif self.act == "title":
            service.person_sets(self.item, title=self.value)
        elif self.act == "add_label":
            service.person_sets(self.item, add_label=self.value)
        else:
            service.person_sets(self.item, remove_label=self.value)
        return self.item


class _Create(_Body):
    """A customer writes in, or somebody files an issue or a page."""

    act: Literal["create"]
    service: str
    title: str = Field(min_length=1)
    body: str = ""
    container: str = ""
    labels: tuple[str, ...] = ()

    def apply(self, service: Service) -> str:
        return service.person_creates(
            title=self.title, body=self.body, container=self.container, labels=self.labels
        )


class _ActBody(RootModel[Annotated[_Comment | _Set | _Create, Field(discriminator="act")]]):
    pass


class _ClockBody(_Body):
    advance: float = Field(ge=0, description="seconds")


class _FaultBody(_Body):
    service: str
    kind: FaultKind
    match: str = ".*"
    times: int = Field(default=1, ge=1, le=10_000)


class _WebhookBody(_Body):
    service: str
    url: AnyHttpUrl


@runtime_checkable
class _Subscribable(Protocol):
    """A service in whose settings a person can enter a webhook's address; all four are."""

    def subscribe(self, url: str) -> None: ...


def control(sandbox: Sandbox) -> ASGIApp:
    """The application for the sandbox's first port."""
    stream = Stream(sandbox.services)
    api = _Api(sandbox, stream)
    routes = [
        Route("/services", api.services),
        Route("/board", api.board),
        Route("/items/{service}/{item:path}", api.item),
        Route("/containers/{service}", api.containers),
        Route("/act", api.act, methods=["POST"]),
        Route("/clock", api.clock),
        Route("/clock", api.advance, methods=["POST"]),
        Route("/faults", api.faults),
        Route("/faults", api.fault, methods=["POST"]),
        Route("/webhooks", api.webhook, methods=["POST"]),
        Route("/story", api.story, methods=["POST"]),
        Route("/stream", api.stream),
    ]
    application = Starlette(
        routes=[Mount("/api", routes=routes), Mount("/", StaticFiles(directory=_PAGE, html=True))],
        exception_handlers={HTTPException: _refusal},
    )
    return _OwnMachine(application)


class _Api:
    def __init__(self, sandbox: Sandbox, stream: Stream) -> None:
        self._sandbox = sandbox
        self._stream = stream

    def _service(self, name: str) -> Service:
        if name not in self._sandbox.services:
            known = ", ".join(self._sandbox.services)
            raise HTTPException(404, f"no service is called '{name}'; there are: {known}")
        return self._sandbox.services[name]

    async def services(self, request: Request) -> Response:
        """The services with their addresses, the calls they have had, and what a person can choose."""
        return JSONResponse(
            [
                {
                    "name": name,
                    "url": service.base_url,
                    "calls": sum(self._sandbox.faults[name].calls.values()),
                    "priorities": _PRIORITIES.get(name, ()),
                }
                for name, service in self._sandbox.services.items()
            ]
        )

    async def board(self, request: Request) -> Response:
        """The ``limit`` latest cards of every ``service`` asked for, or of all, that ``search`` finds."""
        limit = request.query_params.get("limit", "30")
        if not limit.isdecimal() or not 1 <= int(limit) <= 500:
            raise HTTPException(400, "limit: a number from 1 to 500")
        search = request.query_params.get("search", "").strip()
        asked = request.query_params.getlist("service") or list(self._sandbox.services)
        return JSONResponse(
            {
                name: [
                    without_comments(card)
                    for card in self._service(name).cards(limit=int(limit), search=search)
                ]
                for name in asked
            }
        )

    async def item(self, request: Request) -> Response:
        """One item with its comments."""
        service, item = self._service(request.path_params["service"]), request.path_params["item"]
        card = service.card(item)
        if card is None:
            raise HTTPException(404, f"{service.name} has no item {item}")
        return JSONResponse(as_json(card))

    async def containers(self, request: Request) -> Response:
        """Where new items of a service can go: projects, repositories, databases, brands."""
        cards = self._service(request.path_params["service"]).cards(limit=_ALL)
        return JSONResponse(sorted({card.container for card in cards}))

    async def act(self, request: Request) -> Response:
        """What a person does in one of the tools; the item as it then stands."""
        wanted = (await _read(request, _ActBody)).root
        service = self._service(wanted.service)
        try:
            item = wanted.apply(service)
        except ValueError as error:
            raise HTTPException(400, str(error)) from None
        card = service.card(item)
        return JSONResponse({"id": item, "card": None if card is None else as_json(card)})

    async def clock(self, request: Request) -> Response:
        return JSONResponse({"now": self._sandbox.clock.now().isoformat()})

    async def advance(self, request: Request) -> Response:
        """Move the time of all services forward."""
        self._sandbox.clock.advance((await _read(request, _ClockBody)).advance)
        return await self.clock(request)

    async def faults(self, request: Request) -> Response:
        """The faults that are still to strike, by service."""
        return JSONResponse(
            {
                name: [asdict(fault) for fault in faults.active]
                for name, faults in self._sandbox.faults.items()
            }
        )

    async def fault(self, request: Request) -> Response:
        """Let the next requests that match go wrong."""
        wanted = await _read(request, _FaultBody)
        self._service(wanted.service)
        try:
            re.compile(wanted.match)
        except re.error as error:
            raise HTTPException(400, f"match: not a regular expression ({error})") from None
        self._sandbox.faults[wanted.service].active.append(Fault(wanted.kind, wanted.match, wanted.times))
        return await self.faults(request)

    async def webhook(self, request: Request) -> Response:
        """Enter a webhook's address in a service, as a person does in its settings."""
        wanted = await _read(request, _WebhookBody)
        service = self._service(wanted.service)
        if not isinstance(service, _Subscribable):
            raise HTTPException(400, f"{service.name} sends no webhooks")
        service.subscribe(str(wanted.url))
        return JSONResponse({"service": service.name, "url": str(wanted.url)})

    async def story(self, request: Request) -> Response:
        """Tell everybody who watches one line of the story."""
        self._stream.tell(await _read(request, StoryLine))
        return JSONResponse({})

    async def stream(self, request: Request) -> Response:
        """Server-sent events: ``story`` for every line so far and to come, ``changed`` for every change."""
        return StreamingResponse(self._events(), media_type="text/event-stream")

    async def _events(self) -> AsyncIterator[str]:
        async for event, data in self._stream.listen():
            yield f"event: {event}\ndata: {json.dumps(data)}\n\n"


async def _read(request: Request, model: type[B]) -> B:
    """The body of a post. Refuses with 400 and the name of the first field that is wrong."""
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise HTTPException(400, f"{where}: {first['msg']}".removeprefix(": ")) from None


async def _refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is registered for
    return JSONResponse({"error": error.detail}, error.status_code)


class _OwnMachine:
    """Refuses whatever does not come from this machine and this page, and adds the security headers."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        refusal = _objection(scope["method"], headers)
        app: Callable[[Scope, Receive, Send], Awaitable[None]] = refusal or self._app

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                guards = [(name.lower().encode(), value.encode()) for name, value in _HEADERS.items()]
                message = {**message, "headers": [*message["headers"], *guards]}
            await send(message)

        await app(scope, receive, send_guarded)


def _objection(method: str, headers: Headers) -> Response | None:
    host = headers.get("host", "")
    if urlsplit(f"//{host}").hostname not in _LOOPBACK:
        return JSONResponse({"error": "this sandbox answers to 127.0.0.1 and localhost only"}, 403)
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return JSONResponse({"error": "requests from other sites are refused"}, 403)
    if method == "POST" and headers.get("content-type", "").partition(";")[0] != "application/json":
        return JSONResponse({"error": "send JSON, with Content-Type: application/json"}, 415)
    return None

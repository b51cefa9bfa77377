"""The sandbox's own door: a JSON API and the page that shows the four tools side by side.

Everything here is what people and tests do *to* the sandbox; the emulated vendors know nothing of it. It
answers only to this machine: a foreign ``Host`` (a rebound name), a foreign ``Origin`` (another site's
page) and posts that are no JSON are refused.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Annotated, Literal, Protocol, runtime_checkable
from urllib.parse import urlsplit

from pydantic import AnyHttpUrl, Field, RootModel
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.body import Body, read, service_of
from sandbox.chaos import Chaos
from sandbox.server import Sandbox
from sandbox.service import Service
from sandbox.stream import StoryLine, Stream, as_json, without_comments

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


class _Comment(Body):
    """Somebody of the team comments."""

    act: Literal["comment"]
    service: str
    item: str
    text: str = Field(min_length=1)
    internal: bool = True

    def apply(self, service: Service) -> str:
        service.person_comments(self.item, self.text, internal=self.internal)
        return self.item


class _Set(Body):
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


class _Create(Body):
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


class _WebhookBody(Body):
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
        *Chaos(sandbox).routes(),
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
                    for card in service_of(self._sandbox, name).cards(limit=int(limit), search=search)
                ]
                for name in asked
            }
        )

    async def item(self, request: Request) -> Response:
        """One item with its comments."""
        service, item = service_of(self._sandbox, request.path_params["service"]), request.path_params["item"]
        card = service.card(item)
        if card is None:
            raise HTTPException(404, f"{service.name} has no item {item}")
        return JSONResponse(as_json(card))

    async def containers(self, request: Request) -> Response:
        """Where new items of a service can go: projects, repositories, databases, brands."""
        cards = service_of(self._sandbox, request.path_params["service"]).cards(limit=_ALL)
        return JSONResponse(sorted({card.container for card in cards}))

    async def act(self, request: Request) -> Response:
        """What a person does in one of the tools; the item as it then stands."""
        wanted = (await read(request, _ActBody)).root
        service = service_of(self._sandbox, wanted.service)
        try:
            item = wanted.apply(service)
        except ValueError as error:
            raise HTTPException(400, str(error)) from None
        card = service.card(item)
        return JSONResponse({"id": item, "card": None if card is None else as_json(card)})

    async def webhook(self, request: Request) -> Response:
        """Enter a webhook's address in a service, as a person does in its settings."""
        wanted = await read(request, _WebhookBody)
        service = service_of(self._sandbox, wanted.service)
        if not isinstance(service, _Subscribable):
            raise HTTPException(400, f"{service.name} sends no webhooks")
        service.subscribe(str(wanted.url))
        return JSONResponse({"service": service.name, "url": str(wanted.url)})

    async def story(self, request: Request) -> Response:
        """Tell everybody who watches one line of the story."""
        self._stream.tell(await read(request, StoryLine))
        return JSONResponse({})

    async def stream(self, request: Request) -> Response:
        """Server-sent events: ``story`` for every line so far and to come, ``changed`` for every change."""
        return StreamingResponse(self._events(), media_type="text/event-stream")

    async def _events(self) -> AsyncIterator[str]:
        async for event, data in self._stream.listen():
            yield f"event: {event}\ndata: {json.dumps(data)}\n\n"


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

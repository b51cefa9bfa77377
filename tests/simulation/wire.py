"""HTTP without sockets: requests and httpx speak to the emulated tools in this very thread.

So a history is the same each time it is played, and no time passes but the sandbox's own.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from email.utils import format_datetime
from typing import TypeAlias, TypeVar
from unittest.mock import patch
from urllib.parse import unquote, urlsplit

import httpx
import requests
import urllib3
from httpx._transports import default
from requests.adapters import HTTPAdapter
from starlette.types import Message

from sandbox.server import Sandbox
from tests.simulation.death import Fate

T = TypeVar("T")
Headers = Iterable[tuple[str, str]]
Answer: TypeAlias = tuple[int, list[tuple[str, str]], bytes]
"""Status, headers and content."""
EAR = "loopwright.example"
"""The host that webhooks are sent to."""
READS = ("GET", "HEAD")


class Late(Exception):
    """The answer comes later than anybody waits for it."""


class Broken(Exception):
    """The connection broke before there was an answer."""


class Line:
    """The connection below a request, as the sandbox's faults handle it."""

    def __init__(self) -> None:
        self.aborted = False
        self.slow = False

    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        """Asked while an answer is held back: nobody waits so long."""
        self.slow = True
        return True


class Wire:
    """One sandbox, and a loop that runs only while somebody asks something of it."""

    def __init__(self, sandbox: Sandbox, fate: Fate, heard: Callable[[str, Headers, bytes], bool]) -> None:
        """``heard`` takes a webhook by the name of its connection, and says whether that went well."""
        self.sandbox = sandbox
        self._fate = fate
        self._heard = heard
        self._loop = asyncio.new_event_loop()
        self._services = {
            urlsplit(service.base_url).netloc: sandbox.faults[name]
            for name, service in sandbox.services.items()
        }

    @contextmanager
    def instead_of_sockets(self) -> Iterator[None]:
        wire = self

        def by_requests(_self: HTTPAdapter, request: requests.PreparedRequest, *_: object, **__: object):  # type: ignore[no-untyped-def]
            return wire._by_requests(_self, request)

        def by_httpx(_self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
            return wire._by_httpx(request)

        async def hooks(_self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
            return wire._hook(request)

        with ExitStack() as stack:
            stack.enter_context(patch.object(HTTPAdapter, "send", by_requests))
            stack.enter_context(patch.object(httpx.HTTPTransport, "handle_request", by_httpx))
            # What only sockets need, and what takes more time than all the rest.
            stack.enter_context(patch.object(default, "create_ssl_context", lambda *_, **__: None))
            stack.enter_context(patch.object(requests.sessions, "get_environ_proxies", lambda *_, **__: {}))
            stack.enter_context(patch.object(httpx.AsyncHTTPTransport, "handle_async_request", hooks))
            yield

    def close(self) -> None:
        self._loop.run_until_complete(self.sandbox.hooks.close())
        self._loop.close()
        self.sandbox.close()

    def call(self, act: Callable[[], T]) -> T:
        """What somebody does in a tool's own window; then what follows from it."""

        async def run() -> T:
            result = act()
            await self.sandbox.hooks.drain()
            return result

        return self._loop.run_until_complete(run())

    def ask(
        self, method: str, url: str, headers: Headers, body: bytes
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """An answer, which may be cut short. Raises Late and Broken."""
        if method not in READS:
            self._fate.write()
        parts = urlsplit(url)
        line, sent = Line(), list[Message]()
        host, _, port = parts.netloc.partition(":")
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(parts.path),
            "raw_path": parts.path.encode(),
            "query_string": parts.query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
            "server": (host, int(port)),
            "client": ("127.0.0.1", 1),
            "state": {"transport": line},
        }

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            sent.append(message)

        self._loop.run_until_complete(self._services[parts.netloc](scope, receive, send))
        if line.slow:
            raise Late(url)
        if not sent:
            raise Broken(url)
        answered = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in sent[0].get("headers", ())
        ]
        now = format_datetime(self.sandbox.clock.now(), usegmt=True)
        content = b"".join(message.get("body", b"") for message in sent[1:])
        return sent[0]["status"], [*answered, ("date", now)], content

    def _by_requests(self, adapter: HTTPAdapter, request: requests.PreparedRequest) -> requests.Response:
        headers = {**request.headers}
        headers.setdefault("Host", urlsplit(request.url or "").netloc)
        try:
            status, answered, content = self.ask(
                request.method or "GET", request.url or "", headers.items(), _whole(request.body)
            )
        except Late as late:
            raise requests.ReadTimeout(str(late), request=request) from late
        except Broken as broken:
            raise requests.ConnectionError(str(broken), request=request) from broken
        raw = urllib3.HTTPResponse(
            body=io.BytesIO(content),
            headers=urllib3.HTTPHeaderDict(answered),
            status=status,
            preload_content=False,
            request_method=request.method,
        )
        return adapter.build_response(request, raw)

    def _by_httpx(self, request: httpx.Request) -> httpx.Response:
        try:
            status, answered, content = self.ask(
                request.method, str(request.url), request.headers.multi_items(), request.read()
            )
        except Late as late:
            raise httpx.ReadTimeout(str(late), request=request) from late
        except Broken as broken:
            raise httpx.RemoteProtocolError(str(broken), request=request) from broken
        if len(content) < int(dict(answered).get("content-length", "0")):
            raise httpx.RemoteProtocolError("peer closed connection without sending complete message body")
        return httpx.Response(status, headers=answered, content=content, request=request)

    def _hook(self, request: httpx.Request) -> httpx.Response:
        name = request.url.path.rpartition("/")[2]
        well = self._heard(name, request.headers.multi_items(), request.content)
        return httpx.Response(204 if well else 503, request=request)


def _whole(body: object) -> bytes:
    """A request's body, however the client hands it over."""
    match body:
        case None:
            return b""
        case str():
            return body.encode()
        case bytes():
            return body
        case _ if hasattr(body, "read"):
            whole: bytes = body.read()
            return whole
        case Iterable():
            return b"".join(body)
        case _:
            raise TypeError(f"no body is a {type(body).__name__}")

"""Runs the emulated services: one event loop, one port each, all on loopback."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from email.utils import format_datetime
from typing import ClassVar, TypeVar, cast

import uvicorn
from starlette.applications import Starlette
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.hooks import Hooks
from sandbox.onlooker import Onlooker
from sandbox.service import Conditions, Service

T = TypeVar("T")
S = TypeVar("S", bound=Service)


class _Protocol(H11Protocol):
    """Lets a fault reach the socket below the request."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.app_state = {**self.app_state, "transport": transport}
        super().connection_made(transport)


class Sandbox:
    """The services of one sandbox with their clock, their webhooks and their faults."""

    onlooker: ClassVar[Onlooker] = Onlooker()
    """Of all sandboxes that the process makes."""

    def __init__(
        self,
        service_types: Sequence[type[Service]],
        *,
        conditions: Conditions | None = None,
        first_port: int = 0,
    ) -> None:
        """``first_port`` 0 takes any free ports; otherwise services follow one another from there."""
        self.clock = Clock()
        self.conditions = conditions or Conditions()
        self.services: dict[str, Service] = {}
        self.faults: dict[str, Faults] = {}
        self.hooks = Hooks(self.clock, self.faults)
        self.hooks.listeners.append(self.onlooker.webhook)
        self._apps: dict[int, ASGIApp] = {}
        self._sockets: list[socket.socket] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: uvicorn.Server | None = None
        for index, service_type in enumerate(service_types):
            service = service_type(self.clock, self.hooks, self.conditions)
            app = Faults(self.onlooker.around(service, Starlette(routes=service.routes())))
            port = self.mount(app, first_port + index if first_port else 0)
            service.base_url = f"http://127.0.0.1:{port}"
            self.services[service.name] = service
            self.faults[service.name] = app

    def mount(self, app: ASGIApp, port: int = 0) -> int:
        """Serve one more application on a port of its own; the port. To be called before :meth:`serve`.

        Raises OSError where the port is taken; nothing is served then.
        """
        # With the protocol named, asyncio turns Nagle's algorithm off: else every answer waits 40 ms.
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._sockets.append(listening)
        try:
            listening.bind(("127.0.0.1", port))
        except OSError:
            for bound in self._sockets:
                bound.close()
            raise
        port = cast(int, listening.getsockname()[1])
        self._apps[port] = app
        return port

    def service(self, service_type: type[S]) -> S:
        """The service of this type."""
        found = self.services[service_type.name]
        assert isinstance(found, service_type)  # noqa: S101
        return found

    async def _dispatch(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._apps[scope["server"][1]](scope, receive, self._dated(send))

    def _dated(self, send: Send) -> Send:
        """Answers bear the sandbox's own time: who asks what was new since then must not hear of another."""

        async def dated(message: Message) -> None:
            if message["type"] == "http.response.start":
                now = format_datetime(self.clock.now(), usegmt=True).encode()
                message = {**message, "headers": [*message.get("headers", ()), (b"date", now)]}
            await send(message)

        return dated

    async def serve(self) -> None:
        """Serve until :meth:`stop`."""
        self._loop = asyncio.get_running_loop()
        config = uvicorn.Config(
            self._dispatch,
            interface="asgi3",
            http=_Protocol,
            lifespan="off",
            log_level="critical",
            date_header=False,
            # Longer than clients keep an idle connection: none is closed while a request is on its way.
            timeout_keep_alive=60,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        try:
            await self._server.serve(sockets=self._sockets)
        finally:
            await self.hooks.close()

    def stop(self) -> None:
        """Ask :meth:`serve` to end; from any thread."""
        if self._server is not None:
            self._server.should_exit = True

    def close(self) -> None:
        """Give the ports back where nothing was served."""
        for listening in self._sockets:
            listening.close()

    def call(self, act: Callable[[], T]) -> T:
        """Run ``act`` in the event loop of a sandbox that another thread serves, and wait for its result."""

        async def run() -> T:
            return act()

        assert self._loop is not None  # noqa: S101
        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(timeout=30)

    def drain(self) -> None:
        """Wait, from another thread, until no webhook is in flight; late ones wait for the clock."""
        assert self._loop is not None  # noqa: S101
        asyncio.run_coroutine_threadsafe(self.hooks.drain(), self._loop).result(timeout=30)

    @contextmanager
    def running(self) -> Iterator[Sandbox]:
        """Serve in a thread for the length of the block."""
        thread = threading.Thread(target=lambda: asyncio.run(self.serve()), name="sandbox", daemon=True)
        thread.start()
        while self._server is None or not self._server.started:
            if not thread.is_alive():
                raise RuntimeError("the sandbox did not start")
            thread.join(0.01)
        try:
            yield self
        finally:
            self.stop()
            thread.join(10)

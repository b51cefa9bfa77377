"""The daemon's ear: webhooks are verified on their raw bytes, noted and answered; the reading comes after."""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from connectors.errors import BadSignature
from connectors.protocol import Delivery, WebhookRequest
from sync.engine import Engine
from sync.store import hints, leases, notices
from sync.store.database import StoreError
from sync.store.notices import Matter

log = logging.getLogger("loopwright.webhooks")

LARGEST_BODY = 25 * 1024 * 1024
"""Bytes; Jira and GitHub send no larger ones (api-facts, section 5 of both)."""
MOST_HELD = 4 * LARGEST_BODY
"""Bytes of all bodies that are in memory at once: whoever comes beyond that is asked to come again."""
SLOWEST_BODY = 30.0
"""Seconds within which a body must have come in; what hangs longer makes room for others."""
REFUSALS_TOLD = 60.0
"""Seconds between two log lines about refused webhooks of one connection: anybody can send any number."""


class PortTaken(Exception):
    """The address for webhooks is in use: the message says which setting to change."""


class Ear:
    """An HTTP server in a thread of its own: ``/hooks/CONNECTION`` and ``/healthz``."""

    def __init__(self, engine: Engine, host: str, port: int) -> None:
        self.port = port
        """Where it listens, once it was started; before that it may be 0 for any free port."""
        self._engine = engine
        self._host = host
        self._socket: socket.socket | None = None
        self._held = 0
        self._refusals: dict[str, Refusals] = {}
        # A connector belongs to one thread; verifying takes microseconds, so one thread is enough.
        self._verifier = ThreadPoolExecutor(1, thread_name_prefix="verify")
        routes = [
            Route("/hooks/{connection}", self._receive, methods=["POST"]),
            Route("/healthz", self._health),
        ]
        config = uvicorn.Config(
            Starlette(routes=routes), lifespan="off", log_level="critical", timeout_graceful_shutdown=5
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="webhooks")

    def start(self) -> None:
        """Listen from now on. Raises PortTaken."""
        self._socket = listen(self._host, self.port)
        self.port = self._socket.getsockname()[1]
        self._thread.start()

    def stop(self) -> None:
        """Answer what has come in, then close."""
        self._server.should_exit = True
        if self._socket is not None:
            self._thread.join()
            self._socket.close()
        self._verifier.shutdown()

    def _serve(self) -> None:
        assert self._socket is not None  # noqa: S101 - made before the thread was started
        self._server.run(sockets=[self._socket])

    async def _receive(self, request: Request) -> Response:
        name = request.path_params["connection"]
        if name not in self._engine.fleet.specs:
            return JSONResponse({"error": f"there is no connection '{name}'"}, 404)
        body = bytearray()
        try:
            async with asyncio.timeout(SLOWEST_BODY):
                async for chunk in request.stream():
                    body += chunk
                    self._held += len(chunk)
                    if len(body) > LARGEST_BODY:
                        return JSONResponse({"error": "body too large"}, 413)
                    if self._held > MOST_HELD:
                        return JSONResponse({"error": "too much at once"}, 503, {"retry-after": "5"})
            headers = {key.lower(): value for key, value in request.headers.items()}
            delivery = WebhookRequest(headers, bytes(body), self._engine.moment(self._engine.now()))
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._verifier, self._note, name, delivery)
        except TimeoutError:
            return JSONResponse({"error": "the body came too slowly"}, 408)
        except ClientDisconnect:
            return Response(status_code=400)  # which nobody is there to read
        finally:
            self._held -= len(body)

    def _note(self, name: str, request: WebhookRequest) -> Response:
        engine = self._engine
        try:
            delivery = engine.fleet.get(name).receive(request)
        except BadSignature as error:
            self._refusals.setdefault(name, Refusals()).tell(name, error, engine.now())
            return JSONResponse({"error": "bad signature"}, 401)
        try:
            note(engine, name, delivery)
        except StoreError as error:
            # Not ours until it is stored: the sender will try again, or the next poll finds it.
            log.error("%s", error)
            return JSONResponse({"error": "not stored"}, 503)
        return Response(status_code=204)

    async def _health(self, request: Request) -> Response:
        with self._engine.store.read() as view:
            lease = leases.get(view, "daemon")
        alive = lease is not None and self._engine.now() - lease.beat < leases.DEAD_AFTER
        return JSONResponse({"alive": alive}, 200 if alive else 503)


def note(engine: Engine, name: str, delivery: Delivery) -> None:
    """Keep what a webhook hints at; the same delivery once more brings nothing. Raises StoreError."""
    with engine.write() as tx:
        if not hints.first_delivery(tx, name, delivery.id, engine.now()):
            return
        for ref in delivery.refs:
            hints.add(tx, ref, due=engine.now())
        if delivery.verification:
            text = f"confirm this webhook in {name} with the token {delivery.verification}"
            notices.tell_connection(tx, Matter.CONFIRM, name, text, engine.now())
        else:
            notices.withdraw_connection(tx, Matter.CONFIRM, name)


@dataclass(slots=True)
class Refusals:
    """Refused webhooks of one connection, told now and then however many there are."""

    told: float = 0.0
    untold: int = 0

    def tell(self, name: str, error: BadSignature, now: float) -> None:
        if now - self.told < REFUSALS_TOLD:
            self.untold += 1
            return
        more = f", and {self.untold} more since the last line about it" if self.untold else ""
        log.warning("a webhook for %s was refused%s: %s", name, more, error.message)
        self.told, self.untold = now, 0


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to the address for webhooks. Raises PortTaken."""
    listening = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise PortTaken(
            f"cannot listen for webhooks on {host}:{port}: {error.strerror}\n"
            "  stop what listens there, or set webhooks.port to another"
        ) from error
    return listening

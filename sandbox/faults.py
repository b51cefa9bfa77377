"""Things that go wrong on demand, between a service and whoever calls it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.trouble import Fault, FaultKind, Kind, Trouble

__all__ = ["Fault", "FaultKind", "Faults"]

SLOW = 0.2
"""Real seconds that a slow answer takes when nothing else is asked for."""
_LOOK = 0.02
"""Seconds between two looks whether anybody still waits."""
_STATUS: Mapping[Kind, HTTPStatus] = {
    "server_error": HTTPStatus.INTERNAL_SERVER_ERROR,
    "bad_gateway": HTTPStatus.BAD_GATEWAY,
    "unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "gateway_timeout": HTTPStatus.GATEWAY_TIMEOUT,
    "saved_unavailable": HTTPStatus.SERVICE_UNAVAILABLE,
    "html": HTTPStatus.BAD_GATEWAY,
    "proxy_page": HTTPStatus.OK,
    "rate_limited": HTTPStatus.TOO_MANY_REQUESTS,
    "rate_limited_untimed": HTTPStatus.TOO_MANY_REQUESTS,
}
_HAPPENS = frozenset({"lose_answer", "gateway_timeout", "saved_unavailable"})
"""The request is carried out before its answer is lost or replaced."""


class Faults(Trouble):
    """ASGI middleware that counts the calls of one service and makes some of them go wrong."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__()
        self.app = app
        self.calls: dict[str, int] = {}
        """Calls by ``METHOD`` so far."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self.calls[scope["method"]] = self.calls.get(scope["method"], 0) + 1
        request = f"{scope['method']} {scope['path']}"
        fault = self.pick("request", request, request)
        if fault is None:
            await self.app(scope, receive, send)
        elif fault.kind == "slow":
            seconds = SLOW if fault.seconds is None else fault.seconds
            await self.app(scope, receive, _Slow(send, scope["state"]["transport"], seconds))
        elif fault.kind == "cut":
            await self.app(scope, receive, _Cut(send, scope["state"]["transport"]))
        else:
            if fault.kind in _HAPPENS:
                await self.app(scope, receive, _swallow)
            if fault.kind in _STATUS:
                await _answer(fault.kind)(scope, receive, send)
            else:
                scope["state"]["transport"].abort()


def _answer(kind: Kind) -> Response:
    status = _STATUS[kind]
    if kind in ("html", "proxy_page"):
        return HTMLResponse(f"<html><body><h1>{status.phrase}</h1></body></html>", status)
    return PlainTextResponse(status.phrase, status, {"Retry-After": "1"} if kind == "rate_limited" else {})


async def _swallow(message: Message) -> None:
    """Take an answer that nobody will see."""


class _Slow:
    """Holds an answer back, once, for as long as somebody waits for it."""

    def __init__(self, send: Send, transport: asyncio.Transport, seconds: float) -> None:
        self._send = send
        self._transport = transport
        self._seconds = seconds

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            loop = asyncio.get_running_loop()
            until = loop.time() + self._seconds
            while (left := until - loop.time()) > 0 and not self._transport.is_closing():
                await asyncio.sleep(min(left, _LOOK))
        await self._send(message)


class _Cut:
    """Sends the head of an answer and half of its body's first piece, and drops the connection.

    An answer without a body is lost whole: with its head it would be complete.
    """

    def __init__(self, send: Send, transport: asyncio.Transport) -> None:
        self._send = send
        self._transport = transport
        self._head: Message | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._head = message
        elif self._head is not None and (message.get("body") or not message.get("more_body")):
            head, self._head = self._head, None
            if piece := message.get("body", b""):
                await self._send(head)
                await self._send({**message, "body": piece[: len(piece) // 2], "more_body": True})
            self._transport.abort()

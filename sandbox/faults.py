"""Things that go wrong on demand, between a service and whoever calls it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FaultKind = Literal["lose_answer", "lose_request", "unavailable", "html", "rate_limited"]


@dataclass(slots=True)
class Fault:
    """``lose_answer``: the write happens, the connection drops before the answer. ``lose_request``: it drops
    before anything happens. ``unavailable`` and ``html``: a 503 and a 502 page before anything happens.
    ``rate_limited``: a 429 with Retry-After of one second."""

    kind: FaultKind
    match: str = ".*"
    """A regular expression over ``METHOD /path``."""
    times: int = 1
    """How many requests it hits before it is over."""


class Faults:
    """ASGI middleware that counts the calls of one service and makes the asked-for ones go wrong."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.active: list[Fault] = []
        self.calls: dict[str, int] = {}
        """Calls by ``METHOD`` so far."""

    def _pick(self, scope: Scope) -> Fault | None:
        request = f"{scope['method']} {scope['path']}"
        for fault in self.active:
            if re.search(fault.match, request):
                fault.times -= 1
                if fault.times <= 0:
                    self.active.remove(fault)
                return fault
        return None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        self.calls[scope["method"]] = self.calls.get(scope["method"], 0) + 1
        fault = self._pick(scope)
        if fault is None:
            await self.app(scope, receive, send)
        elif fault.kind == "lose_answer":
            await self.app(scope, receive, _swallow)
            scope["state"]["transport"].abort()
        elif fault.kind == "lose_request":
            scope["state"]["transport"].abort()
        else:
            status = {"unavailable": 503, "html": 502, "rate_limited": 429}[fault.kind]
            headers = {"Retry-After": "1"} if status == 429 else {}
            page = HTMLResponse(f"<html><body><h1>{status}</h1></body></html>", status, headers)
            await page(scope, receive, send)


async def _swallow(message: Message) -> None:
    """Take an answer that nobody will see."""

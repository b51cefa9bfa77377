"""The part of the control API that makes things hard: time, faults one by one, and faults by chance."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated

from pydantic import AfterValidator, Field
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.body import Body, read, service_of
from sandbox.server import Sandbox
from sandbox.trouble import Fault, Kind, Trouble, Weather


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"not a regular expression ({error})") from None
    return text


Pattern = Annotated[str, AfterValidator(_pattern)]
Seconds = Annotated[float, Field(ge=0, le=86_400)]


class _ClockBody(Body):
    advance: float = Field(default=0, ge=0, description="seconds")
    frozen: bool | None = None


class _FaultBody(Body):
    service: str
    kind: Kind
    match: Pattern = ".*"
    times: int = Field(default=1, ge=1, le=10_000)
    seconds: Seconds | None = None


class _WeatherBody(Body):
    service: str
    seed: int
    odds: Mapping[Kind, Annotated[float, Field(ge=0, le=1)]]
    match: Pattern = ".*"
    seconds: Seconds | None = None


class Chaos:
    """Routes over the clock and the faults of one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> list[Route]:
        return [
            Route("/clock", self.clock),
            Route("/clock", self.move, methods=["POST"]),
            Route("/faults", self.faults),
            Route("/faults", self.fault, methods=["POST"]),
            Route("/faults", self.calm, methods=["DELETE"]),
            Route("/weather", self.weather, methods=["POST"]),
        ]

    async def clock(self, request: Request) -> Response:
        clock = self._sandbox.clock
        return JSONResponse({"now": clock.now().isoformat(), "frozen": clock.frozen})

    async def move(self, request: Request) -> Response:
        """Move the time of all services forward; freeze it, or let it go on."""
        wanted, clock = await read(request, _ClockBody), self._sandbox.clock
        if wanted.frozen:
            clock.freeze()
        clock.advance(wanted.advance)
        if wanted.frozen is False:
            clock.thaw()
        return await self.clock(request)

    async def faults(self, request: Request) -> Response:
        """By service: what is still to strike, what may by chance, and what did."""
        return JSONResponse({name: _told(faults) for name, faults in self._sandbox.faults.items()})

    async def fault(self, request: Request) -> Response:
        """Let the next requests or webhooks that match go wrong."""
        wanted = await read(request, _FaultBody)
        name = service_of(self._sandbox, wanted.service).name
        fault = Fault(wanted.kind, wanted.match, wanted.times, wanted.seconds)
        self._sandbox.faults[name].active.append(fault)
        return await self.faults(request)

    async def weather(self, request: Request) -> Response:
        """From now on, let requests and webhooks of a service go wrong by chance, in place of what was."""
        wanted = await read(request, _WeatherBody)
        name = service_of(self._sandbox, wanted.service).name
        try:
            weather = Weather(wanted.seed, wanted.odds, wanted.match, wanted.seconds)
        except ValueError as error:
            raise HTTPException(400, str(error)) from None
        self._sandbox.faults[name].weather = weather
        return await self.faults(request)

    async def calm(self, request: Request) -> Response:
        """Let nothing go wrong any more, with the ``service`` asked for or with all."""
        asked = request.query_params.getlist("service") or list(self._sandbox.services)
        for name in [service_of(self._sandbox, one).name for one in asked]:
            self._sandbox.faults[name].calm()
        return await self.faults(request)


def _told(trouble: Trouble) -> dict[str, object]:
    weather = trouble.weather
    return {
        "asked": [asdict(fault) for fault in trouble.active],
        "weather": weather
        and {"seed": weather.seed, "odds": weather.odds, "match": weather.match, "seconds": weather.seconds},
        "struck": [asdict(strike) for strike in trouble.struck],
    }

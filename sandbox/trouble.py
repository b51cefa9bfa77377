"""What is to go wrong with a service, and what did: asked for once, or by chance from a seed."""

from __future__ import annotations

import random
import re
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

FaultKind = Literal[
    "lose_request",
    "lose_answer",
    "cut",
    "slow",
    "server_error",
    "bad_gateway",
    "unavailable",
    "gateway_timeout",
    "saved_unavailable",
    "html",
    "proxy_page",
    "rate_limited",
    "rate_limited_untimed",
]
"""What can strike a request.

Nothing happens: ``lose_request`` drops the connection; ``server_error``, ``bad_gateway`` and
``unavailable`` answer 500, 502 and 503; ``html`` answers 502 with a page for people, ``proxy_page`` 200 with
one; ``rate_limited`` answers 429 with a Retry-After of one second, ``rate_limited_untimed`` without.

The request is carried out: ``lose_answer`` drops the connection before the answer, ``cut`` in the middle of
its body; ``slow`` holds the answer back; ``gateway_timeout`` answers 504 in its place, as a gateway that did
not wait for it, and ``saved_unavailable`` 503, as Notion's that saved first (request-limits page).
"""
HookFaultKind = Literal["late", "doubled", "out_of_order", "missing"]
"""What can strike a webhook. ``late``: sent once so many seconds have passed. ``doubled``: sent twice.
``out_of_order``: sent after the service's next one, or after so many seconds if none comes. ``missing``:
never sent."""
Kind = FaultKind | HookFaultKind
Sort = Literal["request", "webhook"]
"""What is struck."""

_KINDS: Mapping[Sort, frozenset[str]] = {
    "request": frozenset(get_args(FaultKind)),
    "webhook": frozenset(get_args(HookFaultKind)),
}
_REMEMBERED = 10_000


@dataclass(slots=True)
class Fault:
    """One kind of fault, for the next requests or webhooks that match."""

    kind: Kind
    match: str = ".*"
    """A regular expression over ``METHOD /path`` of a request, or over the body of a webhook."""
    times: int = 1
    """How many it strikes before it is over."""
    seconds: float | None = None
    """How long what is slow or late takes; ``None`` for what is usual."""


@dataclass(slots=True)
class Weather:
    """Faults by chance. The same seed strikes the same places of the same sequence, with the same kinds.

    Requests and webhooks are a sequence each. Raises ValueError for odds that are none.
    """

    seed: int
    odds: Mapping[Kind, float]
    """The probability of each kind; together at most 1 for requests, and for webhooks."""
    match: str = ".*"
    """Only what matches is struck, and only that is counted in the sequence."""
    seconds: float | None = None
    _dice: dict[Sort, random.Random] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._dice = {sort: random.Random(f"{self.seed} {sort}") for sort in _KINDS}  # noqa: S311 - foretellable
        for sort in _KINDS:
            chances = self._chances(sort).values()
            if min(chances, default=0) < 0 or sum(chances) > 1 + 1e-9:
                raise ValueError(f"odds: no probability below 0, and for a {sort} together at most 1")

    def strike(self, sort: Sort, text: str) -> Kind | None:
        """What becomes of the next one."""
        if not re.search(self.match, text):
            return None
        rest = self._dice[sort].random()
        for kind, probability in self._chances(sort).items():
            rest -= probability
            if rest < 0:
                return kind
        return None

    def _chances(self, sort: Sort) -> dict[Kind, float]:
        return {kind: self.odds[kind] for kind in sorted(self.odds) if kind in _KINDS[sort]}


@dataclass(frozen=True, slots=True)
class Strike:
    """A fault that happened."""

    sort: Sort
    number: int
    """Which request or webhook of the service it was, counted from 1."""
    what: str
    kind: Kind


class Trouble:
    """What is to go wrong with one service. What was asked for once comes before the weather."""

    def __init__(self) -> None:
        self.active: list[Fault] = []
        """Asked for, and still to strike."""
        self.weather: Weather | None = None
        self.struck: deque[Strike] = deque(maxlen=_REMEMBERED)
        """What happened, oldest first."""
        self._seen: Counter[Sort] = Counter()

    def calm(self) -> None:
        """Let nothing go wrong any more; what struck stays known."""
        self.active.clear()
        self.weather = None

    def pick(self, sort: Sort, name: str, text: str) -> Fault | None:
        """The fault that strikes the next one, called ``name``, of which ``text`` is matched."""
        self._seen[sort] += 1
        fault = self._asked(sort, text) or self._by_chance(sort, text)
        if fault:
            self.struck.append(Strike(sort, self._seen[sort], name, fault.kind))
        return fault

    def _asked(self, sort: Sort, text: str) -> Fault | None:
        for fault in self.active:
            if fault.kind in _KINDS[sort] and re.search(fault.match, text):
                fault.times -= 1
                if fault.times <= 0:
                    self.active.remove(fault)
                return fault
        return None

    def _by_chance(self, sort: Sort, text: str) -> Fault | None:
        weather = self.weather
        kind = weather.strike(sort, text) if weather else None
        return Fault(kind, seconds=weather.seconds) if weather and kind else None

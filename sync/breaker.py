"""The circuit breaker: a tool that fails again and again is left alone, but for one probe at a time.

:mod:`sync.patience` decides how long one write or read waits after its failure. The breaker is what they know
of one another's failures: a thousand writes that each wait a minute still ask a thousand times a minute.
"""

from __future__ import annotations

import logging
from dataclasses import replace

from sqlalchemy import Connection

from connectors.errors import OutcomeUnknown, Unavailable
from connectors.model import Ref
from sync.engine import Engine
from sync.fleet import NotSent
from sync.mistakes import Mistake
from sync.patience import delay
from sync.store import breakers, notices
from sync.store.breakers import Breaker, Side
from sync.store.notices import Matter

log = logging.getLogger("loopwright")

THRESHOLD = 5
"""How many failures in a row open it."""
_STEADY = 3
"""After so many failures its pauses begin: 4 seconds, doubling up to a minute."""


def admits(tx: Connection, connection: str, side: Side, now: float) -> int | None:
    """How much may be asked now: ``None`` for any number, 0, or 1: a probe, which this caller then makes."""
    breaker = breakers.get(tx, connection, side)
    if breaker is None or breaker.since is None:
        return None
    if now < breaker.probe_at:
        return 0
    probes = breaker.probes + 1
    breakers.put(tx, replace(breaker, probes=probes, probe_at=now + _pause(probes)))
    return 1


def admitted(engine: Engine, connection: str, side: Side) -> bool:
    """Whether one request may be made now."""
    with engine.store.read() as view:
        if not breakers.is_open(view, connection, side):
            return True
        if breakers.rests(view, connection, side, engine.now()) > 0:
            return False
    with engine.store.write() as tx:
        return admits(tx, connection, side, engine.now()) != 0


def heard(engine: Engine, connection: str, side: Side, *came: object) -> bool:
    """What requests came to: errors, or anything else for an answer; whether more may be asked.

    Any answer closes the breaker. A refusal is an answer too; so is "slow down", for which there are budgets.
    """
    outcomes = [one for one in came if not isinstance(one, NotSent)]
    troubles = [one for one in outcomes if _is_trouble(one)]
    if len(troubles) < len(outcomes):
        _answered(engine, connection, side)
    elif troubles:
        return _failed(engine, connection, side, str(troubles[0]))
    return True


def _is_trouble(outcome: object) -> bool:
    return isinstance(outcome, Unavailable | OutcomeUnknown) and not isinstance(outcome, Mistake)


def _answered(engine: Engine, connection: str, side: Side) -> None:
    with engine.store.read() as view:
        if breakers.get(view, connection, side) is None:
            return
    with engine.store.write() as tx:
        breaker = breakers.get(tx, connection, side)
        breakers.forget(tx, connection, side)
        notices.withdraw(tx, Matter.RESTS, _about(connection), side)
    if breaker and breaker.since is not None:
        log.info("%s: %s succeed again, after %.0f s", connection, side, engine.now() - breaker.since)
        engine.bell.ring([connection])


def _failed(engine: Engine, connection: str, side: Side, error: str) -> bool:
    now = engine.now()
    with engine.store.write() as tx:
        known = breakers.get(tx, connection, side) or Breaker(connection, side)
        breaker = replace(known, failures=known.failures + 1, error=error)
        opens = breaker.since is None and breaker.failures >= THRESHOLD
        if opens:
            breaker = replace(breaker, since=now, probe_at=now + _pause(0))
            notices.tell(tx, Matter.RESTS, _about(connection), side, f"{told(side)}\n{error}", now)
        breakers.put(tx, breaker)
    if opens:
        log.warning("%s: %s. %s", connection, told(side), error)
    return breaker.since is None


def told(side: Side) -> str:
    """What it means that it is open, in words for people."""
    return f"{THRESHOLD} {side} in a row failed, and it is left alone but for one probe at a time"


def _pause(probes: int) -> float:
    return delay(probes + _STEADY, None)


def _about(connection: str) -> Ref:
    return Ref(connection=connection, id="")

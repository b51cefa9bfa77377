"""Connections that fail again and again: how often, since when, and when the next probe is due."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, bindparam, delete, select, update

from sync.store.schema import breakers
from sync.store.upsert import upsert


class Side(StrEnum):
    """What is asked of a tool: some take no writes for a while, and can be read all the same."""

    READS = "reads"
    WRITES = "writes"


@dataclass(frozen=True, slots=True)
class Breaker:
    connection: str
    side: Side
    failures: int = 0
    """In a row."""
    since: float | None = None
    """When it opened; ``None`` while it is closed."""
    probes: int = 0
    """How often it was tried since."""
    probe_at: float = 0.0
    """When it may be tried again."""
    error: str = ""
    """What failed last."""


_ONE = select(breakers).where(
    breakers.c.connection == bindparam("of"), breakers.c.side == bindparam("one_side")
)
_FORGET = delete(breakers).where(
    breakers.c.connection == bindparam("of"), breakers.c.side == bindparam("one_side")
)


def get(tx: Connection, connection: str, side: Side) -> Breaker | None:
    """Its failures, if the last thing that was asked failed."""
    row = tx.execute(_ONE, {"of": connection, "one_side": side.value}).first()
    if row is None:
        return None
    return Breaker(connection, side, row.failures, row.since, row.probes, row.probe_at, row.error)


def put(tx: Connection, breaker: Breaker) -> None:
    row = {
        "connection": breaker.connection,
        "side": breaker.side.value,
        "failures": breaker.failures,
        "since": breaker.since,
        "probes": breaker.probes,
        "probe_at": breaker.probe_at,
        "error": breaker.error,
    }
    upsert(tx, breakers, [row])


def forget(tx: Connection, connection: str, side: Side) -> None:
    """It answered."""
    tx.execute(_FORGET, {"of": connection, "one_side": side.value})


def rests(tx: Connection, connection: str, side: Side, now: float) -> float:
    """For how many seconds nothing is to be asked; 0 while it answers, and when a probe is due."""
    breaker = get(tx, connection, side)
    return max(0.0, breaker.probe_at - now) if breaker and breaker.since is not None else 0.0


def is_open(tx: Connection, connection: str, side: Side) -> bool:
    """Whether nothing but a probe is to be asked."""
    breaker = get(tx, connection, side)
    return breaker is not None and breaker.since is not None


def opened(tx: Connection) -> list[Breaker]:
    """Those that are open."""
    rows = tx.execute(
        select(breakers).where(breakers.c.since.is_not(None)).order_by(breakers.c.connection, breakers.c.side)
    )
    return [
        Breaker(row.connection, Side(row.side), row.failures, row.since, row.probes, row.probe_at, row.error)
        for row in rows
    ]


def probe_now(tx: Connection) -> None:
    """A probe of each is due: whoever starts us has reason to hope."""
    tx.execute(update(breakers).values(probe_at=0.0))

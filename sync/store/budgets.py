"""What each connection may do by its settings: one row, taken by reads and writes alike (GCRA).

What its tool documents is beside it, in :mod:`sync.store.limits`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, case, select, update

from sync.store.schema import budgets
from sync.store.upsert import insert_new


@dataclass(frozen=True, slots=True)
class Rate:
    """``per_second`` calls on average, at most ``burst`` of them at once."""

    per_second: float
    burst: int

    @property
    def interval(self) -> float:
        return 1.0 / self.per_second


UNLIMITED = Rate(per_second=float("inf"), burst=1)
"""No ceiling but the tool's own limits; calls are counted, and pauses kept, all the same."""


_NOW = bindparam("now", type_=budgets.c.tat.type)
_TAKE = (
    update(budgets)
    .where(budgets.c.connection == bindparam("name"))
    .values(
        tat=case((budgets.c.tat > _NOW, budgets.c.tat), else_=_NOW) + bindparam("interval"),
        calls=budgets.c.calls + 1,
    )
    .returning(budgets.c.tat)
)


def take(tx: Connection, connection: str, rate: Rate, now: float) -> float:
    """Reserve one call; how many seconds to wait before making it."""
    interval = rate.interval
    asked = {"name": connection, "now": now, "interval": interval}
    tat: float | None = tx.execute(_TAKE, asked).scalar()
    if tat is None:
        insert_new(tx, budgets, {"connection": connection, "tat": 0.0, "calls": 0})
        tat = tx.execute(_TAKE, asked).scalar_one()
    return max(0.0, tat - rate.burst * interval - now)


def hold(tx: Connection, connection: str) -> None:
    """Keep takes of the connection out until the transaction ends."""
    tx.execute(select(budgets.c.connection).where(budgets.c.connection == connection).with_for_update())


def block(tx: Connection, connection: str, rate: Rate, until: float) -> None:
    """The tool asked for a pause: no call before ``until``."""
    tat = until + (rate.burst - 1) * rate.interval
    insert_new(tx, budgets, {"connection": connection, "tat": 0.0, "calls": 0})
    tx.execute(update(budgets).where(budgets.c.connection == connection, budgets.c.tat < tat).values(tat=tat))


def waits(tx: Connection, rates: Mapping[str, Rate], now: float) -> dict[str, float]:
    """How many seconds the next call of each connection would have to wait, where that is more than none."""
    rows = tx.execute(select(budgets.c.connection, budgets.c.tat))
    left = {
        name: tat - (rates[name].burst - 1) * rates[name].interval - now
        for name, tat in rows
        if name in rates
    }
    return {name: seconds for name, seconds in left.items() if seconds > 0}


def calls(tx: Connection) -> dict[str, int]:
    """How many calls each connection has made in all."""
    rows = tx.execute(select(budgets.c.connection, budgets.c.calls))
    return {connection: number for connection, number in rows}

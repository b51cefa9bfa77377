"""The rate budget of each connection: one row, taken by reads and writes alike (GCRA)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, update

from sync.store.schema import budgets
from sync.store.upsert import insert_new


@dataclass(frozen=True, slots=True)
class Rate:
    """``per_second`` calls on average, at most ``burst`` of them at once."""

    per_second: float
    burst: int


_TAT = select(budgets.c.tat).where(budgets.c.connection == bindparam("name")).with_for_update()
_TAKE = (
    update(budgets)
    .where(budgets.c.connection == bindparam("name"))
    .values(tat=bindparam("next"), calls=budgets.c.calls + 1)
)


def take(tx: Connection, connection: str, rate: Rate, now: float) -> float:
    """Reserve one call; how many seconds to wait before making it."""
    insert_new(tx, budgets, {"connection": connection, "tat": 0.0, "calls": 0})
    tat: float = tx.execute(_TAT, {"name": connection}).scalar_one()
    interval = 1.0 / rate.per_second
    at = max(now, tat - (rate.burst - 1) * interval)
    tx.execute(_TAKE, {"name": connection, "next": max(now, tat) + interval})
    return at - now


def block(tx: Connection, connection: str, rate: Rate, until: float) -> None:
    """The tool asked for a pause: no call before ``until``."""
    tat = until + (rate.burst - 1) / rate.per_second
    insert_new(tx, budgets, {"connection": connection, "tat": 0.0, "calls": 0})
    tx.execute(update(budgets).where(budgets.c.connection == connection, budgets.c.tat < tat).values(tat=tat))


def calls(tx: Connection) -> dict[str, int]:
    """How many calls each connection has made in all."""
    rows = tx.execute(select(budgets.c.connection, budgets.c.calls))
    return {connection: number for connection, number in rows}

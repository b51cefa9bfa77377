"""The kill switch, looked at before every write: where nothing may be written, since when, by whose wish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, exists, select

from sync.store.schema import pauses
from sync.store.upsert import insert_new

EVERYWHERE = ""
"""In the place of a connection's name: all of them, also those that the settings will name later."""


@dataclass(frozen=True, slots=True)
class Pause:
    connection: str
    """:data:`EVERYWHERE`, or the one whose writes wait."""
    since: float
    by: str
    """Who on which machine, for people."""


_HELD = select(exists().where(pauses.c.connection.in_([EVERYWHERE, bindparam("of")])))


def put(tx: Connection, connection: str, *, by: str, now: float) -> bool:
    """Write nothing there from now on; whether that is news. Whoever paused it first stays named."""
    return insert_new(tx, pauses, {"connection": connection, "since": now, "by": by})


def lift(tx: Connection, connections: Sequence[str]) -> bool:
    """Let writes go on there; whether any of them was paused."""
    return tx.execute(delete(pauses).where(pauses.c.connection.in_(connections))).rowcount > 0


def held(tx: Connection, connection: str) -> bool:
    """Whether nothing may be written to the connection."""
    return bool(tx.execute(_HELD, {"of": connection}).scalar_one())


def all_of(tx: Connection) -> list[Pause]:
    rows = tx.execute(select(pauses).order_by(pauses.c.connection))
    return [Pause(row.connection, row.since, row.by) for row in rows]

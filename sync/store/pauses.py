"""The kill switch, looked at before every write: where nothing may be written, since when, by whose wish."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, delete, exists, select

from connectors.model import Ref
from sync.store.schema import pauses, switches
from sync.store.upsert import insert_new

EVERYWHERE = ""
"""In the place of a connection's name: all of them, also those that the settings will name later."""
SWITCH = "*"
"""In the same place: all of them, as long as the item says so that the settings name as the switch."""


@dataclass(frozen=True, slots=True)
class Pause:
    connection: str
    """:data:`EVERYWHERE`, :data:`SWITCH`, or the one whose writes wait."""
    since: float
    by: str
    """Who on which machine, for people."""


_HELD = select(exists().where(pauses.c.connection.in_([EVERYWHERE, SWITCH, bindparam("of")])))


def put(tx: Connection, connection: str, *, by: str, now: float) -> bool:
    """Write nothing there from now on; whether that is news. Whoever paused it first stays named."""
    return insert_new(tx, pauses, {"connection": connection, "since": now, "by": by})


def lift(tx: Connection, connections: Sequence[str]) -> bool:
    """Let writes go on there; whether any of them was paused."""
    return tx.execute(delete(pauses).where(pauses.c.connection.in_(connections))).rowcount > 0


def held(tx: Connection, connection: str) -> bool:
    """Whether nothing may be written to the connection."""
    return bool(tx.execute(_HELD, {"of": connection}).scalar_one())


_IS_SWITCH = select(
    exists().where(
        switches.c.connection == bindparam("of"), switches.c.item.in_([bindparam("key"), bindparam("id")])
    )
)


def appoint(tx: Connection, connection: str | None, item: str = "") -> None:
    """Make an item the switch, by its key or id, or, without one, none."""
    tx.execute(delete(switches))
    if connection is not None:
        insert_new(tx, switches, {"connection": connection, "item": item})


def is_switch(tx: Connection, ref: Ref) -> bool:
    """Whether the item is the switch."""
    asked = {"of": ref.connection, "key": ref.key, "id": ref.id}
    return bool(tx.execute(_IS_SWITCH, asked).scalar_one())


def all_of(tx: Connection) -> list[Pause]:
    rows = tx.execute(select(pauses).order_by(pauses.c.connection))
    return [Pause(row.connection, row.since, row.by) for row in rows]

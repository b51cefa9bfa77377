"""How far each connection was read, and whether it is halted."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select, update

from sync.store.schema import connections
from sync.store.upsert import insert_new


@dataclass(frozen=True, slots=True)
class ConnectionState:
    cursor: str | None = None
    caught_up: float | None = None
    """When a poll last found nothing more."""
    halted: str | None = None
    """Why nothing is asked of it any more."""
    since: float | None = None
    """When it was first read; ``None`` where that was not noted."""


_ONE = select(connections).where(connections.c.name == bindparam("of"))


def get(tx: Connection, name: str) -> ConnectionState:
    row = tx.execute(_ONE, {"of": name}).first()
    return ConnectionState(row.cursor, row.caught_up, row.halted, row.since) if row else ConnectionState()


def advance(tx: Connection, name: str, cursor: str, *, caught_up: float | None) -> None:
    """Everything up to ``cursor`` has been taken in; ``caught_up`` is now, when that is all there is."""
    changed: dict[str, object] = {"cursor": cursor}
    if caught_up is not None:
        changed["caught_up"] = caught_up
    _set(tx, name, changed)


def begin(tx: Connection, name: str, now: float) -> None:
    """The connection is read for the first time: what is said there from now on is said to us as well."""
    _set(tx, name, {"since": now})


def halt(tx: Connection, name: str, reason: str | None) -> None:
    """Ask nothing of the connection any more, or, with ``None``, again."""
    _set(tx, name, {"halted": reason})


def _set(tx: Connection, name: str, changed: dict[str, object]) -> None:
    insert_new(tx, connections, {"name": name})
    tx.execute(update(connections).where(connections.c.name == name).values(**changed))

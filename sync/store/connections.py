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


_ONE = select(connections).where(connections.c.name == bindparam("of"))


def get(tx: Connection, name: str) -> ConnectionState:
    row = tx.execute(_ONE, {"of": name}).first()
    return ConnectionState(row.cursor, row.caught_up, row.halted) if row else ConnectionState()


def advance(tx: Connection, name: str, cursor: str, *, caught_up: float | None) -> None:
    """Everything up to ``cursor`` has been taken in; ``caught_up`` is now, when that is all there is."""
    changed: dict[str, object] = {"cursor": cursor}
    if caught_up is not None:
        changed["caught_up"] = caught_up
    _set(tx, name, changed)


def halt(tx: Connection, name: str, reason: str | None) -> None:
    """Ask nothing of the connection any more, or, with ``None``, again."""
    _set(tx, name, {"halted": reason})


def _set(tx: Connection, name: str, changed: dict[str, object]) -> None:
    insert_new(tx, connections, {"name": name})
    tx.execute(update(connections).where(connections.c.name == name).values(**changed))

"""For whom a transaction made work: noted while it runs, rung for when it has committed."""

from __future__ import annotations

from sqlalchemy import Connection

_NOTED = "loopwright.work"


def note(tx: Connection, connection: str) -> None:
    """There will be something to do for this connection's lanes."""
    tx.info.setdefault(_NOTED, set()).add(connection)


def noted(tx: Connection) -> set[str]:
    """What was noted since it was last asked."""
    found: set[str] = tx.info.pop(_NOTED, set())
    return found

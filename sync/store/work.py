"""What a transaction made work for, and what it made: noted while it runs, acted upon when it ends."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

_NOTED = "loopwright.work"
_CAUSED = "loopwright.caused"


@dataclass(frozen=True, slots=True)
class Caused:
    """A write that a rule caused, as it counts towards the rule's caps."""

    id: int
    rule: str
    backfill: bool
    """It is about what was there before."""
    told: bool
    """Customers, or everybody, can read it as a comment."""


def note(tx: Connection, connection: str) -> None:
    """There will be something to do for this connection's lanes."""
    tx.info.setdefault(_NOTED, set()).add(connection)


def noted(tx: Connection) -> set[str]:
    """What was noted since it was last asked."""
    found: set[str] = tx.info.pop(_NOTED, set())
    return found


def cause(tx: Connection, write: Caused) -> None:
    """A rule caused a write."""
    tx.info.setdefault(_CAUSED, []).append(write)


def caused(tx: Connection) -> list[Caused]:
    """What rules caused since it was last asked."""
    found: list[Caused] = tx.info.pop(_CAUSED, [])
    return found

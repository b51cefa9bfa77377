"""Items that got another id when they were moved: what each one is now.

Whoever comes with the old id is led to the new one.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, delete, exists, select, update

from connectors.model import Ref
from sync.store import work
from sync.store.schema import moves
from sync.store.upsert import insert_new


@dataclass(frozen=True, slots=True)
class Moved:
    """An item that is another one now, and is still known by what it was."""

    old: Ref
    new: Ref
    attempts: int


_OF = and_(moves.c.connection == bindparam("of"), moves.c.old == bindparam("item"))
_HEIR = select(moves.c.new, moves.c.new_key).where(_OF)
_OPEN = select(exists().where(moves.c.connection == bindparam("of"), moves.c.due.is_not(None)))


def note(tx: Connection, old: Ref, new: Ref, *, due: float) -> None:
    """The tool says what the item is now: what is known of it is to be taken along."""
    work.note(tx, old.connection)
    row = {"old_key": old.key, "new": new.id, "new_key": new.key, "due": due, "attempts": 0}
    if not insert_new(tx, moves, {"connection": old.connection, "old": old.id, **row}):
        tx.execute(update(moves).where(_OF).values(due=due, attempts=0), _is(old))


def heir(tx: Connection, ref: Ref) -> Ref | None:
    """What the item is now, if it was moved."""
    row = tx.execute(_HEIR, _is(ref)).first()
    return Ref(connection=ref.connection, id=row.new, key=row.new_key) if row else None


def due(tx: Connection, connection: str, now: float, *, limit: int) -> list[Moved]:
    """The moves that are to be followed now."""
    rows = tx.execute(
        select(moves)
        .where(moves.c.connection == connection, moves.c.due <= now)
        .order_by(moves.c.due)
        .limit(limit)
    )
    return [
        Moved(
            Ref(connection=row.connection, id=row.old, key=row.old_key),
            Ref(connection=row.connection, id=row.new, key=row.new_key),
            row.attempts,
        )
        for row in rows
    ]


def postpone(tx: Connection, moved: Moved, due: float) -> None:
    again = update(moves).where(_OF).values(due=due, attempts=moves.c.attempts + 1)
    tx.execute(again, _is(moved.old))


def followed(tx: Connection, old: Ref, new: Ref) -> None:
    """What was known of the old one is known of the new one; so is whatever became the old one before."""
    now = update(moves).where(moves.c.connection == old.connection).values(new=new.id, new_key=new.key)
    tx.execute(now.where(moves.c.new == old.id))
    tx.execute(now.where(moves.c.old == old.id).values(due=None))


def forget(tx: Connection, moved: Moved) -> None:
    """It is not there either: whoever meets the old id has to ask anew."""
    tx.execute(delete(moves).where(_OF), _is(moved.old))


def any_waiting(tx: Connection, connection: str) -> bool:
    """Whether any move of the connection is still to be followed."""
    return bool(tx.execute(_OPEN, {"of": connection}).scalar_one())


def _is(ref: Ref) -> dict[str, object]:
    return {"of": ref.connection, "item": ref.id}

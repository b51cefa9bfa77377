"""Items that are to be read again: what webhooks hint at, and what a decision still needs to know."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, and_, bindparam, delete, exists, func, select, update

from connectors.model import Ref
from sync.store import work
from sync.store.schema import deliveries, hints
from sync.store.upsert import insert_new


@dataclass(frozen=True, slots=True)
class Hint:
    ref: Ref
    whole: bool
    """Read the item itself; else only its comments are wanted."""
    attempts: int
    round: int


_IS = and_(hints.c.connection == bindparam("of"), hints.c.id == bindparam("item"))
_AGAIN = update(hints).where(_IS).values(due=bindparam("at"), attempts=0, round=hints.c.round + 1)
_DUE = (
    select(hints)
    .where(hints.c.connection == bindparam("of"), hints.c.due <= bindparam("now"))
    .order_by(hints.c.due)
    .limit(bindparam("limit"))
)
_SETTLE = delete(hints).where(_IS, hints.c.round == bindparam("as_read"))
_POSTPONE = (
    update(hints)
    .where(_IS, hints.c.round == bindparam("as_read"))
    .values(due=bindparam("at"), attempts=hints.c.attempts + 1)
)
_ANY = select(exists().where(hints.c.connection == bindparam("of")))


def add(tx: Connection, ref: Ref, *, due: float, whole: bool = True) -> None:
    """Ask for the item to be read once more after ``due``; hints for one item are one."""
    row = {
        "connection": ref.connection,
        "id": ref.id,
        "key": ref.key,
        "whole": whole,
        "due": due,
        "attempts": 0,
        "round": 0,
    }
    work.note(tx, ref.connection)
    if insert_new(tx, hints, row):
        return
    changed: dict[str, object] = {}
    if whole:
        changed["whole"] = True
    if ref.key:
        changed["key"] = ref.key
    tx.execute(_AGAIN.values(**changed), {**_of(ref), "at": due})


def due(tx: Connection, connection: str, now: float, *, limit: int) -> list[Hint]:
    """The hints whose time has come, oldest first."""
    rows = tx.execute(_DUE, {"of": connection, "now": now, "limit": limit})
    return [
        Hint(Ref(connection=row.connection, id=row.id, key=row.key), row.whole, row.attempts, row.round)
        for row in rows
    ]


def settle(tx: Connection, hint: Hint) -> None:
    """The hint was followed; one that came in meanwhile stays."""
    tx.execute(_SETTLE, {**_of(hint.ref), "as_read": hint.round})


def postpone(tx: Connection, hint: Hint, due: float) -> None:
    """Following the hint failed: try again later."""
    tx.execute(_POSTPONE, {**_of(hint.ref), "as_read": hint.round, "at": due})


def waiting(tx: Connection) -> dict[str, int]:
    """How many items wait to be read, by connection."""
    rows = tx.execute(select(hints.c.connection, func.count()).group_by(hints.c.connection))
    return {connection: number for connection, number in rows}


def any_waiting(tx: Connection, connection: str) -> bool:
    """Whether any item of the connection waits to be read."""
    return bool(tx.execute(_ANY, {"of": connection}).scalar_one())


def first_delivery(tx: Connection, connection: str, id: str, now: float) -> bool:
    """Remember a webhook delivery; false when it was seen before."""
    return insert_new(tx, deliveries, {"connection": connection, "id": id, "at": now})


def last_deliveries(tx: Connection) -> dict[str, float]:
    """When the latest webhook of each connection came in, as far as that is remembered."""
    rows = tx.execute(
        select(deliveries.c.connection, func.max(deliveries.c.at)).group_by(deliveries.c.connection)
    )
    return {connection: at for connection, at in rows}


def forget_deliveries(tx: Connection, before: float) -> None:
    tx.execute(delete(deliveries).where(deliveries.c.at < before))


def _of(ref: Ref) -> dict[str, object]:
    return {"of": ref.connection, "item": ref.id}

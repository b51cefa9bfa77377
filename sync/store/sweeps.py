"""How far the census of each connection is, and which of the known items it has met."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, or_, select, update

from connectors.model import Ref
from sync.store.schema import items, sweeps
from sync.store.upsert import insert_new, upsert


@dataclass(slots=True)
class Sweep:
    """The round that is under way, or what came of the last one."""

    connection: str
    round: int = 0
    cursor: str | None = None
    began: float | None = None
    """``None`` while no round is under way."""
    ended: float | None = None
    """When the last one was over."""
    asked: bool = False
    """A person wants one now."""
    seen: int = 0
    missed: int = 0
    """Changes that neither polls nor webhooks had brought."""
    unseen: int = 0
    """Known items that it did not meet, and that were asked for one by one."""


_ONE = select(sweeps).where(sweeps.c.connection == bindparam("of"))
_MET = (
    update(items)
    .where(items.c.connection == bindparam("of"), items.c.id == bindparam("item_id"))
    .values(swept=bindparam("in_round"))
)
_UNMET = (
    select(items.c.id, items.c.key)
    .where(
        items.c.connection == bindparam("of"),
        items.c.id > bindparam("last"),
        or_(items.c.swept.is_(None), items.c.swept != bindparam("in_round")),
    )
    .order_by(items.c.id)
    .limit(bindparam("limit"))
)


def get(tx: Connection, connection: str) -> Sweep:
    row = tx.execute(_ONE, {"of": connection}).first()
    return Sweep(**row._mapping) if row else Sweep(connection)


def put(tx: Connection, sweep: Sweep) -> None:
    """Store how far it is; that a person asks for a round is stored by :func:`ask` alone."""
    row = {
        "connection": sweep.connection,
        "round": sweep.round,
        "cursor": sweep.cursor,
        "began": sweep.began,
        "ended": sweep.ended,
        "seen": sweep.seen,
        "missed": sweep.missed,
        "unseen": sweep.unseen,
    }
    upsert(tx, sweeps, [row])


def ask(tx: Connection, connection: str, wanted: bool) -> None:
    """A person wants a round now, or has got it."""
    insert_new(tx, sweeps, {"connection": connection, "round": 0, "seen": 0, "missed": 0, "unseen": 0})
    tx.execute(update(sweeps).where(sweeps.c.connection == connection).values(asked=wanted))


def meet(tx: Connection, round: int, refs: Iterable[Ref]) -> None:
    """The round has seen these items."""
    rows = [{"of": ref.connection, "item_id": ref.id, "in_round": round} for ref in refs]
    if rows:
        tx.execute(_MET, rows)


def unmet(tx: Connection, sweep: Sweep, last: str, *, limit: int) -> list[Ref]:
    """The next known items, by id, that the round has not seen."""
    asked = {"of": sweep.connection, "last": last, "in_round": sweep.round, "limit": limit}
    return [Ref(connection=sweep.connection, id=row.id, key=row.key) for row in tx.execute(_UNMET, asked)]

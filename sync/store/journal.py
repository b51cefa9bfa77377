"""The append-only record of what was seen, what was decided and what was done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import Connection, bindparam, exists, insert, select

from connectors.model import JsonValue, Ref
from sync.store.schema import journal


class Entry(StrEnum):
    OBSERVED = "observed"
    FIRED = "fired"
    INTENDED = "intended"
    DONE = "done"
    FAILED = "failed"
    PARKED = "parked"
    SKIPPED = "skipped"
    RETRIED = "retried"
    HELD = "held"
    """A write waits because its rule has reached a cap."""
    RELEASED = "released"
    COMMANDED = "commanded"
    """A comment asked for something."""
    MISSED = "missed"
    """The item that a write was for is not there: it waits until the item is seen again."""
    MOVED = "moved"
    """It is another item now, by the id that its tool gave it."""


@dataclass(frozen=True, slots=True)
class Line:
    id: int
    at: float
    kind: Entry
    ref: Ref
    effect: int | None
    detail: Mapping[str, JsonValue]


_WRITE = insert(journal).returning(journal.c.id)


def write(
    tx: Connection,
    kind: Entry,
    ref: Ref,
    detail: Mapping[str, JsonValue],
    *,
    at: float,
    effect: int | None = None,
) -> int:
    """Append a line; its number."""
    row = {
        "at": at,
        "kind": kind.value,
        "connection": ref.connection,
        "item": ref.id,
        "effect": effect,
        "detail": dict(detail),
    }
    number: int = tx.execute(_WRITE, row).scalar_one()
    return number


_LATER = journal.alias("later")
_MISSING = select(journal.c.effect).where(
    journal.c.connection == bindparam("of"),
    journal.c.item == bindparam("number"),
    journal.c.kind == Entry.MISSED.value,
    ~exists().where(_LATER.c.effect == journal.c.effect, _LATER.c.id > journal.c.id),
)


def missing(tx: Connection, ref: Ref) -> list[int]:
    """The writes of which the last that is known is that they did not find this item."""
    return list(tx.execute(_MISSING, {"of": ref.connection, "number": ref.id}).scalars())


def of(tx: Connection, ref: Ref, *, limit: int = 200) -> list[Line]:
    """The item's latest lines, oldest first."""
    rows = tx.execute(
        select(journal)
        .where(journal.c.connection == ref.connection, journal.c.item == ref.id)
        .order_by(journal.c.id.desc())
        .limit(limit)
    ).all()
    return [
        Line(
            id=row.id,
            at=row.at,
            kind=Entry(row.kind),
            ref=Ref(connection=row.connection, id=row.item),
            effect=row.effect,
            detail=row.detail,
        )
        for row in reversed(rows)
    ]

"""Runs: from the start of a daemon, or of one ``sync --once``, to the start of the next."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, func, insert, select

from sync.store.journal import Entry
from sync.store.schema import journal, runs


@dataclass(frozen=True, slots=True)
class Run:
    id: int
    began: float
    writes: int


def begin(tx: Connection, now: float) -> None:
    """A run begins; what is written from now on is its own, for nobody else writes beside it."""
    last = tx.execute(select(func.max(journal.c.id))).scalar() or 0
    tx.execute(insert(runs).values(began=now, journal=last))


def latest(view: Connection, limit: int = 10) -> list[Run]:
    """The last runs, the latest first."""
    rows = view.execute(select(runs).order_by(runs.c.id.desc()).limit(limit)).all()
    return [Run(row.id, row.began, len(written(view, row.id))) for row in rows]


def written(view: Connection, run: int) -> list[int]:
    """The effects that were done in the run."""
    row = view.execute(select(runs).where(runs.c.id == run)).first()
    if row is None:
        return []
    end = view.execute(select(func.min(runs.c.journal)).where(runs.c.id > run)).scalar()
    mine = select(journal.c.effect).where(journal.c.id > row.journal, journal.c.kind == Entry.DONE.value)
    if end is not None:
        mine = mine.where(journal.c.id <= end)
    return sorted({id for id in view.execute(mine).scalars() if id is not None})

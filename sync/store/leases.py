"""Who is at work on this database: a lease that its holder beats, so that a dead holder is noticed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, select, update

from sync.store.schema import leases
from sync.store.upsert import insert_new

DEAD_AFTER = 10.0
"""Seconds without a beat after which a holder counts as dead."""


@dataclass(frozen=True, slots=True)
class Lease:
    name: str
    owner: str
    place: str
    """Host and process id."""
    beat: float


def acquire(tx: Connection, name: str, *, owner: str, place: str, now: float) -> Lease | None:
    """Take the lease; whoever holds it and is alive comes back instead, and nothing is taken."""
    if insert_new(tx, leases, {"name": name, "owner": owner, "place": place, "beat": now}):
        return None
    holder = get(tx, name)
    if holder and holder.owner != owner and now - holder.beat < DEAD_AFTER:
        return holder
    tx.execute(update(leases).where(leases.c.name == name).values(owner=owner, place=place, beat=now))
    return None


def beat(tx: Connection, name: str, owner: str, now: float) -> bool:
    """Say that the holder lives; false when somebody else has taken the lease."""
    return (
        tx.execute(
            update(leases).where(leases.c.name == name, leases.c.owner == owner).values(beat=now)
        ).rowcount
        == 1
    )


def release(tx: Connection, name: str, owner: str) -> None:
    tx.execute(delete(leases).where(leases.c.name == name, leases.c.owner == owner))


def get(tx: Connection, name: str) -> Lease | None:
    row = tx.execute(select(leases).where(leases.c.name == name)).first()
    return Lease(row.name, row.owner, row.place, row.beat) if row else None

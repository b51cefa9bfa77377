"""What rules held true of which item, and since when each rule has been in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, bindparam, delete, select, update

from connectors.model import Ref
from sync.store.schema import rules, truths
from sync.store.upsert import insert_new, upsert

_OF_ITEM = select(truths.c.rule, truths.c.truth).where(
    truths.c.connection == bindparam("connection"), truths.c.item == bindparam("id")
)


def of(tx: Connection, ref: Ref) -> dict[str, bool]:
    rows = tx.execute(_OF_ITEM, {"connection": ref.connection, "id": ref.id})
    return {rule: truth for rule, truth in rows}


def put(tx: Connection, ref: Ref, found: Mapping[str, bool]) -> None:
    upsert(
        tx,
        truths,
        [
            {"connection": ref.connection, "item": ref.id, "rule": rule, "truth": truth}
            for rule, truth in found.items()
        ],
    )


def activate(tx: Connection, keys: Sequence[str], now: float) -> None:
    """Put rules into force that were not; the others keep the moment they have.

    A rule that is no longer there is forgotten: should it come back, it is new.
    """
    tx.execute(delete(rules).where(rules.c.key.not_in(keys)))
    tx.execute(delete(truths).where(truths.c.rule.not_in(keys)))
    for key in keys:
        insert_new(tx, rules, {"key": key, "activated": now, "baselined": False})


def activated(tx: Connection) -> dict[str, float]:
    rows = tx.execute(select(rules.c.key, rules.c.activated))
    return {key: since for key, since in rows}


def unbaselined(tx: Connection) -> set[str]:
    """Rules in force that have not yet looked at every item already known."""
    return set(tx.execute(select(rules.c.key).where(~rules.c.baselined)).scalars())


def mark_baselined(tx: Connection, keys: Iterable[str]) -> None:
    tx.execute(update(rules).where(rules.c.key.in_(list(keys))).values(baselined=True))

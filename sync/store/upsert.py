"""Insert-or-update in the words of both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import Connection, Table, literal
from sqlalchemy.dialects import postgresql, sqlite


def upsert(tx: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Write whole rows by primary key, whether they exist or not."""
    if not rows:
        return
    statement = _insert(tx, table)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=changed), list(rows))


def insert_new(tx: Connection, table: Table, row: Mapping[str, object]) -> bool:
    """Insert the row unless any unique rule forbids it; whether it was inserted."""
    statement = _insert(tx, table).values(**row).on_conflict_do_nothing()
    return tx.execute(statement.returning(literal(1))).first() is not None


def _insert(tx: Connection, table: Table) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if tx.dialect.name == "sqlite" else postgresql.insert(table)

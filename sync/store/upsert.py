"""Insert-or-update in the words of both databases. Statements are built once and reused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from sqlalchemy import Column, Connection, Insert, Table, literal
from sqlalchemy.dialects import postgresql, sqlite


def upsert(tx: Connection, table: Table, rows: Sequence[Mapping[str, object]]) -> None:
    """Write whole rows by primary key, whether they exist or not."""
    if rows:
        tx.execute(_upsert(table, tx.dialect.name, tuple(rows[0])), list(rows))


def insert_new(tx: Connection, table: Table, row: Mapping[str, object]) -> bool:
    """Insert the row unless any unique rule forbids it; whether it was inserted."""
    return tx.execute(_insert_new(table, tx.dialect.name, tuple(row)), dict(row)).first() is not None


def insert_numbered(tx: Connection, table: Table, row: Mapping[str, object]) -> int | None:
    """Insert the row unless any unique rule forbids it; the number that the database gave it."""
    number: int | None = tx.execute(
        _insert_new(table, tx.dialect.name, tuple(row), table.c.id), dict(row)
    ).scalar()
    return number


@cache
def _upsert(table: Table, dialect: str, columns: tuple[str, ...]) -> Insert:
    statement = _insert(table, dialect)
    keys = [column.name for column in table.primary_key]
    changed = {name: statement.excluded[name] for name in columns if name not in keys}
    return statement.on_conflict_do_update(index_elements=keys, set_=changed)


@cache
def _insert_new(
    table: Table, dialect: str, columns: tuple[str, ...], told: Column[int] | None = None
) -> Insert:
    # Naming the columns keeps the two databases from filling in others by themselves.
    statement = _insert(table, dialect).values(dict.fromkeys(columns))
    return statement.on_conflict_do_nothing().returning(literal(1) if told is None else told)


def _insert(table: Table, dialect: str) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)

"""Items that are moved: what became of which, what each was called, and by what it is recognised."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "moves",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("old", sa.String(), nullable=False),
        sa.Column("old_key", sa.String(), nullable=False),
        sa.Column("new", sa.String(), nullable=False),
        sa.Column("new_key", sa.String(), nullable=False),
        sa.Column("due", sa.Double()),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "old", name=op.f("pk_moves")),
    )
    op.create_index(op.f("ix_moves_connection_new"), "moves", ["connection", "new"])
    op.create_index(op.f("ix_moves_connection_due"), "moves", ["connection", "due"])
    op.create_table(
        "former_keys",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "key", name=op.f("pk_former_keys")),
    )
    op.create_index(op.f("ix_former_keys_key"), "former_keys", ["key"])
    op.create_index(op.f("ix_former_keys_connection_item"), "former_keys", ["connection", "item"])
    op.add_column("items", sa.Column("created", sa.Double()))
    op.create_index(op.f("ix_items_connection_created"), "items", ["connection", "created"])
    _note_creation()


def _note_creation() -> None:
    items = sa.table(
        "items",
        sa.column("connection", sa.String),
        sa.column("id", sa.String),
        sa.column("item", sa.JSON),
        sa.column("created", sa.Double),
    )
    tx = op.get_bind()
    note = (
        sa.update(items)
        .where(items.c.connection == sa.bindparam("of"), items.c.id == sa.bindparam("number"))
        .values(created=sa.bindparam("moment"))
    )
    last = ("", "")
    next_ones = sa.select(items).order_by(items.c.connection, items.c.id).limit(1000)
    while rows := tx.execute(
        next_ones.where(sa.tuple_(items.c.connection, items.c.id) > sa.tuple_(*last))
    ).all():
        tx.execute(note, [{"of": r.connection, "number": r.id, "moment": _moment(r.item)} for r in rows])
        last = (rows[-1].connection, rows[-1].id)


def _moment(item: dict[str, str]) -> float:
    return datetime.fromisoformat(item["created"]).timestamp()

"""Comments that are deleted or read by fewer people: what is known of each, and of the copy that goes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"

_COMMENTS = sa.table(
    "comments",
    *(sa.column(name, sa.String) for name in ("connection", "item", "id", "audience")),
    sa.column("comment", sa.JSON),
)

# Of each pair: who reads the one of the two that we did not write.
_PAIRS = """
UPDATE pairs SET audience = COALESCE(
  (SELECT c.audience FROM links l JOIN comments c
     ON c.connection = l.source_connection AND c.item = l.source_id AND c.id = pairs.source_comment
   WHERE l.id = pairs.link AND NOT c.ours),
  (SELECT c.audience FROM links l JOIN comments c
     ON c.connection = l.mirror_connection AND c.item = l.mirror_id AND c.id = pairs.mirror_comment
   WHERE l.id = pairs.link AND NOT c.ours))
"""


def upgrade() -> None:
    op.add_column("comments", sa.Column("deleted", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("comments", sa.Column("trusted", sa.Double()))
    op.add_column("comments", sa.Column("audience", sa.String()))
    op.add_column("pairs", sa.Column("withdrawn", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("pairs", sa.Column("audience", sa.String()))
    _note_audiences()
    op.execute(_PAIRS)


def _note_audiences() -> None:
    """Who reads each comment, as it was last seen."""
    tx = op.get_bind()
    keys = [_COMMENTS.c.connection, _COMMENTS.c.item, _COMMENTS.c.id]
    put = (
        sa.update(_COMMENTS)
        .where(*(column == sa.bindparam(f"at_{column.name}") for column in keys))
        .values(audience=sa.bindparam("reads"))
    )
    last = ("", "", "")
    while rows := tx.execute(
        sa.select(_COMMENTS).where(sa.tuple_(*keys) > sa.tuple_(*last)).order_by(*keys).limit(500)
    ).all():
        tx.execute(
            put,
            [
                {
                    "at_connection": row.connection,
                    "at_item": row.item,
                    "at_id": row.id,
                    "reads": row.comment["audience"],
                }
                for row in rows
            ],
        )
        last = (rows[-1].connection, rows[-1].item, rows[-1].id)

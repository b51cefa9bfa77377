"""Caps: how much rules have caused within an hour, and the writes that are held because of it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "caps",
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("cap", sa.String(), nullable=False),
        sa.Column("began", sa.Double(), nullable=False),
        sa.Column("spent", sa.Integer(), nullable=False),
        sa.Column("reached", sa.Integer()),
        sa.Column("since", sa.Double()),
        sa.PrimaryKeyConstraint("rule", "cap", name=op.f("pk_caps")),
    )
    held = sa.text("state = 'held'")
    op.create_index("ix_effects_held", "effects", ["id"], sqlite_where=held, postgresql_where=held)

"""The item by which a team pauses all writing in its own tool."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.create_table(
        "switches",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "item", name=op.f("pk_switches")),
    )

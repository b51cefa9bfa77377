"""The budgets of the limits that tools document."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "limits",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("bucket", sa.String(), nullable=False),
        sa.Column("spent", sa.LargeBinary(), nullable=False),
        sa.Column("paced", sa.Double(), nullable=False),
        sa.Column("others", sa.Double(), nullable=False),
        sa.Column("others_before", sa.Double(), nullable=False),
        sa.Column("resets", sa.Double(), nullable=False),
        sa.Column("whole_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "name", "bucket", name=op.f("pk_limits")),
    )

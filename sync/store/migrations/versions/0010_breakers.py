"""Circuit breakers: connections that fail again and again, and are left alone for a while."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_table(
        "breakers",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("side", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", sa.Double()),
        sa.Column("probes", sa.Integer(), nullable=False),
        sa.Column("probe_at", sa.Double(), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "side", name=op.f("pk_breakers")),
    )

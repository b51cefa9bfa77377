"""Commands in comments: which were heard, and links that people stopped, took apart or made."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.create_table(
        "commands",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "item", "comment", name=op.f("pk_commands")),
    )
    op.add_column("connections", sa.Column("since", sa.Double()))
    for name in ("held", "cut"):
        op.add_column("links", sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("links", sa.Column("since", sa.Double()))

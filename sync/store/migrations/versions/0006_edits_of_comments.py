"""Edits of comments: what a comment says now, and what its copy was last made of."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    # Both empty, the two count as equal: what was carried before is as it was carried.
    op.add_column("comments", sa.Column("version", sa.String()))
    op.add_column("pairs", sa.Column("carried", sa.String()))

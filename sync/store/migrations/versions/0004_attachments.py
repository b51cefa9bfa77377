"""Attachments: whose files are to be listed, and which are counterparts of one another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "file_pairs",
        sa.Column("link", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source_file", sa.String(), nullable=False),
        sa.Column("mirror_file", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["link"], ["links.id"], name=op.f("fk_file_pairs_link")),
        sa.PrimaryKeyConstraint("link", "source_file", name=op.f("pk_file_pairs")),
        sa.UniqueConstraint("link", "mirror_file", name=op.f("uq_file_pairs_link_mirror_file")),
    )
    op.create_table(
        "listings",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("due", sa.Double(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "id", name=op.f("pk_listings")),
    )
    op.create_index(op.f("ix_listings_connection_due"), "listings", ["connection", "due"])

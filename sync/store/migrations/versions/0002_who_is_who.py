"""Who is who in the tools: the override file, what the tools answered, and whom links wait for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "overrides",
        sa.Column("person", sa.Integer(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("person", "connection", name=op.f("pk_overrides")),
    )
    op.create_index(op.f("ix_overrides_connection_handle"), "overrides", ["connection", "handle"])
    op.create_table(
        "people",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=True),
        sa.Column("due", sa.Double(), nullable=False),
        sa.Column("sure", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("connection", "handle", name=op.f("pk_people")),
    )
    op.create_index(op.f("ix_people_connection_id"), "people", ["connection", "id"])
    op.create_table(
        "strangers",
        sa.Column("link", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sought", sa.String(), nullable=False),
        sa.Column("home", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("handle", sa.String(), nullable=True),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["link"], ["links.id"], name=op.f("fk_strangers_link")),
        sa.PrimaryKeyConstraint("link", "sought", "home", "id", name=op.f("pk_strangers")),
    )
    op.create_index(op.f("ix_strangers_sought_handle"), "strangers", ["sought", "handle"])
    op.create_index(op.f("ix_strangers_home_id"), "strangers", ["home", "id"])

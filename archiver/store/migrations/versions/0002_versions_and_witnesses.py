"""What changed: captures with their completeness, witnesses of dead targets, what was spent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archiver.store.columns import Micros, Utf8

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what version 0.2 keeps."""
    op.add_column("revision", sa.Column("said_at", Micros(), nullable=True))
    op.add_column("chain", sa.Column("witness", sa.String(), nullable=True))
    op.add_column("chain", sa.Column("group_key", Utf8(), nullable=True))
    op.create_index("ix_chain_group_key", "chain", ["group_key"])
    op.drop_column("thread", "published_at")
    op.create_table(
        "observation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.String(), nullable=False),
        sa.Column("at", Micros(), nullable=False),
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("completeness", sa.String(), nullable=False),
        sa.Column("differences", sa.String(), nullable=False),
        sa.Column("record_ids", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_observation"),
        sa.UniqueConstraint("thread_id", "at", name="uq_observation_thread_id_at"),
        sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name="fk_observation_thread_id"),
    )
    op.create_table(
        "spending",
        sa.Column("platform", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("usd", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("platform", "month", name="pk_spending"),
    )

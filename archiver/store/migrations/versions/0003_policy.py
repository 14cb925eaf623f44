"""What may be published: decisions about threads, and the one that holds for each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archiver.store.columns import Micros, Utf8

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what withheld and embargoed threads need."""
    op.create_table(
        "policy",
        sa.Column("thread_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("until", Micros(), nullable=True),
        sa.Column("who", Utf8(), nullable=False),
        sa.Column("why", Utf8(), nullable=False),
        sa.Column("at", Micros(), nullable=False),
        sa.PrimaryKeyConstraint("thread_id", name="pk_policy"),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("until", Micros(), nullable=True),
        sa.Column("who", Utf8(), nullable=False),
        sa.Column("why", Utf8(), nullable=False),
        sa.Column("at", Micros(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_decision"),
        sa.UniqueConstraint("thread_id", "at", name="uq_decision_thread_id_at"),
    )

"""Threads may be under embargo from the moment when they are captured."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archiver.store.columns import Micros

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let watches and crawls say how long their new threads are kept from readers."""
    op.add_column("watch", sa.Column("embargo_s", sa.Float(), nullable=True))
    op.add_column("crawl", sa.Column("embargo_until", Micros(), nullable=True))

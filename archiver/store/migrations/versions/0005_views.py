"""What a browser made of a page: screenshots, PDF, final DOM, text."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let a snapshot name its views."""
    op.add_column(
        "snapshot", sa.Column("engine", sa.String(), nullable=False, server_default="http")
    )
    op.add_column("snapshot", sa.Column("views", sa.String(), nullable=False, server_default=""))

"""What must not be published, and what is written down of a time, is found without a search."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index of sealed posts, and that of resources (the journal's entries) by time."""
    _index("ix_post_sealed", "post", "thread_id", "json_extract(body, '$.sealed') <> ''")
    _index("ix_record_resource_at", "record", "at", "type = 'resource'")


def _index(name: str, table: str, column: str, rule: str) -> None:
    where = sa.text(rule)
    op.create_index(name, table, [column], sqlite_where=where, postgresql_where=where)

"""What is held is counted as it comes, so that nobody need count it; and crawls by watch."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_KINDS = {"threads": "thread", "posts": "post", "snapshots": "snapshot", "records": "record"}
_OTHERS = "SELECT 1 FROM link WHERE uri_r = {row}.uri_r AND thread_id <> {row}.thread_id"


def upgrade() -> None:
    """Add the tallies with what is there, what keeps them, and the index of crawls by watch."""
    op.create_table(
        "tally",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name="pk_tally"),
    )
    for kind, table in _KINDS.items():
        op.execute(f"INSERT INTO tally SELECT '{kind}', count(*) FROM {table}")
        if kind != "records":
            _count(table, _more(kind, "1"), _more(kind, "-1"))
    op.execute("INSERT INTO tally SELECT 'links', count(DISTINCT uri_r) FROM link")
    op.execute("INSERT INTO tally SELECT 'bytes', coalesce(sum(length), 0) FROM record")
    _count(
        "record",
        _more("records", "1") + _more("bytes", "NEW.length"),
        _more("records", "-1") + _more("bytes", "-OLD.length"),
    )
    # A link that another thread holds too is one link.
    _count(
        "link",
        _more("links", "1", f"NOT EXISTS ({_OTHERS.format(row='NEW')})"),
        _more("links", "-1", f"NOT EXISTS ({_OTHERS.format(row='OLD')})"),
    )
    rule = sa.text("watch IS NOT NULL AND started_at IS NOT NULL")
    op.create_index(
        "ix_crawl_watch", "crawl", ["watch", "url"], sqlite_where=rule, postgresql_where=rule
    )


def _more(kind: str, number: str, condition: str = "1") -> str:
    return f"UPDATE tally SET number = number + {number} WHERE kind = '{kind}' AND {condition};"


def _count(table: str, inserted: str, deleted: str) -> None:
    for event, does in (("INSERT", inserted), ("DELETE", deleted)):
        op.execute(
            f"CREATE TRIGGER tally_{table}_{event.lower()} AFTER {event} ON {table} "
            f"BEGIN {does} END"
        )

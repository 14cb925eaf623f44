"""What changed: an index of words. What an older archive holds is filled in at first use."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from archiver.store.columns import Utf8

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index, empty, and note up to where the tables must still be gone through."""
    op.create_table(
        "search_doc",
        sa.Column("docid", sa.Integer(), nullable=False),
        sa.Column("thread_id", sa.String(), nullable=True),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("url", Utf8(), nullable=True),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("digest", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("docid", name="pk_search_doc"),
    )
    for name in ("post_id", "url"):
        rule = sa.text(f"{name} IS NOT NULL")
        op.create_index(
            f"uq_search_doc_{name}", "search_doc", [name], unique=True,
            sqlite_where=rule, postgresql_where=rule,
        )  # fmt: skip
    op.create_index("ix_search_doc_thread_id", "search_doc", ["thread_id"])
    op.create_table(
        "search_fill",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("upto", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name="pk_search_fill"),
    )
    for kind in ("post", "snapshot"):
        op.execute(
            f"INSERT INTO search_fill (kind, done, upto) "
            f"SELECT '{kind}', 0, coalesce(max(id), 0) FROM {kind}"
        )
    op.execute(
        "CREATE VIRTUAL TABLE search USING fts5 (words, title, about, facets, "
        "content = '', tokenize = \"ascii tokenchars '|'\")"
    )
    op.execute("INSERT INTO search (search, rank) VALUES ('rank', 'bm25(1.0, 3.0, 0.2, 0.0)')")

"""What changed: the first tables."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of version 0.1."""
    _queue()
    _threads()
    _chains()
    _snapshots()
    _records()


def _queue() -> None:
    op.create_table(
        "watch",
        _text("name"),
        _text("url"),
        sa.Column("every_s", sa.Float()),
        _word("cron", nullable=True),
        _word("recapture"),
        _word("snapshots"),
        _word("tags"),
        _word("origin"),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_watch"),
    )
    op.create_table(
        "crawl",
        _number("id"),
        _text("url"),
        _word("state"),
        _time("due_at"),
        _text("watch", nullable=True),
        _word("snapshots"),
        _word("tags"),
        _number("attempts"),
        _time("started_at", nullable=True),
        _time("finished_at", nullable=True),
        _text("error"),
        _word("thread_id", nullable=True),
        _word("owner", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_crawl"),
    )
    _partial("uq_crawl_live", "crawl", "url", where="state IN ('queued', 'running')", unique=True)
    op.create_index("ix_crawl_state_due_at", "crawl", ["state", "due_at"])
    op.create_index("ix_crawl_url", "crawl", ["url"])


def _threads() -> None:
    op.create_table(
        "thread",
        _word("id"),
        _word("platform"),
        _text("native_id"),
        _text("url"),
        _word("author"),
        _text("title"),
        _word("completeness"),
        _text("language", nullable=True),
        _word("tags"),
        _time("first_captured_at"),
        _time("last_captured_at"),
        _time("updated_at"),
        _number("changes"),
        _number("published"),
        _time("published_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_thread"),
    )
    op.create_index("ix_thread_updated_at", "thread", ["updated_at"])
    op.create_index("ix_thread_url", "thread", ["url"])
    _partial("ix_thread_dirty", "thread", "id", where="changes > published")
    _posts()
    for table, columns, key, indexed in (
        ("seed", ("url", "thread_id"), ("url",), None),
        ("membership", ("watch", "thread_id"), ("watch", "thread_id"), "thread_id"),
        ("link", ("thread_id", "uri_r"), ("thread_id", "uri_r"), "uri_r"),
    ):
        op.create_table(
            table,
            *(_word(name) if name == "thread_id" else _text(name) for name in columns),
            sa.PrimaryKeyConstraint(*key, name=f"pk_{table}"),
            _of_thread(table),
        )
        if indexed:
            op.create_index(f"ix_{table}_{indexed}", table, [indexed])


def _posts() -> None:
    op.create_table(
        "post",
        _number("id"),
        _word("thread_id"),
        _text("native_id"),
        _text("url"),
        _word("body"),
        _word("state"),
        _number("position"),
        _time("first_seen_at"),
        _time("last_seen_at"),
        _time("vanished_at", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_post"),
        sa.UniqueConstraint("thread_id", "native_id", name="uq_post_thread_id_native_id"),
        _of_thread("post"),
    )
    op.create_index("ix_post_native_id", "post", ["native_id"])
    op.create_index("ix_post_url", "post", ["url"])
    op.create_table(
        "revision",
        _number("id"),
        _word("thread_id"),
        _text("post_id"),
        _word("kind"),
        _time("at"),
        _word("record_ids"),
        _word("before", nullable=True),
        _word("after", nullable=True),
        _word("digest"),
        sa.PrimaryKeyConstraint("id", name="pk_revision"),
        sa.UniqueConstraint(
            "thread_id", "post_id", "at", "digest", name="uq_revision_thread_id_post_id_at_digest"
        ),
        _of_thread("revision"),
    )


def _chains() -> None:
    op.create_table(
        "chain",
        _number("id"),
        _text("uri_r"),
        _text("target"),
        _text("page"),
        _word("outcome"),
        _word("hops"),
        _text("error"),
        _time("at"),
        _time("last_at"),
        _number("last_crawl_id"),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_chain"),
    )
    _one_shown("uq_chain_shown", "chain", "uri_r")
    op.create_index("ix_chain_uri_r_last_at", "chain", ["uri_r", "last_at"])
    op.create_index("ix_chain_page", "chain", ["page"])
    op.create_index("ix_chain_last_crawl_id", "chain", ["last_crawl_id"])
    op.create_table(
        "media",
        _word("thread_id"),
        _text("url"),
        _word("outcome"),
        _text("record_id", nullable=True),
        _word("digest", nullable=True),
        _text("mime"),
        _large("bytes"),
        _time("at"),
        sa.PrimaryKeyConstraint("thread_id", "url", name="pk_media"),
        _of_thread("media"),
    )


def _snapshots() -> None:
    op.create_table(
        "page_text",
        _number("id"),
        _word("digest"),
        _text("text"),
        sa.PrimaryKeyConstraint("id", name="pk_page_text"),
        sa.UniqueConstraint("digest", name="uq_page_text_digest"),
    )
    op.create_table(
        "snapshot",
        _number("id"),
        _text("url"),
        _time("at"),
        _word("outcome"),
        _number("status", nullable=True),
        _word("digest", nullable=True),
        _text("record_id", nullable=True),
        _text("mime"),
        _text("title"),
        _text("language", nullable=True),
        _text("canonical_url", nullable=True),
        _text("description"),
        _number("text_id", nullable=True),
        _word("text_digest"),
        _number("requisites"),
        _number("missing"),
        _text("error"),
        _number("crawl_id"),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_snapshot"),
        sa.UniqueConstraint("url", "at", name="uq_snapshot_url_at"),
        sa.ForeignKeyConstraint(["text_id"], ["page_text.id"], name="fk_snapshot_text_id"),
    )
    _one_shown("uq_snapshot_shown", "snapshot", "url")
    op.create_index("ix_snapshot_crawl_id", "snapshot", ["crawl_id"])


def _records() -> None:
    op.create_table(
        "warc_file",
        _number("id"),
        _text("name"),
        sa.PrimaryKeyConstraint("id", name="pk_warc_file"),
        sa.UniqueConstraint("name", name="uq_warc_file_name"),
    )
    op.create_table(
        "record",
        _number("id"),
        _text("record_id"),
        _word("type"),
        _text("url"),
        _time("at"),
        _text("mime"),
        _number("status", nullable=True),
        _word("digest", nullable=True),
        _number("file_id"),
        _large("offset"),
        _large("length"),
        _large("payload_bytes", nullable=True),
        _text("refers_to", nullable=True),
        _word("truncated", nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_record"),
        sa.UniqueConstraint("record_id", name="uq_record_record_id"),
        sa.ForeignKeyConstraint(["file_id"], ["warc_file.id"], name="fk_record_file_id"),
    )
    op.create_index("ix_record_file_id_offset", "record", ["file_id", "offset"])
    seen = "type IN ('response', 'revisit')"
    _partial("ix_record_url_at", "record", "url", "at", where=seen)
    _partial("ix_record_digest_at", "record", "digest", "at", where="type = 'response'")


def _text(name: str, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), **{"nullable": False} | options)


def _word(name: str, **options: Any) -> sa.Column[str]:
    return sa.Column(name, sa.String(), **{"nullable": False} | options)


def _number(name: str, **options: Any) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), **{"nullable": False} | options)


def _large(name: str, **options: Any) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), **{"nullable": False} | options)


_time = _large  # microseconds since 1970 (store.columns)


def _of_thread(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["thread_id"], ["thread.id"], name=f"fk_{table}_thread_id")


def _partial(name: str, table: str, *columns: str, where: str, unique: bool = False) -> None:
    rule = sa.text(where)
    op.create_index(
        name, table, list(columns), unique=unique, sqlite_where=rule, postgresql_where=rule
    )


def _one_shown(name: str, table: str, column: str) -> None:
    sqlite, postgresql = sa.text("shown = 1"), sa.text("shown")
    op.create_index(
        name, table, [column], unique=True, sqlite_where=sqlite, postgresql_where=postgresql
    )

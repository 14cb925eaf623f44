"""
Which tables are there? Seen only inside the store, which takes and returns the values of models.py.

    watch -< membership >- thread -< post, revision, observation, media
    seed  -> thread        thread -< link (uri_r) - chain -> page = snapshot.url -> page text
    crawl (queue and history)        warc file -< record

A change here needs a migration in `migrations/versions`; a test compares the two.
"""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from sqlalchemy import BigInteger, Index, MetaData, Table, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from archiver.store.columns import Micros, Utf8

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(SQLModel):
    """What all tables share: their metadata, with names that migrations can rely on."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=_NAMES)


def _partial(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def _one_shown(name: str, column: str) -> Index:
    # SQLite takes a partial index only where a query says the same words as its condition.
    return Index(
        name, column, unique=True, sqlite_where=text("shown = 1"), postgresql_where=text("shown")
    )


class Watch(Row, table=True):
    """A seed with a schedule. `recapture` and `tags` are JSON."""

    name: str = Field(primary_key=True, sa_type=Utf8)
    url: str = Field(sa_type=Utf8)
    every_s: float | None = None
    cron: str | None = None
    recapture: str
    snapshots: str
    tags: str
    origin: str
    paused: bool = False
    embargo_s: float | None = None


class Crawl(Row, table=True):
    """The durable intent to crawl a URL. `owner` names the lock of the process that runs it."""

    __table_args__ = (
        _partial("uq_crawl_live", "url", where="state IN ('queued', 'running')", unique=True),
        Index("ix_crawl_state_due_at", "state", "due_at"),
        Index("ix_crawl_url", "url"),
        _partial(
            "ix_crawl_watch",
            "watch",
            "url",
            where="watch IS NOT NULL AND started_at IS NOT NULL",
        ),
    )
    id: int | None = Field(default=None, primary_key=True)
    url: str = Field(sa_type=Utf8)
    state: str
    due_at: dt.datetime = Field(sa_type=Micros)
    watch: str | None = Field(default=None, sa_type=Utf8)
    snapshots: str
    tags: str
    attempts: int = 0
    started_at: dt.datetime | None = Field(default=None, sa_type=Micros)
    finished_at: dt.datetime | None = Field(default=None, sa_type=Micros)
    error: str = Field(default="", sa_type=Utf8)
    thread_id: str | None = None
    owner: str | None = None
    embargo_until: dt.datetime | None = Field(default=None, sa_type=Micros)


class Thread(Row, table=True):
    """
    A thread, without its posts.

    `changes` counts what a reader would see; it is dirty while `published` is less.
    """

    __table_args__ = (
        Index("ix_thread_updated_at", "updated_at"),
        _partial("ix_thread_dirty", "id", where="changes > published"),
    )
    id: str = Field(primary_key=True)
    platform: str
    native_id: str = Field(sa_type=Utf8)
    url: str = Field(sa_type=Utf8, index=True)
    author: str
    title: str = Field(sa_type=Utf8)
    completeness: str
    language: str | None = Field(default=None, sa_type=Utf8)
    tags: str
    first_captured_at: dt.datetime = Field(sa_type=Micros)
    last_captured_at: dt.datetime = Field(sa_type=Micros)
    updated_at: dt.datetime = Field(sa_type=Micros)
    changes: int = 0
    published: int = 0


IS_SEALED = "json_extract(body, '$.sealed') <> ''"
"""Of a post: it must not be published. In these words, so that SQLite takes the partial index."""


class Post(Row, table=True):
    """The newest known body of a post (JSON), and what became of it."""

    __table_args__ = (
        UniqueConstraint("thread_id", "native_id"),
        _partial("ix_post_sealed", "thread_id", where=IS_SEALED),
    )
    id: int | None = Field(default=None, primary_key=True)
    thread_id: str = Field(foreign_key="thread.id")
    native_id: str = Field(sa_type=Utf8, index=True)
    url: str = Field(sa_type=Utf8, index=True)
    body: str
    state: str
    position: int
    first_seen_at: dt.datetime = Field(sa_type=Micros)
    last_seen_at: dt.datetime = Field(sa_type=Micros)
    vanished_at: dt.datetime | None = Field(default=None, sa_type=Micros)


class Revision(Row, table=True):
    """One change of a thread. Rows are only ever added. `digest` is of kind, before and after."""

    __table_args__ = (UniqueConstraint("thread_id", "post_id", "at", "digest"),)
    id: int | None = Field(default=None, primary_key=True)
    thread_id: str = Field(foreign_key="thread.id")
    post_id: str = Field(sa_type=Utf8)
    kind: str
    at: dt.datetime = Field(sa_type=Micros)
    record_ids: str
    before: str | None = None
    after: str | None = None
    digest: str
    said_at: dt.datetime | None = Field(default=None, sa_type=Micros)


class Observation(Row, table=True):
    """One capture of a thread: how much of it the platform showed. Rows are only ever added."""

    __table_args__ = (UniqueConstraint("thread_id", "at"),)
    id: int | None = Field(default=None, primary_key=True)
    thread_id: str = Field(foreign_key="thread.id")
    at: dt.datetime = Field(sa_type=Micros)
    platform: str
    completeness: str
    differences: str
    record_ids: str


class Spending(Row, table=True):
    """What was paid to a platform in a calendar month (UTC), e.g. `2026-11`."""

    platform: str = Field(primary_key=True)
    month: str = Field(primary_key=True)
    posts: int = 0
    usd: float = 0.0


class Seed(Row, table=True):
    """The thread that a seed led to when it was last captured."""

    url: str = Field(primary_key=True, sa_type=Utf8)
    thread_id: str = Field(foreign_key="thread.id")


class Membership(Row, table=True):
    """A watch led to a thread. Outlives the watch, so that one that comes back has its threads."""

    watch: str = Field(primary_key=True, sa_type=Utf8)
    thread_id: str = Field(primary_key=True, foreign_key="thread.id", index=True)


class Link(Row, table=True):
    """A thread holds a link."""

    thread_id: str = Field(primary_key=True, foreign_key="thread.id")
    uri_r: str = Field(primary_key=True, sa_type=Utf8, index=True)


class Chain(Row, table=True):
    """
    A link followed to its end, as long as it went the same way: from `at` to `last_at`.

    One per link is shown to readers (core.shown).
    """

    __table_args__ = (
        _one_shown("uq_chain_shown", "uri_r"),
        Index("ix_chain_uri_r_last_at", "uri_r", "last_at"),
        Index("ix_chain_page", "page"),
        Index("ix_chain_group_key", "group_key"),
        Index("ix_chain_last_crawl_id", "last_crawl_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    uri_r: str = Field(sa_type=Utf8)
    target: str = Field(sa_type=Utf8)
    page: str = Field(sa_type=Utf8)  # target without fragment: the url of its snapshots
    outcome: str
    hops: str
    error: str = Field(default="", sa_type=Utf8)
    at: dt.datetime = Field(sa_type=Micros)
    last_at: dt.datetime = Field(sa_type=Micros)
    last_crawl_id: int
    shown: bool = False
    witness: str | None = None
    group_key: str | None = Field(default=None, sa_type=Utf8)


class PageText(Row, table=True):
    """Readable text of a page, kept once however often the page was captured."""

    __tablename__ = "page_text"
    id: int | None = Field(default=None, primary_key=True)
    digest: str = Field(unique=True)
    text: str = Field(sa_type=Utf8)


class Snapshot(Row, table=True):
    """A memento. One per URL is shown to readers (core.shown). `views` is JSON or empty."""

    __table_args__ = (
        UniqueConstraint("url", "at"),
        _one_shown("uq_snapshot_shown", "url"),
        Index("ix_snapshot_crawl_id", "crawl_id"),
    )
    id: int | None = Field(default=None, primary_key=True)
    url: str = Field(sa_type=Utf8)
    at: dt.datetime = Field(sa_type=Micros)
    outcome: str
    status: int | None = None
    digest: str | None = None
    record_id: str | None = Field(default=None, sa_type=Utf8)
    mime: str = Field(default="", sa_type=Utf8)
    title: str = Field(default="", sa_type=Utf8)
    language: str | None = Field(default=None, sa_type=Utf8)
    canonical_url: str | None = Field(default=None, sa_type=Utf8)
    description: str = Field(default="", sa_type=Utf8)
    text_id: int | None = Field(default=None, foreign_key="page_text.id")
    text_digest: str = ""
    requisites: int = 0
    missing: int = 0
    error: str = Field(default="", sa_type=Utf8)
    engine: str = "http"
    views: str = ""
    crawl_id: int
    shown: bool = False


class Media(Row, table=True):
    """Our copy of an attachment of a thread."""

    thread_id: str = Field(primary_key=True, foreign_key="thread.id")
    url: str = Field(primary_key=True, sa_type=Utf8)
    outcome: str
    record_id: str | None = Field(default=None, sa_type=Utf8)
    digest: str | None = None
    mime: str = Field(default="", sa_type=Utf8)
    bytes: int = Field(default=0, sa_type=BigInteger)
    at: dt.datetime = Field(sa_type=Micros)


class Policy(Row, table=True):
    """
    The decision that holds for a thread. None stands for public.

    It names no foreign key: a decision must survive a thread that could not be read again.
    """

    thread_id: str = Field(primary_key=True)
    state: str
    until: dt.datetime | None = Field(default=None, sa_type=Micros)
    who: str = Field(default="", sa_type=Utf8)
    why: str = Field(default="", sa_type=Utf8)
    at: dt.datetime = Field(sa_type=Micros)


class Decision(Row, table=True):
    """Every decision about a thread. Rows are only ever added."""

    __table_args__ = (UniqueConstraint("thread_id", "at"),)
    id: int | None = Field(default=None, primary_key=True)
    thread_id: str
    state: str
    until: dt.datetime | None = Field(default=None, sa_type=Micros)
    who: str = Field(default="", sa_type=Utf8)
    why: str = Field(default="", sa_type=Utf8)
    at: dt.datetime = Field(sa_type=Micros)


class SearchDoc(Row, table=True):
    """
    What a number of the search index stands for: a post, or the shown copy of a page.

    A row that stands for neither any more keeps its number, which is never used again. The index
    itself, `search`, is a virtual table (FTS5), made by its migration.
    """

    __tablename__ = "search_doc"
    __table_args__ = (
        _partial("uq_search_doc_post_id", "post_id", where="post_id IS NOT NULL", unique=True),
        _partial("uq_search_doc_url", "url", where="url IS NOT NULL", unique=True),
    )
    docid: int | None = Field(default=None, primary_key=True)
    thread_id: str | None = Field(default=None, index=True)
    post_id: int | None = None
    url: str | None = Field(default=None, sa_type=Utf8)
    sealed: bool = False
    digest: int = Field(sa_type=BigInteger)


class SearchFill(Row, table=True):
    """Up to which row of a table an older archive was brought into the search index."""

    __tablename__ = "search_fill"
    kind: str = Field(primary_key=True)
    done: int = 0
    upto: int = 0


class WarcFile(Row, table=True):
    """A WARC, by the name it has once closed."""

    __tablename__ = "warc_file"
    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, sa_type=Utf8)


class Record(Row, table=True):
    """Where a record lies. The indexes are few and narrow: this is the largest table."""

    __table_args__ = (
        Index("ix_record_file_id_offset", "file_id", "offset"),
        _partial("ix_record_url_at", "url", "at", where="type IN ('response', 'revisit')"),
        _partial("ix_record_digest_at", "digest", "at", where="type = 'response'"),
        _partial("ix_record_resource_at", "at", where="type = 'resource'"),
    )
    id: int | None = Field(default=None, primary_key=True)
    record_id: str = Field(unique=True, sa_type=Utf8)
    type: str
    url: str = Field(sa_type=Utf8)
    at: dt.datetime = Field(sa_type=Micros)
    mime: str = Field(default="", sa_type=Utf8)
    status: int | None = None
    digest: str | None = None
    file_id: int = Field(foreign_key="warc_file.id")
    offset: int = Field(sa_type=BigInteger)
    length: int = Field(sa_type=BigInteger)
    payload_bytes: int | None = Field(default=None, sa_type=BigInteger)
    refers_to: str | None = Field(default=None, sa_type=Utf8)
    truncated: str | None = None


class Tally(Row, table=True):
    """How much there is of a kind: counted by triggers of its migration as rows come and go."""

    kind: str = Field(primary_key=True)
    number: int = Field(default=0, sa_type=BigInteger)


def _table(row: type[Row]) -> Table:
    return Row.metadata.tables[str(row.__tablename__)]


METADATA = Row.metadata
WATCH = _table(Watch)
CRAWL = _table(Crawl)
THREAD = _table(Thread)
POST = _table(Post)
REVISION = _table(Revision)
OBSERVATION = _table(Observation)
SPENDING = _table(Spending)
SEED = _table(Seed)
MEMBERSHIP = _table(Membership)
LINK = _table(Link)
CHAIN = _table(Chain)
PAGE_TEXT = _table(PageText)
SNAPSHOT = _table(Snapshot)
MEDIA = _table(Media)
POLICY = _table(Policy)
DECISION = _table(Decision)
SEARCH_DOC = _table(SearchDoc)
SEARCH_FILL = _table(SearchFill)
WARC_FILE = _table(WarcFile)
RECORD = _table(Record)
TALLY = _table(Tally)

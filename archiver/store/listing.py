"""Which threads are there, page by page, and how much does the archive hold?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, and_, func, or_, select

from archiver.errors import UsageError
from archiver.models import Author, Completeness, CrawlState, Post
from archiver.models.listing import Figures, ThreadLine, ThreadLines
from archiver.store import codec
from archiver.store.columns import micros, time_of_micros
from archiver.store.database import Database
from archiver.store.policy import HIDDEN
from archiver.store.tables import CRAWL, MEMBERSHIP, POST, TALLY, THREAD, WATCH


class Listings:
    """The part of the store that lists and counts (ports.Store)."""

    _database: Database

    def list_threads(
        self, *, limit: int = 20, after: str = "", watch: str = "", public: bool = True
    ) -> ThreadLines:
        """
        Give threads, those that a reader saw change last first.

        Args:
            limit: Threads on a page, 1 to 100.
            after: `more` of the page before; empty for the first.
            watch: Only threads that this watch led to; empty for all.
            public: Leave out what no reader may see.

        Raises:
            UsageError: If `after` is nothing that was ever given.
        """
        limit = max(1, min(limit, 100))
        newest = (THREAD.c.updated_at.desc(), THREAD.c.id)
        wanted = select(THREAD).order_by(*newest).limit(limit + 1)
        if watch:
            led = select(MEMBERSHIP.c.thread_id).where(MEMBERSHIP.c.watch == watch)
            wanted = wanted.where(THREAD.c.id.in_(led))
        if public:
            wanted = wanted.where(THREAD.c.id.not_in(HIDDEN))
        place = _place(after) if after else None
        lines: list[ThreadLine] = []
        with self._database.read() as connection:
            while True:
                rows = connection.execute(_after(wanted, place)).all()
                sealed = _sealed(connection, [row.id for row in rows]) if public else frozenset()
                for row in rows:
                    if row.id in sealed:
                        continue
                    if len(lines) == limit:
                        last = lines[-1]
                        return ThreadLines(tuple(lines), f"{micros(last.updated_at)}-{last.id}")
                    lines.append(line_of(row))
                if len(rows) <= limit:
                    return ThreadLines(tuple(lines))
                place = rows[-1].updated_at, rows[-1].id

    def figures(self) -> Figures:
        """Count what an operator watches."""
        with self._database.read() as connection:
            crawls = select(CRAWL.c.state, func.count()).group_by(CRAWL.c.state)
            states = {state.value: 0 for state in CrawlState}
            states |= {state: int(count) for state, count in connection.execute(crawls)}
            waiting = select(func.count(), func.min(THREAD.c.last_captured_at))
            row = connection.execute(waiting.where(THREAD.c.changes > THREAD.c.published)).one()
            size = select(TALLY.c.number).where(TALLY.c.kind == "bytes")
            return Figures(
                crawls=states,
                unpublished=int(row[0]),
                unpublished_since=row[1],
                bytes_stored=int(connection.execute(size).scalar_one()),
                watches=tuple(_captured(connection)),
            )


def _captured(connection: Connection) -> Iterator[tuple[str, dt.datetime | None]]:
    last = func.max(CRAWL.c.finished_at)
    done = (CRAWL.c.url == WATCH.c.url) & (CRAWL.c.state == CrawlState.DONE.value)
    newest = select(WATCH.c.name, last).outerjoin(CRAWL, done).group_by(WATCH.c.name)
    for row in connection.execute(newest.order_by(WATCH.c.name)):
        yield row[0], row[1]


def _after(wanted: Select[Any], place: tuple[dt.datetime, str] | None) -> Select[Any]:
    if place is None:
        return wanted
    at, thread_id = place
    same = and_(THREAD.c.updated_at == at, THREAD.c.id > thread_id)
    return wanted.where(or_(THREAD.c.updated_at < at, same))


def _place(after: str) -> tuple[dt.datetime, str]:
    number, _, thread_id = after.partition("-")
    if number.isascii() and number.isdecimal() and len(number) <= 17 and thread_id:
        return time_of_micros(int(number)), thread_id
    raise UsageError(f"{after!r} is no place in this list; leave it out for the beginning")


def _sealed(connection: Connection, thread_ids: Sequence[str]) -> frozenset[str]:
    """Those of which nothing may be shown: their first post is sealed."""
    first = (
        select(POST.c.thread_id, func.min(POST.c.position).label("place"))
        .where(POST.c.thread_id.in_(thread_ids))
        .group_by(POST.c.thread_id)
        .subquery()
    )
    rows = connection.execute(
        select(POST.c.thread_id, POST.c.body).join(
            first, (first.c.thread_id == POST.c.thread_id) & (first.c.place == POST.c.position)
        )
    )
    return frozenset(row.thread_id for row in rows if codec.load(Post, row.body).sealed)


def line_of(row: Row[Any]) -> ThreadLine:
    """Read a row, without its posts."""
    return ThreadLine(
        id=row.id,
        platform=row.platform,
        url=row.url,
        author=codec.load(Author, row.author),
        title=row.title,
        language=row.language,
        tags=codec.load(tuple[str, ...], row.tags),
        completeness=codec.load(Completeness, row.completeness),
        first_captured_at=row.first_captured_at,
        last_captured_at=row.last_captured_at,
        updated_at=row.updated_at,
    )

"""Which crawls wait, run and ended, page by page; and what somebody does about one."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import and_, func, or_, select, update

from archiver.errors import UsageError
from archiver.models import Crawl, CrawlState
from archiver.models.listing import CrawlPage, ThreadLine
from archiver.store.columns import micros, time_of_micros
from archiver.store.crawls import crawl_of
from archiver.store.database import Database
from archiver.store.listing import line_of
from archiver.store.tables import CRAWL, MEDIA, THREAD

_WINDOW = 50_000
"""Rows that one page of a search looks at, so that no question takes long."""
_MOST = 5_000


class Queueing:
    """The part of the store that the desk pages through (ports.Store)."""

    _database: Database

    def queue_page(self, state: CrawlState, *, limit: int = 50, after: str = "") -> CrawlPage:
        """
        Give crawls of one state: those that wait by when they are due, others the newest first.

        Raises:
            UsageError: If `after` is nothing that was ever given.
        """
        waits = state is CrawlState.QUEUED
        wanted = select(CRAWL).where(CRAWL.c.state == state.value)
        if after:
            at, number = _place(after)
            later = CRAWL.c.due_at > at if waits else CRAWL.c.due_at < at
            beside = CRAWL.c.id > number if waits else CRAWL.c.id < number
            wanted = wanted.where(or_(later, and_(CRAWL.c.due_at == at, beside)))
        order = (
            (CRAWL.c.due_at, CRAWL.c.id) if waits else (CRAWL.c.due_at.desc(), CRAWL.c.id.desc())
        )
        found = self._crawls(wanted.order_by(*order).limit(limit + 1))
        if len(found) <= limit:
            return CrawlPage(found)
        last = found[limit - 1]
        return CrawlPage(found[:limit], f"{micros(last.due_at)}-{last.id}")

    def capture_page(self, words: str = "", *, limit: int = 50, after: str = "") -> CrawlPage:
        """
        Give crawls, the newest first.

        Args:
            words: What stands in the address or in the name of the watch, or the id of a thread.
                A page of a search looks at the next 50,000 crawls, so it may hold fewer than
                `limit`, or none, and yet have a next.

        Raises:
            UsageError: If `after` is nothing that was ever given.
        """
        newest = self._number(select(func.max(CRAWL.c.id)))
        upto = min(_number(after), newest + 1) if after else newest + 1
        wanted, floor = select(CRAWL).where(CRAWL.c.id < upto), 0
        if words:
            floor = max(0, upto - _WINDOW)
            wanted = wanted.where(
                CRAWL.c.id >= floor,
                or_(
                    CRAWL.c.url.contains(words, autoescape=True),
                    CRAWL.c.watch.contains(words, autoescape=True),
                    CRAWL.c.thread_id == words,
                ),
            )
        found = self._crawls(wanted.order_by(CRAWL.c.id.desc()).limit(limit + 1))
        if len(found) > limit:
            return CrawlPage(found[:limit], str(found[limit - 1].id))
        return CrawlPage(found, str(floor) if floor > 1 else "")

    def crawls_of(self, url: str, *, limit: int = _MOST) -> tuple[Crawl, ...]:
        """Give the newest crawls of one seed first."""
        mine = select(CRAWL).where(CRAWL.c.url == url).order_by(CRAWL.c.id.desc())
        return self._crawls(mine.limit(limit))

    def hurry(self, crawl_id: int, now: dt.datetime) -> bool:
        """Let a crawl that waits be due now; False if it does not wait."""
        return self._change(crawl_id, {"due_at": now})

    def cancel(self, crawl_id: int, *, at: dt.datetime, why: str) -> bool:
        """Take a crawl that waits out of the queue, as failed for this reason; False if it does
        not wait."""
        failed = {"state": CrawlState.FAILED.value, "finished_at": at, "error": why}
        return self._change(crawl_id, failed)

    def unpublished(self, *, limit: int = 50) -> tuple[ThreadLine, ...]:
        """Give threads in which a reader would see a change since they were published."""
        dirty = select(THREAD).where(THREAD.c.changes > THREAD.c.published)
        with self._database.read() as connection:
            rows = connection.execute(dirty.order_by(THREAD.c.id).limit(limit))
            return tuple(line_of(row) for row in rows)

    def lines_of(self, thread_ids: tuple[str, ...]) -> dict[str, ThreadLine]:
        """Give threads without their posts, by id; what is not there is left out."""
        with self._database.read() as connection:
            rows = connection.execute(select(THREAD).where(THREAD.c.id.in_(thread_ids)))
            return {row.id: line_of(row) for row in rows}

    def largest(self, *, limit: int = 10) -> tuple[tuple[str, int], ...]:
        """Give the threads whose media are largest, in bytes. Looks at all media: takes long."""
        size = func.sum(MEDIA.c.bytes)
        wanted = select(MEDIA.c.thread_id, size).group_by(MEDIA.c.thread_id)
        with self._database.read() as connection:
            rows = connection.execute(wanted.order_by(size.desc(), MEDIA.c.thread_id).limit(limit))
            return tuple((str(row[0]), int(row[1])) for row in rows)

    def _change(self, crawl_id: int, values: dict[str, Any]) -> bool:
        waits = (CRAWL.c.id == crawl_id) & (CRAWL.c.state == CrawlState.QUEUED.value)
        with self._database.write() as connection:
            return connection.execute(update(CRAWL).where(waits).values(values)).rowcount == 1

    def _crawls(self, statement: Any) -> tuple[Crawl, ...]:
        with self._database.read() as connection:
            return tuple(crawl_of(row) for row in connection.execute(statement))

    def _number(self, statement: Any) -> int:
        with self._database.read() as connection:
            return int(connection.execute(statement).scalar() or 0)


def _place(after: str) -> tuple[dt.datetime, int]:
    at, _, number = after.partition("-")
    return time_of_micros(_number(at)), _number(number)


def _number(text: str) -> int:
    if text.isascii() and text.isdecimal() and len(text) <= 17:
        return int(text)
    raise UsageError(f"{text!r} is no place in this list; leave it out for the beginning")

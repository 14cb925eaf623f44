"""
Which crawls are wanted, run, done or failed? Rows are the durable intent (design 5).

At most one live (queued or running) row exists per URL: a partial unique index says so.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from archiver.models import Crawl, CrawlRequest, CrawlState, Snapshots
from archiver.store import codec
from archiver.store.database import Database
from archiver.store.lock import Owner
from archiver.store.tables import CRAWL, WATCH

_QUEUED, _RUNNING = CrawlState.QUEUED.value, CrawlState.RUNNING.value


class Crawls:
    """The queue part of the store (ports.Store)."""

    _database: Database
    _owner: Owner

    def enqueue(self, request: CrawlRequest) -> Crawl | None:
        """Insert a queued crawl row; None if a live one for this URL exists."""
        values = _wanted(request) | {"state": _QUEUED, "attempts": 0}
        statement = insert_or(CRAWL).values(values).on_conflict_do_nothing().returning(CRAWL)
        with self._database.write() as connection:
            row = connection.execute(statement).first()
            return None if row is None else crawl_of(row)

    def start(self, request: CrawlRequest) -> Crawl | None:
        """
        Give a crawl row that this process runs from now on.

        A queued row for the URL, or a running one whose process is gone, is taken over (with what
        its chains and snapshots already are): its watch stays, what else is asked for now wins.
        `request.due_at` is taken as the present time.

        Returns:
            None if a living process runs one.
        """
        owner = self._owner.hold()
        with self._database.write() as connection:
            live = connection.execute(
                select(CRAWL).where(
                    CRAWL.c.url == request.url, CRAWL.c.state.in_((_QUEUED, _RUNNING))
                )
            ).first()
            if live is None:
                values = _wanted(request) | _begun(request.due_at, owner) | {"attempts": 1}
                made = connection.execute(insert(CRAWL).values(values).returning(CRAWL))
                return crawl_of(made.one())
            if live.state == _RUNNING and self._owner.lives(live.owner):
                return None
            return _taken_over(connection, live, request, owner)

    def claim(self, now: dt.datetime) -> Crawl | None:
        """Take the next due queued crawl and mark it running by this process."""
        due = (
            select(CRAWL.c.id)
            .where(CRAWL.c.state == _QUEUED, CRAWL.c.due_at <= now)
            .order_by(CRAWL.c.due_at, CRAWL.c.id)
            .limit(1)
        )
        with self._database.read() as connection:
            if connection.execute(due).first() is None:
                return None
        owner = self._owner.hold()
        with self._database.write() as connection:
            taken = connection.execute(
                update(CRAWL)
                .where(CRAWL.c.id == due.scalar_subquery())
                .values(_begun(now, owner) | {"attempts": CRAWL.c.attempts + 1})
                .returning(CRAWL)
            ).first()
            return None if taken is None else crawl_of(taken)

    def finish(self, crawl_id: int, *, at: dt.datetime, thread_id: str | None) -> None:
        """Mark a running crawl done."""
        done = {"state": CrawlState.DONE.value, "finished_at": at, "thread_id": thread_id}
        self._end(crawl_id, done | {"error": ""})

    def fail(
        self, crawl_id: int, *, at: dt.datetime, error: str, retry_at: dt.datetime | None
    ) -> None:
        """Mark a running crawl failed, or queue it again for `retry_at`."""
        if retry_at is None:
            values = {"state": CrawlState.FAILED.value, "finished_at": at, "error": error}
        else:
            values = {"state": _QUEUED, "due_at": retry_at, "error": error}
        self._end(crawl_id, values)

    def release(self, crawl_id: int) -> None:
        """Queue a running crawl again at once, as it was: its process is about to stop."""
        # A stop is no attempt that failed, so it is not counted.
        self._end(crawl_id, {"state": _QUEUED, "attempts": CRAWL.c.attempts - 1})

    def _end(self, crawl_id: int, values: dict[str, Any]) -> None:
        with self._database.write() as connection:
            connection.execute(
                update(CRAWL)
                .where(CRAWL.c.id == crawl_id, CRAWL.c.state == _RUNNING)
                .values(values | {"owner": None})
            )

    def recover_crawls(self) -> int:
        """Queue again what a process ran that is gone; the count of them."""
        running = select(CRAWL.c.owner).where(CRAWL.c.state == _RUNNING).distinct()
        with self._database.read() as connection:
            owners = connection.execute(running).scalars().all()
        gone = [owner for owner in owners if not self._owner.lives(owner)]
        self._owner.clean()
        return sum(self._queue_again(owner) for owner in gone)

    def _queue_again(self, owner: str | None) -> int:
        with self._database.write() as connection:
            found = connection.execute(
                update(CRAWL)
                .where(CRAWL.c.state == _RUNNING, CRAWL.c.owner.is_not_distinct_from(owner))
                .values(state=_QUEUED, owner=None)
            )
            return found.rowcount

    def crawls(self, *, limit: int = 50) -> tuple[Crawl, ...]:
        """Give the newest crawls first."""
        return self._found(select(CRAWL).order_by(CRAWL.c.id.desc()).limit(limit))

    def crawl(self, crawl_id: int) -> Crawl | None:
        """Give a crawl by its number; None if there is none."""
        return next(iter(self._found(select(CRAWL).where(CRAWL.c.id == crawl_id))), None)

    def last_crawl(self, url: str) -> Crawl | None:
        """Give the newest crawl of this seed that was started."""
        started = select(CRAWL).where(CRAWL.c.url == url, CRAWL.c.started_at.is_not(None))
        return next(iter(self._found(started.order_by(CRAWL.c.id.desc()).limit(1))), None)

    def failing(self) -> tuple[Crawl, ...]:
        """Give the last crawls of all seeds whose last one failed, newest first; also of those
        that are tried again."""
        retried = CRAWL.c.state.in_((_QUEUED, _RUNNING)) & (CRAWL.c.error != "")
        found = select(CRAWL).where(retried | failed_last())
        return self._found(found.order_by(CRAWL.c.id.desc()))

    def threads_asked(self) -> dict[str, int]:
        """Say of each watch how many addresses were crawled for it, beside its own."""
        beside = (CRAWL.c.watch == WATCH.c.name) & (CRAWL.c.url != WATCH.c.url)
        # Without a count(DISTINCT), which would not use that the index is sorted.
        each = (
            select(WATCH.c.name, CRAWL.c.url)
            .join(CRAWL, beside & CRAWL.c.started_at.is_not(None))
            .distinct()
            .subquery()
        )
        asked = select(each.c.name, func.count()).group_by(each.c.name)
        with self._database.read() as connection:
            return {str(name): int(count) for name, count in connection.execute(asked)}

    def restore_crawl(
        self, crawl: Crawl, *, at: dt.datetime, thread_id: str | None, error: str
    ) -> None:
        """
        Keep a crawl that ended in the past, under its own number unless another seed has that.

        Args:
            crawl: As it was when it ran.
            at: When it ended.
            error: Why it failed; empty if it did not.
        """
        ended = {
            "state": (CrawlState.FAILED if error else CrawlState.DONE).value,
            "attempts": crawl.attempts,
            "started_at": crawl.started_at,
            "finished_at": at,
            "thread_id": thread_id,
            "error": error,
        }
        asked = CrawlRequest(crawl.url, crawl.due_at, crawl.watch, crawl.snapshots, crawl.tags)
        with self._database.write() as connection:
            taken = select(CRAWL.c.url).where(CRAWL.c.id == crawl.id)
            free = connection.execute(taken).scalar() in (None, crawl.url)
            values = _wanted(asked) | ended | ({"id": crawl.id} if free else {})
            statement = insert_or(CRAWL).values(values)
            connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=values))

    def _found(self, statement: Any) -> tuple[Crawl, ...]:
        with self._database.read() as connection:
            return tuple(crawl_of(row) for row in connection.execute(statement))

    def next_due(self) -> dt.datetime | None:
        """Say when the earliest queued crawl is due."""
        with self._database.read() as connection:
            earliest = select(func.min(CRAWL.c.due_at)).where(CRAWL.c.state == _QUEUED)
            found: dt.datetime | None = connection.execute(earliest).scalar()
            return found


def failed_last() -> ColumnElement[bool]:
    """The condition of a row that failed and is the last of its seed that was started."""
    other = CRAWL.alias()
    last = (
        select(func.max(other.c.id))
        .where(other.c.url == CRAWL.c.url, other.c.started_at.is_not(None))
        .correlate(CRAWL)
        .scalar_subquery()
    )
    return (CRAWL.c.state == CrawlState.FAILED.value) & (CRAWL.c.id == last)


def _taken_over(connection: Connection, live: Row[Any], request: CrawlRequest, owner: str) -> Crawl:
    asked = {
        "watch": live.watch or request.watch,
        "snapshots": request.snapshots.value,
        "tags": _tags((*codec.load(tuple[str, ...], live.tags), *request.tags)),
        "attempts": live.attempts + 1,
        "embargo_until": request.embargo_until or live.embargo_until,
    }
    taken = connection.execute(
        update(CRAWL)
        .where(CRAWL.c.id == live.id)
        .values(asked | _begun(request.due_at, owner))
        .returning(CRAWL)
    )
    return crawl_of(taken.one())


def _wanted(request: CrawlRequest) -> dict[str, Any]:
    return {
        "url": request.url,
        "due_at": request.due_at,
        "watch": request.watch,
        "snapshots": request.snapshots.value,
        "tags": _tags(request.tags),
        "error": "",
        "embargo_until": request.embargo_until,
    }


def _begun(now: dt.datetime, owner: str) -> dict[str, Any]:
    return {"state": _RUNNING, "owner": owner, "started_at": now}


def _tags(tags: tuple[str, ...]) -> str:
    return codec.dump(tuple[str, ...], tuple(dict.fromkeys(tags)))


def crawl_of(row: Row[Any]) -> Crawl:
    """Read a row."""
    return Crawl(
        id=row.id,
        url=row.url,
        state=CrawlState(row.state),
        due_at=row.due_at,
        watch=row.watch,
        snapshots=Snapshots(row.snapshots),
        tags=codec.load(tuple[str, ...], row.tags),
        attempts=row.attempts,
        started_at=row.started_at,
        finished_at=row.finished_at,
        error=row.error,
        thread_id=row.thread_id,
        embargo_until=row.embargo_until,
    )

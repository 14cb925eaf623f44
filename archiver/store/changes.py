"""
Which threads would a reader see change since they were last published?

Each thread counts its changes, and how many of them are published. A change that comes while a
thread is rendered raises the count above what was seen, so the thread stays to be published.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Select, bindparam, func, select, update

from archiver.store.database import Database
from archiver.store.tables import THREAD


def touch(connection: Connection, thread_ids: Select[Any]) -> None:
    """Count one change more for each of these threads."""
    connection.execute(
        update(THREAD).where(THREAD.c.id.in_(thread_ids)).values(changes=THREAD.c.changes + 1)
    )


class Changes:
    """The part of the store that knows what is to be published (ports.Store)."""

    _database: Database
    _seen: dict[str, int]

    def dirty_threads(self) -> tuple[str, ...]:
        """Give the threads in which a reader would see a change since they were last published."""
        dirty = select(THREAD.c.id, THREAD.c.changes).where(THREAD.c.changes > THREAD.c.published)
        with self._database.read() as connection:
            rows = connection.execute(dirty.order_by(THREAD.c.updated_at.desc(), THREAD.c.id)).all()
        # A round of publishing begins here: what comes later was not seen by it.
        self._seen.update((row.id, row.changes) for row in rows)
        return tuple(row.id for row in rows)

    def mark_published(self, thread_ids: Sequence[str]) -> None:
        """
        Say that threads were published as `dirty_threads` or `view` last gave them.

        What changed since, and what was never asked for, stays to be published.
        """
        seen = [
            {"of": thread_id, "count": self._seen.pop(thread_id)}
            for thread_id in dict.fromkeys(thread_ids)
            if thread_id in self._seen
        ]
        if not seen:
            return
        marked = func.max(THREAD.c.published, bindparam("count"))
        statement = update(THREAD).where(THREAD.c.id == bindparam("of")).values(published=marked)
        with self._database.write() as connection:
            connection.execute(statement, seen)

    def _note_seen(self, thread_id: str, changes: int) -> None:
        # Others look at threads too (the web app); the oldest look since the last mark is the
        # safe one: at worst a thread is rendered once more.
        self._seen.setdefault(thread_id, changes)

"""Which events were not delivered yet? A file, so that nothing is lost when we are killed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from archiver import sidefile
from archiver.hooks.message import body_of
from archiver.models.news import News

FILE = "webhooks.sqlite"
KEPT_S = 60 * 86_400.0
"""How long it is known which events were told: longer than any event is news."""
_MOST_WAITING = 100_000
"""Events that wait for one receiver; further ones are lost, and counted."""
_IF_REMOVED = "webhooks are told of the next events"
_TABLES = """
CREATE TABLE IF NOT EXISTS event (
    id TEXT PRIMARY KEY, type TEXT NOT NULL, thread TEXT NOT NULL, body BLOB NOT NULL,
    kept_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS delivery (
    n INTEGER PRIMARY KEY, event TEXT NOT NULL, hook TEXT NOT NULL, due REAL NOT NULL,
    since REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (hook, due);
CREATE TABLE IF NOT EXISTS hook (
    name TEXT PRIMARY KEY, failures INTEGER NOT NULL DEFAULT 0, since REAL, error TEXT,
    paused_until REAL NOT NULL DEFAULT 0, delivered_at REAL, lost INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS failing (url TEXT PRIMARY KEY);
"""


@dataclass(frozen=True, slots=True)
class Waiting:
    """An event that one receiver was not told yet; times in seconds since 1970."""

    n: int
    event: str
    thread_id: str
    body: bytes
    since: float
    attempts: int


@dataclass(frozen=True, slots=True)
class Receiver:
    """
    How deliveries to one webhook go; times in seconds since 1970.

    Attributes:
        failures: In a row; 0 if the last one went well.
        lost: Events that were given up.
    """

    name: str
    waiting: int = 0
    failures: int = 0
    failing_since: float | None = None
    error: str = ""
    paused_until: float = 0.0
    delivered_at: float | None = None
    lost: int = 0


class Outbox:
    """The outbox of one archive; every call is one transaction and may come from any thread."""

    def __init__(self, data_dir: Path) -> None:
        self._place = data_dir / FILE

    def add(
        self, news: Iterable[News], wanted: Mapping[str, frozenset[str]], *, now_s: float
    ) -> int:
        """
        Keep events for those who want them; one that was kept before is left out.

        Args:
            wanted: Name of a webhook -> types of events that it wants.

        Returns:
            How many deliveries wait because of this call.

        Raises:
            StoreError: If the file cannot be used.
        """
        with self._open() as database:
            return _add(database, news, wanted, now_s)

    def due(self, hook: str, now_s: float, *, limit: int) -> tuple[Waiting, ...]:
        """Give what is due for a webhook, the oldest first; nothing while it is paused."""
        with self._open() as database:
            rows = database.execute(
                "SELECT delivery.n, event.id, thread, body, since, attempts FROM delivery"
                " JOIN event ON event.id = delivery.event WHERE hook = ?1 AND due <= ?2"
                " AND NOT EXISTS (SELECT 1 FROM hook WHERE name = ?1 AND paused_until > ?2)"
                " ORDER BY delivery.n LIMIT ?3",
                (hook, now_s, limit),
            )
            return tuple(Waiting(*row) for row in rows)

    def next_due(self, hooks: Iterable[str]) -> float | None:
        """Say when the next delivery is due to one of these; None if nothing waits."""
        names = list(hooks)
        marks = ",".join("?" * len(names))
        with self._open() as database:
            row = database.execute(
                "SELECT min(max(due, coalesce(paused_until, 0))) FROM delivery"
                f" LEFT JOIN hook ON hook.name = delivery.hook WHERE delivery.hook IN ({marks})",
                names,
            ).fetchone()
        return None if row[0] is None else float(row[0])

    def delivered(self, hook: str, each: Waiting, now_s: float) -> None:
        """Strike out a delivery that went well."""
        with self._open() as database:
            database.execute("DELETE FROM delivery WHERE n = ?", (each.n,))
            database.execute(
                "INSERT INTO hook (name, delivered_at) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE"
                " SET failures = 0, since = NULL, error = NULL, paused_until = 0,"
                " delivered_at = ?2",
                (hook, now_s),
            )

    def drop(self, each: Waiting) -> None:
        """Strike out a delivery that must not be made any more."""
        with self._open() as database:
            database.execute("DELETE FROM delivery WHERE n = ?", (each.n,))

    def failed(
        self, hook: str, each: Waiting, error: str, *, due: float | None, paused_until: float,
        now_s: float,
    ) -> None:  # fmt: skip
        """
        Keep that a delivery failed.

        Args:
            due: When it is tried again; None if it is given up.
            paused_until: Nothing else is sent to this webhook until then; 0 to go on.
        """
        with self._open() as database:
            if due is None:
                database.execute("DELETE FROM delivery WHERE n = ?", (each.n,))
            else:
                database.execute(
                    "UPDATE delivery SET due = ?, attempts = attempts + 1 WHERE n = ?",
                    (due, each.n),
                )
            database.execute(
                "INSERT INTO hook (name, failures, since, error, paused_until, lost)"
                " VALUES (?1, 1, ?2, ?3, ?4, ?5) ON CONFLICT (name) DO UPDATE SET"
                " failures = failures + 1, since = coalesce(since, ?2), error = ?3,"
                " paused_until = ?4, lost = lost + ?5",
                (hook, now_s, error[:500], paused_until, int(due is None)),
            )

    def receiver(self, hook: str) -> Receiver:
        """Say how deliveries to a webhook go."""
        with self._open() as database:
            waiting = database.execute("SELECT count(*) FROM delivery WHERE hook = ?", (hook,))
            count = int(waiting.fetchone()[0])
            row = database.execute(
                "SELECT failures, since, coalesce(error, ''), paused_until, delivered_at, lost"
                " FROM hook WHERE name = ?",
                (hook,),
            ).fetchone()
        return Receiver(hook, count) if row is None else Receiver(hook, count, *row)

    def add_failing(
        self,
        urls: Iterable[str],
        tell: Callable[[frozenset[str]], Iterable[News]],
        wanted: Mapping[str, frozenset[str]],
        *,
        now_s: float,
    ) -> int:
        """
        Keep an event for each seed that fails now and did not when this was last asked.

        That they fail is kept with their events or not at all, so that a kill between loses none.

        Args:
            urls: The seeds that fail now.
            tell: Gives the events of those that are new.

        Returns:
            How many deliveries wait because of this call.
        """
        now = set(urls)
        with self._open() as database:
            before = {row[0] for row in database.execute("SELECT url FROM failing")}
            database.executemany("DELETE FROM failing WHERE url = ?", [(u,) for u in before - now])
            database.executemany("INSERT INTO failing VALUES (?)", [(u,) for u in now - before])
            return _add(database, tell(frozenset(now - before)), wanted, now_s)

    def _open(self) -> AbstractContextManager[sqlite3.Connection]:
        return sidefile.opened(self._place, _TABLES, if_removed=_IF_REMOVED)


def _add(
    database: sqlite3.Connection,
    news: Iterable[News],
    wanted: Mapping[str, frozenset[str]],
    now_s: float,
) -> int:
    added = 0
    database.execute("DELETE FROM event WHERE kept_at < ?"
        " AND id NOT IN (SELECT event FROM delivery)", (now_s - KEPT_S,))  # fmt: skip
    for each in news:
        hooks = [name for name, types in wanted.items() if each.type in types]
        row = (each.id, each.type, each.thread_id, body_of(each), now_s)
        fresh = database.execute("INSERT OR IGNORE INTO event VALUES (?,?,?,?,?)", row)
        if fresh.rowcount == 1:
            added += sum(_wait(database, each.id, hook, now_s) for hook in hooks)
    return added


def _wait(database: sqlite3.Connection, event: str, hook: str, now_s: float) -> int:
    waiting = database.execute("SELECT count(*) FROM delivery WHERE hook = ?", (hook,))
    if waiting.fetchone()[0] >= _MOST_WAITING:
        database.execute(
            "INSERT INTO hook (name, lost) VALUES (?, 1)"
            " ON CONFLICT (name) DO UPDATE SET lost = lost + 1",
            (hook,),
        )
        return 0
    database.execute(
        "INSERT INTO delivery (event, hook, due, since) VALUES (?, ?, ?, ?)",
        (event, hook, now_s, now_s),
    )
    return 1

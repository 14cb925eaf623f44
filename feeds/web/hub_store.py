"""Who subscribed to which feed at our hub? A file, so that it outlives the process."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from archiver import sidefile

FILE = "hub.sqlite"
MOST_ASKED = 1_000
"""Requests that wait to be verified."""
MOST_ASKED_OF_HOST = 30
MOST_HELD = 20_000
"""Subscriptions, and MOST_OF_HOST with callbacks on one host."""
MOST_OF_HOST = 2_000
_IF_REMOVED = "readers subscribe again when their lease ends"
_TABLES = """
CREATE TABLE IF NOT EXISTS asked (
    n INTEGER PRIMARY KEY, callback TEXT NOT NULL, topic TEXT NOT NULL, mode TEXT NOT NULL,
    secret TEXT NOT NULL, lease_s INTEGER NOT NULL, host TEXT NOT NULL, due REAL NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0, UNIQUE (callback, topic));
CREATE TABLE IF NOT EXISTS held (
    n INTEGER PRIMARY KEY, callback TEXT NOT NULL, topic TEXT NOT NULL, secret TEXT NOT NULL,
    until REAL NOT NULL, host TEXT NOT NULL, due REAL, attempts INTEGER NOT NULL DEFAULT 0,
    UNIQUE (callback, topic));
CREATE INDEX IF NOT EXISTS held_topic ON held (topic);
CREATE INDEX IF NOT EXISTS held_host ON held (host);
CREATE INDEX IF NOT EXISTS held_due ON held (due) WHERE due IS NOT NULL;
"""


class Full(Exception):
    """As many as we bear wait already, or are held."""


@dataclass(frozen=True, slots=True)
class Asked:
    """
    A request that its callback has to confirm.

    Attributes:
        mode: `subscribe` or `unsubscribe`.
    """

    callback: str
    topic: str
    mode: str
    host: str
    secret: str = field(default="", repr=False)
    lease_s: int = 0
    n: int = 0
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Held:
    """A subscription to which a changed feed is to be sent."""

    n: int
    callback: str
    topic: str
    host: str
    attempts: int
    secret: str = field(repr=False)


class Subscriptions:
    """The subscriptions of one archive; every call is one transaction, from any thread."""

    def __init__(self, folder: Path) -> None:
        """`folder` is that of our notes on what is published; made if it is not there."""
        self._place = folder / FILE

    def ask(self, asked: Asked, now_s: float) -> None:
        """
        Keep a request until its callback confirmed it; the last one for a topic counts.

        Raises:
            Full: If too many wait, or are held.
            StoreError: If the file cannot be used.
        """
        with self._open() as database:
            _refuse(database, "asked", asked.host, MOST_ASKED, MOST_ASKED_OF_HOST)
            if asked.mode == "subscribe":
                _refuse(database, "held", asked.host, MOST_HELD, MOST_OF_HOST)
            database.execute(
                "INSERT OR REPLACE INTO asked (callback, topic, mode, secret, lease_s, host, due)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (asked.callback, asked.topic, asked.mode, asked.secret, asked.lease_s, asked.host,
                 now_s),
            )  # fmt: skip

    def to_verify(self, now_s: float, limit: int, of_host: int = MOST_ASKED) -> tuple[Asked, ...]:
        """
        Give requests whose callbacks are to be asked now, those first that were asked least often.

        Args:
            of_host: How many with callbacks on one host.
        """
        with self._open() as database:
            rows = database.execute(
                "SELECT callback, topic, mode, host, secret, lease_s, n, attempts FROM"
                " (SELECT *, row_number() OVER (PARTITION BY host ORDER BY attempts, n) AS place"
                " FROM asked WHERE due <= ?) WHERE place <= ? ORDER BY attempts, n LIMIT ?",
                (now_s, of_host, limit),
            )
            return tuple(Asked(*row) for row in rows)

    def confirm(self, asked: Asked, now_s: float) -> None:
        """Let a request hold that its callback confirmed."""
        with self._open() as database:
            if not _strike(database, asked):
                return  # another one came for the same meanwhile
            if asked.mode == "unsubscribe":
                database.execute(
                    "DELETE FROM held WHERE callback = ? AND topic = ?",
                    (asked.callback, asked.topic),
                )
                return
            database.execute(
                "INSERT INTO held (callback, topic, secret, until, host) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (callback, topic) DO UPDATE SET secret = excluded.secret,"
                " until = excluded.until, attempts = 0",
                (asked.callback, asked.topic, asked.secret, now_s + asked.lease_s, asked.host),
            )

    def refuse(self, asked: Asked, again: float | None) -> None:
        """Forget a request that was not confirmed, or ask its callback once more at `again`."""
        with self._open() as database:
            if again is None:
                _strike(database, asked)
            else:
                database.execute(
                    "UPDATE asked SET due = ?, attempts = attempts + 1 WHERE n = ?",
                    (again, asked.n),
                )

    def changed(self, topics: Iterable[str], now_s: float) -> int:
        """
        Note that feeds changed: they are due to all who subscribed; the count of them.

        Whoever did not take the last one is told when it would have been sent again, and after the
        others.
        """
        with self._open() as database:
            database.execute("DELETE FROM held WHERE until < ?", (now_s,))
            return sum(
                database.execute(
                    "UPDATE held SET due = max(?, iif(attempts, coalesce(due, 0), 0))"
                    " WHERE topic = ?",
                    (now_s, topic),
                ).rowcount
                for topic in topics
            )

    def to_send(self, now_s: float, limit: int, of_host: int = MOST_HELD) -> tuple[Held, ...]:
        """
        Give subscriptions to which their feed is to be sent now, those first that take it.

        Args:
            of_host: How many with callbacks on one host.
        """
        with self._open() as database:
            rows = database.execute(
                "SELECT n, callback, topic, host, attempts, secret FROM"
                " (SELECT *, row_number() OVER (PARTITION BY host ORDER BY attempts, due, n)"
                " AS place FROM held WHERE due <= ?1 AND until >= ?1)"
                " WHERE place <= ?2 ORDER BY attempts, due, n LIMIT ?3",
                (now_s, of_host, limit),
            )
            return tuple(Held(*row) for row in rows)

    def sent(self, held: Held, began_s: float) -> None:
        """Strike out what was sent, unless the feed changed since that began."""
        with self._open() as database:
            database.execute(
                "UPDATE held SET due = NULL, attempts = 0 WHERE n = ? AND due <= ?",
                (held.n, began_s),
            )

    def unsent(self, held: Held, again: float | None) -> None:
        """Send it again later; or wait for the next change, if `again` is None."""
        with self._open() as database:
            database.execute(
                "UPDATE held SET due = ?, attempts = attempts + 1 WHERE n = ?", (again, held.n)
            )

    def end(self, held: Held) -> None:
        """End a subscription."""
        with self._open() as database:
            database.execute("DELETE FROM held WHERE n = ?", (held.n,))

    def count(self) -> int:
        """Count the subscriptions."""
        with self._open() as database:
            return int(database.execute("SELECT count(*) FROM held").fetchone()[0])

    def _open(self) -> AbstractContextManager[sqlite3.Connection]:
        return sidefile.opened(self._place, _TABLES, if_removed=_IF_REMOVED)


def _strike(database: sqlite3.Connection, asked: Asked) -> bool:
    return database.execute("DELETE FROM asked WHERE n = ?", (asked.n,)).rowcount == 1


def _refuse(database: sqlite3.Connection, table: str, host: str, most: int, of_host: int) -> None:
    whole = database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
    mine = database.execute(f"SELECT count(*) FROM {table} WHERE host = ?", (host,)).fetchone()[0]
    if whole >= most or mine >= of_host:
        raise Full

"""
What was published last time? A cache beside publish_dir: without it, everything is rendered.

    scope -< member >- thread -< entry -< slot (of a feed: a scope told in one granularity)
                       thread -< media (path of a copy)
                       thread -< near (what it shares with others: author, tag, target)

What is about to be written is noted in `begun` before, and struck out once it is on the disk. So
whatever is killed in between, the next run knows what may stand there half or too much.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from archiver.errors import PublishError

FILE = "state.sqlite"
_VERSION = 6

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE begun (kind TEXT, key TEXT, PRIMARY KEY (kind, key)) WITHOUT ROWID;
CREATE TABLE thread (
    n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, captured INTEGER NOT NULL,
    page INTEGER NOT NULL DEFAULT 0, line TEXT NOT NULL);
CREATE INDEX thread_page ON thread (page, captured, id);
CREATE TABLE scope (
    n INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, told TEXT NOT NULL,
    said INTEGER NOT NULL DEFAULT 0, threads INTEGER NOT NULL DEFAULT 0);
CREATE INDEX scope_kind ON scope (kind, threads DESC, key);
CREATE TABLE member (
    scope INTEGER, captured INTEGER, thread INTEGER, page INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (scope, captured, thread)) WITHOUT ROWID;
CREATE INDEX member_thread ON member (thread);
CREATE INDEX member_page ON member (scope, page, captured);
CREATE TABLE near (
    key TEXT, captured INTEGER, thread INTEGER, rank INTEGER NOT NULL, words TEXT NOT NULL,
    PRIMARY KEY (key, captured, thread)) WITHOUT ROWID;
CREATE INDEX near_thread ON near (thread);
CREATE TABLE media (path TEXT, thread INTEGER, UNIQUE (path, thread));
CREATE INDEX media_thread ON media (thread);
CREATE TABLE entry (
    n INTEGER PRIMARY KEY, thread INTEGER NOT NULL, told INTEGER NOT NULL, id TEXT NOT NULL,
    current INTEGER NOT NULL DEFAULT 1, updated INTEGER NOT NULL, size INTEGER NOT NULL,
    digest BLOB NOT NULL, body BLOB NOT NULL);
CREATE INDEX entry_thread ON entry (thread, told, id);
CREATE TABLE slot (
    feed INTEGER, block INTEGER, sort INTEGER, entry INTEGER,
    PRIMARY KEY (feed, block, sort, entry)) WITHOUT ROWID;
CREATE INDEX slot_entry ON slot (entry);
CREATE TABLE block (feed INTEGER, number INTEGER, PRIMARY KEY (feed, number));
CREATE TABLE tombstone (
    feed INTEGER, ref TEXT, at INTEGER NOT NULL, thread TEXT NOT NULL,
    PRIMARY KEY (feed, ref)) WITHOUT ROWID;
CREATE TABLE news (
    id TEXT PRIMARY KEY, type TEXT NOT NULL, at INTEGER NOT NULL, thread TEXT NOT NULL,
    data TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE standing (
    thread INTEGER PRIMARY KEY, files INTEGER NOT NULL, bytes INTEGER NOT NULL);
CREATE INDEX tombstone_feed ON tombstone (feed, at);
CREATE INDEX tombstone_thread ON tombstone (thread);
"""

Rows = list[tuple[Any, ...]]


class DamagedState(Exception):
    """The file is no such cache, or is torn: it is to be made again."""


class State:
    """
    The cache, opened by the one publication that runs.

    Attributes:
        fresh: Nothing was in it: what stands in publish_dir is not known.
    """

    def __init__(self, state_dir: Path) -> None:
        """
        Open the cache; make it if it is not there.

        Raises:
            DamagedState: If the file is of another version or cannot be read.
            PublishError: If the disk refuses.
        """
        self.path: Final = state_dir / FILE
        self.fresh = False
        with _sentences(self.path):
            self._connection = sqlite3.connect(self.path, isolation_level=None)
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def _prepare(self) -> None:
        with _sentences(self.path):
            version = self._connection.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, _VERSION):
                raise DamagedState(f"of version {version}")
            self._connection.execute("PRAGMA journal_mode = WAL")
            # What is noted as begun must be on the disk before the files are.
            self._connection.execute("PRAGMA synchronous = FULL")
            if version == 0:
                script = f"BEGIN;{_TABLES}PRAGMA user_version = {_VERSION};COMMIT;"
                self._connection.executescript(script)
                self.fresh = True

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def ask(self, statement: str, *values: object) -> Rows:
        """Run a statement; give its rows. Raises DamagedState or PublishError."""
        with _sentences(self.path):
            return self._connection.execute(statement, values).fetchall()

    def one(self, statement: str, *values: object) -> Any:
        """Give the first value of the first row; None if there is none."""
        rows = self.ask(statement, *values)
        return rows[0][0] if rows else None

    def add(self, statement: str, *values: object) -> int:
        """Run an INSERT; give the number of its row."""
        with _sentences(self.path):
            return int(self._connection.execute(statement, values).lastrowid or 0)

    def many(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        """Run a statement for each row."""
        with _sentences(self.path):
            self._connection.executemany(statement, rows)

    @contextlib.contextmanager
    def together(self) -> Iterator[None]:
        """Let all of the block be one transaction."""
        self.ask("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.ask("ROLLBACK")
            raise
        self.ask("COMMIT")

    def begin(self, kind: str, keys: Iterable[object]) -> None:
        """Note what is about to be written, or has to be."""
        self.many("INSERT OR IGNORE INTO begun VALUES (?, ?)", ((kind, str(each)) for each in keys))

    def begun(self, kind: str) -> tuple[str, ...]:
        """Give what was begun and not ended."""
        rows = self.ask("SELECT key FROM begun WHERE kind = ? ORDER BY key", kind)
        return tuple(row[0] for row in rows)

    def end(self, kind: str, keys: Iterable[object]) -> None:
        """Strike out what is on the disk."""
        self.many(
            "DELETE FROM begun WHERE kind = ? AND key = ?", ((kind, str(each)) for each in keys)
        )

    def said(self, key: str) -> str | None:
        """Give what was noted under a key."""
        found: str | None = self.one("SELECT value FROM meta WHERE key = ?", key)
        return found

    def say(self, key: str, value: str) -> None:
        """Note something under a key."""
        self.ask("INSERT OR REPLACE INTO meta VALUES (?, ?)", key, value)


def discard(state_dir: Path) -> None:
    """Remove the cache; the next publication renders everything. Raises PublishError."""
    try:
        for ending in ("", "-wal", "-shm"):
            (state_dir / f"{FILE}{ending}").unlink(missing_ok=True)
    except OSError as err:
        raise PublishError(
            f"{state_dir / FILE}: cannot be removed ({err.strerror}); remove it, "
            "then run `archiver publish`",
            path=str(state_dir / FILE),
        ) from err


@contextlib.contextmanager
def _sentences(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.OperationalError, sqlite3.IntegrityError) as err:
        if "no such" in str(err) or "malformed" in str(err):
            raise DamagedState(str(err)) from err
        raise PublishError(
            f"{path}: could not be written ({err}); make room or mend the folder, "
            "then run `archiver publish`",
            path=str(path),
        ) from err
    except sqlite3.DatabaseError as err:
        raise DamagedState(str(err)) from err

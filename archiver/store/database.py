"""How does the store speak to SQLite? Connections, transactions, and errors as sentences."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from archiver.errors import StoreError

_BUSY_S = 15.0

_CORRUPT = ("not a database", "malformed", "disk image", "no such table", "no such column")


class Database:
    """One SQLite file. Its connections may be used from any thread."""

    def __init__(self, path: Path, *, busy_s: float = _BUSY_S, read_only: bool = False) -> None:
        """
        Args:
            path: The file; it is made when first used.
            read_only: It lies where nothing can be written, and nothing is tried.
            busy_s: How long a call waits for another process that writes, in seconds.
        """
        self.path = path
        self._busy_s = busy_s
        self._engine = _engine(path, busy_s, read_only=read_only)
        # SQLite lets one writer in and makes the others poll; in one process a queue is kinder.
        self._writing = threading.Lock()
        self._local = threading.local()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """
        Give a connection that sees one state of the database until the block ends.

        Raises:
            StoreError: If the file cannot be read.
        """
        shared = self._shared()
        if shared is not None:
            with _sentences(self.path):
                yield shared
            return
        with _sentences(self.path), self._engine.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """
        Give a connection for one transaction: all of the block is kept, or nothing.

        Raises:
            StoreError: If the file cannot be written; nothing was kept then.
        """
        shared = self._shared()
        if shared is not None:
            with _sentences(self.path), shared.begin_nested():
                yield shared
            return
        with self._writing, _sentences(self.path), self._engine.connect() as connection:
            connection.execution_options(archive_writes=True)
            with connection.begin():
                yield connection

    @contextmanager
    def together(self) -> Iterator[None]:
        """
        Let all that this thread reads and writes in the block be one transaction.

        For long work that is worth something only as a whole: a commit costs more than most of
        what it keeps. A write that fails takes back itself alone. `ask` and `tell` stay outside.

        Raises:
            StoreError: If the file cannot be written; nothing of the block was kept then.
        """
        with self.write() as connection:
            self._local.connection = connection
            try:
                yield
            finally:
                self._local.connection = None

    def _shared(self) -> Connection | None:
        return getattr(self._local, "connection", None)

    def ask(self, statement: str, values: tuple[Any, ...]) -> list[tuple[Any, ...]]:
        """
        Run one SELECT past SQLAlchemy: for the hot path.

        Args:
            statement: SQL with a `?` for each value.

        Raises:
            StoreError: If the file cannot be read.
        """
        with _sentences(self.path), closing(self._engine.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute(statement, values)
            return list(cursor.fetchall())

    def tell(self, statement: str, values: tuple[Any, ...]) -> None:
        """
        Run one statement that writes, as a transaction of its own, past SQLAlchemy.

        Raises:
            StoreError: If the file cannot be written; nothing was kept then.
        """
        with self._writing:
            self.ask(statement, values)

    def use_log(self) -> None:
        """
        Write to a log beside the file (WAL) from now on: readers and the writer go on together.

        The file remembers it. Needs a moment in which nobody else reads or writes.

        Raises:
            StoreError: If no such moment comes.
        """
        until = time.monotonic() + self._busy_s
        with _sentences(self.path), closing(self._engine.raw_connection()) as connection:
            while True:
                try:
                    connection.cursor().execute("PRAGMA journal_mode = WAL")
                    return
                except sqlite3.OperationalError as err:
                    # SQLite does not wait here by itself (seen: 1 of 100 when six open at once).
                    if "locked" not in str(err) or time.monotonic() > until:
                        raise
                time.sleep(0.02)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()


def _read_only(path: Path) -> str:
    """
    Give the name by which SQLite opens a file without a lock or a file beside it.

    Source: SQLite, "URI Filenames": a log that is left beside it is read with it, and needs the
    index that was left too; without one, the file is taken as it is.
    """
    log = path.with_name(f"{path.name}-wal")
    fixed = not log.exists() or log.stat().st_size == 0
    return f"{path.absolute().as_uri()}?mode=ro{'&immutable=1' if fixed else ''}"


def _engine(path: Path, busy_s: float, *, read_only: bool) -> Engine:
    # SQLAlchemy would decode the address, so that a `#` in a folder's name ended it.
    name = _read_only(path).replace("%", "%25") + "&uri=true" if read_only else ""
    engine = create_engine(
        f"sqlite:///{name}" if name else URL.create("sqlite", database=str(path)),
        connect_args={"timeout": busy_s, "check_same_thread": False},
        pool_size=8,
        max_overflow=24,
        pool_use_lifo=True,  # so that the connection with the warm cache is taken again
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves; the driver would say it too late
    # What was committed survives the death of the process. After a loss of power the newest
    # commits may be missing, never torn: the WARCs are fsynced and say them again.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA foreign_keys = ON")
    # The record table takes 32 rows at a time at random places of its indexes: a larger cache and
    # rarer checkpoints (16 MB of log) save a third of its time.
    connection.execute("PRAGMA cache_size = -16384")
    connection.execute("PRAGMA wal_autocheckpoint = 4000")


def _begin(connection: Connection) -> None:
    # A transaction that reads first and writes later could not wait for another writer: SQLite
    # refuses it at once (SQLITE_BUSY_SNAPSHOT). So one that will write says so at its start.
    writes = connection.get_execution_options().get("archive_writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _sentences(path: Path) -> Iterator[None]:
    try:
        yield
    except DBAPIError as err:
        raise StoreError(f"{path}: {_sentence(str(err.orig))}") from err
    except (SQLAlchemyError, sqlite3.Error, OverflowError) as err:
        raise StoreError(f"{path}: {_sentence(str(err))}") from err


def _sentence(said: str) -> str:
    text = " ".join(said.split())
    if "locked" in text:
        return f"another process writes to it and does not end ({text}); try again"
    if any(word in text for word in _CORRUPT):
        return f"is not a usable database ({text}); `archiver rebuild` makes it again"
    if "full" in text or "disk I/O error" in text:
        return f"the disk is full ({text}); make room and try again"
    if "no such module" in text:
        return f"needs an SQLite with full-text search, FTS5 ({text}); use another build of Python"
    if "readonly" in text or "unable to open" in text:
        return f"cannot be written ({text}); check who owns it and its folder"
    return f"refused ({text})"

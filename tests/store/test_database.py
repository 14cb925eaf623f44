"""What is said when the database cannot do what it should?"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from archiver.errors import StoreError, UsageError
from archiver.store.database import Database
from archiver.store.tables import PAGE_TEXT


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the database lies."""
    return tmp_path / "some.sqlite"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    """A database with one table, which does not wait long."""
    opened = Database(path, busy_s=0.05)
    opened.use_log()
    with opened.write() as connection:
        PAGE_TEXT.create(connection)
    yield opened
    opened.close()


def add(database: Database, number: int, text: str = "words") -> None:
    """Keep one row."""
    with database.write() as connection:
        connection.execute(PAGE_TEXT.insert().values(id=number, digest=str(number), text=text))


def count(database: Database) -> int:
    """Count the rows."""
    with database.read() as connection:
        return len(connection.execute(PAGE_TEXT.select()).all())


def test_block_that_fails_keeps_nothing(database: Database) -> None:
    """All or nothing, and the error is the one that was raised."""
    with pytest.raises(UsageError), database.write() as connection:
        connection.execute(PAGE_TEXT.insert().values(id=1, digest="1", text=""))
        raise UsageError("no")
    assert count(database) == 0


def test_reader_sees_one_state(database: Database) -> None:
    """What is written meanwhile is not seen half, and does not wait for the reader."""
    with database.read() as connection:
        assert connection.execute(PAGE_TEXT.select()).all() == []
        add(database, 1)
        assert connection.execute(PAGE_TEXT.select()).all() == []
    assert count(database) == 1


def test_writers_of_one_process_queue_up(database: Database) -> None:
    """However short the busy timeout: they wait for each other, not for SQLite."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: add(database, number), range(200)))
    assert count(database) == 200


def test_other_writer_that_does_not_end_is_said(database: Database, path: Path) -> None:
    """After the time that is waited."""
    other = Database(path)
    with other.write(), pytest.raises(StoreError, match="another process writes to it"):
        add(database, 1)
    other.close()


def test_change_of_the_log_waits_for_others_and_says_so(tmp_path: Path) -> None:
    """It needs the file for itself."""
    mine, other = (Database(tmp_path / "x.sqlite", busy_s=0.05) for _ in range(2))
    with other.write() as connection:
        PAGE_TEXT.create(connection)
        with pytest.raises(StoreError, match="another process writes to it"):
            mine.use_log()
    mine.use_log()
    mine.close()
    other.close()


def test_full_disk_is_said(database: Database, path: Path) -> None:
    """With what to do, and nothing of the row is kept."""
    with database.read() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 1}")
    with pytest.raises(StoreError, match=r"some\.sqlite: the disk is full") as caught:
        add(database, 1, text="long " * 10_000)
    assert "\n" not in str(caught.value)
    assert count(database) == 0


def test_read_only_database_is_said(database: Database) -> None:
    """As a file of another user is."""
    with database.read() as connection:
        connection.exec_driver_sql("PRAGMA query_only = ON")
    with pytest.raises(StoreError, match=r"cannot be written .*check who owns it"):
        add(database, 1)


def test_broken_rule_is_said(database: Database) -> None:
    """A unique key that was broken is an error of ours, said in one line all the same."""
    add(database, 1)
    with pytest.raises(StoreError, match=r"refused .*UNIQUE"):
        add(database, 1)


def test_number_too_large_is_said(database: Database) -> None:
    """SQLite holds 64 bits."""
    with pytest.raises(StoreError, match=r"some\.sqlite: refused"):
        add(database, 10**30)


def test_together_is_one_transaction(database: Database) -> None:
    """The block sees what it wrote, others see it at its end; a write that fails takes back itself
    alone, an error that leaves the block all of it."""
    with ThreadPoolExecutor(1) as other, database.together():
        add(database, 1)
        with pytest.raises(StoreError):
            add(database, 1)
        add(database, 2)
        assert count(database) == 2
        assert other.submit(count, database).result() == 0
    assert count(database) == 2
    with pytest.raises(UsageError), database.together():
        add(database, 3)
        raise UsageError("no")
    assert count(database) == 2
    add(database, 3)
    assert count(database) == 3

"""Can an archive be read where nothing can be written?"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from archiver.errors import StoreError
from archiver.models import CrawlRequest
from archiver.store.database import Database
from archiver.store.lock import Owner, is_read_only
from archiver.store.schema import require_head
from archiver.store.sql import DATABASE, SqlStore
from tests.feeds.views import CAPTURED


def opened(folder: Path) -> SqlStore:
    """Open a database as `SqlStore.open` does on a disk that cannot be written."""
    database = Database(folder / DATABASE, read_only=True)
    require_head(database)
    return SqlStore(database, Owner(folder), None)


def archive(folder: Path) -> Path:
    """Make an archive with one crawl."""
    store = SqlStore.open(folder)
    store.enqueue(CrawlRequest("http://a.example/", CAPTURED))
    store.close()
    return folder


def test_database_is_read_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    """Neither a log nor a lock."""
    disc = tmp_path / "disc #1"  # a name with what means something in an address
    disc.mkdir()
    shutil.copy(archive(tmp_path / "data") / DATABASE, disc / DATABASE)
    store = opened(disc)
    assert store.counts()["queued"] == 1
    store.close()
    assert [each.name for each in disc.iterdir()] == [DATABASE]


def test_log_that_was_left_is_read_too(tmp_path: Path) -> None:
    """What was copied while an archiver ran."""
    folder, disc = tmp_path / "data", tmp_path / "disc"
    store = SqlStore.open(folder)
    store.enqueue(CrawlRequest("http://a.example/", CAPTURED))
    shutil.copytree(folder, disc)
    store.close()
    assert (disc / f"{DATABASE}-wal").stat().st_size > 0
    store = opened(disc)
    assert store.counts()["queued"] == 1
    store.close()


def test_writing_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """And nothing else breaks."""
    store = opened(archive(tmp_path / "data"))
    with pytest.raises(StoreError, match="cannot be written"):
        store.enqueue(CrawlRequest("http://b.example/", CAPTURED))
    assert store.counts()["queued"] == 1
    store.close()


def test_older_database_is_not_migrated(tmp_path: Path) -> None:
    """It says what to do instead."""
    folder = archive(tmp_path / "data")
    database = Database(folder / DATABASE)
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    database.close()
    with pytest.raises(StoreError, match="copy the archive to another disk"):
        opened(folder)


def test_folder_that_is_not_there_is_not_taken_for_a_disc(tmp_path: Path) -> None:
    """It is made, as ever."""
    assert not is_read_only(tmp_path / "new")
    assert not is_read_only(tmp_path)

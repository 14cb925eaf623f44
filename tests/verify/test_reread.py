"""Does `verify` see that the database says other things than the records?"""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from archiver import config
from archiver.bootstrap import Archive, open_archive
from archiver.checking.holdings import verify_holdings
from archiver.checking.reread import require_agreeing, reread_faults
from archiver.errors import StoreError
from archiver.exporting.contents import Reading
from archiver.exporting.export import Exported, Format, Proofs, export
from tests.e2e.test_rebuild import lived_in


def _quiet(line: str, *, done: int = 0, total: int = 0) -> None:
    """Say nothing."""


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with edits, a deletion, links, copies and a file."""
    folder = tmp_path_factory.mktemp("past")
    asyncio.run(lived_in(folder))
    return folder / "data"


def _spoilt(past: Path, folder: Path, *statements: str) -> Archive:
    shutil.copytree(past, folder / "data")
    with closing(sqlite3.connect(folder / "data" / "archive.sqlite")) as database, database:
        for each in statements:
            assert database.execute(each).rowcount > 0
    return open_archive(config.parse({}, data_dir=folder / "data"))


def test_honest_archive_has_no_fault(past: Path) -> None:
    """Neither all at once nor thread by thread."""
    archive = open_archive(config.parse({}, data_dir=past))
    assert reread_faults(archive, None) == ()
    for each in archive.store.thread_ids():
        assert reread_faults(archive, [each]) == ()
        require_agreeing(archive, each)
    archive.store.close()


_FORGED = {
    "words of a post": (
        "UPDATE post SET body = replace(body, 'Changed words', 'I confess')"
        " WHERE body LIKE '%Changed words%'",
        "I confess",
    ),
    "a revision gone": ("DELETE FROM revision WHERE kind = 'edited'", "lacks the change"),
    "a link gone": ("DELETE FROM chain WHERE id IN (SELECT min(id) FROM chain)", "lacks that"),
    "where a link led": (
        "UPDATE chain SET target = 'http://forged.example/'"
        " WHERE id IN (SELECT min(id) FROM chain)",
        "forged.example",
    ),
    "a copy gone": ("DELETE FROM snapshot", "lacks the copy"),
    "a title": ("UPDATE thread SET title = 'Forged'", "Forged"),
    "a capture gone": ("DELETE FROM observation", "lacks the capture"),
    "a decision made up": (
        "INSERT INTO decision (thread_id, state, at, who, why)"
        " SELECT id, 'withheld', 1, 'me', '' FROM thread LIMIT 1",
        "that no record tells of",
    ),
}


@pytest.mark.parametrize("what", _FORGED)
def test_forged_row_is_found(past: Path, tmp_path: Path, what: str) -> None:
    """By the whole check, and by that of the thread; it is not exported."""
    statement, words = _FORGED[what]
    archive = _spoilt(past, tmp_path, statement)
    faults = verify_holdings(archive, [], _quiet).faults
    assert any(words in each for each in faults), faults
    wrong = next(each for each in faults if words in each).split(":")[0].removeprefix("thread ")
    assert any(words in each for each in verify_holdings(archive, [wrong], _quiet).faults)
    with pytest.raises(StoreError, match="--force exports it"):
        require_agreeing(archive, wrong)
    archive.store.close()


def test_export_that_cannot_be_noted_leaves_nothing(past: Path, tmp_path: Path) -> None:
    """It is noted before it stands under its name."""
    archive = open_archive(config.parse({}, data_dir=past))
    view = archive.store.view(archive.store.thread_ids()[0])
    assert view is not None
    reading = Reading(page=_no_page, inside=lambda page, _: page, place=lambda *_: None)
    target, noted = tmp_path / "thread.json", list[bool]()

    def refused(made: Exported) -> None:
        noted.append(target.exists())
        raise StoreError("nothing can be added")

    with pytest.raises(StoreError, match="nothing can be added"):
        export(
            archive, view, Format.JSON, target,
            now=dt.datetime.now(dt.UTC), reading=reading, proofs=Proofs(), note=refused,
        )  # fmt: skip
    archive.store.close()
    assert noted == [False]
    assert list(tmp_path.iterdir()) == []


def _no_page(*_: object, **__: object) -> bytes:
    return b""

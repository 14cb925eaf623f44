"""Does `archiver rebuild` give the same database from the WARCs alone?"""

from __future__ import annotations

import asyncio
import dataclasses
import sqlite3
from collections.abc import Sequence
from pathlib import Path

import pytest

import scheduler
from archiver import config, typed
from archiver.bootstrap import open_archive, services
from archiver.config import PlatformSettings
from archiver.demo.web import DemoWeb
from archiver.errors import StoreError
from archiver.models import (
    Exchange,
    FetchRequest,
    Observation,
    SourceRef,
    ThreadObservation,
    Watch,
)
from archiver.now import capture_all
from archiver.ports import Source
from archiver.rebuild import BEFORE, Rebuilt, rebuild
from archiver.reports.standing import standings
from archiver.sources import sources
from archiver.store.lock import archive_lock
from tests.e2e.command import archiver
from tests.store.samples import NOON

SOURCES = sources(PlatformSettings())
POST = "110000000000000201"
UNSTORED = {"changes", "published", "owner", "file_id", "text_id"}
"""What is published is no part of the archive; the rest are numbers of rows."""


def quiet(line: str, *, done: int = 0, total: int = 0) -> None:
    """Say nothing."""


def rows(database: Path) -> dict[str, list[str]]:
    """Give all rows of a database by table, without what only numbers them."""
    connection = sqlite3.connect(database)
    names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    found = {}
    for (table,) in names:
        if table.startswith("search"):  # an index over the other tables, numbered by its rows
            continue
        columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})")]
        wanted = [name for name in columns if name not in UNSTORED]
        if table not in ("thread", "crawl"):
            wanted = [name for name in wanted if name != "id"]
        if table == "crawl":  # its end is written down a moment before the row says so
            wanted.remove("finished_at")
        listed = ", ".join(f'"{name}"' for name in wanted)
        found[table] = sorted(map(repr, connection.execute(f"SELECT {listed} FROM {table}")))
    connection.close()
    return found


async def lived_in(folder: Path, *more: str) -> None:
    """Make an archive with a past: edits, a deletion, a restored post, failures, a file."""
    (folder / "note.txt").write_text("One line, with bit.ly/3PFV01u in it.\n\nAnother line.\n")
    archive = open_archive(config.parse({}, data_dir=folder / "data"))
    async with DemoWeb() as demo, services(archive, demo) as ready:
        seeds = [*demo.seeds, *more]
        await capture_all(ready, seeds, quiet, tags=("port",))
        demo.edit(POST, "Changed words")
        await capture_all(ready, seeds[:1], quiet)
        demo.delete(POST)
        await capture_all(ready, seeds[:1], quiet)
        demo.restore(POST)
        demo.fail("/api/v1/statuses", 503)
        await capture_all(ready, seeds[:1], quiet)
        demo.mend()
        await capture_all(ready, [*seeds[:1], str(folder / "note.txt")], quiet)
        archive.store.add_watch(Watch("Typed", seeds[1], every_s=60.0, origin="command"))
        archive.store.pause_watch("Typed", True)
        typed.back_up(archive.store, folder / "data")
    archive.store.close()


def rebuilt(folder: Path, known: Sequence[Source] = SOURCES) -> Rebuilt:
    """Rebuild the archive of a folder."""
    return rebuild(folder / "data", known, (), quiet)


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with a past, for tests that copy nothing back."""
    folder = tmp_path_factory.mktemp("past")
    asyncio.run(lived_in(folder, "http://social.example/@harbour_desk"))
    return folder


def test_database_is_the_same(past: Path) -> None:
    """Threads, revisions, chains, snapshots, captures, crawls, watches: row by row."""
    result = rebuilt(past)
    assert result.unread == ()
    assert result.watches == 1
    before, after = rows(past / "data" / BEFORE), rows(past / "data" / "archive.sqlite")
    hidden = str(past)  # the folder of a file is no part of the evidence
    for table in ("seed", "crawl"):
        before[table] = sorted(row.replace(f"{hidden}/", "") for row in before[table])
        assert not any(hidden in row for row in after[table])
    assert after == before
    assert len(after["revision"]) > 80
    kinds = ("edited", "vanished", "restored")
    assert all(any(f"'{kind}'" in row for row in after["revision"]) for kind in kinds)


def test_publication_does_not_change(past: Path) -> None:
    """Feeds and pages come out the same to the byte, so nobody is told of anything twice."""
    archive = open_archive(config.parse({}, data_dir=past / "data"))
    scheduler.publish_now(archive)
    archive.store.close()
    public = past / "data" / "public"
    before = {path: path.read_bytes() for path in public.rglob("*") if path.is_file()}
    rebuilt(past)
    archive = open_archive(config.parse({}, data_dir=past / "data"))
    assert scheduler.publish_now(archive).written == 0
    archive.store.close()
    assert {path: path.read_bytes() for path in public.rglob("*") if path.is_file()} == before


class Shouting:
    """A source that has learnt something since: what it reads now differs."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.platform = source.platform

    def match(self, url: str) -> SourceRef | None:
        """Know what the source knows."""
        return self._source.match(url)

    def plan(self, ref: SourceRef, seen: Sequence[Exchange]) -> Sequence[FetchRequest]:
        """Fail: a rebuild asks nobody."""
        raise AssertionError("a rebuild must not plan requests")

    def parse(self, ref: SourceRef, seen: Sequence[Exchange]) -> Observation:
        """Read titles otherwise."""
        observation = self._source.parse(ref, seen)
        if isinstance(observation, ThreadObservation):
            return dataclasses.replace(observation, title=observation.title.upper())
        return observation


def test_what_sources_learnt_is_in_every_thread(tmp_path: Path) -> None:
    """A parser that was mended reads the old answers."""
    asyncio.run(lived_in(tmp_path))
    rebuilt(tmp_path, [Shouting(source) for source in SOURCES])
    archive = open_archive(config.parse({}, data_dir=tmp_path / "data"))
    threads = [archive.store.thread(each) for each in archive.store.thread_ids()]
    archive.store.close()
    titles = [each.title for each in threads if each and each.platform != "text"]
    assert len(titles) >= 2
    assert all(title == title.upper() for title in titles)


def test_lost_database_comes_back_by_the_command(tmp_path: Path) -> None:
    """The sentence of every other command names the one that helps."""
    asyncio.run(lived_in(tmp_path))
    (tmp_path / "data" / "archive.sqlite").unlink()
    refused = archiver(tmp_path, "status")
    assert (refused.code, "archiver rebuild" in refused.err) == (1, True)
    done = archiver(tmp_path, "rebuild", "--json")
    assert (done.code, done.json["unread"], done.json["before"]) == (0, [], None)
    assert done.json["threads"] == 3
    assert archiver(tmp_path, "verify").code == 0


async def watched_files(folder: Path) -> list[Watch]:
    """Capture two files of one name, each by its watch, and one by command."""
    archive = open_archive(config.parse({}, data_dir=folder / "data"))
    watches = []
    async with services(archive) as ready:
        for name in ("Ours", "Theirs"):
            path = folder / name / "note.txt"
            path.parent.mkdir()
            path.write_text(f"{name}: a line of a thread.\n")
            watches.append(Watch(name, str(path), every_s=60.0))
            await capture_all(ready, [str(path)], quiet, watch=name)
        (folder / "note.txt").write_text("By command: a line of a thread.\n")
        await capture_all(ready, [str(folder / "note.txt")], quiet)
    archive.store.sync_watches(watches[:1])
    archive.store.add_watch(dataclasses.replace(watches[1], origin="command"))
    typed.back_up(archive.store, folder / "data")
    archive.store.close()
    return watches


def test_watch_of_a_file_finds_what_it_captured(tmp_path: Path) -> None:
    """The journal holds its name without folders; the watch knows where the file stands."""
    watches = asyncio.run(watched_files(tmp_path))
    result = rebuild(tmp_path / "data", SOURCES, watches[:1], quiet)
    assert (result.unread, result.watches) == ((), 1)
    before, after = rows(tmp_path / "data" / BEFORE), rows(tmp_path / "data" / "archive.sqlite")
    for table in ("seed", "crawl"):
        before[table] = sorted(row.replace(f"{tmp_path}/note", "note") for row in before[table])
    assert after == before
    archive = open_archive(config.parse({}, data_dir=tmp_path / "data"))
    stands = standings(archive.store, NOON)
    led = [archive.store.thread_for_seed(each.url) for each in watches]
    archive.store.close()
    assert [each.state for each in stands] == ["ok", "ok"]
    assert [each and each.title[:4] for each in led] == ["Ours", "Thei"]


def test_file_captured_by_command_is_found_by_its_watch(tmp_path: Path) -> None:
    """If it is the only watched file of that name, as before the rebuild."""
    asyncio.run(watched_files(tmp_path))
    (tmp_path / "data" / typed.FILE).unlink()
    watch = Watch("Later", str(tmp_path / "note.txt"), every_s=60.0)
    rebuild(tmp_path / "data", SOURCES, (watch,), quiet)
    archive = open_archive(config.parse({}, data_dir=tmp_path / "data"))
    [stands] = standings(archive.store, NOON)
    archive.store.close()
    assert stands.state == "ok"


def test_archive_at_work_is_not_rebuilt(tmp_path: Path) -> None:
    """Two who write the same database would lose something."""
    (tmp_path / "data" / "warc").mkdir(parents=True)
    with archive_lock(tmp_path / "data"), pytest.raises(StoreError, match="stop it first"):
        rebuilt(tmp_path)


def test_unmounted_warcs_are_no_empty_archive(tmp_path: Path) -> None:
    """What the former database names must be there, or be given up by word; no copy is lost."""
    asyncio.run(lived_in(tmp_path))
    warcs, away = tmp_path / "data" / "warc", tmp_path / "away"
    warcs.rename(away)
    warcs.mkdir()
    refused = archiver(tmp_path, "rebuild")
    assert (refused.code, "--accept-loss" in refused.err) == (1, True)
    assert archiver(tmp_path, "rebuild", "--accept-loss").code == 0
    warcs.rmdir()
    away.rename(warcs)
    again = archiver(tmp_path, "rebuild", "--json")
    assert (again.code, again.json["threads"]) == (0, 3)
    assert (tmp_path / "data" / BEFORE).exists()
    assert (tmp_path / "data" / f"{BEFORE}-2").exists()


def test_damaged_record_is_named(tmp_path: Path) -> None:
    """A thread that cannot be read again is not left out without a word."""
    asyncio.run(lived_in(tmp_path))
    warc = max((tmp_path / "data" / "warc").glob("*.warc.gz"), key=lambda path: path.stat().st_size)
    content = bytearray(warc.read_bytes())
    content[len(content) // 2] ^= 0xFF
    warc.write_bytes(content)
    said = archiver(tmp_path, "rebuild", "--json")
    assert said.code == 1
    assert any(warc.name in each for each in said.json["unread"])


def test_open_archive_is_not_rebuilt(tmp_path: Path) -> None:
    """What another process goes on writing into the former database would be lost."""
    asyncio.run(lived_in(tmp_path))
    archive = open_archive(config.parse({}, data_dir=tmp_path / "data"))
    with pytest.raises(StoreError, match="has this archive open"):
        rebuilt(tmp_path)
    archive.store.close()
    assert rebuilt(tmp_path).threads == 3

"""Does `verify` of an archive hold its seals, its custody log and its database?"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from archiver import config
from archiver.bootstrap import Archive, open_archive
from archiver.care.keeping import note_checked
from archiver.checking.holdings import Verdict, verify_holdings
from archiver.evidence.custody import CustodyEvent, CustodyKind, CustodyLog
from archiver.models.faults import Fault, Meaning
from archiver.warc.names import index_path
from archiver.warc.writer import WarcWriter
from tests.verify.good import flipped
from tests.warc.capturing import capture

AT = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def _quiet(line: str, *, done: int = 0, total: int = 0) -> None:
    """Say nothing."""


def _archive(folder: Path) -> tuple[Archive, Path]:
    """Make an archive with one closed WARC, sealed, and two lines of custody."""
    archive = open_archive(config.parse({}, data_dir=folder))

    async def write() -> None:
        made = WarcWriter(
            archive.warc_dir,
            software="thread-archiver/0",
            contact="",
            robots="ignore",
            index=archive.store,
        )
        await made.write_exchange(capture())
        await made.write_exchange(capture("https://example.org/2"))
        await made.close()

    asyncio.run(write())
    [warc] = archive.warc_dir.glob("*.warc.gz")
    raw = warc.read_bytes()
    digest = f"sha256:{hashlib.sha256(raw).hexdigest()}"
    facts: dict[str, str | int | bool | list[str] | None] = {
        "name": warc.name,
        "sha256": digest,
        "bytes": len(raw),
    }
    log = CustodyLog(folder)
    log.append(CustodyEvent(CustodyKind.SEALED, AT, "me@here", "thread-archiver/0", facts=facts))
    log.append(CustodyEvent(CustodyKind.VERIFIED, AT, "me@here", "thread-archiver/0"))
    return archive, warc


def _verdict(archive: Archive) -> Verdict:
    verdict = verify_holdings(archive, [], _quiet)
    archive.store.close()
    return verdict


def test_good_archive_has_no_fault(tmp_path: Path) -> None:
    """Sealed, logged, indexed."""
    archive, _ = _archive(tmp_path)
    verdict = _verdict(archive)
    assert (verdict.faults, verdict.notes, verdict.records) == ((), (), 7)


def _first_line_changed(warc: Path) -> None:
    log = warc.parent.parent / "custody.jsonl"
    log.write_bytes(log.read_bytes().replace(b"12:00:00", b"11:00:00", 1))


def _reindexed_shorter(warc: Path) -> None:
    """Lose the last exchange, with an index that does not know it."""
    lines = index_path(warc).read_bytes().splitlines(keepends=True)
    index_path(warc).write_bytes(lines[0])
    offset = int(lines[1].split(b'"offset": "')[1].split(b'"')[0])
    warc.write_bytes(warc.read_bytes()[:offset])


_SPOILT: dict[str, tuple[Callable[[Path], object], str, Meaning]] = {
    "one byte behind": (
        lambda warc: warc.write_bytes(warc.read_bytes() + b"\0"),
        "it was sealed with",
        Meaning.ALTERED,
    ),
    "the time in a gzip header": (
        lambda warc: warc.write_bytes(flipped(warc.read_bytes(), 5)),
        "it was sealed with sha256:",
        Meaning.ALTERED,
    ),
    "WARC gone": (lambda warc: warc.unlink(), "it was sealed, and is not there", Meaning.LOST),
    "index gone": (lambda warc: index_path(warc).unlink(), "is gone", Meaning.INDEX),
    "a line of custody changed": (_first_line_changed, "custody.jsonl", Meaning.REWRITTEN),
    "the end lost": (
        _reindexed_shorter,
        "is in the database and not in the WARC",
        Meaning.LOST,
    ),
}


@pytest.mark.parametrize("what", _SPOILT)
def test_spoilt_archive_is_found(tmp_path: Path, what: str) -> None:
    """Also what leaves every record readable."""
    change, words, meaning = _SPOILT[what]
    archive, warc = _archive(tmp_path)
    change(warc)
    found = [each for each in _verdict(archive).faults if isinstance(each, Fault)]
    assert any(words in each and each.meaning is meaning for each in found), found


@pytest.mark.parametrize("step", ["index written", "WARC renamed"])
def test_writer_killed_while_closing_is_no_fault(tmp_path: Path, step: str) -> None:
    """Both indexes may stand there until the next start."""
    archive, warc = _archive(tmp_path)
    (tmp_path / "custody.jsonl").unlink()
    beside = index_path(warc)
    if step == "index written":
        warc.rename(warc.with_name(f"{warc.name}.open"))
    beside.with_name(f"{beside.name}.open").write_bytes(beside.read_bytes())
    assert _verdict(archive).faults == ()


def test_log_that_was_cut_off_is_found(tmp_path: Path) -> None:
    """By the heads that were stamped; a line that is added says that the log is faulty."""
    archive, _ = _archive(tmp_path)
    log = CustodyLog(tmp_path)
    said = {"at": "", "head": log.head(), "lines": 2}
    (tmp_path / "proofs").mkdir()
    (tmp_path / "proofs" / "2026-11-24.head.json").write_text(json.dumps(said))
    log.path.write_bytes(log.path.read_bytes().splitlines(keepends=True)[0])
    faults = verify_holdings(archive, [], _quiet).faults
    assert [each for each in faults if "its end was cut off" in each]
    note_checked(archive, files=1, records=7, faults=faults)
    assert list(log.lines())[-1].said["log_faults"] == 1
    archive.store.close()


def test_line_of_an_earlier_time_is_found(tmp_path: Path) -> None:
    """Put in later, with a date that suits; its digests fit."""
    archive, _ = _archive(tmp_path)
    log = CustodyLog(tmp_path)
    at = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    log.append(CustodyEvent(CustodyKind.VERIFIED, at, "me@here", "thread-archiver/0"))
    faults = _verdict(archive).faults
    assert any("is of 2020-01-01" in each and "the line before it" in each for each in faults)


def test_log_that_is_gone_is_found(tmp_path: Path) -> None:
    """It is told, and the log that begins anew says so in its first line."""
    archive, _ = _archive(tmp_path)
    log = CustodyLog(tmp_path)
    (tmp_path / "scrub.json").write_text("{}")
    log.path.unlink()
    verdict = verify_holdings(archive, [], _quiet)
    assert any("is gone, though there is scrub.json" in each for each in verdict.faults)
    note_checked(archive, files=1, records=7, faults=verdict.faults)
    assert [line.kind for line in log.lines()] == ["restarted", "verified"]
    assert any("was begun anew" in each for each in _verdict(archive).notes)


def test_archive_without_a_log_is_noted(tmp_path: Path) -> None:
    """An older version may have made it: nobody can say what its WARCs were."""
    archive, _ = _archive(tmp_path)
    CustodyLog(tmp_path).path.unlink()
    verdict = _verdict(archive)
    assert verdict.faults == ()
    assert "nothing tells what the WARCs were" in verdict.notes[0]

"""Is every way of spoiling a bag found, with the right words, and nothing else?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import bagit
import pytest

from archiver.checking.files import check_all, check_one
from tests.verify.good import CUSTODY, HEAD, INDEX, NOW, Whole, flipped, parts
from tests.verify.judged import expect


def _bag(folder: Path, good: Whole) -> Path:
    bag = folder / "bag"
    (bag / "archive").mkdir(parents=True)
    (bag / "archive" / "data.warc.gz").write_bytes(good.warc)
    (bag / "thread.json").write_bytes(b"{}")
    files = parts(good)
    for name in (INDEX, CUSTODY, HEAD):
        (bag / name).parent.mkdir(exist_ok=True)
        (bag / name).write_bytes(files[name])
    info = {"Bag-Software-Agent": "thread-archiver/1.0"}
    bagit.make_bag(str(bag), info, checksums=["sha256"])
    return bag


def _told(bag: Path) -> list[str]:
    verdicts = check_one(bag, now=dt.datetime.now(dt.UTC))
    return [fault for each in verdicts for fault in each.faults]


def test_good_bag_has_no_fault(tmp_path: Path, good: Whole) -> None:
    """And the WARC in it is read."""
    bag = _bag(tmp_path, good)
    assert _told(bag) == []
    assert [each.records for each in check_one(bag, now=NOW)] == [0, 14]


def test_bag_is_said_to_be_unsigned(tmp_path: Path, good: Whole) -> None:
    """Nobody takes whole manifests for a proof against somebody."""
    (note,) = check_one(_bag(tmp_path, good), now=NOW)[0].notes
    assert "it is not signed" in note


def test_bag_of_others_needs_no_manifest_of_tags(tmp_path: Path, good: Whole) -> None:
    """The standard lets them do without."""
    bag = _bag(tmp_path, good)
    info = bag / "bag-info.txt"
    info.write_text(info.read_text().replace("thread-archiver", "bagit.py"))
    (bag / "tagmanifest-sha256.txt").unlink()
    assert _told(bag) == []


def _more(bag: Path, name: str) -> None:
    (bag / name).parent.mkdir()
    (bag / name).write_bytes(b"png")
    bagit.Bag(str(bag)).save(manifests=True)


_BAGS: dict[str, tuple[Callable[[Path], object], str]] = {
    "a file changed": (lambda bag: (bag / "data/thread.json").write_bytes(b"[]"), "says sha256:"),
    "a file gone": (lambda bag: (bag / "data/thread.json").unlink(), "it is not in the bag"),
    "a file more": (lambda bag: (bag / "data/x").write_bytes(b"x"), "no digest covers it|Oxum"),
    "a picture under another name": (
        lambda bag: _more(bag, f"data/media/{'ab' * 32}.png"),
        "it is named by another digest than it has",
    ),
    "a link": (lambda bag: (bag / "data/x").symlink_to("/etc/passwd"), "it is a link"),
    "a record flipped": (
        lambda bag: (bag / "data/archive/data.warc.gz").write_bytes(
            flipped((bag / "data/archive/data.warc.gz").read_bytes(), 700)
        ),
        "its gzip member is broken",
    ),
    "an index line left out": (
        lambda bag: (bag / "data" / INDEX).write_bytes(
            b"".join((bag / "data" / INDEX).read_bytes().splitlines(keepends=True)[1:])
        ),
        "has no line in index.cdx",
    ),
    "custody changed": (
        lambda bag: (bag / "data" / CUSTODY).write_bytes(
            (bag / "data" / CUSTODY).read_bytes().replace(b"me@here", b"you@here", 1)
        ),
        "line 2: holds",
    ),
    "no manifest of tags": (
        lambda bag: (bag / "tagmanifest-sha256.txt").unlink(),
        "its tagmanifest is missing",
    ),
    "no manifest": (lambda bag: (bag / "manifest-sha256.txt").unlink(), "has no manifest"),
    "the manifest changed": (
        lambda bag: (bag / "manifest-sha256.txt").write_text("garbage\n"),
        "line 1 is not a digest and a path",
    ),
    "a manifest that leads out": (
        lambda bag: (bag / "manifest-sha256.txt").write_text(f"{'0' * 64}  data/../../x\n"),
        "is not a digest and a path inside the bag",
    ),
    "a line twice": (
        lambda bag: (bag / "manifest-sha256.txt").write_text(
            (bag / "manifest-sha256.txt").read_text() * 2
        ),
        "again",
    ),
    "a manifest of no kind": (
        lambda bag: (bag / "manifest-crc.txt").write_text("0  data/thread.json\n"),
        "is not known here",
    ),
    "another version": (
        lambda bag: (bag / "bagit.txt").write_text("BagIt-Version: 9\n"),
        "does not declare a BagIt version",
    ),
    "another count": (
        lambda bag: (bag / "bag-info.txt").write_text("Payload-Oxum: 1.1\n"),
        "its Payload-Oxum is 1.1",
    ),
    "to be fetched": (
        lambda bag: (bag / "fetch.txt").write_text("https://a.example/ 1 data/x\n"),
        "are to be fetched from elsewhere",
    ),
}


@pytest.mark.parametrize("what", _BAGS)
def test_spoilt_bag_is_found(tmp_path: Path, good: Whole, what: str) -> None:
    """In its payload, its manifests and what it says of itself."""
    change, words = _BAGS[what]
    bag = _bag(tmp_path, good)
    change(bag)
    expect(_told(bag), words)


def test_line_of_a_bag_counts_what_is_in_it(tmp_path: Path, good: Whole) -> None:
    """Nobody shall read that nothing was checked."""
    said: list[str] = []

    def tell(line: str, *, done: int = 0, total: int = 0) -> None:
        said.append(line)

    (verdict, warc, *_) = check_all([_bag(tmp_path, good)], tell, now=NOW)
    assert (verdict.records, warc.records) == (0, len(good.types))
    assert said == [f"bag: {len(good.types)} records, all well"]

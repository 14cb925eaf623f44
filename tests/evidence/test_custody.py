"""Does the custody log keep every line, and tell where one was changed?"""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import StoreError
from archiver.evidence.custody import CustodyEvent, CustodyKind, CustodyLog, chain_faults
from archiver.evidence.custody_lines import Fact, canonical, line_digest, read_line
from archiver.evidence.seals import seals

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def event(**facts: str | int) -> CustodyEvent:
    """Give something that was done."""
    return CustodyEvent(CustodyKind.CAPTURED, NOW, "ada@desk", "archiver/1", facts=facts)


def filled(folder: Path, count: int = 3) -> CustodyLog:
    """Give a log with lines."""
    log = CustodyLog(folder)
    for number in range(count):
        log.append(event(crawl=number))
    return log


def test_lines_hold_each_other(tmp_path: Path) -> None:
    """Each line holds the digest of the one before; the head is that of the newest."""
    log = filled(tmp_path)
    first, second, third = log.lines()
    assert (first.number, first.previous) == (1, "")
    assert (second.previous, third.previous) == (first.digest, second.digest)
    assert log.head() == third.digest == line_digest(log.path.read_bytes().splitlines()[-1])
    assert log.faults() == ()


def test_empty_log_has_no_head(tmp_path: Path) -> None:
    """Where nothing was done there is nothing to hold."""
    assert CustodyLog(tmp_path).head() == ""
    assert list(CustodyLog(tmp_path).lines()) == []


def test_line_is_canonical(tmp_path: Path) -> None:
    """Anybody can write the same bytes again from what the line says."""
    filled(tmp_path).append(event(title='Ελλάδα\ud800\n"x"'))
    for raw in (tmp_path / "custody.jsonl").read_bytes().splitlines():
        said = json.loads(raw)
        again = json.dumps(said, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert again.encode() == raw


@pytest.mark.parametrize("kind", ["changed", "removed", "swapped", "added", "cut"])
def test_tampering_is_told(tmp_path: Path, kind: str) -> None:
    """A changed, removed, swapped, added or cut line is found and its place is named."""
    lines = filled(tmp_path, 5).path.read_bytes().splitlines()
    made = canonical(event(crawl=9), 3, line_digest(lines[1]))
    forged = {
        "changed": [*lines[:2], lines[2].replace(b"ada", b"eve"), *lines[3:]],
        "removed": [*lines[:2], *lines[3:]],
        "swapped": [lines[0], lines[2], lines[1], *lines[3:]],
        "added": [*lines[:2], made, *lines[2:]],
        "cut": [*lines[:2], lines[2][:20], *lines[3:]],
    }[kind]
    faults = chain_faults(forged)
    assert faults
    assert faults[0].startswith(("line 2", "line 3", "line 4"))


def test_first_line_cannot_go(tmp_path: Path) -> None:
    """A log that lost its beginning says so."""
    assert chain_faults(filled(tmp_path).path.read_bytes().splitlines()[1:])


@pytest.mark.parametrize(
    "torn", [b'{"at":"2026', b"{", b"\0\0\0\0", b"\xff{", b"\0\n\0", b"{\n{}\n\n{"]
)
def test_torn_line_is_kept_and_told(tmp_path: Path, torn: bytes) -> None:
    """What a crash tore stays; the next line says so, and the chain goes on."""
    log = filled(tmp_path)
    before = log.path.read_bytes()
    log.path.write_bytes(before + torn)
    assert log.head() == line_digest(before.splitlines()[-1])
    log.append(event(crawl=4))
    assert log.path.read_bytes().startswith(before + torn + b"\n")
    healed, last = list(log.lines())[-2:]
    assert (healed.kind, healed.said["torn_bytes"]) == ("healed", len(torn))
    assert (last.number, last.previous) == (5, healed.digest)
    assert log.faults() == ()


def test_torn_first_line_is_told(tmp_path: Path) -> None:
    """Also when nothing whole stands before it."""
    log = CustodyLog(tmp_path)
    log.path.write_bytes(b'{"at"')
    log.append(event())
    assert [line.kind for line in log.lines()] == ["healed", "captured"]
    assert log.faults() == ()


def test_line_that_lacks_only_its_end_counts(tmp_path: Path) -> None:
    """A line whose end alone was torn is whole."""
    log = filled(tmp_path)
    log.path.write_bytes(log.path.read_bytes()[:-1])
    log.append(event())
    assert [line.number for line in log.lines()] == [1, 2, 3, 4]
    assert log.faults() == ()


@given(cut=st.integers(min_value=0, max_value=2000))
def test_every_cut_is_healed(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    """Wherever a crash cut the file, the next line makes a log without faults."""
    log = filled(tmp_path_factory.mktemp("log"))
    whole = log.path.read_bytes()
    log.path.write_bytes(whole[: cut % (len(whole) + 1)])
    log.append(event())
    assert log.faults() == ()


def test_crash_while_a_torn_line_is_told_accuses_nobody(tmp_path: Path) -> None:
    """Wherever that second crash cuts, the next line makes a log without faults."""
    log = filled(tmp_path, 2)
    log.path.write_bytes(log.path.read_bytes() + b'{"at":"2026')
    before = log.path.stat().st_size
    log.append(event())
    whole = log.path.read_bytes()
    for cut in range(before, len(whole) + 1):
        log.path.write_bytes(whole[:cut])
        log.append(event())
        assert log.faults() == (), cut
        assert log.path.read_bytes().startswith(whole[:cut])


@given(cuts=st.lists(st.integers(min_value=0, max_value=1_000), min_size=1, max_size=5))
def test_any_number_of_crashes_is_healed(
    tmp_path_factory: pytest.TempPathFactory, cuts: list[int]
) -> None:
    """Each cuts what was being written after the one before; nothing is lost, and all is told."""
    log = filled(tmp_path_factory.mktemp("log"), 1)
    for cut in cuts:
        before = log.path.stat().st_size
        log.append(event())
        written = log.path.read_bytes()
        log.path.write_bytes(written[: before + cut % (len(written) - before + 1)])
    log.append(event())
    assert log.faults() == ()


@pytest.mark.parametrize("rest", [b"{half\n", b"\n", b"a\nb\n"])
def test_torn_bytes_that_end_a_line_are_told(tmp_path: Path, rest: bytes) -> None:
    """A crash may leave the end of a line that cannot be read."""
    log = filled(tmp_path)
    log.path.write_bytes(log.path.read_bytes() + rest)
    assert log.faults()
    log.append(event())
    assert [line.kind for line in log.lines()][-2:] == ["healed", "captured"]
    assert log.faults() == ()


def test_torn_bytes_in_several_lines_cannot_be_changed(tmp_path: Path) -> None:
    """Nor can any of their lines go."""
    log = filled(tmp_path)
    log.path.write_bytes(log.path.read_bytes() + b"{half\n{other")
    log.append(event())
    lines = log.path.read_bytes().splitlines()
    assert chain_faults(lines) == ()
    assert chain_faults([*lines[:3], *lines[4:]])
    assert chain_faults([*lines[:4], lines[4] + b"x", *lines[5:]])
    assert chain_faults([*lines[:3], *lines[5:]])


def test_torn_bytes_that_were_changed_later_are_told(tmp_path: Path) -> None:
    """The line that tells of torn bytes holds their digest."""
    log = filled(tmp_path)
    log.path.write_bytes(log.path.read_bytes() + b"{half")
    log.append(event())
    log.path.write_bytes(log.path.read_bytes().replace(b"{half", b"{harf"))
    assert log.faults()


def test_long_lines_are_found_at_the_end(tmp_path: Path) -> None:
    """The newest line is found although it is longer than what is read at once."""
    log = filled(tmp_path)
    line = log.append(event(title="x" * 200_000))
    assert log.head() == line.digest
    assert log.append(event()).previous == line.digest


def test_threads_and_processes_append_together(tmp_path: Path) -> None:
    """Nobody's line is lost, and the chain is one."""
    script = (
        "import sys, datetime as dt; from pathlib import Path\n"
        "from archiver.evidence.custody import *\n"
        "log = CustodyLog(Path(sys.argv[1]))\n"
        "for n in range(20):\n"
        "    log.append(CustodyEvent(CustodyKind.SEALED, dt.datetime.now(dt.UTC), 'p', 's'))\n"
    )
    others = [subprocess.Popen([sys.executable, "-c", script, str(tmp_path)]) for _ in range(2)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: CustodyLog(tmp_path).append(event(crawl=n)), range(40)))
    assert [each.wait(timeout=60) for each in others] == [0, 0]
    log = CustodyLog(tmp_path)
    assert [line.number for line in log.lines()] == list(range(1, 81))
    assert log.faults() == ()


def test_facts_cannot_take_the_names_of_a_line() -> None:
    """A fact never stands in the place of who or when."""
    with pytest.raises(ValueError, match="who"):
        canonical(event(who="eve"), 1, "")


@pytest.mark.parametrize("raw", [b"[]", b"{}", b'{"number":"1"}', b"x", b"[" * 100_000, b"\xff"])
def test_hostile_line_is_an_error(raw: bytes) -> None:
    """A line of somebody else's log is refused in one sentence."""
    with pytest.raises(StoreError):
        read_line(raw)


def test_full_disk_is_one_sentence(tmp_path: Path) -> None:
    """Where the log cannot be written, the error says where and what to do."""
    (tmp_path / "custody.jsonl").mkdir()
    with pytest.raises(StoreError, match="custody log"):
        CustodyLog(tmp_path).append(event())


def test_seals_are_read_on_where_they_ended(tmp_path: Path) -> None:
    """New lines count; a log that was cut or put in another's place is read anew."""
    log = CustodyLog(tmp_path)

    def seal(name: str, into: CustodyLog) -> None:
        facts: dict[str, Fact] = {"name": name, "sha256": "sha256:0", "bytes": 1}
        at = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
        into.append(CustodyEvent(CustodyKind.SEALED, at, "me@here", "it/1", facts=facts))

    assert seals(log) == {}
    seal("a", log)
    assert list(seals(log)) == ["a"]
    seal("b", log)
    assert list(seals(log)) == ["a", "b"]
    lines = log.path.read_bytes().splitlines(keepends=True)
    log.path.write_bytes(lines[0])
    assert list(seals(log)) == ["a"]
    log.path.unlink()
    seal("c", log)
    assert list(seals(log)) == ["c"]

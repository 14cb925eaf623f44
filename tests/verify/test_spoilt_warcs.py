"""Is every way of spoiling a WARC found, with the right words and place, and nothing else?"""

from __future__ import annotations

import datetime as dt
import gzip
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archiver.models.faults import Fault, Meaning
from archiver.warc.names import index_path
from archiver.warc.verify import FileVerdict, verify_file
from archiver.warc.verify_repeats import repeat_faults
from tests.verify.good import Whole, flipped, unpacked, whole
from tests.warc.capturing import AT

_RECORDS = 14  # of the good file: warcinfo, four exchanges, a resource


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """The good file, and that it is good."""
    made = whole(tmp_path_factory.mktemp("good"))
    assert len(made.offsets) == _RECORDS
    path = made.placed(tmp_path_factory.mktemp("again"), made.warc)
    verdict = verify_file(path)
    assert (verdict.faults, verdict.notes) == ((), ())
    assert repeat_faults([verdict], lambda _: None, whole=True) == ([], [])
    return made


def _all_faults(path: Path) -> list[str]:
    """Give the faults of the file and of where its revisits lead."""
    verdict = verify_file(path)
    return [*verdict.faults, *repeat_faults([verdict], lambda _: None, whole=True)[0]]


def _is_told_fully(faults: list[str], path: Path) -> None:
    """Each fault has a file, most a place, and a meaning."""
    assert faults
    for each in faults:
        assert isinstance(each, Fault)
        assert each.file in (str(path), str(index_path(path)))
        assert each.meaning in Meaning
    assert any(isinstance(each, Fault) and each.offset is not None for each in faults)


_CUTS = {
    "before it": (0, "no record stands at"),
    "after a byte": (1, "ends early|no gzip member begins here"),
    "in its gzip header": (5, "ends early"),
    "after its gzip header": (10, "ends early"),
    "in its header": (40, "ends early"),
    "before its checksum": (-8, "ends early"),
    "before its last byte": (-1, "ends early"),
}


@pytest.mark.parametrize("where", _CUTS)
@pytest.mark.parametrize("number", range(_RECORDS))
def test_cut_is_found(tmp_path: Path, good: Whole, number: int, where: str) -> None:
    """At every boundary of every record the loss is told, and from where on."""
    by, words = _CUTS[where]
    ends = (*good.offsets[1:], len(good.warc))
    at = good.offsets[number] + by if by >= 0 else ends[number] + by
    path = good.placed(tmp_path, good.warc[:at])
    faults = _all_faults(path)
    _is_told_fully(faults, path)
    if by:
        assert any(word in each for word in words.split("|") for each in faults), faults
        told = [each for each in faults if isinstance(each, Fault) and each.file == str(path)]
        assert told[0].offset == good.offsets[number]


_FLIPS = {"magic": 0, "method": 2, "first block": 11, "middle": None, "checksum": -7, "size": -2}


@pytest.mark.parametrize("where", _FLIPS)
@pytest.mark.parametrize("number", range(_RECORDS))
def test_flipped_byte_is_found(tmp_path: Path, good: Whole, number: int, where: str) -> None:
    """In every part of every gzip member; what stands behind it is still read."""
    member = good.members()[number]
    by = _FLIPS[where]
    by = len(member) // 2 if by is None else by
    at = good.offsets[number] + (by if by >= 0 else len(member) + by)
    path = good.placed(tmp_path, flipped(good.warc, at))
    faults = _all_faults(path)
    _is_told_fully(faults, path)
    (first, *_) = [each for each in faults if isinstance(each, Fault)]
    assert first.offset == good.offsets[number]
    assert "gzip member" in first
    assert first.meaning is Meaning.DAMAGED


def _swap(members: list[bytes]) -> list[bytes]:
    return [*members[:1], *members[4:7], *members[1:4], *members[7:]]


_MOVED: dict[str, tuple[Callable[[list[bytes]], list[bytes]], str]] = {
    "two exchanges swapped": (_swap, "no record stands at|its timestamp|it says url"),
    "an exchange left out": (lambda all: all[:4] + all[7:], "no record stands at"),
    "a response left out": (lambda all: all[:1] + all[2:], "which is not in this file"),
    "a request left out": (lambda all: all[:2] + all[3:], "which is not in this file"),
    "a metadata record left out": (lambda all: all[:3] + all[4:], "which is not in this file"),
    "warcinfo left out": (lambda all: all[1:], "no record stands at"),
    "a record doubled": (lambda all: [*all, all[1]], "has the id of an earlier record"),
    "an exchange doubled": (lambda all: [*all, *all[1:4]], "has the id of an earlier record"),
    "an original left out": (lambda all: all[:1] + all[4:], "which is not here"),
    "garbage between": (lambda all: [*all[:4], b"garbage", *all[4:]], "no gzip member begins"),
    "zeros between": (lambda all: [*all[:4], bytes(512), *all[4:]], "no gzip member begins here"),
    "garbage at the end": (lambda all: [*all, b"\x00"], "no gzip member begins here"),
    "an empty member between": (
        lambda all: [*all[:4], gzip.compress(b""), *all[4:]],
        "no record stands here",
    ),
    "an empty member at the end": (lambda all: [*all, gzip.compress(b"")], "no record stands here"),
    "two records in one member": (
        lambda all: [*all[:4], gzip.compress(unpacked(all[4]) + unpacked(all[5])), *all[6:]],
        "holds more than one record",
    ),
    "a record in two members": (
        lambda all: [
            *all[:4],
            gzip.compress(unpacked(all[4])[:200]),
            gzip.compress(unpacked(all[4])[200:]),
            *all[5:],
        ],
        "ends early|its block lacks",
    ),
    "a record not packed": (
        lambda all: [*all[:4], unpacked(all[4]), *all[5:]],
        "no gzip member begins here",
    ),
    "all in one member": (
        lambda all: [gzip.compress(b"".join(map(unpacked, all)))],
        "holds more than one record",
    ),
    "a bomb in place of a record": (
        lambda all: [*all[:4], gzip.compress(bytes(30_000_000)), *all[5:]],
        "not a header at all",
    ),
    "a bomb behind a record": (
        lambda all: [*all[:4], gzip.compress(unpacked(all[4]) + bytes(30_000_000)), *all[5:]],
        "holds more than one record",
    ),
    "nothing left": (lambda all: [], "no record stands at"),
}


@pytest.mark.parametrize("how", _MOVED)
def test_moved_record_is_found(tmp_path: Path, good: Whole, how: str) -> None:
    """Records that were swapped, left out, doubled or packed otherwise."""
    change, words = _MOVED[how]
    path = good.placed(tmp_path, b"".join(change(good.members())))
    faults = _all_faults(path)
    _is_told_fully(faults, path)
    assert any(word in each for word in words.split("|") for each in faults), faults


# What was changed within a record, which was then packed again with a right checksum: the number
# of the record, what is replaced by what, and the words of the fault.
_FORGED: dict[str, tuple[int, bytes, bytes, str]] = {
    "a word of the page": (1, b"hello", b"HELLO", "has block digest"),
    "a header of the answer": (1, b"text/html", b"text/htmx", "has block digest"),
    "the status": (1, b"HTTP/1.1 200", b"HTTP/1.1 404", "it says status 200, and the record 404"),
    "the date of the answer": (1, b"Date: 2026-11-24T09:30", b"Date: 2025-11-24T09:30", "is dated"),
    "the date of the request": (
        2,
        b"Date: 2026-11-24T09:30",
        b"Date: 2026-11-23T09:30",
        "is dated 2026-11-23",
    ),
    "an hour that is none": (1, b"T09:30:00", b"T25:30:00", "which is no UTC time"),
    "a date without zone": (1, b"123456Z", b"1234567", "which is no UTC time"),
    "the address": (
        1,
        b"Target-URI: https://example.org/",
        b"Target-URI: https://example.net/",
        "",
    ),
    "the address of the request": (
        2,
        b"Target-URI: https://example.org/",
        b"Target-URI: https://example.net/",
        "is of https://example.net/, and the response of its exchange of https://example.org/",
    ),
    "the address of the metadata": (
        3,
        b"Target-URI: https://example.org/",
        b"Target-URI: https://example.net/",
        "is of https://example.net/, and the response of its exchange of https://example.org/",
    ),
    "who answered": (
        1,
        b"IP-Address: 192.0.2.1",
        b"IP-Address: 192.0.2.9",
        "came from 192.0.2.9, and the request of its exchange from 192.0.2.1",
    ),
    "whom the request asked": (2, b"Host: example.org", b"Host: example.net", "asks the host exam"),
    "the payload digest": (1, b"Payload-Digest: sha256:", b"Payload-Digest: sha256:0", "Digest"),
    "the block digest": (3, b"Block-Digest: sha256:", b"Block-Digest: sha256:a", "Block-Digest"),
    "a digest of no kind": (1, b"Block-Digest: sha256:", b"Block-Digest: crc032:", "no digest alg"),
    "a longer length": (1, b"Content-Length: ", b"Content-Length: 1", "its block lacks"),
    "a length in words": (1, b"Content-Length: ", b"Content-Length: x", "not a number of bytes"),
    "a length below nothing": (1, b"Content-Length: ", b"Content-Length: -", "not a number of"),
    "the version": (1, b"WARC/1.1", b"WARC/9.1", "it begins with b'WARC/9.1'"),
    "the type": (1, b"Type: response", b"Type: resource", "must not have|has payload digest|type"),
    "a type of no kind": (14 - 1, b"Type: resource", b"Type: resourcf", "of the kind"),
    "a record id": (1, b"Record-ID: <urn:uuid:", b"Record-ID: <urn:uuid:0", "not in this file"),
    "an id without brackets": (1, b"Record-ID: <urn", b"Record-ID: urn:", "in angle brackets"),
    "a companion's id": (
        2,
        b"Concurrent-To: <urn:uuid:",
        b"Concurrent-To: <urn:uuid:f",
        "which is not in this file",
    ),
    "a field folded": (1, b"\r\nContent-Type", b"\r\n Content-Type", "is not a header field"),
    "a field without colon": (
        1,
        b"WARC-Date:",
        b"WARC-Date",
        "is not a header field|lacks WARC-Date",
    ),
    "a field without name": (1, b"\r\nWARC-Date:", b"\r\n:", "is not a header field"),
    "a lone line feed": (1, b"WARC-Type: response\r\n", b"WARC-Type: response\n", "header field"),
    "a field twice": (1, b"WARC-Date:", b"WARC-Date: 2026-11-24T09:30:00Z\r\nWARC-Date:", "more"),
    "no type": (1, b"WARC-Type:", b"X-Type:", "lacks WARC-Type"),
    "no date": (1, b"WARC-Date:", b"X-Date:", "lacks WARC-Date"),
    "no id": (1, b"WARC-Record-ID:", b"X-Record-ID:", "lacks WARC-Record-ID"),
    "no length": (1, b"Content-Length:", b"X-Length:", "its Content-Length is None"),
    "no address": (1, b"WARC-Target-URI:", b"X-Target-URI:", "lacks WARC-Target-URI"),
    "no media type": (2, b"Content-Type: app", b"X-Type: app", "lacks Content-Type"),
    "an address that is none": (
        1,
        b"WARC-IP-Address: 192.0",
        b"WARC-IP-Address: 999.0",
        "RFC 5952",
    ),
    "a profile of no kind": (7, b"revisit/identical", b"revisit/idem-ical", "is not known here"),
    "no profile": (7, b"WARC-Profile:", b"X-Profile:", "lacks WARC-Profile"),
    "a revisit without digest": (
        7,
        b"WARC-Payload-Digest:",
        b"X-Payload-Digest:",
        "lacks WARC-Pay",
    ),
    "a revisit without URI": (7, b"WARC-Refers-To-Target", b"X-Refers-To-Target", "lacks WARC-Ref"),
    "a revisit without date": (7, b"WARC-Refers-To-Date", b"X-Refers-To-Date", "lacks WARC-Refers"),
    "a revisit of nothing": (
        7,
        b"WARC-Refers-To: <urn:uuid:",
        b"WARC-Refers-To: <urn:uuid:e",
        "which is not here",
    ),
    "a revisit of another time": (
        7,
        b"Refers-To-Date: 2026-11-24T09",
        b"Refers-To-Date: 2024-11-24T09",
        "says that its original is of 2024",
    ),
    "a revisit of another page": (
        7,
        b"Refers-To-Target-URI: https://example.org/",
        b"Refers-To-Target-URI: https://example.org/other",
        "says that it repeats https://example.org/other",
    ),
    "a length of the payload": (3, b"payloadBytes: 1", b"payloadBytes: 9", "has block digest"),
    "chunks": (4, b"\r\n\r\n3e8\r\n", b"\r\n\r\n3e9\r\n", "has block digest"),
    "chunk size of no kind": (4, b"\r\n\r\n3e8\r\n", b"\r\n\r\nxyz\r\n", "its chunks are broken"),
    "truncation of no kind": (
        1,
        b"WARC-Date:",
        b"WARC-Truncated: perhaps\r\nWARC-Date:",
        "no reason that WARC knows",
    ),
    "a field that is not UTF-8": (1, b"WARC-Date: ", b"WARC-Date: \xff", "is not UTF-8"),
    "an original that is a request": (
        3,
        b"WARC-Type: metadata",
        b"WARC-Type: warcinfo",
        "the warcinfo must not have",
    ),
    "a file name where none may be": (
        1,
        b"WARC-Date:",
        b"WARC-Filename: a.warc.gz\r\nWARC-Date:",
        "must not have WARC-Filename",
    ),
    "a record end too few": (1, b"</p>\r\n\r\n", b"</p>\r\n", "not the two line ends"),
    "a record end too many": (1, b"</p>\r\n\r\n", b"</p>\r\n\r\n\r\n", "more than one record"),
}


@pytest.mark.parametrize("what", _FORGED)
def test_forged_record_is_found(tmp_path: Path, good: Whole, what: str) -> None:
    """A record that was changed and packed again."""
    number, old, new, words = _FORGED[what]
    members = good.members()
    record = unpacked(members[number])
    assert old in record, record
    members[number] = gzip.compress(record.replace(old, new, 1))
    path = good.placed(tmp_path, b"".join(members))
    faults = _all_faults(path)
    _is_told_fully(faults, path)
    assert any(word in each for word in words.split("|") for each in faults), faults


def test_records_of_tomorrow_are_found(tmp_path: Path, good: Whole) -> None:
    """Nothing is dated after it is checked; a day is left to clocks that are wrong."""
    path = good.placed(tmp_path, good.warc)
    early = verify_file(path, now=AT - dt.timedelta(hours=23)).faults
    assert all("the warcinfo is dated" in each for each in early)  # by the clock of today
    faults = verify_file(path, now=AT - dt.timedelta(hours=25)).faults
    assert len(faults) == len(good.types)
    assert all("which is yet to come" in each for each in faults)


def test_request_by_another_name_is_noted_of_others(tmp_path: Path, good: Whole) -> None:
    """Others fetch through proxies; only our writer never asks another host."""
    members = good.members()
    info = unpacked(members[0])
    software = b"software: thread-archiver/0"
    assert software in info
    info = info.replace(software, b"software: other-archiver/00"[: len(software)])
    info = re.sub(rb"WARC-Block-Digest: .*\r\n", b"", info)
    members[0] = gzip.compress(info)
    asked = unpacked(members[2]).replace(b"Host: example.org", b"Host: 10.0.0.1:99")
    members[2] = gzip.compress(re.sub(rb"WARC-Block-Digest: .*\r\n", b"", asked))
    path = tmp_path / "a.warc.gz"
    path.write_bytes(b"".join(members))
    verdict = verify_file(path)
    assert verdict.faults == ()
    assert any("asks another host than its record names" in each for each in verdict.notes)


def _spoilt_lines(cdxj: bytes) -> Iterator[tuple[str, bytes, str]]:
    lines = cdxj.splitlines(keepends=True)
    first, rest = lines[0], lines[1:]
    join = b"".join
    yield "a line left out", join(rest), "has no line in"
    yield "a line doubled", join([first, *lines]), "has a line already"
    yield "all lines left out", b"", "has no line in"
    yield "order", join([lines[1], first, *lines[2:]]), "is not in byte order"
    yield "a longer length", join([first.replace(b'"length": "', b'"length": "1'), *rest]), "length"
    yield "a later offset", join([first.replace(b'"offset": "', b'"offset": "1'), *rest]), "no rec"
    yield "an offset below", join([first.replace(b'"offset": "', b'"offset": "-'), *rest]), "no rec"
    yield "another url", join([first.replace(b"https://", b"http://"), *rest]), "it says url"
    yield "another key", join([b"a" + first, *rest]), "its key is"
    yield "another year", join([first.replace(b" 2026", b" 2025"), *rest]), "its timestamp is"
    yield "no time", join([first.replace(b" 2026", b" x"), *rest]), "its timestamp is"
    yield "another digest", join([first.replace(b"sha256:", b"sha256:0"), *rest]), "says digest"
    yield "another status", join([first.replace(b'"200"', b'"404"'), *rest]), "it says status 404"
    yield "another file", join([first.replace(b"archive-", b"brchive-"), *rest]), "no record"
    yield "a torn end", cdxj[:-1], "its end is missing"
    yield "a torn line", cdxj[:-20], "its end is missing"
    yield "no JSON", join([*lines, b"org,example)/ 2026 {\n"]), "it is not `key timestamp"
    yield "deep JSON", join([*lines, b"zz 2026 " + b"[" * 60_000 + b"\n"]), "it is not `key"
    yield "an empty line", join([*lines, b"\n"]), "it is not `key timestamp"
    yield "zeros", join([*lines, bytes(100)]), "its end is missing"
    yield "not UTF-8", join([*lines, b"\xff\xfe\n"]), "it is not `key timestamp"


@pytest.mark.parametrize("number", range(21))
def test_spoilt_index_is_found(tmp_path: Path, good: Whole, number: int) -> None:
    """An index whose WARC is good."""
    what, cdxj, words = list(_spoilt_lines(good.cdxj))[number]
    path = good.placed(tmp_path, good.warc, cdxj)
    faults = verify_file(path).faults
    assert any(words in each for each in faults), (what, faults)
    assert all(isinstance(each, Fault) and each.meaning is Meaning.INDEX for each in faults)


def test_verdict_crosses_processes(tmp_path: Path, good: Whole) -> None:
    """A fault keeps its parts when it is pickled."""
    import pickle

    verdict: FileVerdict = verify_file(good.placed(tmp_path, good.warc[:-1]))
    again = pickle.loads(pickle.dumps(verdict))
    assert again == verdict
    assert again.faults[0].offset == verdict.faults[0].offset  # type: ignore[attr-defined]  # Fault

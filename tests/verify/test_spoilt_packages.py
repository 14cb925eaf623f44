"""Is every way of spoiling a WACZ found, with the right words, and nothing else?"""

from __future__ import annotations

import gzip
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, cast

import pytest

from archiver.checking.wacz import verify_wacz
from archiver.evidence.keys import signing_key
from archiver.evidence.signing import sign
from archiver.models.faults import Fault
from archiver.packages.manifest import CALENDARS, MANIFEST, TIMESTAMP
from tests.verify.good import (
    CUSTODY,
    DATAPACKAGE,
    DIGEST,
    HEAD,
    INDEX,
    NOW,
    PAGES,
    WARC,
    Whole,
    flipped,
    listed,
    parts,
    sealed,
    sha256,
    signed,
    unpacked,
    whole,
    with_manifest,
    zipped,
)

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """The WARC in the packages."""
    return whole(tmp_path_factory.mktemp("good"))


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the signing key stands."""
    return tmp_path_factory.mktemp("key")


def _faults(folder: Path, raw: bytes) -> tuple[str, ...]:
    path = folder / "a.wacz"
    path.write_bytes(raw)
    verdict = verify_wacz(path, now=NOW)
    for each in verdict.faults:
        assert isinstance(each, Fault)
        assert each.file.startswith(str(path))
        assert each.meaning
    return verdict.faults


def _expect(faults: tuple[str, ...], words: str) -> None:
    assert any(word in each for word in words.split("|") for each in faults), faults


def test_good_package_has_no_fault(tmp_path: Path, good: Whole, key: Path) -> None:
    """Nothing is said of it but who signed it."""
    path = tmp_path / "a.wacz"
    path.write_bytes(zipped(sealed(parts(good), key)))
    verdict = verify_wacz(path, now=NOW)
    assert (verdict.faults, verdict.records) == ((), 14)
    assert [note for note in verdict.notes if "signed by the key" not in note] == []
    assert any(signing_key(key).fingerprint in note for note in verdict.notes)


# Changed before the package was listed and signed, so that list and signature agree with it.
def _put(name: str, raw: bytes | Callable[[bytes], bytes]) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        files[name] = raw if isinstance(raw, bytes) else raw(files[name])

    return change


def _drop(name: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        del files[name]

    return change


def _swap_records(warc: bytes) -> bytes:
    return warc[: len(warc) // 2] + warc


def _of_2020(custody: bytes) -> bytes:
    """Date the last line back; nothing holds its digest but the head."""
    first, last = custody.splitlines(keepends=True)
    return first + re.sub(rb'"at":"[^"]*"', b'"at":"2020-01-01T00:00:00.000Z"', last)


_PAGE = b'{"url": "https://example.org/", "ts": "2026-11-24T09:30:00Z"}\n'
_PAGES_HEAD = b'{"format": "json-pages-1.0", "id": "pages", "title": "All"}\n'
_RESIGNED: dict[str, tuple[Callable[[Files], None], str]] = {
    "no WARC": (_drop(WARC), "nothing stands in archive/"),
    "no index": (_drop(INDEX), "nothing stands in indexes/"),
    "no pages": (_drop(PAGES), "pages/pages.jsonl is missing"),
    "empty pages": (_put(PAGES, b""), "it is empty: its header is missing"),
    "pages without header": (_put(PAGES, _PAGE), "its format is None"),
    "pages of another format": (_put(PAGES, b'{"format": "x"}\n' + _PAGE), "its format is 'x'"),
    "a page without url": (_put(PAGES, _PAGES_HEAD + b'{"ts": "x"}\n' + _PAGE), "it has no url"),
    "a page without time": (
        _put(PAGES, _PAGES_HEAD + b'{"url": "https://example.org/"}\n'),
        "which is no time with a zone",
    ),
    "a page of another time": (
        _put(PAGES, lambda raw: raw.replace(b"2026-11-24T09:30", b"2024-11-24T09:30")),
        "s away from its ts 2024",
    ),
    "a page that is not archived": (
        _put(
            PAGES,
            lambda raw: raw + b'{"url": "https://a.example/", "ts": "2026-11-24T09:30:00Z"}\n',
        ),
        "no record of https://a.example/ is in this package",
    ),
    "the main page is not listed": (
        _put(PAGES, _PAGES_HEAD + _PAGE.replace(b"org/", b"org/2")),
        "the main page https://example.org/ is not listed",
    ),
    "pages that are no JSON": (_put(PAGES, _PAGES_HEAD + b"{url}\n"), "it is not JSON at byte 1"),
    "pages that are not UTF-8": (_put(PAGES, _PAGES_HEAD + b'{"\xff": 1}\n'), "it is not UTF-8"),
    "a page with a name twice": (
        _put(PAGES, _PAGES_HEAD + b'{"url": "https://example.org/", "url": "b"}\n'),
        "a name stands twice",
    ),
    "deep pages": (_put(PAGES, _PAGES_HEAD + b"[" * 100_000 + b"\n"), "nested too deeply|not JSON"),
    "a record cut": (_put(WARC, lambda raw: raw[:-1]), "its gzip member ends early"),
    "a record flipped": (_put(WARC, lambda raw: flipped(raw, 700)), "its gzip member is broken"),
    "half the WARC again": (_put(WARC, _swap_records), "gzip member|earlier record"),
    "an empty WARC": (_put(WARC, b""), "no record stands at"),
    "a WARC that is none": (_put(WARC, b"hello world"), "no gzip member begins here"),
    "a bomb for a WARC": (_put(WARC, gzip.compress(bytes(40_000_000))), "not a header at all"),
    "an index line left out": (
        _put(INDEX, lambda raw: b"".join(raw.splitlines(keepends=True)[1:])),
        "has no line in index.cdx",
    ),
    "an index of another WARC": (
        _put(INDEX, lambda raw: raw.replace(b"data.warc", b"other.warc")),
        "of other.warc.gz",
    ),
    "an unsorted index": (
        _put(INDEX, lambda raw: b"".join(raw.splitlines(keepends=True)[::-1])),
        "is not in byte order",
    ),
    "an index that is none": (_put(INDEX, b"garbage\n"), "it is not `key timestamp"),
    "an empty index": (_put(INDEX, b""), "has no line in index.cdx"),
    "a stranger in archive/": (_put("archive/virus.exe", b"MZ"), "must not stand in archive/"),
    "a folder in archive/": (_put("archive/a/b.warc.gz", b""), "must not stand in archive/"),
    "a stranger in indexes/": (_put("indexes/readme", b"x"), "must not stand in indexes/"),
    "a stranger in pages/": (_put("pages/page.html", b"x"), "must not stand in pages/"),
    "a path that leads out": (_put("../../etc/cron.d/x", b"x"), "is no path inside a package"),
    "an absolute path": (_put("/etc/passwd", b"x"), "is no path inside a package"),
    "a path of Windows": (_put("C:/x", b"x"), "is no path inside a package"),
    "a backward slash": (_put("a\\b", b"x"), "is no path inside a package"),
    "a line end in a path": (_put("a\nb", b"x"), "is no path inside a package"),
    "a doubled slash": (_put("a//b", b"x"), "is no path inside a package"),
    "a picture under another name": (
        _put(f"media/{'ab' * 32}.png", b"png"),
        "it is named by another digest than it has",
    ),
    "custody line changed": (
        _put(CUSTODY, lambda raw: raw.replace(b'"me@here"', b'"you@here"', 1)),
        "custody",
    ),
    "custody line left out": (
        _put(CUSTODY, lambda raw: raw.splitlines(keepends=True)[1]),
        "its head counts 2 lines here, and there are 1",
    ),
    "custody lines in another order": (
        _put(CUSTODY, lambda raw: b"".join(raw.splitlines(keepends=True)[::-1])),
        "is number 1, and stands behind number 2",
    ),
    "a custody line changed and its number too": (
        _put(CUSTODY, lambda raw: raw.replace(b'"number":2', b'"number":9')),
        "its head is of a log of 2 lines, and line 9 is here",
    ),
    "custody left out": (_drop(CUSTODY), "its head counts 2 lines here, and there are 0"),
    "a custody line without end": (_put(CUSTODY, b"x" * 3_000_000), "no line of a custody log"),
    "a custody line of an earlier time": (
        _put(CUSTODY, lambda raw: _of_2020(raw)),
        "is of 2020-01-01T00:00:00.000Z, and the line before it of",
    ),
    "custody torn": (_put(CUSTODY, lambda raw: raw[:-5]), "torn"),
    "custody of no lines": (_put(CUSTODY, b"x\n"), "custody"),
    "a head of another log": (
        _put(HEAD, b'{"head": "sha256:00", "lines": 2, "given": 2}'),
        "its head is",
    ),
    "a head of fewer lines": (
        _put(HEAD, lambda raw: raw.replace(b'"lines": 2', b'"lines": 1')),
        "its head is of a log of 1 lines, and line 2 is here",
    ),
    "a head that counts others": (
        _put(HEAD, lambda raw: raw.replace(b'"given": 2', b'"given": 3')),
        "its head counts 3 lines here",
    ),
    "a head without count": (_put(HEAD, b'{"head": "sha256:00"}'), "lacks the count of lines"),
    "a head that is none": (_put(HEAD, b"[]"), "its head.json cannot be read"),
}


@pytest.mark.parametrize("what", _RESIGNED)
def test_package_signed_again_is_found(tmp_path: Path, good: Whole, key: Path, what: str) -> None:
    """A right list and a right signature do not make wrong contents right."""
    change, words = _RESIGNED[what]
    files = parts(good)
    change(files)
    _expect(_faults(tmp_path, zipped(sealed(files, key))), words)


# Changed in the list, which was then signed again.
def _in_list(change: Callable[[dict[str, Any]], None]) -> Callable[[dict[str, Any]], bytes]:
    def changed(listing: dict[str, Any]) -> bytes:
        change(listing)
        return json.dumps(listing).encode()

    return changed


def _set(name: str, value: object) -> Callable[[dict[str, Any]], bytes]:
    return _in_list(lambda listing: listing.update({name: value}))


def _resource(name: str, value: object) -> Callable[[dict[str, Any]], bytes]:
    return _in_list(lambda listing: listing["resources"][0].update({name: value}))


_LISTS: dict[str, tuple[Callable[[dict[str, Any]], bytes], str]] = {
    "no JSON": (lambda _: b"{", "it is not JSON at byte"),
    "no object": (lambda _: b"[]", "it is not a JSON object"),
    "nothing": (lambda _: b"", "it is not JSON at byte 0"),
    "not UTF-8": (lambda _: b'{"a": "\xff"}', "it is not UTF-8 at byte 7"),
    "too deep": (lambda _: b"[" * 200_000, "nested too deeply|it is not JSON"),
    "a name twice": (lambda _: b'{"profile": "data-package", "profile": "x"}', "stands twice"),
    "another profile": (_set("profile", "x"), "its profile is 'x'"),
    "another version": (_set("wacz_version", "9"), "its wacz_version is '9'"),
    "no version": (_set("wacz_version", None), "its wacz_version is None"),
    "no resources": (_set("resources", None), "it lists no resources"),
    "resources that are none": (_set("resources", ["x"]), "resource 1 is no object"),
    "created yesterday": (_set("created", "yesterday"), "which is no time with a zone"),
    "modified before created": (_set("modified", "2020-01-01T00:00:00Z"), "it was modified"),
    "another main page": (_set("mainPageUrl", "https://b.example/"), "is not listed"),
    "another hash": (_resource("hash", f"sha256:{'0' * 64}"), "is listed with sha256:000"),
    "a hash of no kind": (_resource("hash", "crc:1"), "hash of which"),
    "no hash": (_resource("hash", ""), "resource 1 lacks hash"),
    "other bytes": (_resource("bytes", 1), "is listed with 1 bytes"),
    "bytes in words": (_resource("bytes", "many"), "resource 1 lacks bytes"),
    "no name": (_resource("name", ""), "resource 1 lacks name"),
    "another path": (_resource("path", "archive/x.warc.gz"), "is listed and not in the package"),
    "a file left out": (
        _in_list(lambda listing: listing["resources"].pop()),
        "is in the package and not listed",
    ),
    "a file twice": (
        _in_list(lambda listing: listing["resources"].append(listing["resources"][0])),
        "is listed more than once",
    ),
    "itself": (
        _in_list(
            lambda listing: listing["resources"].append(
                {"name": "x", "path": DATAPACKAGE, "hash": f"sha256:{'0' * 64}", "bytes": 1}
            )
        ),
        "the list cannot tell of itself",
    ),
}


@pytest.mark.parametrize("what", _LISTS)
def test_wrong_list_is_found(tmp_path: Path, good: Whole, key: Path, what: str) -> None:
    """A list that says something else than the package, signed as it is."""
    change, words = _LISTS[what]
    files = parts(good)
    raw = change(json.loads(json.dumps(listed(files))))
    digest = json.dumps(signed(raw, key)).encode()
    _expect(_faults(tmp_path, zipped({**files, DATAPACKAGE: raw, DIGEST: digest})), words)


def _of_other_key(said: dict[str, Any], folder: Path) -> None:
    other = sign(said["hash"], signing_key(folder), created=NOW, software="x")
    said["signedData"]["publicKey"] = other["publicKey"]


_SIGNATURES: dict[str, tuple[Callable[[dict[str, Any], Path], object], str]] = {
    "another digest": (lambda said, _: said.update(hash=f"sha256:{'0' * 64}"), "it has sha256:"),
    "another path": (lambda said, _: said.update(path="README.txt"), "should be of datapackage"),
    "a signed digest": (
        lambda said, _: said["signedData"].update(hash=f"sha256:{'0' * 64}"),
        "datapackage.json has",
    ),
    "another key": (_of_other_key, "signature was not made with this key"),
    "another signature": (
        lambda said, _: said["signedData"].update(signature="AAAA" * 32),
        "signature was not made with this key",
    ),
    "a signature that is none": (
        lambda said, _: said["signedData"].update(signature="?"),
        "signature was not made with this key",
    ),
    "a key that is none": (
        lambda said, _: said["signedData"].update(publicKey="AAAA"),
        "publicKey is no public key",
    ),
    "no key": (lambda said, _: said["signedData"].pop("publicKey"), "is missing"),
    "no signature": (lambda said, _: said["signedData"].pop("signature"), "signature is missing"),
    "no software": (lambda said, _: said["signedData"].pop("software"), "software is missing"),
    "a stranger": (lambda said, _: said["signedData"].update(x="y"), "does not belong there"),
    "a forged time": (lambda said, _: said["signedData"].update(created="x"), "created is no time"),
    "a time that the list does not have": (
        lambda said, _: said["signedData"].update(created="2019-01-01T00:00:00.000Z"),
        "is dated 2019-01-01T00:00:00.000Z, and the list 2026",
    ),
    "software that the list does not name": (
        lambda said, _: said["signedData"].update(software="word processor"),
        "names the software word processor, and the list thread-archiver/0",
    ),
    "a time to come": (
        lambda said, _: said["signedData"].update(created="2031-01-01T00:00:00.000Z"),
        "which is yet to come",
    ),
    "no object": (lambda said, _: said.update(signedData="x"), "its signedData is no object"),
    "a list for a key": (lambda said, _: said["signedData"].update(publicKey=[1]), "is no text"),
}


@pytest.mark.parametrize("what", _SIGNATURES)
def test_wrong_signature_is_found(tmp_path: Path, good: Whole, key: Path, what: str) -> None:
    """A digest file that does not vouch for its list."""
    change, words = _SIGNATURES[what]
    files = sealed(parts(good), key)
    said = json.loads(files[DIGEST])
    change(said, tmp_path)
    files[DIGEST] = json.dumps(said).encode()
    _expect(_faults(tmp_path, zipped(files)), words)


@pytest.mark.parametrize("name", [WARC, INDEX, PAGES, "README.txt", CUSTODY, DATAPACKAGE])
def test_changed_file_is_found(tmp_path: Path, good: Whole, key: Path, name: str) -> None:
    """A file that was changed after the list was made, with a zip that is right about it."""
    files = sealed(parts(good), key)
    files[name] = files[name][:-2] + b"\n\n"
    _expect(_faults(tmp_path, zipped(files)), "and has sha256:|it has sha256:|bytes, and has")


@pytest.mark.parametrize("name", [DATAPACKAGE, DIGEST, WARC, "thread/thread.json"])
def test_missing_file_is_found(tmp_path: Path, good: Whole, key: Path, name: str) -> None:
    """A file that was taken out after the list was made."""
    files = sealed(parts(good), key)
    del files[name]
    _expect(_faults(tmp_path, zipped(files)), "is missing|is listed and not in the package")


@pytest.mark.parametrize("name", [TIMESTAMP, CALENDARS])
def test_proof_that_is_none_is_found(tmp_path: Path, good: Whole, key: Path, name: str) -> None:
    """What stands beside the manifest must be what its name says, and the manifest be there."""
    files = {**with_manifest(parts(good)), name: b"\x30\x03\x02\x01\x00"}
    faults = _faults(tmp_path, zipped(sealed(files, key)))
    _expect(faults, "it is no timestamp|it is no OpenTimestamps proof")
    del files[MANIFEST]
    _expect(_faults(tmp_path, zipped(sealed(files, key))), f"it proves {MANIFEST}, which is not")


_MANIFESTS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a file left out": (lambda raw: raw.partition(b"\n")[2], "no timestamp covers it"),
    "a file too many": (lambda raw: raw + b"0" * 64 + b"  x\n", "it lists x, and datapackage"),
    "another digest": (lambda raw: b"0" * 64 + raw[64:], "has sha256:0000"),
    "a file twice": (lambda raw: raw + raw, "again"),
    "no list": (lambda _: b"x\n", "is not a sha256 and a path"),
    "torn": (lambda raw: raw[:-1], "its last line is torn"),
    "empty": (lambda _: b"", "no timestamp covers it"),
}


@pytest.mark.parametrize("what", _MANIFESTS)
def test_wrong_manifest_is_found(tmp_path: Path, good: Whole, key: Path, what: str) -> None:
    """What is stamped is all that the package holds, as it is."""
    change, words = _MANIFESTS[what]
    files = with_manifest(parts(good))
    assert _faults(tmp_path, zipped(sealed(files, key))) == ()
    files[MANIFEST] = change(files[MANIFEST])
    _expect(_faults(tmp_path, zipped(sealed(files, key))), words)


def test_deflated_warc_is_found(tmp_path: Path, good: Whole, key: Path) -> None:
    """Players read stretches of a WARC, so it must lie as it is."""
    faults = _faults(tmp_path, zipped(sealed(parts(good), key), deflate=(WARC,)))
    _expect(faults, "archive/data.warc.gz at 0: is deflated in the zip")


def test_unlisted_file_is_found(tmp_path: Path, good: Whole, key: Path) -> None:
    """A file that was put in after the list was made."""
    files = {**sealed(parts(good), key), "thread/more.json": b"{}"}
    _expect(_faults(tmp_path, zipped(files)), "thread/more.json at 0: is in the package and not")


def _central(raw: bytes, name: str) -> int:
    """Say where the directory tells of a file."""
    at = raw.find(b"PK\x01\x02")
    while raw[at + 46 : at + 46 + len(name)] != name.encode():
        at = raw.find(b"PK\x01\x02", at + 4)
    return at


def _patched(raw: bytes, at: int, shape: str, value: int) -> bytes:
    new = struct.pack(shape, value)
    return raw[:at] + new + raw[at + len(new) :]


def _at_local(raw: bytes, name: str, by: int, shape: str, value: int) -> bytes:
    (local,) = struct.unpack_from("<L", raw, _central(raw, name) + 42)
    return _patched(raw, local + by, shape, value)


def _at_central(raw: bytes, name: str, by: int, shape: str, value: int) -> bytes:
    return _patched(raw, _central(raw, name) + by, shape, value)


def _end(raw: bytes) -> int:
    return raw.rfind(b"PK\x05\x06")


def _in_central(raw: bytes, name: str, more: bytes, *, field: int) -> bytes:
    """Lengthen what the directory says of a file: its extra (30) or its comment (32)."""
    at, end = _central(raw, name), _end(raw)
    (lies,) = struct.unpack_from("<H", raw, at + 28)
    place = at + 46 + lies + struct.unpack_from("<H", raw, at + 30)[0]
    raw = _patched(raw, at + field, "<H", len(more))
    raw = _patched(raw, end + 12, "<L", struct.unpack_from("<L", raw, end + 12)[0] + len(more))
    return raw[:place] + more + raw[place:]


def _unicode_path(name: str, other: str) -> bytes:
    """Say the name of a file once more, as another."""
    body = b"\x01" + struct.pack("<L", zlib.crc32(name.encode())) + other.encode()
    return struct.pack("<2H", 0x7075, len(body)) + body


_ZIPS: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "a byte behind": (lambda raw: raw + b"\0", "1 bytes stand behind its end"),
    "another zip behind": (lambda raw: raw + raw, "should end at|stand"),
    "bytes before": (lambda raw: b"#!/bin/sh\n" + raw, "should end at"),
    "a byte between": (lambda raw: raw[: _end(raw)] + b"\0" + raw[_end(raw) :], "should end at"),
    "the end cut": (lambda raw: raw[:-1], "the zip's directory is missing"),
    "the end left out": (lambda raw: raw[: _end(raw)], "the zip's directory is missing"),
    "half": (lambda raw: raw[: len(raw) // 2], "the zip's directory is missing"),
    "nothing": (lambda _: b"", "the zip's directory is missing"),
    "four bytes": (lambda raw: raw[:4], "the zip's directory is missing"),
    "a comment": (
        lambda raw: _patched(raw, _end(raw) + 20, "<H", 3) + b"abc",
        "it has a comment",
    ),
    "a comment too long": (
        lambda raw: _patched(raw, _end(raw) + 20, "<H", 9),
        "its comment lacks 9 bytes",
    ),
    "in several": (lambda raw: _patched(raw, _end(raw) + 4, "<H", 1), "zip in several"),
    "one file more": (
        lambda raw: _patched(_patched(raw, _end(raw) + 8, "<H", 11), _end(raw) + 10, "<H", 11),
        "no entry of its directory stands here",
    ),
    "one file less": (
        lambda raw: _patched(_patched(raw, _end(raw) + 8, "<H", 8), _end(raw) + 10, "<H", 8),
        "bytes stand between its directory and its end",
    ),
    "zip64 that is none": (
        lambda raw: _patched(raw, _end(raw) + 12, "<L", 0xFFFFFFFF),
        "call for a zip64 record",
    ),
    "a directory elsewhere": (lambda raw: _patched(raw, _end(raw) + 16, "<L", 0), "should end at"),
    "another name": (
        lambda raw: raw.replace(b"README.txt", b"README.exe", 1),
        "the directory says 'README.txt', its own header b'README.exe'",
    ),
    "another size": (lambda raw: _at_central(raw, WARC, 24, "<L", 7), "differ in size"),
    "another local size": (lambda raw: _at_local(raw, WARC, 22, "<L", 7), "differ in size"),
    "another checksum": (lambda raw: _at_local(raw, WARC, 14, "<L", 7), "differ in size or check"),
    "another checksum in both": (
        lambda raw: _at_central(_at_local(raw, PAGES, 14, "<L", 7), PAGES, 16, "<L", 7),
        "and the zip says 00000007",
    ),
    "another method": (lambda raw: _at_local(raw, WARC, 8, "<H", 8), "differ in how it is packed"),
    "a method of no kind": (
        lambda raw: _at_central(_at_local(raw, WARC, 8, "<H", 99), WARC, 10, "<H", 99),
        "packed in a way no WACZ may be",
    ),
    "encrypted": (
        lambda raw: _at_central(_at_local(raw, WARC, 6, "<H", 1), WARC, 8, "<H", 1),
        "is encrypted",
    ),
    "overlap": (
        lambda raw: _at_central(raw, INDEX, 42, "<L", 0),
        "the directory says 'indexes/index.cdx'",
    ),
    "reaching over": (
        lambda raw: _at_central(_at_central(raw, WARC, 20, "<L", 9**7), WARC, 24, "<L", 9**7),
        "over what follows it",
    ),
    "a header elsewhere": (
        lambda raw: _at_central(raw, INDEX, 42, "<L", 99),
        "does not stand here|reaches to",
    ),
    "a link": (
        lambda raw: _at_central(raw, "README.txt", 38, "<L", 0o120777 << 16),
        "is a link, not a file",
    ),
    "the magic": (lambda raw: flipped(raw, 0), "the header of 'archive/data.warc.gz' does not"),
    "a bomb": (
        lambda raw: _at_central(raw, "README.txt", 24, "<L", 4_000_000_000),
        "differ in size|unpacks",
    ),
    "packing broken": (
        lambda raw: _at_local(raw, "README.txt", 30 + 10, "<L", 0xFFFFFFFF),
        "its packing is broken|it holds",
    ),
    "another name beside": (
        lambda raw: _in_central(
            raw, "README.txt", _unicode_path("README.txt", "thread/index.html"), field=30
        ),
        "says more of itself than programs agree on (0x7075)",
    ),
    "an extra that ends early": (
        lambda raw: _in_central(raw, "README.txt", struct.pack("<2H", 0x5455, 9), field=30),
        "says beside its header ends early",
    ),
    "a comment of a file": (
        lambda raw: _in_central(raw, "README.txt", b"psst", field=32),
        "an entry has a comment",
    ),
    "letters of no kind": (
        lambda raw: raw.replace(b"README.txt", b"README.t\xc3\xa4"),
        "does not say in which letters it is written",
    ),
    "a flag unknown": (
        lambda raw: _at_central(_at_local(raw, WARC, 6, "<H", 0x2000), WARC, 8, "<H", 0x2000),
        "is encrypted or packed",
    ),
}


@pytest.mark.parametrize("what", _ZIPS)
def test_spoilt_zip_is_found(tmp_path: Path, good: Whole, key: Path, what: str) -> None:
    """Bytes of the zip itself that two programs could read in two ways."""
    change, words = _ZIPS[what]
    _expect(_faults(tmp_path, change(zipped(sealed(parts(good), key)))), words)


def test_times_and_owners_beside_a_header_are_no_fault(
    tmp_path: Path, good: Whole, key: Path
) -> None:
    """Info-ZIP writes them, and they change nothing."""
    more = struct.pack("<2HBL", 0x5455, 5, 1, 0) + struct.pack("<2H", 0x7875, 0)
    raw = _in_central(zipped(sealed(parts(good), key)), "README.txt", more, field=30)
    assert _faults(tmp_path, raw) == ()


def test_names_that_one_disk_takes_for_the_other_are_found(
    tmp_path: Path, good: Whole, key: Path
) -> None:
    """Where neither case nor normal form counts, one would overwrite the other."""
    files = {**parts(good), "thread/a.json": b"{}", "thread/A.json": b"[]"}
    _expect(_faults(tmp_path, zipped(sealed(files, key))), "has a twin that some disks take for it")


def test_every_cut_of_a_package_is_found(tmp_path: Path, good: Whole, key: Path) -> None:
    """Wherever it ends early, and at every boundary of it."""
    raw = zipped(sealed(parts(good), key))
    marks = [at for at in range(len(raw) - 4) if raw[at : at + 2] == b"PK"]
    for at in {*range(0, len(raw), 397), *marks, *(at + 1 for at in marks), len(raw) - 1}:
        faults = _faults(tmp_path, raw[:at])
        assert isinstance(faults[0], Fault)
        assert faults[0].offset == at


def test_every_flipped_byte_of_a_package_is_found(tmp_path: Path, good: Whole, key: Path) -> None:
    """Every 97th byte of it, but those that say when a file was packed, and by which system."""
    raw = zipped(sealed(parts(good), key))
    blank: set[int] = set()
    for at in range(len(raw) - 4):
        if raw[at : at + 4] == b"PK\x03\x04":
            blank |= {*range(at + 4, at + 6), *range(at + 10, at + 14)}
        if raw[at : at + 4] == b"PK\x01\x02":
            blank |= {*range(at + 4, at + 8), *range(at + 12, at + 16), *range(at + 36, at + 42)}
    for at in set(range(0, len(raw), 97)) - blank:
        assert _faults(tmp_path, flipped(raw, at)), at


def test_doubled_name_is_found(tmp_path: Path, good: Whole, key: Path) -> None:
    """Programs differ in which of the two they take."""
    path = tmp_path / "a.wacz"
    path.write_bytes(zipped(sealed(parts(good), key)))
    with zipfile.ZipFile(path, "a") as file, pytest.warns(UserWarning, match="Duplicate"):
        file.writestr(WARC, b"other")
    _expect(_faults(tmp_path, path.read_bytes()), "stands 2 times in its directory")


def test_bomb_in_a_package_is_not_unpacked(tmp_path: Path, good: Whole, key: Path) -> None:
    """What unpacks to more than 200 times its length is told, and left alone."""
    files = {**sealed(parts(good), key), "thread/zeros": bytes(60_000_000)}
    faults = _faults(tmp_path, zipped(files, deflate=("thread/zeros",)))
    _expect(faults, "'thread/zeros' unpacks")


def test_packed_index_is_read(tmp_path: Path, good: Whole, key: Path) -> None:
    """As good as a plain one; a bomb or a broken one is told."""
    index = "indexes/index.cdx.gz"
    lines = parts(good)[INDEX].splitlines(keepends=True)
    right = b"".join(map(gzip.compress, lines))
    for raw, words in (
        (right, ""),
        (right[:-3], "it is not `key timestamp"),
        (flipped(right, 30), "it is not `key timestamp"),
        (gzip.compress(bytes(80_000_000)), "it is not `key timestamp"),
        (b"".join(map(gzip.compress, lines[1:])), "has no line in index.cdx.gz"),
    ):
        files = {**parts(good), index: raw}
        del files[INDEX]
        faults = _faults(tmp_path, zipped(sealed(files, key), deflate=()))
        if words:
            _expect(faults, words)
        else:
            assert faults == ()


def test_streamed_zip_is_accepted(tmp_path: Path, good: Whole, key: Path) -> None:
    """Others write sizes behind the data."""
    path = tmp_path / "a.wacz"
    with path.open("wb") as raw, zipfile.ZipFile(cast(BinaryIO, _Unseekable(raw)), "w") as file:
        for name, content in sealed(parts(good), key).items():
            file.writestr(name, content)
    assert verify_wacz(path, now=NOW).faults == ()


class _Unseekable:
    """A file that can only be written."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, raw: bytes) -> int:
        return int(self._file.write(raw))

    def flush(self) -> None:
        self._file.flush()


def test_forged_record_in_a_package_is_found(tmp_path: Path, good: Whole, key: Path) -> None:
    """A record changed, packed, listed and signed again still has its old block digest."""
    members = good.members()
    members[1] = gzip.compress(unpacked(members[1]).replace(b"hello", b"HELLO"))
    files = {**parts(good), WARC: b"".join(members)}
    faults = _faults(tmp_path, zipped(sealed(files, key)))
    _expect(faults, "archive/data.warc.gz at 580: the response has block digest")
    assert sha256(b"") not in str(faults)


def test_package_without_custody_is_noted(tmp_path: Path, good: Whole, key: Path) -> None:
    """Nothing says what was done with it; that is no fault."""
    files = parts(good)
    del files[CUSTODY], files[HEAD]
    path = tmp_path / "a.wacz"
    path.write_bytes(zipped(sealed(files, key)))
    verdict = verify_wacz(path, now=NOW)
    assert verdict.faults == ()
    assert any("no custody log is in it" in each for each in verdict.notes)

"""Is every way of spoiling a WACZ found, with the right words, and nothing else?"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from archiver.checking.wacz import verify_wacz
from archiver.evidence.keys import signing_key
from archiver.evidence.signing import sign
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
    with_manifest,
    zipped,
)
from tests.verify.judged import expect, faults_of

Files = dict[str, bytes]


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
    expect(faults_of(tmp_path, zipped(sealed(files, key))), words)


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
    expect(faults_of(tmp_path, zipped({**files, DATAPACKAGE: raw, DIGEST: digest})), words)


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
    expect(faults_of(tmp_path, zipped(files)), words)


@pytest.mark.parametrize("name", [WARC, INDEX, PAGES, "README.txt", CUSTODY, DATAPACKAGE])
def test_changed_file_is_found(tmp_path: Path, good: Whole, key: Path, name: str) -> None:
    """A file that was changed after the list was made, with a zip that is right about it."""
    files = sealed(parts(good), key)
    files[name] = files[name][:-2] + b"\n\n"
    expect(faults_of(tmp_path, zipped(files)), "and has sha256:|it has sha256:|bytes, and has")


@pytest.mark.parametrize("name", [DATAPACKAGE, DIGEST, WARC, "thread/thread.json"])
def test_missing_file_is_found(tmp_path: Path, good: Whole, key: Path, name: str) -> None:
    """A file that was taken out after the list was made."""
    files = sealed(parts(good), key)
    del files[name]
    expect(faults_of(tmp_path, zipped(files)), "is missing|is listed and not in the package")


@pytest.mark.parametrize("name", [TIMESTAMP, CALENDARS])
def test_proof_that_is_none_is_found(tmp_path: Path, good: Whole, key: Path, name: str) -> None:
    """What stands beside the manifest must be what its name says, and the manifest be there."""
    files = {**with_manifest(parts(good)), name: b"\x30\x03\x02\x01\x00"}
    faults = faults_of(tmp_path, zipped(sealed(files, key)))
    expect(faults, "it is no timestamp|it is no OpenTimestamps proof")
    del files[MANIFEST]
    expect(faults_of(tmp_path, zipped(sealed(files, key))), f"it proves {MANIFEST}, which is not")


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
    assert faults_of(tmp_path, zipped(sealed(files, key))) == ()
    files[MANIFEST] = change(files[MANIFEST])
    expect(faults_of(tmp_path, zipped(sealed(files, key))), words)


def test_deflated_warc_is_found(tmp_path: Path, good: Whole, key: Path) -> None:
    """Players read stretches of a WARC, so it must lie as it is."""
    faults = faults_of(tmp_path, zipped(sealed(parts(good), key), deflate=(WARC,)))
    expect(faults, "archive/data.warc.gz at 0: is deflated in the zip")


def test_unlisted_file_is_found(tmp_path: Path, good: Whole, key: Path) -> None:
    """A file that was put in after the list was made."""
    files = {**sealed(parts(good), key), "thread/more.json": b"{}"}
    expect(faults_of(tmp_path, zipped(files)), "thread/more.json at 0: is in the package and not")


def test_bomb_in_a_package_is_not_unpacked(tmp_path: Path, good: Whole, key: Path) -> None:
    """What unpacks to more than 200 times its length is told, and left alone."""
    files = {**sealed(parts(good), key), "thread/zeros": bytes(60_000_000)}
    faults = faults_of(tmp_path, zipped(files, deflate=("thread/zeros",)))
    expect(faults, "'thread/zeros' unpacks")


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
        faults = faults_of(tmp_path, zipped(sealed(files, key), deflate=()))
        if words:
            expect(faults, words)
        else:
            assert faults == ()


def test_forged_record_in_a_package_is_found(tmp_path: Path, good: Whole, key: Path) -> None:
    """A record changed, packed, listed and signed again still has its old block digest."""
    members = good.members()
    members[1] = gzip.compress(unpacked(members[1]).replace(b"hello", b"HELLO"))
    files = {**parts(good), WARC: b"".join(members)}
    faults = faults_of(tmp_path, zipped(sealed(files, key)))
    expect(faults, "archive/data.warc.gz at 580: the response has block digest")
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

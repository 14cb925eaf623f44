"""Is a WACZ what its standard says, the same each time, and read only once?"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import subprocess
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.packages import wacz
from archiver.packages.manifest import MANIFEST, TIMESTAMP, manifest_faults
from archiver.packages.pages import ListedPage, pages_jsonl
from archiver.packages.parts import Part, text

AT = dt.datetime(2026, 11, 24, 9, 30, 1, 987654, tzinfo=dt.UTC)
ABOUT = wacz.About("A thread", "Of somebody", AT, "test/1", "http://a.example/", AT)


def parts() -> Iterator[Part]:
    """Give a small package whose index is known only once the WARC was read."""
    lines: list[bytes] = []

    def archive() -> Iterator[bytes]:
        yield b"first "
        lines.append(b"example,a)/ 2026 {}\n")
        yield b"last"

    yield Part(wacz.WARC, archive, packed=True, endless=True)
    yield Part(wacz.INDEX, lambda: lines, packed=True)
    yield text(wacz.PAGES, pages_jsonl([ListedPage("http://a.example/", AT, "A", "words")]))
    yield text("thread/thread.json", "{}")


def made(**more: object) -> bytes:
    """Write the package."""
    file = io.BytesIO()
    wacz.write(file, parts(), ABOUT, **more)  # type: ignore[arg-type]  # a signer or a prover
    return file.getvalue()


def test_list_names_every_file_with_its_digest() -> None:
    """Each resource is there with its length and sha256; only list and proof are not listed."""
    with zipfile.ZipFile(io.BytesIO(made())) as package:
        listing = json.loads(package.read("datapackage.json"))
        assert (listing["profile"], listing["wacz_version"]) == ("data-package", "1.1.1")
        assert listing["created"] == listing["mainPageDate"] == "2026-11-24T09:30:01.987Z"
        for each in listing["resources"]:
            body = package.read(each["path"])
            assert each["bytes"] == len(body)
            assert each["hash"] == f"sha256:{hashlib.sha256(body).hexdigest()}"
            assert each["name"] == each["name"].lower()
        listed = {each["path"] for each in listing["resources"]}
        assert set(package.namelist()) - listed == {"datapackage.json", "datapackage-digest.json"}


def test_index_is_made_after_the_archive() -> None:
    """Parts are read in turn, so that one can rest on what another one brought."""
    with zipfile.ZipFile(io.BytesIO(made())) as package:
        assert package.read(wacz.INDEX) == b"example,a)/ 2026 {}\n"


def test_archive_is_stored_not_deflated() -> None:
    """A player reads records in the middle of it."""
    with zipfile.ZipFile(io.BytesIO(made())) as package:
        assert package.getinfo(wacz.WARC).compress_type == zipfile.ZIP_STORED
        assert package.getinfo(wacz.INDEX).compress_type == zipfile.ZIP_STORED
        assert package.testzip() is None


def test_same_parts_give_the_same_bytes() -> None:
    """No clock of ours and no random number stands in a package."""
    assert made() == made()


def test_signature_is_of_the_list() -> None:
    """The signer is given the digest that stands beside what it signed."""
    with zipfile.ZipFile(io.BytesIO(made(sign=lambda digest: {"hash": digest}))) as package:
        proof = json.loads(package.read("datapackage-digest.json"))
        digest = hashlib.sha256(package.read("datapackage.json")).hexdigest()
    assert proof == {
        "path": "datapackage.json",
        "hash": f"sha256:{digest}",
        "signedData": {"hash": f"sha256:{digest}"},
    }


def test_proofs_are_of_the_manifest_and_listed() -> None:
    """A stamp is of a plain list of all contents; list and stamp are under the signature."""

    def prove(body: bytes) -> list[Part]:
        return [text(TIMESTAMP, hashlib.sha256(body).hexdigest())]

    with zipfile.ZipFile(io.BytesIO(made(prove=prove))) as package:
        stamped = package.read(MANIFEST)
        assert package.read(TIMESTAMP).decode() == hashlib.sha256(stamped).hexdigest()
        listing = json.loads(package.read("datapackage.json"))
        held = {each["path"]: each["hash"] for each in listing["resources"]}
    assert {MANIFEST, TIMESTAMP} < held.keys()
    assert list(manifest_faults(stamped, held)) == []
    assert len(stamped.splitlines()) == len(held) - 2


def test_others_check_the_manifest(tmp_path: Path) -> None:
    """`sha256sum -c` finds every file as the manifest says."""
    with zipfile.ZipFile(io.BytesIO(made())) as package:
        package.extractall(tmp_path)
    words = ["sha256sum", "--strict", "-c", MANIFEST]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(": OK") == 4


@given(st.binary(max_size=200))
def test_any_bytes_are_a_manifest_or_a_fault(raw: bytes) -> None:
    """Nothing but the right list passes, and nothing raises."""
    assert list(manifest_faults(raw, {"a": "sha256:00"}))


@pytest.mark.parametrize("path", ["../a", "/etc/passwd", "a/../b", "a//b", "", ".hidden", "a\\b"])
def test_path_that_leads_out_is_refused(path: str) -> None:
    """No words from outside become a path unseen."""
    with pytest.raises(ValueError, match="no path of a file"):
        text(path, "")


@given(st.lists(st.tuples(st.text(), st.text(), st.text()), max_size=5))
def test_pages_are_one_object_a_line(pages: list[tuple[str, str, str]]) -> None:
    """Whatever a page is called, its line is JSON and its id is stable."""
    listed = [ListedPage(url, AT, title, words) for url, title, words in pages]
    head, *lines = map(json.loads, pages_jsonl(listed).decode().splitlines())
    assert head["format"] == "json-pages-1.0"
    assert [each["url"] for each in lines] == [url for url, _, _ in pages]
    assert pages_jsonl(listed) == pages_jsonl(listed)

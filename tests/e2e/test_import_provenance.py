"""Is it kept and told whose word an imported record is, and does nothing of ours rest on it?"""

from __future__ import annotations

import hashlib
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from archiver.warc.members import member
from archiver.warc.reader import records
from tests.e2e.command import Said, archiver
from tests.e2e.conftest import DEMO_CONFIG

FORGED = b"body{background:url(forged)}"


def empty(folder: Path) -> Path:
    """Give an empty archive of somebody else."""
    folder.mkdir()
    (folder / "config.toml").write_text('[archive]\ndata_dir = "data"\n')
    return folder


@pytest.fixture(scope="module", name="package")
def _package(demo: tuple[Path, Said], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A signed package of a thread of the demo."""
    folder, said = demo
    target = tmp_path_factory.mktemp("package")
    made = archiver(folder, "export", said.json["threads"][0]["id"], "--output", str(target))
    assert made.code == 0, made.err
    return next(target.glob("*.wacz"))


def swapped(package: Path, place: Path) -> Path:
    """Give a package with another file in place of a listed one."""
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(place, "w") as new:
        for each in old.infolist():
            body = old.read(each)
            name = each.filename
            new.writestr(name, body.replace(b"{", b"{ ", 1) if name.endswith(".jsonl") else body)
    return place


def brought(folder: Path, *files: Path, code: int = 0) -> dict[str, Any]:
    """Import files; give what was said of the first."""
    said = archiver(folder, "import", *map(str, files), "--json")
    assert said.code == code, said.err
    found: dict[str, Any] = said.json["imported"][0]
    return found


def custody(folder: Path) -> list[dict[str, Any]]:
    """Give the custody log's lines on imports."""
    lines = (folder / "data" / "custody.jsonl").read_text().splitlines()
    return [line for each in lines if (line := json.loads(each))["kind"] == "imported"]


def held(folder: Path, ours: bool) -> bytes:
    """Give all that stands in WARCs of ours, or in those of others, unpacked."""
    warcs = (folder / "data" / "warc").glob("*.warc.gz")
    some = [each for each in warcs if each.name.startswith("import-") is not ours]
    return b"".join(b"".join(each.pieces()) for path in some for each in records(path))


def test_signed_package_comes_in_with_all_that_proves_it(package: Path, tmp_path: Path) -> None:
    """List, signature and custody log stay; log, `show` and rebuild know where it comes from."""
    folder = empty(tmp_path / "other")
    found = brought(folder, package)
    digest = f"sha256:{hashlib.sha256(package.read_bytes()).hexdigest()}"
    origin = found["origin"]
    assert (origin["file"], origin["sha256"], origin["faults"]) == (package.name, digest, [])
    assert origin["signer"].startswith("sha256:")
    assert any("it is signed by the key" in note for note in found["notes"])
    (line,) = custody(folder)
    for name in ("sha256", "signer", "warcs", "records", "kept"):
        assert line[name] == origin[name] and line[name]
    with zipfile.ZipFile(package) as zipped:
        for name in ("datapackage.json", "datapackage-digest.json", "custody/custody.jsonl"):
            assert zipped.read(name) in held(folder, ours=True)
    told = archiver(folder, "show", found["threads"][0])
    assert "not captured by this archive" in told.out and digest in told.out
    shown = archiver(folder, "show", found["threads"][0], "--json").json
    assert [each["sha256"] for each in shown["imported"]] == [digest]
    rebuilt = archiver(folder, "rebuild", "--json")
    assert rebuilt.code == 0 and rebuilt.json["unread"] == []
    assert archiver(folder, "verify").code == 0


def test_package_that_was_altered_is_told(package: Path, tmp_path: Path) -> None:
    """Records that are whole come in; that its list does not fit is said and kept."""
    folder = empty(tmp_path / "other")
    found = brought(folder, swapped(package, tmp_path / "swapped.wacz"))
    assert found["threads"]
    assert any("is listed with sha256:" in note for note in found["notes"])
    assert any("is listed with sha256:" in fault for fault in found["origin"]["faults"])
    assert str(tmp_path) not in json.dumps(found["origin"])
    assert custody(folder)[0]["faults"] > 0


def test_second_time_keeps_nothing_twice(package: Path, tmp_path: Path) -> None:
    """Proofs that come after the bare records are kept, once."""
    folder = empty(tmp_path / "other")
    with zipfile.ZipFile(package) as zipped:
        name = next(each for each in zipped.namelist() if each.startswith("archive/"))
        (tmp_path / "bare.warc.gz").write_bytes(zipped.read(name))
    brought(folder, tmp_path / "bare.warc.gz")
    assert brought(folder, package)["origin"]["kept"]
    assert brought(folder, package)["origin"]["kept"] == []


def test_package_that_unpacks_in_two_ways_is_refused(package: Path, tmp_path: Path) -> None:
    """Nothing of it stays."""
    folder = empty(tmp_path / "other")
    twice = tmp_path / "twice.wacz"
    shutil.copy(package, twice)
    with zipfile.ZipFile(twice, "a") as zipped, pytest.warns(UserWarning):
        zipped.writestr("datapackage.json", b"{}")
    said = archiver(folder, "import", str(twice))
    assert said.code == 2 and "Nothing of it was taken" in said.err
    assert list((folder / "data" / "warc").glob("import-*")) == []


def test_forged_records_are_no_part_of_what_we_captured(
    demo: tuple[Path, Said], tmp_path: Path
) -> None:
    """Neither of the package of a thread of ours nor of what its links led to."""
    there, said = demo
    folder = tmp_path / "ours"
    folder.mkdir()
    (folder / "config.toml").write_text(DEMO_CONFIG)
    shutil.copytree(there / "data", folder / "data")
    forged = tmp_path / "forged.warc.gz"
    forged.write_bytes(b"".join(_forged(folder)))
    before = {each["id"]: _links(folder, each["id"]) for each in said.json["threads"]}
    assert brought(folder, forged)["origin"]["records"] > 1
    assert FORGED in held(folder, ours=False)
    assert {each: _links(folder, each) for each in before} == before
    for number, thread in enumerate(list(before)[:2]):
        target = tmp_path / f"out{number}"
        assert archiver(folder, "export", thread, "--output", str(target)).code == 0
        for package in target.glob("*.wacz"):
            with zipfile.ZipFile(package) as zipped:
                assert not [each for each in zipped.namelist() if "import-" in each]
                for name in zipped.namelist():
                    (tmp_path / "x.warc.gz").write_bytes(zipped.read(name))
                    if name.startswith("archive/"):
                        found = records(tmp_path / "x.warc.gz")
                        assert FORGED not in b"".join(b"".join(r.pieces()) for r in found)


def _links(folder: Path, thread: str) -> list[Any]:
    found: list[Any] = archiver(folder, "show", thread, "--json").json["links"]
    return found


def _forged(folder: Path) -> Any:
    """Write an answer for every address that was captured, dated as ours is."""
    for path in sorted((folder / "data" / "warc").glob("*.warc.gz")):
        for record in records(path):
            if record.type == "response":
                head = b"HTTP/1.1 200 OK\r\nContent-Type: text/css\r\n\r\n" + FORGED
                url, at = record.get("WARC-Target-URI"), record.get("WARC-Date")
                number = hashlib.sha256(f"{path} {record.offset}".encode()).hexdigest()[:32]
                fields = (
                    f"WARC/1.1\r\nWARC-Type: response\r\nWARC-Record-ID: <urn:uuid:{number}>\r\n"
                    f"WARC-Date: {at}\r\nWARC-Target-URI: {url}\r\n"
                    f"Content-Type: application/http; msgtype=response\r\n"
                    f"Content-Length: {len(head)}\r\n\r\n"
                )
                yield member(fields.encode() + head + b"\r\n\r\n")
            record.drain()

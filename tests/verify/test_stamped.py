"""Are the timestamps of a package held against those who are trusted?"""

from __future__ import annotations

import asyncio
import zipfile
from pathlib import Path

import pytest

from archiver.checking.holdings import anchors_of
from archiver.checking.wacz import verify_wacz
from archiver.errors import UsageError
from archiver.evidence.timestamps import ask
from archiver.packages.manifest import MANIFEST, TIMESTAMP
from tests.evidence.loopback import make_authority, recorder, served
from tests.net.recorder import KeptRecords
from tests.verify.good import NOW, parts, sealed, whole, with_manifest, zipped


async def _token(folder: Path, message: bytes) -> bytes:
    async with (
        served(make_authority(folder / "a")) as url,
        recorder(folder, KeptRecords()) as client,
    ):
        return await ask(client, url, message)


@pytest.fixture
def stamped(tmp_path: Path) -> Path:
    """A package whose manifest was stamped by an authority on loopback."""
    (tmp_path / "warc").mkdir()
    files = with_manifest(parts(whole(tmp_path / "warc")))
    files[TIMESTAMP] = asyncio.run(_token(tmp_path, files[MANIFEST]))
    path = tmp_path / "a.wacz"
    path.write_bytes(zipped(sealed(files, tmp_path)))
    return path


def test_trusted_timestamp_is_told(tmp_path: Path, stamped: Path) -> None:
    """With its root given, a trusted authority says since when; without, nobody vouches."""
    anchors = anchors_of([tmp_path / "a" / "root.pem"])
    verdict = verify_wacz(stamped, now=NOW, anchors=anchors)
    assert verdict.faults == ()
    assert any("a trusted authority says that it existed at" in note for note in verdict.notes)
    alone = verify_wacz(stamped, now=NOW)
    assert alone.faults == ()
    assert any("no authority is trusted here" in note for note in alone.notes)


def test_timestamp_of_a_stranger_is_a_fault(tmp_path: Path, stamped: Path) -> None:
    """Another root does not vouch for it."""
    make_authority(tmp_path / "b")
    verdict = verify_wacz(stamped, now=NOW, anchors=anchors_of([tmp_path / "b" / "root.pem"]))
    assert any("no trusted authority made it" in each for each in verdict.faults)


def test_timestamp_of_another_package_is_a_fault(tmp_path: Path, stamped: Path) -> None:
    """A package with one file more has another manifest than the one that was stamped."""
    with zipfile.ZipFile(stamped) as file:
        token = file.read(TIMESTAMP)
        held = {name: file.read(name) for name in file.namelist() if "/" in name}
    files = with_manifest({**held, "thread/more.json": b"{}"})
    stamped.write_bytes(zipped(sealed({**files, TIMESTAMP: token}, tmp_path)))
    verdict = verify_wacz(stamped, now=NOW)
    assert any("it is a timestamp of something else" in each for each in verdict.faults)


def test_anchor_that_is_none_is_wrong_use(tmp_path: Path) -> None:
    """A file without certificate, and none at all."""
    (tmp_path / "x.pem").write_bytes(b"x")
    for name, words in (("x.pem", "holds no certificate"), ("gone.pem", "cannot be read")):
        with pytest.raises(UsageError, match=words):
            anchors_of([tmp_path / name])

"""Are the timestamps of a package held against those who are trusted?"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

from archiver.checking.holdings import anchors_of
from archiver.checking.wacz import verify_wacz
from archiver.errors import UsageError
from archiver.evidence.domain import load_identity
from archiver.evidence.signing import sign_for_domain
from archiver.evidence.timestamps import ask, completed, stamped_at
from archiver.packages.manifest import MANIFEST, TIMESTAMP
from archiver.warc.verify import FileVerdict
from tests.evidence.loopback import make_authority, recorder, served
from tests.evidence.test_timestamps import make_domain
from tests.net.recorder import KeptRecords
from tests.verify.good import (
    DATAPACKAGE,
    DIGEST,
    NOW,
    listed,
    parts,
    sealed,
    sha256,
    whole,
    with_manifest,
    zipped,
)


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


@pytest.mark.parametrize("forged", ["its date", "its signature"])
def test_forged_timestamp_is_a_fault_without_an_anchor(
    tmp_path: Path, stamped: Path, forged: str
) -> None:
    """Whom to trust is asked only of a timestamp that is whole."""
    with zipfile.ZipFile(stamped) as file:
        files = {name: file.read(name) for name in file.namelist()}
    token = files[TIMESTAMP]
    if forged == "its date":
        day = stamped_at(token).strftime("%Y%m%d").encode()
        files[TIMESTAMP] = token.replace(day, b"20190124")
    else:
        files[TIMESTAMP] = token[:-5] + bytes([token[-5] ^ 1]) + token[-4:]
    for name in (DATAPACKAGE, DIGEST):
        del files[name]
    stamped.write_bytes(zipped(sealed(files, tmp_path)))
    words = "what it says was changed|is not by the certificate"
    faults = [each for each in verify_wacz(stamped, now=NOW).faults if TIMESTAMP in each]
    assert any(word in each for word in words.split("|") for each in faults), faults


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


@dataclass(frozen=True)
class OfDomain:
    """Files of a package that a domain signed, and the roots of its web and of its time."""

    files: dict[str, bytes]
    web: Path
    time: Path

    def judged(self, folder: Path, *anchors: Path) -> FileVerdict:
        """Write and check it."""
        path = folder / "d.wacz"
        path.write_bytes(zipped(self.files))
        return verify_wacz(path, now=dt.datetime.now(dt.UTC), anchors=anchors_of(anchors))

    def changed(self, **fields: str) -> OfDomain:
        """Change what stands beside the signature."""
        said = json.loads(self.files[DIGEST])
        said["signedData"].update(fields)
        return dataclasses.replace(self, files={**self.files, DIGEST: json.dumps(said).encode()})


@pytest.fixture(scope="module")
def of_domain(tmp_path_factory: pytest.TempPathFactory) -> OfDomain:
    """A package signed for a domain whose root is another than that of the timestamps."""
    folder = tmp_path_factory.mktemp("domain")
    for name in ("warc", "web"):
        (folder / name).mkdir()
    make_authority(folder / "web" / "a")
    identity = load_identity(*make_domain(folder / "web"))
    files = with_manifest(parts(whole(folder / "warc")))
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)

    async def signed() -> dict[str, bytes]:
        async with (
            served(make_authority(folder / "a")) as url,
            recorder(folder, KeptRecords()) as client,
        ):
            files[TIMESTAMP] = await ask(client, url, files[MANIFEST])
            said = {**listed(files), "created": now.isoformat(), "modified": now.isoformat()}
            raw = json.dumps(said).encode()
            begun = sign_for_domain(
                sha256(raw), identity, created=now, software="thread-archiver/0"
            )
            data = await completed(begun, client, url)
        digest = {"path": DATAPACKAGE, "hash": sha256(raw), "signedData": data}
        return {**files, DATAPACKAGE: raw, DIGEST: json.dumps(digest).encode()}

    made = asyncio.run(signed())
    return OfDomain(made, folder / "web" / "a" / "root.pem", folder / "a" / "root.pem")


def test_each_anchor_is_asked_of_its_own_chain(tmp_path: Path, of_domain: OfDomain) -> None:
    """Who gives the root of the time has said nothing of domains, and the other way round."""
    for anchors in ((), (of_domain.web,), (of_domain.time,), (of_domain.web, of_domain.time)):
        verdict = of_domain.judged(tmp_path, *anchors)
        assert verdict.faults == (), anchors
        said = " ".join(verdict.notes)
        assert ("nobody vouches for the domain" in said) == (of_domain.web not in anchors)
        assert ("no authority is trusted here" in said) == (of_domain.time not in anchors)


def test_anchor_of_strangers_is_asked_of_both(tmp_path: Path, of_domain: OfDomain) -> None:
    """It leads neither chain, so both are without one."""
    make_authority(tmp_path / "b")
    found = " ".join(of_domain.judged(tmp_path, tmp_path / "b" / "root.pem").faults)
    assert "leads to no trust anchor" in found
    assert "no trusted authority made it" in found


def test_certificates_beside_a_signature_are_read(tmp_path: Path, of_domain: OfDomain) -> None:
    """timestampCert made the timestamp; crossSignedCert is of the same key and domain."""
    held = json.loads(of_domain.files[DIGEST])["signedData"]
    web, time = of_domain.web.read_text(), held["timestampCert"]
    for fields, words in (
        ({"timestampCert": "rubbish"}, "timestampCert is no chain"),
        ({"timestampCert": web}, "timestampCert is not the certificate that made"),
        ({"crossSignedCert": "rubbish"}, "crossSignedCert is no chain"),
        ({"crossSignedCert": time}, "crossSignedCert is of another key"),
        ({"domainCert": "rubbish"}, "domainCert is no chain|cannot be read"),
        ({"timeSignature": "rubbish"}, "cannot be read"),
    ):
        found = " ".join(of_domain.changed(**fields).judged(tmp_path).faults)
        assert any(word in found for word in words.split("|")), (words, found)
    assert of_domain.changed(crossSignedCert=held["domainCert"]).judged(tmp_path).faults == ()


def test_anchor_that_is_none_is_wrong_use(tmp_path: Path) -> None:
    """A file without certificate, and none at all."""
    (tmp_path / "x.pem").write_bytes(b"x")
    for name, words in (("x.pem", "holds no certificate"), ("gone.pem", "cannot be read")):
        with pytest.raises(UsageError, match=words):
            anchors_of([tmp_path / name])

"""Does the README of a package say what is so in it, and do its recipes work by hand?"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from archiver.evidence.domain import load_identity
from archiver.evidence.keys import signing_key
from archiver.evidence.signing import sign, sign_for_domain
from archiver.packages import bag, wacz
from archiver.packages.parts import text
from archiver.packages.readme import Kind, readme
from tests.evidence.loopback import make_authority
from tests.evidence.test_timestamps import make_domain

AT = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)


def written(kind: Kind, *, custody: bool = True) -> str:
    """The README of a package of a kind."""
    return readme(
        title="A thread {0} of braces",
        thread="1",
        url="https://a.example/1",
        created="2026-11-24T09:30:00Z",
        software="test/1",
        notices=("This thread is withheld from readers",),
        kind=kind,
        custody=custody,
    )


@pytest.mark.parametrize("kind", Kind)
def test_says_no_more_than_is_so(kind: Kind) -> None:
    """Only a signed package speaks of a signature to be checked, and none of a proof of truth."""
    said = " ".join(written(kind).split())
    assert ("openssl dgst" in said) == (kind is Kind.SIGNED)
    assert ("neither signed nor stamped" in said) == (kind is Kind.BAG)
    assert ("is not signed" in said) == (kind is Kind.UNSIGNED)
    assert "since they were signed and stamped" not in said
    assert "all that is what the archive says" in said
    assert "NOTE: This thread is withheld from readers" in said
    assert "custody.jsonl" not in written(kind, custody=False)


@pytest.mark.parametrize("kind", Kind)
def test_is_plain_text_that_fits_a_page(kind: Kind) -> None:
    """No line is wider than an A4 page of typewritten text."""
    lines = written(kind).splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[0] == "A thread {0} of braces"


def recipe(said: str) -> str:
    """Cut the lines out that a stranger saves as signed.py."""
    return said.split("as they stand:\n\n")[1].split("\n\n  and run:")[0] + "\n"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A signed package, unpacked, with the recipe of its README beside it."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not on this machine")
    about = wacz.About("t", "d", AT, "test/1", "https://a.example/1", AT)
    key = signing_key(tmp_path)
    file = io.BytesIO()
    parts = [text("about/README.txt", written(Kind.SIGNED)), text("thread/thread.json", "{}")]
    wacz.write(file, parts, about, lambda digest: sign(digest, key, created=AT, software="test/1"))
    folder = tmp_path / "package"
    with zipfile.ZipFile(file) as held:
        held.extractall(folder)
    (folder / "signed.py").write_text(recipe((folder / "about/README.txt").read_text()))
    (folder / "wanted").write_text(key.fingerprint.removeprefix("sha256:"))
    return folder


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the package."""
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)


def openssl_says(folder: Path) -> str:
    """Do what the README says: its script, then openssl."""
    made = run(folder, sys.executable, "signed.py")
    if made.returncode != 0:
        return made.stderr
    words = "openssl pkey -pubin -inform DER -in key.der -out key.pem"
    run(folder, *words.split())
    words = "openssl dgst -sha256 -verify key.pem -signature signature.der signed.txt"
    told = run(folder, *words.split())
    return told.stdout + told.stderr


def test_openssl_accepts_the_signature_by_the_recipe(package: Path) -> None:
    """The key that it was made with has the fingerprint that the archive prints."""
    assert "Verified OK" in openssl_says(package)
    key = (package / "key.der").read_bytes()
    assert hashlib.sha256(key).hexdigest() == (package / "wanted").read_text()


def test_openssl_accepts_the_signature_of_a_domain(package: Path, tmp_path: Path) -> None:
    """The key is that of the certificate then, and the signature is DER already."""
    make_authority(tmp_path / "a")
    identity = load_identity(*make_domain(tmp_path))
    proof = package / "datapackage-digest.json"
    told = json.loads(proof.read_text())
    signed = sign_for_domain(told["hash"], identity, created=AT, software="test/1")
    proof.write_text(json.dumps({**told, "signedData": signed}))
    assert run(package, sys.executable, "signed.py").returncode == 0
    words = "openssl x509 -in cert.pem -pubkey -noout"
    (package / "key.pem").write_text(run(package, *words.split()).stdout)
    words = "openssl dgst -sha256 -verify key.pem -signature signature.der signed.txt"
    assert "Verified OK" in run(package, *words.split()).stdout


def test_recipe_finds_a_changed_list_and_a_changed_signature(package: Path) -> None:
    """A stranger sees at which step it fails."""
    proof = package / "datapackage-digest.json"
    good = proof.read_text()
    listed = hashlib.sha256((package / "datapackage.json").read_bytes()).hexdigest()
    proof.write_text(good.replace(listed, "0" * 64))
    assert "datapackage.json was changed" in openssl_says(package)
    at = good.index('"signature": "') + 30
    other = "B" if good[at] == "A" else "A"
    proof.write_text(good[:at] + other + good[at + 1 :])
    assert "Verified OK" not in openssl_says(package)


def test_sha256sum_finds_a_swapped_file(package: Path) -> None:
    """The list that is stamped is one that other people's tool reads."""
    assert run(package, "sha256sum", "-c", "proofs/manifest-sha256.txt").returncode == 0
    (package / "thread/thread.json").write_text("{ }")
    told = run(package, "sha256sum", "-c", "proofs/manifest-sha256.txt")
    assert "thread/thread.json: FAILED" in told.stdout


def test_sha256sum_reads_the_manifest_of_a_bag(tmp_path: Path) -> None:
    """The command that the README of a bag names says OK for each file."""
    about = bag.BagAbout("t", "d", "x:1", "c", "https://a.example/1", "en", AT, "test/1")
    bag.write(tmp_path, [text("about/README.txt", written(Kind.BAG))], about, ())
    words = "sha256sum -c manifest-sha256.txt"
    assert words in (tmp_path / "data/about/README.txt").read_text()
    assert run(tmp_path, *words.split()).stdout == "data/about/README.txt: OK\n"

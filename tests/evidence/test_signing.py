"""Is a signature one that others take, and is a bad one told?"""

from __future__ import annotations

import base64
import datetime as dt
import shutil
import stat
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import utils

from archiver.core.times import with_millis
from archiver.errors import StoreError
from archiver.evidence.keys import key_path, signing_key
from archiver.evidence.signing import sign, signature_faults

NOW = dt.datetime(2026, 11, 24, 12, 0, 0, 5000, tzinfo=dt.UTC)
DIGEST = "sha256:" + "ab" * 32


@pytest.fixture
def signed(tmp_path: Path) -> dict[str, str]:
    """Give a good signature."""
    return sign(DIGEST, signing_key(tmp_path), created=NOW, software="archiver/1")


def test_key_is_made_once_and_for_its_owner(tmp_path: Path) -> None:
    """Many who ask at once get one key, which only its owner can read."""
    with ThreadPoolExecutor(8) as pool:
        found = {each.public for each in pool.map(lambda _: signing_key(tmp_path), range(8))}
    assert len(found) == 1
    assert stat.S_IMODE(key_path(tmp_path).stat().st_mode) == 0o600
    assert [each.name for each in (tmp_path / "keys").iterdir()] == ["signing.pem"]


@pytest.mark.parametrize("held", [b"", b"nonsense", b"-----BEGIN PRIVATE KEY-----\n"])
def test_broken_key_is_never_replaced(tmp_path: Path, held: bytes) -> None:
    """A key that cannot be read is an error, not a reason for a new one."""
    signing_key(tmp_path)
    key_path(tmp_path).write_bytes(held)
    with pytest.raises(StoreError, match="holds no"):
        signing_key(tmp_path)
    assert key_path(tmp_path).read_bytes() == held


def test_signature_has_the_fields_of_the_standard(signed: dict[str, str]) -> None:
    """No more and no less than an anonymous signature has."""
    assert sorted(signed) == [
        "created", "hash", "publicKey", "signature", "software", "version",
    ]  # fmt: skip
    assert signed["created"] == with_millis(NOW) == "2026-11-24T12:00:00.005Z"
    assert signature_faults(signed, DIGEST) == ()


def test_signature_is_what_browsers_read(signed: dict[str, str]) -> None:
    """WebCrypto, so ReplayWeb.page, wants r and s side by side: 96 bytes on P-384."""
    assert len(base64.b64decode(signed["signature"])) == 96


def test_openssl_agrees(tmp_path: Path, signed: dict[str, str]) -> None:
    """Somebody with openssl alone comes to the same."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not on this machine")
    given = base64.b64decode(signed["signature"])
    der = utils.encode_dss_signature(
        int.from_bytes(given[:48], "big"), int.from_bytes(given[48:], "big")
    )
    (tmp_path / "sig").write_bytes(der)
    (tmp_path / "key").write_bytes(base64.b64decode(signed["publicKey"]))
    (tmp_path / "hash").write_text(DIGEST)
    words = ["dgst", "-sha256", "-verify", "key", "-keyform", "DER", "-signature", "sig", "hash"]
    told = subprocess.run(["openssl", *words], cwd=tmp_path, capture_output=True, check=False)
    assert told.stdout == b"Verified OK\n"


def test_node_agrees(tmp_path: Path, signed: dict[str, str]) -> None:
    """WebCrypto itself says that the signature holds."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not on this machine")
    script = """
    const s = JSON.parse(process.argv[1]), b = (x) => Buffer.from(x, "base64");
    const p = {name: "ECDSA", namedCurve: "P-384"}, w = crypto.subtle;
    w.importKey("spki", b(s.publicKey), p, true, ["verify"]).then((k) => w.verify(
      {name: "ECDSA", hash: "SHA-256"}, k, b(s.signature), new TextEncoder().encode(s.hash)
    )).then((good) => console.log(good));
    """
    import json

    told = subprocess.run(
        [node, "-e", script, json.dumps(signed)], capture_output=True, check=False, timeout=60
    )
    assert told.stdout == b"true\n", told.stderr


def test_der_signatures_are_read_too(signed: dict[str, str]) -> None:
    """authsign writes DER; it says the same."""
    given = base64.b64decode(signed["signature"])
    der = utils.encode_dss_signature(
        int.from_bytes(given[:48], "big"), int.from_bytes(given[48:], "big")
    )
    again = signed | {"signature": base64.b64encode(der).decode()}
    assert signature_faults(again, DIGEST) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"hash": "sha256:" + "00" * 32},
        {"signature": "AAAA"},
        {"signature": "?"},
        {"signature": ""},
        {"signature": 7},
        {"publicKey": "AAAA"},
        {"publicKey": "é"},
        {"created": "yesterday"},
        {"extra": "x"},
        {"domain": "example.org"},
        {"software": "x" * 300_000},
        {"version": None},
    ],
)
def test_bad_signature_is_told(signed: dict[str, str], change: dict[str, object]) -> None:
    """Whatever was changed, it is not a good signature of this digest."""
    assert signature_faults({**signed, **change}, DIGEST)


def test_signature_of_another_key_is_told(signed: dict[str, str], tmp_path: Path) -> None:
    """A public key that was exchanged does not fit the signature."""
    other = signing_key(tmp_path / "other").public
    assert "this key" in signature_faults(signed | {"publicKey": other}, DIGEST)[0]


def test_signature_of_another_digest_is_told(signed: dict[str, str]) -> None:
    """Re-used for another list, with the hash put right, it does not hold."""
    other = "sha256:" + "cd" * 32
    assert signature_faults(signed | {"hash": other}, other)
    assert signature_faults({}, other)

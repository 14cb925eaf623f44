"""Is a timestamp asked for as RFC 3161 says, and is one that proves nothing told?"""

from __future__ import annotations

import base64
import datetime as dt
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.errors import ConfigError, FetchError
from archiver.evidence.cms import in_order, signature_fault
from archiver.evidence.domain import anchors_of, chain_faults, chain_of, load_identity
from archiver.evidence.signing import sign_for_domain, signature_faults
from archiver.evidence.timestamps import ask, chain_pem, completed, stamped_at, token_faults
from tests.evidence.loopback import make_authority, openssl, recorder, served
from tests.net.recorder import KeptRecords

MESSAGE = b'{"path": "datapackage.json"}'
DIGEST = "sha256:" + "ab" * 32


@pytest.fixture
async def token(tmp_path: Path) -> bytes:
    """Give a timestamp of the message."""
    async with (
        served(make_authority(tmp_path / "a")) as url,
        recorder(tmp_path, KeptRecords()) as client,
    ):
        return await ask(client, url, MESSAGE)


async def test_authority_is_asked_and_recorded(tmp_path: Path) -> None:
    """The question is a POST with its media type, and stands in the record."""
    records = KeptRecords()
    async with served(make_authority(tmp_path / "a")) as url, recorder(tmp_path, records) as client:
        token = await ask(client, url, MESSAGE)
    assert b"content-type: application/timestamp-query" in records.only.raw.request.lower()
    assert token in records.only.body
    assert abs(stamped_at(token) - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)


async def test_good_timestamp_has_no_faults(tmp_path: Path, token: bytes) -> None:
    """With its root trusted, and openssl says the same."""
    assert token_faults(token, MESSAGE, anchors_of([tmp_path / "a" / "root.pem"])) == ()
    (tmp_path / "m").write_bytes(MESSAGE)
    (tmp_path / "t").write_bytes(token)
    told = openssl(tmp_path, "ts", "-verify", "-data", "m", "-in", "t", "-CAfile", "a/root.pem")
    assert b"Verification: OK" in told


async def test_bad_timestamps_are_told(tmp_path: Path, token: bytes) -> None:
    """Of something else, by somebody else, by nobody who is trusted, changed, or none at all."""
    roots = anchors_of([tmp_path / "a" / "root.pem"])
    assert "something else" in token_faults(token, b"other", roots)[0]
    assert "no trust anchor" in token_faults(token, MESSAGE, ())[0]
    make_authority(tmp_path / "b")
    assert token_faults(token, MESSAGE, anchors_of([tmp_path / "b" / "root.pem"]))
    for at in range(0, len(token), 40):
        assert token_faults(token[:at], MESSAGE, roots)
    flipped = bytearray(token)
    flipped[-5] ^= 1  # in the signature
    assert token_faults(bytes(flipped), MESSAGE, roots)


async def test_timestamp_with_its_chain_is_read(tmp_path: Path) -> None:
    """An authority that sends its root too, the signer first as openssl does, is believed."""
    authority = make_authority(tmp_path / "a", with_chain=True)
    async with served(authority) as url, recorder(tmp_path, KeptRecords()) as client:
        token = await ask(client, url, MESSAGE)
    assert token_faults(token, MESSAGE, anchors_of([tmp_path / "a" / "root.pem"])) == ()
    names = [
        each.subject.rfc4514_string()
        for each in x509.load_pem_x509_certificates(chain_pem(token).encode())
    ]
    assert names == ["CN=Clock", "CN=Root of time"]
    flipped = bytearray(token)
    flipped[-5] ^= 1
    assert "is not by the certificate" in token_faults(bytes(flipped), MESSAGE, ())[0]


async def test_forged_timestamp_is_told_without_an_anchor(token: bytes) -> None:
    """Another time, another signature: for that nobody need be trusted."""
    day = stamped_at(token).strftime("%Y%m%d").encode()
    changed = token.replace(day, b"20190124")
    assert "what it says was changed" in token_faults(changed, MESSAGE, ())[0]
    flipped = bytearray(token)
    flipped[-5] ^= 1
    assert "is not by the certificate" in token_faults(bytes(flipped), MESSAGE, ())[0]


@pytest.mark.filterwarnings("ignore")  # the library's own about odd certificates
@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
async def test_no_flipped_bit_stops_the_check(token: bytes, place: int, bit: int) -> None:
    """Whatever was flipped, an answer comes, and never that all is well."""
    flipped = bytearray(token)
    flipped[place % len(token)] ^= 1 << bit
    assert token_faults(bytes(flipped), MESSAGE, ())
    assert in_order(in_order(bytes(flipped))) == in_order(bytes(flipped))


@given(st.binary(max_size=200))
def test_no_bytes_stop_the_reading(raw: bytes) -> None:
    """What is no timestamp stays what it is."""
    assert signature_fault(raw, dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    assert token_faults(raw, MESSAGE, ())


def test_signatures_by_rsa_hold(tmp_path: Path) -> None:
    """Most authorities sign with RSA."""
    answer = make_authority(tmp_path / "a")
    folder = tmp_path / "a"
    openssl(
        folder, "req", "-newkey", "rsa:2048", "-nodes", "-config", "c", "-keyout", "tsa.key",
        "-out", "tsa.csr", "-subj", "/CN=Clock",
    )  # fmt: skip
    openssl(
        folder, "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key",
        "-CAcreateserial", "-out", "tsa.pem", "-days", "20", "-extfile", "c", "-extensions", "eku",
    )  # fmt: skip
    (folder / "m").write_bytes(MESSAGE)
    asked = openssl(folder, "ts", "-query", "-data", "m", "-sha256", "-cert")
    _, token = answer("", asked)
    assert token_faults(token, MESSAGE, anchors_of([folder / "root.pem"])) == ()


async def test_timestamp_granted_with_changes_is_one(tmp_path: Path, token: bytes) -> None:
    """Status 1 comes with a token, as openssl knows; status 2 is a refusal."""
    roots = anchors_of([tmp_path / "a" / "root.pem"])
    status = token.index(b"\x30\x03\x02\x01\x00") + 4
    changed, refused = (token[:status] + bytes([n]) + token[status + 1 :] for n in (1, 2))
    assert token_faults(changed, MESSAGE, roots) == ()
    assert "refused with status 2" in token_faults(refused, MESSAGE, roots)[0]
    (tmp_path / "m").write_bytes(MESSAGE)
    (tmp_path / "t").write_bytes(changed)
    words = ("ts", "-verify", "-data", "m", "-in", "t", "-CAfile", "a/root.pem")
    assert b"Verification: OK" in openssl(tmp_path, *words)


@pytest.mark.parametrize(
    ("status", "body"),
    [("500 No", b""), ("200 OK", b"hello"), ("200 OK", b""), ("404 Not Found", b"x")],
)
async def test_answer_that_is_none_is_one_sentence(
    tmp_path: Path, status: str, body: bytes
) -> None:
    """An authority that fails is named."""
    async with (
        served(lambda path, asked: (status, body)) as url,
        recorder(tmp_path, KeptRecords()) as client,
    ):
        with pytest.raises(FetchError, match=r"127\.0\.0\.1"):
            await ask(client, url, MESSAGE)


async def test_answer_to_another_question_is_refused(tmp_path: Path, token: bytes) -> None:
    """An old answer, played again, has another nonce."""
    async with (
        served(lambda path, asked: ("200 OK", token)) as url,
        recorder(tmp_path, KeptRecords()) as client,
    ):
        with pytest.raises(FetchError, match="nonce"):
            await ask(client, url, MESSAGE)


def make_domain(folder: Path, name: str = "archive.example") -> tuple[Path, Path]:
    """Make a domain's certificate, issued by the root in `a`."""
    root = folder / "a"
    (root / "san").write_text(f"subjectAltName=DNS:{name}\n")
    openssl(
        root, "req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config",
        "c", "-keyout", "d.key", "-out", "d.csr", "-subj", f"/CN={name}",
    )  # fmt: skip
    openssl(
        root, "x509", "-req", "-in", "d.csr", "-CA", "root.pem", "-CAkey", "root.key",
        "-CAcreateserial", "-out", "d.pem", "-days", "20", "-extfile", "san",
    )  # fmt: skip
    return root / "d.pem", root / "d.key"


async def test_domain_signs_with_a_timestamp(tmp_path: Path) -> None:
    """All fields of wacz-auth are there, and each holds."""
    async with served(make_authority(tmp_path / "a")) as url:
        identity = load_identity(*make_domain(tmp_path))
        now = dt.datetime.now(dt.UTC).replace(microsecond=0)
        begun = sign_for_domain(DIGEST, identity, created=now, software="archiver/1")
        async with recorder(tmp_path, KeptRecords()) as client:
            signed = await completed(begun, client, url)
    assert sorted(signed) == [
        "created", "domain", "domainCert", "hash", "signature", "software", "timeSignature",
        "timestampCert", "version",
    ]  # fmt: skip
    assert signed["domain"] == "archive.example"
    assert signature_faults(signed, DIGEST) == ()
    roots = anchors_of([tmp_path / "a" / "root.pem"])
    token = base64.b64decode(signed["timeSignature"])
    assert token_faults(token, signed["signature"].encode(), roots) == ()
    assert chain_faults(chain_of(signed["domainCert"]), roots, now) == ()
    clock = x509.load_pem_x509_certificates(signed["timestampCert"].encode())[0]
    assert clock.subject.rfc4514_string() == "CN=Clock"
    other = {**signed, "domain": "elsewhere.example"}
    assert "archive.example" in signature_faults(other, DIGEST)[0]


async def test_chains_that_end_nowhere_are_told(tmp_path: Path) -> None:
    """Another root, another time, another issuer."""
    make_authority(tmp_path / "a")
    cert, key = make_domain(tmp_path)
    make_authority(tmp_path / "b")
    chain = chain_of(cert.read_text())
    now = dt.datetime.now(dt.UTC)
    good, other = (anchors_of([tmp_path / each / "root.pem"]) for each in "ab")
    assert "no trust anchor" in chain_faults(chain, other, now)[0]
    assert "not valid" in chain_faults(chain, good, now + dt.timedelta(days=400))[0]
    assert chain_faults((*chain, *other), good, now) == (), "what leads nowhere is in nobody's way"
    openssl(tmp_path, "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "k")
    with pytest.raises(ConfigError, match="is not the certificate"):
        load_identity(cert, tmp_path / "k")
    assert isinstance(load_identity(cert, key).private, ec.EllipticCurvePrivateKey)
    with pytest.raises(ConfigError, match="domain_cert"):
        load_identity(tmp_path / "gone", key)

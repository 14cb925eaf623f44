"""Do servers in secure mode find our signatures right, and is the key kept well?"""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import hashlib
import re
import stat
import threading
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from archiver.config import parse
from archiver.credentials import public_key, signers
from archiver.errors import StoreError
from archiver.models import FetchRequest
from archiver.net.keys import own_key, public_pem
from archiver.net.signing import Signer

NOW = dt.datetime(2026, 11, 24, 8, 5, 9, tzinfo=dt.UTC)
KEY_ID = "https://archive.example/actor#main-key"


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> rsa.RSAPrivateKey:
    """A key, made as the product makes it."""
    return own_key(tmp_path_factory.mktemp("keys") / "activitypub.pem")


def signed(
    key: rsa.RSAPrivateKey, request: FetchRequest, *, with_query: bool = True
) -> dict[str, str]:
    """Give the headers that are added to a request."""
    signer = Signer(key, KEY_ID, with_query=with_query)
    return dict(asyncio.run(signer.headers(request, NOW)))


def check(key: rsa.RSAPrivateKey, headers: dict[str, str], text: str) -> None:
    """Check the signature over a text; raises InvalidSignature."""
    parts = dict(re.findall(r'(\w+)="([^"]*)"', headers["Signature"]))
    assert parts["keyId"] == KEY_ID
    assert parts["algorithm"] == "rsa-sha256"
    key.public_key().verify(
        base64.b64decode(parts["signature"]), text.encode(), padding.PKCS1v15(), hashes.SHA256()
    )


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        ("https://a.example/users/ann", "a.example", "/users/ann"),
        ("https://A.example:443/users/ann#main", "a.example", "/users/ann"),
        ("http://a.example:8080/x?page=true", "a.example:8080", "/x?page=true"),
        ("https://a.example", "a.example", "/"),
        ("https://bücher.example/é", "xn--bcher-kva.example", "/%C3%A9"),
    ],
)
def test_what_goes_out_is_signed(key: rsa.RSAPrivateKey, url: str, host: str, target: str) -> None:
    """Request line and Host are signed as they are sent."""
    headers = signed(key, FetchRequest(url))
    assert headers["Date"] == "Tue, 24 Nov 2026 08:05:09 GMT"
    assert 'headers="(request-target) host date"' in headers["Signature"]
    check(key, headers, f"(request-target): get {target}\nhost: {host}\ndate: {headers['Date']}")


def test_query_is_left_out_for_servers_that_do_not_sign_it(key: rsa.RSAPrivateKey) -> None:
    """The path alone is signed, whatever is asked."""
    headers = signed(key, FetchRequest("https://a.example/x?page=true"), with_query=False)
    date = headers["Date"]
    check(key, headers, f"(request-target): get /x\nhost: a.example\ndate: {date}")
    with pytest.raises(InvalidSignature):
        check(key, headers, f"(request-target): get /x?page=true\nhost: a.example\ndate: {date}")


def test_body_is_signed_by_its_digest(key: rsa.RSAPrivateKey) -> None:
    """A request with a body has a Digest header, which is signed."""
    headers = signed(key, FetchRequest("https://a.example/inbox", method="POST", body=b"{}"))
    digest = "SHA-256=" + base64.b64encode(hashlib.sha256(b"{}").digest()).decode()
    assert headers["Digest"] == digest
    text = f"(request-target): post /inbox\nhost: a.example\ndate: {headers['Date']}"
    check(key, headers, f"{text}\ndigest: {digest}")


def test_key_is_made_once_and_readable_for_its_owner_only(tmp_path: Path) -> None:
    """The second use gives the same key; nothing else lies in the folder."""
    path = tmp_path / "keys" / "activitypub.pem"
    first, second = own_key(path), own_key(path)
    assert public_pem(first) == public_pem(second)
    assert public_pem(first).startswith("-----BEGIN PUBLIC KEY-----\n")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["activitypub.pem"]
    assert first.key_size == 2048


def test_processes_that_make_the_key_together_get_the_same(tmp_path: Path) -> None:
    """Whoever comes second takes what is there."""
    path = tmp_path / "keys" / "activitypub.pem"
    made: list[str] = []
    workers = [
        threading.Thread(target=lambda: made.append(public_pem(own_key(path)))) for _ in range(4)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(made) == 4
    assert len(set(made)) == 1


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\nAAAA\n"])
def test_damaged_key_is_a_clear_error(tmp_path: Path, content: bytes) -> None:
    """It is never replaced: others know us by it."""
    path = tmp_path / "activitypub.pem"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="holds no RSA key"):
        own_key(path)
    assert path.read_bytes() == content


def test_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    """Only RSA is signed with."""
    path = tmp_path / "activitypub.pem"
    other = ec.generate_private_key(ec.SECP256R1())
    path.write_bytes(
        other.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    with pytest.raises(StoreError, match="RSA key of 2048 bits"):
        own_key(path)


def test_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    """The sentence names the file."""
    (tmp_path / "keys").write_text("a file")
    with pytest.raises(StoreError, match=r"activitypub\.pem: the key cannot be read or made"):
        own_key(tmp_path / "keys" / "activitypub.pem")


def test_nothing_is_signed_unless_it_is_set(tmp_path: Path) -> None:
    """Then no key is made either."""
    settings = parse({"archive": {"data_dir": str(tmp_path)}})
    assert signers(settings) == {}
    assert public_key(settings) == ""
    assert not list(tmp_path.iterdir())


def test_archive_signs_with_its_own_key(tmp_path: Path) -> None:
    """With and without the query, in the name of the actor at publish.base_url."""
    settings = parse(
        {
            "archive": {"data_dir": str(tmp_path)},
            "publish": {"base_url": "https://archive.example/x/"},
            "platforms": {"activitypub": {"signed": True}},
        }
    )
    found = signers(settings)
    assert set(found) == {"activitypub", "activitypub-path"}
    headers = dict(
        asyncio.run(found["activitypub"].headers(FetchRequest("https://a.example/1"), NOW))
    )
    assert 'keyId="https://archive.example/x/actor#main-key"' in headers["Signature"]
    assert public_key(settings) == public_pem(own_key(tmp_path / "keys" / "activitypub.pem"))

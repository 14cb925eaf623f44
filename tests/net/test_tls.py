"""What is recorded of TLS, and whom we do not trust."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path

import pytest
import trustme

from archiver.errors import ConfigError
from archiver.models import FetchRequest, Outcome
from archiver.net import tls
from tests.net.conftest import MakeClient
from tests.net.recorder import KeptRecords
from tests.net.serving import OddServer, answer


@pytest.fixture(scope="module")
def root() -> trustme.CA:
    """An authority made for these tests."""
    return trustme.CA()


@pytest.fixture
def ca_file(root: trustme.CA, tmp_path: Path) -> str:
    """The file that network.ca_file names."""
    path = tmp_path / "ca.pem"
    root.cert_pem.write_to_path(str(path))
    return str(path)


def context(authority: trustme.CA, *names: str) -> ssl.SSLContext:
    """Make a server's context with a certificate for names."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(made)
    return made


async def test_record_is_the_plain_text_and_says_what_was_agreed(
    make_client: MakeClient, records: KeptRecords, root: trustme.CA, ca_file: str
) -> None:
    """Bytes inside TLS as sent; version, cipher and the chain, leaf first, from the same socket."""
    below = root.create_child_ca()
    sent = answer(b"<p>private")
    async with OddServer({"/": [sent]}, context(below, "127.0.0.1")) as server:
        client = make_client(server, ca_file=ca_file)
        got = await client.fetch(FetchRequest(server.url("/")))
        await client.fetch(FetchRequest(server.url("/")))
    assert (got.outcome, got.body) == (Outcome.OK, b"<p>private")
    assert [kept.response for kept in records.kept] == [sent, sent]
    assert records.kept[0].raw.request == server.asked[0]
    facts = records.kept[0].raw.tls
    assert facts is not None
    assert facts.version.startswith("TLSv1.")
    assert facts.cipher
    assert len(facts.chain) == 2
    assert facts.chain[1] == ssl.PEM_cert_to_DER_cert(below.cert_pem.bytes().decode())
    assert records.kept[1].raw.tls == facts


async def test_unknown_authority_is_a_tls_error(
    make_client: MakeClient, records: KeptRecords
) -> None:
    """A certificate that nobody vouches for is not accepted; the sentence says so."""
    async with OddServer({"/": [answer(b"x")]}, context(trustme.CA(), "127.0.0.1")) as server:
        got = await make_client(server).fetch(FetchRequest(server.url("/")))
    assert (got.outcome, got.status, records.kept) == (Outcome.TLS_ERROR, None, [])
    assert f"127.0.0.1:{server.port}: its certificate is not valid" in got.error
    assert server.asked == []


async def test_certificate_for_another_name_is_a_tls_error(
    make_client: MakeClient, root: trustme.CA, ca_file: str
) -> None:
    """The name in the URL is what counts."""
    async with OddServer({"/": [answer(b"x")]}, context(root, "other.example")) as server:
        got = await make_client(server, ca_file=ca_file).fetch(FetchRequest(server.url("/")))
    assert got.outcome is Outcome.TLS_ERROR


async def test_name_is_checked_where_connect_to_leads_elsewhere(
    make_client: MakeClient, root: trustme.CA, ca_file: str
) -> None:
    """SNI, certificate and Host are those of the URL, whatever address is connected to."""
    async with OddServer({"/": [answer(b"x")]}, context(root, "news.example")) as server:
        reaching = {name: server.grant for name in ("news.example:443", "other.example:443")}
        client = make_client(server, ca_file=ca_file, connect_to=reaching)
        right = await client.fetch(FetchRequest("https://news.example/"))
        wrong = await client.fetch(FetchRequest("https://other.example/"))
    assert (right.outcome, wrong.outcome) == (Outcome.OK, Outcome.TLS_ERROR)
    assert server.asked[0].startswith(b"GET / HTTP/1.1\r\nHost: news.example\r\n")


async def test_server_without_tls_is_a_tls_error(make_client: MakeClient) -> None:
    """https to a server that speaks plain HTTP cannot be agreed upon."""

    async def plain(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(plain, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        client = make_client(allow_private=["127.0.0.0/8"])
        got = await client.fetch(FetchRequest(f"https://127.0.0.1:{port}/"))
    assert got.outcome is Outcome.TLS_ERROR
    assert "TLS could not be agreed upon" in got.error


async def test_handshake_that_does_not_end_is_a_timeout(make_client: MakeClient) -> None:
    """A server that accepts and says nothing costs connect_timeout_s."""
    async with OddServer({}) as server:
        client = make_client(server, connect_timeout_s=0.05)
        got = await client.fetch(FetchRequest(server.url("/").replace("http:", "https:")))
    assert got.outcome is Outcome.TIMEOUT
    assert "did not accept a connection in time" in got.error


@pytest.mark.parametrize("content", [None, b"no certificate", b"\xff\xfe"])
def test_wrong_ca_file_is_said_with_its_key(tmp_path: Path, content: bytes | None) -> None:
    """A setting that cannot work is noticed at start."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=r"network\.ca_file: .*ca\.pem") as caught:
        tls.trust(str(path))
    assert caught.value.key == "network.ca_file"

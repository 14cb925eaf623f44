"""Where sockets may go: the guard holds for the address that is really connected to."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import httpx
import pytest
from aiohttp import ClientConnectorError, ClientTimeout

from archiver.models import FetchRequest, Outcome
from archiver.net.connection import GuardedConnector, endpoint
from archiver.net.failures import Failure, of_connect
from archiver.net.guard import Guard
from archiver.net.tls import trust
from archiver.net.transport import RecordingTransport, Wire
from tests.net.conftest import MakeClient
from tests.net.recorder import KeptRecords
from tests.net.serving import OddServer, answer


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f.0.0.1", "127.1", "[::1]"])
async def test_loopback_is_unsafe_however_it_is_written(
    make_client: MakeClient, records: KeptRecords, host: str
) -> None:
    """Literal addresses, names and old forms all meet the guard at the socket."""
    async with OddServer({"/": [answer(b"secret")]}) as server:
        got = await make_client().fetch(FetchRequest(f"http://{host}:{server.port}/"))
    assert got.outcome is Outcome.UNSAFE
    assert (server.connections, records.kept) == (0, [])


async def test_redirect_to_a_metadata_service_is_unsafe(make_client: MakeClient) -> None:
    """A public page cannot send us inside."""
    there = answer(b"", "Location: http://169.254.169.254/latest/", status="302 Found")
    async with OddServer({"/": [there]}) as server:
        client = make_client(server)
        hop = await client.fetch(FetchRequest(server.url("/")))
        got = await client.fetch(FetchRequest(hop.header("location") or ""))
    assert got.outcome is Outcome.UNSAFE
    assert "169.254.169.254, the metadata service of a cloud" in got.error
    assert "network.allow_private" in got.error


async def test_grant_opens_one_port_and_no_other(make_client: MakeClient) -> None:
    """That the demo runs here does not open the machine."""
    async with OddServer({"/": [answer(b"")]}) as ours, OddServer({}) as other:
        client = make_client(ours)
        assert (await client.fetch(FetchRequest(ours.url("/")))).outcome is Outcome.OK
        assert (await client.fetch(FetchRequest(other.url("/")))).outcome is Outcome.UNSAFE
    assert other.connections == 0


async def test_allow_private_opens_a_network(make_client: MakeClient) -> None:
    """A test web may be named in the settings."""
    async with OddServer({"/": [answer(b"web")]}) as server:
        client = make_client(allow_private=["127.0.0.0/8"], per_host_delay_s=0)
        got = await client.fetch(FetchRequest(server.url("/")))
    assert (got.outcome, got.body) == (Outcome.OK, b"web")


async def test_connect_to_keeps_url_and_host(make_client: MakeClient, records: KeptRecords) -> None:
    """The record names the URL as asked, and the address that answered."""
    async with OddServer({"/x": [answer(b"web")]}) as server:
        client = make_client(server, connect_to={"News.example:80": server.grant})
        got = await client.fetch(FetchRequest("http://news.example/x"))
    assert got.outcome is Outcome.OK
    assert server.asked[0].startswith(b"GET /x HTTP/1.1\r\nHost: news.example\r\n")
    assert (records.only.raw.url, records.only.raw.ip) == ("http://news.example/x", "127.0.0.1")


async def test_connect_to_does_not_pass_the_guard(make_client: MakeClient) -> None:
    """A target inside needs a grant or allow_private like every other."""
    async with OddServer({"/": [answer(b"web")]}) as server:
        client = make_client(connect_to={"news.example:80": server.grant})
        got = await client.fetch(FetchRequest("http://news.example/"))
    assert (got.outcome, server.connections) == (Outcome.UNSAFE, 0)
    assert "news.example leads to 127.0.0.1" in got.error


async def test_names_share_no_connection(make_client: MakeClient) -> None:
    """Two names on one address are two connections, so that neither speaks for the other."""
    async with OddServer({"/": [answer(b"web")]}) as server:
        reaching = {"a.example:80": server.grant, "b.example:80": server.grant}
        client = make_client(server, connect_to=reaching)
        for host in ("a.example", "b.example", "a.example"):
            await client.fetch(FetchRequest(f"http://{host}/"))
    assert server.connections == 2


async def test_ipv6_is_spoken(make_client: MakeClient, records: KeptRecords) -> None:
    """Brackets in Host and URL, none in the address."""
    async with OddServer({"/": [answer(b"six")]}, host="::1") as server:
        got = await make_client(server).fetch(FetchRequest(server.url("/")))
    assert (got.outcome, got.body, got.ip) == (Outcome.OK, b"six", "::1")
    assert f"Host: [::1]:{server.port}\r\n".encode() in server.asked[0]


async def test_connector_itself_refuses() -> None:
    """The socket is never made, so nothing above it can forget to ask."""
    connector = GuardedConnector(Guard(), trust(""))
    async with OddServer({}) as server:
        target = endpoint("http", "127.0.0.1", server.port, "public.example")
        with pytest.raises(ClientConnectorError) as caught:
            await connector.connect(target, [], ClientTimeout())
        assert server.connections == 0
    failure = of_connect("public.example", caught.value)
    assert failure.outcome is Outcome.UNSAFE
    await connector.close()


async def test_peer_of_the_socket_is_checked_once_more(tmp_path: Path) -> None:
    """Even if a connector led elsewhere, nothing is sent there."""
    lenient = Guard((ipaddress.ip_network("127.0.0.0/8"),))
    async with OddServer({"/": [answer(b"secret")]}) as server:
        transport = RecordingTransport(
            Guard(),
            GuardedConnector(lenient, trust("")),
            tmp_dir=tmp_path,
            connect_to={},
            connect_timeout_s=5,
            total_timeout_s=5,
        )
        wire = Wire(b"GET / HTTP/1.1\r\n\r\n", 100, 100)
        request = httpx.Request("GET", server.url("/"), extensions={"wire": wire})
        with pytest.raises(Failure, match="loopback") as caught:
            await transport.handle_async_request(request)
        assert caught.value.outcome is Outcome.UNSAFE
        assert server.asked == []
        await transport.aclose()

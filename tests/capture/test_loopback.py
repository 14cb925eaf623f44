"""Do chains and snapshots hold over real sockets, through the recorder?"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web

from archiver.capture.chain import follow
from archiver.capture.page import Snapshotter
from archiver.config import NetworkSettings
from archiver.models import Chain, Exchange, Mechanism, Outcome
from archiver.net.client import Client
from tests.net.recorder import KeptRecords

NOW = dt.datetime(2026, 11, 24, 10, tzinfo=dt.UTC)
STORY = "http://news.example/2022/%C3%BC"
STYLE = "@font-face{src:url(f.woff2)} p{background:url('p.png')}"
PAGE = (
    "<html lang=en><head><title>The story</title><link rel=stylesheet href=/a.css></head>"
    "<body><p>It is told.<img src=/p.png srcset='/p2.png 2x'></body></html>"
)

routes = web.RouteTableDef()


@routes.get("/short")
async def _short(request: web.Request) -> web.Response:
    return web.Response(status=301, headers={"Location": "http://mid.example/meta"})


@routes.get("/meta")
async def _meta(request: web.Request) -> web.Response:
    html = "<noscript><META http-equiv=refresh content='0;URL=/wall'></noscript>"
    return web.Response(text=html, content_type="text/html")


@routes.get("/wall")
async def _wall(request: web.Request) -> web.Response:
    if request.cookies.get("seen") != "1":
        answer = web.Response(status=302, headers={"Location": "/wall"})
        answer.set_cookie("seen", "1")
        return answer
    script = r'<script>location.replace("http:\/\/news.example\/raw")</script>'
    return web.Response(text=script, content_type="text/html")


@routes.get("/raw")
async def _raw(request: web.Request) -> web.Response:
    return web.Response(status=307, headers={"Location": "/2022/ü"})


@routes.get("/2022/ü")
async def _story(request: web.Request) -> web.Response:
    return web.Response(text=PAGE, content_type="text/html")


@routes.get("/a.css")
async def _style(request: web.Request) -> web.Response:
    return web.Response(text=STYLE, content_type="text/css")


@routes.get("/{name:(p|p2).png|f.woff2}")
async def _file(request: web.Request) -> web.Response:
    return web.Response(body=b"\x00" * 100, content_type="application/octet-stream")


@routes.get("/loop")
async def _loop(request: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "/loop"})


@routes.get("/inside")
async def _inside(request: web.Request) -> web.Response:
    return web.Response(status=302, headers={"Location": "http://169.254.169.254/latest"})


@pytest.fixture
def records() -> KeptRecords:
    """What the recorder was given to keep."""
    return KeptRecords()


@pytest.fixture
async def client(tmp_path: Path, records: KeptRecords) -> AsyncIterator[Client]:
    """The real recorder; three names lead to one server on loopback."""
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0][:2]
    here = f"{host}:{port}"
    names = ("short.example", "mid.example", "news.example")
    network = NetworkSettings(connect_to={f"{name}:80": here for name in names})
    client = Client(network, records, tmp_dir=tmp_path, grants=frozenset({here}))
    yield client
    await client.aclose()
    await runner.cleanup()


async def followed(client: Client, url: str) -> tuple[Chain, Exchange | None]:
    """Follow a link."""
    return await follow(url, client, max_hops=20, now=NOW)


async def test_chain_of_every_kind_is_followed(client: Client, records: KeptRecords) -> None:
    """Redirect, refresh, cookie wall, script and raw UTF-8 in one chain, each hop recorded."""
    chain, target = await followed(client, "http://short.example/short#part")
    assert (chain.outcome, chain.target, chain.error) == (Outcome.OK, STORY + "#part", "")
    assert [hop.mechanism for hop in chain.hops] == [
        Mechanism.HTTP,
        Mechanism.META_REFRESH,
        Mechanism.HTTP,
        Mechanism.JS,
        Mechanism.HTTP,
        None,
    ]
    assert chain.hops[4].location == "/2022/ü"
    assert [kept.raw.url for kept in records.kept] == [hop.url for hop in chain.hops]
    assert [kept.raw.hops_from_seed for kept in records.kept][-1] == "LRRRRR"
    assert all(hop.record_id and hop.ip == "127.0.0.1" for hop in chain.hops)
    assert target is not None


async def test_snapshot_is_taken_over_the_network(client: Client, records: KeptRecords) -> None:
    """The page's requisites are recorded with the way by which they were found."""
    _, target = await followed(client, STORY)
    assert target is not None
    shot = await Snapshotter(client).snapshot(target)
    assert (shot.url, shot.title, shot.text) == (STORY, "The story", "It is told.")
    assert (shot.requisites, shot.missing) == (4, 0)
    found = {kept.raw.url: kept.raw.hops_from_seed for kept in records.kept}
    assert found == {
        STORY: "L",
        "http://news.example/a.css": "LE",
        "http://news.example/p.png": "LE",
        "http://news.example/p2.png": "LE",
        "http://news.example/f.woff2": "LEE",
    }


@pytest.mark.parametrize(
    ("path", "outcome", "hops"),
    [("/loop", Outcome.LOOP, 1), ("/inside", Outcome.UNSAFE, 2), ("/none", Outcome.DEAD, 1)],
)
async def test_bad_ends_are_outcomes(
    client: Client, path: str, outcome: Outcome, hops: int
) -> None:
    """Loops, addresses within our own network and dead pages are told apart."""
    chain, _ = await followed(client, "http://short.example" + path)
    assert (chain.outcome, len(chain.hops)) == (outcome, hops)
    assert chain.error

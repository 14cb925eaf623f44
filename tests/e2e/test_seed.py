"""Is the first real input captured as it should be? Skipped where the seed file is not at hand."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from threading import Event, Thread
from typing import Any

import pytest
import trustme
from aiohttp import web

from tests.e2e.command import ROOT, archiver

SEED = ROOT.parent / "shared" / "seed" / "000_cd04e376a044043b.txt"
LINKS = ["https://bit.ly/3PFV01u", "https://bit.ly/3NvXdee", "https://bit.ly/39FEEWn"]

pytestmark = pytest.mark.skipif(not SEED.exists(), reason="the seed is no part of the project")


@asynccontextmanager
async def shortener(ca: trustme.CA) -> AsyncIterator[int]:
    """Answer for bit.ly and for the site behind it, over TLS on loopback."""

    async def answer(request: web.Request) -> web.Response:
        if request.host.startswith("bit.ly"):
            target = f"https://www.paper.example/files{request.path}"
            return web.Response(status=301, headers={"Location": target})
        page = "<html lang=en><title>The files</title><p>What the files show.</html>"
        return web.Response(text=page, content_type="text/html")

    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ca.issue_cert("bit.ly", "www.paper.example").configure_cert(context)
    app = web.Application()
    app.router.add_get("/{rest:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    yield runner.addresses[0][1]
    await runner.cleanup()


@contextmanager
def local_bitly(ca: trustme.CA) -> Iterator[int]:
    """Run the shortener beside the test: its port."""
    ready, done, port = Event(), Event(), [0]

    async def run() -> None:
        async with shortener(ca) as port[0]:
            ready.set()
            await asyncio.to_thread(done.wait)

    beside = Thread(target=lambda: asyncio.run(run()))
    beside.start()
    assert ready.wait(10)
    yield port[0]
    done.set()
    beside.join()


@pytest.fixture(scope="module")
def captured(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Capture the seed with bit.ly on loopback."""
    folder = tmp_path_factory.mktemp("seed")
    ca = trustme.CA()
    ca.cert_pem.write_to_path(folder / "ca.pem")
    with local_bitly(ca) as port:
        (folder / "config.toml").write_text(
            f"""
            [network]
            allow_private = ["127.0.0.0/8"]
            per_host_delay_s = 0
            ca_file = "{folder / "ca.pem"}"
            [network.connect_to]
            "bit.ly:443" = "127.0.0.1:{port}"
            "www.paper.example:443" = "127.0.0.1:{port}"
            """
        )
        said = archiver(folder, "capture", str(SEED), "--json")
    assert said.code == 0, said.err
    return said.json


def test_posts_are_the_lines_without_the_footer(captured: Any) -> None:
    """13 posts; none of them is a line of the page's footer."""
    posts = captured["thread"]["posts"]
    assert len(posts) == 13
    assert posts[0]["text"].startswith("NEW: Thousands of images")
    assert not any("Scrolly" in post["text"] for post in posts)
    assert captured["thread"]["completeness"]["gaps"] == 0


def test_bare_links_are_links(captured: Any) -> None:
    """3 distinct links, on 10 places."""
    posts = captured["thread"]["posts"]
    assert [link["uri_r"] for link in captured["links"]] == LINKS
    assert sum(len(post["links"]) for post in posts) == 10


def test_hashtags_and_mentions_are_found(captured: Any) -> None:
    """As they stand in the text, and nothing else."""
    posts = captured["thread"]["posts"]
    hashtags = {tag for post in posts for tag in post["hashtags"]}
    mentions = {name for post in posts for name in post["mentions"]}
    assert hashtags == {"XinjiangPoliceFiles", "ChinaCables"}
    assert mentions == {"@UNHumanRights", "@mbachelet", "@adrianzenz"}


def test_chains_and_snapshots_are_there(captured: Any) -> None:
    """Each link leads over one hop to a page that is kept."""
    for link in captured["links"]:
        assert link["outcome"] == "ok"
        assert [hop["status"] for hop in link["hops"]] == [301, 200]
        assert link["target"].startswith("https://www.paper.example/files/")
        assert link["snapshot"]["status"] == 200
        assert link["snapshot"]["title"] == "The files"

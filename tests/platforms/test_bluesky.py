"""Bluesky over the whole path: real servers with their limits, the command, the archive."""

from __future__ import annotations

import asyncio
import gzip
import json
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import ROOT, Said, archiver
from tests.e2e.serving import serving as process
from tests.net.jetstream_server import DESK, JetstreamServer, commit, jetstream
from tests.platforms.web import PlatformWeb, serving
from tests.sources.bluesky_server import BlueskyServer, failed, rkey
from tests.sources.playing import Answer, by_url

HOSTS = ("appview.test", "plc.test", "pds.test")
SETTINGS = '[platforms.bluesky]\nappview = "http://appview.test"\nplc = "http://plc.test"\n'
SEARCH = "/xrpc/app.bsky.feed.searchPosts"
THREAD = "/xrpc/app.bsky.feed.getPostThread"
PNG = b"\x89PNG\r\n\x1a\n" + b"as uploaded" * 20


@pytest.fixture
def server() -> BlueskyServer:
    """Servers that answer by name, with a thread of five posts."""
    made = BlueskyServer(
        appview="http://appview.test", plc="http://plc.test", pds="http://pds.test"
    )
    made.thread("desk", range(100, 105))
    return made


@contextmanager
def web_of(server: BlueskyServer) -> Iterator[PlatformWeb]:
    """Serve all three names on loopback."""
    with serving(dict.fromkeys(HOSTS, by_url(server))) as platforms:
        yield platforms


def seed(number: int = 100) -> str:
    """Give the page of a post."""
    return f"https://bsky.app/profile/desk.example/post/{rkey(number)}"


def capture(platforms: PlatformWeb, folder: Path, url: str = "", more: str = "") -> Said:
    """Capture a seed without the targets of its links."""
    words = ("--no-snapshots", url or seed())
    return platforms.capture(folder, *words, more=SETTINGS + more)


def texts(said: Said) -> list[str]:
    """Give the texts of the thread; gaps are empty."""
    assert said.code == 0, said.err
    return [post["text"] for post in said.json["thread"]["posts"]]


def test_long_thread_with_a_deleted_post_is_captured_whole(
    tmp_path: Path, server: BlueskyServer
) -> None:
    """The AppView stops at a depth and at the gap; the repository pages back to the root."""
    server.depth = 10
    server.page = 20
    server.thread("desk", range(100, 160))
    server.delete(server.uri(130, "desk"))
    server.add(300, "eve", server.uri(101, "desk"))
    with web_of(server) as platforms:
        said = capture(platforms, tmp_path, seed(120))
    expected = ["" if number == 130 else f"Post {number}" for number in range(100, 160)]
    assert texts(said) == expected
    done = said.json["thread"]["completeness"]
    assert (done["expected"], done["captured"], done["gaps"]) == (60, 59, 1)
    assert said.json["thread"]["author"]["id"] == "did:plc:desk"
    assert [post["text"] for post in said.json["thread"]["replies"]] == ["Post 300"]


def test_pictures_are_kept_as_uploaded(tmp_path: Path, server: BlueskyServer) -> None:
    """From the author's own server, and not what the CDN makes of them; unless that is wanted."""
    uri = server.uri(101, "desk")
    server.blobs["bafypic"] = PNG
    blob = {"$type": "blob", "ref": {"$link": "bafypic"}, "mimeType": "image/png", "size": 9}
    server.records[uri]["embed"] = {
        "$type": "app.bsky.embed.images",
        "images": [{"image": blob, "alt": "A harbour"}],
    }
    server.views[uri]["embed"] = {
        "$type": "app.bsky.embed.images#view",
        "images": [{"fullsize": "http://appview.test/cdn.jpg", "alt": "A harbour"}],
    }
    with web_of(server) as platforms:
        said = capture(platforms, tmp_path)
        blobs = [each for each in platforms.asked if "getBlob" in each.url]
        (media,) = said.json["thread"]["posts"][1]["media"]
        assert media["url"] == (
            "http://pds.test/xrpc/com.atproto.sync.getBlob?did=did:plc:desk&cid=bafypic"
        )
        assert len(blobs) == 1
        assert PNG in recorded(tmp_path)
        other = tmp_path / "cdn"
        other.mkdir()
        said = capture(platforms, other, more="pds_blobs = false\n")
        (media,) = said.json["thread"]["posts"][1]["media"]
        assert media["url"] == "http://appview.test/cdn.jpg"


def test_deleted_post_vanishes_and_a_rebuild_says_the_same(
    tmp_path: Path, server: BlueskyServer
) -> None:
    """By the repository's own word, at the second capture; the WARCs alone say it again."""
    with web_of(server) as platforms:
        assert capture(platforms, tmp_path).code == 0
        server.delete(server.uri(104, "desk"))
        server.profile("desk")["handle"] = "newdesk.example"
        said = capture(platforms, tmp_path)
    states = [post["state"] for post in said.json["thread"]["posts"]]
    assert states == ["present"] * 4 + ["vanished"]
    assert said.json["thread"]["author"]["handle"] == "newdesk.example"
    before = shown(tmp_path, said.json["thread"]["id"])
    rebuilt = archiver(tmp_path, "rebuild", "--json")
    assert rebuilt.code == 0, rebuilt.err
    assert shown(tmp_path, said.json["thread"]["id"]) == before


def test_blocked_by_the_appview_the_repository_is_read(
    tmp_path: Path, server: BlueskyServer
) -> None:
    """Whole, and it is said what is missing; the other way round nothing is lost either."""
    server.add(300, "eve", server.uri(101, "desk"))
    with web_of(server) as platforms:
        server.down = Answer(status=403)
        said = capture(platforms, tmp_path, server.uri(102, "desk"))
        assert texts(said) == [f"Post {number}" for number in range(100, 105)]
        reason = said.json["thread"]["completeness"]["reason"]
        assert "the AppView answered 403" in reason
        assert "without replies by others" in reason
        server.down = None
        said = capture(platforms, tmp_path, server.uri(102, "desk"))
        assert [post["text"] for post in said.json["thread"]["replies"]] == ["Post 300"]


def test_limit_is_said_with_its_reset(tmp_path: Path, server: BlueskyServer) -> None:
    """Bluesky counts the reset in epoch seconds; a short wait is waited, a long one is told."""
    with web_of(server) as platforms:
        reset = str(int(time.time()) + 3_600)
        server.fixed[THREAD] = Answer(status=429, headers=(("ratelimit-reset", reset),))
        said = capture(platforms, tmp_path)
        assert said.code == 1
        assert "allows no more requests now (429)" in said.err
        assert "getPostThread" in said.err
        del server.fixed[THREAD]
        once = _Once(server, Answer(status=429, headers=(("Retry-After", "1"),)))
    with serving(dict.fromkeys(HOSTS, by_url(once))) as platforms:
        assert len(texts(capture(platforms, tmp_path))) == 5


def test_search_for_members_only_says_what_is_missing(
    tmp_path: Path, server: BlueskyServer
) -> None:
    """A clear sentence that names the setting; where strangers may search, threads come."""
    with web_of(server) as platforms:
        server.fixed[SEARCH] = failed("AuthMissing", 403)
        said = capture(platforms, tmp_path, "https://bsky.app/hashtag/Cables")
        assert said.code == 1
        assert "platforms.bluesky.appview" in said.err
        del server.fixed[SEARCH]
        server.lists["Cables"] = {"name": "", "posts": [server.uri(104, "desk")]}
        said = capture(platforms, tmp_path, "https://bsky.app/hashtag/Cables")
        assert said.code == 0, said.err
        assert [each["thread"]["url"] for each in said.json["captures"]] == [seed()]


def test_thread_of_an_author_without_visitors_is_kept_and_not_published(
    tmp_path: Path, server: BlueskyServer
) -> None:
    """The evidence is there; nothing of it is in the pages and feeds."""
    label = {"src": "did:plc:desk", "uri": "x", "val": "!no-unauthenticated"}
    server.profile("desk")["labels"] = [label]
    server.records[server.uri(102, "desk")]["text"] = "Words for members only"
    with web_of(server) as platforms:
        assert "Words for members only" in texts(capture(platforms, tmp_path))
    published = archiver(tmp_path, "publish", "--all", "--json")
    assert published.code == 0, published.err
    public = [path for path in (tmp_path / "data" / "public").rglob("*") if path.is_file()]
    assert public
    assert not any(b"Words for members only" in path.read_bytes() for path in public)


def test_deletion_is_captured_when_it_happens(tmp_path: Path, server: BlueskyServer) -> None:
    """Jetstream tells it, the frame is kept, and the ordinary capture proves it."""
    with web_of(server) as platforms, live() as (stream, say):
        port = free_port()
        config = platforms.settings(
            f'{SETTINGS}jetstream = "ws://jetstream.test/subscribe"\n'
            f'[publish]\nbase_url = "http://127.0.0.1:{port}"\n'
            f'[[watch]]\nname = "desk"\nurl = "{seed()}"\nevery = "6h"\nsnapshots = "none"\n'
        ).replace("connect_to = {", f'connect_to = {{ "jetstream.test:80" = "{stream.address}", ')
        (tmp_path / "config.toml").write_text(config)
        command = [sys.executable, str(ROOT / "scheduler.py")]
        with process(command, tmp_path, f"http://127.0.0.1:{port}/"):
            wait(lambda: shown(tmp_path))
            wait(lambda: stream.asked)
            assert stream.asked[0]["wantedDids"] == [DESK]
            server.delete(server.uri(104, "desk"))
            say(commit(1_795_507_200_000_000, "delete", rkey(104)))
            wait(lambda: states(tmp_path)[-1:] == ["vanished"])
    evidence = f"WARC-Target-URI: urn:thread-archiver:jetstream:1795507200000000:{DESK}"
    assert recorded(tmp_path).count(evidence.encode()) == 1
    place = json.loads((tmp_path / "data" / "live" / "jetstream.json").read_text())
    assert place["cursor"] == 1_795_507_200_000_000


def recorded(folder: Path) -> bytes:
    """Give all that stands in the WARCs."""
    warcs = sorted((folder / "data" / "warc").glob("*.warc.gz*"))
    return b"".join(gzip.decompress(path.read_bytes()) for path in warcs if path.suffix != ".idx")


def shown(folder: Path, thread: str = "") -> Any:
    """Give what `archiver show` says of a thread; None while it is not there."""
    said = archiver(folder, "show", thread or seed(), "--json")
    return said.json["thread"] if said.code == 0 else None


def states(folder: Path) -> list[str]:
    """Give the states of the thread's posts."""
    return [post["state"] for post in shown(folder)["posts"]]


class _Once:
    """Servers that first say one thing, and then work."""

    def __init__(self, server: BlueskyServer, first: Answer) -> None:
        self._server = server
        self._first: Answer | None = first

    def __call__(self, url: str) -> Answer:
        first, self._first = self._first, None
        return first or self._server(url)


@contextmanager
def live() -> Iterator[tuple[JetstreamServer, Callable[[dict[str, Any]], None]]]:
    """Serve Jetstream from a thread of its own; give what says that something happened."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    manager = jetstream()
    server = asyncio.run_coroutine_threadsafe(manager.__aenter__(), loop).result(10)

    def say(event: dict[str, Any]) -> None:
        asyncio.run_coroutine_threadsafe(server.say(event), loop).result(10)

    try:
        yield server, say
    finally:
        end = manager.__aexit__(None, None, None)
        asyncio.run_coroutine_threadsafe(end, loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def free_port() -> int:
    """Give a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait(found: Callable[[], Any], within_s: float = 60) -> Any:
    """Wait until something is there; give it."""
    end = time.monotonic() + within_s
    while not (value := found()):
        assert time.monotonic() < end, "did not happen"
        time.sleep(0.2)
    return value

"""Is a thread on Bluesky read whole, in order, from whichever post?"""

from __future__ import annotations

import pytest

from archiver.config import PlatformSettings
from archiver.models import (
    Branch,
    RefKind,
    ThreadObservation,
)
from archiver.sources import sources
from tests.sources.bluesky_capture import FEED, LIST, SEED, SOURCE, capture, of_five, shown
from tests.sources.bluesky_server import BlueskyServer, rkey
from tests.sources.playing import NOW, Answer, ask_all, numbers


@pytest.fixture
def server() -> BlueskyServer:
    """Servers with a thread of five posts."""
    return of_five()


@pytest.mark.parametrize(
    ("url", "kind", "key"),
    [
        ("https://bsky.app/profile/icij.org/post/3k1", RefKind.THREAD, ("icij.org", "3k1")),
        ("https://bsky.app/profile/ICIJ.org/post/3k1/", RefKind.THREAD, ("icij.org", "3k1")),
        ("https://bsky.app/profile/@icij.org", RefKind.ACCOUNT, ("icij.org",)),
        ("https://bsky.app/profile/did:plc:a/post/3k1", RefKind.THREAD, ("did:plc:a", "3k1")),
        ("https://bsky.app/profile/did%3Aplc%3Aa", RefKind.ACCOUNT, ("did:plc:a",)),
        ("at://did:plc:a/app.bsky.feed.post/3k1", RefKind.THREAD, ("did:plc:a", "3k1")),
        ("at://icij.org/app.bsky.feed.post/3k1", RefKind.THREAD, ("icij.org", "3k1")),
        ("at://icij.org", RefKind.ACCOUNT, ("icij.org",)),
        ("https://bsky.app/profile/icij.org/lists/3k1", RefKind.LIST, ("icij.org", "3k1")),
        ("https://bsky.app/profile/icij.org/feed/news", RefKind.FEED, ("icij.org", "news")),
        ("at://did:plc:a/app.bsky.graph.list/3k1", RefKind.LIST, ("did:plc:a", "3k1")),
        ("at://did:plc:a/app.bsky.feed.generator/n", RefKind.FEED, ("did:plc:a", "n")),
        ("https://bsky.app/hashtag/XinjiangCables", RefKind.TAG, ("XinjiangCables",)),
        ("https://bsky.app/hashtag/%D8%A6?author=a.b", RefKind.TAG, ("ئ",)),
        ("https://bsky.app/hashtag/%23Cables", RefKind.TAG, ("Cables",)),
        ("http://www.bsky.app/profile/icij.org?x#y", RefKind.ACCOUNT, ("icij.org",)),
    ],
)
def test_address_is_recognised(url: str, kind: RefKind, key: tuple[str, ...]) -> None:
    """As a page or as at://, by handle or by DID."""
    ref = SOURCE.match(url)
    assert ref is not None
    assert (ref.platform, ref.kind, ref.url, ref.key) == ("bluesky", kind, url, key)


@pytest.mark.parametrize(
    "url",
    [
        "https://bsky.app/",
        "https://bsky.app/profile/icij.org/likes/3k1",
        "https://bsky.app/hashtag/",
        "https://bsky.app/profile/icij/post/3k1",
        "https://notbsky.app/profile/icij.org",
        "https://x@bsky.app/profile/icij.org",
        "https://bsky.app.example/profile/icij.org",
        "at://did:plc:a/app.bsky.feed.like/3k1",
        "https://[bsky.app/profile/icij.org",
        "",
    ],
)
def test_other_address_is_not_ours(url: str) -> None:
    """The host is compared whole."""
    assert SOURCE.match(url) is None


def test_first_source_that_knows_an_address_wins() -> None:
    """Those that fit any host come later."""
    every = sources(PlatformSettings())
    assert next(source.platform for source in every if source.match(SEED)) == "bluesky"


def test_thread_is_read_whole(server: BlueskyServer) -> None:
    """Five posts in order, by permanent ids, with their author and the proof."""
    seen = capture(server)
    assert shown(seen) == numbers(100, 104)
    assert seen.native_id == server.uri(100, "desk")
    assert (seen.url, seen.title, seen.language) == (SEED, "Post 100", "en")
    assert (seen.author.id, seen.author.handle) == ("did:plc:desk", "desk.example")
    assert seen.posts[1].parent_id == seen.posts[0].id
    done = seen.completeness
    assert (done.expected, done.captured, done.gaps) == (5, 5, 0)
    assert (seen.observed_at, seen.gone, seen.record_ids[0]) == (NOW, (), "urn:uuid:0")


@pytest.mark.parametrize("number", [100, 103, 104])
def test_any_post_leads_to_the_root(server: BlueskyServer, number: int) -> None:
    """By handle, by DID, and as at://."""
    uri = server.uri(number, "desk")
    page = f"https://bsky.app/profile/did:plc:desk/post/{rkey(number)}"
    for url in (server.page_of(uri), page, uri):
        assert shown(capture(server, url)) == numbers(100, 104)


def test_strangers_answer_leads_to_the_conversation(server: BlueskyServer) -> None:
    """The thread is that of the first post, and the stranger's branch stays beside (trap 4)."""
    other = server.add(200, "eve", server.uri(101, "desk"))
    own = server.add(201, "desk", other)
    server.add(202, "desk", own)
    seen = capture(server, server.page_of(other))
    assert shown(seen) == numbers(100, 104)
    assert shown(seen, Branch.SIDE) == ["200", "201", "202"]


def test_tree_that_was_cut_is_followed_down(server: BlueskyServer) -> None:
    """Where the repository cannot be read, the AppView is asked again below the last post."""
    server.depth = 10
    server.thread("desk", range(100, 145))
    server.fixed[LIST] = Answer(status=500)
    server.fixed[FEED] = Answer(status=500)
    seen = capture(server)
    assert shown(seen) == numbers(100, 144)
    assert seen.completeness.expected is None
    assert "repository could not be read; nor the author's feed" in seen.completeness.reason


def test_tree_without_end_is_followed_for_a_while(server: BlueskyServer) -> None:
    """Sixty steps, and it is said."""
    server.depth = 1
    server.thread("desk", range(100, 200))
    server.fixed[LIST] = Answer(status=500)
    server.fixed[FEED] = Answer(status=500)
    assert "asked for 60 times only" in capture(server).completeness.reason


def test_repository_is_read_back_to_the_first_post(server: BlueskyServer) -> None:
    """In pages, newest first; older ones are not asked for."""
    server.page = 2
    for number in (*range(50, 60), *range(300, 305)):
        server.add(number, "desk")
    played, parse = ask_all(SOURCE, SEED, server)
    seen = parse()
    assert isinstance(seen, ThreadObservation)
    assert (shown(seen), seen.completeness.expected) == (numbers(100, 104), 5)
    assert sum("listRecords" in url for url in played.asked) == 6


def test_repository_too_large_is_read_in_part(server: BlueskyServer) -> None:
    """Fifty pages, and it is said."""
    server.page = 1
    for number in range(200, 260):
        server.add(number, "desk")
    done = capture(server).completeness
    assert done.expected is None
    assert "was read for 50 pages only" in done.reason


def test_feed_stands_in_for_the_repository(server: BlueskyServer) -> None:
    """It lists what hangs below a deleted post, too."""
    server.page = 2
    server.delete(server.uri(102, "desk"))
    server.fixed["/did:plc:desk"] = Answer({"message": "gone"}, status=410)
    server.add(50, "desk")
    server.add(51, "desk")
    seen = capture(server)
    assert shown(seen) == ["100", "101", "-", "103", "104"]
    assert seen.completeness.expected == 5
    server.fixed[FEED] = Answer({"feed": [], "cursor": "1"})
    assert capture(server).completeness.captured == 2


def test_feed_too_long_is_read_in_part(server: BlueskyServer) -> None:
    """Fifty pages, and it is said."""
    server.page = 1
    server.fixed[LIST] = Answer(status=401)
    for number in range(200, 260):
        server.add(number, "desk")
    assert "feed was read for 50 pages only" in capture(server).completeness.reason

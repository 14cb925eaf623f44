"""Which threads do an account, hashtag, list or feed on Bluesky lead to?"""

from __future__ import annotations

from typing import Any

import pytest

from archiver import errors
from archiver.models import ListingObservation, Outcome
from tests.sources.bluesky_capture import (
    FEED,
    PROFILE,
    SOURCE,
    of_five,
)
from tests.sources.bluesky_server import APPVIEW, BlueskyServer, failed, rkey
from tests.sources.playing import Answer, Server, ask_all


@pytest.fixture
def server() -> BlueskyServer:
    """Servers with a thread of five posts."""
    return of_five()


def account_of(server: Server, url: str = "https://bsky.app/profile/desk.example") -> Any:
    """Read an account of the server."""
    observation = ask_all(SOURCE, url, server)[1]()
    assert isinstance(observation, ListingObservation)
    return observation


def page(number: int) -> str:
    """Give the permanent address of a post."""
    return f"https://bsky.app/profile/did:plc:desk/post/{rkey(number)}"


def test_account_gives_its_threads_newest_first(server: BlueskyServer) -> None:
    """Self-replies lead to their root; reposts and replies to others are left out."""
    server.add(200, "desk")
    other = server.add(201, "eve")
    server.add(202, "desk", other)
    feed = server(f"{APPVIEW}{FEED}?actor=did:plc:desk")
    assert isinstance(feed.value, dict)
    reposted = {"post": server.view(other), "reason": {"$type": "app.bsky.feed.defs#reasonRepost"}}
    pinned = {
        "post": server.view(server.uri(100, "desk")),
        "reason": {"$type": "app.bsky.feed.defs#reasonPin"},
    }
    odd = {
        "post": server.view(
            server.add(203, "desk", reply={"root": {"uri": "x"}, "parent": {"uri": "x"}})
        )
    }
    server.fixed[FEED] = Answer({"feed": [pinned, odd, reposted, *feed.value["feed"]]})
    seen = account_of(server)
    assert seen.thread_urls == (page(200), page(100))
    assert (seen.author.handle, seen.url) == (
        "desk.example",
        "https://bsky.app/profile/desk.example",
    )


def test_account_pages_until_there_are_enough_threads() -> None:
    """Three pages at most, forty threads at most."""
    server = BlueskyServer()
    server.page = 15
    for number in range(100, 200):
        server.add(number, "desk")
    assert account_of(server).thread_urls == tuple(page(n) for n in range(199, 169, -1))
    server.page = 100
    assert len(account_of(server).thread_urls) == 40


def test_old_thread_that_goes_on_stands_where_it_began(server: BlueskyServer) -> None:
    """Only its newest posts are in the feed."""
    server.page = 3
    server.add(50, "desk")
    server.add(60, "desk", server.uri(50, "desk"))
    seen = account_of(server)
    assert seen.thread_urls == (page(100), page(50))
    server.page = 1
    assert account_of(server).thread_urls == (page(100),)


@pytest.mark.parametrize(
    ("path", "answer", "kind"),
    [
        (PROFILE, failed("AccountDeactivated"), errors.AccessDenied),
        (PROFILE, failed("NotFound"), errors.NotFound),
        (FEED, Answer(status=429), errors.RateLimited),
    ],
)
def test_account_that_cannot_be_read_is_one_error(
    server: BlueskyServer, path: str, answer: Answer, kind: type[errors.ArchiverError]
) -> None:
    """Said by parse; plan asks for nothing more."""
    server.fixed[path] = answer
    with pytest.raises(kind):
        account_of(server)


def test_account_that_does_not_want_visitors_is_listed(server: BlueskyServer) -> None:
    """Its threads are captured sealed; a listing publishes nothing."""
    server.profile("desk")["labels"] = [{"src": "did:plc:desk", "val": "!no-unauthenticated"}]
    assert account_of(server).thread_urls == (page(100),)


# ---------------------------------------------------------------- hashtags, lists and feeds

LIST_URI = "at://did:plc:eve/app.bsky.graph.list/3k1"
FEED_URI = "at://did:plc:eve/app.bsky.feed.generator/news"
LISTINGS = [
    ("https://bsky.app/hashtag/Cables", "Cables", "https://bsky.app/hashtag/Cables", "#Cables"),
    (
        "https://bsky.app/profile/eve.example/lists/3k1",
        LIST_URI,
        "https://bsky.app/profile/did:plc:eve/lists/3k1",
        "Newsrooms",
    ),
    (
        "https://bsky.app/profile/eve.example/feed/news",
        FEED_URI,
        "https://bsky.app/profile/did:plc:eve/feed/news",
        "Newsrooms",
    ),
    (FEED_URI, FEED_URI, "https://bsky.app/profile/did:plc:eve/feed/news", "Newsrooms"),
]


@pytest.mark.parametrize(("url", "key", "public", "title"), LISTINGS)
def test_listing_gives_threads_as_shown(
    server: BlueskyServer, url: str, key: str, public: str, title: str
) -> None:
    """Self-replies lead to their root once; replies to others are left out."""
    server.profile("eve")
    first = server.add(200, "bob")
    reply = server.add(201, "bob", server.uri(100, "desk"))
    shown = [server.uri(104, "desk"), reply, first, server.uri(100, "desk")]
    server.lists[key] = {"name": "Newsrooms", "posts": shown}
    seen = account_of(server, url)
    bobs = f"https://bsky.app/profile/did:plc:bob/post/{rkey(200)}"
    assert seen.thread_urls == (page(100), bobs)
    assert (seen.url, seen.title, seen.author, seen.reason) == (public, title, None, "")
    assert seen.record_ids


@pytest.mark.parametrize(("url", "key", "public", "title"), LISTINGS[:3])
def test_long_listing_is_read_for_some_pages(
    server: BlueskyServer, url: str, key: str, public: str, title: str
) -> None:
    """Until there are enough threads; what is cut is said."""
    server.profile("eve")
    posts = [server.add(number, "bob") for number in range(300, 400)]
    server.lists[key] = {"name": "", "posts": posts}
    server.page = 6
    assert len(account_of(server, url).thread_urls) == 18
    server.page = 100
    seen = account_of(server, url)
    assert (len(seen.thread_urls), seen.reason) == (40, "of 100 threads the first 40 were taken")


@pytest.mark.parametrize("status", [401, 403])
@pytest.mark.parametrize(("url", "key", "public", "title"), LISTINGS[:3])
def test_listing_for_members_only_says_what_is_missing(
    server: BlueskyServer, url: str, key: str, public: str, title: str, status: int
) -> None:
    """The public AppView does not search for strangers."""
    server.profile("eve")
    for method in ("searchPosts", "getListFeed", "getFeed"):
        server.fixed[f"/xrpc/app.bsky.feed.{method}"] = Answer(status=status)
    with pytest.raises(errors.CredentialMissing, match=r"platforms\.bluesky\.appview"):
        account_of(server, url)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (failed("AccountTakedown"), errors.AccessDenied),
        (failed("UnknownFeed"), errors.FetchError),
        (Answer(status=429), errors.RateLimited),
        (Answer(outcome=Outcome.TIMEOUT), errors.FetchError),
        (Answer(body=b"<html>", mime="text/html"), errors.ParseError),
        (Answer({"feed": {}}), errors.ParseError),
        (Answer({"feed": [5]}), errors.ParseError),
    ],
)
def test_listing_that_cannot_be_read_is_one_error(
    server: BlueskyServer, answer: Answer, kind: type[errors.ArchiverError]
) -> None:
    """Said by parse; plan asks for nothing more."""
    server.profile("eve")
    server.fixed["/xrpc/app.bsky.feed.getFeed"] = answer
    with pytest.raises(kind):
        account_of(server, FEED_URI)


def test_odd_entries_are_counted(server: BlueskyServer) -> None:
    """Anybody may stand in a listing; an empty one is no error."""
    server.profile("eve")
    good = {"post": server.view(server.uri(100, "desk"))}
    odd: list[dict[str, Any]] = [{"post": {"uri": 5}}, {}, {"post": []}]
    repost = {"reason": {"$type": "app.bsky.feed.defs#reasonRepost"}}
    feed = "/xrpc/app.bsky.feed.getFeed"
    server.fixed[feed] = Answer({"feed": [*odd, good, good | repost]})
    seen = account_of(server, FEED_URI)
    assert seen.thread_urls == (page(100),)
    assert seen.reason == "3 entries were not understood"
    server.fixed[feed] = Answer({"feed": []})
    seen = account_of(server, FEED_URI)
    assert (seen.thread_urls, seen.title) == ((), "news")


def test_starter_pack_leads_to_its_list(server: BlueskyServer) -> None:
    """A pack names a list of accounts; what else it names is refused."""
    server.profile("eve")
    pack = "at://did:plc:eve/app.bsky.graph.starterpack/p1"
    server.lists[LIST_URI] = {"name": "Newsrooms", "posts": [server.uri(100, "desk")]}
    server.lists[pack] = {"list": LIST_URI}
    seen = account_of(server, "https://bsky.app/starter-pack/eve.example/p1")
    assert (seen.thread_urls, seen.title) == ((page(100),), "Newsrooms")
    assert seen.url == "https://bsky.app/profile/did:plc:eve/lists/3k1"
    for odd in ("https://x", server.uri(100, "desk")):
        server.lists[pack] = {"list": odd}
        with pytest.raises(errors.ParseError, match=r"list\.uri"):
            account_of(server, "https://bsky.app/starter-pack/eve.example/p1")

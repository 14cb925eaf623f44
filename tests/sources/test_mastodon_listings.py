"""Which threads does an account, a tag or a list of a Mastodon server show?"""

from __future__ import annotations

import pytest

from archiver import errors
from archiver.models import (
    ListingObservation,
    RefKind,
)
from tests.sources.mastodon_server import MastodonServer
from tests.sources.mastodon_threads import (
    ROOT,
    SEED,
    SOURCE,
    copies,
    five_posts,
    uri,
)
from tests.sources.playing import NOT_FOUND, Answer, Server, ask_all


@pytest.fixture
def server() -> MastodonServer:
    """A server with a thread of five posts."""
    return five_posts()


def account_of(server: Server, url: str = f"{ROOT}/@desk") -> ListingObservation:
    """Read an account of the server."""
    observation = ask_all(SOURCE, url, server)[1]()
    assert isinstance(observation, ListingObservation)
    return observation


def test_account_gives_its_threads_newest_first(server: MastodonServer) -> None:
    """Self-replies lead to their root; boosts and replies to others are left out."""
    server.add(200, "desk")
    server.add(201, "eve")
    server.add(202, "desk", 201)
    server.add(203, "desk", reblog=server.posts["201"])
    server.thread("desk", [204, 205])
    server.delete(204)
    seen = account_of(server)
    assert seen.thread_urls == (f"{ROOT}/@desk/200", SEED)
    assert seen.author is not None
    assert (seen.author.handle, seen.url) == ("desk@social.example", f"{ROOT}/@desk")


def test_account_pages_until_there_are_enough_threads() -> None:
    """Three pages at most, forty threads at most."""
    server = MastodonServer(page=15)
    for number in range(100, 200):
        server.add(number, "desk")
    assert account_of(server).thread_urls[-1] == f"{ROOT}/@desk/170"


def test_account_finds_the_root_that_is_not_listed() -> None:
    """A thread of more posts than three pages hold begins further up."""
    server = MastodonServer(page=3)
    server.thread("desk", range(100, 120))
    assert account_of(server).thread_urls == (SEED,)


def test_account_elsewhere_is_read_at_home(server: MastodonServer) -> None:
    """Only its own server knows all its posts; a copy is read if that is silent."""
    away = MastodonServer("https://away.example")
    away.accounts["desk@social.example"] = server.account("desk") | {"id": "7"}
    copy = away.add(1, "copy", uri=uri(100), url=SEED)
    copy["account"] = {"id": "7", "url": f"{ROOT}/@desk"}
    url = "https://away.example/@desk@social.example"
    assert account_of(copies(server, away), url).thread_urls == (SEED,)
    silent: Server = lambda asked: Answer(status=500)  # noqa: E731
    seen = account_of(copies(silent, away), url)
    assert seen.thread_urls == (SEED,)
    assert "social.example did not answer" in seen.reason


@pytest.mark.parametrize(
    ("path", "answer", "kind"),
    [
        ("/api/v1/accounts/lookup", NOT_FOUND, errors.NotFound),
        ("/api/v1/accounts/lookup", Answer(status=401), errors.AccessDenied),
        ("/api/v1/accounts/1000/statuses", Answer(status=401), errors.AccessDenied),
        ("/api/v1/accounts/1000/statuses", Answer("x"), errors.ParseError),
    ],
)
def test_account_that_cannot_be_read_is_one_error(
    server: MastodonServer, path: str, answer: Answer, kind: type[errors.ArchiverError]
) -> None:
    """Said by parse; plan asks for nothing more."""
    server.fixed[path] = answer
    with pytest.raises(kind):
        account_of(server)


def test_account_that_was_not_asked_is_an_error() -> None:
    """The capture ended first."""
    ref = SOURCE.match(f"{ROOT}/@desk")
    assert ref is not None
    with pytest.raises(errors.FetchError):
        SOURCE.parse(ref, ())


def test_account_without_posts_has_no_threads(server: MastodonServer) -> None:
    """Which is no error."""
    server.posts.clear()
    assert account_of(server).thread_urls == ()


# ---------------------------------------------------------------- tags and lists


@pytest.mark.parametrize(
    "path",
    ["/tags/Uyghurs", "/web/tags/Uyghurs", "/tag/Uyghurs", "/discover/tags/Uyghurs", "/lists/7"],
)
def test_tag_or_list_gives_its_threads_newest_first(server: MastodonServer, path: str) -> None:
    """Posts of one thread lead to one; those of other servers lead there."""
    for number in (100, 101):
        server.posts[str(number)]["tags"] = [{"name": "Uyghurs"}]
    if path == "/lists/7":
        for number in range(102, 105):
            del server.posts[str(number)]
    server.add(300, "bob", tags=[{"name": "Uyghurs"}], url="https://away.example/@bob/9")
    server.add(301, "eve", tags=[{"name": "Uyghurs"}], visibility="private")
    seen = account_of(server, f"{ROOT}{path}")
    assert seen.thread_urls == ("https://away.example/@bob/9", SEED)
    assert (seen.author, seen.url) == (None, f"{ROOT}{path}")
    assert seen.title == ("List 7" if path == "/lists/7" else "#Uyghurs")
    assert seen.record_ids


def test_tag_is_paged_until_there_are_enough_threads() -> None:
    """Forty at most; what is older is found by the next captures no more."""
    server = MastodonServer(page=30)
    for number in range(100, 200):
        server.add(number, f"reader{number}", tags=[{"name": "x"}])
    seen = account_of(server, f"{ROOT}/tags/x")
    assert len(seen.thread_urls) == 40
    assert seen.thread_urls[0].endswith("/199")


def test_page_of_a_tag_that_fails_is_said() -> None:
    """The first ones are given all the same."""
    server = MastodonServer(page=2)
    for number in range(100, 105):
        server.add(number, f"reader{number}", tags=[{"name": "x"}])
    server.fixed["/api/v1/timelines/tag/x?limit=40&max_id=103"] = Answer(status=429)
    seen = account_of(server, f"{ROOT}/tags/x")
    assert [url[-3:] for url in seen.thread_urls] == ["104", "103"]
    assert "older posts could not be read (status 429)" in seen.reason


def test_name_of_a_tag_is_any_word() -> None:
    """Chinese, Arabic, percent-encoded."""
    ref = SOURCE.match(f"{ROOT}/tags/%E6%96%B0%E7%96%86")
    assert ref is not None
    assert (ref.kind, ref.key) == (RefKind.TAG, (ROOT, "新疆"))


def test_unreadable_post_of_a_listing_is_said(server: MastodonServer) -> None:
    """It loses nothing else."""
    posts = [server.posts["100"], {"id": 5}, None]
    server.fixed["/api/v1/timelines/tag/x"] = Answer(posts)
    seen = account_of(server, f"{ROOT}/tags/x")
    assert seen.thread_urls == (SEED,)
    assert "at least 2 posts could not be read" in seen.reason


def test_replies_in_a_circle_are_listed_once(server: MastodonServer) -> None:
    """No listing is climbed for ever."""
    server.posts["100"] |= {"in_reply_to_id": "104", "in_reply_to_account_id": "1000"}
    server.fixed["/api/v1/timelines/tag/x"] = Answer(list(server.posts.values()))
    assert len(account_of(server, f"{ROOT}/tags/x").thread_urls) <= 2

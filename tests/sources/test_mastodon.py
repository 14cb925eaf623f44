"""Is a thread on a Mastodon server read whole, in order, and without what is not part of it?"""

from __future__ import annotations

import pytest

from archiver.models import (
    Branch,
    Outcome,
)
from tests.sources.mastodon_server import MastodonServer
from tests.sources.mastodon_threads import (
    ROOT,
    SEED,
    capture,
    copies,
    five_posts,
    shown,
    uri,
)
from tests.sources.playing import NOW, Answer, numbers


@pytest.fixture
def server() -> MastodonServer:
    """A server with a thread of five posts."""
    return five_posts()


def test_thread_is_read_whole(server: MastodonServer) -> None:
    """Five posts in order, by global ids, with their author and the proof."""
    seen = capture(server)
    assert shown(seen) == numbers(100, 104)
    assert (seen.native_id, seen.url, seen.title) == (uri(100), SEED, "Post 100")
    assert (seen.author.id, seen.author.handle) == (f"{ROOT}/users/desk", "desk@social.example")
    assert (seen.posts[1].parent_id, seen.posts[0].parent_id) == (uri(100), None)
    done = seen.completeness
    assert (done.expected, done.captured, done.gaps) == (5, 5, 0)
    assert (seen.observed_at, seen.language, seen.gone) == (NOW, "en", ())
    assert seen.record_ids[0] == "urn:uuid:0"


@pytest.mark.parametrize("number", [100, 102, 104, 151])
def test_any_post_leads_to_the_root(server: MastodonServer, number: int) -> None:
    """Also the last one, and what a stranger answered."""
    server.add(150, "eve", 102)
    server.add(151, "eve", 150)
    seen = capture(server, server.url(number))
    assert seen.native_id == uri(100)
    assert (shown(seen), shown(seen, Branch.SIDE)) == (numbers(100, 104), ["150", "151"])


def test_busy_first_post_hides_nothing() -> None:
    """Seventy comments push the thread out of the first answer (trap 6)."""
    server = MastodonServer()
    server.add(100, "desk")
    for number in range(101, 171):
        server.add(number, f"reader{number}", 100)
    parent = 100
    for number in range(200, 232):
        server.add(number, "desk", parent)
        parent = number
    assert shown(capture(server)) == ["100", *numbers(200, 231)]


def test_long_thread_is_read_without_the_listing(server: MastodonServer) -> None:
    """Where accounts are not listed to strangers, contexts lead on, twenty posts at a time."""
    server.thread("desk", range(100, 171))
    server.fixed["/api/v1/accounts/1000/statuses"] = Answer({"error": "login"}, status=401)
    seen = capture(server, server.url(165))
    assert shown(seen) == numbers(100, 170)
    assert seen.completeness.expected is None
    assert "the account's listing could not be read (status 401)" in seen.completeness.reason


def test_thread_without_end_is_read_for_a_while() -> None:
    """Sixty contexts, and it is said."""
    server = MastodonServer()
    server.thread("desk", range(100, 180))
    server.fixed["/api/v1/accounts/1000/statuses"] = Answer(status=401)
    for number in range(100, 180):
        below = server.posts.get(str(number + 1))
        server.fixed[f"/api/v1/statuses/{number}/context"] = Answer(
            {"ancestors": [], "descendants": [below] if below else []}
        )
    assert "asked for 60 times only" in capture(server).completeness.reason


def test_strangers_thread_stays_beside(server: MastodonServer) -> None:
    """The author's answers inside a stranger's branch are not the thread (trap 4)."""
    server.add(110, "eve", 101)
    server.add(111, "desk", 110)
    server.add(112, "desk", 111)
    seen = capture(server)
    assert shown(seen) == numbers(100, 104)
    assert shown(seen, Branch.SIDE) == ["110", "111", "112"]


def test_order_is_that_of_replies_not_of_time(server: MastodonServer) -> None:
    """A clock that was wrong does not turn the thread around (trap 3)."""
    server.posts["102"]["created_at"] = "2026-05-01T00:00:00Z"
    assert shown(capture(server)) == numbers(100, 104)


def test_other_posts_of_the_author_are_not_taken_in(server: MastodonServer) -> None:
    """Later threads, single posts and boosts are in the listing, and are not this thread."""
    server.thread("desk", range(200, 204))
    server.delete(201)
    server.add(300, "desk", reblog=server.add(299, "eve"))
    server.add(301, "desk")
    assert shown(capture(server)) == numbers(100, 104)


def test_second_try_of_the_author_stays_beside(server: MastodonServer) -> None:
    """The oldest answer goes on."""
    server.add(110, "desk", 102)
    seen = capture(server)
    assert (shown(seen), shown(seen, Branch.SIDE)) == (numbers(100, 104), ["110"])


@pytest.mark.parametrize("page", [2, 3, 40])
def test_listing_is_paged_to_its_end(page: int) -> None:
    """By the server's own links, in pages of any size."""
    server = MastodonServer(page=page)
    server.thread("desk", range(100, 131))
    server.thread("desk", range(50, 60))
    server.delete(110)
    seen = capture(server)
    assert len(shown(seen)) == 31
    assert seen.completeness.expected == 31


def test_listing_without_own_replies_is_asked_for_them(server: MastodonServer) -> None:
    """Pleroma and GoToSocial leave out replies to oneself: such a listing proves nothing."""
    server.hides_replies = True
    server.add(110, "desk", 109)
    seen = capture(server)
    assert (shown(seen), seen.completeness.expected) == (numbers(100, 104), 5)
    server.fixed["/api/v1/accounts/1000/statuses"] = Answer([server.posts["100"]])
    done = capture(server).completeness
    assert (done.expected, done.captured) == (None, 5)
    assert "does not show its replies to itself" in done.reason


def test_listing_that_begins_with_the_newest_is_read_too(server: MastodonServer) -> None:
    """Some servers answer min_id as Mastodon answers since_id."""
    server.page = 3
    server.delete(102)
    base = "/api/v1/accounts/1000/statuses"
    asked = f"{base}?exclude_replies=true&exclude_reblogs=true&limit=40"
    newest = [server.posts["104"], server.posts["103"]]
    link = (("Link", f'<https://elsewhere.example{base}?max_id=103>; rel="next"'),)
    server.fixed[f"{asked}&min_id=100"] = Answer(newest, headers=link)
    server.fixed[f"{asked}&max_id=103"] = Answer([server.posts["101"], server.posts["100"]])
    assert shown(capture(server)) == ["100", "101", "[103]", "103", "104"]


def test_endless_listing_is_stopped_and_said(server: MastodonServer) -> None:
    """A listing of more than a thousand posts is not read to its end."""
    server.page = 1
    for number in range(200, 240):
        server.add(number, "desk")
    done = capture(server).completeness
    assert done.expected is None
    assert "was read for 25 pages only" in done.reason


def test_listing_that_leads_in_a_circle_ends(server: MastodonServer) -> None:
    """A page that names itself as the next one is read once."""
    page = Answer(
        [server.posts["104"]], headers=(("Link", f'<{ROOT}/x?since_id=104>; rel="prev"'),)
    )
    server.fixed["/api/v1/accounts/1000/statuses"] = page
    assert shown(capture(server)) == numbers(100, 104)


def copied(home: MastodonServer, away: MastodonServer) -> None:
    """Let another server hold copies under its own ids."""
    for post in list(home.posts.values()):
        copy = away.add(int(post["id"]) + 5_000, "copy")
        account = dict(away.account("copy")) | {
            "acct": "desk@social.example",
            "url": f"{ROOT}/@desk",
        }
        copy |= {"uri": post["uri"], "url": post["url"], "account": account}


def test_copy_leads_to_the_origin(server: MastodonServer) -> None:
    """Ids there are other ones; the thread is the same (trap 10)."""
    away = MastodonServer("https://away.example")
    copied(server, away)
    seen = capture(copies(server, away), "https://away.example/@desk@social.example/5102")
    assert (seen.native_id, seen.url) == (uri(100), SEED)
    assert shown(seen) == numbers(100, 104)


@pytest.mark.parametrize(
    "answer",
    [Answer(status=503), Answer(body=b"<html>", mime="text/html"), Answer(outcome=Outcome.TIMEOUT)],
)
def test_copy_is_kept_where_the_origin_is_silent(server: MastodonServer, answer: Answer) -> None:
    """It is better than nothing, it is said, and it can never change what the origin showed."""
    away = MastodonServer("https://away.example")
    copied(server, away)
    seen = capture(
        lambda url: away(url) if url.startswith(away.root) else answer,
        "https://away.example/@desk@social.example/5100",
    )
    assert seen.native_id == f"away.example {uri(100)}"
    assert seen.url == "https://away.example/@desk@social.example/5100"
    assert seen.author.handle == "desk@social.example"
    assert "this is a copy" in seen.completeness.reason
    assert seen.completeness.expected is None


def test_origin_that_shows_another_post_is_not_believed(server: MastodonServer) -> None:
    """Its id must be the one that was looked for (trap 16)."""
    away = MastodonServer("https://away.example")
    copied(server, away)
    server.posts["100"]["uri"] = uri(999)
    seen = capture(copies(server, away), "https://away.example/@desk@social.example/5100")
    assert "this is a copy" in seen.completeness.reason


def test_boost_leads_to_what_it_boosts(server: MastodonServer) -> None:
    """A boost has an id of its own."""
    server.add(500, "eve", reblog=server.posts["100"])
    assert capture(server, server.url(500)).native_id == uri(100)


def test_http_seed_is_asked_where_it_leads(server: MastodonServer) -> None:
    """A server that redirects to https is followed."""

    def redirecting(url: str) -> Answer:
        if url.startswith("http:"):
            location = url.replace("http:", "https:", 1)
            return Answer(status=301, headers=(("Location", location),))
        return server(url)

    assert shown(capture(redirecting, "http://social.example/@desk/100")) == numbers(100, 104)


def test_parent_above_that_is_not_shown_is_said(server: MastodonServer) -> None:
    """The thread begins where it can be seen."""
    server.posts["100"] |= {"in_reply_to_id": "7", "in_reply_to_account_id": "77"}
    seen = capture(server)
    assert seen.native_id == uri(100)
    assert "the first post answers one that is not to be seen" in seen.completeness.reason


def test_ancestors_beyond_the_limit_are_asked_for(server: MastodonServer) -> None:
    """Forty are told at once; above them it is asked again (trap 6)."""
    server.thread("desk", range(100, 200))
    assert capture(server, server.url(199)).native_id == uri(100)


def test_parents_are_asked_one_by_one_without_contexts(server: MastodonServer) -> None:
    """A server without contexts still tells what each post answers."""
    for number in range(100, 105):
        server.fixed[f"/api/v1/statuses/{number}/context"] = Answer(status=500)
    seen = capture(server, server.url(103))
    assert (seen.native_id, shown(seen)) == (uri(100), numbers(100, 104))
    assert "replies could not be read (status 500)" in seen.completeness.reason


def test_conversation_without_end_above_is_stopped(server: MastodonServer) -> None:
    """Where parents are asked one by one, a hundred and fifty are enough."""
    server.thread("desk", range(1_000, 1_300))
    for number in range(1_000, 1_300):
        server.fixed[f"/api/v1/statuses/{number}/context"] = Answer(status=500)
    server.fixed["/api/v1/accounts/1000/statuses"] = Answer(status=500)
    seen = capture(server, server.url(1_299))
    assert "goes on above 151 posts" in seen.completeness.reason


def test_deep_thread_is_read_from_its_last_post(server: MastodonServer) -> None:
    """Forty posts up at a time, however many there are."""
    server.thread("desk", range(1_000, 1_600))
    seen = capture(server, server.url(1_599))
    assert (seen.native_id, len(shown(seen))) == (uri(1_000), 600)

"""Is a thread on a Mastodon server read whole, in order, and without what is not part of it?"""

from __future__ import annotations

import datetime as dt

import pytest

from archiver import errors
from archiver.core.merge import HOLE
from archiver.models import (
    Branch,
    KnownPost,
    ListingObservation,
    Outcome,
    RefKind,
    ThreadObservation,
)
from archiver.sources.mastodon import Mastodon
from tests.sources.mastodon_server import MastodonServer
from tests.sources.playing import NOT_FOUND, NOW, Answer, Server, ask_all, thread_of

SOURCE = Mastodon()
ROOT = "https://social.example"
SEED = f"{ROOT}/@desk/100"


def capture(
    server: Server, url: str = SEED, known: tuple[KnownPost, ...] = ()
) -> ThreadObservation:
    """Capture a thread of the server."""
    return thread_of(SOURCE, url, server, known)


def uri(number: int, author: str = "desk") -> str:
    """Give the global id of a post."""
    return f"{ROOT}/users/{author}/statuses/{number}"


def shown(seen: ThreadObservation, branch: Branch = Branch.THREAD) -> list[str]:
    """Give local ids in reading order, gaps in brackets."""
    return [
        f"[{post.id.rpartition('/')[2]}]" if post.gap else post.id.rpartition("/")[2]
        for post in seen.posts
        if post.branch is branch
    ]


def numbers(first: int, last: int) -> list[str]:
    """Give local ids from the first to the last."""
    return [str(number) for number in range(first, last + 1)]


def known_of(seen: ThreadObservation) -> tuple[KnownPost, ...]:
    """Give what is stored after a capture."""
    return tuple(KnownPost(post.id, post.url) for post in seen.posts)


@pytest.fixture
def server() -> MastodonServer:
    """A server with a thread of five posts."""
    server = MastodonServer()
    server.thread("desk", range(100, 105))
    return server


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("url", "kind", "key"),
    [
        ("https://a.example/@user/123", RefKind.THREAD, ("https://a.example", "123")),
        ("https://a.example/@user@b.example/123", RefKind.THREAD, ("https://a.example", "123")),
        ("http://A.example:8080/@user/123/", RefKind.THREAD, ("http://a.example:8080", "123")),
        ("http://a.example:80/@user/1?x#y", RefKind.THREAD, ("http://a.example", "1")),
        ("https://a.example/@user/123/embed", RefKind.THREAD, ("https://a.example", "123")),
        ("https://a.example/users/u/statuses/1", RefKind.THREAD, ("https://a.example", "1")),
        ("https://a.example/ap/users/9/statuses/1", RefKind.THREAD, ("https://a.example", "1")),
        ("https://a.example/web/statuses/1", RefKind.THREAD, ("https://a.example", "1")),
        ("https://a.example/web/@u@b.example/1", RefKind.THREAD, ("https://a.example", "1")),
        ("https://a.example/@u/statuses/01ABC", RefKind.THREAD, ("https://a.example", "01ABC")),
        ("https://a.example/notice/AbC1", RefKind.THREAD, ("https://a.example", "AbC1")),
        ("https://[2001:db8::1]/@u/1", RefKind.THREAD, ("https://[2001:db8::1]", "1")),
        ("https://a.example/@user", RefKind.ACCOUNT, ("https://a.example", "user")),
        ("https://a.example/@u@b.example", RefKind.ACCOUNT, ("https://a.example", "u@b.example")),
        ("https://a.example/@user/media", RefKind.ACCOUNT, ("https://a.example", "user")),
        ("https://a.example/users/user/", RefKind.ACCOUNT, ("https://a.example", "user")),
    ],
)
def test_address_is_recognised(url: str, kind: RefKind, key: tuple[str, ...]) -> None:
    """By its shape; scheme and port of the seed stay."""
    ref = SOURCE.match(url)
    assert ref is not None
    assert (ref.platform, ref.kind, ref.url, ref.key) == ("mastodon", kind, url, key)


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/",
        "https://a.example/about",
        "https://a.example/@user/123/more/path",
        "https://a.example/@us er/123",
        "https://www.threads.com/@user",
        "https://medium.com/@user",
        "https://www.youtube.com/@channel",
        "ftp://a.example/@user/1",
        "https://name:word@a.example/@user/1",
        "https://a.example:99999/@user/1",
        "https:///@user/1",
        "https://[::1/@user/1",
        "threads.txt",
        "",
    ],
)
def test_other_address_is_not_ours(url: str) -> None:
    """Another platform, another scheme, or no address at all."""
    assert SOURCE.match(url) is None


# ---------------------------------------------------------------- whole threads


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


# ---------------------------------------------------------------- deleted posts


def test_thread_goes_on_behind_a_deleted_post(server: MastodonServer) -> None:
    """It is a gap, and what lost its parent is found in the listing (trap 7)."""
    server.delete(102)
    seen = capture(server)
    assert shown(seen) == ["100", "101", "[103]", "103", "104"]
    gap = seen.posts[2]
    assert (gap.id, gap.gap, gap.parent_id) == (HOLE + uri(103), True, uri(101))
    assert seen.posts[3].parent_id == gap.id
    done = seen.completeness
    assert (done.expected, done.captured, done.gaps) == (5, 4, 1)
    assert "1 of its posts is deleted" in done.reason


def test_stored_post_that_was_deleted_is_gone(server: MastodonServer) -> None:
    """It is asked for by name; the gap has its id, so that it stays in its place."""
    known = known_of(capture(server))
    server.delete(102)
    seen = capture(server, known=known)
    assert seen.gone == (uri(102),)
    assert [post.id for post in seen.posts if post.gap] == [uri(102)]
    assert seen.posts[2].url == f"{ROOT}/@desk/102"


def test_two_deleted_posts_keep_their_places(server: MastodonServer) -> None:
    """One that was stored, and one that never was."""
    server.thread("desk", range(100, 111))
    server.delete(103)
    known = known_of(capture(server))
    server.delete(107)
    seen = capture(server, known=known)
    assert [post.id for post in seen.posts if post.gap] == [HOLE + uri(104), uri(107)]
    assert seen.gone == (uri(107),)


def test_deleted_last_post_is_gone_without_a_gap(server: MastodonServer) -> None:
    """Nothing survives below it."""
    known = known_of(capture(server))
    server.delete(104)
    seen = capture(server, known=known)
    assert (seen.gone, shown(seen)) == ((uri(104),), numbers(100, 103))


@pytest.mark.parametrize("seed", [100, 103])
def test_thread_outlives_its_first_post(server: MastodonServer, seed: int) -> None:
    """It keeps its identity, its author and the rest of its posts."""
    known = known_of(capture(server))
    server.delete(100)
    seen = capture(server, f"{ROOT}/@desk/{seed}", known)
    assert (seen.native_id, seen.gone) == (uri(100), (uri(100),))
    assert shown(seen) == ["[100]", *numbers(101, 104)]
    assert (seen.author.handle, seen.title, seen.url) == ("desk@social.example", "", SEED)


def test_thread_outlives_its_first_post_without_a_look_up(server: MastodonServer) -> None:
    """Who wrote it is told by its stored posts."""
    known = known_of(capture(server))
    server.delete(100)
    server.fixed["/api/v1/accounts/lookup"] = Answer({"error": "login"}, status=401)
    seen = capture(server, known=known)
    assert shown(seen) == ["[100]", *numbers(101, 104)]
    assert seen.author.name == "Desk"


def test_seed_that_was_deleted_leads_to_the_stored_root(server: MastodonServer) -> None:
    """The thread was found by a post that is gone now."""
    known = known_of(capture(server))
    server.delete(102)
    seen = capture(server, f"{ROOT}/@desk/102", known)
    assert (seen.native_id, seen.gone) == (uri(100), (uri(102),))


def test_first_post_that_is_hidden_now_keeps_its_replies(server: MastodonServer) -> None:
    """It is 404 to strangers, and still named by the next one."""
    known = known_of(capture(server))
    del server.posts["100"]
    seen = capture(server, known=known)
    assert shown(seen) == ["[100]", *numbers(101, 104)]


def test_stored_post_that_is_hidden_now_is_not_gone(server: MastodonServer) -> None:
    """It is there, and not for all."""
    known = known_of(capture(server))
    server.posts["104"]["visibility"] = "private"
    seen = capture(server, known=known)
    assert (shown(seen), seen.gone) == (numbers(100, 103), ())


@pytest.mark.parametrize("number", [100, 103])
def test_thread_stored_from_elsewhere_is_not_looked_for_here(
    server: MastodonServer, number: int
) -> None:
    """Its first post is of another server: this one cannot say that it is gone."""
    known = (
        KnownPost("https://away.example/users/desk/statuses/1", ""),
        *known_of(capture(server)),
    )
    server.delete(102)
    server.delete(100)
    with pytest.raises(errors.NotFound):
        capture(server, f"{ROOT}/@desk/{number}", known)


def test_what_was_never_stored_is_not_hung_on_a_first_post_that_is_gone(
    server: MastodonServer,
) -> None:
    """Nothing says that it was of this thread."""
    known = known_of(capture(server))[:1]
    server.delete(100)
    assert shown(capture(server, known=known)) == ["[100]"]


def test_everything_gone_is_still_an_observation(server: MastodonServer) -> None:
    """Account and posts are gone: the server itself says so, and nobody says who wrote it."""
    known = known_of(capture(server))
    server.posts.clear()
    server.accounts.clear()
    seen = capture(server, known=known)
    assert set(seen.gone) == {each.id for each in known}
    assert (shown(seen), seen.author.id) == (["[100]"], "")


def test_server_that_is_no_more_deletes_nothing(server: MastodonServer) -> None:
    """A parked domain answers 404 to everything: that is no deletion."""
    known = known_of(capture(server))
    with pytest.raises(errors.NotFound):
        capture(
            lambda url: Answer(status=404, body=b"<h1>Buy me</h1>", mime="text/html"), known=known
        )


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_refusal_is_no_deletion(server: MastodonServer, status: int) -> None:
    """A stored post that the server does not show for another reason is not gone (trap 8)."""
    known = known_of(capture(server))
    server.delete(102)
    server.fixed["/api/v1/statuses/102"] = Answer({"error": "x"}, status=status)
    seen = capture(server, known=known)
    assert seen.gone == ()
    assert "not every stored post could be asked for" in seen.completeness.reason


def test_deleted_seed_nobody_stored_is_not_found(server: MastodonServer) -> None:
    """There is nothing to say of it."""
    with pytest.raises(errors.NotFound):
        capture(server, f"{ROOT}/@desk/999")


def test_stored_post_that_is_only_not_listed_is_shown(server: MastodonServer) -> None:
    """It answers by name, so it is there."""
    known = known_of(capture(server))
    server.fixed["/api/v1/statuses/104/context"] = Answer({"ancestors": [], "descendants": []})
    server.fixed["/api/v1/statuses/100/context"] = Answer({"ancestors": [], "descendants": []})
    server.fixed["/api/v1/accounts/1000/statuses"] = Answer(status=500)
    seen = capture(server, known=known)
    assert (shown(seen), seen.gone) == (numbers(100, 104), ())


def test_many_stored_posts_are_asked_for_in_part(server: MastodonServer) -> None:
    """Two hundred at most, and it is said."""
    known = (
        *known_of(capture(server)),
        *(KnownPost(uri(number), "") for number in range(1_000, 1_250)),
        KnownPost("https://elsewhere.example/users/eve/statuses/1", ""),
        KnownPost(HOLE + uri(1), ""),
    )
    seen = capture(server, known=known)
    assert len(seen.gone) == 200
    assert "of 250 stored posts not shown, 200 were asked for" in seen.completeness.reason


def test_post_for_followers_only_is_a_gap_with_its_id(server: MastodonServer) -> None:
    """The pointer of the next post still names it."""
    del server.posts["102"]
    seen = capture(server)
    assert [post.id for post in seen.posts if post.gap] == [uri(102)]
    assert shown(seen) == ["100", "101", "[102]", "103", "104"]


def test_seed_behind_a_deleted_post_leads_to_the_root(server: MastodonServer) -> None:
    """By what its author wrote before it."""
    server.thread("desk", range(50, 53))
    server.delete(102)
    seen = capture(server, server.url(104))
    assert seen.native_id == uri(100)
    assert shown(seen) == ["100", "101", "[103]", "103", "104"]


def test_first_post_that_is_gone_before_the_first_capture(server: MastodonServer) -> None:
    """The thread begins with what is left, and that is said; the next capture says the same."""
    server.delete(100)
    seen = capture(server, server.url(102))
    assert (seen.native_id, shown(seen)) == (uri(101), numbers(101, 104))
    assert "the first post continues one that is gone" in seen.completeness.reason
    again = capture(server, server.url(102), known_of(seen))
    assert (again.native_id, shown(again)) == (uri(101), numbers(101, 104))


def test_first_post_that_is_gone_and_listing_refused(server: MastodonServer) -> None:
    """What is left is still captured."""
    server.delete(100)
    server.fixed["/api/v1/accounts/1000/statuses"] = Answer(status=403)
    seen = capture(server, server.url(102))
    assert seen.native_id == uri(101)
    assert "the author's earlier posts could not be read" in seen.completeness.reason


# ---------------------------------------------------------------- whose orphan is it?


def test_orphan_goes_to_the_thread_before_it(server: MastodonServer) -> None:
    """Each of two threads has a deleted post: none takes what is the other's."""
    server.thread("desk", range(200, 206))
    server.delete(102)
    server.delete(202)
    assert shown(capture(server)) == ["100", "101", "[103]", "103", "104"]
    other = capture(server, server.url(205))
    assert shown(other) == ["200", "201", "[203]", *numbers(203, 205)]


def test_single_post_between_does_not_take_the_orphan(server: MastodonServer) -> None:
    """A newsroom posts something else while its thread goes on."""
    server.posts.clear()
    server.thread("desk", [100, 102, 104, 106])
    server.add(103, "desk")
    server.delete(104)
    assert shown(capture(server)) == ["100", "102", "[106]", "106"]


def test_orphan_of_a_later_single_post_is_not_ours(server: MastodonServer) -> None:
    """The thread had been quiet for hours."""
    server.thread("desk", [500, 501, 502])
    server.delete(501)
    assert shown(capture(server)) == numbers(100, 104)


def test_orphan_after_long_silence_is_nobodys(server: MastodonServer) -> None:
    """After weeks it is rather the rest of a thread whose first post is gone."""
    server.thread("desk", [90_000, 90_001])
    server.delete(90_000)
    assert shown(capture(server)) == numbers(100, 104)


def test_conversation_of_the_server_decides(server: MastodonServer) -> None:
    """Where ActivityPub tells the conversation, no guess is made."""
    server.thread("desk", [90_000, 90_001])
    server.delete(90_000)
    server.conversations = {"100": "tag:1", "90001": "tag:1"}
    assert shown(capture(server)) == [*numbers(100, 104), "[90001]", "90001"]
    server.thread("desk", [106, 107])
    server.delete(106)
    server.conversations = {"100": "tag:1", "107": "tag:2", "90001": "tag:3"}
    assert shown(capture(server)) == numbers(100, 104)
    assert capture(server, server.url(107)).native_id == uri(107)


def test_older_thread_that_goes_on_later_is_not_ours(server: MastodonServer) -> None:
    """Its new post names a parent that is older than our first one."""
    server.add(90, "desk")
    server.add(91, "desk", 90)
    server.add(105, "desk", 91)
    server.add(106, "desk", 105)
    assert shown(capture(server)) == numbers(100, 104)


def test_parent_that_is_not_listed_is_asked_for(server: MastodonServer) -> None:
    """The listing leaves out a post that is there."""
    listing = server(
        f"{ROOT}/api/v1/accounts/1000/statuses"
        "?exclude_replies=true&exclude_reblogs=true&limit=40&min_id=100"
    )
    assert isinstance(listing.value, list)
    kept = [post for post in listing.value if post["id"] != "102"]
    server.fixed["/api/v1/accounts/1000/statuses"] = Answer(kept)
    server.fixed["/api/v1/statuses/100/context"] = Answer({"ancestors": [], "descendants": []})
    assert shown(capture(server)) == numbers(100, 104)


# ---------------------------------------------------------------- copies elsewhere


def copies(home: Server, away: MastodonServer) -> Server:
    """Answer for two servers."""
    return lambda url: away(url) if url.startswith(away.root) else home(url)


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


# ---------------------------------------------------------------- above the first post


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
    """Two hundred posts up are enough."""
    server.thread("desk", range(1_000, 1_300))
    seen = capture(server, server.url(1_299))
    assert "goes on above" in seen.completeness.reason


# ---------------------------------------------------------------- bad answers


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (NOT_FOUND, errors.NotFound),
        (Answer(status=410), errors.NotFound),
        (Answer({"error": "login"}, status=401), errors.AccessDenied),
        (Answer(status=403), errors.AccessDenied),
        (Answer(status=429, headers=(("Retry-After", "30"),)), errors.RateLimited),
        (Answer(status=502), errors.FetchError),
        (Answer(outcome=Outcome.TIMEOUT), errors.FetchError),
        (Answer(whole=False), errors.FetchError),
        (Answer(body=b"<!doctype html>", mime="text/html"), errors.ParseError),
        (Answer(None), errors.ParseError),
        (Answer([]), errors.ParseError),
        (Answer({}), errors.ParseError),
        (Answer({"id": 1}), errors.ParseError),
        (Answer(body=b'{"id":"\xff"}'), errors.ParseError),
    ],
)
def test_seed_that_cannot_be_read_is_one_error(
    server: MastodonServer, answer: Answer, kind: type[errors.ArchiverError]
) -> None:
    """Said by parse; plan asks for nothing more."""
    server.fixed["/api/v1/statuses/100"] = answer
    with pytest.raises(kind, match=r"https://social\.example/api/v1/statuses/100"):
        capture(server)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", 100),
        ("uri", None),
        ("created_at", "yesterday"),
        ("content", ["<p>"]),
        ("account", []),
        ("media_attachments", {}),
        ("mentions", [1]),
        ("poll", {"options": [{"title": None}]}),
        ("edited_at", 5),
        ("in_reply_to_id", 7),
    ],
)
def test_post_of_another_shape_is_a_parse_error(
    server: MastodonServer, field: str, value: object
) -> None:
    """The platform changed its format: that must be seen, not guessed around."""
    server.posts["100"][field] = value
    with pytest.raises(errors.ParseError, match=field):
        capture(server)


def test_context_of_another_shape_is_a_parse_error(server: MastodonServer) -> None:
    """A thread must not become short in silence."""
    server.fixed["/api/v1/statuses/100/context"] = Answer([])
    with pytest.raises(errors.ParseError):
        capture(server)


def test_context_that_fails_leaves_the_listing(server: MastodonServer) -> None:
    """It is said that replies are missing."""
    server.fixed["/api/v1/statuses/100/context"] = Answer(status=429)
    seen = capture(server)
    assert shown(seen) == numbers(100, 104)
    assert "replies could not be read (status 429)" in seen.completeness.reason


def test_listing_of_another_shape_leaves_the_contexts(server: MastodonServer) -> None:
    """It is said that nothing proves the thread whole."""
    server.fixed["/api/v1/accounts/1000/statuses"] = Answer({})
    seen = capture(server)
    assert shown(seen) == numbers(100, 104)
    assert "could not be read (not what is documented)" in seen.completeness.reason


def test_posts_not_for_all_are_not_archived(server: MastodonServer) -> None:
    """Even if a server shows them."""
    server.add(110, "eve", 100, visibility="private")
    assert shown(capture(server), Branch.SIDE) == []
    server.posts["100"]["visibility"] = "direct"
    with pytest.raises(errors.NotFound, match="not public"):
        capture(server)


def test_capture_that_was_cut_short_says_so(server: MastodonServer) -> None:
    """With the seed there is a thread; without it there is none."""
    played, _ = ask_all(SOURCE, SEED, server)
    ref = SOURCE.match(SEED)
    assert ref is not None
    seen = SOURCE.parse(ref, played.seen[:1])
    assert isinstance(seen, ThreadObservation)
    assert "the capture ended before everything was asked" in seen.completeness.reason
    with pytest.raises(errors.FetchError, match="not asked before the capture ended"):
        SOURCE.parse(ref, ())


def test_edited_post_is_asked_for_its_versions(server: MastodonServer) -> None:
    """The newest one is read; the others are recorded while they can be had."""
    server.posts["102"] |= {"edited_at": "2026-05-02T10:00:00Z", "content": "<p>Corrected</p>"}
    played, parse = ask_all(SOURCE, SEED, server)
    assert [url for url in played.asked if url.endswith("/history")] == [
        f"{ROOT}/api/v1/statuses/102/history"
    ]
    seen = parse()
    assert isinstance(seen, ThreadObservation)
    assert seen.posts[2].edited_at == dt.datetime(2026, 5, 2, 10, tzinfo=dt.UTC)
    assert seen.posts[2].text == "Corrected"


# ---------------------------------------------------------------- accounts


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

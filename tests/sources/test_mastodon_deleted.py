"""What becomes of a thread on a Mastodon server when posts of it are deleted?"""

from __future__ import annotations

import pytest

from archiver import errors
from archiver.core.merge import HOLE
from archiver.models import (
    KnownPost,
    ThreadObservation,
)
from tests.sources.mastodon_server import MastodonServer
from tests.sources.mastodon_threads import (
    ROOT,
    SEED,
    SOURCE,
    capture,
    five_posts,
    shown,
    uri,
)
from tests.sources.playing import NOT_FOUND, Answer, ask_all, known_of, numbers


@pytest.fixture
def server() -> MastodonServer:
    """A server with a thread of five posts."""
    return five_posts()


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


RAILS = Answer({"status": 404, "error": "Not Found"}, status=404)


@pytest.mark.parametrize(
    "answer",
    [
        RAILS,
        Answer({"error": ""}, status=410),
        Answer(status=302, headers=(("Location", "https://park.example/"),)),
    ],
)
def test_other_application_on_the_domain_deletes_nothing(
    server: MastodonServer, answer: Answer
) -> None:
    """Whoever has the domain now says nothing of what stood there: not even in the right words."""
    known = known_of(capture(server))
    with pytest.raises(errors.FetchError):
        capture(lambda url: NOT_FOUND if "park.example" in url else answer, known=known)


@pytest.mark.parametrize("said", ["Not Found: target status not found", "", "Nicht gefunden"])
@pytest.mark.parametrize(("software", "is_gone"), [("gotosocial", True), ("shop", False)])
def test_server_that_says_it_in_any_words_must_still_be_one(
    server: MastodonServer, said: str, software: str, *, is_gone: bool
) -> None:
    """GoToSocial, Pixelfed and Friendica have no sentence of their own: nodeinfo proves them."""
    known = known_of(capture(server))[:1]
    server.delete(100)
    server.software = software
    server.fixed["/api/v1/statuses/100"] = Answer({"error": said}, status=404)
    if is_gone:
        assert capture(server, known=known).gone == (uri(100),)
        return
    with pytest.raises(errors.NotFound):
        capture(server, known=known)


def test_server_that_showed_posts_is_believed_in_any_words(server: MastodonServer) -> None:
    """In the same capture it proved itself; nothing more is asked."""
    known = known_of(capture(server))
    server.delete(104)
    server.fixed["/api/v1/statuses/104"] = RAILS
    played, parse = ask_all(SOURCE, SEED, server, known)
    seen = parse()
    assert isinstance(seen, ThreadObservation) and seen.gone == (uri(104),)
    assert not any("nodeinfo" in each for each in played.asked)


def test_copy_of_a_reply_that_is_gone_here_is_not_gone(server: MastodonServer) -> None:
    """Only its own server can say so, whatever addresses lead here."""
    there = "https://b.example/notes/9x"
    server.add(105, "bob", 100, uri=there, url=there)
    known = known_of(capture(server))
    assert there in {each.id for each in known}
    server.delete(105)
    assert capture(server, known=known).gone == ()


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

"""Does a bad answer of a Mastodon server lose no more than itself?"""

from __future__ import annotations

import datetime as dt

import pytest

from archiver import errors
from archiver.models import (
    Branch,
    Outcome,
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
from tests.sources.playing import NOT_FOUND, Answer, ask_all, numbers

SIX = {"original": {"width": "6"}}


@pytest.fixture
def server() -> MastodonServer:
    """A server with a thread of five posts."""
    return five_posts()


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
        ("uri", ""),
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


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("media_attachments", {}),
        ("media_attachments", [{"type": "image", "url": "https://f.example/x", "meta": 5}]),
        ("media_attachments", [{"url": "https://f.example/x", "meta": SIX}]),
        ("mentions", [1]),
        ("mentions", [{"acct": 5}]),
        ("tags", "x"),
        ("poll", {"options": [{"title": None}, 5], "voters_count": "many"}),
        ("edited_at", 5),
        ("visibility", []),
        ("card", "x"),
        ("quote", []),
        ("quote", {"quoted_status": {"account": []}}),
        ("language", {}),
        ("sensitive", "yes"),
        ("spoiler_text", 0),
    ],
)  # fmt: skip
@pytest.mark.parametrize("number", ["100", "102"])
def test_odd_part_of_a_post_loses_only_itself(
    server: MastodonServer, number: str, field: str, value: object
) -> None:
    """The words and their order are what a thread is; what was left out is said."""
    server.posts[number][field] = value
    seen = capture(server)
    assert shown(seen) == numbers(100, 104)
    said = seen.completeness.reason
    assert "parts of 1 post could not be read" in said
    assert field in said


@pytest.mark.parametrize(
    "damage", [{"id": None}, {"uri": 5}, {"account": {}}, {"created_at": ""}, {"content": 7}]
)
def test_unreadable_reply_loses_only_itself(
    server: MastodonServer, damage: dict[str, object]
) -> None:
    """The rest of the thread is read, and it is said that a post was not."""
    server.add(110, "eve", 101)
    bad = server.add(111, "bob", 101) | damage
    del server.posts["111"]
    below = [server.posts[str(n)] for n in range(101, 105)] + [server.posts["110"], bad]
    server.fixed["/api/v1/statuses/100/context"] = Answer({"ancestors": [], "descendants": below})
    seen = capture(server)
    assert (shown(seen), shown(seen, Branch.SIDE)) == (numbers(100, 104), ["110"])
    assert "1 post that the server listed could not be read" in seen.completeness.reason


def test_unreadable_post_of_the_listing_leaves_the_number_open(server: MastodonServer) -> None:
    """It may be one of the thread: nothing proves it whole."""
    posts = [server.posts[str(n)] for n in range(104, 100, -1)]
    server.fixed["/api/v1/accounts/1000/statuses"] = Answer([*posts, 5, {"id": "999"}])
    done = capture(server).completeness
    assert (done.expected, done.captured) == (None, 5)
    assert "2 posts that the server listed could not be read" in done.reason


@pytest.mark.parametrize("number", range(100, 103))
def test_circle_of_replies_is_one_thread(server: MastodonServer, number: int) -> None:
    """Wherever it is entered it begins with its oldest post."""
    server.posts.clear()
    server.thread("desk", range(100, 103))
    server.posts["100"] |= {"in_reply_to_id": "102", "in_reply_to_account_id": "1000"}
    for each in range(100, 103):
        context = {"ancestors": [], "descendants": list(server.posts.values())}
        server.fixed[f"/api/v1/statuses/{each}/context"] = Answer(context)
    seen = capture(server, server.url(number))
    assert (seen.native_id, shown(seen)) == (uri(100), numbers(100, 102))
    assert "in a circle" in seen.completeness.reason


def test_post_that_answers_itself_is_a_thread(server: MastodonServer) -> None:
    """A circle of one."""
    server.posts["100"] |= {"in_reply_to_id": "100", "in_reply_to_account_id": "1000"}
    context = {"ancestors": [], "descendants": [server.posts[str(n)] for n in range(101, 105)]}
    server.fixed["/api/v1/statuses/100/context"] = Answer(context)
    assert shown(capture(server)) == numbers(100, 104)


def test_post_under_the_name_of_another_server_is_not_the_authors(server: MastodonServer) -> None:
    """Only an author's own server says what its author wrote (trap 16)."""
    server.add(105, "desk", 104, uri="https://evil.example/users/desk/statuses/1")
    server.add(106, "eve", 104, uri="https://away.example/users/eve/statuses/1")
    seen = capture(server)
    assert shown(seen) == numbers(100, 104)
    assert [post.id for post in seen.posts[5:]] == ["https://away.example/users/eve/statuses/1"]
    assert "1 post under another server's name" in seen.completeness.reason


@pytest.mark.parametrize(
    ("local", "path"), [("105", "@eve@away.example/105"), ("A9x", "notice/A9x")]
)
def test_reply_of_another_server_leads_to_who_showed_it(
    server: MastodonServer, local: str, path: str
) -> None:
    """Its words are kept as that server showed them; its own server was not asked."""
    there = "https://away.example/users/eve/statuses/1"
    eve = {"id": "7", "acct": "eve@away.example", "url": "https://away.example/@eve"}
    post = server.add(105, "eve", 104, uri=there, url="https://away.example/@eve/1")
    post |= {"id": local, "account": post["account"] | eve}
    del server.posts["105"]
    below = [server.posts[each] for each in numbers(101, 104)]
    context = Answer({"ancestors": [], "descendants": [*below, post]})
    server.fixed["/api/v1/statuses/100/context"] = context
    [reply] = capture(server).posts[5:]
    assert (reply.id, reply.url, reply.text) == (there, f"{ROOT}/{path}", "Post 105")


def test_reply_that_claims_the_id_of_the_first_post_does_not_replace_it(
    server: MastodonServer,
) -> None:
    """Of equal ids the first post itself counts."""
    server.add(110, "eve", 100, uri=uri(100), content="<p>Forged</p>")
    seen = capture(server)
    assert seen.posts[0].text == "Post 100"
    assert shown(seen) == numbers(100, 104)


def test_time_in_the_future_is_kept_as_it_was_said(server: MastodonServer) -> None:
    """A clock that is wrong turns nothing around."""
    server.posts["101"]["created_at"] = "9999-12-31T23:59:59Z"
    assert shown(capture(server)) == numbers(100, 104)


def test_chain_of_ten_thousand_is_read_from_one_answer(server: MastodonServer) -> None:
    """A server without limits makes no recursion and no squares."""
    server.posts.clear()
    server.thread("desk", range(1, 10_001))
    below = [server.posts[str(n)] for n in range(2, 10_001)]
    server.fixed["/api/v1/statuses/1/context"] = Answer({"ancestors": [], "descendants": below})
    server.fixed["/api/v1/accounts/1000/statuses"] = Answer([])
    seen = capture(server, f"{ROOT}/@desk/1")
    assert shown(seen) == numbers(1, 10_000)


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


@pytest.mark.parametrize("value", [{}, None, "x", 7])
def test_listing_of_another_shape_leaves_the_contexts(
    server: MastodonServer, value: object
) -> None:
    """It is said that nothing proves the thread whole."""
    server.fixed["/api/v1/accounts/1000/statuses"] = Answer(value)
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


def test_answer_that_is_another_post_is_not_believed(server: MastodonServer) -> None:
    """Asked for one id, a server shows another."""
    server.fixed["/api/v1/statuses/100"] = Answer(server.posts["104"])
    with pytest.raises(errors.ParseError, match="the id that was asked for"):
        capture(server)


def test_two_posts_under_one_id_prove_nothing_whole(server: MastodonServer) -> None:
    """One of them cannot be kept: it is said, and the number stays open."""
    other = server.posts["104"] | {"uri": f"{ROOT}/users/desk/statuses/999"}
    below = [*(server.posts[str(n)] for n in range(101, 105)), other]
    server.fixed["/api/v1/statuses/100/context"] = Answer({"ancestors": [], "descendants": below})
    done = capture(server).completeness
    assert (done.expected, done.captured) == (None, 5)
    assert "1 post that the server listed could not be read" in done.reason

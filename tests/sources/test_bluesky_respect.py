"""Is what authors and moderators on Bluesky ask for respected, and is it said?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from archiver.models import Branch
from archiver.sources.bluesky import labels
from tests.sources.bluesky_capture import PROFILE, RECORD, SEED, THREAD, capture, of_five, shown
from tests.sources.bluesky_server import APPVIEW, BlueskyServer, failed
from tests.sources.playing import Answer, known_of, numbers

NO_VISITORS = "!no-unauthenticated"
WISH = [{"src": "did:plc:desk", "uri": "x", "val": NO_VISITORS}]


@pytest.fixture
def server() -> BlueskyServer:
    """Servers with a thread of five posts."""
    return of_five()


def label(name: str, val: str, **more: Any) -> dict[str, Any]:
    """Make a label that somebody put on an account."""
    return {"src": f"did:plc:{name}", "uri": f"did:plc:{name}", "val": val, **more}


def sealed(server: BlueskyServer, url: str = SEED) -> dict[str, str]:
    """Capture; give why posts are sealed, by their text."""
    return {post.text: post.sealed for post in capture(server, url).posts if post.sealed}


@pytest.mark.parametrize("number", [100, 103])
def test_thread_of_an_author_who_does_not_want_visitors_is_kept_sealed(
    server: BlueskyServer, number: int
) -> None:
    """Captured whole and never published; each post says why."""
    server.profile("desk")["labels"] = WISH
    seen = capture(server, server.page_of(server.uri(number, "desk")))
    assert shown(seen) == numbers(100, 104)
    assert {post.sealed for post in seen.posts} == {labels.NO_VISITORS}


def test_answer_in_the_thread_of_such_an_author_is_open(server: BlueskyServer) -> None:
    """The stranger did not ask for anything; the thread is sealed by its first post."""
    other = server.add(200, "eve", server.uri(101, "desk"))
    server.profile("desk")["labels"] = WISH
    seen = capture(server, server.page_of(other))
    assert seen.posts[0].sealed == labels.NO_VISITORS
    assert [post.sealed for post in seen.posts if post.branch is Branch.SIDE] == [""]


def test_stranger_who_does_not_want_visitors_is_sealed(server: BlueskyServer) -> None:
    """The rest of the conversation is open."""
    server.add(200, "eve", server.uri(101, "desk"))
    server.add(201, "bob", server.uri(101, "desk"))
    server.profile("eve")["labels"] = [label("eve", NO_VISITORS)]
    assert sealed(server) == {"Post 200": labels.NO_VISITORS}


def test_wish_counts_for_what_only_the_repository_has(server: BlueskyServer) -> None:
    """The posts that are shown say what their author wants."""
    server.profile("desk")["labels"] = WISH
    server.delete(server.uri(102, "desk"))
    server.shows_posts = False
    seen = capture(server)
    assert shown(seen) == ["100", "101", "-", "103", "104"]
    assert [bool(post.sealed) for post in seen.posts] == [True, True, False, True, True]


@pytest.mark.parametrize("wish", [WISH, []])
def test_wish_stands_in_the_repository_too(server: BlueskyServer, wish: list[Any]) -> None:
    """Where the AppView does not answer, the author's own profile record does."""
    server.profile("desk")["labels"] = wish
    server.down = Answer(status=503)
    seen = capture(server, server.uri(100, "desk"))
    assert {post.sealed for post in seen.posts} == {labels.NO_VISITORS if wish else ""}
    assert (seen.author.name, seen.author.handle) == ("Desk", "desk.example")


def test_wish_that_nobody_tells_is_taken_for_one(server: BlueskyServer) -> None:
    """Better a thread unpublished than an author's wish passed over."""
    server.down = Answer(status=503)
    profile = f"{RECORD}?repo=did:plc:desk&collection=app.bsky.actor.profile&rkey=self"
    for answer in (Answer(status=500), Answer({"value": {"labels": 5}}), Answer({"value": []})):
        server.fixed[profile] = answer
        seen = capture(server, server.uri(100, "desk"))
        assert {post.sealed for post in seen.posts} == {labels.WISH_UNKNOWN}
    server.fixed[profile] = failed("RecordNotFound")
    assert {p.sealed for p in capture(server, server.uri(100, "desk")).posts} == {""}


def test_what_moderation_hides_is_sealed(server: BlueskyServer) -> None:
    """A post, or all of an account; a warning on a profile says nothing of posts."""
    one = server.add(200, "eve", server.uri(101, "desk"))
    server.add(201, "bob", server.uri(101, "desk"))
    server.add(202, "joe", server.uri(101, "desk"))
    server.views[one]["labels"] = [label("mod", "!hide")]
    server.profile("bob")["labels"] = [label("mod", "!hide")]
    profile = "at://did:plc:joe/app.bsky.actor.profile/self"
    server.profile("joe")["labels"] = [label("mod", "!hide") | {"uri": profile}]
    assert sealed(server) == {"Post 200": labels.HIDDEN, "Post 201": labels.HIDDEN}


OLD, NEW = "2026-05-01T00:00:00Z", "2026-06-01T00:00:00Z"
PAST, FUTURE = "2026-11-01T00:00:00Z", "2027-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("words", "counts"),
    [
        ([{}], True),
        ([{}, {"neg": True}], False),
        ([{"neg": True}, {}], False),
        ([{"cts": OLD}, {"cts": NEW, "neg": True}], False),
        ([{"cts": NEW, "neg": True}, {"cts": OLD}], False),
        ([{"cts": OLD, "neg": True}, {"cts": NEW}], True),
        ([{"exp": PAST}], False),
        ([{"exp": FUTURE}], True),
        ([{"exp": "some day"}], True),
        ([{}, {"src": "did:plc:other", "neg": True}], True),
        ([{"cts": "soon"}], True),
    ],
)
def test_newest_word_of_each_source_counts(words: list[dict[str, Any]], counts: bool) -> None:
    """Labels are withdrawn, expire, and come back."""
    server = of_five()
    server.profile("desk")["labels"] = [label("desk", NO_VISITORS) | word for word in words]
    assert bool(sealed(server)) is counts


def test_reply_that_the_author_hides_is_kept_aside(server: BlueskyServer) -> None:
    """The gate names it; it is part of what was said, and that it is hidden is said."""
    server.hidden = [
        server.add(200, "eve", server.uri(101, "desk")),
        server.uri(999, "bob"),
        "https://nonsense",
    ]
    server.add(201, "bob", server.uri(101, "desk"))
    seen = capture(server)
    assert shown(seen, Branch.SIDE) == ["200", "201"]
    assert "3 replies are hidden by its author, 1 of them kept" in seen.completeness.reason


def test_hidden_reply_of_another_conversation_is_left_out(server: BlueskyServer) -> None:
    """A gate can name any post; only those of this thread are taken."""
    server.hidden = [server.add(200, "eve")]
    seen = capture(server)
    assert (shown(seen), shown(seen, Branch.SIDE)) == (numbers(100, 104), [])
    assert "1 reply is hidden by its author, 0 of them kept" in seen.completeness.reason


def test_hidden_replies_without_end_are_asked_for_in_part(server: BlueskyServer) -> None:
    """A hundred, and it is said."""
    server.hidden = [server.uri(1000 + number, "eve") for number in range(300)]
    assert "of the hidden replies 100 were asked for only" in capture(server).completeness.reason


@pytest.mark.parametrize(
    ("allow", "said"),
    [
        ([], "nobody may reply"),
        ([{"$type": "app.bsky.feed.threadgate#mentionRule"}], "only some people may reply"),
        (None, ""),
    ],
)
def test_who_may_reply_is_said(
    server: BlueskyServer, allow: list[dict[str, Any]] | None, said: str
) -> None:
    """It explains why there are no replies."""
    server.allow = allow
    assert (said or "checked") in capture(server).completeness.reason
    assert bool(said) is ("may reply" in capture(server).completeness.reason)


def test_gate_of_another_shape_does_not_stop_the_thread(server: BlueskyServer) -> None:
    """It is about replies only."""
    answer = server(f"{APPVIEW}{THREAD}?uri={server.uri(100, 'desk')}")
    assert isinstance(answer.value, dict)
    odd: list[Any] = [[], {"record": []}, {"record": {"hiddenReplies": [7]}}]
    for gate in odd:
        server.fixed[THREAD] = Answer(answer.value | {"threadgate": gate})
        seen = capture(server)
        assert shown(seen) == numbers(100, 104)
        assert "who may reply was not understood" in seen.completeness.reason
    server.fixed[THREAD] = Answer(answer.value | {"threadgate": {"lists": []}})
    assert "reply" not in capture(server).completeness.reason


def test_blocked_and_missing_replies_are_passed_over(server: BlueskyServer) -> None:
    """They hide nothing else."""
    answer = server(f"{APPVIEW}{THREAD}?uri={server.uri(100, 'desk')}")
    tree = json.loads(json.dumps(answer.value))
    defs = "app.bsky.feed.defs"
    tree["thread"]["replies"] += [
        {"$type": f"{defs}#blockedPost", "uri": "at://x", "blocked": True},
        {"$type": f"{defs}#notFoundPost", "uri": "at://y", "notFound": True},
    ]
    server.fixed[THREAD] = Answer(tree)
    assert shown(capture(server)) == numbers(100, 104)


def test_account_that_moderation_warns_of_is_sensitive(server: BlueskyServer) -> None:
    """The post says nothing itself, so there is no warning in words."""
    server.profile("desk")["labels"] = [label("mod", "porn")]
    posts = capture(server).posts
    assert {(post.sensitive, post.content_warning) for post in posts} == {(True, "")}


def test_profile_of_somebody_else_says_nothing(server: BlueskyServer) -> None:
    """An AppView that confuses accounts is not believed."""
    known = known_of(capture(server))
    server.records.clear()
    server.fixed[PROFILE] = Answer({"did": "did:plc:eve", "handle": "eve.example"})
    seen = capture(server, known=known)
    assert (seen.author.id, seen.author.handle) == ("did:plc:desk", "desk.example")

"""Does a thread on Bluesky outlive its deleted posts, and is nothing else a deletion?"""

from __future__ import annotations

from typing import Any

import pytest

from archiver.models import (
    Outcome,
)
from tests.sources.bluesky_capture import RECORD, SEED, THREAD, capture, of_five, shown, tree_of
from tests.sources.bluesky_server import PDS, BlueskyServer, failed
from tests.sources.playing import Answer, known_of, numbers


@pytest.fixture
def server() -> BlueskyServer:
    """Servers with a thread of five posts."""
    return of_five()


def test_thread_goes_on_behind_a_deleted_post(server: BlueskyServer) -> None:
    """The AppView hides the rest; the repository has it (trap 7)."""
    lost = server.uri(102, "desk")
    server.delete(lost)
    for seed in (SEED, server.page_of(server.uri(104, "desk"))):
        seen = capture(server, seed)
        assert shown(seen) == ["100", "101", "-", "103", "104"]
        gap = seen.posts[2]
        assert (gap.id, gap.parent_id) == (lost, server.uri(101, "desk"))
        done = seen.completeness
        assert (done.expected, done.captured, done.gaps) == (5, 4, 1)


def test_what_only_the_repository_has_is_read_from_records(server: BlueskyServer) -> None:
    """Even if the AppView does not show those posts by name."""
    server.shows_posts = False
    server.delete(server.uri(102, "desk"))
    blob = {"$type": "blob", "ref": {"$link": "bafypic"}, "mimeType": "image/png", "size": 9}
    server.records[server.uri(103, "desk")]["embed"] = {
        "$type": "app.bsky.embed.images",
        "images": [{"image": blob, "alt": "A harbour"}],
    }
    server.fixed[tree_of(103)] = failed("x")
    seen = capture(server)
    post = seen.posts[3]
    assert (post.text, post.author) == ("Post 103", seen.author)
    assert post.media[0].url == (
        f"{PDS}/xrpc/com.atproto.sync.getBlob?did=did:plc:desk&cid=bafypic"
    )
    assert "what follows the last post could not be read" in seen.completeness.reason


def test_what_stands_between_two_deleted_posts_is_asked_for_by_name(
    server: BlueskyServer,
) -> None:
    """The AppView does not show it in the tree, and yet has it: so it reads as before."""
    server.thread("desk", range(100, 108))
    picture = {"fullsize": "https://cdn.example/f.jpg"}
    view = {"$type": "app.bsky.embed.images#view", "images": [picture]}
    server.views[server.uri(103, "desk")]["embed"] = view
    before = capture(server).posts[3]
    server.delete(server.uri(102, "desk"))
    server.delete(server.uri(105, "desk"))
    seen = capture(server)
    assert shown(seen) == ["100", "101", "-", "103", "104", "-", "106", "107"]
    assert seen.posts[3] == before


def test_stored_post_that_was_deleted_is_gone(server: BlueskyServer) -> None:
    """The repository says so by name."""
    known = known_of(capture(server))
    server.delete(server.uri(102, "desk"))
    server.delete(server.uri(104, "desk"))
    seen = capture(server, known=known)
    assert shown(seen) == ["100", "101", "-", "103"]
    assert seen.gone == (server.uri(102, "desk"), server.uri(104, "desk"))


def test_stored_post_that_is_only_hidden_is_shown(server: BlueskyServer) -> None:
    """It is in the repository, so it is not gone."""
    known = known_of(capture(server))
    kept = server.records[server.uri(104, "desk")]
    server.delete(server.uri(104, "desk"))
    entry = {"uri": server.uri(104, "desk"), "cid": "bafy", "value": kept}
    server.fixed[RECORD] = Answer(entry)
    seen = capture(server, known=known)
    assert (shown(seen), seen.gone) == (numbers(100, 104), ())


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=401),
        Answer(status=404, body=b"nginx", mime="text/html"),
        Answer(status=429),
        Answer(status=503),
        Answer(outcome=Outcome.TIMEOUT),
        Answer(body=b"<html>"),
        Answer({"uri": "at://did:plc:eve/app.bsky.feed.post/3k1", "value": {}}),
        failed("RepoDeactivated"),
        failed("RepoNotFound"),
        failed("InvalidRequest"),
        Answer(["RecordNotFound"], status=400),
        Answer({"error": 7}, status=400),
    ],
)
def test_refusal_is_no_deletion(server: BlueskyServer, answer: Answer) -> None:
    """Only `RecordNotFound` is (trap 8)."""
    known = known_of(capture(server))
    server.delete(server.uri(104, "desk"))
    server.fixed[RECORD] = answer
    seen = capture(server, known=known)
    assert seen.gone == ()
    assert "not every stored post could be asked for" in seen.completeness.reason


def test_without_a_repository_nothing_is_gone(server: BlueskyServer) -> None:
    """The DID document names no server: nobody can be asked."""
    known = known_of(capture(server))
    server.delete(server.uri(104, "desk"))
    documents: list[Any] = [
        {"service": [{"type": "Other"}]},
        {"service": [{"type": "AtprotoPersonalDataServer", "serviceEndpoint": "ftp://x"}]},
        {"service": "x"},
    ]
    for document in documents:
        server.fixed["/did:plc:desk"] = Answer(document)
        seen = capture(server, known=known)
        assert seen.gone == ()
        assert "not every stored post could be asked for" in seen.completeness.reason


@pytest.mark.parametrize("number", [100, 103])
def test_thread_outlives_its_first_post(server: BlueskyServer, number: int) -> None:
    """It keeps its identity, its author and the rest of its posts; known or not."""
    known = known_of(capture(server))
    page = server.page_of(server.uri(number, "desk"))
    server.delete(server.uri(100, "desk"))
    seen = capture(server, page, known)
    assert (seen.native_id, seen.gone) == (server.uri(100, "desk"), (server.uri(100, "desk"),))
    assert shown(seen) == ["-", *numbers(101, 104)]
    assert (seen.author.handle, seen.title) == ("desk.example", "")


def test_first_post_that_was_never_seen_is_a_gap(server: BlueskyServer) -> None:
    """Its id is known all the same."""
    server.delete(server.uri(100, "desk"))
    seen = capture(server, server.page_of(server.uri(103, "desk")))
    assert seen.native_id == server.uri(100, "desk")
    assert shown(seen) == ["-", *numbers(101, 104)]


def test_first_post_that_only_the_repository_has_is_shown(server: BlueskyServer) -> None:
    """The AppView withholds it; its author does not."""
    server.fixed[tree_of(100)] = failed("NotFound")
    seen = capture(server, server.page_of(server.uri(103, "desk")))
    assert shown(seen) == numbers(100, 104)


def test_everything_gone_is_still_an_observation(server: BlueskyServer) -> None:
    """The profile says who wrote it; without that the DID document does."""
    known = known_of(capture(server))
    server.records.clear()
    seen = capture(server, known=known)
    assert set(seen.gone) == {each.id for each in known}
    assert (shown(seen), seen.author.name) == (["-"], "Desk")
    server.fixed["/xrpc/app.bsky.actor.getProfile"] = failed("AccountTakedown")
    assert capture(server, known=known).author.handle == "desk.example"
    server.fixed["/did:plc:desk"] = Answer({"alsoKnownAs": "x"})
    assert capture(server, known=known).author.handle == ""


def test_strangers_thread_that_is_gone_leaves_the_authors_own(server: BlueskyServer) -> None:
    """The author answered a post that was deleted: the thread is what the author wrote below."""
    first = server.add(200, "eve")
    other = server.add(201, "eve", first)
    own = server.add(202, "desk", other)
    last = server.add(203, "desk", own)
    server.delete(first)
    seen = capture(server, server.page_of(last))
    assert (seen.native_id, shown(seen)) == (own, ["202", "203"])
    assert "by somebody else, is gone" in seen.completeness.reason


def test_authors_who_answer_in_a_circle_are_read(server: BlueskyServer) -> None:
    """Records can say anything of each other."""
    lost = server.uri(300, "eve")
    one, two = server.uri(301, "desk"), server.uri(302, "desk")
    reply = {"root": {"uri": lost}, "parent": {"uri": two}}
    server.add(301, "desk", reply=reply)
    server.add(302, "desk", reply=reply | {"parent": {"uri": one}})
    server.fixed[f"{THREAD}?uri={two}&depth=300&parentHeight=300"] = Answer(
        {
            "thread": {
                "$type": "app.bsky.feed.defs#threadViewPost",
                "post": server.view(two),
                "parent": {
                    "$type": "app.bsky.feed.defs#threadViewPost",
                    "post": server.view(one),
                },
            }
        }
    )
    server.fixed[f"{THREAD}?uri={one}&depth=300&parentHeight=300"] = failed("NotFound")
    assert len(capture(server, server.page_of(two)).posts) == 2

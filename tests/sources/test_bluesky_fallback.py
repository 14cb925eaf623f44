"""Is a thread on Bluesky still captured when the AppView is down, blocks, or does not know it?"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from archiver import errors
from archiver.core.merge import merge
from archiver.models import Branch, ListingObservation, Outcome, RevisionKind, ThreadObservation
from tests.sources.bluesky_capture import (
    FEED,
    LIST,
    RECORD,
    SEED,
    SOURCE,
    THREAD,
    capture,
    of_five,
    shown,
    tree_of,
)
from tests.sources.bluesky_server import APPVIEW, PDS, BlueskyServer, failed, rkey
from tests.sources.playing import Answer, ask_all, known_of, numbers

HOST = "/.well-known/atproto-did"
HANDLE = "/xrpc/com.atproto.identity.resolveHandle"
URI = BlueskyServer().uri(100, "desk")

DOWN = [
    Answer(outcome=Outcome.TIMEOUT),
    Answer(outcome=Outcome.DNS_ERROR),
    Answer(status=502),
    Answer(status=403),
    Answer(status=451),
    Answer(body=b"<!doctype html><title>Log in</title>", mime="text/html"),
    Answer(body=b'{"thread":{"$type":'),
    Answer(body=b'{"thread":' * 10_000 + b"1" + b"}" * 10_000),
    Answer({}),
    Answer([]),
    Answer(whole=False),
]


@pytest.fixture
def server() -> BlueskyServer:
    """Servers with a thread of five posts, and a reply by a stranger."""
    server = of_five()
    server.add(200, "eve", server.uri(101, "desk"))
    return server


@pytest.mark.parametrize("answer", DOWN)
def test_self_thread_is_whole_without_the_appview(server: BlueskyServer, answer: Answer) -> None:
    """The author's repository has all of it; what others replied is missing, and that is said."""
    server.down = answer
    seen = capture(server, URI)
    assert (shown(seen), shown(seen, Branch.SIDE)) == (numbers(100, 104), [])
    assert (seen.native_id, seen.completeness.expected) == (URI, 5)
    assert "without replies by others" in seen.completeness.reason
    assert (seen.author.handle, seen.author.name) == ("desk.example", "Desk")
    assert {post.bare for post in seen.posts} == {True}


def test_any_post_leads_to_the_root_without_the_appview(server: BlueskyServer) -> None:
    """Also one that a stranger wrote: the root's repository is read, not the stranger's."""
    for answer in (Answer(status=503), Answer(outcome=Outcome.TIMEOUT)):
        server.down = answer
        for uri in (server.uri(103, "desk"), server.uri(200, "eve")):
            played, parse = ask_all(SOURCE, uri, server)
            seen = parse()
            assert isinstance(seen, ThreadObservation)
            assert (seen.native_id, shown(seen)) == (URI, numbers(100, 104))
            asked = [url for url in played.asked if url.startswith(APPVIEW)]
            assert (len(asked) == 1) is (answer.status != 503)  # nobody is asked in vain twice


def test_appview_that_nobody_reaches_is_not_asked_for_a_feed(server: BlueskyServer) -> None:
    """The repository does not list its records, but has each of them."""
    server.down = Answer(outcome=Outcome.TIMEOUT)
    server.fixed[LIST] = Answer(status=500)
    seen = capture(server, URI)
    assert (shown(seen), seen.completeness.expected) == (["100"], None)
    assert "repository could not be read" in seen.completeness.reason


def test_odd_views_are_passed_over(server: BlueskyServer) -> None:
    """In the feed, and where posts are asked for by name."""
    server.fixed[LIST] = Answer(status=500)
    server.fixed[FEED] = Answer({"feed": [{"post": {"uri": 7}}, {}]})
    server.hidden = [server.add(300, "eve", server.uri(101, "desk"))]
    server.fixed["/xrpc/app.bsky.feed.getPosts"] = Answer({"posts": [{"uri": 7}]})
    seen = capture(server)
    assert shown(seen) == numbers(100, 104)
    assert "not understood as the AppView shows it" in seen.completeness.reason


def test_tree_that_the_appview_does_not_know_is_stepped_over(server: BlueskyServer) -> None:
    """The posts behind a deleted one: some the AppView knows, some it does not."""
    server.thread("desk", range(100, 108))
    server.delete(server.uri(102, "desk"))
    server.fixed[tree_of(103)] = failed("NotFound")
    seen = capture(server)
    assert shown(seen) == ["100", "101", "-", *numbers(103, 107)]
    assert {post.bare for post in seen.posts} == {False}


def test_appview_that_does_not_know_the_post_is_not_the_last_word(server: BlueskyServer) -> None:
    """It may be behind, or withhold it; the author does not."""
    for answer in (failed("NotFound"), Answer({"thread": {"$type": "x#blockedPost"}})):
        server.fixed[THREAD] = answer
        seen = capture(server)
        assert shown(seen) == numbers(100, 104)
        assert "author's repository" in seen.completeness.reason
        assert seen.gone == ()


def test_host_of_the_handle_names_its_author(server: BlueskyServer) -> None:
    """Where the AppView does not resolve it; and only if the DID names the handle, too."""
    server.down = Answer(outcome=Outcome.TIMEOUT)
    server.fixed[HOST] = Answer(body=b"did:plc:desk\n", mime="text/plain")
    assert shown(capture(server)) == numbers(100, 104)
    server.profile("desk")["handle"] = "other.example"
    with pytest.raises(errors.FetchError, match="resolveHandle"):
        capture(server)


@pytest.mark.parametrize(
    "answer",
    [
        Answer(status=404),
        Answer(body=b"<html>", mime="text/html"),
        Answer(body=b"\xff\x00"),
        Answer(body=b"did:plc:nobody"),
    ],
)
def test_host_that_says_nothing_leaves_the_first_error(
    server: BlueskyServer, answer: Answer
) -> None:
    """The sentence is about the AppView, which was asked first."""
    server.down = Answer(outcome=Outcome.TIMEOUT)
    server.fixed[HOST] = answer
    with pytest.raises(errors.FetchError, match=APPVIEW):
        capture(server)


def test_handle_without_a_did_is_no_answer(server: BlueskyServer) -> None:
    """A handle resolves to a DID and to nothing else."""
    server.fixed[HANDLE] = Answer({"did": "https://desk.example"})
    with pytest.raises(errors.ParseError, match="`did`"):
        capture(server)


def test_stored_thread_is_found_after_its_handle_changed(server: BlueskyServer) -> None:
    """The seed names a handle that nobody has now, or somebody else has."""
    known = known_of(capture(server))
    server.profile("desk")["handle"] = "renamed.example"
    seen = capture(server, known=known)
    assert (seen.native_id, seen.author.handle) == (URI, "renamed.example")
    server.profile("eve")["handle"] = "desk.example"
    seen = capture(server, known=known)
    assert (seen.native_id, shown(seen)) == (URI, numbers(100, 104))
    with pytest.raises(errors.NotFound):
        capture(server)


@pytest.mark.parametrize("answer", DOWN)
def test_appview_and_repository_down_is_the_appviews_error(
    server: BlueskyServer, answer: Answer
) -> None:
    """Nothing counts as deleted, stored or not."""
    known = known_of(capture(server))
    server.fixed[THREAD] = answer
    for path in (RECORD, LIST):
        server.fixed[path] = Answer(status=503)
    for stored in ((), known):
        with pytest.raises((errors.FetchError, errors.ParseError), match=f"{APPVIEW}{THREAD}"):
            capture(server, known=stored)


def test_only_the_repository_says_that_a_post_is_gone(server: BlueskyServer) -> None:
    """Whatever the AppView says or does not say."""
    known = known_of(capture(server))[:5]
    server.delete(server.uri(104, "desk"))
    for answer in (Answer(status=503), Answer(outcome=Outcome.TIMEOUT), failed("NotFound")):
        server.fixed[THREAD] = answer
        seen = capture(server, known=known)
        assert (shown(seen), seen.gone) == (numbers(100, 103), (server.uri(104, "desk"),))
        assert seen.native_id == URI


def test_seed_that_both_do_not_have_is_not_found(server: BlueskyServer) -> None:
    """Deleted, or the address is wrong."""
    server.down = Answer(status=503)
    with pytest.raises(errors.NotFound, match="RecordNotFound"):
        capture(server, server.uri(999, "desk"))


def test_patience_is_not_got_round(server: BlueskyServer) -> None:
    """A server that asks us to wait is waited for."""
    server.fixed[THREAD] = Answer(status=429, headers=(("ratelimit-reset", "1795507260"),))
    with pytest.raises(errors.RateLimited) as caught:
        capture(server)
    assert caught.value.retry_after_s is not None
    server.down = Answer(status=429)
    with pytest.raises(errors.RateLimited):
        capture(server)
    with pytest.raises(errors.RateLimited):
        account_of(server)


def test_account_that_was_taken_down_is_not_read_elsewhere(server: BlueskyServer) -> None:
    """The network says so; nothing counts as deleted."""
    server.fixed[THREAD] = failed("AccountTakedown")
    with pytest.raises(errors.AccessDenied, match="nothing counts as deleted"):
        capture(server)


def test_highest_own_post_is_found_in_the_repository(server: BlueskyServer) -> None:
    """The stranger's first post is gone, and the AppView shows no ancestors."""
    first = server.add(300, "eve")
    own = server.add(301, "desk", first)
    middle = server.add(302, "desk", own)
    last = server.add(303, "desk", middle)
    server.delete(first)
    server.down = Answer(status=503)
    seen = capture(server, last)
    assert (seen.native_id, shown(seen)) == (own, ["301", "302", "303"])
    for fails in (Answer(status=500), Answer(outcome=Outcome.TIMEOUT)):
        record = f"{RECORD}?repo=did:plc:desk&collection=app.bsky.feed.post&rkey={rkey(302)}"
        server.fixed[record] = fails
        with pytest.raises(errors.FetchError):
            capture(server, last)


def test_post_above_that_nobody_has_is_the_end_of_the_climb(server: BlueskyServer) -> None:
    """While the AppView works: what it does not show, and the repository has or has not."""
    first = server.add(300, "eve")
    own = server.add(301, "desk", first)
    last = server.add(302, "desk", own)
    for each in (first, own):
        server.delete(each)
    assert capture(server, last).native_id == last
    record = f"{RECORD}?repo=did:plc:desk&collection=app.bsky.feed.post&rkey={rkey(301)}"
    server.fixed[record] = Answer(status=500)
    assert capture(server, last).native_id == last
    server.fixed["/did:plc:desk"] = Answer(status=404)
    assert capture(server, last).native_id == last


def test_climb_that_is_too_long_names_no_thread(server: BlueskyServer) -> None:
    """Where it stops would depend on where it began: no wrong thread."""
    first = server.add(300, "eve")
    uris = [server.add(301, "desk", first)]
    for number in range(302, 420):
        uris.append(server.add(number, "desk", uris[-1]))
    server.delete(first)
    server.down = Answer(status=503)
    assert capture(server, uris[60]).native_id == uris[0]
    with pytest.raises(errors.ParseError, match="capture an earlier post"):
        capture(server, uris[-1])


def test_stored_thread_without_its_first_post_keeps_its_identity(server: BlueskyServer) -> None:
    """The first post was never seen, and the seed is gone: the others still name the root."""
    server.delete(URI)
    seed = server.page_of(server.uri(103, "desk"))
    seen = capture(server, seed)
    known = tuple(each for each in known_of(seen) if each.id != URI)
    server.delete(server.uri(103, "desk"))
    server.delete(server.uri(101, "desk"))
    again = capture(server, seed, known)
    assert again.native_id == URI
    assert set(again.gone) == {server.uri(103, "desk"), server.uri(101, "desk")}


def test_record_under_another_address_is_not_taken(server: BlueskyServer) -> None:
    """A repository that answers with something else has not answered."""
    server.down = Answer(status=503)
    other = server.uri(101, "desk")
    server.fixed[RECORD] = Answer({"uri": other, "value": server.records[other]})
    with pytest.raises(errors.FetchError, match="503"):
        capture(server, URI)


def test_root_that_is_no_post_is_no_root(server: BlueskyServer) -> None:
    """Records can name anything."""
    odd = "at://did:plc:desk/app.bsky.feed.generator/news"
    own = server.add(400, "desk", reply={"root": {"uri": odd}, "parent": {"uri": odd}})
    assert capture(server, own).native_id == own


def test_failed_step_down_does_not_fail_the_thread(server: BlueskyServer) -> None:
    """The tree was shown as far as it goes."""
    server.depth = 2
    server.fixed[LIST] = Answer(status=500)
    server.fixed[FEED] = Answer(status=500)
    server.fixed[tree_of(102)] = Answer(outcome=Outcome.TIMEOUT)
    seen = capture(server)
    assert shown(seen) == numbers(100, 102)
    assert "what follows the last post could not be read" in seen.completeness.reason
    assert seen.completeness.expected is None


# ---------------------------------------------------------------- versions


def test_record_that_was_overwritten_is_an_edit(server: BlueskyServer) -> None:
    """Same address, other cid, other words: the app cannot do it, the protocol can."""
    thread, _ = merge(None, capture(server))
    server.records[server.uri(102, "desk")]["text"] = "Post 102, put right"
    server.views[server.uri(102, "desk")]["cid"] = "bafyother"
    _, revisions = merge(thread, later(capture(server)))
    assert [(each.kind, each.post_id) for each in revisions] == [
        (RevisionKind.EDITED, server.uri(102, "desk"))
    ]


def test_other_cid_alone_is_no_edit(server: BlueskyServer) -> None:
    """A reader would see no change."""
    thread, _ = merge(None, capture(server))
    server.views[server.uri(102, "desk")]["cid"] = "bafyother"
    assert merge(thread, later(capture(server)))[1] == ()


def test_outage_of_the_appview_changes_nothing(server: BlueskyServer) -> None:
    """Words, pictures, cards and names are the same from the repository."""
    blob = {"$type": "blob", "ref": {"$link": "bafypic"}, "mimeType": "image/png", "size": 9}
    size = {"width": 640, "height": 480}
    pictures = [{"image": blob, "alt": "A harbour", "aspectRatio": size}]
    card = {"uri": "https://news.example/a", "title": "A story", "description": "…"}
    quoted = {"uri": server.uri(200, "eve"), "cid": "c"}
    embed = "app.bsky.embed"
    for number, record, view in (
        (
            101,
            {"$type": f"{embed}.images", "images": pictures},
            {
                "$type": f"{embed}.images#view",
                "images": [
                    {"fullsize": "https://c.example/f.jpg", "alt": "A harbour", "aspectRatio": size}
                ],
            },
        ),
        (
            102,
            {"$type": f"{embed}.external", "external": card},
            {"$type": f"{embed}.external#view", "external": card},
        ),
        (
            103,
            {"$type": f"{embed}.record", "record": quoted},
            {"$type": f"{embed}.record#view", "record": {"$type": "x#viewBlocked", **quoted}},
        ),
    ):
        server.records[server.uri(number, "desk")]["embed"] = record
        server.views[server.uri(number, "desk")]["embed"] = view
    thread, _ = merge(None, capture(server, URI))
    server.down = Answer(status=503)
    again, revisions = merge(thread, later(capture(server, URI, ())))
    assert revisions == ()
    assert again.posts[1].post.media[0].key == "bafypic"


def test_other_handle_renames_the_author_and_nothing_else(server: BlueskyServer) -> None:
    """The DID is the identity."""
    thread, _ = merge(None, capture(server))
    server.profile("desk")["handle"] = "newdesk.example"
    again, revisions = merge(thread, later(capture(server, URI)))
    assert [each.kind for each in revisions] == [RevisionKind.RENAMED]
    assert (again.id, again.author.handle) == (thread.id, "newdesk.example")


def test_handle_that_is_not_valid_any_more_is_none(server: BlueskyServer) -> None:
    """`handle.invalid` is nobody's; pages are then named by DID."""
    server.profile("desk")["handle"] = "handle.invalid"
    seen = capture(server, URI)
    assert (seen.author.handle, seen.author.id) == ("", "did:plc:desk")
    assert seen.url == f"https://bsky.app/profile/did:plc:desk/post/{rkey(100)}"


def later(seen: ThreadObservation) -> ThreadObservation:
    """Make the observation of another day."""
    return replace(seen, observed_at=seen.observed_at + dt.timedelta(days=1))


# ---------------------------------------------------------------- accounts


def account_of(server: BlueskyServer) -> ListingObservation:
    """Read the account by its DID."""
    observation = ask_all(SOURCE, "https://bsky.app/profile/did:plc:desk", server)[1]()
    assert isinstance(observation, ListingObservation)
    return observation


@pytest.mark.parametrize("answer", DOWN)
def test_account_is_read_from_its_repository(server: BlueskyServer, answer: Answer) -> None:
    """And that is said."""
    server.add(300, "desk")
    server.down = answer
    seen = account_of(server)
    assert [url.rpartition("/")[2] for url in seen.thread_urls] == [rkey(300), rkey(100)]
    assert seen.reason == "the AppView could not be read; the account's repository was"
    assert seen.author is not None
    assert seen.author.handle == "desk.example"


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (LIST, Answer(status=500)),
        (LIST, Answer({"records": 5})),
        ("/did:plc:desk", Answer(status=404)),
    ],
)
def test_account_that_nobody_shows_is_the_appviews_error(
    server: BlueskyServer, path: str, answer: Answer
) -> None:
    """One sentence about who was asked first."""
    server.down = Answer(status=502)
    server.fixed[path] = answer
    with pytest.raises(errors.FetchError, match=f"{APPVIEW}.*502"):
        account_of(server)


def test_seed_by_a_handle_needs_no_second_look(server: BlueskyServer) -> None:
    """While all is well nobody else is asked."""
    played, _ = ask_all(SOURCE, SEED, server)
    hosts: Any = {url.partition("/xrpc")[0] for url in played.asked if "/xrpc" in url}
    assert hosts == {APPVIEW, PDS}
    assert not any(HOST in url for url in played.asked)

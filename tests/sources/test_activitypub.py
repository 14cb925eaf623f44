"""Is a thread on ActivityPub servers read whole, in order, and only by its own servers' word?"""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from archiver import errors
from archiver.models import (
    Branch,
    Exchange,
    FetchRequest,
    KnownPost,
    RefKind,
    ThreadObservation,
)
from archiver.sources.activitypub import ActivityPub
from tests.sources.activitypub_capture import SOURCE, capture, listed, shown, stored
from tests.sources.activitypub_server import (
    GONE_PAGE,
    NOT_FOUND,
    ActivityPubServer,
    activity,
)
from tests.sources.cases.activitypub import (
    CASES,
    REFUSALS,
    ROOT,
    Case,
    Refusal,
    plain,
    post,
    with_context,
    with_history,
)
from tests.sources.playing import Answer, ask_whole, known_of


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_conversation_is_read(case: Case) -> None:
    """Thread, side branches and completeness, as the table says."""
    seen = capture(case.server(), case.seed)
    assert shown(seen, Branch.THREAD) == case.thread
    assert shown(seen, Branch.SIDE) == case.side
    done = seen.completeness
    if case.counts is not None:
        assert (done.expected, done.captured, done.gaps) == case.counts
    assert case.says in done.reason
    assert "Forged" not in "".join(each.text for each in seen.posts)
    assert seen.native_id == post(abs(case.thread[0]))


def test_platform_is_named() -> None:
    """As threads and documentation have it."""
    assert SOURCE.platform == "activitypub"


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.name)
def test_answer_that_is_no_post_is_a_clear_error(case: Refusal) -> None:
    """Of the right kind, naming the address, and the field where there is one."""
    server = plain()
    server.fixed[urlsplit(post(1)).path] = case.answer
    with pytest.raises(case.error) as caught:
        capture(server)
    assert type(caught.value) is case.error
    assert case.says in str(caught.value)
    assert "social.example" in str(caught.value) or "away.example" in str(caught.value)
    if case.field:
        assert isinstance(caught.value, errors.ParseError)
        assert (caught.value.platform, caught.value.field) == ("activitypub", case.field)


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("https://a.example/users/ann/statuses/1", RefKind.THREAD),
        ("http://a.example:8080/anything?x=1", RefKind.THREAD),
        ("@ann@a.example", RefKind.ACCOUNT),
        ("acct:ann@a.example", RefKind.ACCOUNT),
        ("ann@a.example", None),
        ("@ann", None),
        ("mailto:ann@a.example", None),
        ("ftp://a.example/", None),
        ("https://user:secret@a.example/", None),
        ("https://", None),
        ("", None),
    ],
)
def test_seeds_are_recognised(url: str, kind: RefKind | None) -> None:
    """Any address of the web, and handles."""
    ref = SOURCE.match(url)
    assert (ref.kind if ref else None) is kind


def test_handle_leads_to_its_actor() -> None:
    """By WebFinger, then by the outbox: boosts and replies to others are left out."""
    server = plain(1, 2, 3)
    server.add(10, "ann", url=None)
    server.add(11, "bob")
    server.add(12, "ann", 11)
    seen = listed(server, "@ann@social.example")
    assert seen.thread_urls == (post(10), f"{ROOT}/@ann/1")
    assert seen.author is not None
    assert (seen.author.handle, seen.author.name) == ("ann@social.example", "Ann")
    assert "replies to others were left out (1)" in seen.reason


def test_unknown_handle_is_not_found() -> None:
    """The server knows nobody of the name."""
    with pytest.raises(errors.NotFound, match="no such account"):
        listed(plain(), "acct:eve@social.example")


def test_thread_whose_middle_is_gone_is_not_listed_twice() -> None:
    """What stands below a deleted post begins no thread."""
    server = plain()
    server.delete(3)
    seen = listed(server, f"{ROOT}/users/ann")
    assert seen.thread_urls == (f"{ROOT}/@ann/1",)
    assert "posts below those that are gone were left out (2)" in seen.reason


def test_stored_post_that_is_deleted_is_gone() -> None:
    """By tombstone or 404, and only if it was stored."""
    server = with_context()
    server.delete(3)
    server.delete(5, tombstone=False)
    seen = capture(server, post(1), stored(1, 2, 3, 4, 5))
    assert seen.gone == (post(3), post(5))
    assert shown(seen, Branch.THREAD) == (1, 2, -3, 4)


def test_first_post_that_is_deleted_keeps_the_thread() -> None:
    """The rest is found by name; the author is told by what is left."""
    server = plain()
    server.delete(1)
    seen = capture(server, f"{ROOT}/@ann/1", stored(1, 2, 3, 4, 5))
    assert seen.native_id == post(1)
    assert seen.gone == (post(1),)
    assert shown(seen, Branch.THREAD) == (-1, 2, 3, 4, 5)
    assert seen.author.handle == "ann@social.example"
    below = capture(server, f"{ROOT}/@ann/4", stored(1, 2, 3, 4, 5))
    assert (below.native_id, below.gone) == (post(1), (post(1),))


@pytest.mark.parametrize(
    "answer",
    [
        Answer({}, status=401),
        Answer({}, status=403),
        Answer({}, status=429),
        Answer({}, status=503),
        Answer(body=b"<p>Buy this domain</p>", mime="text/html"),
    ],
    ids=["401", "403", "429", "503", "page"],
)
def test_failure_to_fetch_is_no_deletion(answer: Answer) -> None:
    """A stored post that cannot be read now is not gone."""
    server = with_context()
    server.delete(4)
    server.fixed["/users/ann/statuses/4"] = answer
    assert capture(server, post(1), stored(1, 2, 3, 4, 5)).gone == ()


@pytest.mark.parametrize("contexts", [True, False])
def test_deleted_reply_of_another_is_no_gap_of_the_thread(contexts: bool) -> None:
    """What its author went on with below a stored reply of another stays beside the thread."""
    server = ActivityPubServer(ROOT)
    server.contexts = contexts
    server.thread("ann", range(1, 4))
    server.add(20, "bob", 2)
    server.add(21, "ann", 20)
    before = capture(server)
    server.delete(20)
    seen = capture(server, post(1), known_of(before))
    assert shown(seen, Branch.THREAD) == shown(before, Branch.THREAD)
    assert seen.completeness.expected == before.completeness.expected


def test_parked_domain_deletes_nothing() -> None:
    """A page with 404 counts only from a server that speaks ActivityPub."""
    with pytest.raises(errors.NotThisPlatform):
        capture(lambda request: GONE_PAGE, post(1), stored(1, 2))
    server = with_context()
    server.delete(4)
    server.fixed["/users/ann/statuses/4"] = GONE_PAGE
    assert capture(server, post(1), stored(1, 4)).gone == (post(4),)


LANDER = "https://parking.example/x"


_REL = "http://nodeinfo.diaspora.software/ns/schema/2.0"


NODEINFO = {
    f"{ROOT}/.well-known/nodeinfo": Answer({"links": [{"rel": _REL, "href": f"{ROOT}/ni"}]}),
    f"{ROOT}/ni": Answer({"version": "2.0", "software": {"name": "other"}}),
}


@pytest.mark.parametrize(
    "answer",
    [
        Answer(body=b"404 page not found", mime="text/plain", status=404),
        Answer(body=b"gone", mime="text/plain", status=410),
        NOT_FOUND,
        Answer(status=302, body=b"", headers=(("Location", LANDER),)),
        activity({"type": "Tombstone", "id": "https://evil.example/n/1"}, status=410),
    ],
)
def test_server_that_does_not_prove_itself_deletes_nothing(answer: Answer) -> None:
    """Whoever has the domain answers so to everything, or sends all to somebody else."""
    elsewhere = activity({"type": "Tombstone", "id": LANDER}, status=410)
    with pytest.raises(errors.NotFound):
        capture(
            lambda request: elsewhere if request.url == LANDER else answer, post(1), stored(1, 2)
        )


def test_server_that_says_what_it_runs_is_believed() -> None:
    """Where all posts are gone, its nodeinfo is the proof that it speaks ActivityPub still."""
    seen = capture(lambda request: NODEINFO.get(request.url, NOT_FOUND), post(1), stored(1, 2))
    assert seen.gone == (post(1), post(2))


def test_nodeinfo_of_another_host_proves_nothing() -> None:
    """A domain that is sent on as a whole is not what it was."""
    moved = Answer(status=301, body=b"", headers=(("Location", "https://b.example/ni"),))
    told = {f"{ROOT}/.well-known/nodeinfo": moved, "https://b.example/ni": NODEINFO[f"{ROOT}/ni"]}
    with pytest.raises(errors.NotFound):
        capture(lambda request: told.get(request.url, NOT_FOUND), post(1), stored(1, 2))


def test_tombstone_alone_is_proof() -> None:
    """It is a document of ActivityPub, whatever its status is."""
    tombs = {
        post(1): activity({"type": "Tombstone", "id": post(1)}, status=404),
        post(2): activity({"type": "Tombstone"}, status=200),
    }
    server = lambda request: tombs.get(request.url, Answer(status=500))  # noqa: E731
    assert capture(server, post(1), stored(1, 2)).gone == (post(1), post(2))
    bad = Answer(body=b"[", mime="application/activity+json", status=410)
    with pytest.raises(errors.NotFound):
        capture(lambda request: bad, post(1), stored(1))


def test_thread_that_is_not_known_here_is_not_found() -> None:
    """Stored posts that have no address of the web do not help."""
    with pytest.raises(errors.NotFound):
        capture(lambda request: NOT_FOUND, post(1), (KnownPost("hole:x", ""),))


def test_signed_request_follows_a_refusal_only() -> None:
    """Unsigned first; after a refusal all is asked signed, without the query if need be."""
    server = plain(1, 2)
    server.embedded = False
    without_query, with_query = "activitypub-path", "activitypub"
    server.check = lambda request: (
        request.credential == without_query
        or (request.credential == with_query and "?" not in request.url)
    )
    _, parse = ask_whole(ActivityPub(signed=True), post(1), server)
    seen = parse()
    assert isinstance(seen, ThreadObservation)
    assert shown(seen, Branch.THREAD) == (1, 2)
    asked = [each.credential for each in server.asked]
    assert asked[:2] == [None, with_query]
    assert None not in asked[2:]
    assert asked[-1] == without_query


def test_signature_that_is_refused_is_access_denied() -> None:
    """No page for people is ever asked with a signature."""
    server = plain(1)
    server.check = lambda request: False
    with pytest.raises(errors.AccessDenied) as caught:
        ask_whole(ActivityPub(signed=True), post(1), server)[1]()
    assert type(caught.value) is errors.AccessDenied
    assert [each.credential for each in server.asked] == [None, "activitypub"]


def test_capture_that_ended_early_is_said() -> None:
    """What was asked by then is a thread; asking may still go on afterwards."""
    server = plain()
    seen: list[Exchange] = []
    ref = SOURCE.match(post(1))
    assert ref is not None
    for _ in range(4):
        for request in SOURCE.plan(ref, tuple(seen)):
            seen.append(server(request).exchange(request, len(seen)))
    partial = SOURCE.parse(ref, tuple(seen))
    assert isinstance(partial, ThreadObservation)
    assert partial.completeness.expected is None
    assert "ended before everything was asked" in partial.completeness.reason
    while wanted := SOURCE.plan(ref, tuple(seen)):
        for request in wanted:
            seen.append(server(request).exchange(request, len(seen)))
    whole = SOURCE.parse(ref, tuple(seen))
    assert whole == ActivityPub().parse(ref, tuple(seen))
    assert isinstance(whole, ThreadObservation)
    assert whole.completeness.expected == 5
    with pytest.raises(errors.FetchError, match="was not asked"):
        SOURCE.parse(ref, ())


def test_reading_again_from_the_records_gives_the_same() -> None:
    """Fresh exchanges, without what readers remember, and without the credentials."""
    server = with_history()
    server.delete(3)
    played, parse = ask_whole(SOURCE, post(5), server)
    again = tuple(
        Exchange(
            FetchRequest(each.request.url), each.at, each.outcome, each.status, each.headers,
            each.body, each.whole, record_id=each.record_id,
        )
        for each in played.seen
    )  # fmt: skip
    ref = SOURCE.match(post(5))
    assert ref is not None
    assert SOURCE.parse(ref, again) == parse()


@pytest.mark.parametrize(
    ("answer", "gone"),
    [(NOT_FOUND, (post(1),)), (Answer({}, status=503), ())],
    ids=["gone", "unread"],
)
def test_first_post_that_is_not_shown_stays_the_first(
    answer: Answer, gone: tuple[str, ...]
) -> None:
    """What is stored says where the thread begins, whether that is gone or cannot be read."""
    server = plain(1, 2, 3)
    server.fixed["/users/ann/statuses/1"] = answer
    seen = capture(server, post(3), stored(1, 2, 3))
    assert (seen.native_id, seen.gone) == (post(1), gone)
    assert shown(seen, Branch.THREAD) == (-1, 2, 3)


def test_seed_that_is_gone_leads_to_the_first_post_as_it_is_stored() -> None:
    """The watch was of a later post."""
    server = plain(1, 2, 3)
    server.delete(3)
    seen = capture(server, post(3), stored(1, 2, 3))
    assert (seen.native_id, seen.gone) == (post(1), (post(3),))
    server.fixed["/users/ann/statuses/1"] = Answer({}, status=503)
    with pytest.raises(errors.NotFound):
        capture(server, post(3), stored(1, 2, 3))

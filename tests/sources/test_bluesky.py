"""Is a thread on Bluesky read whole, past deleted posts, and with respect for its author?"""

from __future__ import annotations

import json
from typing import Any

import pytest

from archiver import errors
from archiver.config import PlatformSettings
from archiver.models import (
    Branch,
    KnownPost,
    ListingObservation,
    Outcome,
    RefKind,
    ThreadObservation,
)
from archiver.sources import sources
from archiver.sources.bluesky import Bluesky
from tests.sources.bluesky_server import APPVIEW, PDS, PLC, BlueskyServer, failed, rkey
from tests.sources.playing import NOW, Answer, Server, ask_all, thread_of

SOURCE = Bluesky(appview=APPVIEW, plc=PLC)
SEED = f"https://bsky.app/profile/desk.example/post/{rkey(100)}"
THREAD = "/xrpc/app.bsky.feed.getPostThread"
LIST = "/xrpc/com.atproto.repo.listRecords"
RECORD = "/xrpc/com.atproto.repo.getRecord"
FEED = "/xrpc/app.bsky.feed.getAuthorFeed"
NO_VISITORS = [{"src": "did:plc:desk", "val": "!no-unauthenticated"}]


def capture(
    server: Server, url: str = SEED, known: tuple[KnownPost, ...] = ()
) -> ThreadObservation:
    """Capture a thread of the server."""
    return thread_of(SOURCE, url, server, known)


def shown(seen: ThreadObservation, branch: Branch = Branch.THREAD) -> list[str]:
    """Give the numbers of posts in reading order; gaps are `-`."""
    return [
        "-" if post.gap else post.text.removeprefix("Post ")
        for post in seen.posts
        if post.branch is branch
    ]


def numbers(first: int, last: int) -> list[str]:
    """Give the numbers from the first to the last."""
    return [str(number) for number in range(first, last + 1)]


def known_of(seen: ThreadObservation) -> tuple[KnownPost, ...]:
    """Give what is stored after a capture."""
    return tuple(KnownPost(post.id, post.url) for post in seen.posts)


@pytest.fixture
def server() -> BlueskyServer:
    """Servers with a thread of five posts."""
    server = BlueskyServer()
    server.thread("desk", range(100, 105))
    return server


# ---------------------------------------------------------------- addresses


@pytest.mark.parametrize(
    ("url", "kind", "key"),
    [
        ("https://bsky.app/profile/icij.org/post/3k1", RefKind.THREAD, ("icij.org", "3k1")),
        ("https://bsky.app/profile/ICIJ.org/post/3k1/", RefKind.THREAD, ("icij.org", "3k1")),
        ("https://bsky.app/profile/@icij.org", RefKind.ACCOUNT, ("icij.org",)),
        ("https://bsky.app/profile/did:plc:a/post/3k1", RefKind.THREAD, ("did:plc:a", "3k1")),
        ("https://bsky.app/profile/did%3Aplc%3Aa", RefKind.ACCOUNT, ("did:plc:a",)),
        ("at://did:plc:a/app.bsky.feed.post/3k1", RefKind.THREAD, ("did:plc:a", "3k1")),
        ("at://icij.org/app.bsky.feed.post/3k1", RefKind.THREAD, ("icij.org", "3k1")),
        ("at://icij.org", RefKind.ACCOUNT, ("icij.org",)),
        ("http://www.bsky.app/profile/icij.org?x#y", RefKind.ACCOUNT, ("icij.org",)),
    ],
)
def test_address_is_recognised(url: str, kind: RefKind, key: tuple[str, ...]) -> None:
    """As a page or as at://, by handle or by DID."""
    ref = SOURCE.match(url)
    assert ref is not None
    assert (ref.platform, ref.kind, ref.url, ref.key) == ("bluesky", kind, url, key)


@pytest.mark.parametrize(
    "url",
    [
        "https://bsky.app/",
        "https://bsky.app/profile/icij.org/lists/3k1",
        "https://bsky.app/profile/icij/post/3k1",
        "https://notbsky.app/profile/icij.org",
        "https://x@bsky.app/profile/icij.org",
        "https://bsky.app.example/profile/icij.org",
        "at://did:plc:a/app.bsky.feed.like/3k1",
        "https://[bsky.app/profile/icij.org",
        "",
    ],
)
def test_other_address_is_not_ours(url: str) -> None:
    """The host is compared whole."""
    assert SOURCE.match(url) is None


def test_first_source_that_knows_an_address_wins() -> None:
    """Mastodon is last, since its addresses fit any host."""
    every = sources(PlatformSettings())
    assert [source.platform for source in every] == ["threadreader", "bluesky", "mastodon"]
    assert [source.platform for source in every if source.match(SEED)] == ["bluesky"]


# ---------------------------------------------------------------- whole threads


def test_thread_is_read_whole(server: BlueskyServer) -> None:
    """Five posts in order, by permanent ids, with their author and the proof."""
    seen = capture(server)
    assert shown(seen) == numbers(100, 104)
    assert seen.native_id == server.uri(100, "desk")
    assert (seen.url, seen.title, seen.language) == (SEED, "Post 100", "en")
    assert (seen.author.id, seen.author.handle) == ("did:plc:desk", "desk.example")
    assert seen.posts[1].parent_id == seen.posts[0].id
    done = seen.completeness
    assert (done.expected, done.captured, done.gaps) == (5, 5, 0)
    assert (seen.observed_at, seen.gone, seen.record_ids[0]) == (NOW, (), "urn:uuid:0")


@pytest.mark.parametrize("number", [100, 103, 104])
def test_any_post_leads_to_the_root(server: BlueskyServer, number: int) -> None:
    """By handle, by DID, and as at://."""
    uri = server.uri(number, "desk")
    page = f"https://bsky.app/profile/did:plc:desk/post/{rkey(number)}"
    for url in (server.page_of(uri), page, uri):
        assert shown(capture(server, url)) == numbers(100, 104)


def test_strangers_answer_leads_to_the_conversation(server: BlueskyServer) -> None:
    """The thread is that of the first post, and the stranger's branch stays beside (trap 4)."""
    other = server.add(200, "eve", server.uri(101, "desk"))
    own = server.add(201, "desk", other)
    server.add(202, "desk", own)
    seen = capture(server, server.page_of(other))
    assert shown(seen) == numbers(100, 104)
    assert shown(seen, Branch.SIDE) == ["200", "201", "202"]


def test_tree_that_was_cut_is_followed_down(server: BlueskyServer) -> None:
    """Where the repository cannot be read, the AppView is asked again below the last post."""
    server.depth = 10
    server.thread("desk", range(100, 145))
    server.fixed[LIST] = Answer(status=500)
    server.fixed[FEED] = Answer(status=500)
    seen = capture(server)
    assert shown(seen) == numbers(100, 144)
    assert seen.completeness.expected is None
    assert "repository could not be read; nor the author's feed" in seen.completeness.reason


def test_tree_without_end_is_followed_for_a_while(server: BlueskyServer) -> None:
    """Sixty steps, and it is said."""
    server.depth = 1
    server.thread("desk", range(100, 200))
    server.fixed[LIST] = Answer(status=500)
    server.fixed[FEED] = Answer(status=500)
    assert "asked for 60 times only" in capture(server).completeness.reason


def test_repository_is_read_back_to_the_first_post(server: BlueskyServer) -> None:
    """In pages, newest first; older ones are not asked for."""
    server.page = 2
    for number in (*range(50, 60), *range(300, 305)):
        server.add(number, "desk")
    played, parse = ask_all(SOURCE, SEED, server)
    seen = parse()
    assert isinstance(seen, ThreadObservation)
    assert (shown(seen), seen.completeness.expected) == (numbers(100, 104), 5)
    assert sum("listRecords" in url for url in played.asked) == 6


def test_repository_too_large_is_read_in_part(server: BlueskyServer) -> None:
    """Fifty pages, and it is said."""
    server.page = 1
    for number in range(200, 260):
        server.add(number, "desk")
    done = capture(server).completeness
    assert done.expected is None
    assert "was read for 50 pages only" in done.reason


def test_feed_stands_in_for_the_repository(server: BlueskyServer) -> None:
    """It lists what hangs below a deleted post, too."""
    server.page = 2
    server.delete(server.uri(102, "desk"))
    server.fixed["/did:plc:desk"] = Answer({"message": "gone"}, status=410)
    server.add(50, "desk")
    server.add(51, "desk")
    seen = capture(server)
    assert shown(seen) == ["100", "101", "-", "103", "104"]
    assert seen.completeness.expected == 5
    server.fixed[FEED] = Answer({"feed": [], "cursor": "1"})
    assert capture(server).completeness.captured == 2


def test_feed_too_long_is_read_in_part(server: BlueskyServer) -> None:
    """Fifty pages, and it is said."""
    server.page = 1
    server.fixed[LIST] = Answer(status=401)
    for number in range(200, 260):
        server.add(number, "desk")
    assert "feed was read for 50 pages only" in capture(server).completeness.reason


# ---------------------------------------------------------------- deleted posts


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
    server.fixed[f"{THREAD}?uri={server.uri(104, 'desk')}&depth=300&parentHeight=300"] = failed("x")
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
    server.fixed[f"{THREAD}?uri={server.uri(100, 'desk')}&depth=300&parentHeight=300"] = failed(
        "NotFound"
    )
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


# ---------------------------------------------------------------- respect


@pytest.mark.parametrize("number", [100, 103])
def test_author_who_does_not_want_visitors_is_not_archived(
    server: BlueskyServer, number: int
) -> None:
    """The label is a wish, and it is said."""
    server.profile("desk")["labels"] = NO_VISITORS
    with pytest.raises(errors.AccessDenied, match="not to be shown to logged-out viewers"):
        capture(server, server.page_of(server.uri(number, "desk")))


def test_answer_in_the_thread_of_such_an_author_is_not_archived(server: BlueskyServer) -> None:
    """It would lead to that thread."""
    other = server.add(200, "eve", server.uri(101, "desk"))
    server.profile("desk")["labels"] = NO_VISITORS
    with pytest.raises(errors.AccessDenied):
        capture(server, server.page_of(other))


def test_stranger_who_does_not_want_visitors_is_left_out(server: BlueskyServer) -> None:
    """The rest of the conversation stays; a withdrawn label counts for nothing."""
    server.add(200, "eve", server.uri(101, "desk"))
    server.add(201, "bob", server.uri(101, "desk"))
    label = {"src": "did:plc:eve", "val": "!no-unauthenticated"}
    server.profile("eve")["labels"] = [label]
    server.profile("bob")["labels"] = [label, label | {"neg": True}]
    assert shown(capture(server), Branch.SIDE) == ["201"]


def test_reply_that_the_author_hides_is_left_out(server: BlueskyServer) -> None:
    """The threadgate names it."""
    server.hidden = [server.add(200, "eve", server.uri(101, "desk"))]
    server.add(201, "bob", server.uri(101, "desk"))
    assert shown(capture(server), Branch.SIDE) == ["201"]


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


# ---------------------------------------------------------------- bad answers


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (failed("NotFound"), errors.NotFound),
        (Answer({"thread": {"$type": "x#notFoundPost", "uri": "at://x"}}), errors.NotFound),
        (Answer({"thread": {"$type": "x#blockedPost", "uri": "at://x"}}), errors.AccessDenied),
        (failed("AccountTakedown"), errors.AccessDenied),
        (failed("InvalidRequest"), errors.FetchError),
        (Answer(status=400, body=b"<html>"), errors.FetchError),
        (Answer(status=401), errors.AccessDenied),
        (Answer(status=429, headers=(("ratelimit-reset", "1795507260"),)), errors.RateLimited),
        (Answer(status=502), errors.FetchError),
        (Answer(outcome=Outcome.DNS_ERROR), errors.FetchError),
        (Answer(whole=False), errors.FetchError),
        (Answer(body=b"<!doctype html>", mime="text/html"), errors.ParseError),
        (Answer({"thread": None}), errors.ParseError),
        (Answer({"thread": []}), errors.ParseError),
        (Answer({"thread": {"$type": "x#threadViewPost"}}), errors.ParseError),
        (Answer(body=b'{"thread":{"post":{"uri":"\xff"}}}'), errors.ParseError),
    ],
)
def test_seed_that_cannot_be_read_is_one_error(
    server: BlueskyServer, answer: Answer, kind: type[errors.ArchiverError]
) -> None:
    """Said by parse; plan asks for nothing more."""
    server.fixed[THREAD] = answer
    with pytest.raises(kind, match=r"https://public\.api\.bsky\.app/xrpc/") as caught:
        capture(server)
    assert type(caught.value) is kind


def test_handle_that_nobody_has_is_not_found(server: BlueskyServer) -> None:
    """And the error names it."""
    with pytest.raises(errors.NotFound, match=r"the handle is not there"):
        capture(server, "https://bsky.app/profile/nobody.example/post/3k1")


@pytest.mark.parametrize(
    ("name", "value"),
    [("text", 7), ("facets", {}), ("langs", [1]), ("embed", []), ("tags", "x"), ("labels", "x")],
)
def test_own_post_of_another_shape_is_a_parse_error(
    server: BlueskyServer, name: str, value: object
) -> None:
    """The platform changed its format: that must be seen."""
    server.records[server.uri(102, "desk")][name] = value
    server.views[server.uri(102, "desk")][name] = value
    with pytest.raises(errors.ParseError, match=name):
        capture(server)


def test_own_place_of_another_shape_is_a_parse_error(server: BlueskyServer) -> None:
    """What does not say where it stands cannot be put in order."""
    tree = server(f"{APPVIEW}{THREAD}?uri={server.uri(100, 'desk')}").value
    text = json.dumps(tree).replace('"reply": {', '"reply": [], "was": {', 1)
    server.fixed[THREAD] = Answer(json.loads(text))
    with pytest.raises(errors.ParseError, match="reply"):
        capture(server)


@pytest.mark.parametrize(("name", "value"), [("text", 7), ("reply", [])])
def test_strangers_post_of_another_shape_is_left_out(
    server: BlueskyServer, name: str, value: object
) -> None:
    """Records are written by anybody: one does not stop the rest, and it is said."""
    answer = server(f"{APPVIEW}{THREAD}?uri={server.uri(100, 'desk')}")
    other = server.add(200, "eve", server.uri(101, "desk"))
    tree = json.loads(json.dumps(answer.value))
    view = server.view(other)
    view["record"][name] = value
    tree["thread"]["replies"].append({"$type": "x#threadViewPost", "post": view})
    server.fixed[THREAD] = Answer(tree)
    seen = capture(server)
    assert (shown(seen), shown(seen, Branch.SIDE)) == (numbers(100, 104), [])
    assert "a reply by somebody else was not understood" in seen.completeness.reason


def test_post_under_a_foreign_address_is_refused(server: BlueskyServer) -> None:
    """A view must be of a record of its author."""
    view = server.view(server.uri(100, "desk"))
    for uri in (server.uri(100, "eve"), "https://bsky.app/x"):
        wrong = {"thread": {"$type": "x#threadViewPost", "post": view | {"uri": uri}}}
        server.fixed[THREAD] = Answer(wrong)
        with pytest.raises(errors.ParseError, match=r"uri"):
            capture(server)


def test_odd_records_of_the_repository_are_passed_over(server: BlueskyServer) -> None:
    """They do not say that they belong to the thread."""
    page = server(f"{PDS}{LIST}?repo=did:plc:desk")
    assert isinstance(page.value, dict)
    odd = [{"uri": server.uri(1, "eve"), "value": {}}, {"uri": "x", "value": 5}]
    server.fixed[LIST] = Answer({"records": [*page.value["records"], *odd]})
    assert shown(capture(server)) == numbers(100, 104)


def test_author_by_web_domain_is_described_there(server: BlueskyServer) -> None:
    """did:web names the host of its document; other methods have none."""
    server.records.clear()
    for did, document in (
        ("did:web:desk.example", "https://desk.example/.well-known/did.json"),
        ("did:web:desk.example%3A8080", "https://desk.example:8080/.well-known/did.json"),
        ("did:web:desk.example%2Fx", None),
        ("did:key:abc", None),
    ):
        uri = f"at://{did}/app.bsky.feed.post/{rkey(1)}"
        server.profiles[did] = {"did": did, "handle": "handle.invalid"}
        server.records[uri] = {"text": "Post 1", "createdAt": "2026-01-01T00:00:00Z"}
        server.views[uri] = {}
        played, parse = ask_all(SOURCE, uri, server)
        asked = [url for url in played.asked if "did.json" in url]
        assert asked == ([document] if document else [])
        seen = parse()
        assert isinstance(seen, ThreadObservation)
        assert seen.url == f"https://bsky.app/profile/{did}/post/{rkey(1)}"


def test_capture_that_was_cut_short_says_so(server: BlueskyServer) -> None:
    """With the seed there is a thread; without it there is none."""
    played, _ = ask_all(SOURCE, SEED, server)
    ref = SOURCE.match(SEED)
    assert ref is not None
    seen = SOURCE.parse(ref, played.seen[:2])
    assert isinstance(seen, ThreadObservation)
    assert "the capture ended before everything was asked" in seen.completeness.reason
    with pytest.raises(errors.FetchError, match="not asked before the capture ended"):
        SOURCE.parse(ref, ())


# ---------------------------------------------------------------- accounts


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
        ("/xrpc/app.bsky.actor.getProfile", failed("AccountDeactivated"), errors.AccessDenied),
        ("/xrpc/app.bsky.actor.getProfile", failed("InvalidRequest"), errors.FetchError),
        (FEED, Answer(status=429), errors.RateLimited),
        (FEED, Answer({"feed": {}}), errors.ParseError),
    ],
)
def test_account_that_cannot_be_read_is_one_error(
    server: BlueskyServer, path: str, answer: Answer, kind: type[errors.ArchiverError]
) -> None:
    """Said by parse; plan asks for nothing more."""
    server.fixed[path] = answer
    with pytest.raises(kind):
        account_of(server)


def test_account_that_does_not_want_visitors_is_not_read(server: BlueskyServer) -> None:
    """The label is a wish."""
    server.profile("desk")["labels"] = NO_VISITORS
    with pytest.raises(errors.AccessDenied):
        account_of(server)

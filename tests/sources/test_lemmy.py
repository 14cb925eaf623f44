"""Is a post on a Lemmy server read whole, with all its comments, each in its place?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver import errors
from archiver.models import (
    Branch,
    KnownPost,
    ListingObservation,
    MediaKind,
    RefKind,
    ThreadObservation,
)
from archiver.sources.lemmy import Lemmy
from tests.sources.cases.lemmy import (
    CASES,
    REFUSALS,
    ROOT,
    Case,
    deep,
    deleted,
    endless,
    talk,
    unlisted,
    v4,
)
from tests.sources.lemmy_server import LemmyServer
from tests.sources.playing import Answer, Server, ask_all, thread_of

SOURCE = Lemmy()


def capture(
    server: Server, path: str = "/post/1", known: tuple[KnownPost, ...] = ()
) -> ThreadObservation:
    """Capture a post of the server."""
    return thread_of(SOURCE, ROOT + path, server, known)


def listed(server: Server, path: str) -> ListingObservation:
    """Read a community or a person."""
    seen = ask_all(SOURCE, ROOT + path, server)[1]()
    assert isinstance(seen, ListingObservation)
    return seen


def shown(seen: ThreadObservation, branch: Branch) -> tuple[int, ...]:
    """Give numbers of comments in reading order, gaps negative."""
    numbers = [
        (int(post.id.rpartition("/")[2]), post.gap)
        for post in seen.posts[1:]
        if post.branch is branch
    ]
    return tuple(-number if gap else number for number, gap in numbers)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_post_is_read_with_its_comments(case: Case) -> None:
    """Thread, side branches and completeness, as the table says."""
    seen = capture(case.server(), case.path)
    assert shown(seen, Branch.THREAD) == case.thread
    assert shown(seen, Branch.SIDE) == case.side
    done = seen.completeness
    if case.counts is not None:
        assert (done.expected, done.captured, done.gaps) == case.counts
    assert case.says in done.reason
    assert (seen.native_id, seen.title) == (f"{ROOT}/post/1", "Post 1")
    assert seen.author.handle == "ann@lemmy.example"


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.name)
def test_refusal_is_an_error_that_says_what(case: Case) -> None:
    """Never a crash, never a wrong thread."""
    assert case.error is not None
    with pytest.raises(case.error) as caught:
        capture(case.server(), case.path)
    assert case.says in str(caught.value)
    if isinstance(caught.value, errors.ParseError):
        assert (caught.value.platform, caught.value.field) == ("lemmy", case.field)
        assert caught.value.uri_r.startswith(f"{ROOT}/api/")


@pytest.mark.parametrize(
    ("path", "kind", "key"),
    [
        ("/post/12", RefKind.THREAD, ("post", "12")),
        ("/post/12/34?scrollToComments=true", RefKind.THREAD, ("post", "12")),
        ("/c/sea@b.example/p/12/a-title", RefKind.THREAD, ("post", "12")),
        ("/comment/34/", RefKind.THREAD, ("comment", "34")),
        ("/c/sea", RefKind.LIST, ("community", "sea")),
        ("/c/sea@b.example", RefKind.LIST, ("community", "sea@b.example")),
        ("/u/ann", RefKind.ACCOUNT, ("person", "ann")),
    ],
)
def test_address_is_recognised(path: str, kind: RefKind, key: tuple[str, ...]) -> None:
    """By its shape, whatever the host."""
    ref = SOURCE.match(ROOT + path)
    assert ref is not None
    assert (ref.platform, ref.kind, ref.key) == ("lemmy", kind, (ROOT, *key))


@pytest.mark.parametrize(
    "url",
    ["https://a.example/", "https://a.example/post/abc", "https://a.example/c/", "post/1"],
)
def test_other_address_is_not_ours(url: str) -> None:
    """Another shape, or none at all."""
    assert SOURCE.match(url) is None


def test_post_says_its_title_its_address_and_its_words() -> None:
    """Markdown becomes allowed HTML; the address is a link."""
    server = talk()
    server.posts[1]["post"] |= {
        "url": "https://news.example/a?b=1&c=2",
        "body": "See [this](https://a.example/x) and https://b.example/y_z_\n\n"
        "<script>alert(1)</script> ![a quay](https://i.example/q.png) [@bob@b.example]"
        "(https://b.example/u/bob)",
        "nsfw": True,
        "updated": "2026-05-01T12:00:00Z",
        "thumbnail_url": "https://i.example/t.png",
    }
    post = capture(server).posts[0]
    assert post.text.startswith("Post 1\n\nhttps://news.example/a?b=1&c=2\n\nSee this and")
    assert [link.uri_r for link in post.links] == [
        "https://news.example/a?b=1&c=2",
        "https://a.example/x",
        "https://b.example/y_z_",
    ]
    assert post.mentions == ("@bob@b.example",)
    assert "<script" not in post.html
    pictures = [(each.url, each.alt) for each in post.media]
    assert pictures == [("https://i.example/t.png", ""), ("https://i.example/q.png", "a quay")]
    assert post.sensitive
    assert post.edited_at is not None


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"url": "https://i.example/a.PNG?x=1", "alt_text": "A quay"}, MediaKind.IMAGE),
        ({"url": "https://i.example/a", "url_content_type": "image/webp"}, MediaKind.IMAGE),
        ({"url": "https://i.example/a.mp4"}, MediaKind.VIDEO),
    ],
)
def test_post_about_a_file_shows_it(fields: dict[str, str], kind: MediaKind) -> None:
    """A picture is no link to follow."""
    server = talk()
    server.posts[1]["post"] |= fields
    post = capture(server).posts[0]
    assert [(each.kind, each.url, each.alt) for each in post.media] == [
        (kind, fields["url"], fields.get("alt_text", ""))
    ]
    assert post.links == ()


def test_copy_leads_to_the_server_where_it_was_written() -> None:
    """The thread is the same whichever server the seed is of."""
    there = talk()
    here = LemmyServer("https://other.example")
    here.post(7, "zoe", ap_id=f"{ROOT}/post/1", local=False)

    def both(url: str) -> Answer:
        return (there if url.startswith(ROOT) else here)(url)

    seen = thread_of(SOURCE, "https://other.example/post/7", both)
    assert seen.native_id == f"{ROOT}/post/1"
    assert shown(seen, Branch.THREAD) == (11, 13)
    alone = thread_of(SOURCE, "https://other.example/post/7", here)
    assert alone.native_id == f"other.example {ROOT}/post/1"
    assert "this is a copy" in alone.completeness.reason


def test_stored_comment_that_the_platform_denies_is_gone() -> None:
    """Marked in the list, or not known by name; a refusal says nothing."""
    known = tuple(KnownPost(post.id, post.url) for post in capture(talk()).posts)
    seen = capture(deleted(), known=known)
    assert seen.gone == (f"{ROOT}/comment/11", f"{ROOT}/comment/12")
    purged = talk()
    del purged.comments[15]
    assert capture(purged, known=known).gone == (f"{ROOT}/comment/15",)
    purged.fixed["/api/v3/comment"] = Answer(status=500)
    assert capture(purged, known=known).gone == ()


def test_post_that_is_gone_is_a_gap_of_a_known_thread() -> None:
    """Deleted, it leaves its comments; purged, nothing."""
    known = tuple(KnownPost(post.id, post.url) for post in capture(talk()).posts)
    server = talk()
    server.posts[1]["post"] |= {"deleted": True, "body": ""}
    seen = capture(server, known=known)
    assert (seen.gone, seen.posts[0].gap) == ((f"{ROOT}/post/1",), True)
    assert shown(seen, Branch.SIDE) == (12, 14, 15)
    purged = LemmyServer(ROOT)
    seen = capture(purged, known=known)
    assert seen.posts[0].gap
    assert seen.gone[0] == f"{ROOT}/post/1"
    assert seen.native_id == f"{ROOT}/post/1"


def test_chain_of_ten_thousand_unseen_comments_is_no_trouble() -> None:
    """Gaps, one by one, and no recursion."""
    seen = capture(deep())
    side = shown(seen, Branch.SIDE)
    assert len(side) == 3 + 10_000 + 1
    assert side[-1] == 30
    assert all(number < 0 for number in side[3:-1])


def test_community_gives_its_newest_posts() -> None:
    """As global ids, so that each is captured at its home."""
    server = talk()
    server.post(2, "bob", published="2026-05-02T10:00:00Z")
    server.post(3, "bob", deleted=True)
    seen = listed(server, "/c/sea")
    assert seen.thread_urls == (f"{ROOT}/post/2", f"{ROOT}/post/1")
    assert (seen.title, seen.author) == ("sea", None)


@pytest.mark.parametrize("server", [talk, v4])
def test_person_gives_own_posts(server: type[LemmyServer]) -> None:
    """Comments elsewhere are left out."""
    made = server()
    made.post(2, "bob")
    seen = listed(made, "/u/ann")
    assert seen.thread_urls == (f"{ROOT}/post/1",)
    assert seen.author is not None
    assert seen.author.handle == "ann@lemmy.example"


def test_person_who_is_not_there_is_not_found() -> None:
    """By the word of the API."""
    with pytest.raises(errors.NotFound):
        listed(talk(), "/u/nobody")


def test_capture_that_ended_early_says_so() -> None:
    """What was read is a thread; what was not is said."""
    played, _ = ask_all(SOURCE, f"{ROOT}/post/1", talk())
    ref = SOURCE.match(f"{ROOT}/post/1")
    assert ref is not None
    seen = SOURCE.parse(ref, tuple(played.seen[:3]))
    assert isinstance(seen, ThreadObservation)
    assert "ended before" in seen.completeness.reason
    assert seen.completeness.expected is None
    with pytest.raises(errors.FetchError, match="was not asked"):
        SOURCE.parse(ref, tuple(played.seen[:1]))


@given(st.lists(st.lists(st.integers(0, 12), max_size=4), max_size=12))
def test_no_comment_is_lost_wherever_it_claims_to_hang(paths: list[list[int]]) -> None:
    """Each once, whatever the paths say; the post stays first."""
    server = LemmyServer(ROOT)
    server.post(1, "ann")
    for number, path in enumerate(paths, start=1):
        claimed = ".".join(str(each) for each in (0, *path, number))
        server.comment(number, "ann" if number % 2 else "bob", path=claimed)
    seen = capture(server)
    ids = [post.id for post in seen.posts]
    assert ids[0] == f"{ROOT}/post/1"
    assert len(set(ids)) == len(ids)
    assert {f"{ROOT}/comment/{number}" for number in range(1, len(paths) + 1)} <= set(ids)


def test_community_is_read_in_either_dialect() -> None:
    """v4 names it otherwise; what is no list is an error."""
    assert listed(v4(), "/c/sea").thread_urls == (f"{ROOT}/post/1",)
    server = talk()
    server.fixed["/api/v3/post/list"] = Answer({"next_page": None})
    with pytest.raises(errors.ParseError) as caught:
        listed(server, "/c/sea")
    assert caught.value.field == "posts"


def test_seed_that_is_a_deleted_comment_of_a_known_post_leads_to_it() -> None:
    """The thread goes on without it."""
    known = tuple(KnownPost(post.id, post.url) for post in capture(talk()).posts)
    server = talk()
    del server.comments[15]
    seen = capture(server, "/comment/15", known)
    assert seen.gone == (f"{ROOT}/comment/15",)
    assert shown(seen, Branch.THREAD) == (11, 13)


def test_copy_of_a_post_from_elsewhere_stays_a_copy() -> None:
    """Its address is none that we know how to ask."""
    server = talk()
    server.posts[1]["post"]["ap_id"] = "https://social.example/users/a/statuses/1"
    assert "this is a copy" in capture(server).completeness.reason


def test_many_stored_comments_are_not_all_asked_for() -> None:
    """Two hundred, and that is said."""
    known = (
        KnownPost(f"{ROOT}/post/1", ""),
        *(KnownPost(f"{ROOT}/comment/{n}", "") for n in range(5_000, 5_250)),
    )
    seen = capture(talk(), known=known)
    assert len(seen.gone) == 200
    assert "200 were asked for by name" in seen.completeness.reason


def test_unlisted_comments_are_not_all_asked_for() -> None:
    """A hundred, and that is said."""
    seen = capture(unlisted())
    assert "100 unlisted comments" in seen.completeness.reason


@pytest.mark.parametrize(("dialect", "pages"), [("v3", 200), ("v4", 100)])
def test_endless_list_of_comments_is_left(dialect: str, pages: int) -> None:
    """What was read is kept, and the limit is said."""
    seen = capture(endless(dialect)())
    assert len(seen.posts) == 1 + 50 * pages
    assert f"{pages} pages only" in seen.completeness.reason
    assert seen.completeness.expected is None


def test_platform_is_named() -> None:
    """As in docs/reference/platforms.md."""
    assert SOURCE.platform == "lemmy"


def test_comment_cannot_pass_for_the_post() -> None:
    """Whatever id it claims."""
    server = talk()
    server.comment(20, "eve", ap_id=f"{ROOT}/post/1", content="forged")
    seen = capture(server)
    assert seen.posts[0].text.startswith("Post 1")
    assert seen.author.handle == "ann@lemmy.example"
    assert all("forged" not in post.text for post in seen.posts)

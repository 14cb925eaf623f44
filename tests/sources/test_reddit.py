"""Is a post on Reddit read whole, in order, and without what is not part of it?"""

from __future__ import annotations

import pytest

from archiver import errors
from archiver.models import (
    Branch,
    KnownPost,
    ListingObservation,
    Post,
    RefKind,
    ThreadObservation,
)
from archiver.sources.reddit import Reddit
from tests.sources.cases.reddit import CASES, PARTS, REFUSED, SEED, Case, Part, Refused
from tests.sources.playing import Answer, ask_whole
from tests.sources.reddit_server import SITE, RedditServer

SOURCE = Reddit(has_credential=True)


@pytest.fixture
def server() -> RedditServer:
    """A post that its author went on below, with answers of others."""
    made = RedditServer()
    made.post()
    made.comment("c1", "t3_abc", "ann")
    made.comment("c2", "t3_abc", "bob")
    made.comment("c3", "t1_c1", "ann")
    made.comment("c4", "t1_c2", "cleo")
    return made


def capture(
    server: RedditServer, url: str = SEED, known: tuple[KnownPost, ...] = ()
) -> ThreadObservation:
    """Capture a thread of the server."""
    observation = ask_whole(SOURCE, url, server, known)[1]()
    assert isinstance(observation, ThreadObservation)
    return observation


def shown(seen: ThreadObservation, branch: Branch = Branch.THREAD) -> str:
    """Give short ids in reading order, gaps in brackets."""
    posts = [post for post in seen.posts if post.branch is branch]
    return " ".join(f"[{post.id[3:]}]" if post.gap else post.id[3:] for post in posts)


def known_of(seen: ThreadObservation) -> tuple[KnownPost, ...]:
    """Give what is stored after a capture."""
    return tuple(KnownPost(post.id, post.url) for post in seen.posts if not post.gap)


@pytest.mark.parametrize("case", CASES, ids=lambda each: each.name)
def test_case(case: Case, server: RedditServer) -> None:
    """What is documented, and what is odd."""
    case.change(server)
    seen = capture(server, case.url)
    assert case.thread in {"*", shown(seen)}
    assert case.sides in {"*", shown(seen, Branch.SIDE)}
    assert case.reason in seen.completeness.reason
    assert (seen.completeness.expected is not None) is case.whole
    assert (seen.native_id, seen.title) == ("t3_abc", "Post abc")


def test_comments_that_are_only_named_are_all_there(server: RedditServer) -> None:
    """By their hundred, one request after another, also those below them."""
    CASES[5].change(server)
    played, parse = ask_whole(SOURCE, SEED, server)
    seen = parse()
    assert isinstance(seen, ThreadObservation)
    assert len(seen.posts) == 455
    assert all(request.credential == "reddit" for request in (each.request for each in played.seen))


@pytest.mark.parametrize("case", REFUSED, ids=lambda each: each.name)
def test_refusal(case: Refused, server: RedditServer) -> None:
    """The error says what, where and why."""
    server.fixed["/comments/abc"] = case.answer
    with pytest.raises(case.kind, match=case.words) as caught:
        capture(server)
    assert type(caught.value) is case.kind
    if isinstance(caught.value, errors.ParseError):
        assert caught.value.platform == "reddit"


def one(case: Part) -> Post:
    """Read the post of a case."""
    server = RedditServer()
    server.post(**case.fields)
    return capture(server).posts[0]


@pytest.mark.parametrize("case", PARTS, ids=lambda each: each.name)
def test_part(case: Part) -> None:
    """Each part of a post becomes what it means."""
    assert getattr(one(case), case.field) == case.expected


@pytest.mark.parametrize(
    ("url", "kind", "key"),
    [
        (SEED, RefKind.THREAD, ("post", "abc")),
        (f"{SEED}c4/?context=3", RefKind.THREAD, ("post", "abc")),
        (f"{SITE}/r/news/comments/abc/comment/c4/", RefKind.THREAD, ("post", "abc")),
        ("https://np.reddit.com/user/ann/comments/abc/x/", RefKind.THREAD, ("post", "abc")),
        ("https://reddit.com/gallery/abc", RefKind.THREAD, ("post", "abc")),
        ("https://redd.it/abc", RefKind.THREAD, ("post", "abc")),
        (f"{SITE}/r/news/s/AbC123", RefKind.THREAD, ("share", "/r/news/s/AbC123")),
        (f"{SITE}/r/news", RefKind.LIST, ("sub", "news")),
        (f"{SITE}/r/news/new/", RefKind.LIST, ("sub", "news")),
        (f"{SITE}/u/ann", RefKind.ACCOUNT, ("user", "ann")),
        (f"{SITE}/user/ann/submitted/", RefKind.ACCOUNT, ("user", "ann")),
    ],
)
def test_address_is_recognised(url: str, kind: RefKind, key: tuple[str, ...]) -> None:
    """By its parsed host."""
    ref = SOURCE.match(url)
    assert ref is not None
    assert (ref.platform, ref.kind, ref.key) == ("reddit", kind, key)


@pytest.mark.parametrize(
    "url",
    [
        f"{SITE}/",
        f"{SITE}/r/news/wiki/index",
        f"{SITE}/r/news/comments/",
        "https://i.redd.it/abc.jpg",
        "https://v.redd.it/abc",
        "https://reddit.com.example/r/news",
        "https://notreddit.com/r/news",
        "https://a@www.reddit.com/r/news",
        "ftp://www.reddit.com/r/news",
        "https://[www.reddit.com/r/news",
        "",
    ],
)
def test_other_address_is_not_ours(url: str) -> None:
    """Another page, another host, or no address at all."""
    assert SOURCE.match(url) is None


def test_missing_credential_is_named(server: RedditServer) -> None:
    """Nothing is asked, and the sentence says what to do."""
    source = Reddit()
    played, parse = ask_whole(source, SEED, server)
    assert played.asked == []
    with pytest.raises(errors.CredentialMissing) as caught:
        parse()
    assert "ARCHIVER_REDDIT_CLIENT_ID" in str(caught.value)
    assert "ARCHIVER_REDDIT_CLIENT_SECRET" in str(caught.value)


def test_old_answers_are_read_without_a_credential(server: RedditServer) -> None:
    """So that an archive can be rebuilt anywhere."""
    played, parse = ask_whole(SOURCE, SEED, server)
    ref = SOURCE.match(SEED)
    assert ref is not None
    assert Reddit().parse(ref, tuple(played.seen)) == parse()


def test_deleted_comment_is_gone_by_reddits_own_word(server: RedditServer) -> None:
    """`[deleted]` says so; what is not shown is asked for by name."""
    known = known_of(capture(server))
    server.delete("c4")
    assert capture(server, known=known).gone == ("t1_c4",)
    value: object = server._answer("/comments/abc", {}).value
    assert isinstance(value, list)
    value[1]["data"]["children"].pop()  # c2, with c4 below
    server.fixed["/comments/abc"] = Answer(value)
    seen = capture(server, known=known)
    assert seen.gone == ("t1_c4",)
    assert shown(seen, Branch.SIDE) == "c2 [c4]"


def test_failure_is_no_deletion(server: RedditServer) -> None:
    """A server that fails says nothing about its comments."""
    known = (*known_of(capture(server)), KnownPost("t1_zz", ""), KnownPost("odd/../id", ""))
    server.fixed["/api/info"] = Answer(status=500)
    seen = capture(server, known=known)
    assert seen.gone == ()
    assert "lost comments could not be asked for (status 500)" in seen.completeness.reason


def test_removed_post_is_gone(server: RedditServer) -> None:
    """Its stored words stay in the archive."""
    known = known_of(capture(server))
    server.delete("abc", "[removed]")
    assert "t3_abc" in capture(server, known=known).gone


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Answer(status=404), errors.NotFound),
        (Answer(status=403), errors.AccessDenied),
        (Answer(status=301, headers=(("Location", "https://evil.example/comments/abc"),)),
         errors.NotFound),
        (Answer(status=302, headers=(("Location", "https://[/"),)), errors.NotFound),
        (Answer(body=b"<html>", mime="text/html"), errors.NotFound),
    ],
)  # fmt: skip
def test_share_link_that_leads_nowhere(
    answer: Answer, kind: type[errors.FetchError], server: RedditServer
) -> None:
    """Only a redirect to a post of Reddit counts."""
    server.fixed["/r/news/s/AbC123"] = answer
    with pytest.raises(kind):
        capture(server, f"{SITE}/r/news/s/AbC123")


@pytest.mark.parametrize("url", [f"{SITE}/r/news/", f"{SITE}/user/ann/"])
def test_listing_gives_posts_newest_first(url: str, server: RedditServer) -> None:
    """Of a subreddit or of an account; what was deleted is left out."""
    server.post("def")
    server.post("ghi", selftext="[removed]")
    observation = ask_whole(SOURCE, url, server)[1]()
    assert isinstance(observation, ListingObservation)
    assert observation.thread_urls == (SEED.replace("abc", "def"), SEED)
    assert observation.reason == ""
    assert (observation.author is not None) is ("/user/" in url)


def test_account_without_posts_is_known_by_its_name(server: RedditServer) -> None:
    """And what cannot be read is counted."""
    odd = {"kind": "t3", "data": {"id": "../x"}}
    copied = {"kind": "t3", "data": server.posts["abc"]}
    shown = {"kind": "Listing", "data": {"after": None, "children": [odd, copied]}}
    server.fixed["/user/nobody/submitted"] = Answer(shown)
    observation = ask_whole(SOURCE, f"{SITE}/user/nobody/", server)[1]()
    assert isinstance(observation, ListingObservation)
    assert observation.reason == "1 could not be read"
    assert observation.author is not None
    assert (observation.author.id, observation.author.name) == ("u/nobody", "nobody")


def test_lost_comments_are_asked_for_within_bounds(server: RedditServer) -> None:
    """Three hundred, and a sentence."""
    known = tuple(KnownPost(f"t1_z{number}", "") for number in range(350))
    assert "only 300 of 350 lost" in capture(server, known=known).completeness.reason


def test_listing_is_bounded(server: RedditServer) -> None:
    """A hundred posts, and a sentence."""
    for number in range(150):
        server.post(f"p{number}")
    observation = ask_whole(SOURCE, f"{SITE}/r/news/", server)[1]()
    assert isinstance(observation, ListingObservation)
    assert (len(observation.thread_urls), observation.reason) == (100, "the newest 100 posts")


def test_unknown_subreddit_is_not_found(server: RedditServer) -> None:
    """Reddit sends on to its search."""
    with pytest.raises(errors.NotFound, match="no such subreddit"):
        ask_whole(SOURCE, f"{SITE}/r/nothing_here/", server)[1]()


@pytest.mark.parametrize("answer", [Answer([]), Answer({"kind": "x"}), Answer(body=b"<html>")])
def test_odd_listing_is_refused(answer: Answer, server: RedditServer) -> None:
    """A ParseError that names the place."""
    server.fixed["/r/news/new"] = answer
    with pytest.raises(errors.ParseError):
        ask_whole(SOURCE, f"{SITE}/r/news/", server)[1]()


def test_capture_that_ended_early_says_so(server: RedditServer) -> None:
    """With some answers there is a partial thread; with none an error."""
    CASES[5].change(server)
    played, _ = ask_whole(SOURCE, SEED, server)
    ref = SOURCE.match(SEED)
    assert ref is not None
    with pytest.raises(errors.FetchError, match="was not asked"):
        SOURCE.parse(ref, ())
    seen = SOURCE.parse(ref, tuple(played.seen[:1]))
    assert isinstance(seen, ThreadObservation)
    assert "ended before" in seen.completeness.reason
    assert seen.completeness.expected is None

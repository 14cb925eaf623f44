"""Is a discussion on Hacker News read whole, in order, and without what is not part of it?"""

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
from archiver.sources.hackernews import HackerNews
from tests.sources.cases.hackernews import (
    CASES,
    PARTS,
    REFUSED,
    ROOT,
    SEED,
    TREE,
    Case,
    Part,
    Refused,
)
from tests.sources.hackernews_server import ALGOLIA, API, HackerNewsServer
from tests.sources.playing import Answer, ask_all, thread_of

SOURCE = HackerNews()


@pytest.fixture
def server() -> HackerNewsServer:
    """A story that its author went on below, with answers of others."""
    made = HackerNewsServer()
    made.story(100)
    made.comment(101, 100)
    made.comment(102, 100, "bob")
    made.comment(103, 101)
    made.comment(104, 102, "cleo")
    return made


def shown(seen: ThreadObservation, branch: Branch = Branch.THREAD) -> str:
    """Give numbers in reading order, gaps in brackets."""
    posts = [post for post in seen.posts if post.branch is branch]
    return " ".join(f"[{post.id}]" if post.gap else post.id for post in posts)


def known_of(seen: ThreadObservation) -> tuple[KnownPost, ...]:
    """Give what is stored after a capture."""
    return tuple(KnownPost(post.id, post.url) for post in seen.posts if not post.gap)


@pytest.mark.parametrize("case", CASES, ids=lambda each: each.name)
def test_case(case: Case, server: HackerNewsServer) -> None:
    """What is documented, and what is odd."""
    case.change(server)
    played, parse = ask_all(SOURCE, case.url, server)
    seen = parse()
    assert isinstance(seen, ThreadObservation)
    assert case.thread in {"*", shown(seen)}
    assert case.sides in {"*", shown(seen, Branch.SIDE)}
    assert case.reason in seen.completeness.reason
    assert (seen.completeness.expected is not None) is case.whole
    assert case.asked in {0, len(played.asked)}
    assert seen.native_id == "100"


@pytest.mark.parametrize("case", REFUSED, ids=lambda each: each.name)
def test_refusal(case: Refused, server: HackerNewsServer) -> None:
    """The error says what, where and why."""
    server.fixed |= {ROOT: case.root, TREE: case.tree}
    server.fixed[f"{API}/item/7.json"] = Answer({"id": 7, "parent": 100})
    server.fixed[f"{API}/item/8.json"] = Answer({"id": 88})
    with pytest.raises(case.kind, match=case.words) as caught:
        ask_all(SOURCE, SEED, server)[1]()
    assert type(caught.value) is case.kind
    if isinstance(caught.value, errors.ParseError):
        assert caught.value.platform == "hackernews"


def one(case: Part) -> Post:
    """Read the post of a case."""
    server = HackerNewsServer()
    server.story(100, **case.fields)
    for number, text, score in ((901, "Yes", 3), (902, "No", 4)):
        server.entries[number] = {
            "id": number, "type": "pollopt", "by": "ann", "time": 1, "poll": 100,
            "text": text, "score": score,
        }  # fmt: skip
    return thread_of(SOURCE, SEED, server).posts[0]


@pytest.mark.parametrize("case", PARTS, ids=lambda each: each.name)
def test_part(case: Part) -> None:
    """Each part of an entry becomes what it means."""
    assert getattr(one(case), case.field) == case.expected


@pytest.mark.parametrize(
    ("url", "kind", "key"),
    [
        (SEED, RefKind.THREAD, ("100",)),
        ("http://news.ycombinator.com/item?id=8863#9224", RefKind.THREAD, ("8863",)),
        ("https://news.ycombinator.com/user?id=pg", RefKind.ACCOUNT, ("pg",)),
        ("https://news.ycombinator.com/submitted?id=a-b_c", RefKind.ACCOUNT, ("a-b_c",)),
    ],
)
def test_address_is_recognised(url: str, kind: RefKind, key: tuple[str, ...]) -> None:
    """By its parsed host."""
    ref = SOURCE.match(url)
    assert ref is not None
    assert (ref.platform, ref.kind, ref.key) == ("hackernews", kind, key)


@pytest.mark.parametrize(
    "url",
    [
        "https://news.ycombinator.com/",
        "https://news.ycombinator.com/item?id=x",
        "https://news.ycombinator.com/item?id=0",
        "https://news.ycombinator.com/user?id=a/b",
        "https://news.ycombinator.com.example/item?id=1",
        "https://a@news.ycombinator.com/item?id=1",
        "ftp://news.ycombinator.com/item?id=1",
        "https://[news.ycombinator.com/item?id=1",
        "https://news.ycombinator.com/item?" + "a=1&" * 50,
        "",
    ],
)
def test_other_address_is_not_ours(url: str) -> None:
    """Another page, another host, or no address at all."""
    assert SOURCE.match(url) is None


def test_deleted_comment_is_gone_by_the_sites_own_word(server: HackerNewsServer) -> None:
    """The API says so; what Algolia leaves out is no deletion."""
    known = known_of(thread_of(SOURCE, SEED, server))
    server.delete(104)
    server.lagging.add(103)
    seen = thread_of(SOURCE, SEED, server, known)
    assert seen.gone == ("104",)
    assert shown(seen) == "100 101 103"


def test_deleted_story_is_gone(server: HackerNewsServer) -> None:
    """Its comments stay, and its stored words as well."""
    known = known_of(thread_of(SOURCE, SEED, server))
    server.delete(100)
    seen = thread_of(SOURCE, SEED, server, known)
    assert "100" in seen.gone
    assert (seen.native_id, seen.author.id) == ("100", "")


def test_failure_is_no_deletion(server: HackerNewsServer) -> None:
    """A server that fails says nothing about its comments."""
    known = known_of(thread_of(SOURCE, SEED, server))
    server.fixed |= {ROOT: Answer(status=503), f"{API}/item/104.json": Answer(status=404)}
    server.lagging.add(104)
    assert thread_of(SOURCE, SEED, server, known).gone == ()


def test_lost_comments_are_asked_for_within_bounds(server: HackerNewsServer) -> None:
    """A hundred, and a sentence; one that is there after all is kept."""
    server.comment(900, 102, "bob")
    server.lagging.add(900)
    server.fixed[f"{API}/item/100.json"] = Answer(server._official(100))
    known = (KnownPost("900", ""), KnownPost("odd", ""))
    many = tuple(KnownPost(str(number), "") for number in range(5_000, 5_150))
    seen = thread_of(SOURCE, SEED, server, (*known, *many))
    assert "900" in shown(seen, Branch.SIDE).split()
    assert "only 100 of 151 vanished comments" in seen.completeness.reason
    assert seen.gone == ()


def test_account_lists_its_stories(server: HackerNewsServer) -> None:
    """One question to Algolia; comments are left out."""
    server.story(200)
    played, parse = ask_all(SOURCE, "https://news.ycombinator.com/user?id=ann", server)
    observation = parse()
    assert isinstance(observation, ListingObservation)
    assert observation.thread_urls == (SEED.replace("100", "200"), SEED)
    assert (len(played.asked), observation.reason) == (1, "")
    assert observation.author is not None
    assert observation.author.id == "ann"


@pytest.mark.parametrize("answer", [Answer(status=503), Answer({"hits": 5}), Answer([])])
def test_account_is_asked_one_by_one(answer: Answer, server: HackerNewsServer) -> None:
    """The API names everything; only stories count."""
    server.fixed[f"{ALGOLIA}/search_by_date?tags=author_ann,(story,poll)&hitsPerPage=40"] = answer
    observation = ask_all(SOURCE, "https://news.ycombinator.com/user?id=ann", server)[1]()
    assert isinstance(observation, ListingObservation)
    assert observation.thread_urls == (SEED,)


@pytest.mark.parametrize("answer", [Answer({"submitted": 5}), Answer([]), Answer(status=500)])
def test_odd_account_is_refused(answer: Answer, server: HackerNewsServer) -> None:
    """Neither Algolia nor the API tells."""
    server.algolia = False
    server.fixed[f"{API}/user/ann.json"] = answer
    with pytest.raises((errors.ParseError, errors.FetchError), match="ann"):
        ask_all(SOURCE, "https://news.ycombinator.com/user?id=ann", server)[1]()


def test_odd_entries_of_an_account_are_passed_over(server: HackerNewsServer) -> None:
    """What cannot be read is no story."""
    server.algolia = False
    server.story(200)
    server.fixed[f"{API}/item/200.json"] = Answer([])
    observation = ask_all(SOURCE, "https://news.ycombinator.com/user?id=ann", server)[1]()
    assert isinstance(observation, ListingObservation)
    assert observation.thread_urls == (SEED,)


def test_listing_is_bounded(server: HackerNewsServer) -> None:
    """Forty stories, and a sentence."""
    for number in range(200, 300):
        server.story(number)
    url = "https://news.ycombinator.com/user?id=ann"
    observation = ask_all(SOURCE, url, server)[1]()
    assert isinstance(observation, ListingObservation)
    assert len(observation.thread_urls) == 40
    assert observation.reason == "the newest 40 of 101 stories"
    server.algolia = False
    for number in range(300, 400):
        server.comment(number, 100)
    observation = ask_all(SOURCE, url, server)[1]()
    assert isinstance(observation, ListingObservation)
    assert (observation.thread_urls, "newest 60 things" in observation.reason) == ((), True)


def test_unknown_account_is_not_found(server: HackerNewsServer) -> None:
    """The API says `null`."""
    with pytest.raises(errors.NotFound, match="no such account"):
        ask_all(SOURCE, "https://news.ycombinator.com/user?id=nobody", server)[1]()


def test_capture_that_ended_early_says_so(server: HackerNewsServer) -> None:
    """With some answers there is a partial thread; with none an error."""
    server.algolia = False
    played, _ = ask_all(SOURCE, SEED, server)
    ref = SOURCE.match(SEED)
    assert ref is not None
    with pytest.raises(errors.FetchError, match="was not asked"):
        SOURCE.parse(ref, ())
    seen = SOURCE.parse(ref, tuple(played.seen[:2]))
    assert isinstance(seen, ThreadObservation)
    assert "ended before" in seen.completeness.reason
    assert seen.completeness.expected is None


def test_large_discussion_is_read_in_time() -> None:
    """Five thousand comments in one answer."""
    children = [
        {
            "id": number,
            "author": f"u{number % 99}",
            "created_at_i": number,
            "text": "x",
            "children": [],
        }
        for number in range(1000, 6_000)
    ]
    server = HackerNewsServer()
    server.story(100, descendants=5_000, kids=[])
    server.fixed[TREE] = Answer({"id": 100, "author": "ann", "children": children})
    assert len(thread_of(SOURCE, SEED, server).posts) == 5_001

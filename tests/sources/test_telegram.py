"""Is a thread of a Telegram channel read whole, in order, and without what is not part of it?"""

from __future__ import annotations

import pytest

from archiver import errors
from archiver.models import (
    Branch,
    KnownPost,
    ListingObservation,
    Outcome,
    Post,
    RefKind,
    ThreadObservation,
)
from archiver.sources.telegram import Telegram
from tests.sources.cases.telegram import CASES, PARTS, REFUSED, SEED, Case, Part, Refused
from tests.sources.playing import Answer, Server, ask_all, thread_of
from tests.sources.telegram_server import TelegramServer, html, refused

SOURCE = Telegram()


@pytest.fixture
def server() -> TelegramServer:
    """A channel with a thread of three posts among others."""
    made = TelegramServer()
    for number in (8, 9, 11, 13, 14):
        made.add(number)
    made.thread(10, 12, 15)
    return made


def shown(seen: ThreadObservation, branch: Branch = Branch.THREAD) -> str:
    """Give numbers in reading order, gaps in brackets."""
    numbers = ((post.id.rpartition("/")[2], post) for post in seen.posts if post.branch is branch)
    return " ".join(f"[{number}]" if post.gap else number for number, post in numbers)


def known_of(seen: ThreadObservation) -> tuple[KnownPost, ...]:
    """Give what is stored after a capture."""
    return tuple(KnownPost(post.id, post.url) for post in seen.posts)


@pytest.mark.parametrize("case", CASES, ids=lambda each: each.name)
def test_case(case: Case, server: TelegramServer) -> None:
    """What is documented, and what is odd."""
    case.change(server)
    seen = thread_of(SOURCE, case.url, server)
    done = seen.completeness
    assert shown(seen) == case.thread
    assert shown(seen, Branch.SIDE) == case.sides
    assert case.reason in done.reason
    assert (done.expected is not None) is case.whole
    assert done.captured + done.gaps == len([p for p in seen.posts if p.branch is Branch.THREAD])


@pytest.mark.parametrize("case", REFUSED, ids=lambda each: each.name)
def test_refusal(case: Refused, server: TelegramServer) -> None:
    """The error says what, where and why."""
    server.fixed["/Desk_news/12"] = case.answer
    with pytest.raises(case.kind, match=case.words) as caught:
        ask_all(SOURCE, SEED, server)[1]()
    assert type(caught.value) is case.kind
    assert "/Desk_news/12" in str(caught.value)


def one(case: Part) -> Post:
    """Read the post of a case."""
    server = TelegramServer()
    server.add(12, case.text, inside=case.inside, elsewhere=case.elsewhere)
    return thread_of(SOURCE, SEED, server).posts[0]


@pytest.mark.parametrize("case", PARTS, ids=lambda each: each.name)
def test_part(case: Part) -> None:
    """Each part of a message becomes what it means."""
    assert getattr(one(case), case.field) == case.expected


@pytest.mark.parametrize(
    ("url", "kind", "key"),
    [
        ("https://t.me/desk/12", RefKind.THREAD, ("desk", "12")),
        ("http://www.t.me/s/desk/12/?before=3", RefKind.THREAD, ("desk", "12")),
        ("https://telegram.dog/desk", RefKind.ACCOUNT, ("desk",)),
        ("https://desk.t.me/", RefKind.ACCOUNT, ("desk",)),
        ("https://t.me/s/desk", RefKind.ACCOUNT, ("desk",)),
    ],
)
def test_address_is_recognised(url: str, kind: RefKind, key: tuple[str, ...]) -> None:
    """By its parsed host."""
    ref = SOURCE.match(url)
    assert ref is not None
    assert (ref.platform, ref.kind, ref.key) == ("telegram", kind, key)


@pytest.mark.parametrize(
    "url",
    [
        "https://t.me/",
        "https://t.me/+AbCdEf",
        "https://t.me/c/1234567/5",
        "https://t.me/joinchat/AbCdEf",
        "https://t.me/share/12",
        "https://t.me/desk/0",
        "https://t.me/desk/1/2",
        "https://name@t.me/desk/1",
        "https://t.me.example/desk/1",
        "https://example/t.me/desk/1",
        "ftp://t.me/desk/1",
        "https://[t.me/desk/1",
        "",
    ],
)
def test_other_address_is_not_ours(url: str) -> None:
    """Private channels, services and other hosts."""
    assert SOURCE.match(url) is None


def test_deleted_post_is_gone_by_telegrams_own_word(server: TelegramServer) -> None:
    """Only `Post not found` makes a stored post vanish; its place stays."""
    known = known_of(thread_of(SOURCE, SEED, server))
    del server.posts[12]
    server.posts[15].reply_to = None
    seen = thread_of(SOURCE, SEED, server, known)
    assert seen.gone == ("1005640892/12",)
    assert (shown(seen), seen.native_id) == ("10 [12] 15", "1005640892/10")


def test_stored_posts_are_asked_for_one_by_one(server: TelegramServer) -> None:
    """Where the channel's pages do not show them; what fails says nothing."""
    known = known_of(thread_of(SOURCE, SEED, server))
    server.preview = False
    del server.posts[15]
    server.add(16)
    more = [KnownPost(f"1005640892/{number}", "") for number in (16, 17, 18)]
    server.fixed["/Desk_news/18"] = Answer(status=500)
    server.fixed["/Desk_news/17"] = refused("Channel with username @x not found")
    seen = thread_of(SOURCE, SEED, server, (*known, *more, KnownPost("odd", "")))
    assert seen.gone == ("1005640892/15",)
    assert "post 18 could not be read (status 500)" in seen.completeness.reason
    assert shown(seen) == "10 12 [15] 16"
    many = tuple(KnownPost(f"1005640892/{number}", "") for number in range(100, 170))
    seen = thread_of(SOURCE, SEED, server, (*known, *many))
    assert "only 50 of 71 lost posts" in seen.completeness.reason


def test_unknown_name_says_nothing_of_stored_posts(server: TelegramServer) -> None:
    """A channel may be renamed: only `Post not found` is a deletion."""
    known = known_of(thread_of(SOURCE, SEED, server))
    server.name = "elsewhere"
    with pytest.raises(errors.NotFound, match="Channel with username"):
        thread_of(SOURCE, SEED, server, known)


def test_channel_is_known_by_either_attribute(server: TelegramServer) -> None:
    """`data-peer` or `data-view`; without both only its name is left."""
    page = html(server.message(12)).body or b""
    view = page.partition(b'data-view="')[2].partition(b'"')[0]
    server.fixed["/Desk_news/10"] = html("")
    for said, expected in (
        (b"", "desk_news/10"),
        (b"%%%", "desk_news/10"),
        (b"bnVsbA", "desk_news/10"),
        (view + b'" data-peer="c77_-5', "77/10"),
    ):
        body = page.replace(view, said)
        server.fixed["/Desk_news/12"] = Answer(body=body, mime="text/html")
        assert thread_of(SOURCE, SEED, server).native_id == expected


def test_time_may_stand_elsewhere(server: TelegramServer) -> None:
    """Older pages have it beside the link."""
    body = (html(server.message(12)).body or b"").replace(b"tgme_widget_message_date", b"x")
    server.fixed["/Desk_news/12"] = Answer(body=body, mime="text/html")
    assert thread_of(SOURCE, SEED, server).posts[1].created_at is not None
    server.fixed["/Desk_news/12"] = Answer(body=body.replace(b"<time", b"<x"), mime="text/html")
    assert thread_of(SOURCE, SEED, server).posts[1].created_at is None


def test_odd_messages_of_a_page_are_counted(server: TelegramServer) -> None:
    """One that names no number, and a service message in other markup."""
    odd = '<div class="tgme_widget_message" data-post="x"></div>'
    service = '<div class="tgme_widget_message service_message" data-post="Desk_news/16"></div>'
    page = (server("https://t.me/s/Desk_news?after=10").body or b"").decode()
    server.fixed["/s/Desk_news?after=10"] = html(page + odd + service)
    seen = thread_of(SOURCE, SEED, server)
    assert shown(seen) == "10 12 15"
    assert "some posts of the channel could not be read" in seen.completeness.reason


def test_failure_is_no_deletion(server: TelegramServer) -> None:
    """A server that fails says nothing about its posts."""
    known = known_of(thread_of(SOURCE, SEED, server))
    server.preview = False
    for number in (10, 15):
        server.fixed[f"/Desk_news/{number}"] = Answer(status=503)
    seen = thread_of(SOURCE, SEED, server, known)
    assert seen.gone == ()
    assert seen.completeness.expected is None


def test_wholly_deleted_thread_keeps_its_name(server: TelegramServer) -> None:
    """Everything is gone, and that is what is said."""
    known = known_of(thread_of(SOURCE, SEED, server))
    for number in (10, 12, 15):
        del server.posts[number]
    seen = thread_of(SOURCE, SEED, server, known)
    assert sorted(seen.gone) == ["1005640892/10", "1005640892/12", "1005640892/15"]
    assert (seen.native_id, seen.author.id) == ("1005640892/10", "")


def test_name_of_the_channel_is_no_identity(server: TelegramServer) -> None:
    """A renamed channel's threads stay what they are."""
    before = thread_of(SOURCE, SEED, server)
    server.name = "New_name"
    after = thread_of(SOURCE, "https://t.me/new_name/12", server)
    assert before.native_id == after.native_id


def test_post_of_another_channel_is_refused(server: TelegramServer) -> None:
    """Never a wrong thread."""
    server.fixed["/other/12"] = html(server.message(12))
    with pytest.raises(errors.ParseError, match="post of Desk_news came where one of other"):
        ask_all(SOURCE, "https://t.me/other/12", server)[1]()


def test_post_of_a_group_is_its_senders(server: TelegramServer) -> None:
    """A group shows no list of posts, but each by itself."""
    owner = '<a class="tgme_widget_message_author_name" href="https://t.me/ann_lee">Ann</a>'
    server.add(12, owner=owner)
    server.preview = False
    seen = thread_of(SOURCE, SEED, server)
    assert (seen.author.id, seen.author.name) == ("ann_lee", "Ann")


def test_channel_lists_its_threads(server: TelegramServer) -> None:
    """Newest first; what answers stands for the first post."""
    observation = ask_all(SOURCE, "https://t.me/desk_news", server)[1]()
    assert isinstance(observation, ListingObservation)
    numbers = [url.rpartition("/")[2] for url in observation.thread_urls]
    assert numbers == ["14", "13", "11", "10", "9", "8"]
    assert (observation.title, observation.reason) == ("The Desk", "")


def test_listing_is_bounded(server: TelegramServer) -> None:
    """Three pages, and a sentence."""
    for number in range(20, 200):
        server.add(number)
    played, parse = ask_all(SOURCE, "https://t.me/s/desk_news", server)
    observation = parse()
    assert isinstance(observation, ListingObservation)
    assert len(played.asked) == 3
    assert observation.reason == "the newest 60 posts of the channel were looked at"
    assert observation.thread_urls[0] == "https://t.me/Desk_news/199"


def test_empty_channel_and_failing_page_are_told(server: TelegramServer) -> None:
    """An empty listing is no error; a page that fails is said."""
    server.fixed["/s/desk_news?before=8"] = Answer(status=500)
    observation = ask_all(SOURCE, "https://t.me/s/desk_news", server)[1]()
    assert isinstance(observation, ListingObservation)
    assert observation.reason == "earlier posts could not be read"
    server.posts.clear()
    observation = ask_all(SOURCE, "https://t.me/s/desk_news", server)[1]()
    assert isinstance(observation, ListingObservation)
    assert (observation.thread_urls, observation.reason) == ((), "")


@pytest.mark.parametrize("change", ["preview", "error"])
def test_channel_without_preview_is_denied(change: str, server: TelegramServer) -> None:
    """One sentence that says why, and that nothing counts as deleted."""
    server.preview = False
    if change == "error":
        server.fixed["/Desk_news"] = Answer(status=403)
    with pytest.raises(errors.AccessDenied, match="nothing counts as deleted"):
        ask_all(SOURCE, "https://t.me/Desk_news", server)[1]()


def test_capture_that_ended_early_says_so(server: TelegramServer) -> None:
    """With some answers there is a partial thread; with none an error."""
    played, _ = ask_all(SOURCE, SEED, server)
    ref = SOURCE.match(SEED)
    assert ref is not None
    with pytest.raises(errors.FetchError, match="was not asked"):
        SOURCE.parse(ref, ())
    seen = SOURCE.parse(ref, tuple(played.seen[:2]))
    assert isinstance(seen, ThreadObservation)
    assert "ended before" in seen.completeness.reason


def test_no_answer_is_an_error() -> None:
    """The network's own word."""
    silent: Server = lambda url: Answer(outcome=Outcome.TIMEOUT)  # noqa: E731
    with pytest.raises(errors.FetchError, match="could not be read"):
        ask_all(SOURCE, SEED, silent)[1]()


def test_hostile_markup_is_read_in_time() -> None:
    """Deep nesting and huge attributes cost no more than their length."""
    deep = "<b>" * 5_000 + "x" + "<a href='http://a.example/'>" * 2_000
    server = TelegramServer()
    sticker = f"<i class='tgme_widget_message_sticker' style='{'a' * 500_000}'></i>"
    server.add(12, deep, inside=sticker)
    assert "x" in thread_of(SOURCE, SEED, server).posts[0].text


def test_huge_page_is_refused(server: TelegramServer) -> None:
    """A page of a million elements would cost minutes."""
    server.posts[12].text = "<b>" * 1_000_000
    with pytest.raises(errors.ParseError, match="over 30,000 elements"):
        thread_of(SOURCE, SEED, server)

"""What is read of X without a token: Nitter pages, and the syndication endpoint?"""

from __future__ import annotations

from typing import Any

import pytest

from archiver import errors
from archiver.config import XSettings
from archiver.core.merge import merge
from archiver.models import Branch, Link, Media, MediaKind, ThreadObservation
from archiver.sources.x import X
from archiver.sources.x.token import base_36, token_of
from tests.sources.playing import Answer, WholeServer, ask_whole
from tests.sources.x_pages import NitterServer, SyndicationServer, page, reader_page
from tests.sources.x_server import XServer, nth

SEED = "https://x.com/ICIJ/status/{}"
NITTER = {"nitter": "https://nitter.test"}
SYNDICATION = {"syndication": "https://cdn.test"}


def observed(server: WholeServer, post_id: str, **settings: Any) -> ThreadObservation:
    """Capture a thread without a token."""
    x = X(XSettings(**settings), has_token=False)
    seen = ask_whole(x, SEED.format(post_id), server)[1]()
    assert isinstance(seen, ThreadObservation)
    return seen


def texts(seen: ThreadObservation) -> list[str]:
    """Give the words of the thread itself; gaps are `-`."""
    own = (post for post in seen.posts if post.branch is Branch.THREAD)
    return ["-" if post.gap else post.text for post in own]


@pytest.mark.parametrize(
    ("post_id", "token"),
    [
        ("1528655166066462720", "3peetqscx4i"),
        ("1234567890123456789", "2zqic77uqyk"),
        ("20", "6dq1a2xwd93"),
    ],
)
def test_token_is_what_javascript_computes(post_id: str, token: str) -> None:
    """The vectors of the reference come from Node."""
    assert token_of(post_id) == token


@pytest.mark.parametrize(
    ("value", "digits"),
    [
        (0.0, "0"),
        (35.0, "z"),
        (36.0, "10"),
        (0.5, "0.i"),
        (36.25, "10.9"),
        (1 - 2**-53, "0.zzzzzzzzzza"),
    ],
)
def test_whole_and_exact_numbers_in_base_36(value: float, digits: str) -> None:
    """No more digits than needed."""
    assert base_36(value) == digits


@pytest.mark.parametrize("value", [0.1, 1 / 3, 3.141592653589793, 1e-7, 123456.789])
def test_digits_lead_back_to_the_number(value: float) -> None:
    """They tell it from its neighbours."""
    whole, _, tail = base_36(value).partition(".")
    back = int(whole, 36) + sum(int(sign, 36) / 36**at for at, sign in enumerate(tail, start=1))
    assert back == pytest.approx(value, rel=1e-14)


def walked(count: int) -> tuple[SyndicationServer, list[str]]:
    """Make a thread of single posts."""
    server = SyndicationServer()
    ids: list[str] = []
    for serial in range(1, count + 1):
        ids.append(server.add(nth(serial), f"Post {serial}", parent=ids[-1] if ids else ""))
    return server, ids


def test_syndication_is_walked_up_from_the_last_post() -> None:
    """What follows the named post is not known, and that is said."""
    server, ids = walked(5)
    seen = observed(server, ids[3], **SYNDICATION)
    assert texts(seen) == ["Post 1", "Post 2", "Post 3", "Post 4"]
    assert (seen.native_id, seen.completeness.expected) == (ids[0], None)
    assert "not shown without a token" in seen.completeness.reason
    assert seen.author.id == "16067035"


def test_single_post_has_its_links_media_and_quote() -> None:
    """Places are `indices`; decorations at the end are cut."""
    server = SyndicationServer()
    quoted = {
        "id_str": nth(9),
        "text": "What &amp; why",
        "user": {"id_str": "77", "screen_name": "eve", "name": "Eve"},
        "entities": {},
    }
    urls = [
        {"url": "https://t.co/AbC", "expanded_url": "https://bit.ly/3x", "display_url": "bit.ly/3x",
         "indices": [4, 20]},
        {"url": "https://t.co/Quo", "expanded_url": f"https://x.com/eve/status/{nth(9)}",
         "display_url": "x.com/eve/s…", "indices": [21, 37]},
    ]  # fmt: skip
    media = {"url": "https://t.co/Pic", "expanded_url": "https://x.com/a/status/7/photo/1"}
    server.add(
        nth(1),
        "See https://t.co/AbC https://t.co/Quo https://t.co/Pic",
        entities={"urls": urls, "media": [media | {"indices": [38, 54]}]},
        mediaDetails=[
            {
                "type": "photo",
                "media_url_https": "https://pbs.twimg.com/media/F.jpg",
                "ext_alt_text": "A chart",
            }
        ],
        quoted_tweet=quoted,
    )
    (post,) = observed(server, nth(1), **SYNDICATION).posts
    assert (post.text, post.links) == ("See bit.ly/3x", (Link("https://bit.ly/3x", "bit.ly/3x"),))
    url = "https://pbs.twimg.com/media/F.jpg?name=orig"
    assert post.media == (Media(MediaKind.IMAGE, url, "A chart"),)
    assert post.quote is not None and post.quote.text == "What & why"


def test_long_posts_are_said_to_be_cut() -> None:
    """The rest of a note is not available here."""
    server = SyndicationServer()
    server.add(nth(1), "The beginning…", note_tweet={"id": "abc"})
    assert "beginning only" in observed(server, nth(1), **SYNDICATION).completeness.reason


def test_tombstone_above_is_a_gap_and_the_end_of_the_way() -> None:
    """Withheld, private or deleted: nobody knows, so nothing counts as deleted."""
    server, ids = walked(4)
    server.posts[ids[1]] = None
    seen = observed(server, ids[3], **SYNDICATION)
    assert (texts(seen), seen.gone) == (["-", "Post 3", "Post 4"], ())
    assert "deleted, private or withheld" in seen.completeness.reason


def test_reply_to_a_stranger_belongs_to_his_thread() -> None:
    """The thread is that of whoever began it."""
    server = SyndicationServer()
    server.add(nth(1), "Eve begins", name="eve")
    server.add(nth(2), "We answer", parent=nth(1))
    seen = observed(server, nth(2), **SYNDICATION)
    assert (texts(seen), seen.author.handle) == (["Eve begins"], "eve")
    server.posts[nth(1)] = None
    server.posts[nth(2)]["in_reply_to_screen_name"] = "eve"  # type: ignore[index]  # is a post
    seen = observed(server, nth(2), **SYNDICATION)
    assert (texts(seen), seen.author.handle) == (["-"], "eve")


@pytest.mark.parametrize("status", [404, 429, 500])
def test_syndication_that_shows_nothing_is_an_error(status: int) -> None:
    """For the post itself; above it, it ends the way."""
    with pytest.raises(errors.FetchError):
        observed(lambda request: Answer({}, status=status), nth(1), **SYNDICATION)
    server, ids = walked(3)

    def broken(request: Any) -> Answer:
        return Answer(status=500) if f"id={ids[0]}&" in request.url else server(request)

    seen = observed(broken, ids[2], **SYNDICATION)
    assert texts(seen) == ["-", "Post 2", "Post 3"]


def test_circle_of_single_posts_ends() -> None:
    """Each says that it answers the other."""
    server, ids = walked(3)
    server.posts[ids[0]]["in_reply_to_status_id_str"] = ids[2]  # type: ignore[index]  # is a post
    seen = observed(server, ids[2], **SYNDICATION)
    assert len(seen.posts) == 3
    assert "circle" in seen.completeness.reason


@pytest.mark.parametrize(
    "body",
    [b'{"__typename":"Tweet"', b"<html>", b"[]", b'{"id_str":7}', b'{"id_str":"12","user":7}'],
)
def test_strange_single_post_is_refused(body: bytes) -> None:
    """With platform and URL."""
    with pytest.raises(errors.ParseError) as caught:
        observed(lambda request: Answer(body=body), nth(1), **SYNDICATION)
    assert caught.value.platform == "x"


def paged(count: int, window: int = 10) -> tuple[NitterServer, list[str]]:
    """Make a thread on a Nitter server."""
    ids = [nth(serial) for serial in range(1, count + 1)]
    posts = [(each, "icij", f"Post {serial}") for serial, each in enumerate(ids, start=1)]
    return NitterServer(posts, window), ids


@pytest.mark.parametrize("named", [0, 12, 39])
def test_nitter_pages_are_followed_both_ways(named: int) -> None:
    """`.more-replies` says that there is more; replies of others are no part."""
    server, ids = paged(40)
    seen = observed(server, ids[named], **NITTER)
    assert texts(seen) == [f"Post {n}" for n in range(1, 41)]
    assert (seen.native_id, len(seen.posts)) == (ids[0], 40)
    assert (seen.author.handle, seen.author.name) == ("icij", "ICIJ")


def test_nitter_post_has_words_links_media_and_quote() -> None:
    """Line ends count as they stand; addresses are those of the origin."""
    words = (
        'Read <a href="https://bit.ly/3x">bit.ly/3x</a>\nwith <a href="/eve">@eve</a> on '
        '<a href="/search?q=%23Cables">#Cables</a> &amp; <script>alert(1)</script>more'
    )
    server = NitterServer([(nth(1), "icij", words)])
    server.extra[nth(1)] = (
        "<div class='attachments'><a class='still-image' href='/pic/orig/media%2FF.jpg'>"
        "<img src='/pic/media%2FF.jpg%3Fname%3Dsmall' alt='A chart'></a></div>"
        "<div class='attachments card'><video poster='/pic/x.jpg'"
        " src='/video/AB/https%3A%2F%2Fvideo.twimg.com%2Fa.mp4'></video></div>"
        "<div class='quote quote-big'><a class='quote-link' href='/eve/status/1529#m'></a>"
        "<a class='fullname'>Eve</a><a class='username'>@eve</a>"
        "<div class='quote-text'>What was said</div></div>"
    )
    (post,) = observed(server, nth(1), **NITTER).posts
    assert post.text == "Read bit.ly/3x\nwith @eve on #Cables & more"
    assert post.links == (Link("https://bit.ly/3x", "bit.ly/3x"),)
    assert (post.mentions, post.hashtags) == (("@eve",), ("Cables",))
    assert [each.url for each in post.media] == [
        "https://pbs.twimg.com/media/F.jpg?name=orig",
        "https://video.twimg.com/a.mp4",
    ]
    assert post.media[0].alt == "A chart"
    assert post.quote is not None
    assert (post.quote.url, post.quote.text) == ("https://x.com/eve/status/1529", "What was said")


def test_post_that_nitter_does_not_show_is_a_gap() -> None:
    """`.unavailable-box` stands in its place, without its number."""
    server, ids = paged(4)
    server.posts[1] = (ids[1], "", "")
    seen = observed(server, ids[3], **NITTER)
    assert texts(seen) == ["Post 1", "-", "Post 3", "Post 4"]
    assert (seen.native_id, seen.completeness.gaps) == (ids[0], 1)
    server.posts[0] = (ids[0], "", "")
    seen = observed(server, ids[3], **NITTER)
    assert texts(seen)[-2:] == ["Post 3", "Post 4"]
    assert "beginning is not shown" in seen.completeness.reason


def test_stranger_on_top_owns_the_thread() -> None:
    """Ours hangs beside it."""
    server = NitterServer([(nth(1), "eve", "Eve begins"), (nth(2), "icij", "We answer")])
    seen = observed(server, nth(2), **NITTER)
    assert (texts(seen), seen.author.handle) == (["Eve begins"], "eve")


HOSTILE = [
    page(""),
    page("<div class='main-thread'></div>"),
    page("<div class='main-thread'><div class='main-tweet'></div></div>"),
    page("<div class='error-panel'>Instance has been rate limited.</div>"),
    Answer(body=b"\xff\xfe\x00", mime="text/html"),
    page("<div>" * 20_000),
]


@pytest.mark.parametrize("answer", HOSTILE)
def test_page_that_shows_no_thread_is_refused(answer: Answer) -> None:
    """A login page, an empty one, a broken one."""
    with pytest.raises(errors.ParseError) as caught:
        observed(lambda request: answer, nth(1), **NITTER)
    assert (caught.value.platform, bool(caught.value.field)) == ("x", True)


def test_page_without_a_readable_post_is_no_thread() -> None:
    """Its only post is not shown."""
    server = NitterServer([(nth(1), "", "")])
    with pytest.raises(errors.NotFound):
        observed(server, nth(1), **NITTER)
    with pytest.raises(errors.NotFound):
        observed(NitterServer(), nth(1), **NITTER)


def test_nitter_comes_before_syndication_and_the_api_before_both() -> None:
    """The best way that is open is taken."""
    api, single, pages = XServer(), *(made(1)[0] for made in (walked, paged))
    api.thread(1)

    def web(request: Any) -> Answer:
        host = request.url.split("/")[2]
        servers: dict[str, WholeServer] = {"nitter.test": pages, "cdn.test": single}
        return servers.get(host, api)(request)

    asked: list[str] = []
    for has_token, settings in (
        (True, NITTER | SYNDICATION),
        (False, NITTER | SYNDICATION),
        (False, SYNDICATION),
    ):
        x = X(XSettings(**settings), has_token=has_token)
        played, parse = ask_whole(x, SEED.format(nth(1)), web)
        seen = parse()
        assert isinstance(seen, ThreadObservation)
        assert (seen.platform, seen.native_id) == ("x", nth(1))
        asked.append(played.asked[0].split("/")[2])
    assert asked == ["api.x.com", "nitter.test", "cdn.test"]


@pytest.mark.parametrize("way", ["nitter", "syndication"])
def test_what_a_way_without_a_token_cannot_show_is_no_edit(way: str) -> None:
    """A poll is known by the API only: a capture without a token neither loses nor changes it."""
    api = XServer()
    ids = api.thread(2)
    api.posts[ids[1]]["attachments"] = {"poll_ids": ["7"]}
    options = [{"position": n, "label": each, "votes": n} for n, each in enumerate("ab", start=1)]
    api.polls["7"] = {"id": "7", "options": options}
    url = f"https://x.com/icij/status/{ids[1]}"
    whole = ask_whole(X(XSettings(), has_token=True), url, api)[1]()
    pages, single = NitterServer(), SyndicationServer()
    for place, each in enumerate(ids):
        pages.posts.append((each, "icij", f"Post {place + 1}"))
        single.add(each, f"Post {place + 1}", parent=ids[place - 1] if place else "")
    server: WholeServer = pages if way == "nitter" else single
    less = observed(server, ids[1], **{way: "https://way.example"})
    assert isinstance(whole, ThreadObservation)
    assert whole.posts[1].poll is not None
    stored, _ = merge(None, whole)
    again, revisions = merge(stored, less)
    assert revisions == ()
    assert again.posts[1].post.poll == whole.posts[1].poll


def test_witness_is_asked_whichever_way_was_taken() -> None:
    """By the first post."""
    server, ids = paged(2)

    def web(request: Any) -> Answer:
        if "reader.test" in request.url:
            return reader_page([(ids[0], "Post 1"), (ids[1], "Changed")])
        return server(request)

    seen = observed(web, ids[1], witness="https://reader.test", **NITTER)
    assert [each.what for each in seen.differences] == ["text"]


def test_further_page_that_fails_leaves_what_came() -> None:
    """It is said."""
    server, ids = paged(30)
    seen = observed(
        lambda request: server(request) if request.url.endswith(ids[0]) else Answer(status=503),
        ids[0],
        **NITTER,
    )
    assert len(texts(seen)) == 11
    assert "further page could not be read" in seen.completeness.reason


def test_quote_that_nitter_does_not_show_is_named_or_left_out() -> None:
    """As far as it has an address."""
    server = NitterServer([(nth(1), "icij", "One<br>two"), (nth(2), "icij", "")])
    server.extra[nth(1)] = (
        "<div class='quote unavailable'><a class='quote-link' href='/eve/status/9'></a></div>"
    )
    server.extra[nth(2)] = (
        "<div class='quote unavailable'>Gone</div><div class='attachments'>"
        "<a class='still-image' href='/pic/enc/AB12'></a>"
        "<video class='gif'><source src='/pic/video.twimg.com%2Ftweet_video%2Fa.mp4'></video></div>"
    )
    first, second = observed(server, nth(1), **NITTER).posts
    assert (first.text, second.text, second.quote) == ("One\ntwo", "", None)
    assert first.quote is not None
    assert (first.quote.url, first.quote.state) == ("https://x.com/i/status/9", "unavailable")
    assert second.media == (Media(MediaKind.GIF, "https://video.twimg.com/tweet_video/a.mp4"),)

"""Does any odd answer of Hacker News, Reddit or Telegram end in a thread or in a clear error?"""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archiver.errors import FetchError, ParseError
from archiver.models import Branch, ThreadObservation
from archiver.ports import Source
from archiver.sources.hackernews import HackerNews
from archiver.sources.reddit import Reddit
from archiver.sources.telegram import Telegram
from tests.sources.hackernews_server import ALGOLIA, API, HackerNewsServer
from tests.sources.playing import Answer, WholeServer, ask_whole, by_url
from tests.sources.reddit_server import SITE, RedditServer
from tests.sources.telegram_server import TelegramServer, html

ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1.5, 1e308, 10**30, "", "x", "\ud800", "t1_c1", "[deleted]", [], [None],
    ["x"], {}, {"data": 5}, "http://[", "<a href='http://['>x</a>", float("inf"),
)  # fmt: skip
CALM = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Give the way to each value within a value."""
    inner: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    elif isinstance(value, list):
        inner = list(enumerate(value))
    return [path, *(way for key, each in inner for way in places(each, (*path, key)))]


def changed(value: Any, way: tuple[Any, ...], odd: Any) -> Any:
    """Put an odd value in the place of one."""
    if not way:
        return odd
    made = copy.deepcopy(value)
    holder = made
    for key in way[:-1]:
        holder = holder[key]
    holder[way[-1]] = odd
    return made


def survives(source: Source, url: str, server: WholeServer) -> None:
    """A thread with each post once, whose numbers agree, or an error that names the platform."""
    played, parse = ask_whole(source, url, server)
    try:
        seen = parse()
    except ParseError as err:
        assert (err.platform, bool(err.uri_r)) == (source.platform, True)
        return
    except FetchError as err:
        assert str(err)
        return
    assert isinstance(seen, ThreadObservation)
    ids = [post.id for post in seen.posts]
    assert len(ids) == len(set(ids))
    own = [post for post in seen.posts if post.branch is Branch.THREAD]
    assert ids[0] == own[0].id == seen.native_id
    done = seen.completeness
    assert (done.captured + done.gaps, done.reason != "") == (len(own), True)
    assert played.seen


def hackernews() -> HackerNewsServer:
    """A story with a poll's options and comments."""
    server = HackerNewsServer()
    server.story(100, parts=[101], url="https://a.example/", text="x")
    server.comment(101, 100)
    server.comment(102, 101, "bob")
    return server


@CALM
@given(data=st.data(), odd=st.sampled_from(ODD), place=st.integers(0, 3))
def test_hackernews_survives(data: st.DataObject, odd: Any, place: int) -> None:
    """Any value of any answer is another."""
    server = hackernews()
    urls = [f"{API}/item/100.json", f"{ALGOLIA}/items/100", f"{API}/item/101.json"]
    for url in urls if place == 3 else urls[place : place + 1]:
        value = server(url).value
        way = data.draw(st.sampled_from(places(value)))
        server.fixed[url] = Answer(changed(value, way, odd))
    if place != 1:
        server.algolia = data.draw(st.booleans())
    survives(HackerNews(), "https://news.ycombinator.com/item?id=100", by_url(server))


def reddit() -> RedditServer:
    """A post with everything a post may hold, and comments."""
    server = RedditServer(at_once=2)
    source = {"u": "https://preview.redd.it/g.jpg", "x": 1, "y": 1}
    server.post(
        media_metadata={"g": {"status": "valid", "e": "Image", "m": "image/png", "s": source}},
        gallery_data={"items": [{"media_id": "g", "caption": "x"}]},
        secure_media={"reddit_video": {"fallback_url": "https://v.redd.it/x", "width": 1}},
        preview={"images": [{"source": {"url": "https://i.redd.it/x.png", "width": 1}}]},
        poll_data={"options": [{"text": "x", "vote_count": 1}], "voting_end_timestamp": 1},
        crosspost_parent="t3_zz",
        crosspost_parent_list=[{"name": "t3_zz", "permalink": "/r/x/comments/zz/", "title": "x"}],
    )
    for number, parent in (("c1", "t3_abc"), ("c2", "t1_c1"), ("c3", "t3_abc"), ("c4", "t1_c3")):
        server.comment(number, parent, "ann")
    return server


@CALM
@given(data=st.data(), odd=st.sampled_from(ODD), more=st.booleans())
def test_reddit_survives(data: st.DataObject, odd: Any, more: bool) -> None:
    """Any value of any answer is another."""
    server = reddit()
    path, query = ("/api/morechildren", {"children": "c3"}) if more else ("/comments/abc", {})
    value = server._answer(path, query).value
    way = data.draw(st.sampled_from(places(value)))
    server.fixed[path] = Answer(changed(value, way, odd))
    survives(Reddit(has_credential=True), f"{SITE}/comments/abc", server)


@CALM
@given(data=st.data(), whole=st.booleans())
def test_telegram_survives(data: st.DataObject, whole: bool) -> None:
    """Any piece of any page is missing, or stands twice."""
    server = TelegramServer()
    server.thread(10, 12, 14)
    page = server("https://t.me/s/Desk_news?after=10").body if whole else None
    body = page or html(server.message(10)).body
    assert body is not None
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(len(body), start + 300)))
    cut = (
        body[:start]
        + data.draw(st.sampled_from((b"", b"<", b'"', body[start:end] * 2)))
        + body[end:]
    )
    server.fixed["/s/Desk_news?after=10" if whole else "/Desk_news/10"] = Answer(
        body=cut, mime="text/html"
    )
    survives(Telegram(), "https://t.me/Desk_news/10", by_url(server))


@CALM
@given(st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40), st.booleans()), max_size=40))
def test_no_joined_post_of_telegram_is_lost(replies: list[tuple[int, int, bool]]) -> None:
    """Whatever answers whatever: all that leads up to the root is there."""
    server = TelegramServer(page=5)
    server.add(1)
    for number, above, answers in replies:
        if number != 1:
            server.add(number, reply_to=above if answers else None)
    _, parse = ask_whole(Telegram(), "https://t.me/desk_news/1", by_url(server))
    seen = parse()
    assert isinstance(seen, ThreadObservation)
    joined = {1}
    for number, said in sorted(server.posts.items()):
        if said.reply_to in joined and said.reply_to < number:
            joined.add(number)
    assert sorted(int(post.id.partition("/")[2]) for post in seen.posts) == sorted(joined)


@pytest.mark.parametrize("count", [1, 50])
def test_reddit_finds_all_that_is_named(count: int) -> None:
    """However few comments an answer shows, each is there in the end."""
    server = RedditServer(at_once=1)
    server.post()
    for number in range(count):
        server.comment(
            f"c{number}", "t3_abc" if number % 3 else f"t1_c{number - 1}" if number else "t3_abc"
        )
    _, parse = ask_whole(Reddit(has_credential=True), f"{SITE}/comments/abc", server)
    seen = parse()
    assert isinstance(seen, ThreadObservation)
    assert len(seen.posts) == count + 1

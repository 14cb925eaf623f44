"""Does a reader that asks for what is new get that, and nothing else?"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import feedparser
import pytest

from archiver.core.ids import thread_id
from feeds.web import delta
from tests.feeds import views
from tests.feeds.archive import Archive
from tests.feeds.web.serving import Answer, Client, served

FEEDS = ("/feeds/all.rss", "/feeds/all.atom", "/feeds/all.json")


@pytest.fixture
def growing(tmp_path: Path) -> Iterator[tuple[Archive, Client]]:
    """An archive with one thread, served."""
    made = Archive(tmp_path / "data")
    _keep(made, "first")
    with served(made.store, made.payloads, made.public, made.base_url) as client:
        yield made, client
    made.close()


def _keep(archive: Archive, words: str) -> None:
    view = views.view([views.post(1, f"The {words} one.", id=words)])
    own = thread_id("mastodon", words)
    url = f"https://b.example/{words}"
    thread = dataclasses.replace(view.thread, id=own, native_id=words, url=url)
    archive.keep(dataclasses.replace(view, thread=thread))
    archive.publish()


def _titles(answer: Answer) -> list[str]:
    if answer.headers["content-type"].startswith("application/feed+json"):
        return [each["title"] for each in json.loads(answer.body)["items"]]
    found = feedparser.parse(answer.body)
    assert not found.bozo
    return [each.title for each in found.entries]


@pytest.mark.parametrize("path", FEEDS)
def test_only_what_is_new_is_sent(growing: tuple[Archive, Client], path: str) -> None:
    """226 with the new entry, the tag of now and that of before; then 304."""
    archive, client = growing
    first = client.ask(path, A_IM="feed")
    assert first.status == 200
    _keep(archive, "second")
    tag = first.headers["etag"]
    news = client.ask(path, A_IM="gzip, feed", If_None_Match=tag)
    assert news.status == 226
    assert (news.headers["im"], news.headers["delta-base"]) == ("feed", tag)
    assert news.headers["cache-control"] == "no-store, im"
    assert "A-IM" in news.headers["vary"]
    titles = _titles(news)
    assert len(titles) == 1 and "second" in titles[0]
    whole = client.ask(path)
    assert news.headers["etag"] == whole.headers["etag"] != tag
    assert len(_titles(whole)) == 2
    assert client.ask(path, A_IM="feed", If_None_Match=whole.headers["etag"]).status == 304


def test_whole_feed_is_sent_where_the_base_is_not_known(growing: tuple[Archive, Client]) -> None:
    """A tag of another server, or no wish for less: 200."""
    archive, client = growing
    tag = client.ask(FEEDS[0]).headers["etag"]
    _keep(archive, "second")
    assert client.ask(FEEDS[0], If_None_Match=tag).status == 200
    assert client.ask(FEEDS[0], A_IM="feed", If_None_Match='"' + "0" * 32 + '"').status == 200
    assert client.ask(FEEDS[0], A_IM="feed", If_None_Match='"x"').status == 200
    assert client.ask(FEEDS[0], A_IM="feed").status == 200


def test_news_keep_the_coding(growing: tuple[Archive, Client]) -> None:
    """A tag of a compressed feed is a base as well, and the answer has a tag of the same kind."""
    archive, client = growing
    first = client.ask(FEEDS[2], Accept_Encoding="gzip")
    _keep(archive, "second")
    asked = {"A_IM": "feed", "Accept_Encoding": "gzip"}
    news = client.ask(FEEDS[2], If_None_Match=first.headers["etag"], **asked)
    assert news.status == 226
    assert news.headers["etag"].endswith('-gz"')
    assert news.headers["content-encoding"] == "gzip"


def test_versions_are_forgotten_in_their_order() -> None:
    """The last ones of a feed are known; what is no feed is never remembered."""
    known = delta.Versions()
    for number in range(delta.KEPT_VERSIONS + 1):
        known.keep("a.json", str(number), ".json", b'{"items": [%d]}' % number)
    assert known.find("a.json", "0") is None
    assert known.find("a.json", "1") is not None
    known.keep("b.json", "1", ".json", b"[")
    known.keep("b.opml", "1", ".opml", b"<opml/>")
    assert known.find("b.json", "1") is known.find("b.opml", "1") is None

"""Are feeds, pages and files of the web read as threads, whatever they hold?"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver import errors
from archiver.models import (
    KnownPost,
    ListingObservation,
    MediaKind,
    Observation,
    Post,
    ThreadObservation,
)
from archiver.sources.web import Web
from archiver.sources.web import feed as feeds
from archiver.sources.web.dates import any_time
from tests.sources.cases.web import ENTRIES, FEED, PAGES, REFUSED, STORY, Entries, Page, Refused
from tests.sources.playing import Answer, ask_all, ask_whole
from tests.sources.web_server import WebServer, atom, entry, feed, html, moved, page, rss

WEB = Web()


def observed(
    url: str, answers: Mapping[str, Answer], known: tuple[KnownPost, ...] = ()
) -> Observation:
    """Capture an address."""
    return ask_whole(WEB, url, WebServer(dict(answers)), known)[1]()


def listing(body: bytes | Answer, url: str = FEED) -> ListingObservation:
    """Read a feed."""
    seen = observed(url, {url: body if isinstance(body, Answer) else feed(body)})
    assert isinstance(seen, ListingObservation)
    return seen


def post_of(body: bytes | Answer) -> Post:
    """Read the one entry of a feed."""
    [thread] = listing(body).threads
    [post] = thread.posts
    return post


@pytest.mark.parametrize("case", ENTRIES, ids=lambda each: each.name)
def test_entries_are_threads(case: Entries) -> None:
    """Each by its permanent name, with its headline above its words."""
    seen = observed(case.url, case.answers)
    assert isinstance(seen, ListingObservation)
    assert len(seen.threads) == len(case.expected)
    for thread, (name, text) in zip(seen.threads, case.expected, strict=True):
        assert thread.native_id.startswith(name) if name.endswith(":") else thread.native_id == name
        assert thread.posts[0].text == text
        assert thread.platform == "web" and thread.posts[0].id == thread.native_id
    assert (case.reason in seen.reason) if case.reason else not seen.reason, seen.reason


@pytest.mark.parametrize("case", PAGES, ids=lambda each: each.name)
def test_page_is_a_thread_of_one_post(case: Page) -> None:
    """With the page itself as its link."""
    seen = observed(case.url, case.answers)
    assert isinstance(seen, ThreadObservation)
    [post] = seen.posts
    assert (seen.native_id, seen.title, seen.author.name) == (
        case.native_id,
        case.title,
        case.author,
    )
    assert post.links[0].uri_r == case.url.partition("#")[0]
    for words in case.holds:
        assert words in post.text
    assert case.lacks not in post.text


@pytest.mark.parametrize("case", REFUSED, ids=lambda each: each.name)
def test_what_cannot_be_read_is_said(case: Refused) -> None:
    """In one sentence that names the address; never a thread of something else."""
    _, parse = ask_whole(WEB, case.url, WebServer(dict(case.answers)))
    with pytest.raises(case.error) as caught:
        parse()
    assert case.said in str(caught.value)
    assert "news.example" in str(caught.value) and "\n" not in str(caught.value)


def test_entry_says_who_wrote_it_and_when() -> None:
    """Times in UTC; `updated` is an edit; categories, enclosures, the page as its first link."""
    post = post_of(
        atom(
            '<id>tag:a,1:1</id><title>T</title><link href="/s/1"/><author><name>Ann</name></author>'
            "<published>2026-11-01T10:00:00+01:00</published><updated>2026-11-02T00:00:00Z</updated>"
            '<category term="ports"/><category term="x" label="Ships"/>'
            '<link rel="enclosure" type="audio/mpeg" href="/a.mp3"/>'
            '<content type="html">&lt;a href="rel"&gt;r&lt;/a&gt;</content>'
        )
    )
    assert post.author is not None and post.author.name == "Ann"
    assert post.created_at == dt.datetime(2026, 11, 1, 9, tzinfo=dt.UTC)
    assert post.edited_at == dt.datetime(2026, 11, 2, tzinfo=dt.UTC)
    assert post.hashtags == ("ports", "Ships") and post.language == "de"
    assert [each.uri_r for each in post.links] == [
        "https://news.example/s/1",
        "https://news.example/rel",
    ]
    assert [(each.kind, each.url) for each in post.media] == [
        (MediaKind.AUDIO, "https://news.example/a.mp3")
    ]


def test_updated_alone_is_no_edit() -> None:
    """It is all that many feeds say, and equal times are no edit either."""
    alone = post_of(atom("<id>a</id><title>T</title><updated>2026-11-02T00:00:00Z</updated>"))
    assert alone.created_at is not None and alone.edited_at is None
    same = "<published>2026-11-02T00:00:00Z</published><updated>2026-11-02T00:00:00Z</updated>"
    assert post_of(atom(f"<id>a</id><title>T</title>{same}")).edited_at is None


def test_xml_base_resolves_what_is_relative() -> None:
    """Of the entry, before the address of the feed."""
    body = atom(
        '<id>a</id><title>T</title><content type="html">&lt;a href="x"&gt;r&lt;/a&gt;</content>'
    ).replace(b"<entry>", b'<entry xml:base="https://other.example/d/">')
    assert post_of(body).links[0].uri_r == "https://other.example/d/x"


def test_guid_that_is_an_address_is_the_page() -> None:
    """Unless it says that it is none (RSS 2.0)."""
    assert post_of(rss("<title>T</title><guid>https://a.example/1</guid>")).url == (
        "https://a.example/1"
    )
    told = '<title>T</title><guid isPermaLink="false">https://a.example/1</guid>'
    assert post_of(rss(told)).url == ""


def test_entry_without_page_has_an_address_of_its_own() -> None:
    """No web address, so that nothing is followed."""
    [thread] = listing(rss("<title>T</title><guid>1</guid>")).threads
    assert thread.url.startswith("urn:thread:web:") and thread.posts[0].links == ()


def test_media_rss_gives_the_best_of_a_group() -> None:
    """And each picture that stands alone, once."""
    post = post_of(
        rss(
            entry(
                1,
                more='<media:content url="https://c.example/1.jpg" medium="image" width="9"/>'
                '<media:content url="https://c.example/1.jpg"/>'
                '<media:group><media:content url="https://c.example/s.mp4" width="100"/>'
                '<media:content url="https://c.example/l.mp4" width="900" height="600">'
                "<media:description>A ship</media:description></media:content></media:group>"
                '<enclosure url="ftp://c.example/x"/>',
            )
        )
    )
    assert [(each.url, each.kind, each.alt) for each in post.media] == [
        ("https://c.example/1.jpg", MediaKind.IMAGE, ""),
        ("https://c.example/l.mp4", MediaKind.VIDEO, "A ship"),
    ]


def test_json_feed_says_all_that_it_can() -> None:
    """Authors, tags, pictures, attachments, times; odd parts are left out."""
    value: dict[str, Any] = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Desk",
        "home_page_url": "/",
        "items": [
            {
                "id": "1",
                "url": "/s/1",
                "title": "T",
                "content_html": "<p>x</p>",
                "date_published": "2026-11-01T10:00:00Z",
                "date_modified": "tomorrow",
                "authors": [{"name": "Ann"}, {"name": 5}, "x"],
                "tags": ["a", 5],
                "image": "/i.png",
                "attachments": [{"url": "/a.mp3", "mime_type": "audio/mpeg"}, 7],
            }
        ],
    }
    seen = listing(Answer(value, mime="application/json"))
    [post] = seen.threads[0].posts
    assert post.author is not None
    assert (post.author.name, post.hashtags, post.url) == (
        "Ann",
        ("a",),
        "https://news.example/s/1",
    )
    assert [each.kind for each in post.media] == [MediaKind.IMAGE, MediaKind.AUDIO]
    assert post.created_at is not None and post.edited_at is None


def test_page_says_who_wrote_it_and_when() -> None:
    """By meta elements first, and by JSON-LD."""
    head = (
        '<meta name=author content="Ann"><meta property=article:published_time content=2026-11-01>'
        '<script type="application/ld+json">{"@type":"Article",'
        '"dateModified":"2026-11-03"}</script>'
    )
    seen = observed(STORY, {STORY: page(html("The story", head=head))})
    assert isinstance(seen, ThreadObservation)
    [post] = seen.posts
    assert post.author is not None and post.author.name == "Ann" and post.language == "en"
    assert post.created_at == dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    assert post.edited_at == dt.datetime(2026, 11, 3, tzinfo=dt.UTC)


@pytest.mark.parametrize("status", [404, 410])
def test_stored_page_that_is_not_there_vanished(status: int) -> None:
    """By the server's own word; nothing else makes it vanish."""
    known = (KnownPost("news.example/story", STORY),)
    seen = observed(STORY, {STORY: page(b"", status)}, known)
    assert isinstance(seen, ThreadObservation)
    assert seen.gone == ("news.example/story",) and seen.posts == ()
    for answer in (page(b"", 403), page(b"", 503), page(b"<p>")):
        with pytest.raises(errors.ArchiverError):
            observed(STORY, {STORY: answer}, known)


def test_old_address_of_a_site_that_is_gone_behind_a_redirect_vanished() -> None:
    """A site may move its pages before it drops them."""
    known = (KnownPost("news.example/story", STORY),)
    to = "https://www.news.example/story"
    seen = observed(STORY, {STORY: moved(to), to: page(b"", 410)}, known)
    assert isinstance(seen, ThreadObservation) and seen.gone


@pytest.mark.parametrize(
    "to", ["https://parking.example/lander", "https://news.example/login?next=/story"]
)
def test_redirect_away_makes_no_page_vanish(to: str) -> None:
    """A parked domain sends all to somebody else, a closed site to its login: nobody says gone."""
    known = (KnownPost("news.example/story", STORY),)
    with pytest.raises((errors.NotFound, errors.AccessDenied)):
        observed(STORY, {STORY: moved(to), to: page(b"", 404)}, known)


def test_entry_of_a_feed_is_no_page_that_vanished() -> None:
    """Any feed can claim any address for its entries."""
    known = (KnownPost("evil.example/feed tag:e,1:1", STORY),)
    with pytest.raises(errors.NotFound):
        observed(STORY, {}, known)
    seen = observed(STORY, {STORY: page(html("The story"))}, known)
    assert isinstance(seen, ThreadObservation) and seen.native_id == "news.example/story"


@pytest.mark.parametrize(
    ("home", "name"),
    [("https://www.news.example/", "www.news.example"), ("https://bank.example/", "news.example")],
)
def test_author_is_the_site_where_no_writer_is_named(home: str, name: str) -> None:
    """The title of a feed says of which part of a site it is; a home elsewhere is a claim."""
    body = rss(entry(1)).replace(
        b"<link>https://news.example/</link>", f"<link>{home}</link>".encode()
    )
    [thread] = listing(body).threads
    assert (thread.author.id, thread.author.name) == ("news.example/feed", name)


def test_thread_of_another_platform_never_becomes_a_page() -> None:
    """Its server may deny for a while what it runs, and show a page for browsers."""
    ref = WEB.match(STORY)
    assert ref is not None
    [request] = WEB.plan(ref, ())
    seen = (page(html("The story")).exchange(request, 1),)
    with pytest.raises(errors.NotThisPlatform, match="another platform before"):
        WEB.parse(replace(ref, foreign=True), seen)


def test_other_file_in_its_place_is_another_text() -> None:
    """The digest shows it, where name and size are equal."""
    texts = set()
    for body in (b"one", b"two"):
        seen = observed(STORY, {STORY: Answer(body=body, mime="application/pdf")})
        assert isinstance(seen, ThreadObservation)
        texts.add(seen.posts[0].text)
    assert len(texts) == 2


def test_many_documents_and_entries_are_bounded() -> None:
    """A feed without end is read up to a bound, and that is said."""

    def server(url: str) -> Answer:
        number = int(url.rpartition("=")[2]) if "=" in url else 0
        head = f'<atom:link rel="next" href="/feed?p={number + 1}"/>'
        return feed(rss(entry(number), head=head))

    played, parse = ask_all(WEB, FEED, server)
    seen = parse()
    assert isinstance(seen, ListingObservation)
    assert len(played.asked) == len(seen.threads) == feeds.MAX_DOCUMENTS
    assert "only the newest 10 of its documents" in seen.reason
    many = listing(rss(*(entry(n) for n in range(feeds.MAX_ENTRIES + 5))))
    assert len(many.threads) == feeds.MAX_ENTRIES
    assert "only the first 1,000 of its 1,005 entries" in many.reason


def test_what_is_no_address_is_not_matched() -> None:
    """Files, other schemes, credentials."""
    for url in ("ftp://a.example/x", "at://did:plc:a/b", "note.txt", "https://", "http://u:p@a.b/"):
        assert WEB.match(url) is None


@given(st.text(max_size=60))
def test_any_text_is_a_time_or_none(text: str) -> None:
    """In UTC, and never an error."""
    at = any_time(text)
    assert at is None or at.utcoffset() == dt.timedelta(0)


@given(
    st.binary(max_size=400), st.sampled_from(["application/rss+xml", "text/html", "", "text/xml"])
)
def test_any_bytes_are_read_or_refused(body: bytes, mime: str) -> None:
    """Never another error than ours."""
    for whole in (body, rss(entry(1)) + body, rss(entry(1))[: len(body) * 2] + body):
        with contextlib.suppress(errors.ArchiverError):
            observed(STORY, {STORY: Answer(body=whole, mime=mime)})


_values = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 10**20) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["id", "url", "title", "content_html", "tags", "authors", "attachments"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(_values)
def test_any_json_is_read_or_refused(items: object) -> None:
    """Whatever stands where the entries should."""
    value = {"version": "https://jsonfeed.org/version/1", "items": items}
    with contextlib.suppress(errors.ArchiverError):
        observed(STORY, {STORY: Answer(body=json.dumps(value).encode())})

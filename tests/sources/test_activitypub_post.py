"""Is every part of an ActivityStreams object read, in whichever shape it comes?"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from archiver.errors import ParseError
from archiver.models import (
    Branch,
    Link,
    Media,
    MediaKind,
    Poll,
    PollOption,
    Post,
    ThreadObservation,
)
from archiver.sources.activitypub import ActivityPub
from archiver.sources.activitypub.note import Note
from archiver.sources.activitypub.shapes import Thing
from tests.sources.activitypub_server import ActivityPubServer, activity, many
from tests.sources.cases.activitypub import AWAY, ROOT, plain, post
from tests.sources.playing import ask_whole

AT = dt.datetime(2026, 5, 1, 10, 1, tzinfo=dt.UTC)


def thread(**fields: Any) -> ThreadObservation:
    """Capture a thread of one post that has these fields."""
    server = plain(1)
    server.notes[1] |= fields
    seen = ask_whole(ActivityPub(), post(1), server)[1]()
    assert isinstance(seen, ThreadObservation)
    return seen


def read(**fields: Any) -> Post:
    """Read a post that has these fields."""
    return thread(**fields).posts[0]


def test_plain_note() -> None:
    """Id, author, address, time, words, language."""
    found = read()
    assert found.id == post(1)
    assert found.url == f"{ROOT}/@ann/1"
    assert found.author is not None
    assert found.author.id == f"{ROOT}/users/ann"
    assert found.author.handle == "ann@social.example"
    assert found.author.avatar_url == f"{ROOT}/avatars/ann.png"
    assert (found.text, found.html) == ("Post 1", "<p>Post 1</p>")
    assert (found.created_at, found.edited_at, found.language) == (AT, None, "en")
    assert found.branch is Branch.THREAD


@pytest.mark.parametrize(
    ("fields", "text", "language"),
    [
        ({"content": "<p>One</p>", "contentMap": None}, "One", None),
        ({"content": None, "contentMap": {"fr": "<p>Un</p>"}}, "Un", "fr"),
        ({"content": "Two", "contentMap": {"fr": "Deux", "en": "Two"}}, "Two", "en"),
        ({"content": "Three", "contentMap": {"fr": "Un", "de": "Eins"}}, "Three", None),
        ({"content": [7, {"@value": "Four"}], "contentMap": ["x"]}, "Four", None),
        ({"content": 5, "contentMap": None}, "", None),
        ({"content": "a<script>b</script>", "contentMap": {"<b>": "x"}}, "a", None),
        ({"content": "<b>x", "mediaType": "text/plain", "contentMap": None}, "<b>x", None),
        ({"content": "a **b**", "mediaType": "text/markdown", "contentMap": None}, "a b", None),
    ],
)
def test_words_in_all_their_shapes(fields: dict[str, Any], text: str, language: str | None) -> None:
    """One text, a map of texts, plain text, Markdown; what is none counts as absent."""
    found = read(**fields)
    assert (found.text, found.language) == (text, language)


def test_hostile_markup_is_built_anew() -> None:
    """No script, no handler, no foreign scheme survives."""
    found = read(
        content='<p onclick="x()">Hi <a href="javascript:x()">a</a><img src=x onerror=y>'
        '<iframe src="https://evil.example"></iframe><a href="https://b.example/?q=1">b</a></p>'
    )
    assert found.text == "Hi ab"
    assert "javascript" not in found.html
    assert "onclick" not in found.html
    assert "<i" not in found.html
    assert found.links == (Link("https://b.example/?q=1", "b"),)


def test_summary_of_a_note_is_a_warning_and_of_an_article_an_abstract() -> None:
    """Only a short post is hidden behind its summary."""
    note = thread(summary="<b>Spiders</b>", sensitive=True)
    assert (note.posts[0].content_warning, note.posts[0].sensitive) == ("Spiders", True)
    assert note.title == "Spiders"
    article = thread(type="Article", name="On <spiders>", summary="Eight legs", content="<p>A</p>")
    assert article.posts[0].content_warning == ""
    assert article.posts[0].text == "On <spiders>\n\nA"
    assert article.title == "On <spiders>"
    short = thread(type=["Page", "x"], name="A link", content=None, contentMap=None, summary="Why")
    assert short.posts[0].text == "A link\n\nWhy"


@pytest.mark.parametrize(
    ("updated", "edited"),
    [
        (None, None),
        ("2026-05-01T10:01:00Z", None),
        ("2026-05-01T11:00:00Z", AT + dt.timedelta(minutes=59)),
        ("2026-05-01T09:00:00Z", None),
        ("yesterday", None),
        (7, None),
    ],
)
def test_time_of_edit(updated: object, edited: dt.datetime | None) -> None:
    """Only if it is later than the writing."""
    assert read(updated=updated).edited_at == edited


@pytest.mark.parametrize("published", [None, "soon", 7, "9999-12-31T23:59:59+00:00", "", []])
def test_odd_times_do_no_harm(published: object) -> None:
    """A time in the future is as it is said; what is no time counts as absent."""
    found = read(published=published)
    assert found.created_at is None or found.created_at.year == 9999


def test_addresses_in_all_their_shapes() -> None:
    """A text, a list, Links; the one for people counts, else the id."""
    assert read(url=None).url == post(1)
    assert read(url=["https://a.example/1", "https://a.example/2"]).url == "https://a.example/1"
    links = [
        {"type": "Link", "mediaType": "video/mp4", "href": "https://a.example/1.mp4"},
        {"type": "Link", "mediaType": "text/html", "href": "https://a.example/w/1"},
    ]
    assert read(url=links).url == "https://a.example/w/1"
    assert read(url="javascript:x").url == post(1)


def test_author_in_all_their_shapes() -> None:
    """An object is not believed, its server is asked; of person and channel the person wrote."""
    forged = {"type": "Person", "id": f"{ROOT}/users/ann", "name": "Forged"}
    found = read(attributedTo=forged).author
    assert found is not None
    assert found.name == "Ann"
    channel = {"type": "Group", "id": f"{ROOT}/users/channel"}
    found = read(attributedTo=[channel, forged]).author
    assert found is not None
    assert found.id == f"{ROOT}/users/ann"


def test_author_who_cannot_be_read_is_named_by_address() -> None:
    """The thread is not lost over it; nobody knows the name, so none is said to have changed."""
    found = read(attributedTo=f"{ROOT}/elsewhere/Eve%20L").author
    assert found is not None
    assert (found.handle, found.name) == ("Eve L@social.example", "")


def test_mentions_and_hashtags() -> None:
    """As the platform names them; neither is a link."""
    found = read(
        content='<a href="https://x.example/@bob" class="u-url mention">@<span>bob</span></a> '
        '<a href="https://social.example/tags/Cats" class="mention hashtag">#<span>Cats</span></a> '
        '<a href="https://x.example/users/cleo">cleo</a>',
        tag=[
            {"type": "Mention", "href": "https://x.example/users/bob", "name": "@bob@x.example"},
            {"type": "Mention", "href": "https://x.example/users/cleo", "name": "cleo@x.example"},
            {"type": "Hashtag", "href": "https://x.example/t/dogs", "name": "#dogs"},
            {"type": "Hashtag", "name": "#cats"},
            {"type": "Emoji", "name": ":blob:", "icon": {"type": "Image", "url": "https://x/e"}},
            "https://x.example/tag",
            {"type": "Mention", "name": 7},
        ],
    )
    assert found.mentions == ("@bob@x.example", "@cleo@x.example")
    assert found.hashtags == ("Cats", "dogs")
    assert found.links == ()


def test_single_tag_is_no_list() -> None:
    """One value stands where many may."""
    assert read(tag={"type": "Hashtag", "name": "#one"}).hashtags == ("one",)


@pytest.mark.parametrize(
    ("attachment", "media"),
    [
        (
            {
                "type": "Document", "mediaType": "image/png", "url": "https://a.example/1.png",
                "name": "A cat", "width": 640, "height": 480,
            },
            Media(MediaKind.IMAGE, "https://a.example/1.png", "A cat", "image/png", 640, 480),
        ),
        (
            {"type": "Image", "url": [{"type": "Link", "href": "https://a.example/2.jpg"}]},
            Media(MediaKind.IMAGE, "https://a.example/2.jpg"),
        ),
        (
            [{"type": "Video", "url": "https://a.example/3.mp4", "mediaType": "video/mp4",
              "icon": {"type": "Image", "url": "https://a.example/3.jpg"}, "width": -1}],
            Media(MediaKind.VIDEO, "https://a.example/3.mp4", mime="video/mp4",
                  preview_url="https://a.example/3.jpg"),
        ),
        (
            {"type": "Audio", "url": "https://a.example/4.ogg"},
            Media(MediaKind.AUDIO, "https://a.example/4.ogg"),
        ),
        (
            {"type": "Document", "url": "https://a.example/5.pdf", "mediaType": "application/pdf"},
            Media(MediaKind.OTHER, "https://a.example/5.pdf", mime="application/pdf"),
        ),
    ],
    ids=["document", "links", "video", "audio", "other"],
)  # fmt: skip
def test_attachments_in_all_their_shapes(attachment: object, media: Media) -> None:
    """With alt text, size and preview."""
    assert read(attachment=attachment).media == (media,)


def test_odd_attachments_are_left_out() -> None:
    """No address, no medium; equal addresses once."""
    odd = [7, None, {}, {"type": "Image"}, {"type": "Image", "url": "data:image/png;base64,x"}]
    twice = {"type": "Image", "url": "https://a.example/1.png"}
    assert [each.url for each in read(attachment=[*odd, twice, twice]).media] == [twice["url"]]


def test_attached_link_is_a_link() -> None:
    """As link posts have it."""
    attached = {"type": "Link", "href": "https://a.example/story", "name": "Story"}
    found = read(attachment=[attached])
    assert (found.links, found.media) == ((Link("https://a.example/story", "Story"),), ())


def test_film_is_read_at_its_best() -> None:
    """PeerTube names its files among the addresses, streams theirs in `tag`."""
    files = [
        {"type": "Link", "mediaType": "text/html", "href": "https://v.example/w/1"},
        {"type": "Link", "mediaType": "video/mp4", "href": "https://v.example/480.mp4",
         "height": 480, "width": 854},
        {"type": "Link", "mediaType": "application/x-mpegURL", "href": "https://v.example/m3u8",
         "tag": [{"type": "Link", "mediaType": "video/mp4", "href": "https://v.example/1080.mp4",
                  "height": 1080}]},
    ]  # fmt: skip
    seen = thread(
        type="Video",
        name="A film",
        url=files,
        mediaType="text/markdown",
        content="About **it**",
        contentMap=None,
        icon=[{"type": "Image", "url": "https://v.example/1.jpg"}],
        subtitleLanguage=[{"identifier": "en", "name": "English", "url": "https://v.example/en"}],
    )
    found = seen.posts[0]
    assert (seen.title, seen.url) == ("A film", "https://v.example/w/1")
    assert found.text.split() == ["A", "film", "About", "it"]
    assert [(each.kind, each.url, each.height) for each in found.media] == [
        (MediaKind.VIDEO, "https://v.example/1080.mp4", 1080)
    ]
    assert found.media[0].captions == ("https://v.example/en",)
    assert found.media[0].preview_url == "https://v.example/1.jpg"


def test_poll() -> None:
    """One or several of the options; votes as they stand."""
    options = [
        {"type": "Note", "name": "Yes", "replies": {"type": "Collection", "totalItems": 4}},
        {"type": "Note", "name": "No"},
        {"type": "Note"},
        7,
    ]
    found = read(type="Question", oneOf=options, endTime="2026-06-01T00:00:00Z", votersCount=5)
    assert found.poll == Poll(
        (PollOption("Yes", 4), PollOption("No", None)),
        closes_at=dt.datetime(2026, 6, 1, tzinfo=dt.UTC),
        voters=5,
    )
    many_of = read(type="Question", anyOf=options[:2], closed=True)
    assert many_of.poll is not None
    assert many_of.poll.multiple
    assert read(oneOf=[]).poll is None


@pytest.mark.parametrize("name", ["quote", "quoteUri", "quoteUrl", "_misskey_quote", "tag"])
def test_quote_is_read_at_its_own_server(name: str) -> None:
    """By any of its names; the paragraph that repeats it goes."""
    home, away = plain(1), ActivityPubServer(AWAY)
    away.add(7, "bob", content="<p>Quoted</p>")
    value: object = away.id(7)
    if name == "tag":
        rel = "https://misskey-hub.net/ns#_misskey_quote"
        value = [{"type": "Link", "href": away.id(7), "rel": rel, "mediaType": "x"}]
    home.notes[1] |= {
        name: value,
        "content": f'<p class="quote-inline">RE: <a href="{away.id(7)}">x</a></p><p>Mine</p>',
    }
    seen = ask_whole(ActivityPub(), post(1), many(home, away))[1]()
    assert isinstance(seen, ThreadObservation)
    found = seen.posts[0]
    assert found.text == "Mine"
    assert found.quote is not None
    assert (found.quote.text, found.quote.state) == ("Quoted", "shown")
    assert found.quote.url == f"{AWAY}/@bob/7"
    assert found.quote.author is not None
    assert found.quote.author.handle == "bob@away.example"


@pytest.mark.parametrize(
    ("fields", "status", "state"),
    [
        ({}, 410, "deleted"),
        ({}, 404, "deleted"),
        ({}, 403, "unauthorized"),
        ({"to": [], "cc": []}, 200, "unauthorized"),
        ({"type": "Collection"}, 200, "unauthorized"),
    ],
)
def test_quote_that_is_not_shown_says_why(fields: dict[str, Any], status: int, state: str) -> None:
    """Its words are never taken from elsewhere."""
    home, away = plain(1), ActivityPubServer(AWAY)
    note = away.add(7, "bob", **fields)
    away.fixed["/users/bob/statuses/7"] = activity(note if status == 200 else {}, status=status)
    home.notes[1]["quote"] = note
    seen = ask_whole(ActivityPub(), post(1), many(home, away))[1]()
    assert isinstance(seen, ThreadObservation)
    quote = seen.posts[0].quote
    assert quote is not None
    assert (quote.state, quote.text, quote.url) == (state, "", away.id(7))


def test_quote_of_a_post_of_the_same_thread() -> None:
    """It is not asked for again."""
    server = plain(1, 2)
    server.notes[2]["quote"] = post(1)
    seen = ask_whole(ActivityPub(), post(1), server)[1]()
    assert isinstance(seen, ThreadObservation)
    assert seen.posts[1].quote is not None
    assert seen.posts[1].quote.text == "Post 1"


def test_post_without_words_is_titled_by_its_author() -> None:
    """A picture alone."""
    assert thread(content="", contentMap=None).title == "Thread by Ann"


def test_post_without_an_address_is_none() -> None:
    """Whoever shows it."""
    with pytest.raises(ParseError) as caught:
        Note.read(Thing({"type": "Note", "attributedTo": f"{ROOT}/users/ann"}), ROOT)
    assert caught.value.field == "id"


def test_counts_are_whole_and_not_negative() -> None:
    """Truth values and infinities are none."""
    values = {"a": 4, "b": 4.0, "c": True, "d": -1, "e": 1e300, "f": "4", "g": float("inf")}
    thing = Thing(values)
    assert [thing.count(name) for name in values] == [4, 4, None, None, None, None, None]

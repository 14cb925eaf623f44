"""Does each part of a view or record come to the post that it documents?"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from archiver.models import Author, Branch, Link, Media, MediaKind, Post, Quote
from archiver.sources.bluesky.post import Reading, Seen, read_post
from archiver.sources.bluesky.text import read_author
from archiver.sources.bluesky.urls import at_uri, is_before
from archiver.sources.fields import Fields
from tests.sources.bluesky_server import BlueskyServer, rkey
from tests.sources.playing import NOW

URL = "https://public.api.bsky.app/xrpc/x"
CDN = "https://cdn.example"
PDS = "https://pds.example"
BLOB = f"{PDS}/xrpc/com.atproto.sync.getBlob?did=did:plc:desk&cid="
EMBED = "app.bsky.embed"
DESK = Author("did:plc:desk", "desk.example", "Desk", "https://bsky.app/profile/desk.example")
FIVE = dt.datetime(2026, 5, 24, 5, tzinfo=dt.UTC)
SIZE = {"aspectRatio": {"width": 640, "height": 480}}


def wrapped(value: Any) -> Fields:
    """Make an object of an answer."""
    return Fields(value, URL, "bluesky")


def in_view(
    view: dict[str, Any] | None = None,
    *,
    pds: str | None = PDS,
    originals: bool = True,
    name: str = "desk",
    **record: Any,
) -> Post:
    """Read a post as the AppView shows it."""
    server = BlueskyServer()
    uri = server.add(1, name, **record)
    seen = Seen.in_view(wrapped(server.view(uri) | (view or {})))
    reading = Reading(DESK, NOW, pds, originals)
    return read_post(seen, reading, parent_id=None, branch=Branch.THREAD)


def in_repository(pds: str | None = PDS, **record: Any) -> Post:
    """Read a post as its author's repository has it."""
    server = BlueskyServer()
    uri = server.add(1, "desk", **record)
    entry = wrapped({"uri": uri, "value": server.records[uri]})
    seen = Seen.in_repository(entry, "did:plc:desk")
    return read_post(seen, Reading(DESK, NOW, pds), parent_id=None, branch=Branch.THREAD)


def facet(start: int, end: int, **feature: str) -> dict[str, Any]:
    """Mark bytes of a text."""
    kind = feature.pop("kind")
    named = {"$type": f"app.bsky.richtext.facet#{kind}", **feature}
    return {"index": {"byteStart": start, "byteEnd": end}, "features": [named]}


def test_facets_count_bytes() -> None:
    """Arrow and emoji before the link, right-to-left words behind it (trap 1)."""
    text = "→ 🧵 bit.ly/3ab… ئۇيغۇر #Cables @eve.example"
    link = len("→ 🧵 ".encode())
    tag, mention = (len(text[: text.index(sign)].encode()) for sign in "#@")
    post = in_view(
        text=text,
        facets=[
            facet(link, link + 13, kind="link", uri="https://bit.ly/3abcdEF"),
            facet(tag, tag + 7, kind="tag", tag="Cables"),
            facet(mention, mention + 12, kind="mention", did="did:plc:eve"),
            facet(0, 3, kind="sparkle"),
            facet(0, 3, kind="tag") | {"index": {"byteStart": "0", "byteEnd": 3}},
            {"features": []},
        ],
        tags=["Uyghurs", "#Cables", " "],
    )  # fmt: skip
    assert post.text == text
    assert post.links == (Link("https://bit.ly/3abcdEF", "bit.ly/3ab…"),)
    assert (post.hashtags, post.mentions) == (("Cables", "Uyghurs"), ("@eve.example",))
    assert '<a href="https://bsky.app/profile/did:plc:eve"' in post.html


def test_old_entities_count_utf16_units() -> None:
    """Records of the first year have no facets (trap 1)."""
    entities = [
        {"type": "link", "index": {"start": 3, "end": 11}, "value": "https://bit.ly/x"},
        {"type": "link", "index": {"start": 3, "end": 99}, "value": "https://bit.ly/x"},
        {"type": "link", "value": "https://bit.ly/x"},
        {"type": "mention", "index": {"start": 0, "end": 2}, "value": "eve"},
    ]
    post = in_view(text="🧵 bit.ly/x", entities=entities)
    assert post.links == (Link("https://bit.ly/x", "bit.ly/x"),)


@pytest.mark.parametrize(
    ("created", "indexed", "at"),
    [
        ("2030-01-01T00:00:00Z", "2026-05-24T05:00:00Z", FIVE),
        ("2026-05-24T05:00:00Z", "2026-05-24T06:00:00Z", FIVE),
        ("soon", "2026-05-24T05:00:00Z", FIVE),
        ("soon", "", None),
    ],
)  # fmt: skip
def test_time_is_the_earlier_one(created: str, indexed: str, at: dt.datetime | None) -> None:
    """What the author's software says may lie in the future (trap 15)."""
    assert in_view({"indexedAt": indexed}, createdAt=created).created_at == at


QUOTED = {
    "$type": f"{EMBED}.record#viewRecord",
    "uri": f"at://did:plc:eve/app.bsky.feed.post/{rkey(7)}",
    "author": {"did": "did:plc:eve", "handle": "eve.example", "displayName": "Eve"},
    "value": {"text": "What was said"},
}
EVE = Author("did:plc:eve", "eve.example", "Eve", "https://bsky.app/profile/eve.example")
EVES_PAGE = f"https://bsky.app/profile/did:plc:eve/post/{rkey(7)}"
SHOWN = Quote(EVES_PAGE, author=EVE, text="What was said", html="<p>What was said</p>")
PICTURE = {"fullsize": f"{CDN}/f.jpg", "thumb": f"{CDN}/t.jpg", "alt": " A harbour\x00"} | SIZE
IMAGE = Media(MediaKind.IMAGE, f"{CDN}/f.jpg", "A harbour", "", 640, 480, f"{CDN}/t.jpg")
CARD = {"uri": "https://news.example/a", "title": "A\x07 story", "description": "…"}
CARD_LINK = Link("https://news.example/a", "A story")


def record_view(**record: Any) -> dict[str, Any]:
    """Embed a record as the AppView shows it."""
    return {"$type": f"{EMBED}.record#view", "record": record}


VIEWS: list[tuple[str, dict[str, Any], tuple[Media, ...], tuple[Link, ...], Quote | None]] = [
    ("images", {"$type": f"{EMBED}.images#view", "images": [PICTURE]}, (IMAGE,), (), None),
    ("unsafe", {"$type": f"{EMBED}.images#view", "images": [{"fullsize": "data:"}]}, (), (), None),
    (
        "gallery",
        {
            "$type": f"{EMBED}.gallery#view",
            "items": [PICTURE | {"thumbnail": f"{CDN}/t.jpg"}, {"fullsize": f"{CDN}/2.jpg"}],
        },
        (IMAGE, Media(MediaKind.IMAGE, f"{CDN}/2.jpg")),
        (),
        None,
    ),
    (
        "video",
        {
            "$type": f"{EMBED}.video#view",
            "playlist": f"{CDN}/p.m3u8",
            "thumbnail": f"{CDN}/t.jpg",
            "alt": "Waves",
        },
        (Media(MediaKind.VIDEO, f"{CDN}/p.m3u8", "Waves", preview_url=f"{CDN}/t.jpg"),),
        (),
        None,
    ),
    (
        "gif",
        {"$type": f"{EMBED}.video#view", "playlist": f"{CDN}/p.m3u8", "presentation": "gif"},
        (Media(MediaKind.GIF, f"{CDN}/p.m3u8"),),
        (),
        None,
    ),
    ("video without playlist", {"$type": f"{EMBED}.video#view", "playlist": ""}, (), (), None),
    ("card", {"$type": f"{EMBED}.external#view", "external": CARD}, (), (CARD_LINK,), None),
    ("unsafe card", {"$type": f"{EMBED}.external#view", "external": {"uri": "x:y"}}, (), (), None),
    ("quote", record_view(**QUOTED), (), (), SHOWN),
    (
        "quote that was deleted",
        record_view(**{"$type": f"{EMBED}.record#viewNotFound", "uri": QUOTED["uri"]}),
        (),
        (),
        Quote(EVES_PAGE, state="notFound"),
    ),
    (
        "quote that is blocked",
        record_view(**{"$type": f"{EMBED}.record#viewBlocked", "uri": QUOTED["uri"]}),
        (),
        (),
        Quote(EVES_PAGE, state="blocked"),
    ),
    (
        "quote that was detached",
        record_view(**{"$type": f"{EMBED}.record#viewDetached", "uri": "x"}),
        (),
        (),
        Quote("", state="detached"),
    ),
    (
        "quote of somebody who does not want visitors",
        record_view(
            **QUOTED
            | {
                "author": {
                    "did": "did:plc:eve",
                    "labels": [{"val": "!no-unauthenticated"}],
                }
            }
        ),
        (),
        (),
        Quote(EVES_PAGE, state="no-unauthenticated"),
    ),
    (
        "feed",
        record_view(
            **{
                "$type": "app.bsky.feed.defs#generatorView",
                "uri": "at://did:plc:eve/app.bsky.feed.generator/news",
                "displayName": "News",
            }
        ),
        (),
        (Link("https://bsky.app/profile/did:plc:eve/feed/news", "News"),),
        None,
    ),
    (
        "starter pack",
        record_view(
            **{
                "$type": "app.bsky.graph.defs#starterPackViewBasic",
                "uri": "at://did:plc:eve/app.bsky.graph.starterpack/3k1",
            }
        ),
        (),
        (Link("https://bsky.app/starter-pack/did:plc:eve/3k1", ""),),
        None,
    ),
    (
        "starter pack with a name",
        record_view(
            **{
                "$type": "app.bsky.graph.defs#starterPackViewBasic",
                "uri": "at://did:plc:eve/app.bsky.graph.starterpack/3k1",
                "record": {"name": "Desks"},
            }
        ),
        (),
        (Link("https://bsky.app/starter-pack/did:plc:eve/3k1", "Desks"),),
        None,
    ),
    (
        "list",
        record_view(
            **{
                "$type": "app.bsky.graph.defs#listView",
                "uri": "at://did:plc:eve/app.bsky.graph.list/3k1",
                "name": "Desks",
            }
        ),
        (),
        (Link("https://bsky.app/profile/did:plc:eve/lists/3k1", "Desks"),),
        None,
    ),
    ("labeler", record_view(uri="at://did:plc:eve/app.bsky.labeler.service/self"), (), (), None),
    (
        "quote with pictures",
        {
            "$type": f"{EMBED}.recordWithMedia#view",
            "record": {"record": QUOTED},
            "media": {"$type": f"{EMBED}.images#view", "images": [PICTURE]},
        },
        (IMAGE,),
        (),
        SHOWN,
    ),
    ("something new", {"$type": f"{EMBED}.hologram#view"}, (), (), None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("embed", "media", "links", "quote"), [case[1:] for case in VIEWS], ids=[c[0] for c in VIEWS]
)
def test_embed_is_read_as_shown(
    embed: dict[str, Any], media: tuple[Media, ...], links: tuple[Link, ...], quote: Quote | None
) -> None:
    """Each case is one kind of embed."""
    post = in_view({"embed": embed})
    assert (post.media, post.links, post.quote) == (media, links, quote)


def blob(cid: str, mime: str) -> dict[str, Any]:
    """Name bytes of a repository."""
    return {"$type": "blob", "ref": {"$link": cid}, "mimeType": mime, "size": 9}


PNG = blob("bafypic", "image/png")
RAW_IMAGE = Media(
    MediaKind.IMAGE, f"{BLOB}bafypic", "A harbour", "image/png", 640, 480, key="bafypic"
)
RAW_IMAGES = {
    "$type": f"{EMBED}.images",
    "images": [{"image": PNG, "alt": "A harbour"} | SIZE],
}
FILM = {"$type": f"{EMBED}.video", "video": blob("bafyfilm", "video/mp4"), "alt": "Waves"}
RAW_FILM = Media(MediaKind.VIDEO, f"{BLOB}bafyfilm", "Waves", "video/mp4", key="bafyfilm")
SUBTITLES = [
    {"lang": "en", "file": blob("bafyen", "text/vtt")},
    {"lang": "ug", "file": blob("bafyug", "text/vtt")},
    {"lang": "xx", "file": {}},
]

RECORDS: list[tuple[str, dict[str, Any], tuple[Media, ...], tuple[Link, ...], Quote | None]] = [
    (
        "images",
        RAW_IMAGES,
        (RAW_IMAGE,),
        (),
        None,
    ),
    (
        "gallery with an old blob and one without a name",
        {
            "$type": f"{EMBED}.gallery",
            "items": [{"image": {"cid": "bafyold", "mimeType": "image/png"}}, {"image": {}}],
        },
        (Media(MediaKind.IMAGE, f"{BLOB}bafyold", mime="image/png", key="bafyold"),),
        (),
        None,
    ),
    ("video", FILM, (RAW_FILM,), (), None),
    (
        "gif",
        FILM | {"presentation": "gif"},
        (replace(RAW_FILM, kind=MediaKind.GIF),),
        (),
        None,
    ),
    ("card", {"$type": f"{EMBED}.external", "external": CARD}, (), (CARD_LINK,), None),
    (
        "quote",
        {"$type": f"{EMBED}.record", "record": {"uri": QUOTED["uri"], "cid": "c"}},
        (),
        (),
        Quote(EVES_PAGE, state="unread"),
    ),
    (
        "list",
        {"$type": f"{EMBED}.record", "record": {"uri": "at://did:plc:eve/app.bsky.graph.list/3k1"}},
        (),
        (Link("https://bsky.app/profile/did:plc:eve/lists/3k1"),),
        None,
    ),
    ("nothing known", {"$type": f"{EMBED}.record", "record": {"uri": "x"}}, (), (), None),
    (
        "quote with pictures",
        {
            "$type": f"{EMBED}.recordWithMedia",
            "record": {"record": {"uri": QUOTED["uri"]}},
            "media": RAW_IMAGES,
        },
        (RAW_IMAGE,),
        (),
        Quote(EVES_PAGE, state="unread"),
    ),
    ("something new", {"$type": f"{EMBED}.hologram"}, (), (), None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("embed", "media", "links", "quote"),
    [case[1:] for case in RECORDS],
    ids=[case[0] for case in RECORDS],
)
def test_embed_is_read_from_the_record(
    embed: dict[str, Any], media: tuple[Media, ...], links: tuple[Link, ...], quote: Quote | None
) -> None:
    """Each case is one kind of embed; the bytes are the author's own."""
    post = in_repository(embed=embed)
    assert (post.media, post.links, post.quote) == (media, links, quote)


SHOWN_FILM = {
    "$type": f"{EMBED}.video#view",
    "playlist": f"{CDN}/p.m3u8",
    "thumbnail": f"{CDN}/t.jpg",
    "alt": "Waves",
}
SHOWN_IMAGES = {"$type": f"{EMBED}.images#view", "images": [PICTURE]}


def test_originals_stand_in_the_place_of_the_cdn() -> None:
    """Pictures as uploaded, the CDN's as preview."""
    (media,) = in_view({"embed": SHOWN_IMAGES}, embed=RAW_IMAGES).media
    assert media == replace(RAW_IMAGE, preview_url=f"{CDN}/t.jpg")
    bare = {"$type": f"{EMBED}.images#view", "images": [{"fullsize": f"{CDN}/f.jpg"}]}
    (media,) = in_view({"embed": bare}, embed=RAW_IMAGES).media
    assert (media.url, media.preview_url) == (f"{BLOB}bafypic", f"{CDN}/f.jpg")


def test_original_film_has_captions() -> None:
    """The playlist is a transcode, and shows nothing by itself."""
    film = FILM | {"captions": SUBTITLES}
    kinds: list[tuple[dict[str, str], MediaKind]] = [
        ({}, MediaKind.VIDEO),
        ({"presentation": "gif"}, MediaKind.GIF),
    ]
    for how, kind in kinds:
        (media,) = in_view({"embed": SHOWN_FILM | how}, embed=FILM | how).media
        assert media == replace(RAW_FILM, kind=kind, preview_url=f"{CDN}/t.jpg")
    (media,) = in_view({"embed": SHOWN_FILM}, embed=film).media
    assert media.captions == (f"{BLOB}bafyen", f"{BLOB}bafyug")
    assert in_repository(embed=film).media[0].captions == media.captions


def test_originals_beside_a_quote_are_found() -> None:
    """One level deeper in both."""
    view = {
        "$type": f"{EMBED}.recordWithMedia#view",
        "record": {"record": QUOTED},
        "media": SHOWN_IMAGES,
    }
    record = {
        "$type": f"{EMBED}.recordWithMedia",
        "record": {"record": {"uri": QUOTED["uri"]}},
        "media": RAW_IMAGES,
    }
    post = in_view({"embed": view}, embed=record)
    assert (post.media[0].url, post.quote) == (f"{BLOB}bafypic", SHOWN)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({"originals": False}, f"{CDN}/f.jpg"),
        ({"pds": None}, f"{CDN}/f.jpg"),
        ({"name": "eve"}, f"{CDN}/f.jpg"),
        ({}, f"{BLOB}bafypic"),
    ],
)
def test_same_picture_has_the_same_key_from_any_server(given: dict[str, Any], url: str) -> None:
    """Servers move and fail; the bytes are named by their CID."""
    (media,) = in_view({"embed": SHOWN_IMAGES}, embed=RAW_IMAGES, **given).media
    assert (media.url, media.key) == (url, "bafypic")


@pytest.mark.parametrize(("pds", "urls"), [(PDS, [f"{BLOB}bafypic"] * 2), (None, [f"{CDN}/f.jpg"])])
def test_view_with_fewer_pictures_than_the_record(pds: str | None, urls: list[str]) -> None:
    """The record is what the author made, if its bytes can be had."""
    two = RAW_IMAGES | {"images": [{"image": PNG}, {"image": PNG}]}
    post = in_view({"embed": SHOWN_IMAGES}, pds=pds, embed=two)
    assert [media.url for media in post.media] == urls


def test_record_of_an_odd_shape_leaves_what_is_shown() -> None:
    """The AppView understands it all the same."""
    odd = {"$type": f"{EMBED}.images", "images": "x"}
    assert in_view({"embed": SHOWN_IMAGES}, embed=odd).media == (IMAGE,)


def test_media_within_media_end_at_once() -> None:
    """The lexicon has no such thing; somebody will send it."""
    view: dict[str, Any] = {"$type": f"{EMBED}.images#view", "images": [PICTURE]}
    record: dict[str, Any] = RAW_IMAGES
    for _ in range(200):
        around = {"record": {"record": QUOTED}}
        view = {"$type": f"{EMBED}.recordWithMedia#view", **around, "media": view}
        record = {"$type": f"{EMBED}.recordWithMedia", **around, "media": record}
    assert in_view({"embed": view}).media == ()
    assert in_repository(embed=record).media == ()


def test_blobs_without_a_server_cannot_be_named() -> None:
    """The words are there all the same."""
    embed = {"$type": f"{EMBED}.images", "images": [{"image": PNG}]}
    assert in_repository(pds=None, embed=embed).media == ()


def test_card_of_a_link_in_the_text_is_one_link() -> None:
    """The card repeats what the author wrote."""
    post = in_view(
        {"embed": {"$type": f"{EMBED}.external#view", "external": CARD}},
        text="news",
        facets=[facet(0, 4, kind="link", uri="https://news.example/a")],
    )
    assert post.links == (Link("https://news.example/a", "news"),)


@pytest.mark.parametrize(
    ("view", "record", "warned"),
    [
        ([{"src": "did:plc:mod", "val": "porn"}], {}, "Adult content"),
        (
            [{"val": "gore"}, {"val": "nsfl"}, {"val": "!warn"}],
            {},
            "Graphic media, Content warning",
        ),
        ([{"src": "m", "val": "nudity"}, {"src": "m", "val": "nudity", "neg": True}], {}, ""),
        ([], {"labels": {"values": [{"val": "graphic-media"}]}}, "Graphic media"),
        ([{"val": "spider"}], {}, ""),
    ],
)
def test_labels_become_a_warning(
    view: list[dict[str, Any]], record: dict[str, Any], warned: str
) -> None:
    """Those of moderation, and those that authors put on their own posts."""
    post = in_view({"labels": view}, **record)
    assert (post.content_warning, post.sensitive) == (warned, bool(warned))


def test_author_without_a_valid_handle_is_named_by_did() -> None:
    """`handle.invalid` is nobody's."""
    author = read_author(wrapped({"did": "did:plc:a", "handle": "handle.invalid", "avatar": "x"}))
    assert author == Author("did:plc:a", "", "", "https://bsky.app/profile/did:plc:a")


def test_keys_tell_time_only_if_they_can() -> None:
    """TIDs sort by time; other keys say nothing."""
    assert is_before(rkey(1), rkey(2))
    assert not is_before(rkey(2), rkey(1))
    assert not is_before("3k1", rkey(2))
    assert at_uri("at://icij.org/app.bsky.feed.post/3k1") is None

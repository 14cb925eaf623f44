"""What posts of X say: as the API delivers them, and what is read of that."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from archiver.models import Link, Media, MediaKind, Poll, PollOption

Json = dict[str, Any]
OWN = "2124776211870646277"
QUOTED = "2124775205237686273"


@dataclass(frozen=True)
class Case:
    """
    A post and its reading.

    Attributes:
        post: Fields beside `text` and the numbers.
        media, polls: What the answer includes.
    """

    name: str
    text: str
    said: str
    post: Json = field(default_factory=dict)
    media: tuple[Json, ...] = ()
    polls: tuple[Json, ...] = ()
    links: tuple[Link, ...] = ()
    mentions: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    attached: tuple[Media, ...] = ()
    poll: Poll | None = None


def url(start: int, end: int, to: str, shown: str = "", written: str = "https://t.co/AbC") -> Json:
    """Mark a link of a text."""
    place = {"start": start, "end": end}
    return place | {"url": written, "expanded_url": to, "display_url": shown or to[8:]}


def own_media(start: int, end: int, kind: str = "photo") -> Json:
    """Mark the link to the post's own picture or film, as X adds it."""
    to = f"https://x.com/ICIJ/status/{OWN}/{kind}/1"
    return url(start, end, to, "pic.x.com/Pic", "https://t.co/Pic") | {"media_key": "3_99"}


BITLY = Link("https://bit.ly/3x", "bit.ly/3x")
PHOTO = {"media_key": "3_99", "type": "photo", "url": "https://pbs.twimg.com/media/F.jpg"}
ORIG = "https://pbs.twimg.com/media/F.jpg?name=orig"
MP4 = "https://video.twimg.com/v/{}.mp4?tag=12"
VARIANTS = [
    {"content_type": "application/x-mpegURL", "url": "https://video.twimg.com/v/p.m3u8"},
    {"content_type": "video/mp4", "bit_rate": 832000, "url": MP4.format("small")},
    {"content_type": "video/mp4", "bit_rate": 2176000, "url": MP4.format("large")},
]
KEYS = {"attachments": {"media_keys": ["3_99"]}}

CASES: list[Case] = [
    Case(
        "documented sample",
        "1/ Read https://t.co/AbC &amp; share https://t.co/Pic",
        "1/ Read bit.ly/3x & share",
        KEYS | {"entities": {"urls": [url(8, 24, "https://bit.ly/3x"), own_media(37, 53)]}},
        media=(PHOTO | {"alt_text": "A chart", "width": 1200, "height": 800},),
        links=(BITLY,),
        attached=(Media(MediaKind.IMAGE, ORIG, "A chart", "", 1200, 800),),
    ),
    Case(
        "ranges count escaped text by code points",
        "🧵 a &lt; b &amp;amp; https://t.co/AbC",
        "🧵 a < b &amp; bit.ly/3x",
        {"entities": {"urls": [url(21, 37, "https://bit.ly/3x")]}},
        links=(BITLY,),
    ),
    Case(
        "wrong ranges are searched",
        "🧵 &amp; https://t.co/AbC, https://t.co/AbC",
        "🧵 & bit.ly/3x, bit.ly/3x",
        {"entities": {"urls": [url(2, 9, "https://bit.ly/3x"), url(99, 7, "https://bit.ly/3x")]}},
        links=(BITLY,),
    ),
    Case(
        "an entity that stands nowhere",
        "Nothing here",
        "Nothing here",
        {"entities": {"urls": [url(0, 7, "https://bit.ly/3x")]}},
    ),
    Case(
        "no address behind t.co",
        "See https://t.co/AbC",
        "See https://t.co/AbC",
        {"entities": {"urls": [{"start": 4, "end": 20, "url": "https://t.co/AbC"}]}},
        links=(Link("https://t.co/AbC", "https://t.co/AbC"),),
    ),
    Case(
        "hostile address behind t.co",
        "See https://t.co/AbC",
        "See x",
        {"entities": {"urls": [url(4, 20, "javascript:alert(1)", "x")]}},
        links=(Link("https://t.co/AbC", "x"),),
    ),
    Case(
        "before t.co links stood plain",
        "Read bit.ly/3PFV01u and http://a.example/x.",
        "Read bit.ly/3PFV01u and http://a.example/x.",
        links=(
            Link("https://bit.ly/3PFV01u", "bit.ly/3PFV01u"),
            Link("http://a.example/x", "http://a.example/x"),
        ),
    ),
    Case(
        "note has entities of its own",
        "The beginning… https://t.co/Cut",
        "The whole long post bit.ly/3x",
        {
            "entities": {
                "urls": [url(15, 31, "https://x.com/i/web/status/1", written="https://t.co/Cut")]
            },
            "note_tweet": {
                "text": "The whole long post https://t.co/AbC",
                "entities": {"urls": [url(20, 36, "https://bit.ly/3x")]},
            },
        },
        links=(BITLY,),
    ),
    Case(
        "mentions and tags",
        "With ＠Eve and @bob on #Cables &amp; #Русь",
        "With ＠Eve and @bob on #Cables & #Русь",
        {
            "entities": {
                "mentions": [
                    {"start": 5, "end": 9, "username": "eve"},
                    {"start": 14, "end": 18, "username": "Bob"},
                ],
                "hashtags": [
                    {"start": 22, "end": 29, "tag": "Cables"},
                    {"start": 36, "end": 41, "tag": "Русь"},
                ],
            }
        },
        mentions=("@eve", "@Bob"),
        hashtags=("Cables", "Русь"),
    ),
    Case(
        "own picture in the middle stays in the words",
        "See https://t.co/Pic there",
        "See pic.x.com/Pic there",
        {"entities": {"urls": [own_media(4, 20)]}},
        links=(Link(f"https://x.com/ICIJ/status/{OWN}/photo/1", "pic.x.com/Pic"),),
    ),
    Case(
        "only a film",
        "https://t.co/Pic",
        "",
        KEYS | {"entities": {"urls": [own_media(0, 16, "video")]}},
        media=(
            PHOTO
            | {
                "type": "video",
                "url": None,
                "preview_image_url": "https://pbs.twimg.com/ext_tw_video_thumb/1.jpg",
                "variants": VARIANTS,
            },
        ),
        attached=(
            Media(
                MediaKind.VIDEO,
                MP4.format("large"),
                mime="video/mp4",
                preview_url="https://pbs.twimg.com/ext_tw_video_thumb/1.jpg",
            ),
        ),
    ),
    Case(
        "a film without mp4, and one that is not ready",
        "Films",
        "Films",
        {"attachments": {"media_keys": ["3_99", "3_98", "3_97"]}},
        media=(
            {"media_key": "3_99", "type": "animated_gif", "variants": VARIANTS[:1]},
            {"media_key": "3_98", "type": "video"},
        ),
        attached=(Media(MediaKind.GIF, "https://video.twimg.com/v/p.m3u8"),),
    ),
    Case(
        "poll",
        "Which?",
        "Which?",
        {"attachments": {"poll_ids": ["7"]}},
        polls=(
            {
                "id": "7",
                "end_datetime": "2026-11-25T05:00:00.000Z",
                "options": [
                    {"position": 1, "label": "This & that", "votes": 3},
                    {"position": 2, "label": "Neither", "votes": 4},
                ],
            },
        ),
        poll=Poll(
            (PollOption("This & that", 3), PollOption("Neither", 4)),
            closes_at=dt.datetime(2026, 11, 25, 5, tzinfo=dt.UTC),
            voters=7,
        ),
    ),
    Case(
        "hostile words",
        "&lt;script&gt;alert(1)&lt;/script&gt;\u202e\x00 <b>",
        "<script>alert(1)</script>\u202e <b>",
    ),
    Case(
        "entities of wrong kinds",
        "Words",
        "Words",
        {"entities": {"urls": [7, {"url": 7}, {"start": "0"}], "hashtags": "x", "mentions": [{}]}},
    ),
]

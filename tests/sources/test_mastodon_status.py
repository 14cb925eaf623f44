"""Does each field of a status come to the post that it documents?"""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from archiver.models import (
    Author,
    Branch,
    Link,
    Media,
    MediaKind,
    Poll,
    PollOption,
    Post,
    Quote,
)
from archiver.sources.fields import Fields
from archiver.sources.mastodon.status import Status, read_author
from archiver.sources.mastodon.urls import account_of, home, page_edge, server_of
from tests.sources.mastodon_server import MastodonServer

FILE = "https://files.example"


def post_of(**fields: Any) -> Post:
    """Read a status with these fields."""
    status = MastodonServer().add(1, "desk", **fields)
    wrapped = Fields(status, "https://social.example/api/v1/statuses/1", "mastodon")
    return Status.read(wrapped).placed(None, Branch.THREAD)


QUOTED = MastodonServer().add(7, "eve", content="<p>What was said</p>")
EVE = Author(
    id="https://social.example/users/eve",
    handle="eve@social.example",
    name="Eve",
    url="https://social.example/@eve",
    avatar_url="https://social.example/avatars/eve.png",
)
NOON = dt.datetime(2026, 5, 1, 12, tzinfo=dt.UTC)
INLINE = '<p class="quote-inline">RE: <a href="https://q.example/1">q</a></p>'

CASES: list[tuple[str, dict[str, Any], str, object]] = [
    ("warning", {"spoiler_text": "CW: testimony\x00 "}, "content_warning", "CW: testimony"),
    ("sensitive", {"sensitive": True}, "sensitive", True),
    ("language", {"language": "ug"}, "language", "ug"),
    ("no language", {"language": None}, "language", None),
    ("edit", {"edited_at": "2026-05-01T12:00:00Z"}, "edited_at", NOON),
    ("no url", {"url": None}, "url", "https://social.example/users/desk/statuses/1"),
    ("unsafe url", {"url": "javascript:x", "uri": "tag:x,2019:1"}, "url", ""),
    ("emoji", {"content": "<p>Well :blobcat: done</p>"}, "text", "Well :blobcat: done"),
    ("right to left", {"content": "<p>ئۇيغۇر</p>"}, "text", "ئۇيغۇر"),
    (
        "card alone",
        {"card": {"url": "https://news.example/a", "title": "A\x07 story"}},
        "links",
        (Link("https://news.example/a", "A story"),),
    ),
    (
        "card of a link in the text",
        {
            "content": '<p><a href="https://sho.rt/1">sho.rt/1</a></p>',
            "card": {"url": "https://news.example/a", "title": "A"},
        },
        "links",
        (Link("https://sho.rt/1", "sho.rt/1"),),
    ),
    ("card without address", {"card": {"url": "", "title": "A"}}, "links", ()),
    (
        "mentions",
        {"mentions": [{"acct": "bob@m.example", "url": "https://m.example/@bob"}, {"acct": ""}]},
        "mentions",
        ("@bob@m.example",),
    ),
    (
        "hashtags as written, then others",
        {
            "content": '<a href="https://x.example/c" class="mention hashtag">#ChinaCables</a>',
            "tags": [{"name": "chinacables"}, {"name": "uyghurs"}, {"name": ""}],
        },
        "hashtags",
        ("ChinaCables", "uyghurs"),
    ),
    (
        "picture",
        {
            "media_attachments": [
                {
                    "type": "image",
                    "url": f"{FILE}/o.png",
                    "preview_url": f"{FILE}/p.png",
                    "remote_url": None,
                    "description": " A harbour\x00 ",
                    "meta": {"original": {"width": 640, "height": 480.0}, "focus": {"x": 0}},
                }
            ]
        },
        "media",
        (Media(MediaKind.IMAGE, f"{FILE}/o.png", "A harbour", "", 640, 480, f"{FILE}/p.png"),),
    ),
    (
        "media of other kinds, the original first",
        {
            "media_attachments": [
                {"type": "gifv", "url": f"{FILE}/g", "remote_url": f"{FILE}/r"},
                {"type": "video", "url": f"{FILE}/v", "meta": None},
                {"type": "audio", "url": f"{FILE}/a", "meta": {}},
                {"type": "unknown", "url": None, "preview_url": f"{FILE}/u"},
                {"type": "image", "url": None, "preview_url": None},
            ]
        },
        "media",
        (
            Media(MediaKind.GIF, f"{FILE}/r"),
            Media(MediaKind.VIDEO, f"{FILE}/v"),
            Media(MediaKind.AUDIO, f"{FILE}/a"),
            Media(MediaKind.OTHER, f"{FILE}/u", preview_url=f"{FILE}/u"),
        ),
    ),
    (
        "poll",
        {
            "poll": {
                "expires_at": "2026-05-02T10:00:00.000Z",
                "multiple": True,
                "voters_count": 9,
                "options": [
                    {"title": "Yes :blob:", "votes_count": 7},
                    {"title": "No", "votes_count": None},
                ],
            }
        },
        "poll",
        Poll(
            (PollOption("Yes :blob:", 7), PollOption("No", None)),
            multiple=True,
            closes_at=dt.datetime(2026, 5, 2, 10, tzinfo=dt.UTC),
            voters=9,
        ),
    ),
    (
        "quote",
        {"quote": {"state": "accepted", "quoted_status": QUOTED}},
        "quote",
        Quote(
            "https://social.example/@eve/7",
            author=EVE,
            text="What was said",
            html="<p>What was said</p>",
        ),
    ),
    (
        "shallow quote",
        {"quote": {"state": "accepted", "quoted_status_id": "7"}, "content": INLINE},
        "quote",
        Quote("https://q.example/1"),
    ),
    (
        "revoked quote",
        {"quote": {"state": "revoked", "quoted_status": None}, "content": INLINE},
        "quote",
        Quote("https://q.example/1", state="revoked"),
    ),
    (
        "quote as Akkoma writes it",
        {"quote": QUOTED | {"content": "<p>Said</p>"}},
        "quote",
        Quote("https://social.example/@eve/7", author=EVE, text="Said", html="<p>Said</p>"),
    ),
    (
        "quote of what is not for all",
        {"quote": {"state": "accepted", "quoted_status": QUOTED | {"visibility": "private"}}},
        "quote",
        Quote("", state="unauthorized"),
    ),
    ("odd language", {"language": "<b>"}, "language", None),
    (
        "link with odd signs",
        {"content": '<a href="https://a.example/a b">x</a>'},
        "links",
        (Link("https://a.example/a%20b", "x"),),
    ),
    ("name that turns around", {"mentions": [{"acct": "\u202ebob"}]}, "mentions", ("@bob",)),
    ("pending quote", {"quote": {"state": "pending"}}, "quote", Quote("", state="pending")),
    ("new state", {"quote": {"state": "odd"}}, "quote", Quote("", state="unauthorized")),
    (
        "no fallback beside a quote",
        {"quote": {"state": "deleted"}, "content": f"{INLINE}<p>Look</p>"},
        "text",
        "Look",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "name", "value"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_field_is_read(fields: dict[str, Any], name: str, value: object) -> None:
    """Each case is one part of a status."""
    assert getattr(post_of(**fields), name) == value


@pytest.mark.parametrize(
    ("account", "author"),
    [
        (
            {"acct": "bob@m.example", "username": "bob", "display_name": "", "url": "https://m.example/@bob"},
            Author("https://m.example/@bob", "bob@m.example", "bob", "https://m.example/@bob"),
        ),
        (
            {
                "acct": "\u202ebob",
                "display_name": "Bob\u2066\x00",
                "url": "javascript:x",
                "avatar": "data:x",
            },
            Author("bob", "bob", "Bob", ""),
        ),
        (
            {"username": "bob", "url": "http://m.example:8080/@bob", "uri": "http://m.example:8080/users/bob"},
            Author(
                "http://m.example:8080/users/bob",
                "bob@m.example:8080",
                "bob",
                "http://m.example:8080/@bob",
            ),
        ),
    ],
)  # fmt: skip
def test_author_is_read(account: dict[str, Any], author: Author) -> None:
    """The handle says the host, so that it means the same everywhere."""
    assert read_author(Fields(account, "https://m.example/x", "mastodon")) == author


def test_names_in_addresses_are_found() -> None:
    """Where a post or account is at home, by its address alone."""
    assert account_of("https://a.example/@bob/1") == "bob"
    assert account_of("https://a.example/users/bob/statuses/1") == "bob"
    assert account_of("https://a.example/notice/1") == account_of("tag:x") == ""
    assert home("https://a.example/@bob") is None
    assert home("https://k.example/notes/1") is None
    assert server_of("tag:x") is None


@pytest.mark.parametrize(
    ("link", "rel", "edge"),
    [
        ('<https://a.example/x?max_id=7>; rel="next"', "next", ("max_id", "7")),
        ('<https://a.example/x?max_id=7>; rel="next"', "prev", None),
        ('<https://a.example/x?min_id=9>;rel=prev', "prev", ("min_id", "9")),
        ('<https://a.example/x?a=1&since_id=9>; rel="prev"', "prev", ("min_id", "9")),
        ('<x?max_id=7>; rel="next", <x?min_id=9>; rel="prev"', "prev", ("min_id", "9")),
        ('<https://a.example/x?page=2>; rel="next"', "next", None),
        ("", "next", None),
    ],
)  # fmt: skip
def test_edge_of_the_next_page_is_read(link: str, rel: str, edge: tuple[str, str] | None) -> None:
    """Only the edge: no server leads us elsewhere."""
    assert page_edge(link, rel) == edge

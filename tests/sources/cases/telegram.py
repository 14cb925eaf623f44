"""Pages of Telegram after their documented markup, and what each comes to."""

# ruff: noqa: E501 - markup is not broken apart

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from archiver import errors
from archiver.models import Author, Link, Media, MediaKind, Poll, PollOption, Quote
from tests.sources.playing import Answer
from tests.sources.telegram_server import TelegramServer, html, refused

SEED = "https://t.me/Desk_news/12"


@dataclass(frozen=True)
class Case:
    """
    A thread of 10, 12 and 15 among other posts, changed.

    Attributes:
        thread: Numbers of the posts of the thread; gaps in brackets.
        sides: The same of what hangs beside it.
        whole: Whether it is said to be complete.
        reason: A part of what is said about it.
    """

    name: str
    change: Callable[[TelegramServer], object]
    thread: str = "10 12 15"
    sides: str = ""
    whole: bool = True
    reason: str = "every post of the channel"
    url: str = SEED


def _far(server: TelegramServer) -> None:
    for number in range(16, 300):
        server.add(number)


def _far_reply(server: TelegramServer) -> None:
    _far(server)
    server.add(250, reply_to=15)


def _long(server: TelegramServer) -> None:
    server.thread(*range(10, 400))


def _high(server: TelegramServer) -> None:
    server.thread(*range(1000, 1120))


def _busy(server: TelegramServer) -> None:
    server.page = 2
    server.thread(*range(10, 400))


CASES = [
    Case("posts between them are no part of it", lambda server: None),
    Case("the first post leads to it", lambda server: None, url="https://t.me/s/desk_NEWS/10"),
    Case("an album's page leads to it", lambda server: None, url="https://t.me/Desk_news/15?single"),
    Case("another host of Telegram", lambda server: None, url="https://telegram.me/desk_news/12"),
    Case("a name of its own", lambda server: None, url="https://desk_news.t.me/12"),
    Case("deleted first post", lambda server: server.posts.pop(10), "[10] 12 15",
         reason="1 of its posts is deleted"),
    Case("second try", lambda server: server.add(14, reply_to=10), "10 12 15", "14"),
    Case("answer to a later post", lambda server: server.add(12, reply_to=15), "12 15",
         reason="every post"),
    Case("its own parent", lambda server: server.add(12, reply_to=12), "12 15"),
    Case("quiet for long", _far, whole=False, reason="looked through up to"),
    Case("beyond the quiet", _far_reply, whole=False, reason="looked through up to"),
    Case("long thread", _long, " ".join(map(str, range(10, 400))), url="https://t.me/desk_news/30"),
    Case("no preview", lambda server: setattr(server, "preview", False), "10 12", whole=False,
         reason="no preview of all posts is shown"),
    Case("listing is refused", lambda server: server.fixed.update({"/s/Desk_news": Answer(status=500)}),
         "10 12", whole=False, reason="could not be read (status 500)"),
    Case("one unreadable post in the listing",
         lambda server: setattr(server.posts[13], "elsewhere", '<div data-post="x"></div>')),
    Case("parent is refused",
         lambda server: server.fixed.update({"/Desk_news/10": refused("Not shown here")}),
         "[10] 12 15", whole=False, reason="post 10 could not be read"),
    Case("far below the first", _high, " ".join(map(str, range(1019, 1120))), whole=False,
         reason="only 100 posts above were read", url="https://t.me/desk_news/1119"),
    Case("many pages", _busy, " ".join(map(str, range(10, 61))), whole=False, reason="25 pages",
         url="https://t.me/desk_news/10"),
    Case("service message", lambda server: server.add(16, "-", elsewhere=SERVICE), reason="every"),
]  # fmt: skip

SERVICE = (
    '<div class="message_media_not_supported_wrap"><div class="message_media_not_supported">'
    '<div class="message_media_not_supported_label">Service message</div></div></div>'
)


@dataclass(frozen=True)
class Refused:
    """An answer after which there is no thread, and which error it is."""

    name: str
    answer: Answer
    kind: type[errors.ArchiverError]
    words: str | None = None


REFUSED = [
    Refused("no such post", refused("Post not found"), errors.NotFound, "no such post"),
    Refused("no such channel", refused("Channel with username @x not found"), errors.NotFound),
    Refused("restricted", refused("This channel can't be displayed"), errors.AccessDenied),
    Refused("another page", html("<form>Log in</form>"), errors.ParseError, "with 0 posts"),
    Refused("JSON", Answer({"ok": True}), errors.ParseError),
    Refused("nothing", Answer(body=b"", mime="text/html"), errors.ParseError),
    Refused("cut", Answer(body=b"<div class", mime="text/html", whole=False), errors.FetchError),
    Refused("rate limit", Answer(status=429, headers=(("Retry-After", "7"),)), errors.RateLimited),
    Refused("error", Answer(status=502), errors.FetchError),
    Refused("forbidden", Answer(status=403), errors.AccessDenied),
]


@dataclass(frozen=True)
class Part:
    """Markup of a message, and one field of the post that it comes to."""

    name: str
    field: str
    expected: Any
    text: str = "Words"
    inside: str = ""
    elsewhere: str = ""


_CDN = "https://cdn4.telesco.pe/file"
_AT = "1005640892/12"
_PHOTO = (
    '<a class="tgme_widget_message_photo_wrap 123" href="https://t.me/Desk_news/{n}"'
    " style=\"width:800px;background-image:url('" + _CDN + "/{n}.jpg')\"></a>"
)

PARTS = [
    Part("plain", "text", "Words"),
    Part("line breaks", "text", "One\n\nTwo", "One<br/><br/>Two"),
    Part("emoji", "text", "Fire 🔥!",
         "Fire <tg-emoji emoji-id=\"5\"><i class=\"emoji\" style=\"background-image:url('//t/x.png')\">"
         "<b>🔥</b></i></tg-emoji>!"),
    Part("emoji are not bold", "html", "<p>🔥</p>", '<i class="emoji"><b>🔥</b></i>'),
    Part("links by their href", "links", (Link("https://bit.ly/3abc", "bit.ly/3…"),),
         '<a href="https://bit.ly/3abc" onclick="return confirm(1)">bit.ly/3…</a>'),
    Part("reader view", "links", (Link("https://a.example/b?c=1", "here"),),
         '<a href="https://t.me/iv?url=https%3A%2F%2Fa.example%2Fb%3Fc%3D1&amp;rhash=9">here</a>'),
    Part("hashtags", "hashtags", ("news",), 'A <a href="?q=%23news">#news</a>'),
    Part("hashtags are no links", "links", (), 'A <a href="?q=%23news">#news</a>'),
    Part("mentions", "mentions", ("@other_desk",), '<a href="https://t.me/other_desk">@other_desk</a>'),
    Part("a link to a post is a link", "links", (Link("https://t.me/other_desk/5", "there"),),
         '<a href="https://t.me/other_desk/5">there</a>'),
    Part("card only", "links", (Link("https://a.example/", "A title"),), "Words", elsewhere=
         '<a class="tgme_widget_message_link_preview" href="https://a.example/">'
         '<div class="link_preview_title" dir="auto">A title</div></a>'),
    Part("card of a link in the text", "links", (Link("https://a.example/", "it"),),
         '<a href="https://a.example/">it</a>', elsewhere=
         '<a class="tgme_widget_message_link_preview" href="https://a.example/">x</a>'),
    Part("scripts", "html", "<p>Words</p>", 'Words<script>alert(1)</script><img src=x onerror=y>'),
    Part("scheme", "links", (), '<a href="javascript:alert(1)">x</a><a href="http://[">y</a>'),
    Part("album", "media",
         (Media(MediaKind.IMAGE, f"{_CDN}/12.jpg", width=800, key=f"{_AT}/0"),
          Media(MediaKind.IMAGE, f"{_CDN}/13.jpg", width=800, key="1005640892/13/1")),
         inside=_PHOTO.format(n=12) + _PHOTO.format(n=13)),
    Part("film", "media",
         (Media(MediaKind.VIDEO, f"{_CDN}/v.mp4?token=1", mime="video/mp4",
                preview_url=f"{_CDN}/t.jpg", key=f"{_AT}/0"),),
         inside='<a class="tgme_widget_message_video_player" href="https://t.me/Desk_news/12"><i'
         f" class=\"tgme_widget_message_video_thumb\" style=\"background-image:url('{_CDN}/t.jpg')\">"
         f'</i><video src="{_CDN}/v.mp4?token=1" class="tgme_widget_message_video"></video></a>'),
    Part("voice", "media", (Media(MediaKind.AUDIO, f"{_CDN}/a.oga", mime="audio/ogg", key=f"{_AT}/0"),),
         inside=f'<audio class="tgme_widget_message_voice" src="{_CDN}/a.oga"></audio>'),
    Part("sticker", "media", (Media(MediaKind.IMAGE, f"{_CDN}/s.webp", key=f"{_AT}/0"),),
         inside=f'<i class="tgme_widget_message_sticker" data-webp="{_CDN}/s.webp"></i>'),
    Part("file", "text", "Words\n\n📎 report.pdf · 2.3 MB",
         inside='<div class="tgme_widget_message_document_wrap"><div class="tgme_widget_message_document">'
         '<div class="tgme_widget_message_document_title">report.pdf</div>'
         '<div class="tgme_widget_message_document_extra">2.3 MB</div></div></div>'),
    Part("poll", "poll", Poll((PollOption("Yes"), PollOption("No"))),
         inside='<div class="tgme_widget_message_poll"><div class="tgme_widget_message_poll_question">'
         'Is it?</div><div class="tgme_widget_message_poll_option_text">Yes</div>'
         '<div class="tgme_widget_message_poll_option_text">No</div></div>'),
    Part("forward", "quote",
         Quote("https://t.me/source_desk/4",
               author=Author("source_desk", "@source_desk", "Source", "https://t.me/source_desk/4")),
         inside='<div class="tgme_widget_message_forwarded_from">Forwarded from <a'
         ' class="tgme_widget_message_forwarded_from_name" href="https://t.me/source_desk/4">'
         '<span dir="auto">Source</span></a></div>'),
    Part("forward of somebody hidden", "text", "Forwarded from Ann\n\nWords",
         inside='<div><span class="tgme_widget_message_forwarded_from_name">Ann</span></div>'),
    Part("answer to another channel", "quote",
         Quote("https://t.me/source_desk/4", author=Author("source_desk", "@source_desk", "Source"),
               text="There"),
         inside='<a class="tgme_widget_message_reply" href="https://t.me/source_desk/4"><span'
         ' class="tgme_widget_message_author_name">Source</span><div class="js-message_reply_text'
         ' tgme_widget_message_text">There</div></a>'),
    Part("place on a map", "text", "Words\n\n📍 https://maps.example/?q=1",
         inside='<a class="tgme_widget_message_location_wrap" href="https://maps.example/?q=1"></a>'),
    Part("place without address", "text", "Words\n\n📍",
         inside='<a class="tgme_widget_message_location_wrap" href="http://["></a>'),
    Part("moving sticker", "media", (Media(MediaKind.GIF, f"{_CDN}/m.webm", key=f"{_AT}/0"),),
         inside=f'<div class="tgme_widget_message_videosticker"><video src="{_CDN}/m.webm"></video></div>'),
    Part("sticker without address", "media", (),
         inside='<i class="tgme_widget_message_sticker" data-webp="http://["></i>'),
    Part("file without name", "text", "Words", inside='<div class="tgme_widget_message_document"></div>'),
    Part("odd reader view", "links", (), '<a href="https://t.me/iv?url=http://[">x</a>'),
    Part("odd host of a mention", "mentions", (), '<a href="http://[">@x</a>'),
    Part("answer that leads nowhere", "quote", None,
         inside='<a class="tgme_widget_message_reply" href="http://["></a>'),
    Part("only in the apps", "gap", True, "-", elsewhere=
         '<div class="message_media_not_supported_wrap">Please open Telegram to view this post</div>'),
    Part("author", "author",
         Author("1005640892", "@Desk_news", "The Desk", "https://t.me/Desk_news", f"{_CDN}/desk.jpg")),
    Part("id", "id", _AT),
    Part("address", "url", "https://t.me/Desk_news/12"),
]  # fmt: skip

"""What would t.me answer to a stranger? (reference/protocols.md, 6)"""

from __future__ import annotations

import base64
import datetime as dt
import json
import re
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.sources.playing import Answer

START = dt.datetime(2026, 5, 1, 10, tzinfo=dt.UTC)
CHAT = 1_005_640_892


@dataclass
class Said:
    """A message as the server holds it; `inside` is markup of its bubble."""

    text: str
    reply_to: int | None = None
    inside: str = ""
    elsewhere: str = ""
    fields: dict[str, str] = field(default_factory=dict)


class TelegramServer:
    """
    One channel with its preview: pages of 20 or fewer posts, and each post by itself.

    Attributes:
        cdn: Where its pictures lie.
        preview: Whether the channel shows its posts; others are sent on to its front page.
        fixed: Answers by path and query, before anything else.
    """

    def __init__(self, name: str = "Desk_news", page: int = 20, chat: int = CHAT) -> None:
        self.name = name
        self.page = page
        self.chat = chat
        self.preview = True
        self.cdn = "https://cdn4.telesco.pe/file"
        self.posts: dict[int, Said] = {}
        self.fixed: dict[str, Answer] = {}

    def add(self, number: int, text: str = "", reply_to: int | None = None, **more: str) -> Said:
        """Add a post; its number is its minute."""
        said = Said(text or f"Post {number}", reply_to, more.pop("inside", ""))
        said.elsewhere = more.pop("elsewhere", "")
        said.fields = more
        self.posts[number] = said
        return said

    def thread(self, *numbers: int) -> None:
        """Add posts that answer each other."""
        above: int | None = None
        for number in numbers:
            self.add(number, reply_to=above)
            above = number

    def __call__(self, url: str) -> Answer:
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        if path in self.fixed or parts.path in self.fixed:
            return self.fixed.get(path) or self.fixed[parts.path]
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if found := re.fullmatch(r"/(\w+)/(\d+)", parts.path):
            return self._single(found[1], int(found[2]))
        if found := re.fullmatch(r"/s/(\w+)", parts.path):
            return self._listing(found[1], query)
        return html('<div class="tgme_page"><div class="tgme_page_title">Somebody</div></div>')

    def _single(self, name: str, number: int) -> Answer:
        if name.lower() != self.name.lower():
            return refused(f"Channel with username <b>@{name}</b> not found")
        if number not in self.posts:
            return refused("Post not found")
        return html(self.message(number))

    def _listing(self, name: str, query: dict[str, str]) -> Answer:
        if name.lower() != self.name.lower() or not self.preview:
            return Answer(status=302, body=b"", headers=(("Location", f"/{name}"),))
        numbers = sorted(self.posts)
        if "after" in query:
            shown = [each for each in numbers if each > int(query["after"])][: self.page]
        else:
            before = int(query.get("before", "9999999999"))
            shown = [each for each in numbers if each < before][-self.page :]
        messages = "".join(
            f'<div class="tgme_widget_message_wrap">{self.message(each)}</div>' for each in shown
        )
        return html(
            '<div class="tgme_channel_info"><div class="tgme_channel_info_header_title">'
            '<span dir="auto">The Desk</span></div></div>'
            f'<section class="tgme_channel_history js-message_history">{messages}</section>'
        )

    def message(self, number: int) -> str:
        """Write a message as t.me does."""
        said = self.posts[number]
        view = json.dumps({"c": -self.chat, "p": number, "t": 1, "h": "x"}).encode()
        at = (START + dt.timedelta(minutes=number)).isoformat()
        reply = ""
        if said.reply_to is not None:
            reply = (
                f'<a class="tgme_widget_message_reply" href="https://t.me/{self.name}/{said.reply_to}">'
                '<div class="tgme_widget_message_author"><span'
                ' class="tgme_widget_message_author_name" dir="auto">The Desk</span></div>'
                '<div class="tgme_widget_message_metatext js-message_reply_text">Above</div></a>'
            )
        owner = said.fields.get(
            "owner",
            f'<a class="tgme_widget_message_owner_name" href="https://t.me/{self.name}">'
            '<span dir="auto">The Desk</span></a>',
        )
        words = f'<div class="tgme_widget_message_text js-message_text">{said.text}</div>'
        return (
            '<div class="tgme_widget_message text_not_supported_wrap js-widget_message"'
            f' data-post="{self.name}/{number}"'
            f' data-view="{base64.urlsafe_b64encode(view).decode().rstrip("=")}">'
            '<div class="tgme_widget_message_user"><i class="tgme_widget_message_user_photo">'
            f'<img src="{self.cdn}/desk.jpg"></i></div>'
            '<div class="tgme_widget_message_bubble">'
            f'<div class="tgme_widget_message_author">{owner}</div>'
            f"{reply}{said.inside}{'' if said.text == '-' else words}{said.elsewhere}"
            '<div class="media_not_supported_cont">Please open Telegram to view this post</div>'
            '<div class="tgme_widget_message_footer"><span class="tgme_widget_message_views">1.2K'
            '</span><span class="tgme_widget_message_meta">edited'
            f' <a class="tgme_widget_message_date" href="https://t.me/{self.name}/{number}">'
            f'<time datetime="{at}" class="time">10:00</time></a></span></div></div></div>'
        )


def html(inside: str, status: int = 200) -> Answer:
    """Make a page."""
    body = f"<!DOCTYPE html><html><head></head><body>{inside}</body></html>".encode()
    return Answer(body=body, status=status, mime="text/html; charset=utf-8")


def refused(words: str) -> Answer:
    """Make the page that shows no post."""
    return html(f'<div class="tgme_widget_message_error">{words}</div>')

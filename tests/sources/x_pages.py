"""Others that show X: a Nitter server, the syndication endpoint, the page of a thread reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from archiver.models import FetchRequest
from archiver.sources.x.token import token_of
from tests.sources.playing import Answer

Json = dict[str, Any]


@dataclass
class SyndicationServer:
    """
    Single posts by number and token, as `cdn.syndication.twimg.com` gives them.

    Attributes:
        posts: By number; None is a tombstone.
    """

    posts: dict[str, Json | None] = field(default_factory=dict)

    def add(
        self, post_id: str, text: str, *, parent: str = "", name: str = "icij", **more: Any
    ) -> str:
        """Add a post."""
        number = {"icij": "16067035", "eve": "77"}[name]
        post: Json = {
            "__typename": "Tweet",
            "id_str": post_id,
            "text": text,
            "lang": "en",
            "created_at": "2022-05-24T05:00:00.000Z",
            "entities": {"urls": [], "user_mentions": [], "hashtags": [], "symbols": []},
            "user": {"id_str": number, "screen_name": name, "name": name.upper()},
            "edit_control": {"edit_tweet_ids": [post_id]},
        }
        if parent:
            above = self.posts.get(parent) or {}
            to = above.get("user", {}).get("screen_name", name)
            post |= {"in_reply_to_status_id_str": parent, "in_reply_to_screen_name": to}
        self.posts[post_id] = post | more
        return post_id

    def __call__(self, request: FetchRequest) -> Answer:
        """Answer; a wrong token finds nothing."""
        parts = urlsplit(request.url)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        post_id = asked.get("id", "0")
        if not parts.path.endswith("/tweet-result") or asked.get("token") != token_of(post_id):
            return Answer({}, status=404)
        if post_id not in self.posts:
            return Answer({}, status=404)
        post = self.posts[post_id]
        return Answer({"__typename": "TweetTombstone"} if post is None else post)


@dataclass
class NitterServer:
    """
    Pages of posts as Nitter writes them.

    Attributes:
        posts: Number, account and the markup of the words, in the order of the thread; a number
            without an account is a post that is not shown.
        window: How many posts a page shows before and after the one that it is about.
    """

    posts: list[tuple[str, str, str]] = field(default_factory=list)
    window: int = 10
    extra: dict[str, str] = field(default_factory=dict)

    def __call__(self, request: FetchRequest) -> Answer:
        """Answer with a page; an unknown number with Nitter's panel."""
        post_id = urlsplit(request.url).path.rpartition("/")[2]
        numbers = [each[0] for each in self.posts]
        if post_id not in numbers:
            panel = "<div class='error-panel'><span>Tweet not found</span></div>"
            return page(panel, status=404)
        at = numbers.index(post_id)
        start, end = max(0, at - self.window), min(len(numbers), at + 1 + self.window)
        before = "".join(map(self._row, self.posts[start:at]))
        after = "".join(map(self._row, self.posts[at + 1 : end]))
        more = "<div class='timeline-item more-replies'><a class='more-replies-text'>more</a></div>"
        before = f"{more if start else ''}{before}"
        after = f"{after}{more if end < len(numbers) else ''}"
        return page(
            "<div class='conversation'><div class='main-thread'>"
            + (f"<div class='before-tweet thread-line'>{before}</div>" if before else "")
            + f"<div class='main-tweet' id='m'>{self._row(self.posts[at])}</div>"
            + (f"<div class='after-tweet thread-line'>{after}</div>" if after else "")
            + "</div><div class='replies'><div class='reply thread'>"
            + self._row(("99", "eve", "A reply"))
            + "</div></div></div>"
        )

    def _row(self, post: tuple[str, str, str]) -> str:
        post_id, name, words = post
        if not name:
            box = "<div class='unavailable-box'>Gone</div>"
            return f"<div class='unavailable timeline-item'>{box}</div>"
        return (
            f"<div class='timeline-item' data-username='{name}'>"
            f"<a class='tweet-link' href='/{name}/status/{post_id}#m'></a><div class='tweet-body'>"
            f"<div class='tweet-header'><a class='fullname' href='/{name}'>{name.upper()}</a>"
            f"<a class='username' href='/{name}'>@{name}</a><span class='tweet-date'>"
            f"<a href='/{name}/status/{post_id}#m' title='May 24, 2022 · 5:00 AM UTC'>2h</a></span>"
            f"</div><div class='tweet-content media-body' dir='auto'>{words}</div>"
            f"{self.extra.get(post_id, '')}</div></div>"
        )


def page(body: str, status: int = 200) -> Answer:
    """Make an answer of HTML."""
    whole = f"<!doctype html><html><body>{body}</body></html>".encode()
    return Answer(status=status, body=whole, mime="text/html; charset=utf-8")


def reader_page(posts: list[tuple[str, str]], name: str = "icij") -> Answer:
    """Make the page of a thread reader, of numbers and words."""
    rows = "".join(
        f"<div id='tweet_{place}' class='content-tweet' data-screenname='{name}'"
        f" data-tweet='{post_id}'>{escape(words)}<sup class='tw-permalink'>#</sup></div>"
        for place, (post_id, words) in enumerate(posts, start=1)
    )
    return page(rows)

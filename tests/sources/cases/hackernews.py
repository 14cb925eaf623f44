"""Discussions of Hacker News after the documented shapes, and what each comes to."""

# ruff: noqa: E501 - markup is not broken apart

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from archiver import errors
from archiver.models import Link, Poll, PollOption
from tests.sources.hackernews_server import ALGOLIA, API, HackerNewsServer
from tests.sources.playing import NOT_FOUND, Answer

SEED = "https://news.ycombinator.com/item?id=100"
ROOT = f"{API}/item/100.json"
TREE = f"{ALGOLIA}/items/100"


@dataclass(frozen=True)
class Case:
    """
    A story (100) that its author went on below (101, 103), with answers of others (102, 104).

    Attributes:
        thread: Numbers of the posts of the thread; gaps in brackets.
        sides: The same of what hangs beside it.
        whole: Whether it is said to be complete.
        reason: A part of what is said about it.
        asked: How many requests it took; 0 if that does not matter.
    """

    name: str
    change: Callable[[HackerNewsServer], object] = lambda server: None
    thread: str = "100 101 103"
    sides: str = "102 104"
    whole: bool = True
    reason: str = "every comment"
    url: str = SEED
    asked: int = 0


def _deep(server: HackerNewsServer) -> None:
    server.algolia = False
    for number in range(105, 205):
        server.comment(number, number - 1, "bob")


def _wide(server: HackerNewsServer) -> None:
    server.algolia = False
    for number in range(1000, 1500):
        server.comment(number, 100, "bob")


def _odd_comment(server: HackerNewsServer) -> None:
    server.algolia = False
    server.fixed[f"{API}/item/104.json"] = Answer({"id": 104, "parent": "x"})


def _bad_child(server: HackerNewsServer) -> None:
    tree: Any = server(TREE).value
    tree["children"][0]["children"][0]["created_at_i"] = "noon"
    tree["children"].append("a text")
    server.fixed[TREE] = Answer(tree)


def _cycle(server: HackerNewsServer) -> None:
    server.algolia = False
    server.comment(104, 102, "bob", kids=[102, 100, 104])


def _twice(server: HackerNewsServer) -> None:
    tree: Any = server(TREE).value
    tree["children"] += tree["children"]
    server.fixed[TREE] = Answer(tree)


def _nested(server: HackerNewsServer) -> None:
    body = b'{"id":100,"author":"ann","children":[' * 10_000 + b"]}" * 10_000
    server.fixed[TREE] = Answer(body=body)


def _no_list(server: HackerNewsServer) -> None:
    tree: Any = server(TREE).value
    tree["children"][1]["children"] = "none"
    server.fixed[TREE] = Answer(tree)


def _other_tree(server: HackerNewsServer) -> None:
    server.story(900, "cleo")
    server.fixed[TREE] = server(f"{ALGOLIA}/items/900")


CASES = [
    Case("two requests tell it all", asked=2),
    Case("a comment leads to the story", url=f"{SEED[:-3]}104", asked=4),
    Case("Algolia does not answer", lambda server: setattr(server, "algolia", False),
         reason="asked one by one"),
    Case("Algolia does not know it yet", lambda server: server.lagging.add(100)),
    Case("Algolia lags behind", lambda server: server.lagging.update({102, 104}), "100 101 103"),
    Case("Algolia lags behind below", lambda server: server.lagging.add(103), "100 101", "102 104",
         whole=False, reason="counts 4 comments, 3 of which"),
    Case("the API does not answer", lambda server: server.fixed.update({ROOT: Answer(status=500)}),
         whole=False, reason="did not say how the story stands"),
    Case("deleted comment with answers", lambda server: server.delete(102), sides="[102] 104"),
    Case("deleted comment without answers", lambda server: server.delete(104), sides="102"),
    Case("killed comment", lambda server: server.entries[104].update(dead=True), sides="102"),
    Case("deleted story", lambda server: server.delete(100), "[100]", "101 103 102 104", whole=False,
         reason="the story was deleted"),
    Case("killed story", lambda server: server.entries[100].update(dead=True),
         reason="marks the story as dead"),
    Case("second try", lambda server: server.comment(105, 100), sides="102 104 105"),
    Case("author below a stranger", lambda server: server.comment(105, 104), sides="102 104 105"),
    Case("one comment at a time", _deep, sides=" ".join(map(str, [102, *range(104, 163)])),
         whole=False, reason="one by one, and no more"),
    Case("too many to ask for", _wide, sides="*", whole=False, reason="300 comments were asked"),
    Case("one unreadable comment", _odd_comment, sides="102", whole=False,
         reason="some comments could not be read"),
    Case("one unreadable comment of Algolia's", _bad_child, sides="*", whole=False, thread="*",
         reason="some comments could not be read"),
    Case("answers that are no list", _no_list, sides="102", whole=False, reason="counts 4 comments"),
    Case("another discussion of Algolia's", _other_tree),
    Case("circle", _cycle),
    Case("told twice", _twice),
    Case("10,000 deep", _nested, reason="asked one by one"),
    Case("time in the future", lambda server: server.entries[103].update(time=9_999_999_999)),
]  # fmt: skip


@dataclass(frozen=True)
class Refused:
    """Answers by URL after which there is no thread, and which error it is."""

    name: str
    root: Answer
    tree: Answer
    kind: type[errors.ArchiverError]
    words: str | None = None


_HTML = Answer(body=b"<html>Log in</html>", mime="text/html")

REFUSED = [
    Refused("no such number", Answer(None), NOT_FOUND, errors.NotFound, "knows no such entry"),
    Refused("both fail", Answer(status=500), Answer(status=503), errors.FetchError, "answered 500"),
    Refused("rate limit", Answer(status=429, headers=(("Retry-After", "9"),)), Answer(status=429),
            errors.RateLimited, "again in 9 s"),
    Refused("login page", _HTML, _HTML, errors.ParseError, "text/html came where JSON was due"),
    Refused("cut JSON", Answer(body=b'{"id": 100, "ty'), NOT_FOUND, errors.ParseError),
    Refused("list", Answer([1]), NOT_FOUND, errors.ParseError, "is a list where an object"),
    Refused("wrong type", Answer({"id": 100, "type": 5}), NOT_FOUND, errors.ParseError, "`type`"),
    Refused("no id", Answer({"type": "story"}), NOT_FOUND, errors.ParseError, "`id`"),
    Refused("impossible time", Answer({"id": 100, "time": 1e300}), NOT_FOUND, errors.ParseError,
            "`time`"),
    Refused("its own parent", Answer({"id": 100, "parent": 100}), NOT_FOUND, errors.ParseError,
            "`parent`"),
    Refused("circle of parents", Answer({"id": 100, "parent": 7}), NOT_FOUND, errors.ParseError,
            "leads to no story"),
    Refused("answers that are no list", Answer({"id": 100, "kids": 5}), NOT_FOUND,
            errors.ParseError, "`kids`"),
    Refused("another parent", Answer({"id": 100, "parent": 8}), NOT_FOUND, errors.ParseError, "`id`"),
    Refused("lost parent", Answer({"id": 100, "parent": 9}), NOT_FOUND, errors.FetchError,
            "could not be read"),
    Refused("another entry", Answer({"id": 5, "type": "story"}), NOT_FOUND, errors.ParseError,
            "`id`"),
    Refused("deleted and empty", Answer({"id": 100, "deleted": True}), NOT_FOUND, errors.NotFound,
            "was deleted"),
]  # fmt: skip


@dataclass(frozen=True)
class Part:
    """Fields of a story, and one field of the post that they come to."""

    name: str
    field: str
    expected: Any
    fields: dict[str, Any]


PARTS = [
    Part("title and text", "text", "T\n\nOne\n\nTwo", {"title": "T", "text": "One<p>Two"}),
    Part("story's link", "links", (Link("https://a.example/b?c", "T"),),
         {"title": "T", "url": "https://a.example/b?c"}),
    Part("title leads there", "html",
         '<p><strong><a href="https://a.example/" rel="nofollow noopener">A &amp; B</a></strong></p>',
         {"title": "A & B", "url": "https://a.example/"}),
    Part("shortened link", "links", (Link("https://bit.ly/3abcdef", "https:&#x2F;…"),),
         {"title": "T", "text": '<a href="https:&#x2F;&#x2F;bit.ly&#x2F;3abcdef">https:&amp;#x2F;…</a>'}),
    Part("hostile text", "html", "<p><strong>T</strong></p><p>x</p>",
         {"title": "T", "text": "<script>1</script>x<img src=y onerror=z>"}),
    Part("hostile link", "links", (), {"title": "T", "url": "javascript:alert(1)"}),
    Part("no words", "text", "", {"title": ""}),
    Part("poll", "poll", Poll((PollOption("Yes", 3), PollOption("No", 4)), multiple=True),
         {"type": "poll", "title": "T", "parts": [901, 902]}),
    Part("address", "url", SEED, {}),
]  # fmt: skip

"""Answers of Reddit after its documented shapes, and what each comes to."""

# ruff: noqa: E501 - markup is not broken apart

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from archiver import errors
from archiver.models import Author, Link, Media, MediaKind, Poll, PollOption, Quote
from tests.sources.playing import Answer
from tests.sources.reddit_server import SITE, RedditServer, listing

SEED = f"{SITE}/r/news/comments/abc/a_slug/"


@dataclass(frozen=True)
class Case:
    """
    A post (abc) that its author went on below (c1, c3), with answers of others (c2, c4).

    Attributes:
        thread: Ids of the posts of the thread; gaps in brackets.
        sides: The same of what hangs beside it.
        whole: Whether it is said to be complete.
        reason: A part of what is said about it.
    """

    name: str
    change: Callable[[RedditServer], object] = lambda server: None
    thread: str = "abc c1 c3"
    sides: str = "c2 c4"
    whole: bool = True
    reason: str = "every comment"
    url: str = SEED


def _many(server: RedditServer) -> None:
    for number in range(450):
        server.comment(f"m{number}", "t3_abc" if number < 300 else f"t1_m{number - 300}")


def _refused(server: RedditServer) -> None:
    _many(server)
    server.fixed["/api/morechildren"] = Answer(status=429)


def _odd_more(server: RedditServer) -> None:
    _many(server)
    server.fixed["/api/morechildren"] = Answer({"json": {"errors": [["X"]]}})


def _chain(server: RedditServer) -> None:
    above = "t1_c3"
    for number in range(60):
        server.comment(f"d{number}", above, "ann")
        above = f"t1_d{number}"


def _too_many(server: RedditServer) -> None:
    server.at_once = 5
    for number in range(6_000):
        server.comment(f"m{number}", "t3_abc")


def _thread(server: RedditServer, **change: Any) -> Any:
    value: Any = server._answer("/comments/abc", {}).value
    server.fixed["/comments/abc"] = Answer(value)
    return value


def _odd(server: RedditServer) -> None:
    children = _thread(server)[1]["data"]["children"]
    children += [5, {"kind": "t1"}, {"kind": "t1", "data": {"id": "x"}}, {"kind": "t9", "data": {}}]
    children.append({"kind": "t1", "data": {"id": "y", "parent_id": "t1_y"}})


def _odd_body(server: RedditServer) -> None:
    server.comments["c4"]["body_html"] = 5


def _loops(server: RedditServer) -> None:
    """What is named leads to what was asked already."""
    children = _thread(server)[1]["data"]["children"]
    for above in ("t1_c2", "t1_c2", "t3_abc"):
        children.append({"kind": "more", "data": {"children": [], "parent_id": above}})
    children.append(
        {"kind": "more", "data": {"children": ["c4", "zz", "zz"], "parent_id": "t3_abc"}}
    )
    again = [{"kind": "more", "data": {"children": ["zz", "c4"], "parent_id": "t1_c2"}}]
    server.fixed["/api/morechildren"] = Answer({"json": {"errors": [], "data": {"things": again}}})


def _circle(server: RedditServer) -> None:
    children = _thread(server)[1]["data"]["children"]
    for name, parent in (("x1", "x2"), ("x2", "x1")):
        made = server.comment(name, f"t1_{parent}") | {"replies": ""}
        children.append({"kind": "t1", "data": made})


CASES = [
    Case("plain"),
    Case("a comment leads to the post", url=f"{SEED}c4/"),
    Case("old site", url="http://old.reddit.com/comments/abc"),
    Case("short address", url="https://redd.it/abc"),
    Case("share link", lambda server: server.fixed.update({"/r/news/s/AbCd123": Answer(
        status=301, headers=(("Location", f"{SEED}?share_id=x&utm_source=share"),))}),
        url=f"{SITE}/r/news/s/AbCd123"),
    Case("comments that are only named", _many, sides="*"),
    Case("deep below", _chain, thread="abc c1 c3 " + " ".join(f"d{n}" for n in range(60))),
    Case("too many", _too_many, thread="*", sides="*", whole=False, reason="asked for 50 times, no more"),
    Case("more is refused", _refused, sides="*", whole=False, reason="status 429"),
    Case("more is odd", _odd_more, sides="*", whole=False,
        reason="not what is documented"),
    Case("deleted comment", lambda server: server.delete("c2"), sides="[c2] c4"),
    Case("removed comment", lambda server: server.delete("c4", "[removed]"), sides="c2 [c4]"),
    Case("deleted post", lambda server: server.delete("abc"), "[abc]", "c1 c3 c2 c4",
         reason="the post was deleted or removed"),
    Case("removed post", lambda server: server.posts["abc"].update(
        selftext="[removed]", removed_by_category="moderator"), "[abc] c1 c3", reason="deleted or removed"),
    Case("removed, and still shown", lambda server: server.posts["abc"].update(
        removed_by_category="moderator"), reason="the moderators removed the post"),
    Case("deleted account", lambda server: server.comments["c4"].update(
        author="[deleted]", author_fullname=None)),
    Case("second try", lambda server: server.comment("c5", "t3_abc", "ann"), sides="c2 c4 c5"),
    Case("author below a stranger", lambda server: server.comment("c5", "t1_c4", "ann"), sides="c2 c4 c5"),
    Case("some unreadable comments", _odd, whole=False, reason="some comments could not be read"),
    Case("unreadable words", _odd_body, sides="c2 [c4]", whole=False, reason="could not be read"),
    Case("what is named leads round", _loops),
    Case("comment of another post", lambda server: server.comment("x1", "t3_abc", link_id="t3_zz")),
    Case("circle", _circle, sides="*"),
    Case("no comments", lambda server: server.comments.clear(), "abc", ""),
    Case("counts more than it shows", lambda server: server.posts["abc"].update(num_comments=9),
         reason="Reddit counts 9 comments and shows 4"),
]  # fmt: skip


@dataclass(frozen=True)
class Refused:
    """An answer after which there is no thread, and which error it is."""

    name: str
    answer: Answer
    kind: type[errors.ArchiverError]
    words: str | None = None


def _both(post: Any, comments: Any = ()) -> Answer:
    return Answer([listing([{"kind": "t3", "data": post}]), listing(list(comments))])


REFUSED = [
    Refused("no such post", Answer({"error": 404}, status=404), errors.NotFound, "is not there"),
    Refused("private", Answer({"reason": "private"}, status=403), errors.AccessDenied),
    Refused("rate limit", Answer(status=429, headers=(("x-ratelimit-reset", "77"),)),
            errors.RateLimited, "again in 77 s"),
    Refused("down", Answer(status=503), errors.FetchError),
    Refused("login page", Answer(body=b"<html>", mime="text/html"), errors.ParseError, "text/html came"),
    Refused("cut", Answer(body=b'[{"kind":"Lis'), errors.ParseError),
    Refused("empty list", Answer([]), errors.ParseError, "`answer`"),
    Refused("an object", Answer({"kind": "Listing"}), errors.ParseError, "`answer`"),
    Refused("no post", Answer([listing([]), listing([])]), errors.ParseError, "children"),
    Refused("another post", _both({"id": "zzz", "name": "t3_zzz"}), errors.ParseError, "t3_abc"),
    Refused("odd name", _both({"id": "abc", "name": "../x"}), errors.ParseError, "name"),
    Refused("wrong type", _both({"id": "abc", "author": 5}), errors.ParseError, "author"),
    Refused("odd words", _both({"id": "abc", "selftext_html": []}), errors.ParseError, "selftext_html"),
    Refused("odd time", _both({"id": "abc", "created_utc": "noon"}), errors.ParseError, "created_utc"),
    Refused("deleted and empty", _both({"id": "abc", "selftext": "[deleted]"}), errors.NotFound,
            "deleted or removed"),
    Refused("10,000 deep", Answer(body=b'[{"data":' * 10_000), errors.ParseError, "nested too deep"),
]  # fmt: skip


@dataclass(frozen=True)
class Part:
    """Fields of a post, and one field of what they come to."""

    name: str
    field: str
    expected: Any
    fields: dict[str, Any]


def _link(url: str, **more: Any) -> dict[str, Any]:
    return {"title": "T", "is_self": False, "selftext_html": None, "selftext": "",
            "url_overridden_by_dest": url, "url": url} | more  # fmt: skip


def _image(name: str, mime: str = "image/jpg", kind: str = "Image") -> dict[str, Any]:
    source = {"u": f"https://preview.redd.it/{name}.jpg?s=1", "x": 640, "y": 480}
    return {"status": "valid", "e": kind, "m": mime, "s": source}


_GALLERY = {
    "is_gallery": True,
    "gallery_data": {"items": [{"media_id": "g2", "caption": "Two"}, {"media_id": "g1"}]},
    "media_metadata": {
        "g1": _image("g1"),
        "g2": _image("g2", "image/png"),
        "g3": {"status": "failed"},
    },
}
_PREVIEW = {
    "images": [{"source": {"url": "https://preview.redd.it/v.jpg", "width": 8, "height": 6}}]
}
_VIDEO = {
    "fallback_url": "https://v.redd.it/x/DASH_720.mp4?source=fallback",
    "width": 1280,
    "height": 720,
}
_BEN = {"name": "t3_zz", "author": "ben", "author_fullname": "t2_ben", "title": "Theirs",
        "permalink": "/r/other/comments/zz/theirs/", "is_self": True, "selftext": "x",
        "selftext_html": "<p>x</p>"}  # fmt: skip

PARTS = [
    Part("title and words", "text", "Post abc\n\nWords", {}),
    Part("html", "html", "<p><strong>Post abc</strong></p><p>Words</p>", {}),
    Part("link post", "links", (Link("https://bit.ly/3abc", "T"),), _link("https://bit.ly/3abc")),
    Part("no link to itself", "links", (), {"is_self": False}),
    Part("links within", "links", (Link(f"{SITE}/r/other/", "r/other"), Link("https://a.example/", "a")),
         {"selftext_html": '<p><a href="/r/other/">r/other</a> <a href="https://a.example/">a</a></p>'}),
    Part("mentions", "mentions", ("@u/ben",), {"selftext_html": '<p><a href="/u/ben">/u/ben</a></p>'}),
    Part("hostile words", "html", "<p><strong>&lt;b&gt;</strong></p><p>x</p>",
         {"title": "<b>", "selftext_html": "<script>1</script><p onclick=x>x</p>"}),
    Part("hostile link", "links", (), _link("javascript:alert(1)")),
    Part("edited", "edited_at", dt.datetime(2026, 5, 1, 11, tzinfo=dt.UTC), {"edited": 1777633200.0}),
    Part("edited long ago", "edited_at", None, {"edited": True}),
    Part("for adults", "sensitive", True, {"over_18": True}),
    Part("spoiler", "content_warning", "Spoiler", {"spoiler": True}),
    Part("gallery", "media",
         (Media(MediaKind.IMAGE, "https://i.redd.it/g2.png", "Two", "image/png", 640, 480,
                "https://preview.redd.it/g2.jpg?s=1", key="g2"),
          Media(MediaKind.IMAGE, "https://i.redd.it/g1.jpg", "", "image/jpeg", 640, 480,
                "https://preview.redd.it/g1.jpg?s=1", key="g1")),
         _link(f"{SITE}/gallery/abc", **_GALLERY)),
    Part("gallery is no link", "links", (), _link(f"{SITE}/gallery/abc", **_GALLERY)),
    Part("picture", "media", (Media(MediaKind.IMAGE, "https://i.redd.it/p.jpg", width=8, height=6),),
         _link("https://i.redd.it/p.jpg", preview=_PREVIEW)),
    Part("picture is no link", "links", (), _link("https://i.redd.it/p.jpg")),
    Part("film", "media",
         (Media(MediaKind.VIDEO, str(_VIDEO["fallback_url"]), "", "video/mp4", 1280, 720,
                "https://preview.redd.it/v.jpg"),),
         _link("https://v.redd.it/x", secure_media={"reddit_video": _VIDEO}, preview=_PREVIEW)),
    Part("animated within a text", "media",
         (Media(MediaKind.GIF, "https://i.redd.it/a1.gif", "", "image/gif", 640, 480,
                "https://preview.redd.it/a1.jpg?s=1", key="a1"),),
         {"media_metadata": {"a1": _image("a1", "image/gif", "AnimatedImage"), "a2": 5}}),
    Part("no known type", "media",
         (Media(MediaKind.IMAGE, "https://preview.redd.it/a1.jpg?s=1", width=640, height=480, key="a1"),),
         {"media_metadata": {"a1": _image("a1", "image/x")}}),
    Part("no address", "media", (),
         {"media_metadata": {"a1": _image("a1", "image/x") | {"s": {"u": "x"}}}}),
    Part("animation", "media", (Media(MediaKind.GIF, "https://i.redd.it/p.gif"),), _link("https://i.redd.it/p.gif")),
    Part("film without address", "media", (), _link("https://v.redd.it/x", media={"reddit_video": {}})),
    Part("copy without address", "quote", None,
         {"crosspost_parent_list": [{"name": "t3_zz", "permalink": "http://["}]}),
    Part("deleted copy", "quote", Quote(f"{SITE}/r/x/comments/zz/", "deleted"),
         {"crosspost_parent_list": [{"permalink": "/r/x/comments/zz/", "selftext": "[deleted]"}]}),
    Part("no metadata", "media", (), _link(f"{SITE}/gallery/abc", is_gallery=True, media_metadata=None)),
    Part("poll", "poll",
         Poll((PollOption("Yes", 3), PollOption("No")), closes_at=dt.datetime(2026, 5, 1, 11, tzinfo=dt.UTC), voters=5),
         {"poll_data": {"options": [{"text": "Yes", "vote_count": 3}, {"text": "No"}],
                        "voting_end_timestamp": 1777633200000, "total_vote_count": 5}}),
    Part("crosspost", "quote",
         Quote(f"{SITE}/r/other/comments/zz/theirs/", "shown",
               Author("t2_ben", "u/ben", "ben", f"{SITE}/user/ben"), "Theirs\n\nx",
               "<p><strong>Theirs</strong></p><p>x</p>"),
         _link(f"{SITE}/r/other/comments/zz/", crosspost_parent="t3_zz", crosspost_parent_list=[_BEN])),
    Part("crosspost is no link", "links", (),
         _link("/r/other/comments/zz/", crosspost_parent="t3_zz", crosspost_parent_list=[_BEN])),
    Part("lost crosspost", "quote", Quote(f"{SITE}/comments/zz", "not shown"),
         _link("/r/other/comments/zz/", crosspost_parent="t3_zz")),
    Part("author", "author", Author("t2_ann", "u/ann", "ann", f"{SITE}/user/ann"), {}),
    Part("address", "url", SEED, {}),
]  # fmt: skip

"""Which posts and comments does a Lemmy server show, and what must be read of each?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from archiver import errors
from archiver.models import Outcome
from tests.sources.lemmy_server import LemmyServer, refused
from tests.sources.playing import Answer, Server

ROOT = "https://lemmy.example"


@dataclass(frozen=True)
class Case:
    """
    A server, what is asked of it, and what must come.

    Attributes:
        thread: Numbers of comments behind the post, in reading order; a gap is negative.
        side: The same, beside the thread.
        counts: Expected, captured, gaps; the post counts too.
        error: What is raised instead; `says` stands in its words, or in the reason.
    """

    name: str
    server: Callable[[], Server]
    path: str = "/post/1"
    thread: tuple[int, ...] = ()
    side: tuple[int, ...] = ()
    counts: tuple[int | None, int, int] | None = None
    error: type[errors.ArchiverError] | None = None
    says: str = ""
    field: str = ""


def talk(dialect: str = "v3") -> LemmyServer:
    """Ann posts and goes on in two comments of her own; others answer, and she answers them."""
    server = LemmyServer(ROOT, dialect)
    server.post(1, "ann")
    server.comment(11, "ann")
    server.comment(12, "bob")
    server.comment(13, "ann", 11)
    server.comment(14, "ann", 12)
    server.comment(15, "cy", 14)
    return server


def v4() -> LemmyServer:
    """Lemmy 1.0: other names, cursors, no v3."""
    return talk("v4")


def piefed() -> LemmyServer:
    """PieFed: its own base, and other names."""
    return talk("alpha")


def crowd() -> LemmyServer:
    """More comments than max_depth would ever show."""
    server = LemmyServer(ROOT)
    server.post(1, "ann")
    for number in range(1001, 1621):
        server.comment(number, "bob", number - 1 if 1001 < number < 1050 else None)
    return server


def deleted() -> LemmyServer:
    """Ann deleted one of her own, Bob one that was answered."""
    server = talk()
    server.delete(11)
    server.delete(12)
    return server


def hidden() -> LemmyServer:
    """Deleted comments are left out, and only the paths of others name them."""
    server = deleted()
    server.hides_deleted = True
    return server


def purged() -> LemmyServer:
    """Nothing is left of two comments but the paths of others."""
    server = talk()
    del server.comments[11], server.comments[12]
    return server


def unlisted() -> LemmyServer:
    """The author answers two hundred comments that are nowhere."""
    server = talk()
    for number in range(1000, 1200):
        server.comment(number, "ann", path=f"0.{number + 5000}.{number}")
    return server


def v4_crowd() -> LemmyServer:
    """Three pages, each named by the one before."""
    server = LemmyServer(ROOT, "v4")
    server.post(1, "ann")
    for number in range(1, 121):
        server.comment(number, "bob")
    return server


def circle() -> Server:
    """The next page is always the first."""
    server = LemmyServer(ROOT, "v4")
    server.post(1, "ann")
    server.comment(1, "bob")

    def answer(url: str) -> Answer:
        if "comment/list" in url:
            return Answer({"items": [server.comments[1]], "next_page": "x"})
        return server(url)

    return answer


def endless(dialect: str) -> Callable[[], Server]:
    """There is always one page more."""

    def made() -> Server:
        server = LemmyServer(ROOT, dialect)
        server.post(1, "ann")
        like = server.comment(1, "bob")
        pages = iter(range(1, 10_000))

        def answer(url: str) -> Answer:
            if "comment/list" not in url:
                return server(url)
            page = next(pages)
            numbers = range(page * 50, page * 50 + 50)
            comments = [
                like | {"comment": like["comment"] | {"id": n, "ap_id": f"{ROOT}/comment/{n}",
                                                      "path": f"0.{n}"}}
                for n in numbers
            ]  # fmt: skip
            return Answer({"comments": comments, "next_page": str(page)})

        return answer

    return made


def lacking() -> LemmyServer:
    """The server counts more than it shows."""
    server = talk()
    server.counted = 9
    return server


def boasting() -> LemmyServer:
    """The server counts a thousand million."""
    server = talk()
    server.counted = 10**9
    return server


def cycles() -> LemmyServer:
    """A comment hangs on itself, two on each other, one on a path without sense."""
    server = talk()
    for number, path in ((21, "0.21.21"), (22, "0.23.22"), (23, "0.22.23"), (24, ""), (25, "x.y")):
        server.comment(number, "dan", None, path=path)
    return server


def deep() -> LemmyServer:
    """A chain of 10,000, of which only the last is shown."""
    server = talk()
    path = ".".join(str(number) for number in range(100_000, 110_000))
    server.comment(30, "dan", None, path=f"0.{path}.30")
    return server


def one_bad() -> LemmyServer:
    """One comment cannot be placed, one cannot be read."""
    server = talk()
    server.comment(20, "bob", 11, ap_id=7)
    server.comment(21, "bob", 11, content={"a": 1})
    return server


def fixed(path: str, answer: Answer) -> Callable[[], Server]:
    """A server with one strange answer."""

    def made() -> LemmyServer:
        server = talk()
        server.fixed[path] = answer
        return server

    return made


def wrong(**fields: object) -> Callable[[], Server]:
    """A server whose post has wrong fields."""

    def made() -> LemmyServer:
        server = talk()
        server.posts[1]["post"] |= fields
        return server

    return made


def removed() -> LemmyServer:
    """A moderator removed the post."""
    server = talk()
    server.posts[1]["post"]["removed"] = True
    return server


POST = "/api/v3/post"
LIST = "/api/v3/comment/list"
HTML = Answer(body=b"<!doctype html><title>Log in</title>", mime="text/html")

CASES = (
    Case("own chain", talk, "/post/1", (11, 13), (12, 14, 15), (3, 3, 0), says="all comments"),
    Case("a comment leads to its post", talk, "/comment/15", (11, 13), (12, 14, 15), (3, 3, 0)),
    Case("a comment in a post", talk, "/post/1/15", (11, 13), (12, 14, 15), (3, 3, 0)),
    Case("v4", v4, "/post/1", (11, 13), (12, 14, 15), (3, 3, 0)),
    Case("v4 by a comment", v4, "/comment/12", (11, 13), (12, 14, 15), (3, 3, 0)),
    Case("PieFed", piefed, "/c/sea/p/1/post-1", (11, 13), (12, 14, 15), (3, 3, 0)),
    Case("crowd", crowd, "/post/1", (), tuple(range(1001, 1621)), (1, 1, 0)),
    Case("deleted", deleted, "/post/1", (-11, 13), (-12, 14, 15), (3, 2, 1)),
    Case("hidden", hidden, "/post/1", (-11, 13), (-12, 14, 15), (3, 2, 1)),
    Case("purged", purged, "/post/1", (), (-11, 13, -12, 14, 15), (1, 1, 0)),
    Case("v4 crowd", v4_crowd, "/post/1", (), tuple(range(1, 121)), (1, 1, 0)),
    Case("v4 in a circle", circle, "/post/1", (), (1,), (1, 1, 0)),
    Case("no comments", fixed(LIST, Answer({"posts": []})), counts=(None, 1, 0), says="not what"),
    Case("lacking", lacking, "/post/1", (11, 13), (12, 14, 15), (None, 3, 0), says="shows (4)"),
    Case("boasting", boasting, "/post/1", (11, 13), (12, 14, 15), (None, 3, 0)),
    Case("bad paths", cycles, "/post/1", (11, 13), (12, 14, 15, 24, 25, 21, 22, 23)),
    Case("one bad comment", one_bad, "/post/1", (11, 13), (12, 14, 15, -21), says="not what is"),
    Case("no list", fixed(LIST, HTML), "/post/1", counts=(None, 1, 0), says="not what is"),
    Case("list refused", fixed(LIST, Answer(status=403)), counts=(None, 1, 0), says="403"),
    Case("empty list", fixed(LIST, Answer([])), counts=(None, 1, 0), says="not what is"),
    Case(
        "no comments", fixed(LIST, Answer({"comments": []})), counts=(None, 1, 0), says="shows (5)"
    ),
)

REFUSALS = (
    Case("no such post", talk, "/post/9", error=errors.NotFound, says="does not know"),
    Case("no such comment", talk, "/comment/9", error=errors.NotFound, says="does not know"),
    Case("removed", removed, error=errors.NotFound, says="deleted or removed"),
    Case("closed", fixed(POST, Answer(status=401)), error=errors.AccessDenied, says="login"),
    Case(
        "limit",
        fixed(POST, Answer({"error": "rate_limit_error"}, 429, (("Retry-After", "7"),))),
        error=errors.RateLimited,
        says="7 s",
    ),
    Case("login page", fixed(POST, HTML), error=errors.ParseError, says="text/html"),
    Case("empty list", fixed(POST, Answer([])), error=errors.ParseError),
    Case("cut", fixed(POST, Answer(body=b'{"post_view')), error=errors.ParseError, says="JSON"),
    Case("timeout", fixed(POST, Answer(outcome=Outcome.TIMEOUT)), error=errors.FetchError),
    Case("id", wrong(id="x"), error=errors.ParseError, field="post_view.post.id"),
    Case("ap_id", wrong(ap_id="x"), error=errors.ParseError, field="post_view.post.ap_id"),
    Case("body", wrong(body=[1]), error=errors.ParseError, field="post_view.post.body"),
    Case("time", wrong(published=5), error=errors.ParseError, field="post_view.post.published"),
    Case(
        "another platform",
        fixed("/nodeinfo/2.1", Answer({"software": {"name": "discourse"}})),
        error=errors.NotThisPlatform,
        says="runs discourse",
    ),
    Case(
        "a blog",
        fixed("/.well-known/nodeinfo", Answer(status=404, body=b"", mime="text/html")),
        error=errors.NotThisPlatform,
        says="does not say",
    ),
    Case(
        "busy server",
        fixed("/.well-known/nodeinfo", refused("x", 429)),
        error=errors.RateLimited,
    ),
)

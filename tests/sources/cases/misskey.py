"""Which conversations does a Misskey server show, and what must be read of each?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from archiver import errors
from archiver.models import FetchRequest, Outcome
from tests.sources.misskey_server import MisskeyServer, key, refused
from tests.sources.playing import Answer, WholeServer

ROOT = "https://mk.example"


@dataclass(frozen=True)
class Case:
    """
    A server, what is asked of it, and what must come.

    Attributes:
        thread: Numbers of notes in reading order; a gap is negative.
        side: The same, beside the thread.
        counts: Expected, captured, gaps.
        error: What is raised instead; `says` stands in its words, or in the reason.
    """

    name: str
    server: Callable[[], WholeServer]
    seed: int = 1
    thread: tuple[int, ...] = ()
    side: tuple[int, ...] = ()
    counts: tuple[int | None, int, int] | None = None
    error: type[errors.ArchiverError] | None = None
    says: str = ""
    field: str = ""


def plain(*numbers: int) -> MisskeyServer:
    """A server with one self-thread."""
    server = MisskeyServer(ROOT)
    server.thread("ann", numbers or range(1, 6))
    return server


def long() -> MisskeyServer:
    """Longer than two pages of an author's notes."""
    return plain(*range(1, 251))


def busy() -> MisskeyServer:
    """Strangers answer, and the author answers them; 130 replies to one note are two pages."""
    server = plain(1, 2, 3)
    for number in range(10, 140):
        server.add(number, "bob", 2)
    server.add(200, "ann", 10)
    server.add(201, "bob", 200)
    return server


def second_try() -> MisskeyServer:
    """The author answers the first note twice."""
    server = plain(1, 2, 3)
    server.add(9, "ann", 1)
    return server


def quoted() -> MisskeyServer:
    """A quote of a note is listed among its children, and answers nothing."""
    server = plain(1, 2)
    server.add(5, "bob", renoteId=key(1))
    return server


def hidden_middle() -> MisskeyServer:
    """A note in the middle is for followers only."""
    server = plain()
    server.notes[key(3)]["visibility"] = "followers"
    return server


def deleted_reply() -> MisskeyServer:
    """The server counts a reply that it does not show."""
    server = plain()
    server.notes[key(2)]["repliesCount"] += 1
    return server


def renote() -> MisskeyServer:
    """A pure renote stands for what it passes on."""
    server = plain()
    server.add(40, "bob", text=None, renoteId=key(2))
    return server


def no_listing() -> MisskeyServer:
    """The author's notes are not told; replies are."""
    server = plain()
    server.fixed["/api/users/notes"] = refused("CREDENTIAL_REQUIRED", 401)
    return server


def own_parent() -> MisskeyServer:
    """A note answers itself, and two answer each other."""
    server = plain(1, 2)
    server.add(5, "bob", 1)
    server.add(6, "cy", 5)
    server.notes[key(5)]["replyId"] = key(6)
    server.add(7, "dan", 7)
    return server


def seed_own_parent() -> MisskeyServer:
    """The seed answers itself."""
    server = MisskeyServer(ROOT)
    server.add(1, "ann")["replyId"] = key(1)
    return server


def endless() -> WholeServer:
    """Every note has one more reply, for ever, each by another hand."""
    server = plain(1)

    def answer(request: FetchRequest) -> Answer:
        if request.url.endswith("notes/children"):
            above = request.body.decode().partition('"noteId":"a')[2][:7]
            if '"untilId"' in request.body.decode():
                return Answer([])
            note = dict(server.notes[key(1)])
            number = int(above)
            return Answer(
                [note | {"id": key(number + 1), "replyId": key(number), "userId": f"u{number}",
                         "repliesCount": 1}]
            )  # fmt: skip
        return server(request)

    return answer


def one_bad() -> MisskeyServer:
    """One of the replies has a number where a text is due, one a number for a note."""
    server = plain()
    server.add(20, "bob", 1, text=7)
    server.add(21, "bob", 1)
    server.notes[key(21)]["createdAt"] = "yesterday"
    return server


def future() -> MisskeyServer:
    """A note claims to be of the year 9999."""
    server = plain(1, 2)
    server.notes[key(2)]["createdAt"] = "9999-12-31T23:59:59.999Z"
    return server


def fixed(path: str, answer: Answer) -> Callable[[], WholeServer]:
    """A server with one strange answer."""

    def made() -> MisskeyServer:
        server = plain()
        server.fixed[path] = answer
        return server

    return made


def wrong(**fields: object) -> Callable[[], WholeServer]:
    """A server whose first note has wrong fields."""

    def made() -> MisskeyServer:
        server = plain(1)
        server.notes[key(1)] |= fields
        return server

    return made


SHOW = "/api/notes/show"
HTML = Answer(body=b"<!doctype html><title>Log in</title>", mime="text/html")

CASES = (
    Case("self-thread", plain, thread=(1, 2, 3, 4, 5), counts=(5, 5, 0)),
    Case("from the middle", plain, seed=4, thread=(1, 2, 3, 4, 5), counts=(5, 5, 0)),
    Case("long", long, seed=250, thread=tuple(range(1, 251)), counts=(250, 250, 0)),
    Case("busy", busy, thread=(1, 2, 3), side=(10, 200, 201, *range(11, 140)), counts=(3, 3, 0)),
    Case("second try", second_try, thread=(1, 2, 3), side=(9,), counts=(3, 3, 0)),
    Case("quote is no reply", quoted, thread=(1, 2), counts=(2, 2, 0)),
    Case("hidden middle", hidden_middle, thread=(1, 2, -3, 4, 5), says="1 of its posts is"),
    Case(
        "count",
        deleted_reply,
        thread=(1, 2, 3, 4, 5),
        counts=(None, 5, 0),
        says="shows (1)",
    ),
    Case("renote", renote, seed=40, thread=(1, 2, 3, 4, 5), counts=(5, 5, 0)),
    Case("no listing", no_listing, thread=(1, 2, 3, 4, 5), counts=(None, 5, 0), says="401"),
    Case("cycles", own_parent, thread=(1, 2), says=""),
    Case("own parent", seed_own_parent, thread=(1,), says="not to be seen"),
    Case("endless", endless, thread=(1,), side=tuple(range(2, 102)), says="100 levels only"),
    Case("one bad reply", one_bad, thread=(1, 2, 3, 4, 5), side=(-20,), says="not what is doc"),
    Case("future", future, thread=(1, 2), counts=(2, 2, 0)),
)

REFUSALS = (
    Case(
        "for followers",
        wrong(visibility="followers"),
        error=errors.AccessDenied,
        says="not for all",
    ),
    Case("no such note", plain, seed=99, error=errors.NotFound, says="no such note"),
    Case("login", fixed(SHOW, refused("SIGNIN_REQUIRED")), error=errors.AccessDenied, says="login"),
    Case(
        "limit",
        fixed(SHOW, Answer({"error": {}}, 429, (("Retry-After", "9"),))),
        error=errors.RateLimited,
        says="in 9 s",
    ),
    Case("bad id", fixed(SHOW, refused("INVALID_PARAM")), error=errors.FetchError, says="400"),
    Case("login page", fixed(SHOW, HTML), error=errors.ParseError, says="text/html"),
    Case("empty list", fixed(SHOW, Answer([])), error=errors.ParseError, says="misskey"),
    Case("cut", fixed(SHOW, Answer(body=b'{"id":"a000')), error=errors.ParseError, says="JSON"),
    Case("deep", fixed(SHOW, Answer(body=b"[" * 100_000)), error=errors.ParseError, says="JSON"),
    Case("broken off", fixed(SHOW, Answer({}, whole=False)), error=errors.FetchError, says="broke"),
    Case("timeout", fixed(SHOW, Answer(outcome=Outcome.TIMEOUT)), error=errors.FetchError),
    Case("id", wrong(id=7), error=errors.ParseError, field="id"),
    Case("text", wrong(text=["x"]), error=errors.ParseError, field="text"),
    Case("user", wrong(user="ann"), error=errors.ParseError, field="user"),
    Case("time", wrong(createdAt=None), error=errors.ParseError, field="createdAt"),
    Case("files", wrong(files={"a": 1}), error=errors.ParseError, field="files"),
    Case(
        "another platform",
        lambda: MisskeyServer(ROOT, software="wordpress"),
        error=errors.NotThisPlatform,
        says="runs wordpress",
    ),
    Case(
        "no word",
        fixed("/.well-known/nodeinfo", HTML),
        error=errors.NotThisPlatform,
        says="does not say",
    ),
    Case(
        "busy server",
        fixed("/.well-known/nodeinfo", Answer(status=503)),
        error=errors.FetchError,
        says="503",
    ),
)

"""Which conversations do ActivityPub servers show, and what must be read of each?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from archiver import errors
from archiver.models import FetchRequest, Outcome
from tests.sources.activitypub_server import (
    GONE_PAGE,
    MIME,
    NOT_FOUND,
    PAGE,
    ActivityPubServer,
    activity,
    many,
    raw,
)
from tests.sources.playing import Answer, WholeServer

ROOT = "https://social.example"
AWAY = "https://away.example"


@dataclass(frozen=True)
class Case:
    """
    A server, what is asked of it, and what must come.

    Attributes:
        thread: Numbers of posts in reading order; a gap is negative.
        side: The same, beside the thread.
        counts: Expected, captured, gaps.
        says: Stands in the reason.
    """

    name: str
    server: Callable[[], WholeServer]
    seed: str = f"{ROOT}/users/ann/statuses/1"
    thread: tuple[int, ...] = ()
    side: tuple[int, ...] = ()
    counts: tuple[int | None, int, int] | None = None
    says: str = ""


@dataclass(frozen=True)
class Refusal:
    """An answer to the seed, and the error that must come; `field` is where it stands."""

    name: str
    answer: Answer
    error: type[errors.ArchiverError]
    says: str = ""
    field: str = ""


def plain(*numbers: int) -> ActivityPubServer:
    """A server with one self-thread."""
    server = ActivityPubServer(ROOT)
    server.thread("ann", numbers or range(1, 6))
    return server


def post(number: int) -> str:
    """Give the id of a post of ann."""
    return f"{ROOT}/users/ann/statuses/{number}"


def by_address() -> WholeServer:
    """Replies are named by their address, and read page by page."""
    server = plain()
    server.embedded = False
    return server


def busy() -> WholeServer:
    """Strangers answer, and the author answers one of them; their replies are three pages."""
    server = plain(1, 2, 3)
    for number in range(10, 22):
        server.add(number, "bob", 2)
    server.add(30, "ann", 10)
    server.add(31, "ann", 30)
    return server


def with_context() -> ActivityPubServer:
    """Posts name the collection of their conversation."""
    server = plain()
    server.add(9, "bob", 2)
    server.contexts = True
    return server


def with_history() -> ActivityPubServer:
    """Posts name the collection of its activities, too."""
    server = with_context()
    server.history = True
    return server


def second_try() -> WholeServer:
    """The author answers the first post twice."""
    server = plain(1, 2, 3)
    server.add(9, "ann", 1)
    return server


def deleted_middle(
    *, contexts: bool, conversations: bool = True, tombstone: bool = True
) -> WholeServer:
    """The third of five posts is deleted."""
    server = plain()
    server.contexts = contexts
    server.conversations = conversations
    parents = dict(server.parents)
    server.delete(3, tombstone=tombstone)
    server.parents = parents
    return server


def for_followers() -> WholeServer:
    """A reply is for followers only; it is listed all the same."""
    server = plain(1, 2)
    server.add(3, "bob", 2, to=[f"{ROOT}/users/bob/followers"], cc=[])
    return server


def unlisted() -> WholeServer:
    """`Public` stands in cc, by its short name, as an object, or not in a list."""
    server = plain(1, 2, 3)
    server.notes[1] |= {"to": [], "cc": "as:Public"}
    server.notes[2] |= {"to": "Public", "cc": None}
    server.notes[3] |= {"to": {"id": "https://www.w3.org/ns/activitystreams#Public"}, "cc": 7}
    return server


def elsewhere() -> WholeServer:
    """A reply of another server, and an answer to it."""
    home, away = plain(1, 2), ActivityPubServer(AWAY)
    away.add(7, "bob", post(2))
    home.notes[7], home.parents[7] = away.notes[7], 2
    away.add(8, "cleo", 7)
    return many(home, away)


def copy() -> WholeServer:
    """Another server shows a copy; its id says where it was written."""
    home, away = plain(1, 2), ActivityPubServer(AWAY)
    away.fixed["/notes/x"] = activity(home.notes[1] | {"content": "<p>Forged</p>"})
    return many(home, away)


def forged_inside() -> WholeServer:
    """A page of replies holds a post of another server, with other words."""
    home, away = plain(1), ActivityPubServer(AWAY)
    away.add(7, "bob", post(1))
    forged = away.notes[7] | {"content": "<p>Forged</p>"}
    home.notes[1]["replies"] = {"type": "Collection", "items": [forged]}
    return many(home, away)


def inside() -> WholeServer:
    """Replies stand whole in their collection, out of order, as Create, object and address."""
    server = plain(1)
    server.thread("ann", (1, 2, 3, 4))
    notes = [server.notes[number] for number in (2, 3, 4)]
    made = {"type": "Create", "id": "x", "object": notes[2]}
    server.notes[1]["replies"] = {"type": "OrderedCollection", "orderedItems": [made, *notes[:2]]}
    for number in (2, 3, 4):
        server.notes[number]["replies"] = None
    return server


def broken_reply() -> WholeServer:
    """One listed reply is nonsense, one is an error, one has no author, one is no address."""
    server = plain(1, 2)
    page: dict[str, Any] = {
        "type": "CollectionPage",
        "items": [7, None, {}, post(2), post(50), post(51), post(52)],
    }
    server.notes[1]["replies"] = {"type": "Collection", "first": page}
    server.fixed["/users/ann/statuses/50"] = raw("{")
    server.fixed["/users/ann/statuses/51"] = Answer(status=500, body=b"")
    server.fixed["/users/ann/statuses/52"] = activity({"type": "Note", "id": post(52)})
    return server


def own_parent() -> WholeServer:
    """A post says that it answers itself, and lists itself."""
    server = plain(1)
    server.notes[1] |= {
        "inReplyTo": post(1),
        "replies": {"type": "Collection", "items": [post(1)]},
    }
    return server


def circle() -> WholeServer:
    """Three posts answer each other."""
    server = plain(1, 2, 3)
    server.notes[1]["inReplyTo"] = post(3)
    return server


def pages_in_a_circle() -> WholeServer:
    """The second page of replies leads to the first."""
    server = plain(1, 2)
    pages = f"{post(1)}/replies"
    server.notes[1]["replies"] = pages
    first = {"type": "CollectionPage", "items": [post(2)], "next": f"{pages}?page=2"}
    second = {"type": "CollectionPage", "items": [], "next": f"{pages}?page=1"}
    server.fixed[f"{urlsplit(pages).path}?page=1"] = activity(first)
    server.fixed[f"{urlsplit(pages).path}?page=2"] = activity(second)
    start = {"type": "Collection", "first": f"{pages}?page=1"}
    server.fixed[urlsplit(pages).path] = activity(start)
    return server


def endless_pages() -> WholeServer:
    """Every page of replies leads to a new one."""
    server = plain(1, 2)
    pages = f"{post(1)}/replies"
    server.notes[1]["replies"] = {"type": "Collection", "first": f"{pages}?page=1"}

    def answer(request: FetchRequest) -> Answer:
        if not request.url.startswith(f"{pages}?page="):
            return server(request)
        number = int(request.url.rpartition("=")[2])
        page: dict[str, Any] = {"type": "CollectionPage", "items": [post(2)]}
        return activity(page | {"next": f"{pages}?page={number + 1}"})

    return answer


def led_away() -> WholeServer:
    """Replies lead to another server, which nobody named."""
    server = plain(1, 2)
    page = {"type": "CollectionPage", "items": [post(2)], "next": "https://evil.example/page"}
    server.notes[1]["replies"] = {"type": "Collection", "first": page}
    return server


def opaque_context(value: object) -> Callable[[], WholeServer]:
    """The context is nothing that can be read."""

    def made() -> WholeServer:
        server = plain(1, 2)
        for number in (1, 2):
            server.notes[number] |= {"context": value, "conversation": "tag:x,2026:1"}
        return server

    return made


def broken_context() -> WholeServer:
    """The second page of the conversation cannot be read, so replies are followed."""
    server = with_context()
    server.fixed["/contexts/1/items?min=5"] = Answer(status=503, body=b"")
    return server


def lying_context() -> WholeServer:
    """The conversation's collection names posts of another conversation, and not its own."""
    server = plain(1, 2)
    server.add(50, "bob")
    server.contexts = True
    page = {"type": "Collection", "items": [post(1), server.id(50)]}
    server.fixed["/contexts/1"] = activity(page)
    return server


def lost_parent(status: int) -> Callable[[], WholeServer]:
    """The first post answers one that cannot be read."""

    def made() -> WholeServer:
        server = plain(1, 2)
        server.notes[1]["inReplyTo"] = f"{ROOT}/users/bob/statuses/90"
        server.fixed["/users/bob/statuses/90"] = Answer({"error": "no"}, status=status)
        return server

    return made


def without_lists() -> WholeServer:
    """Posts do not say what replies to them."""
    server = plain(1, 2)
    for number in (1, 2):
        server.notes[number]["replies"] = None
    return server


def closed_outbox() -> WholeServer:
    """The author's outbox is not shown."""
    server = plain(1, 2)
    server.fixed["/users/ann/outbox"] = NOT_FOUND
    return server


def half_closed() -> WholeServer:
    """A stranger's server is in secure mode, and another shows no replies."""
    home, away = plain(1, 2), ActivityPubServer(AWAY)
    for number in (7, 8):
        away.add(number, "bob", post(2))
        home.notes[number], home.parents[number] = away.notes[number], 2
    away.notes[8]["replies"] = f"{AWAY}/nothing"
    away.fixed["/users/bob/statuses/7"] = Answer({}, status=401)
    return many(home, away)


def crowded() -> WholeServer:
    """A page lists more than anybody reads."""
    server = plain(1, 2)
    items = [post(2), *[7] * 25_000]
    server.notes[1]["replies"] = {"type": "Collection", "items": items}
    return server


def context_inside() -> WholeServer:
    """The conversation's collection stands whole in its first post."""
    server = plain(1, 2, 3)
    members = [post(2), post(3), post(1), f"{ROOT}/gone"]
    first = {"type": "CollectionPage", "items": members}
    server.notes[1]["context"] = {"id": f"{ROOT}/c/1", "type": "Collection", "first": first}
    return server


def two_faced() -> WholeServer:
    """The reply's address leads to another server, which says that it is of a third."""
    home, away = plain(1), ActivityPubServer(AWAY)
    away.add(7, "bob", post(1))
    home.notes[1]["replies"] = {"type": "Collection", "items": [f"{ROOT}/fake"]}
    home.fixed["/fake"] = activity(away.notes[7])
    away.fixed["/users/bob/statuses/7"] = activity(
        away.notes[7] | {"id": "https://third.example/users/bob/statuses/7"}
    )
    return many(home, away)


def boost_of_a_boost() -> WholeServer:
    """Activities in activities, three deep."""
    server = plain(1, 2)
    for number, inner in (("1", post(1)), ("2", f"{ROOT}/act1"), ("3", f"{ROOT}/act2")):
        act = {"type": "Announce", "id": f"{ROOT}/act{number}", "object": inner}
        server.fixed[f"/act{number}"] = activity(act)
    return server


def moved() -> WholeServer:
    """The address for people redirects to the id."""
    server = plain(1, 2)
    server.fixed["/p/1"] = Answer(status=302, body=b"", headers=(("Location", post(1)),))
    return server


def limited_reply() -> WholeServer:
    """The server allows no more requests after a while."""
    server = plain(1, 2, 3)
    server.fixed[urlsplit(post(3)).path] = Answer({}, 429, (("Retry-After", "900"),))
    return server


def wrapped(kind: str) -> Callable[[], WholeServer]:
    """The seed is an activity that made or boosts the post."""

    def made() -> WholeServer:
        server = plain(1, 2)
        act = {"type": kind, "id": f"{ROOT}/act", "actor": f"{ROOT}/users/ann", "object": post(1)}
        server.fixed["/act"] = activity(act)
        return server

    return made


CASES = (
    Case("plain", plain, thread=(1, 2, 3, 4, 5), counts=(5, 5, 0), says="all that the servers"),
    Case("by address", by_address, thread=(1, 2, 3, 4, 5), counts=(5, 5, 0)),
    Case("from its end", plain, post(5), (1, 2, 3, 4, 5), counts=(5, 5, 0)),
    Case("page for people", plain, f"{ROOT}/@ann/3", (1, 2, 3, 4, 5), counts=(5, 5, 0)),
    Case(
        "busy", busy, f"{ROOT}/users/bob/statuses/12", (1, 2, 3), (10, 30, 31, *range(11, 22)),
        (3, 3, 0),
    ),
    Case("context", with_context, post(4), (1, 2, 3, 4, 5), (9,), (5, 5, 0)),
    Case("history", with_history, post(4), (1, 2, 3, 4, 5), (9,), (5, 5, 0)),
    Case("second try", second_try, thread=(1, 2, 3), side=(9,), counts=(3, 3, 0)),
    Case(
        "deleted middle, context", lambda: deleted_middle(contexts=True), post(5),
        (1, 2, -3, 4, 5), counts=(5, 4, 1), says="1 of its posts is deleted",
    ),
    Case(
        "removed middle, context", lambda: deleted_middle(contexts=True, tombstone=False), post(1),
        (1, 2, -3, 4, 5), counts=(5, 4, 1),
    ),
    Case(
        "deleted middle, group", lambda: deleted_middle(contexts=False), post(1),
        (1, 2, -3, 4, 5), counts=(5, 4, 1),
    ),
    Case(
        "deleted middle, group, from below", lambda: deleted_middle(contexts=False), post(5),
        (1, 2, -3, 4, 5), counts=(5, 4, 1),
    ),
    Case(
        "deleted middle, alone", lambda: deleted_middle(contexts=False, conversations=False),
        post(1), (1, 2), counts=(None, 2, 0), says="answer deleted ones may belong here (1)",
    ),
    Case(
        "deleted middle, alone, from below",
        lambda: deleted_middle(contexts=False, conversations=False), post(5), (4, 5),
        counts=(None, 2, 0), says="answers one that is not to be seen",
    ),
    Case(
        "closed outbox", closed_outbox, thread=(1, 2), counts=(None, 2, 0),
        says="outbox was not shown back to the first post",
    ),
    Case(
        "for followers", for_followers, thread=(1, 2), counts=(2, 2, 0),
        says="replies that are listed, but deleted or not public (1)",
    ),
    Case("unlisted", unlisted, thread=(1, 2, 3), counts=(3, 3, 0)),
    Case("elsewhere", elsewhere, thread=(1, 2), side=(7, 8), counts=(2, 2, 0)),
    Case("copy", copy, f"{AWAY}/notes/x", (1, 2), counts=(2, 2, 0)),
    Case("forged inside", forged_inside, thread=(1,), side=(7,), counts=(1, 1, 0)),
    Case(
        "inside", inside, thread=(1, 2, 3, 4), counts=(None, 4, 0), says="not every post has a list"
    ),
    Case(
        "broken reply", broken_reply, thread=(1, 2), counts=(None, 2, 0),
        says="replies that are listed and could not be read (3)",
    ),
    Case("own parent", own_parent, thread=(1,), counts=(1, 1, 0)),
    Case("circle", circle, post(2), (1, 2, 3), says="in a circle"),
    Case("pages in a circle", pages_in_a_circle, thread=(1, 2), says="lead in a circle"),
    Case("endless pages", endless_pages, thread=(1, 2), says="it was read for 60 pages only"),
    Case("led away", led_away, thread=(1, 2), says="lead to another server"),
    Case("context that is a tag", opaque_context("tag:x,2026:1"), thread=(1, 2), counts=(2, 2, 0)),
    Case("context that is a number", opaque_context(7), thread=(1, 2), counts=(2, 2, 0)),
    Case("context that is a post", opaque_context(post(2)), thread=(1, 2), counts=(2, 2, 0)),
    Case("context that is gone", opaque_context(f"{ROOT}/gone"), thread=(1, 2), counts=(2, 2, 0)),
    Case(
        "broken context", broken_context, thread=(1, 2, 3, 4, 5), side=(9,), counts=(None, 5, 0),
        says="could not be read whole (status 503)",
    ),
    Case("lying context", lying_context, thread=(1, 2), counts=(2, 2, 0)),
    Case("lost parent", lost_parent(404), post(2), (1, 2), says="answers one that is not to be"),
    Case("closed parent", lost_parent(403), post(2), (1, 2), says="answers one that is not to be"),
    Case("without lists", without_lists, post(2), (1, 2), counts=(None, 2, 0)),
    Case(
        "half closed", half_closed, thread=(1, 2), side=(8,), counts=(2, 2, 0),
        says="listed and could not be read (1); not all replies could be read (status 404)",
    ),
    Case("crowded", crowded, thread=(1, 2), counts=(None, 2, 0), says="more than 20,000"),
    Case("moved", moved, f"{ROOT}/p/1", (1, 2), counts=(2, 2, 0)),
    Case("limited", limited_reply, thread=(1, 2), counts=(None, 2, 0), says="allowed no more"),
    Case("made", wrapped("Create"), f"{ROOT}/act", (1, 2), counts=(2, 2, 0)),
    Case("boosted thrice", boost_of_a_boost, f"{ROOT}/act3", (1, 2), counts=(2, 2, 0)),
    Case("context inside", context_inside, post(2), (1, 2, 3), counts=(3, 3, 0)),
    Case(
        "two-faced", two_faced, thread=(1,), counts=(None, 1, 0),
        says="listed and could not be read (1)",
    ),
    Case("boosted", wrapped("Announce"), f"{ROOT}/act", (1, 2), counts=(2, 2, 0)),
)  # fmt: skip


def _note(**fields: object) -> Answer:
    return activity(plain(1).notes[1] | fields)


REFUSALS = (
    Refusal("page", PAGE, errors.NotThisPlatform),
    Refusal("page that is gone", GONE_PAGE, errors.NotThisPlatform),
    Refusal(
        "login page", Answer(body=b"<form>", mime="text/html", status=401), errors.NotThisPlatform
    ),
    Refusal("not acceptable", Answer({}, status=406), errors.NotThisPlatform),
    Refusal("plain JSON", Answer(plain(1).notes[1]), errors.NotThisPlatform),
    Refusal(
        "linked data of another kind",
        Answer(plain(1).notes[1], mime="application/ld+json"),
        errors.NotThisPlatform,
    ),
    Refusal(
        "profile that only looks alike",
        Answer({}, mime='application/ld+json; profile="https://www.w3.org/ns/activitystreamsx"'),
        errors.NotThisPlatform,
    ),
    Refusal("removed", NOT_FOUND, errors.NotFound, "is not there (404)"),
    Refusal("tombstone", activity({"type": "Tombstone", "id": post(1)}), errors.NotFound),
    Refusal("gone", activity({"type": "Tombstone"}, status=410), errors.NotFound),
    Refusal(
        "secure mode", Answer({"error": "sign"}, status=401), errors.CredentialMissing, "signed ="
    ),
    Refusal("closed", Answer({"error": "no"}, status=403), errors.CredentialMissing),
    Refusal(
        "busy", Answer({}, 429, (("Retry-After", "30"),)), errors.RateLimited, "again in 30 s"
    ),
    Refusal("broken server", Answer(body=b"<p>", mime="text/html", status=502), errors.FetchError),
    Refusal("no answer", Answer(outcome=Outcome.TIMEOUT), errors.FetchError),
    Refusal("broken off", raw('{"type":', whole=False), errors.FetchError, "broke off"),
    Refusal("truncated", raw('{"type": "Note", "id"'), errors.ParseError, "JSON was due"),
    Refusal("nested", raw("[" * 100_000), errors.ParseError),
    Refusal("not UTF-8", Answer(body=b'{"a": "\xff"}', mime=MIME), errors.ParseError),
    Refusal("list", activity([]), errors.ParseError),
    Refusal("empty", activity({}), errors.ParseError, field="id"),
    Refusal("of no type", _note(type=None), errors.ParseError, field="type"),
    Refusal("of another type", _note(type="Collection"), errors.ParseError, field="type"),
    Refusal("type of numbers", _note(type=[1, {}]), errors.ParseError, field="type"),
    Refusal("without an id", _note(id=None), errors.ParseError, field="id"),
    Refusal("id that is a number", _note(id=5), errors.ParseError, field="id"),
    Refusal("id that is script", _note(id="javascript:alert(1)"), errors.ParseError, field="id"),
    Refusal("without an author", _note(attributedTo=None), errors.ParseError, field="attributedTo"),
    Refusal(
        "author of another server", _note(attributedTo=f"{AWAY}/users/ann"), errors.ParseError,
        "author of another server", "attributedTo",
    ),
    Refusal("author that is a number", _note(attributedTo=[5]), errors.ParseError,
            field="attributedTo"),
    Refusal("for followers", _note(to=[f"{ROOT}/users/ann/followers"], cc=[]), errors.NotFound,
            "is not public"),
    Refusal("direct message", _note(to=[f"{AWAY}/users/bob"], cc=None), errors.NotFound,
            "is not public"),
    Refusal("activity of nothing", activity({"type": "Create", "id": post(1), "object": 7}),
            errors.ParseError, field="object"),
    Refusal("another's id", _note(id=f"{AWAY}/users/ann/statuses/1"), errors.NotFound),
    Refusal("actor without an outbox", activity({"type": "Person", "id": post(1)}),
            errors.ParseError, field="outbox"),
    Refusal("actor with a foreign outbox",
            activity({"type": "Person", "id": post(1), "outbox": f"{AWAY}/outbox"}),
            errors.ParseError, field="outbox"),
)  # fmt: skip

"""Exchanges with Bluesky after its documented shapes, and what each comes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from archiver import errors
from archiver.models import Outcome
from tests.sources.bluesky_capture import LIST, RECORD, SEED, THREAD, of_five
from tests.sources.bluesky_server import BlueskyServer, Json, failed
from tests.sources.playing import Answer


@dataclass(frozen=True)
class Case:
    """
    A thread of five posts, changed.

    Attributes:
        change: What is done to the servers; may give another seed.
        thread: Numbers of the posts of the thread; gaps are `-`.
        sides: The same of what hangs beside it.
        reason: A part of what is said about completeness.
    """

    name: str
    change: Callable[[BlueskyServer], str | None]
    thread: str = "100 101 102 103 104"
    sides: str = ""
    reason: str = "checked against the author's own posts"


@dataclass(frozen=True)
class Refused:
    """An answer after which there is no thread: what the AppView says, and which error it is."""

    name: str
    answer: Answer
    kind: type[errors.ArchiverError]


def _nothing(server: BlueskyServer) -> None:
    """The servers as they are."""


def _by_reply(server: BlueskyServer) -> str:
    return server.page_of(server.uri(104, "desk"))


def _stranger(server: BlueskyServer) -> None:
    """Root A, stranger X, and A twice below: no part of the thread (trap 4)."""
    other = server.add(200, "eve", server.uri(101, "desk"))
    server.add(202, "desk", server.add(201, "desk", other))


def _deleted_middle(server: BlueskyServer) -> None:
    server.delete(server.uri(102, "desk"))


def _deleted_first(server: BlueskyServer) -> str:
    server.delete(server.uri(100, "desk"))
    return server.page_of(server.uri(103, "desk"))


def _second_try(server: BlueskyServer) -> None:
    """The author answered a post of the thread twice: the older one goes on."""
    server.add(300, "desk", server.uri(101, "desk"))


def _own_parent(server: BlueskyServer) -> None:
    """A reply that says it answers itself."""
    uri = server.uri(300, "desk")
    root = server.uri(100, "desk")
    server.add(300, "desk", reply={"root": {"uri": root}, "parent": {"uri": uri}})


def _circle(server: BlueskyServer) -> None:
    """Two replies that answer each other."""
    root = {"uri": server.uri(100, "desk")}
    for one, other in ((300, 301), (301, 300)):
        parent = {"uri": server.uri(other, "desk")}
        server.add(one, "desk", reply={"root": root, "parent": parent})


def _future(server: BlueskyServer) -> None:
    """The author's software is a century ahead; the network saw the post today."""
    server.records[server.uri(101, "desk")]["createdAt"] = "2126-01-01T00:00:00Z"


def _hostile_words(server: BlueskyServer) -> None:
    record = server.records[server.uri(102, "desk")]
    record["facets"] = [
        {"index": {"byteStart": -5, "byteEnd": 10**30}, "features": [{"$type": "x"}]},
        {
            "index": {"byteStart": 0, "byteEnd": 4},
            "features": [{"$type": "app.bsky.richtext.facet#link", "uri": "javascript:alert(1)"}],
        },
        {"features": []},
    ]


def _empty_list(server: BlueskyServer) -> None:
    server.fixed[LIST] = Answer({"records": []})


def _list_in_circles(server: BlueskyServer) -> None:
    """A repository that always gives the same page."""
    server.fixed[LIST] = Answer({"records": [{"uri": "x"}], "cursor": "again"})


def _login_page_for_list(server: BlueskyServer) -> None:
    server.fixed[LIST] = Answer(body=b"<!doctype html>Log in", mime="text/html")


def _deep_tree(server: BlueskyServer) -> None:
    """Ten thousand levels of JSON: no decoder reads that, and the repository has the thread."""
    server.fixed[THREAD] = Answer(
        body=b'{"thread":' + b'{"replies":[' * 10_000 + b"]}" * 10_000 + b"}"
    )


def _odd_branch(server: BlueskyServer) -> None:
    """A stranger's reply of another shape takes nothing else with it."""
    answer = server(f"https://public.api.bsky.app{THREAD}?uri={server.uri(100, 'desk')}")
    assert isinstance(answer.value, dict)
    branches: list[Json] = [{"post": []}, {"post": {}, "replies": 5}, {"post": {"uri": 7}}]
    for odd in branches:
        answer.value["thread"]["replies"].append(odd)
    server.fixed[THREAD] = answer


WHOLE: tuple[Case, ...] = (
    Case("as it is", _nothing),
    Case("by its last post", _by_reply),
    Case("a stranger's branch", _stranger, sides="200 201 202"),
    Case("deleted middle post", _deleted_middle, "100 101 - 103 104", reason="1 of its posts is"),
    Case("deleted first post", _deleted_first, "- 101 102 103 104", reason="1 of its posts is"),
    Case("second try of the author", _second_try, sides="300"),
    Case("its own parent", _own_parent, sides="300"),
    Case("circle", _circle, sides="300 301"),
    Case("time in the future", _future),
    Case("hostile words", _hostile_words),
    Case("empty list", _empty_list),
    Case("list in circles", _list_in_circles),
    Case("login page for a list", _login_page_for_list, reason="repository could not be read"),
    Case("ten thousand levels", _deep_tree, reason="not understood: read from its author's"),
    Case("odd branch", _odd_branch, reason="was not understood"),
)

REFUSED: tuple[Refused, ...] = (
    Refused("not found", failed("NotFound"), errors.NotFound),
    Refused("not found, shown", Answer({"thread": {"$type": "x#notFoundPost"}}), errors.NotFound),
    Refused("blocked", Answer({"thread": {"$type": "x#blockedPost"}}), errors.AccessDenied),
    Refused("taken down", failed("AccountTakedown"), errors.AccessDenied),
    Refused("wrong request", failed("InvalidRequest"), errors.FetchError),
    Refused("400 of a proxy", Answer(status=400, body=b"<html>"), errors.FetchError),
    Refused("login", Answer(status=401), errors.AccessDenied),
    Refused("no more requests", Answer(status=429), errors.RateLimited),
    Refused("bad gateway", Answer(status=502), errors.FetchError),
    Refused("no name", Answer(outcome=Outcome.DNS_ERROR), errors.FetchError),
    Refused("broken off", Answer(whole=False), errors.FetchError),
    Refused("login page", Answer(body=b"<!doctype html>", mime="text/html"), errors.ParseError),
    Refused("null", Answer({"thread": None}), errors.ParseError),
    Refused("list", Answer({"thread": []}), errors.ParseError),
    Refused("no post", Answer({"thread": {"$type": "x#threadViewPost"}}), errors.ParseError),
    Refused("not UTF-8", Answer(body=b'{"thread":{"post":{"uri":"\xff"}}}'), errors.ParseError),
    Refused("too deep", Answer(body=b"[" * 100_000), errors.ParseError),
)


def server_of(case: Case) -> tuple[BlueskyServer, str]:
    """Give the servers of a case, and the seed."""
    server = of_five()
    return server, case.change(server) or SEED


def server_refusing(case: Refused) -> BlueskyServer:
    """Give servers of which neither the AppView nor the repository shows the post."""
    server = of_five()
    server.fixed[THREAD] = case.answer
    server.fixed[RECORD] = Answer(status=503)
    return server

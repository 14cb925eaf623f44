"""Which threads does each software of the Mastodon API show, and what must be read of each?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from archiver import errors
from archiver.models import FetchRequest
from tests.sources.mastodon_family import (
    AKKOMA,
    FRIENDICA,
    GOTOSOCIAL,
    PIXELFED,
    PLEROMA,
    Dialect,
    FamilyServer,
)
from tests.sources.mastodon_server import MastodonServer
from tests.sources.playing import Answer, WholeServer

ROOT = "https://social.example"
HTML = Answer(body=b"<!doctype html><title>Sign in</title>", mime="text/html")


@dataclass(frozen=True)
class Case:
    """
    A server, what is asked of it, and what must come.

    Attributes:
        texts: Of the thread's posts, in reading order.
        counts: Expected, captured, gaps.
        native_id: Of the thread; not looked at if empty.
        error: What is raised instead; `says` stands in its words, or in the reason.
    """

    name: str
    server: Callable[[], WholeServer]
    url: str
    texts: tuple[str, ...] = ()
    counts: tuple[int | None, int, int] | None = None
    native_id: str = ""
    error: type[errors.ArchiverError] | None = None
    says: str = ""


def family(
    dialect: Dialect, *, token: str = "", objects: bool = True
) -> Callable[[], FamilyServer]:
    """Make a server of a dialect with a thread of three posts and a stranger's answer."""

    def made() -> FamilyServer:
        server = FamilyServer(dialect)
        server.plain.thread("desk", range(100, 103))
        server.plain.add(110, "eve", 101)
        server.token, server.shows_objects = token, objects
        return server

    return made


def url_of(dialect: Dialect, number: int, shape: str = "") -> str:
    """Give the address of a post."""
    return FamilyServer(dialect).seed(number, shape)


def only(answers: dict[str, Answer], otherwise: Answer) -> Callable[[], WholeServer]:
    """Make a server of a few answers by path."""

    def server(request: FetchRequest) -> Answer:
        path = request.url.removeprefix(ROOT).partition("?")[0]
        return answers.get(path, otherwise)

    return lambda: server


def software(name: str) -> dict[str, Answer]:
    """Give the answers by which a server says what it runs."""
    rel = "http://nodeinfo.diaspora.software/ns/schema/2.0"
    return {
        "/.well-known/nodeinfo": Answer({"links": [{"rel": rel, "href": f"{ROOT}/n"}]}),
        "/n": Answer({"software": {"name": name}}),
    }


def silent() -> WholeServer:
    """A thread on a server that says 404 to nodeinfo."""
    server = MastodonServer(ROOT)
    server.thread("desk", range(100, 103))
    server.software = ""
    return lambda request: server(request.url)


THREE = ("Post 100", "Post 101", "Post 102")
GONE = Answer(status=404, body=b"<h1>Not found</h1>", mime="text/html")
NO_SUCH_API = Answer({"error": {"code": "UNKNOWN_API_ENDPOINT"}}, status=404)
WHOLE = (3, 3, 0)
UUID = "00000064-0000-4000-8000-000000000000"

CASES = [
    Case("mastodon that tells no nodeinfo", silent, f"{ROOT}/@desk/102", THREE, WHOLE),
    Case(
        "pleroma by notice",
        family(PLEROMA),
        url_of(PLEROMA, 101),
        THREE,
        WHOLE,
        native_id=f"{ROOT}/objects/{UUID}",
    ),
    Case("pleroma by object", family(PLEROMA), f"{ROOT}/objects/{UUID}", THREE, WHOLE),
    Case("akkoma by object", family(AKKOMA), url_of(AKKOMA, 102, AKKOMA.uri), THREE, WHOLE),
    Case(
        "akkoma whose objects do not lead on",
        family(AKKOMA, objects=False),
        url_of(AKKOMA, 102, AKKOMA.uri),
        THREE,
        WHOLE,
    ),
    Case("gotosocial", family(GOTOSOCIAL), url_of(GOTOSOCIAL, 101), THREE, WHOLE),
    Case(
        "gotosocial by its id",
        family(GOTOSOCIAL),
        url_of(GOTOSOCIAL, 101, GOTOSOCIAL.uri),
        THREE,
        WHOLE,
    ),
    Case("pixelfed without words", family(PIXELFED), url_of(PIXELFED, 101), ("", "", ""), WHOLE),
    Case("friendica by search", family(FRIENDICA), url_of(FRIENDICA, 101), THREE, WHOLE),
    Case(
        "object that nobody finds",
        only(
            software("akkoma") | {"/api/v2/search": Answer({"statuses": []})},
            Answer(status=200, body=b"<html>", mime="text/html"),
        ),
        f"{ROOT}/objects/{UUID}",
        error=errors.CredentialMissing,
        says="does not show this without a login",
    ),
    Case(
        "object of which the search finds others",
        only(
            software("akkoma")
            | {"/api/v2/search": Answer({"statuses": [MastodonServer(ROOT).add(7, "eve")]})},
            Answer(status=200, body=b"<html>", mime="text/html"),
        ),
        f"{ROOT}/objects/{UUID}",
        error=errors.CredentialMissing,
    ),
    Case(
        "closed to strangers",
        family(GOTOSOCIAL, token="secret"),
        url_of(GOTOSOCIAL, 101),
        error=errors.CredentialMissing,
        says="ARCHIVER_MASTODON_TOKENS=social.example=TOKEN",
    ),
    Case(
        "misskey",
        only(software("misskey"), NO_SUCH_API),
        f"{ROOT}/@desk/1",
        error=errors.NotThisPlatform,
        says="social.example runs misskey",
    ),
    Case(
        "wordpress with a login page",
        only(software("wordpress"), HTML),
        f"{ROOT}/@desk/1",
        error=errors.NotThisPlatform,
        says="runs wordpress",
    ),
    Case(
        "another platform that refuses strangers",
        only(software("lemmy"), Answer(status=403)),
        f"{ROOT}/@desk/1",
        error=errors.NotThisPlatform,
        says="runs lemmy",
    ),
    Case(
        "no server of this kind",
        only({}, GONE),
        f"{ROOT}/@desk/1",
        error=errors.NotThisPlatform,
        says="runs nothing that answers as Mastodon does",
    ),
    Case(
        "mastodon that shows a login page",
        only(software("mastodon"), HTML),
        f"{ROOT}/@desk/1",
        error=errors.ParseError,
        says="text/html came where JSON was due",
    ),
    Case(
        "mastodon that broke off",
        only(software("mastodon"), Answer(body=b'{"id":"1","uri":', mime="application/json")),
        f"{ROOT}/@desk/1",
        error=errors.ParseError,
        says="/api/v1/statuses/1: application/json came where JSON was due",
    ),
    Case(
        "mastodon that is down",
        only({}, Answer(status=503)),
        f"{ROOT}/@desk/1",
        error=errors.FetchError,
        says="503",
    ),
    Case(
        "post that is not there, in the words of the API",
        only({}, Answer({"error": "Record not found"}, status=404)),
        f"{ROOT}/@desk/1",
        error=errors.NotFound,
        says="is not there (404)",
    ),
]

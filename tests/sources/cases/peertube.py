"""Which videos and comments does a PeerTube server show, and what must be read of each?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from archiver import errors
from archiver.models import Outcome
from tests.sources.peertube_server import UUID, PeerTubeServer, refused
from tests.sources.playing import Answer, Server

ROOT = "https://tube.example"


@dataclass(frozen=True)
class Case:
    """
    A server, what is asked of it, and what must come.

    Attributes:
        thread: Numbers of comments behind the video, in reading order; a gap is negative.
        side: The same, beside the thread.
        counts: Expected, captured, gaps; the video counts too.
        error: What is raised instead; `says` stands in its words, or in the reason.
    """

    name: str
    server: Callable[[], Server]
    thread: tuple[int, ...] = ()
    side: tuple[int, ...] = ()
    counts: tuple[int | None, int, int] | None = None
    error: type[errors.ArchiverError] | None = None
    says: str = ""
    field: str = ""


def talk() -> PeerTubeServer:
    """The desk goes on in a comment of its own; others answer, and it answers them."""
    server = PeerTubeServer(ROOT)
    server.comment(1, "ann")
    server.comment(2, "desk")
    server.comment(3, "desk", 2)
    server.comment(4, "desk", 1)
    server.comment(5, "bob", 4)
    return server


def crowd() -> PeerTubeServer:
    """Three pages of threads."""
    server = PeerTubeServer(ROOT)
    for number in range(1, 251):
        server.comment(number, "ann")
    return server


def deleted() -> PeerTubeServer:
    """A comment that was answered is deleted: nobody knows any more whose it was."""
    server = talk()
    server.delete(2)
    server.delete(1)
    return server


def closed() -> PeerTubeServer:
    """The author allows no comments."""
    server = talk()
    assert server.video is not None
    server.video["commentsPolicy"] = {"id": 2, "label": "Disabled"}
    server.video["comments"] = 0
    return server


def blocked() -> PeerTubeServer:
    """A comment answers one that the server does not show."""
    server = talk()
    server.comment(7, "cy", 5)
    server.comments[7]["inReplyToCommentId"] = 99
    server.comments[7]["threadId"] = 1
    server.comments[1]["totalReplies"] += 1
    tree = server._tree(1)
    tree["children"].append({"comment": server.comments[7], "children": None})
    server.fixed[f"/api/v1/videos/{UUID}/comment-threads/1"] = Answer(tree)
    return server


def held() -> PeerTubeServer:
    """A comment waits for approval."""
    server = talk()
    server.comment(8, "cy", heldForReview=True)
    return server


def live() -> PeerTubeServer:
    """A stream that runs."""
    server = PeerTubeServer(ROOT)
    assert server.video is not None
    server.video |= {"isLive": True, "files": []}
    return server


def waiting() -> PeerTubeServer:
    """A video that is still worked on."""
    server = PeerTubeServer(ROOT)
    assert server.video is not None
    server.video |= {"state": {"id": 2, "label": "To transcode"}, "files": []}
    return server


def one_bad() -> PeerTubeServer:
    """One comment cannot be placed, one cannot be read."""
    server = talk()
    server.comment(20, "bob", url=7)
    server.comment(21, "bob", text={"a": 1})
    return server


def cycles() -> PeerTubeServer:
    """Comments answer themselves and each other."""
    server = talk()
    first = {**server.comments[1]}
    loops = [
        first | {"id": 31, "url": f"{ROOT}/videos/watch/{UUID}/comments/31"},
        first | {"id": 32, "url": f"{ROOT}/videos/watch/{UUID}/comments/32"},
        first | {"id": 33, "url": f"{ROOT}/videos/watch/{UUID}/comments/33"},
    ]
    for each, above in zip(loops, (31, 33, 32), strict=True):
        each["inReplyToCommentId"] = above
    tree = server._tree(1)
    tree["children"] += [{"comment": each, "children": []} for each in loops]
    server.fixed[f"/api/v1/videos/{UUID}/comment-threads/1"] = Answer(tree)
    return server


def deep() -> PeerTubeServer:
    """A tree so deep that no reader of JSON takes it."""
    server = talk()
    body = b'{"comment":null,"children":[' * 20_000 + b"]}" * 20_000
    server.fixed[f"/api/v1/videos/{UUID}/comment-threads/1"] = Answer(body=body)
    return server


def fixed(path: str, answer: Answer) -> Callable[[], Server]:
    """A server with one strange answer."""

    def made() -> PeerTubeServer:
        server = talk()
        server.fixed[path] = answer
        return server

    return made


def wrong(**fields: object) -> Callable[[], Server]:
    """A server whose video has wrong fields."""

    def made() -> PeerTubeServer:
        server = talk()
        assert server.video is not None
        server.video |= fields
        return server

    return made


def gone() -> PeerTubeServer:
    """The video is not there."""
    server = PeerTubeServer(ROOT)
    server.video = None
    return server


SHORT = "/api/v1/videos/kkGMgK9ZtnKfYAgnEtQxbv"
THREADS = f"/api/v1/videos/{UUID}/comment-threads"
HTML = Answer(body=b"<!doctype html><title>Log in</title>", mime="text/html")
PASSWORD = refused(401, "Please provide a password", "https://x/video_requires_password")

CASES = (
    Case("comments", talk, (2, 3), (1, 4, 5), (3, 3, 0), says="all comments"),
    Case("crowd", crowd, (), tuple(range(1, 251)), (1, 1, 0)),
    Case("deleted", deleted, (), (-1, 4, 5, -2, 3), (1, 1, 0)),
    Case("closed", closed, (), (), (1, 1, 0), says="allows no comments"),
    Case("blocked", blocked, (2, 3), (1, 4, 5, -99, 7), (3, 3, 0)),
    Case("held", held, (2, 3), (1, 4, 5), (None, 3, 0), says="shows (1)"),
    Case("live", live, (), (), (1, 1, 0), says="no file of the video yet (it is live)"),
    Case("waiting", waiting, (), (), (1, 1, 0), says="(To transcode)"),
    Case("one bad comment", one_bad, (2, 3), (1, 4, 5, -21), says="not what is documented"),
    Case("cycles", cycles, (2, 3), (1, 4, 5, 31, 32, 33)),
    Case("deep", deep, (2, 3), (1,), (None, 3, 0), says="not what is documented"),
    Case("no list", fixed(THREADS, HTML), counts=(None, 1, 0), says="not what is"),
    Case("list refused", fixed(THREADS, Answer(status=403)), counts=(None, 1, 0), says="403"),
    Case("empty list", fixed(THREADS, Answer([])), counts=(None, 1, 0), says="not what is"),
    Case("no data", fixed(THREADS, Answer({"total": 5})), counts=(None, 1, 0), says="not what"),
    Case("no subtitles", fixed(f"/api/v1/videos/{UUID}/captions", Answer(status=500)), (2, 3),
         (1, 4, 5), (3, 3, 0), says="subtitles could not be listed (500)"),
)  # fmt: skip

REFUSALS = (
    Case("gone", gone, error=errors.NotFound, says="not there"),
    Case("password", fixed(SHORT, PASSWORD), error=errors.AccessDenied, says="login"),
    Case("private", fixed(SHORT, refused(403, "private")), error=errors.AccessDenied),
    Case("internal", wrong(privacy={"id": 4}), error=errors.NotFound, says="not public"),
    Case(
        "limit",
        fixed(SHORT, Answer({"status": 429}, 429, (("Retry-After", "7"),))),
        error=errors.RateLimited,
        says="7 s",
    ),
    Case("login page", fixed(SHORT, HTML), error=errors.ParseError, says="text/html"),
    Case("empty list", fixed(SHORT, Answer([])), error=errors.ParseError),
    Case("cut", fixed(SHORT, Answer(body=b'{"uuid":')), error=errors.ParseError, says="JSON"),
    Case("timeout", fixed(SHORT, Answer(outcome=Outcome.TIMEOUT)), error=errors.FetchError),
    Case("url", wrong(url="javascript:1"), error=errors.ParseError, field="url"),
    Case("description", wrong(description=[1]), error=errors.ParseError, field="description"),
    Case("files", wrong(files={"a": 1}), error=errors.ParseError, field="files"),
    Case("account", wrong(account=None), error=errors.ParseError, field="account"),
    Case("size", wrong(files=[{"fileUrl": "https://x.example/a", "size": "big"}]),
         error=errors.ParseError, field="files[0].size"),
    Case(
        "another platform",
        fixed("/nodeinfo/2.1", Answer({"software": {"name": "mastodon"}})),
        error=errors.NotThisPlatform,
        says="runs mastodon",
    ),
)  # fmt: skip

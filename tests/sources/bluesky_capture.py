"""How is a thread of the function server captured, and what came of it?"""

from __future__ import annotations

from archiver.models import Branch, KnownPost, ThreadObservation
from archiver.sources.bluesky import Bluesky
from tests.sources.bluesky_server import APPVIEW, PLC, BlueskyServer, rkey
from tests.sources.playing import Server, thread_of

SOURCE = Bluesky(appview=APPVIEW, plc=PLC)
SEED = f"https://bsky.app/profile/desk.example/post/{rkey(100)}"
THREAD = "/xrpc/app.bsky.feed.getPostThread"
LIST = "/xrpc/com.atproto.repo.listRecords"
RECORD = "/xrpc/com.atproto.repo.getRecord"
FEED = "/xrpc/app.bsky.feed.getAuthorFeed"
PROFILE = "/xrpc/app.bsky.actor.getProfile"


def capture(
    server: Server, url: str = SEED, known: tuple[KnownPost, ...] = ()
) -> ThreadObservation:
    """Capture a thread of the server."""
    return thread_of(SOURCE, url, server, known)


def shown(seen: ThreadObservation, branch: Branch = Branch.THREAD) -> list[str]:
    """Give the numbers of posts in reading order; gaps are `-`."""
    return [
        "-" if post.gap else post.text.removeprefix("Post ")
        for post in seen.posts
        if post.branch is branch
    ]


def of_five() -> BlueskyServer:
    """Make servers with a thread of five posts."""
    server = BlueskyServer()
    server.thread("desk", range(100, 105))
    return server


def tree_of(number: int, name: str = "desk") -> str:
    """Give path and query under which the tree around a post is asked for."""
    uri = BlueskyServer().uri(number, name)
    return f"{THREAD}?uri={uri}&depth=300&parentHeight=300"

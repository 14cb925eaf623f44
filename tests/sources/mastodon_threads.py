"""What do the tests of Mastodon threads share? A source, and a thread of five posts."""

from __future__ import annotations

from archiver.models import Branch, KnownPost, ThreadObservation
from archiver.sources.mastodon import Mastodon
from tests.sources.mastodon_server import MastodonServer
from tests.sources.playing import Server, thread_of

SOURCE = Mastodon()
ROOT = "https://social.example"
SEED = f"{ROOT}/@desk/100"


def five_posts() -> MastodonServer:
    """Make a server with a thread of five posts."""
    server = MastodonServer()
    server.thread("desk", range(100, 105))
    return server


def capture(
    server: Server, url: str = SEED, known: tuple[KnownPost, ...] = ()
) -> ThreadObservation:
    """Capture a thread of the server."""
    return thread_of(SOURCE, url, server, known)


def uri(number: int, author: str = "desk") -> str:
    """Give the global id of a post."""
    return f"{ROOT}/users/{author}/statuses/{number}"


def shown(seen: ThreadObservation, branch: Branch = Branch.THREAD) -> list[str]:
    """Give local ids in reading order, gaps in brackets."""
    return [
        f"[{post.id.rpartition('/')[2]}]" if post.gap else post.id.rpartition("/")[2]
        for post in seen.posts
        if post.branch is branch
    ]


def copies(home: Server, away: MastodonServer) -> Server:
    """Answer for two servers."""
    return lambda url: away(url) if url.startswith(away.root) else home(url)

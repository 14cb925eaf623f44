"""Which posts of a conversation on Bluesky were shown so far, and what could not be read?"""

from __future__ import annotations

import datetime as dt

from archiver.errors import ArchiverError, FetchError, NotFound, ParseError
from archiver.sources.bluesky.gate import Gate
from archiver.sources.bluesky.post import Seen
from archiver.sources.bluesky.servers import Servers
from archiver.sources.bluesky.tree import read_tree
from archiver.sources.bluesky.urls import AtUri, xrpc

# Twice as many levels of JSON: more than these no decoder reads without danger.
_DEPTH = "300"


class Talk:
    """
    The posts that were shown.

    Attributes:
        posts: By AT-URI.
        gate: The rules of the thread.
        notes: Limits that were met, each as part of a sentence.
        failed: Why the AppView did not show a thread, if it did not say that there is none.
        answers_nobody: The AppView cannot be reached at all: asking on would only take time.
    """

    def __init__(self, servers: Servers) -> None:
        self.servers = servers
        self.posts: dict[str, Seen] = {}
        self.gate = Gate()
        self.notes: dict[str, None] = {}
        self.failed: ArchiverError | None = None
        self.answers_nobody = False
        self._asked: set[str] = set()

    @property
    def at(self) -> dt.datetime:
        """Time of the first answer; there must be one."""
        return self.servers.answers.seen[0].at

    def note(self, limit: str) -> None:
        """Remember a limit that was met."""
        self.notes[limit] = None

    def tree(self, uri: AtUri) -> Seen:
        """
        Ask the AppView for a post with what stands above and below it, and keep what is shown.

        Raises:
            NotFound: If it is not there.
            AccessDenied: If it is not shown to visitors.
            FetchError: As `Servers.query`.
            ParseError: As `Servers.query`.
        """
        self._asked.add(str(uri))
        try:
            return self._tree(uri)
        except NotFound:
            raise
        except (FetchError, ParseError) as err:
            self.failed = err
            self.answers_nobody = isinstance(err, FetchError) and err.status is None
            raise

    def _tree(self, uri: AtUri) -> Seen:
        asked = (("uri", str(uri)), ("depth", _DEPTH), ("parentHeight", _DEPTH))
        url = xrpc(self.servers.appview, "app.bsky.feed.getPostThread", *asked)
        tree = self.servers.through(url, read_tree, subject="the post")
        self.gate = tree.gate
        for seen in tree.posts:
            self.add(seen)
        if tree.odd:
            self.note("a reply by somebody else was not understood")
        return self.posts[tree.post.id]

    def was_asked(self, uri: str) -> bool:
        """Say whether it was asked what stands around a post."""
        return uri in self._asked

    def add(self, seen: Seen) -> None:
        """Keep a post; one with a view is better than one without."""
        known = self.posts.get(seen.id)
        if known is None or known.view is None:
            self.posts[seen.id] = seen

    def fetch_record(self, server: str, uri: AtUri) -> bool:
        """
        Ask a repository for a post, and keep it if it is there.

        Returns:
            False if the repository itself says that there is none.

        Raises:
            FetchError: If it says something else.
            ParseError: If the record is not what is documented.
        """
        entry = self.servers.record(server, uri)
        if entry is not None:
            seen = Seen.in_repository(entry, uri.did)
            if seen.uri != uri:
                entry.refuse("uri", "the address that was asked for")
            self.add(seen)
        return entry is not None

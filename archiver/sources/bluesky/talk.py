"""What have the servers of Bluesky said so far of a conversation, and what could not be read?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from archiver.core.richtext import web_address
from archiver.errors import AccessDenied, FetchError, NotFound, ParseError
from archiver.models import Exchange, FetchRequest
from archiver.sources.answers import Answers, ask, json_object
from archiver.sources.bluesky.post import Seen
from archiver.sources.bluesky.text import wants_login
from archiver.sources.bluesky.urls import PLATFORM, AtUri, did_document, xrpc
from archiver.sources.fields import Fields

# Twice as many levels of JSON: more than these no decoder reads without danger.
_DEPTH = "300"
_ABSENT = frozenset({"NotFound", "RecordNotFound", "RepoNotFound", "ProfileNotFound"})
_WITHHELD = frozenset(
    {"AccountTakedown", "AccountDeactivated", "RepoTakendown", "RepoSuspended", "RepoDeactivated"}
)


@dataclass(frozen=True, slots=True)
class Servers:
    """Which servers answer: the AppView, and the directory of DIDs."""

    appview: str
    plc: str


class Talk:
    """
    The posts that were shown.

    Attributes:
        posts: By AT-URI.
        hidden: AT-URIs of replies that the thread's author hides, and of those whose authors ask
            not to be shown to visitors.
        notes: Limits that were met, each as part of a sentence.
    """

    def __init__(self, servers: Servers, answers: Answers) -> None:
        self.answers = answers
        self.posts: dict[str, Seen] = {}
        self.hidden: set[str] = set()
        self.notes: dict[str, None] = {}
        self._servers = servers
        self._asked: set[str] = set()

    def note(self, limit: str) -> None:
        """Remember a limit that was met."""
        self.notes[limit] = None

    def query(self, method: str, *asked: tuple[str, str], subject: str) -> Fields:
        """
        Ask the AppView.

        Raises:
            NotFound: Also for the answers of status 400 that mean it.
            FetchError: If it cannot be read otherwise.
            ParseError: If it is not what is documented.
        """
        return self._read(xrpc(self._servers.appview, method, *asked), subject)

    def ask_server(self, server: str, method: str, *asked: tuple[str, str], subject: str) -> Fields:
        """Ask another server of the network. Raises as `query`."""
        return self._read(xrpc(server, method, *asked), subject)

    def did_of(self, actor: str) -> str:
        """Give the DID of a handle, or of a DID itself. Raises as `query`."""
        if actor.startswith("did:"):
            return actor
        return self.query(
            "com.atproto.identity.resolveHandle", ("handle", actor), subject="the handle"
        ).text("did")

    def document(self, did: str) -> Fields | None:
        """Give the DID document; None if it cannot be read."""
        url = did_document(did, self._servers.plc)
        if url is None:
            return None
        try:
            return self._read(url, "the DID document")
        except (FetchError, ParseError):
            return None

    def thread(self, uri: AtUri | str) -> Fields:
        """
        Ask for a post with what stands above and below it, and keep what is shown.

        Returns:
            The view of the post itself.

        Raises:
            NotFound: If it is not there.
            AccessDenied: If it is not shown to visitors.
            FetchError: As `query`.
            ParseError: As `query`.
        """
        self._asked.add(str(uri))
        answer = self.query(
            "app.bsky.feed.getPostThread",
            ("uri", str(uri)),
            ("depth", _DEPTH),
            ("parentHeight", _DEPTH),
            subject="the post",
        )
        top = answer.inner("thread")
        self._hide(answer.maybe_inner("threadgate"))
        kind = _kind(top)
        if kind == "notFoundPost":
            raise _not_there(answer.uri_r)
        if kind == "blockedPost":
            raise AccessDenied(
                f"{answer.uri_r}: the post is blocked and not shown; nothing counts as deleted",
                uri_r=answer.uri_r,
            )
        post = top.inner("post")
        self.add(Seen.in_view(post))
        for view in _views(top):
            self._add_view(view, author=post.inner("author").text("did"))
        return post

    def was_asked(self, uri: str) -> bool:
        """Say whether it was asked what stands around a post."""
        return uri in self._asked

    def add(self, seen: Seen) -> None:
        """Keep a post; one with a view is better than one without."""
        if seen.wants_login:
            self.hidden.add(seen.id)
        known = self.posts.get(seen.id)
        if known is None or known.view is None:
            self.posts[seen.id] = seen

    def shown(self) -> tuple[Seen, ...]:
        """Give the posts that may be shown."""
        return tuple(each for each in self.posts.values() if each.id not in self.hidden)

    def is_gone(self, server: str, uri: AtUri) -> bool:
        """
        Ask a repository for a record, and keep it if it is there.

        Returns:
            True if the repository says that there is none.

        Raises:
            FetchError: If it says something else.
            ParseError: If the record is not what is documented.
        """
        answer = self.answers.get(record_request(server, uri))
        if _error(answer) == "RecordNotFound":
            return True
        entry = json_object(answer, platform=PLATFORM, subject="the record")
        self.add(Seen.in_repository(entry, uri.did))
        return False

    def _add_view(self, view: Fields, *, author: str) -> None:
        """Keep a post; one by somebody else that is not understood does not stop the rest."""
        try:
            self.add(Seen.in_view(view))
        except ParseError:
            if view.inner("author").text("did") == author:
                raise
            self.note("a reply by somebody else was not understood")

    def _hide(self, threadgate: Fields | None) -> None:
        record = threadgate.maybe_inner("record") if threadgate else None
        self.hidden.update(record.texts("hiddenReplies") if record else ())

    def _read(self, url: str, subject: str) -> Fields:
        answer = self.answers.get(ask(url))
        said = _error(answer)
        if said in _ABSENT or (said == "InvalidRequest" and subject == "the handle"):
            raise _not_there(url, subject, said, answer.status)
        if said in _WITHHELD:
            raise AccessDenied(
                f"{url}: {subject} is withheld ({said}); nothing counts as deleted",
                uri_r=url,
                status=answer.status,
            )
        return json_object(answer, platform=PLATFORM, subject=subject)


def record_request(server: str, uri: AtUri) -> FetchRequest:
    """Make the request for one record of a repository."""
    asked = (("repo", uri.did), ("collection", uri.collection), ("rkey", uri.rkey))
    return ask(xrpc(server, "com.atproto.repo.getRecord", *asked))


def home_of(document: Fields | None) -> str | None:
    """Give the server of a repository, by the DID document; None if it names none."""
    try:
        services = document.objects("service") if document else ()
        for service in services:
            if service.words("type") == "AtprotoPersonalDataServer":
                address = web_address(service.words("serviceEndpoint"))
                return address.rstrip("/") if address else None
    except ParseError:
        return None
    return None


def handle_of(document: Fields | None) -> str:
    """Give the handle that a DID document names; empty if none."""
    try:
        names = document.texts("alsoKnownAs") if document else ()
    except ParseError:
        return ""
    return next((name[5:] for name in names if name.startswith("at://")), "")


def refuse_if_unwanted(author: Fields, uri_r: str) -> None:
    """Raise AccessDenied if an author asks not to be shown to people who are not logged in."""
    if wants_login(author):
        name = author.words("handle") or author.words("did")
        raise AccessDenied(
            f"{uri_r}: {name} asks not to be shown to logged-out viewers, so it is not archived",
            uri_r=uri_r,
        )


def _error(answer: Exchange) -> str:
    """Give the name of the error that a 4xx answer holds; empty if it holds none."""
    if answer.status is None or not 400 <= answer.status < 500 or answer.status == 429:
        return ""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    name = said.get("error") if isinstance(said, dict) else None
    return name if isinstance(name, str) else ""


def _not_there(
    url: str, subject: str = "the post", said: str = "NotFound", status: int | None = None
) -> NotFound:
    return NotFound(
        f"{url}: {subject} is not there ({said}): deleted, or the address is wrong",
        uri_r=url,
        status=status,
    )


def _kind(node: Fields) -> str:
    return node.words("$type").rpartition("#")[2]


def _views(top: Fields) -> Iterator[Fields]:
    """Give the posts of a tree of replies, and those above it; deep trees are no problem."""
    waiting = [top]
    while waiting:
        node = waiting.pop()
        if not node.has("post"):
            continue  # not found or blocked
        yield node.inner("post")
        waiting += node.objects("replies")
        above = node.maybe_inner("parent")
        if above is not None:
            waiting.append(above)

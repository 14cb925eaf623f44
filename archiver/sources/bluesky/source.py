"""Bluesky: threads and accounts, by its AppView and its authors' repositories (protocols 4)."""

from __future__ import annotations

from collections.abc import Sequence

from archiver.core.richtext import title_of
from archiver.core.selfthread import Place
from archiver.errors import ArchiverError, ParseError
from archiver.models import (
    Author,
    Branch,
    Completeness,
    Exchange,
    FetchRequest,
    Observation,
    Post,
    RefKind,
    SourceRef,
    ThreadObservation,
)
from archiver.sources.answers import Answers, Missing, record_ids
from archiver.sources.bluesky import account, urls
from archiver.sources.bluesky.post import read_post
from archiver.sources.bluesky.talk import Servers, Talk
from archiver.sources.bluesky.thread import Conversation, begin, gather
from archiver.sources.bluesky.urls import PLATFORM, at_uri


class Bluesky:
    """The network of Bluesky, read without a login."""

    def __init__(self, *, appview: str, plc: str) -> None:
        self._servers = Servers(appview, plc)

    @property
    def platform(self) -> str:
        """The name of this source."""
        return PLATFORM

    def match(self, url: str) -> SourceRef | None:
        """Recognise the address of a post or account on bsky.app, or an at:// address."""
        return urls.match(url)

    def plan(self, ref: SourceRef, seen: Sequence[Exchange]) -> Sequence[FetchRequest]:
        """Ask the AppView for the thread, and the author's repository for what it leaves out."""
        talk = Talk(self._servers, Answers(seen))
        try:
            if ref.kind is RefKind.ACCOUNT:
                account.read(ref, talk)
            else:
                gather(begin(ref, talk), ref.known)
        except Missing as need:
            return need.requests
        except ArchiverError:
            pass  # parse says what is wrong
        return ()

    def parse(self, ref: SourceRef, seen: Sequence[Exchange]) -> Observation:
        """
        Say what the answers mean.

        Raises:
            FetchError: If the post or account that was named cannot be read; AccessDenied if its
                author asks not to be shown to visitors.
            ParseError: If an answer is not what is documented.
        """
        talk = Talk(self._servers, Answers(seen))
        try:
            if ref.kind is RefKind.ACCOUNT:
                return account.read(ref, talk)
            conversation = begin(ref, talk)
        except Missing as need:
            raise need.ended() from need
        try:
            gather(conversation, ref.known)
        except Missing:
            talk.note("the capture ended before everything was asked")
        return _observation(ref, seen, conversation)


def _observation(
    ref: SourceRef, seen: Sequence[Exchange], conversation: Conversation
) -> ThreadObservation:
    author = conversation.author()
    stored = {each.id: each.url for each in ref.known}
    posts = tuple(
        post
        for place in conversation.places()
        for post in _post(conversation, author, place, stored.get(place.id, ""))
    )
    root = posts[0]
    return ThreadObservation(
        platform=PLATFORM,
        native_id=str(conversation.root),
        url=root.url or conversation.root.page or ref.url,
        author=author,
        posts=posts,
        completeness=_completeness(conversation, posts),
        observed_at=seen[0].at,
        title="" if root.gap else _title(root, author),
        language=root.language,
        gone=tuple(conversation.gone),
        record_ids=record_ids(seen),
    )


def _title(root: Post, author: Author) -> str:
    name = author.name or author.handle or author.id
    return title_of(root.text) or f"Thread by {name}"


def _post(
    conversation: Conversation, author: Author, place: Place, stored_url: str
) -> tuple[Post, ...]:
    """Give the post of a place; none if it is somebody else's and not understood."""
    if place.gap:
        uri = at_uri(place.id)
        own = uri is not None and uri.did == author.id
        gap = Post(
            id=place.id,
            author=author if own else None,
            url=stored_url or (uri.page if uri else None) or "",
            parent_id=place.parent,
            branch=place.branch,
            gap=True,
        )
        return (gap,)
    seen = conversation.talk.posts[place.id]
    try:
        post = read_post(
            seen,
            author=author,
            pds=conversation.pds,
            parent_id=place.parent,
            branch=place.branch,
        )
    except ParseError:
        if place.branch is Branch.THREAD:
            raise
        conversation.talk.note("a reply by somebody else was not understood")
        return ()
    return (post,)


def _completeness(conversation: Conversation, posts: Sequence[Post]) -> Completeness:
    own = [post for post in posts if post.branch is Branch.THREAD]
    gaps = sum(post.gap for post in own)
    whole = conversation.listed
    said = ["checked against the author's own posts" if whole else "as far as the server shows"]
    if gaps:
        said.append(f"{gaps} of its posts {'is' if gaps == 1 else 'are'} deleted or not shown")
    return Completeness(
        expected=len(own) if whole else None,
        captured=len(own) - gaps,
        gaps=gaps,
        reason="; ".join((*said, *conversation.talk.notes)),
    )

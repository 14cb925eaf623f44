"""Lemmy and PieFed: posts with their comments, communities and people."""

from __future__ import annotations

from collections.abc import Sequence

from archiver.core.selfthread import Place
from archiver.core.urls import origin_of
from archiver.errors import ParseError
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
from archiver.sources.answers import Answers, Missing, planning
from archiver.sources.hosts import authority, identity
from archiver.sources.lemmy import urls
from archiver.sources.lemmy.entry import (
    Entry,
    read_author,
    read_comment,
    read_root,
    title_of_post,
)
from archiver.sources.lemmy.listing import read_listing
from archiver.sources.lemmy.thread import Conversation, begin, gather, proofs
from archiver.sources.lemmy.urls import PLATFORM


class Lemmy:
    """Any server that answers Lemmy's API (v3, v4, or PieFed's alpha) to strangers."""

    @property
    def platform(self) -> str:
        """The name of this source."""
        return PLATFORM

    def match(self, url: str) -> SourceRef | None:
        """Recognise the address of a post, comment, community or person by its shape."""
        return urls.match(url)

    @planning
    def plan(self, ref: SourceRef, seen: Sequence[Exchange]) -> Sequence[FetchRequest]:
        """Ask what the server runs, then for the post and all its comments."""
        if ref.kind is not RefKind.THREAD:
            read_listing(ref, Answers.growing(seen))
            return ()
        return _walk(ref, seen)[1]

    def parse(self, ref: SourceRef, seen: Sequence[Exchange]) -> Observation:
        """
        Say what the answers mean.

        Raises:
            NotThisPlatform: If the server runs something else.
            FetchError: If what was named cannot be read.
            ParseError: If an answer is not what is documented.
        """
        try:
            if ref.kind is not RefKind.THREAD:
                return read_listing(ref, Answers.growing(seen))
            conversation, wanted = _walk(ref, seen)
        except Missing as need:
            raise need.ended() from need
        if wanted:
            conversation.listed = False
            conversation.limits["the capture ended before everything was asked"] = None
        return _observation(ref, seen, conversation)


def _walk(
    ref: SourceRef, seen: Sequence[Exchange]
) -> tuple[Conversation, tuple[FetchRequest, ...]]:
    """Read what is there; give it with what is still to be asked."""
    conversation = begin(ref, Answers.growing(seen))
    try:
        gather(conversation, ref.known)
    except Missing as need:
        return conversation, need.requests
    return conversation, ()


def _observation(
    ref: SourceRef, seen: Sequence[Exchange], conversation: Conversation
) -> ThreadObservation:
    posts = _posts(conversation)
    root = conversation.root
    return ThreadObservation(
        platform=PLATFORM,
        native_id=identity(conversation.site.origin, conversation.root_id),
        url=posts[0].url or conversation.root_id or ref.url,
        author=_author(conversation),
        posts=posts,
        completeness=_completeness(conversation, posts),
        observed_at=seen[0].at,
        title=title_of_post(root) if root and not root.gone else "",
        gone=tuple(conversation.gone),
        record_ids=proofs(conversation),
    )


def _author(conversation: Conversation) -> Author:
    root = conversation.root
    return read_author(root.creator) if root and root.creator else Author(id="")


def _posts(conversation: Conversation) -> tuple[Post, ...]:
    entries = conversation.entries()
    return tuple(
        _read(conversation, place, entries.get(place.id)) for place in conversation.places()
    )


def _read(conversation: Conversation, place: Place, entry: Entry | None) -> Post:
    if entry is None or entry.gone:
        return _gap(place, entry)
    if entry is conversation.root:
        return read_root(entry)
    try:
        return read_comment(entry, parent_id=place.parent, branch=place.branch)
    except ParseError:
        conversation.limits["a comment was not what is documented, and is a gap"] = None
        return _gap(place, entry)


def _gap(place: Place, entry: Entry | None) -> Post:
    own = entry is not None and place.branch is Branch.THREAD and entry.creator is not None
    return Post(
        id=place.id,
        author=read_author(entry.creator) if own and entry and entry.creator else None,
        url=place.id,
        created_at=entry.created_at if entry else None,
        parent_id=place.parent,
        branch=place.branch,
        gap=True,
    )


def _completeness(conversation: Conversation, posts: Sequence[Post]) -> Completeness:
    own = [post for post in posts if post.branch is Branch.THREAD]
    gaps = sum(post.gap for post in own)
    site, lacking = conversation.site, conversation.lacking
    at_home = authority(origin_of(conversation.root_id)) == authority(site.origin)
    whole = conversation.listed and at_home and not lacking and not conversation.limits
    said = ["all comments were listed" if whole else "as far as the server shows"]
    if lacking:
        said.append(f"the server counts more comments than it shows ({lacking})")
    if gaps:
        said.append(f"{gaps} of its posts {'is' if gaps == 1 else 'are'} deleted or removed")
    return Completeness(
        expected=len(own) if whole else None,
        captured=len(own) - gaps,
        gaps=gaps,
        reason="; ".join((*said, *conversation.limits)),
    )

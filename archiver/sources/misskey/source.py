"""Misskey and its forks: threads, accounts and hashtags."""

from __future__ import annotations

from collections.abc import Sequence

from archiver.core.richtext import title_of
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
from archiver.sources.answers import Answers, Missing, planning, record_ids
from archiver.sources.hosts import authority, identity
from archiver.sources.misskey import listing, urls
from archiver.sources.misskey.history import ask_versions, read_versions
from archiver.sources.misskey.note import Note, read_author, read_post
from archiver.sources.misskey.thread import Conversation, begin, gather
from archiver.sources.misskey.urls import PLATFORM


class Misskey:
    """Any server that answers Misskey's API to strangers."""

    @property
    def platform(self) -> str:
        """The name of this source."""
        return PLATFORM

    def match(self, url: str) -> SourceRef | None:
        """Recognise the address of a note, an account or a hashtag by its shape."""
        return urls.match(url)

    @planning
    def plan(self, ref: SourceRef, seen: Sequence[Exchange]) -> Sequence[FetchRequest]:
        """Ask what the server runs, then for the thread from its first note on."""
        if ref.kind is not RefKind.THREAD:
            listing.read(ref, Answers.growing(seen))
            return ()
        return _walk(ref, seen)[2]

    def parse(self, ref: SourceRef, seen: Sequence[Exchange]) -> Observation:
        """
        Say what the answers mean.

        Raises:
            NotThisPlatform: If the server runs something else.
            FetchError: If the note or account that was named cannot be read.
            ParseError: If an answer is not what is documented.
        """
        try:
            if ref.kind is not RefKind.THREAD:
                return listing.read(ref, Answers.growing(seen))
            conversation, versions, wanted = _walk(ref, seen)
        except Missing as need:
            raise need.ended() from need
        if wanted:
            conversation.talk.say("the capture ended before everything was asked")
        return _observation(ref, seen, conversation, versions)


def _walk(
    ref: SourceRef, seen: Sequence[Exchange]
) -> tuple[Conversation, dict[str, Exchange], tuple[FetchRequest, ...]]:
    """Read what is there; give it, with what tells of edits, and what is still to be asked."""
    conversation = begin(ref, Answers.growing(seen))
    try:
        gather(conversation, ref.known)
        members = conversation.members().values()
        told = ask_versions(conversation.talk, conversation.software, members)
    except Missing as need:
        return conversation, {}, need.requests
    return conversation, told, ()


def _posts(conversation: Conversation) -> tuple[Post, ...]:
    members = conversation.members()
    posts: list[Post] = []
    for place in conversation.places():
        note = members.get(place.id)
        if note is None or note.hidden:
            posts.append(_gap(conversation, place.id, place.parent, place.branch, note))
            continue
        try:
            origin = conversation.talk.origin
            posts.append(read_post(note, origin, parent_id=place.parent, branch=place.branch))
        except ParseError:
            if note is conversation.root:
                raise
            conversation.talk.say("a note was not what is documented, and is a gap")
            posts.append(_gap(conversation, place.id, place.parent, place.branch, note))
    return tuple(posts)


def _gap(
    conversation: Conversation, name: str, parent: str | None, branch: Branch, note: Note | None
) -> Post:
    known = _author(conversation) if branch is Branch.THREAD else None
    return Post(
        id=name,
        author=known if known and known.id else None,
        url=note.uri if note else "",
        created_at=note.created_at if note else None,
        parent_id=parent,
        branch=branch,
        gap=True,
    )


def _author(conversation: Conversation) -> Author:
    """Say who wrote the thread; with an empty id once nobody can say any more."""
    if conversation.root is None:
        return Author(id="")
    return read_author(conversation.root.fields.inner("user"), conversation.talk.origin)


def _observation(
    ref: SourceRef,
    seen: Sequence[Exchange],
    conversation: Conversation,
    versions: dict[str, Exchange],
) -> ThreadObservation:
    posts = _posts(conversation)
    history = [
        version
        for post in posts
        if post.id in versions and not post.gap
        for version in read_versions(conversation.talk, post, versions[post.id])
    ]
    author = _author(conversation)
    root = posts[0]
    title = "" if root.gap else root.content_warning or title_of(root.text)
    return ThreadObservation(
        platform=PLATFORM,
        native_id=identity(conversation.talk.origin, conversation.root_id),
        url=root.url or ref.url,
        author=author,
        posts=posts,
        completeness=_completeness(conversation, posts),
        observed_at=seen[0].at,
        title=title or ("" if root.gap else f"Thread by {author.name}"),
        language=root.language,
        gone=tuple(conversation.gone),
        record_ids=record_ids(seen),
        history=tuple(history),
    )


def _completeness(conversation: Conversation, posts: Sequence[Post]) -> Completeness:
    own = [post for post in posts if post.branch is Branch.THREAD]
    gaps = sum(post.gap for post in own)
    talk = conversation.talk
    at_home = authority(origin_of(conversation.root_id)) == authority(talk.origin)
    reasons = talk.reasons()
    whole = at_home and not conversation.lacking and not reasons
    said = ["checked against the server's count of replies" if whole else "as far as it is shown"]
    if conversation.lacking:
        said.append(f"the server counts more replies than it shows ({conversation.lacking})")
    if gaps:
        said.append(f"{gaps} of its posts {'is' if gaps == 1 else 'are'} deleted or not public")
    return Completeness(
        expected=len(own) if whole else None,
        captured=len(own) - gaps,
        gaps=gaps,
        reason="; ".join((*said, *reasons)),
    )

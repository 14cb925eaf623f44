"""Mastodon, and servers that speak its API: threads and accounts (reference/protocols.md, 2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from archiver.core.richtext import title_of
from archiver.errors import ArchiverError
from archiver.models import (
    Author,
    Branch,
    Completeness,
    Exchange,
    FetchRequest,
    ListingObservation,
    Observation,
    Post,
    RefKind,
    SourceRef,
    ThreadObservation,
)
from archiver.sources.answers import Answers, Missing, record_ids
from archiver.sources.mastodon import account as accounts
from archiver.sources.mastodon import urls
from archiver.sources.mastodon.replies import Conversation, gather
from archiver.sources.mastodon.root import begin
from archiver.sources.mastodon.status import Status, read_author, read_post
from archiver.sources.mastodon.urls import PLATFORM, home


class Mastodon:
    """Any server that answers the Mastodon REST API to strangers."""

    @property
    def platform(self) -> str:
        """The name of this source."""
        return PLATFORM

    def match(self, url: str) -> SourceRef | None:
        """Recognise the address of a post or an account by its shape, whatever the host."""
        return urls.match(url)

    def plan(self, ref: SourceRef, seen: Sequence[Exchange]) -> Sequence[FetchRequest]:
        """Ask for the thread from its first post on, at the server where it was written."""
        try:
            if ref.kind is RefKind.ACCOUNT:
                accounts.read(ref, Answers(seen))
                return ()
            return _walk(ref, seen)[1]
        except Missing as need:
            return need.requests
        except ArchiverError:
            return ()  # parse says what is wrong

    def parse(self, ref: SourceRef, seen: Sequence[Exchange]) -> Observation:
        """
        Say what the answers mean.

        A thread of which stored posts are gone is still a thread, even if the first one is. If
        nobody can say any more who wrote it, its author has an empty id.

        Raises:
            FetchError: If the post or account that was named cannot be read.
            ParseError: If an answer is not what is documented.
        """
        try:
            if ref.kind is RefKind.ACCOUNT:
                return self._account(ref, seen)
            conversation, wanted = _walk(ref, seen)
        except Missing as need:
            raise need.ended() from need
        if wanted:
            conversation.talk.note("the capture ended before everything was asked")
        return _observation(ref, seen, conversation)

    def _account(self, ref: SourceRef, seen: Sequence[Exchange]) -> ListingObservation:
        return accounts.read(ref, Answers(seen))


def _walk(
    ref: SourceRef, seen: Sequence[Exchange]
) -> tuple[Conversation, tuple[FetchRequest, ...]]:
    """Read what is there; give it with what is still to be asked."""
    conversation = Conversation(begin(ref, Answers(seen)))
    try:
        gather(conversation, ref.known)
    except Missing as need:
        return conversation, need.requests
    return conversation, ()


def _observation(
    ref: SourceRef, seen: Sequence[Exchange], conversation: Conversation
) -> ThreadObservation:
    author = read_author(conversation.account) if conversation.account else Author(id="")
    posts = _posts(ref, conversation, author)
    root = posts[0]
    return ThreadObservation(
        platform=PLATFORM,
        native_id=_identity(conversation),
        url=root.url or ref.url,
        author=author,
        posts=posts,
        completeness=_completeness(conversation, posts),
        observed_at=seen[0].at,
        title="" if root.gap else _title(root),
        language=root.language,
        gone=tuple(conversation.gone),
        record_ids=record_ids(seen),
    )


def _identity(conversation: Conversation) -> str:
    """
    Name the thread by its first post, as its own server shows it.

    A copy on another server is a thread of its own: any server can claim any id, so what it shows
    must never change what we saw at the origin.
    """
    server, root = conversation.talk.site.authority, conversation.root_id
    return root if urlsplit(root).netloc == server else f"{server} {root}"


def _title(root: Post) -> str:
    name = root.author.name if root.author else ""
    return root.content_warning or title_of(root.text) or f"Thread by {name}"


def _posts(ref: SourceRef, conversation: Conversation, author: Author) -> tuple[Post, ...]:
    members: Mapping[str, Status] = conversation.members()
    stored = {each.id: each.url for each in ref.known}
    return tuple(
        Post(
            id=place.id,
            author=author if place.branch is Branch.THREAD and author.id else None,
            url=stored.get(place.id, ""),
            parent_id=place.parent,
            branch=place.branch,
            gap=True,
        )
        if place.gap
        else read_post(members[place.id].fields, parent_id=place.parent, branch=place.branch)
        for place in conversation.places()
    )


def _completeness(conversation: Conversation, posts: Sequence[Post]) -> Completeness:
    own = [post for post in posts if post.branch is Branch.THREAD]
    gaps = sum(post.gap for post in own)
    where = home(conversation.root_id)
    at_home = where is None or where[0].authority == conversation.talk.site.authority
    whole = conversation.listed and at_home
    said = ["checked against the author's own listing" if whole else "as far as the server shows"]
    if gaps:
        said.append(f"{gaps} of its posts {'is' if gaps == 1 else 'are'} deleted or not public")
    return Completeness(
        expected=len(own) if whole else None,
        captured=len(own) - gaps,
        gaps=gaps,
        reason="; ".join((*said, *conversation.talk.notes)),
    )

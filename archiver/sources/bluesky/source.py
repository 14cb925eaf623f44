"""Bluesky: threads, accounts and listings, by its AppView and its authors' repositories (4)."""

from __future__ import annotations

from collections.abc import Sequence

from archiver.core.richtext import title_of
from archiver.core.selfthread import Place
from archiver.errors import ParseError
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
from archiver.sources.answers import Answers, Missing, planning, record_ids
from archiver.sources.bluesky import account, labels, listing, urls
from archiver.sources.bluesky.post import Reading, read_post
from archiver.sources.bluesky.servers import Servers
from archiver.sources.bluesky.start import begin
from archiver.sources.bluesky.talk import Talk
from archiver.sources.bluesky.thread import Conversation, gather
from archiver.sources.bluesky.urls import PLATFORM, at_uri
from archiver.sources.bluesky.who import Who, who_wrote


class Bluesky:
    """The network of Bluesky, read without a login."""

    def __init__(self, *, appview: str, plc: str, originals: bool = True) -> None:
        """
        Args:
            appview: Base URL of the AppView.
            plc: Base URL of the directory of DIDs.
            originals: Media are wanted as they were uploaded, not as the CDN shows them.
        """
        self._appview = appview
        self._plc = plc
        self._originals = originals

    @property
    def platform(self) -> str:
        """The name of this source."""
        return PLATFORM

    def match(self, url: str) -> SourceRef | None:
        """Recognise an address on bsky.app, or an at:// address."""
        return urls.match(url)

    @planning
    def plan(self, ref: SourceRef, seen: Sequence[Exchange]) -> Sequence[FetchRequest]:
        """Ask the AppView for the thread, and the author's repository for what it leaves out."""
        talk = self._talk(seen)
        if ref.kind is not RefKind.THREAD:
            _listing(ref, talk)
        else:
            conversation = _begun(ref, talk)
            gather(conversation, ref.known)
            who_wrote(conversation.root.did, talk, stored=bool(ref.known))
        return ()

    def parse(self, ref: SourceRef, seen: Sequence[Exchange]) -> Observation:
        """
        Say what the answers mean.

        Raises:
            FetchError: If the post or listing that was named cannot be read; CredentialMissing if
                the AppView answers it only to those who are logged in.
            ParseError: If an answer is not what is documented.
        """
        talk = self._talk(seen)
        try:
            if ref.kind is not RefKind.THREAD:
                return _listing(ref, talk)
            conversation = _begun(ref, talk)
        except Missing as need:
            raise need.ended() from need
        who = Who(Author(id=conversation.root.did), labels.WISH_UNKNOWN)
        try:
            gather(conversation, ref.known)
            who = who_wrote(conversation.root.did, talk, stored=bool(ref.known))
        except Missing:
            talk.note("the capture ended before everything was asked")
        reading = Reading(who.author, talk.at, conversation.pds, self._originals, who.sealed)
        return _observation(ref, seen, conversation, reading)

    def _talk(self, seen: Sequence[Exchange]) -> Talk:
        return Talk(Servers(self._appview, self._plc, Answers.growing(seen)))


def _listing(ref: SourceRef, talk: Talk) -> ListingObservation:
    return account.read(ref, talk) if ref.kind is RefKind.ACCOUNT else listing.read(ref, talk)


def _begun(ref: SourceRef, talk: Talk) -> Conversation:
    start = begin(ref, talk)
    return Conversation(talk, start.root, start.reply_root)


def _observation(
    ref: SourceRef, seen: Sequence[Exchange], conversation: Conversation, reading: Reading
) -> ThreadObservation:
    stored = {each.id: each.url for each in ref.known}
    posts = tuple(
        post
        for place in conversation.places()
        for post in _post(conversation, reading, place, stored.get(place.id, ""))
    )
    root = posts[0]
    return ThreadObservation(
        platform=PLATFORM,
        native_id=str(conversation.root),
        url=root.url or conversation.root.page or ref.url,
        author=reading.author,
        posts=posts,
        completeness=_completeness(conversation, posts),
        observed_at=seen[0].at,
        title="" if root.gap else _title(root, reading.author),
        language=root.language,
        gone=tuple(conversation.gone),
        record_ids=record_ids(seen),
    )


def _title(root: Post, author: Author) -> str:
    name = author.name or author.handle or author.id
    return title_of(root.text) or f"Thread by {name}"


def _post(
    conversation: Conversation, reading: Reading, place: Place, stored_url: str
) -> tuple[Post, ...]:
    """
    Give the post of a place; none if it is somebody else's and not understood.

    Raises:
        ParseError: If it is the first one, or one that the AppView shows: it changed its format.
    """
    if place.gap:
        return (_gap(reading.author, place, stored_url),)
    seen = conversation.talk.posts[place.id]
    try:
        return (read_post(seen, reading, parent_id=place.parent, branch=place.branch),)
    except ParseError:
        if seen.view is None and seen.uri != conversation.root:
            # Any software writes records, and the AppView leaves out those that break its rules.
            conversation.talk.note("a record of the repository was not understood")
            return (_gap(reading.author, place, stored_url),)
        if place.branch is Branch.THREAD:
            raise
        conversation.talk.note("a reply by somebody else was not understood")
        return ()


def _gap(author: Author, place: Place, stored_url: str) -> Post:
    uri = at_uri(place.id)
    own = uri is not None and uri.did == author.id
    return Post(
        id=place.id,
        author=author if own else None,
        url=stored_url or (uri.page if uri else None) or "",
        parent_id=place.parent,
        branch=place.branch,
        gap=True,
    )


def _completeness(conversation: Conversation, posts: Sequence[Post]) -> Completeness:
    own = [post for post in posts if post.branch is Branch.THREAD]
    gaps = sum(post.gap for post in own)
    whole = conversation.listed
    said = ["checked against the author's own posts" if whole else "as far as the server shows"]
    if gaps:
        said.append(f"{gaps} of its posts {'is' if gaps == 1 else 'are'} deleted or not shown")
    said += _rules(conversation)
    return Completeness(
        expected=len(own) if whole else None,
        captured=len(own) - gaps,
        gaps=gaps,
        reason="; ".join((*said, *conversation.talk.notes)),
    )


def _rules(conversation: Conversation) -> list[str]:
    """Say what its author decided about replies."""
    gate, posts = conversation.talk.gate, conversation.talk.posts
    said = [gate.limit] if gate.limit else []
    if gate.hidden:
        held = sum(each in posts for each in gate.hidden)
        count = len(gate.hidden)
        said.append(
            f"{count} {'reply is' if count == 1 else 'replies are'} hidden by its author, "
            f"{held} of them kept"
        )
    return said

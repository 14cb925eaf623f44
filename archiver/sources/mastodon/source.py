"""Mastodon, and servers that speak its API: threads and listings (reference/protocols.md, 2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archiver.errors import AccessDenied, ArchiverError
from archiver.models import Exchange, FetchRequest, Observation, RefKind, SourceRef
from archiver.ports import Source
from archiver.sources.answers import Answers, Missing, planning
from archiver.sources.mastodon import urls
from archiver.sources.mastodon.conversation import Conversation
from archiver.sources.mastodon.elsewhere import by_activitypub, login_needed, refuse_others
from archiver.sources.mastodon.observation import observed
from archiver.sources.mastodon.replies import gather
from archiver.sources.mastodon.root import begin
from archiver.sources.mastodon.threads import read_listing
from archiver.sources.mastodon.urls import PLATFORM


class Mastodon:
    """Any server that answers the Mastodon REST API."""

    def __init__(self, *, fallback: Source | None = None, has_token: bool = False) -> None:
        """
        Args:
            fallback: Reads the same addresses by ActivityPub, for servers whose API is closed.
            has_token: The credential `mastodon` is there, for some servers at least.
        """
        self._fallback = fallback
        self._has_token = has_token

    @property
    def platform(self) -> str:
        """The name of this source."""
        return PLATFORM

    def match(self, url: str) -> SourceRef | None:
        """Recognise the address of a post, account, tag or list by its shape, on any host."""
        return urls.match(url)

    @planning
    def plan(self, ref: SourceRef, seen: Sequence[Exchange]) -> Sequence[FetchRequest]:
        """Ask for the thread from its first post on, at the server where it was written."""
        answers = Answers.growing(seen)
        try:
            return self._wanted(ref, answers)
        except ArchiverError as err:
            self._otherwise(ref, answers, err)
        return ()

    def parse(self, ref: SourceRef, seen: Sequence[Exchange]) -> Observation:
        """
        Say what the answers mean.

        A thread of which stored posts are gone is still a thread, even if the first one is. If
        nobody can say any more who wrote it, its author has an empty id.

        Raises:
            NotThisPlatform: If the server says that it is of another platform.
            FetchError: If the post or listing that was named cannot be read; CredentialMissing
                if the server shows nothing without a login.
            ParseError: If an answer is not what is documented.
        """
        answers = Answers.growing(seen)
        try:
            try:
                return self._read(ref, answers)
            except ArchiverError as err:
                return self._otherwise(ref, answers, err)
        except Missing as need:
            raise need.ended() from need

    def _wanted(self, ref: SourceRef, answers: Answers) -> Sequence[FetchRequest]:
        if ref.kind is not RefKind.THREAD:
            read_listing(ref, answers)
            return ()
        return _walk(ref, answers)[1]

    def _read(self, ref: SourceRef, answers: Answers) -> Observation:
        if ref.kind is not RefKind.THREAD:
            return read_listing(ref, answers)
        conversation, wanted = _walk(ref, answers)
        if wanted:
            conversation.talk.note("the capture ended before everything was asked")
        return observed(ref, answers.seen, conversation)

    def _otherwise(self, ref: SourceRef, answers: Answers, err: ArchiverError) -> Observation:
        """Try the other way, or say what is wrong. Raises Missing if something must be asked."""
        closed = isinstance(err, AccessDenied)
        if closed and self._fallback is not None and ref.kind in (RefKind.THREAD, RefKind.ACCOUNT):
            seen = by_activitypub(self._fallback, ref, answers)
            if seen is not None:
                return seen
        refuse_others(ref, answers, err)
        if isinstance(err, AccessDenied):
            raise login_needed(err, has_token=self._has_token) from err
        raise err


def _walk(ref: SourceRef, answers: Answers) -> tuple[Conversation, tuple[FetchRequest, ...]]:
    """Read what is there; give it with what is still to be asked."""
    memo = answers.seen[0].memo if answers.seen else {}
    held = memo.get(__name__)
    if isinstance(held, _Walked) and held.ref == ref and held.seen == answers.seen:
        return held.conversation, ()  # parse need not walk what the last plan has walked
    conversation = Conversation(begin(ref, answers))
    try:
        gather(conversation, ref.known)
    except Missing as need:
        return conversation, need.requests
    memo[__name__] = _Walked(ref, answers.seen, conversation)
    return conversation, ()


@dataclass(frozen=True, slots=True)
class _Walked:
    """A conversation that was read to its end."""

    ref: SourceRef
    seen: tuple[Exchange, ...]
    conversation: Conversation

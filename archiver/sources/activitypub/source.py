"""ActivityPub itself, for servers whose own API nobody here knows, or that keep theirs closed."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from archiver.errors import NotFound
from archiver.models import Exchange, FetchRequest, ListingObservation, Observation, SourceRef
from archiver.sources.activitypub import urls
from archiver.sources.activitypub.document import PLATFORM
from archiver.sources.activitypub.listing import read_actor
from archiver.sources.activitypub.note import ACTIVITIES, ACTORS, Note, wrong
from archiver.sources.activitypub.observation import observe
from archiver.sources.activitypub.replies import gather
from archiver.sources.activitypub.session import Asking, Session
from archiver.sources.activitypub.shapes import Thing
from archiver.sources.activitypub.talk import Talk
from archiver.sources.activitypub.thread import Conversation, begin, begin_stored
from archiver.sources.answers import Answers, Missing, record_ids

_Read = Conversation | ListingObservation
_MAX_WRAPPED = 3
_MEMO = "archiver.sources.activitypub"


class ActivityPub:
    """
    Any server that shows its documents to those who ask for ActivityPub.

    The Mastodon source hands addresses of closed servers over to it: `match`, `plan` and `parse`
    take any address of a post.
    """

    def __init__(self, *, signed: bool = False) -> None:
        """
        Args:
            signed: Requests that are refused are asked again with a signature: the credentials
                `activitypub` and `activitypub-path` are there.
        """
        self._signed = signed

    @property
    def platform(self) -> str:
        """The name of this source."""
        return PLATFORM

    def match(self, url: str) -> SourceRef | None:
        """Recognise any http(s) address, `@user@host` and `acct:user@host`."""
        return urls.match(url)

    def plan(self, ref: SourceRef, seen: Sequence[Exchange]) -> Sequence[FetchRequest]:
        """Ask for the document, then for the thread from its first post on, or for the outbox."""
        answers = Answers.growing(seen)
        return self._session(ref, answers).advance(answers)

    def parse(self, ref: SourceRef, seen: Sequence[Exchange]) -> Observation:
        """
        Say what the answers mean.

        Raises:
            NotThisPlatform: If the server speaks no ActivityPub.
            CredentialMissing: If it answers to signed requests only, and we have no key.
            FetchError: If the post or account that was named cannot be read.
            ParseError: If an answer is not what is documented.
        """
        answers = Answers.growing(seen)
        session = self._session(ref, answers)
        wanted = session.advance(answers)
        if wanted:
            if not seen:
                raise Missing(wanted).ended()
            session = Session(_read(ref, self._signed))  # planning may still go on with the other
        found = session.end(answers, seen[0].at)
        if isinstance(found, ListingObservation):
            return dataclasses.replace(found, observed_at=seen[0].at, record_ids=record_ids(seen))
        return observe(ref, seen, found)

    def _session(self, ref: SourceRef, answers: Answers) -> Session[_Read]:
        """Give the reading of this capture as far as it got, or a new one."""
        memo = answers.seen[0].memo if answers.seen else {}
        held = memo.get(_MEMO)
        if isinstance(held, _Held) and held.answers is answers and held.ref == ref:
            return held.session
        made = Session(_read(ref, self._signed))
        memo[_MEMO] = _Held(answers, ref, made)
        return made


@dataclasses.dataclass(frozen=True, slots=True)
class _Held:
    answers: Answers
    ref: SourceRef
    session: Session[_Read]


def _read(ref: SourceRef, signed: bool) -> Asking[_Read]:
    """Read all that a seed leads to."""
    talk = Talk(signed=signed)
    url = (yield from urls.find_actor(ref)) if len(ref.key) > 1 else ref.key[0]
    try:
        thing = yield from _named(talk, url)
        if thing.types & ACTORS:
            return (yield from read_actor(talk, thing, url))
        conversation = yield from begin(talk, ref, _seed(talk, thing, url))
    except NotFound as err:
        conversation = yield from begin_stored(talk, ref, err)
    yield from gather(conversation, ref.known)
    return conversation


def _named(talk: Talk, url: str) -> Asking[Thing]:
    """Give the object that an address names; an activity stands for what it made or boosts."""
    thing = yield from talk.seed(url)
    for _ in range(_MAX_WRAPPED):
        if not thing.types & ACTIVITIES:
            break
        inner = thing.one_id("object")
        if not inner:
            wrong(url, "object", "names nothing")
        thing = yield from talk.seed(inner)
    return thing


def _seed(talk: Talk, thing: Thing, url: str) -> Note:
    note = Note.read(thing, url)
    if not note.is_public:
        # Said as servers say it of every post that is not for all.
        raise NotFound(
            f"{url}: the post is not public, so it is not archived", uri_r=url, status=404
        )
    return talk.notes.setdefault(note.id, note)

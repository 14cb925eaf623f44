"""Which threads did an account of a Misskey server begin lately, and which bear a hashtag?"""

from __future__ import annotations

from collections.abc import Sequence

from archiver.core.urls import origin_of
from archiver.errors import ArchiverError, FetchError, ParseError
from archiver.models import ListingObservation, RefKind, SourceRef
from archiver.sources.answers import Answers, record_ids, why
from archiver.sources.fields import Fields
from archiver.sources.hosts import authority, runs, settled
from archiver.sources.misskey.note import Note, read_author
from archiver.sources.misskey.talk import LIMIT, Talk
from archiver.sources.misskey.urls import FAMILY, PLATFORM

_MOST = 40
_MAX_TOPS = 20


def read(ref: SourceRef, answers: Answers) -> ListingObservation:
    """
    Read the newest threads of an account or a hashtag; pure renotes are left out.

    Raises:
        Missing: If something must be asked first.
        NotThisPlatform: If the server runs something else.
        FetchError: If the account or its notes cannot be read.
        ParseError: If an answer is not what is documented.
    """
    runs(answers, ref.key[0], FAMILY, platform=PLATFORM)
    talk = Talk(answers, settled(answers, ref.key[0]))
    return _tag(ref, talk) if ref.kind is RefKind.TAG else _account(ref, talk)


def _tag(ref: SourceRef, talk: Talk) -> ListingObservation:
    value: dict[str, object] = {"tag": ref.key[1], "limit": LIMIT}
    answer = talk.answers.get(talk.call("notes/search-by-tag", value))
    notes = talk.page(answer, subject="the notes with this hashtag")
    shown = [note for note in notes if not note.hidden and note.renoted is None]
    return _listing(ref, talk, [_url(note) for note in _newest(shown)], f"#{ref.key[1]}")


def _account(ref: SourceRef, talk: Talk) -> ListingObservation:
    user = _show_user(talk, ref.key)
    talk, user = _at_home(talk, user)
    value: dict[str, object] = {
        "userId": user.text("id"),
        "limit": LIMIT,
        "withReplies": True,
        "withRenotes": False,
        "withChannelNotes": True,
    }
    answer = talk.answers.get(talk.call("users/notes", value))
    talk.page(answer, subject="the account's notes")
    tops = _tops(talk, user.text("id"))
    author = read_author(user, talk.origin)
    listing = _listing(ref, talk, [_url(note) for note in tops], author.name)
    return ListingObservation(
        platform=PLATFORM,
        url=author.url or ref.url,
        thread_urls=listing.thread_urls,
        observed_at=listing.observed_at,
        author=author,
        title=listing.title,
        reason=listing.reason,
        record_ids=listing.record_ids,
    )


def _show_user(talk: Talk, key: Sequence[str]) -> Fields:
    value: dict[str, object] = {"userId": key[2]} if len(key) > 2 else _named(key[1])
    answer = talk.answers.get(talk.call("users/show", value))
    return talk.object(answer, subject="the account")


def _named(acct: str) -> dict[str, object]:
    name, _, host = acct.partition("@")
    return {"username": name, "host": host} if host else {"username": name}


def _at_home(talk: Talk, user: Fields) -> tuple[Talk, Fields]:
    """Go to the account's own server, which alone knows all of its notes."""
    host = user.words("host")
    if not host or host.lower() == authority(talk.origin):
        return talk, user
    there = Talk(talk.answers, origin_of(user.words("uri")) or f"https://{host.lower()}")
    try:
        runs(talk.answers, there.origin, FAMILY, platform=PLATFORM)
        return there, _show_user(there, ("", user.text("username")))
    except ArchiverError:
        talk.say(f"{host} did not answer: these are the notes known elsewhere")
        return talk, user


def _tops(talk: Talk, user: str) -> list[Note]:
    """Give the first notes of threads: nobody's reply, or the highest of a chain of one's own."""
    own = _newest([each for each in talk.notes.values() if each.user == user])
    own = [note for note in own if not note.hidden and note.renoted is None]
    tops = dict.fromkeys(_top(talk, note) for note in own)
    found: dict[str, Note] = {}
    unclear = 0
    for note in (talk.notes[each] for each in tops):
        if note.user != user or note.orphan:
            continue
        if note.parent is None:
            found[note.id] = note
        elif unclear < _MAX_TOPS:
            unclear += 1
            first = _first(talk, note)
            if first is not None and first.user == user and first.parent is None:
                found[first.id] = first
    return _newest(list(found.values()))


def _top(talk: Talk, note: Note) -> str:
    climbed: set[str] = set()
    while note.parent in talk.notes and note.id not in climbed:
        climbed.add(note.id)
        note = talk.notes[note.parent or ""]
    return note.id


def _first(talk: Talk, note: Note) -> Note | None:
    value: dict[str, object] = {"noteId": note.id, "limit": LIMIT}
    answer = talk.answers.get(talk.call("notes/conversation", value))
    try:
        above = talk.page(answer, subject="the notes above")
    except (FetchError, ParseError) as err:
        talk.say(f"the begin of a thread could not be read ({why(err)})")
        return None
    return above[-1] if above else None


def _newest(notes: list[Note]) -> list[Note]:
    return sorted(notes, key=lambda each: (each.created_at, each.id), reverse=True)


def _url(note: Note) -> str:
    return note.uri


def _listing(ref: SourceRef, talk: Talk, urls: list[str], title: str) -> ListingObservation:
    unique = tuple(dict.fromkeys(urls))
    if len(unique) > _MOST:
        talk.say(f"the {_MOST} newest threads are listed")
    return ListingObservation(
        platform=PLATFORM,
        url=ref.url,
        thread_urls=unique[:_MOST],
        observed_at=talk.answers.seen[0].at,
        title=title,
        reason="; ".join(talk.reasons()),
        record_ids=record_ids(talk.answers.seen),
    )

"""Which threads did an actor begin lately? Read from its outbox."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from archiver.models import ListingObservation
from archiver.sources.activitypub.document import PLATFORM
from archiver.sources.activitypub.note import Note
from archiver.sources.activitypub.outbox import outbox_of
from archiver.sources.activitypub.pages import Cursor, Listed, turn
from archiver.sources.activitypub.parts import address_of
from archiver.sources.activitypub.post import read_author
from archiver.sources.activitypub.session import Asking
from archiver.sources.activitypub.shapes import Thing, host_of
from archiver.sources.activitypub.talk import Talk
from archiver.sources.activitypub.thread import wrote

_NO_TIME = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)  # the source puts the capture's in its place
_ENOUGH = 20
_MOST = 40
_MAX_PAGES = 10
_MAX_CLIMB = 40


def read_actor(talk: Talk, actor: Thing, url: str) -> Asking[ListingObservation]:
    """
    Read an actor's newest threads; boosts and replies to others are left out.

    Args:
        url: What was asked for, for errors.

    Returns:
        A listing that names no records and no time yet.

    Raises:
        ParseError: If the actor has no outbox.
    """
    cursor = outbox_of(actor, url)
    roots = yield from _roots(talk, actor, cursor)
    author = read_author(actor.id, actor)
    return ListingObservation(
        platform=PLATFORM,
        author=author,
        url=author.url or actor.id,
        thread_urls=tuple(dict.fromkeys(map(_url, roots)))[:_MOST],
        observed_at=_NO_TIME,
        title=author.name,
        reason="; ".join((*_limits(cursor, roots), *talk.limits, *talk.remarks)),
    )


def _roots(talk: Talk, actor: Thing, cursor: Cursor) -> Asking[list[Note]]:
    roots: dict[str, Note] = {}
    tops: dict[str, Note | None] = {}
    others = orphans = 0
    for _ in range(_MAX_PAGES):
        if cursor.done or len(roots) >= _ENOUGH:
            break
        (members,) = yield from turn(talk, (cursor,))
        own = yield from _own(talk, actor, members)
        for note in own:
            top = yield from _top(talk, actor, note, tops)
            if top is None:
                others += 1
            elif top.parent is not None:
                orphans += 1
            else:
                roots.setdefault(top.id, top)
    if others:
        talk.say(f"replies to others were left out ({others})")
    if orphans:
        talk.say(f"posts below those that are gone were left out ({orphans})")
    return list(roots.values())


def _own(talk: Talk, actor: Thing, members: Sequence[Listed]) -> Asking[list[Note]]:
    """Give those members of a page that the actor wrote."""
    for each in members:
        if each.inside is not None:
            talk.take(each.inside, each.id)
    names = [each.id for each in members if each.inside is None and not talk.is_busy(each.id)]
    if len(names) > _MOST:
        talk.say(f"of {len(names)} posts on a page, {_MOST} were looked at")
    yield from talk.load(names[:_MOST])
    found = (talk.notes.get(talk.named(each.id)) for each in members)
    return [note for note in found if note is not None and note.author == actor.id]


def _top(talk: Talk, actor: Thing, note: Note, tops: dict[str, Note | None]) -> Asking[Note | None]:
    """
    Give the first post of the actor's thread that is to be seen.

    Args:
        tops: What was found before, by id, so that a long thread is climbed once.

    Returns:
        A post that answers nothing, or one whose own parent is gone; None if it answers others.
    """
    climbed = {note.id: None}
    top: Note | None = note
    asked = 0
    while top is not None and top.parent is not None:
        name = talk.named(top.parent)
        if name in tops or name in climbed:
            top = tops.get(name)
            break
        if name not in talk.notes and _may_ask(talk, actor, name) and asked < _MAX_CLIMB:
            asked += 1
            yield from talk.load((name,))
        above = talk.notes.get(talk.named(name))
        if above is None:
            top = top if wrote(actor.id, name) else None
            break
        climbed[above.id] = None
        top = above if above.author == actor.id else None
    tops.update(dict.fromkeys(climbed, top))
    return top


def _may_ask(talk: Talk, actor: Thing, name: str) -> bool:
    own = host_of(name) == host_of(actor.id)
    return own and name not in talk.refused and not talk.is_busy(name)


def _url(note: Note) -> str:
    address = address_of(note.thing)
    return address if host_of(address) == note.host else note.id


def _limits(cursor: Cursor, roots: Sequence[Note]) -> tuple[str, ...]:
    if cursor.why:
        return (f"the outbox could not be read whole ({cursor.why})",)
    if not roots and cursor.total:
        return (f"the server counts {cursor.total} posts and shows none of them to strangers",)
    if not cursor.done:
        return (f"the newest {len(roots)} threads; there are more",)
    return ()

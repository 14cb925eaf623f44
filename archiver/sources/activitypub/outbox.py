"""What did an actor write lately, by its own outbox?"""

from __future__ import annotations

import datetime as dt

from archiver.errors import ParseError
from archiver.sources.activitypub.note import Note, wrong
from archiver.sources.activitypub.pages import Cursor, turn
from archiver.sources.activitypub.session import Asking
from archiver.sources.activitypub.shapes import Thing, host_of, id_of
from archiver.sources.activitypub.talk import Talk

_MAX_PAGES = 10
_MAX_ASKED = 100


def outbox_of(actor: Thing, url: str) -> Cursor:
    """
    Say where an actor's outbox is read.

    Args:
        url: What was asked for, for errors.

    Raises:
        ParseError: If there is none, or it is not on the actor's own server.
    """
    outbox = next(iter(actor.each("outbox")), None)
    if isinstance(outbox, dict) and Thing(outbox).has("first"):
        return Cursor(outbox, host_of(actor.id))
    address = actor.one_id("outbox")
    if not address:
        wrong(url, "outbox", "is missing")
    if host_of(address) != host_of(actor.id):
        wrong(url, "outbox", "is not on the actor's own server")
    return Cursor(address, host_of(address))


def written_since(
    talk: Talk, author: str, since: dt.datetime | None
) -> Asking[tuple[tuple[Note, ...], bool]]:
    """
    Read an author's own posts back to a time; they are taken in.

    Args:
        author: Id of the actor.
        since: How far back; None for as far as it is read of any.

    Returns:
        The posts, and whether the outbox was read so far back. A closed outbox gives none.
    """
    actor = (yield from talk.documents((author,)))[author]
    if not isinstance(actor, Thing):
        return (), False
    try:
        cursor = outbox_of(actor, author)
    except ParseError:
        return (), False
    found: dict[str, Note] = {}
    asked = 0
    for _ in range(_MAX_PAGES):
        (members,) = yield from turn(talk, (cursor,))
        for each in members:
            if each.inside is not None:
                talk.take(each.inside, each.id)
        names = [each.id for each in members if each.inside is None and not talk.is_busy(each.id)]
        names = names[: _MAX_ASKED - asked]
        asked += len(names)
        yield from talk.load(names)
        notes = [
            talk.notes[name] for each in members if (name := talk.named(each.id)) in talk.notes
        ]
        found.update({note.id: note for note in notes if note.author == author})
        if cursor.done or _reaches(notes, since):
            return tuple(found.values()), not cursor.why and bool(found)
    return tuple(found.values()), False


def _reaches(notes: list[Note], since: dt.datetime | None) -> bool:
    """Say whether a page is older than a time; pinned posts may stand out of order before it."""
    times = [note.created_at for note in notes if note.created_at is not None]
    return since is not None and bool(times) and times[-1] < since


def group_of(note: Note) -> str:
    """Give what groups a post with others of its conversation, though it may lead nowhere."""
    thing = note.thing
    context = next(iter(thing.each("context")), None)
    told = context if isinstance(context, str) else id_of(context)
    return thing.words("conversation") or told

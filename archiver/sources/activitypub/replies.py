"""What follows the first post of a conversation, and what of it is gone?"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from archiver.errors import ParseError
from archiver.models import Branch, KnownPost
from archiver.sources.activitypub.note import Note
from archiver.sources.activitypub.outbox import group_of, written_since
from archiver.sources.activitypub.pages import Cursor, Listed, turn
from archiver.sources.activitypub.parts import quoted
from archiver.sources.activitypub.session import Asking
from archiver.sources.activitypub.shapes import Thing, host_of
from archiver.sources.activitypub.talk import Talk
from archiver.sources.activitypub.thread import Conversation, ask_for, context, wrote

_AT_ONCE = 20
_MEMBERS = ("first", "items", "orderedItems")
_MAX_PAGES = 4_000
_MAX_KNOWN = 200
_MAX_ACTORS = 100
_MAX_QUOTES = 50


def gather(conversation: Conversation, known: Sequence[KnownPost]) -> Asking[None]:
    """
    Ask for all that follows the first post.

    The conversation's own collection is read if there is one; else the replies to each post, and
    to those, the author's first, and for what stands below a deleted post the author's outbox.
    Stored posts that were not shown are asked for by name: only so can they be gone.

    Source: FEP-f228; reference/protocols.md, 3.3
    """
    listed = None
    if conversation.root is not None:
        listed = yield from context(conversation, conversation.root)
        conversation.joined.update(dict.fromkeys(listed or ()))
    walk = _Walk(conversation, listed is not None)
    yield from walk.run()
    if listed is None and conversation.root is not None:
        yield from _find_orphans(conversation, conversation.root)
        walk.admit_all()
        yield from walk.run()
    yield from _ask_known(conversation, known)
    walk.admit_all()
    yield from walk.run()
    conversation.listed = walk.whole
    yield from _ask_quotes(conversation)
    yield from _ask_actors(conversation)


class _Walk:
    """
    The replies to each post, level by level and side by side.

    Where the conversation's own collection named its posts, only the author's own posts are
    looked at, and of their replies the first page, which lists self-replies.
    """

    def __init__(self, conversation: Conversation, shallow: bool) -> None:
        self._conversation = conversation
        self._shallow = shallow
        self._own: deque[Cursor] = deque()
        self._others: deque[Cursor] = deque()
        self._admitted: set[str] = set()
        self._unlisted = 0
        self._why: dict[str, None] = {}
        self._cut = False
        self._pages = 0
        self.admit_all()

    @property
    def whole(self) -> bool:
        """All that is listed below the author's posts was read, and each of those has a list."""
        return not self._cut and not self._unlisted and self._pages < _MAX_PAGES

    @property
    def _talk(self) -> Talk:
        return self._conversation.talk

    def admit_all(self) -> None:
        """Take in what is known to belong here."""
        for note in self._conversation.members().values():
            self._admit(note)

    def _admit(self, note: Note) -> None:
        if note.id in self._admitted:
            return
        self._admitted.add(note.id)
        own = note.author == self._conversation.author
        if self._shallow and not own:
            return
        value = next(iter(note.thing.each("replies")), None)
        address = note.thing.one_id("replies")
        if isinstance(value, dict) and any(map(Thing(value).has, _MEMBERS)):
            cursor = Cursor(value, note.host, self._shallow)
        elif address and host_of(address) == note.host:
            cursor = Cursor(address, note.host, self._shallow)
        else:
            self._unlisted += own and not self._shallow
            return
        (self._own if own else self._others).append(cursor)

    def run(self) -> Asking[None]:
        """Read until nothing new comes, or a bound is met."""
        while self._own or self._others:
            if self._pages >= _MAX_PAGES:
                self._talk.say(f"{_MAX_PAGES:,} pages of replies were read, and there are more")
                return
            own = self._next(self._own, _AT_ONCE)
            batch = [*own, *self._next(self._others, _AT_ONCE - len(own))]
            self._pages += sum(bool(each.address) for each in batch)
            listed = yield from turn(self._talk, batch)
            yield from self._take([each for members in listed for each in members])
            for place, cursor in enumerate(batch):
                is_own = place < len(own)
                if not cursor.done:
                    (self._own if is_own else self._others).append(cursor)
                elif cursor.why:
                    self._why[cursor.why] = None
                    self._cut = self._cut or is_own
        for why in self._why:
            self._talk.remark(f"not all replies could be read ({why})")

    def _next(self, queue: deque[Cursor], most: int) -> list[Cursor]:
        return [queue.popleft() for _ in range(min(len(queue), most))]

    def _take(self, listed: Sequence[Listed]) -> Asking[None]:
        talk = self._talk
        for each in listed:
            if each.inside is not None and "Tombstone" not in each.inside.types:
                talk.take(each.inside, each.id)
        yield from ask_for(self._conversation, [each.id for each in listed if each.inside is None])
        below: dict[str, list[Note]] = {}
        for name in dict.fromkeys(talk.named(each.id) for each in listed):
            note = talk.notes.get(name)
            if note is not None:
                below.setdefault(self._conversation.parent(note) or "", []).append(note)
        # One that answers another of the same page may stand before it.
        waiting = [above for above in below if self._belongs(above)]
        while waiting:
            for note in below.pop(waiting.pop(), ()):
                self._admit(note)
                waiting.append(note.id)

    def _belongs(self, name: str) -> bool:
        return name in self._admitted or name == self._conversation.root_id


def _find_orphans(conversation: Conversation, root: Note) -> Asking[None]:
    """Find the author's posts below a deleted one: they say of which group they are."""
    talk = conversation.talk
    group = group_of(root)
    notes, whole = yield from written_since(talk, root.author, root.created_at)
    unclear = 0
    for note in notes:
        above = conversation.parent(note)
        if above is None or above in talk.notes:
            continue
        if above in conversation.stored or (group and group_of(note) == group):
            conversation.joined[note.id] = None
        elif not group and wrote(root.author, above):
            unclear += 1
    if unclear:
        talk.say(f"posts of the author that answer deleted ones may belong here ({unclear})")
    if not whole:
        talk.say("the author's outbox was not shown back to the first post")


def _ask_known(conversation: Conversation, known: Sequence[KnownPost]) -> Asking[None]:
    talk = conversation.talk
    members = conversation.members()
    missing = [
        each.id
        for each in known
        if each.id not in members and each.id not in conversation.gone and host_of(each.id)
    ]
    if len(missing) > _MAX_KNOWN:
        talk.say(f"of {len(missing)} stored posts not shown, {_MAX_KNOWN} were asked for by name")
    missing = missing[:_MAX_KNOWN]
    yield from ask_for(conversation, missing)
    for name in missing:
        if talk.named(name) in talk.notes:
            conversation.joined[talk.named(name)] = None
        elif (yield from talk.says_gone(name)):
            conversation.gone[name] = None


def _ask_quotes(conversation: Conversation) -> Asking[None]:
    """Ask for the posts that the thread itself quotes, each at its own server."""
    talk, members = conversation.talk, conversation.members()
    own = [each.id for each in conversation.places() if each.branch is Branch.THREAD]
    wanted = {quoted(members[each].thing): None for each in own if each in members}
    wanted.pop("", None)
    names = list(wanted)[:_MAX_QUOTES]
    found = yield from talk.documents([each for each in names if each not in members])
    for name in names:
        document = found.get(name)
        note = members.get(name)
        if isinstance(document, Thing):
            note = quoted_note(document, name)
        conversation.quotes[name] = note


def quoted_note(document: Thing, name: str) -> Note | None:
    """Read a quoted post; None if it is none, or not for everybody."""
    try:
        note = Note.read(document, name)
    except ParseError:
        return None
    return note if note.is_public else None


def _ask_actors(conversation: Conversation) -> Asking[None]:
    talk, members = conversation.talk, conversation.members()
    authors = [conversation.author, *(each.author for each in members.values())]
    authors += [each.author for each in conversation.quotes.values() if each is not None]
    wanted = list(dict.fromkeys(filter(None, authors)))
    if len(wanted) > _MAX_ACTORS:
        talk.remark(f"of {len(wanted)} authors, {_MAX_ACTORS} were asked for their names")
    found = yield from talk.documents(wanted[:_MAX_ACTORS])
    for name in wanted:
        document = found.get(name)
        conversation.actors[name] = document if isinstance(document, Thing) else None

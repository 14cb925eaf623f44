"""Where does a conversation begin, and what of it has been seen?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from archiver.core.selfthread import Node, Place, arrange
from archiver.errors import NotFound
from archiver.models import KnownPost, SourceRef
from archiver.sources.activitypub.note import Note
from archiver.sources.activitypub.outbox import group_of, written_since
from archiver.sources.activitypub.pages import Cursor, turn
from archiver.sources.activitypub.session import Asking
from archiver.sources.activitypub.shapes import Thing, host_of
from archiver.sources.activitypub.talk import Talk

_MAX_CLIMB = 1_000
MAX_POSTS = 3_000
"""Posts that are asked for by name, per capture."""


@dataclass(slots=True)
class Conversation:
    """
    A thread with what hangs on it, as far as it was read.

    Attributes:
        root: The first post; None if it was stored earlier and is gone.
        lost: That stored post.
        joined: Ids of posts that are of this conversation by the word of its own collection, or
            because they are stored so.
        stored: Ids of posts that are stored of it.
        aside: Those of them that hang beside the thread: no gap in it.
        gone: Ids of stored posts that their servers declared gone.
        listed: What follows was read to its end.
        asked: How many posts were asked for by name.
        unshown: Those of them that were not shown, and why.
        actors: Authors' own documents, by id; None where they could not be read.
        quotes: Quoted posts by id; None where they could not be read.
    """

    talk: Talk
    root: Note | None
    lost: KnownPost | None = None
    joined: dict[str, None] = field(default_factory=dict)
    stored: frozenset[str] = frozenset()
    aside: frozenset[str] = frozenset()
    gone: dict[str, None] = field(default_factory=dict)
    listed: bool = False
    asked: int = 0
    unshown: dict[str, str] = field(default_factory=dict)
    actors: dict[str, Thing | None] = field(default_factory=dict)
    quotes: dict[str, Note | None] = field(default_factory=dict)

    @property
    def root_id(self) -> str:
        """Id of the first post."""
        if self.root is not None:
            return self.root.id
        return self.lost.id if self.lost else ""

    @property
    def author(self) -> str:
        """Id of its author; empty if nobody can say any more."""
        if self.root is not None:
            return self.root.author
        own = (self.talk.notes[each] for each in self.stored if each in self.talk.notes)
        return next((each.author for each in own if wrote(each.author, self.root_id)), "")

    def parent(self, note: Note) -> str | None:
        """Give the id of what a post replies to; the first post replies to nothing here."""
        if note.parent is None or note.id == self.root_id:
            return None
        return self.talk.named(note.parent)

    def members(self) -> dict[str, Note]:
        """Give the posts of this conversation, by id."""
        notes = self.talk.notes
        below: dict[str, list[str]] = {}
        for note in notes.values():
            below.setdefault(self.parent(note) or "", []).append(note.id)
        waiting = [self.root_id, *filter(self._is_severed, self.joined)]
        found: dict[str, Note] = {}
        done: set[str] = set()
        while waiting:
            each = waiting.pop()
            if each not in done:
                done.add(each)
                waiting += below.get(each, ())
                if each in notes:
                    found[each] = notes[each]
        return found

    def _is_severed(self, name: str) -> bool:
        note = self.talk.notes.get(name)
        above = self.parent(note) if note else None
        return above is not None and above not in self.talk.notes

    def places(self) -> tuple[Place, ...]:
        """Put them in reading order, with gaps."""
        members = self.members()
        nodes: list[Node] = []
        unseen: dict[str, str] = {}
        for note in members.values():
            above = self.parent(note)
            nodes.append(Node(note.id, note.author, above, note.created_at))
            if above is not None and above not in members and self._is_own(above):
                unseen[above] = self.author
        return arrange(nodes, self.root_id, author=self.author, unseen=unseen)

    def _is_own(self, missing: str) -> bool:
        if missing in self.aside:
            return False
        return missing in self.stored or wrote(self.author, missing)


def wrote(author: str, name: str) -> bool:
    """
    Say whether an id is that of a post by an author, as far as ids tell.

    >>> wrote("https://a.example/users/a", "https://a.example/users/a/statuses/7")
    True
    """
    return bool(author) and name.startswith(f"{author.rstrip('/')}/")


def begin(talk: Talk, ref: SourceRef, seed: Note) -> Asking[Conversation]:
    """
    Go from a post up to the first of its conversation.

    A post whose parent is gone leads to the first post by the conversation's own collection, or
    by what is stored.
    """
    conversation = _known(Conversation(talk, seed), ref)
    top = yield from _climb(talk, seed)
    conversation.root = top
    first = ref.known[0] if ref.known else None
    if first is not None and top.id in conversation.stored and top.id != first.id:
        yield from _stored(conversation, first)
    elif top.parent is not None and talk.named(top.parent) not in talk.notes:
        yield from _before(conversation, top)
    return conversation


def begin_stored(talk: Talk, ref: SourceRef, err: NotFound) -> Asking[Conversation]:
    """
    Begin with the first post as it is stored, although the one that was named is gone.

    Raises:
        NotFound: As it came, if nothing is stored, or its server does not say that it is gone.
    """
    first = ref.known[0] if ref.known else None
    if first is None or not host_of(first.id):
        raise err
    conversation = _known(Conversation(talk, None), ref)
    yield from _stored(conversation, first)
    if conversation.root is None and conversation.lost is None:
        raise err
    return conversation


def _known(conversation: Conversation, ref: SourceRef) -> Conversation:
    conversation.stored = frozenset(each.id for each in ref.known)
    conversation.aside = frozenset(each.id for each in ref.known if each.aside)
    return conversation


def _stored(conversation: Conversation, first: KnownPost) -> Asking[None]:
    talk = conversation.talk
    yield from talk.load((first.id,))
    found = talk.notes.get(talk.named(first.id))
    if found is not None:
        conversation.root = found
    elif (yield from talk.says_gone(first.id)):
        conversation.root, conversation.lost = None, first
        conversation.gone[first.id] = None
    elif conversation.root is not None:
        talk.say("the first post as it is stored could not be read")
        conversation.root, conversation.lost = None, first


def _climb(talk: Talk, note: Note) -> Asking[Note]:
    """Give the highest post that can be seen above one; the post itself if there is none."""
    top, climbed = note, {note.id}
    for _ in range(_MAX_CLIMB):
        if top.parent is None:
            return top
        yield from talk.load((top.parent,))
        above = talk.notes.get(talk.named(top.parent))
        if above is None:
            return top
        if above.id in climbed:
            talk.say("the posts above reply to each other in a circle")
            return min((talk.notes[each] for each in climbed), key=_age)
        climbed.add(above.id)
        top = above
    talk.say(f"the conversation goes on above for more than {_MAX_CLIMB:,} posts")
    return top


def _age(note: Note) -> tuple[str, str]:
    return (note.created_at.isoformat() if note.created_at else "9", note.id)


def _before(conversation: Conversation, orphan: Note) -> Asking[None]:
    """
    Find the first post of a conversation by what survives deletions.

    That is its own collection, or else the group that its author's posts say they are of.
    """
    talk = conversation.talk
    listed = (yield from context(conversation, orphan)) or ()
    group = group_of(orphan)
    if not listed and group and host_of(orphan.parent or "") == orphan.host:
        own, _ = yield from written_since(talk, orphan.author, None)
        listed = tuple(note.id for note in own if group_of(note) == group)
    roots = [talk.notes[each] for each in listed if talk.notes[each].parent is None]
    if len(roots) == 1:
        conversation.root = roots[0]
        conversation.joined.update(dict.fromkeys(listed))
    else:
        talk.say("the first post answers one that is not to be seen")


def context(conversation: Conversation, note: Note) -> Asking[tuple[str, ...] | None]:
    """
    Read the collection of a post's whole conversation.

    Returns:
        The ids of the posts that it names and that could be read; None if there is no such
        collection, which is no fault.

    Source: FEP-f228 (`contextHistory`, then `context`), FEP-7888
    """
    for name in ("contextHistory", "context"):
        value = next(iter(note.thing.each(name)), None)
        address = note.thing.one_id(name)
        if isinstance(value, dict) and host_of(address) == note.host and Thing(value).has("first"):
            cursor = Cursor(value, note.host)
        elif address and address != note.id:
            cursor = Cursor(address, host_of(address))
        else:
            continue
        listed = yield from _all(conversation, cursor)
        if listed:
            if cursor.why:
                conversation.talk.say(
                    f"its own list of posts could not be read whole ({cursor.why})"
                )
                return None
            return listed
    return None


def _all(conversation: Conversation, cursor: Cursor) -> Asking[tuple[str, ...]]:
    talk = conversation.talk
    found: dict[str, None] = {}
    while not cursor.done:
        (members,) = yield from turn(talk, (cursor,))
        for each in members:
            if each.inside is not None and "Tombstone" not in each.inside.types:
                talk.take(each.inside, each.id)
        yield from ask_for(conversation, [each.id for each in members if each.inside is None])
        for each in members:
            name = talk.named(each.id)
            if name in talk.notes:
                found[name] = None
    return tuple(found)


def ask_for(conversation: Conversation, names: Sequence[str]) -> Asking[tuple[Note, ...]]:
    """Ask for posts by name, within the bound of a capture."""
    talk = conversation.talk
    new: list[str] = []
    for each in dict.fromkeys(names):
        if talk.named(each) in talk.notes or each in talk.refused:
            continue
        if talk.is_busy(each):
            conversation.unshown[each] = "status 429"
        else:
            new.append(each)
    room = MAX_POSTS - conversation.asked
    if len(new) > room:
        talk.say(f"{MAX_POSTS:,} posts were asked for, and there are more")
        new = new[:room]
    if not new:
        return ()
    conversation.asked += len(new)
    found = yield from talk.load(new)
    for each in new:
        if talk.named(each) not in talk.notes:
            why = talk.refused.get(each) or talk.refused.get(talk.named(each), "")
            conversation.unshown[each] = why
    return found

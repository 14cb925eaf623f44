"""Where does a conversation on a Misskey server begin, and what belongs to it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from archiver.core.selfthread import Node, Place, arrange
from archiver.core.urls import origin_of
from archiver.errors import AccessDenied, ArchiverError, FetchError, NotFound, ParseError
from archiver.models import KnownPost, SourceRef
from archiver.sources.answers import Answers, why
from archiver.sources.hosts import authority, runs, settled
from archiver.sources.misskey.note import Note
from archiver.sources.misskey.talk import LIMIT, Talk, reachable
from archiver.sources.misskey.urls import FAMILY, PLATFORM, home

_MAX_UP = 30
_MAX_PAGES = 30
_MAX_REPLY_PAGES = 50
_MAX_LEVELS = 100
_MAX_ASKED = 500
_MAX_KNOWN = 200


@dataclass(slots=True)
class Conversation:
    """
    A thread with what hangs on it, as far as it was read.

    Attributes:
        software: What the server runs.
        root: The first note; None if it was stored earlier and is gone.
        lost: That stored note.
        gone: Global ids of stored posts that the platform says are gone.
        aside: Global ids of stored notes that hang beside the thread: no gaps in it.
        lacking: How many replies the server counts and does not show.
    """

    talk: Talk
    software: str
    root: Note | None
    lost: KnownPost | None = None
    gone: dict[str, None] = field(default_factory=dict)
    orphans: dict[str, None] = field(default_factory=dict)
    aside: frozenset[str] = frozenset()
    lacking: int = 0

    @property
    def root_id(self) -> str:
        """Global id of the first note."""
        if self.root is not None:
            return self.root.uri
        return self.lost.id if self.lost else ""

    def members(self) -> dict[str, Note]:
        """Give the notes of this conversation, by global id."""
        if self.root is None:
            return {}
        below = self.talk.below()
        found = [self.root, *reachable(self.root.id, below)]
        for orphan in self.orphans:
            found += [self.talk.notes[orphan], *reachable(orphan, below)]
        members: dict[str, Note] = {}
        for note in found:
            members.setdefault(note.uri, note)  # no reply can pass for the first note
        return members

    def places(self) -> tuple[Place, ...]:
        """Put them in reading order, with gaps."""
        members = self.members()
        nodes = [Node(n.uri, n.user, self._parent(n), n.created_at) for n in members.values()]
        author = self.root.user if self.root else ""
        above = (self._parent(self.talk.notes[each]) or "" for each in self.orphans)
        unseen = {each: author for each in above if each not in self.aside}
        return arrange(nodes, self.root_id, author=author, unseen=unseen)

    def _parent(self, note: Note) -> str | None:
        if note.parent is None or note is self.root:
            return None
        above = self.talk.notes.get(note.parent)
        return above.uri if above else f"{self.talk.origin}/notes/{note.parent}"


def begin(ref: SourceRef, answers: Answers) -> Conversation:
    """
    Go from the note that was named up to the first of its conversation, at its own server.

    Raises:
        Missing: If something must be asked first.
        NotThisPlatform: If the server runs something else.
        FetchError: If the note that was named cannot be read.
        ParseError: If an answer is not what is documented.
    """
    software = runs(answers, ref.key[0], FAMILY, platform=PLATFORM)
    talk = Talk(answers, settled(answers, ref.key[0]))
    try:
        seed = talk.show(ref.key[1])
        if seed.renoted is not None:
            seed = talk.show(seed.renoted)
    except NotFound:
        return _stored(ref, talk, software)
    if seed.hidden:
        raise AccessDenied(
            f"{seed.uri}: the note is not for all, so it is not archived",
            uri_r=seed.uri,
        )
    return _at_home(answers, talk, software, _climb(talk, seed))


def _climb(talk: Talk, note: Note) -> Note:
    """Give the highest note above one; the note itself if it replies to none."""
    top, climbed = note, {note.id}
    for page in range(_MAX_UP):
        if top.parent is None:
            return top
        value: dict[str, object] = {"noteId": note.id, "limit": LIMIT, "offset": page * LIMIT}
        answer = talk.answers.get(talk.call("notes/conversation", value))
        try:
            above = talk.page(answer, subject="the notes above")
        except (FetchError, ParseError) as err:
            talk.say(f"what stands above the first post could not be read ({why(err)})")
            return top
        for each in above:
            if each.id != top.parent or each.id in climbed:
                break
            climbed.add(each.id)
            top = each
        if len(above) < LIMIT or top is not above[-1]:
            break
    if top.parent is not None:
        talk.say("the first post answers one that is not to be seen")
    return top


def _at_home(answers: Answers, talk: Talk, software: str, top: Note) -> Conversation:
    """Go to the server where the first note was written; stay with the copy if it is not told."""
    if authority(origin_of(top.uri)) == authority(talk.origin):
        return Conversation(talk, software, top)
    where = home(top.uri)
    if where is not None:
        there = Talk(answers, where[0])
        try:
            runs_there = runs(answers, there.origin, FAMILY, platform=PLATFORM)
            original = there.show(where[1])
        except ArchiverError:
            original = None
        if original is not None and original.uri == top.uri:
            return Conversation(there, runs_there, _climb(there, original))
    talk.say(f"this is a copy: the thread was written at {top.uri}")
    return Conversation(talk, software, top)


def _stored(ref: SourceRef, talk: Talk, software: str) -> Conversation:
    """
    Begin with the first post as it is stored, although the one that was named is gone.

    Raises:
        NotFound: If nothing is stored, or this server does not know of it.
    """
    first = ref.known[0] if ref.known else None
    where = home(first.id) if first else None
    if first is None or where is None or where[0] != talk.origin:
        raise NotFound(f"{ref.url}: the server has no such note", uri_r=ref.url, status=404)
    if talk.is_gone(where[1]):
        return Conversation(talk, software, None, first, gone={first.id: None})
    return Conversation(talk, software, talk.show(where[1]))


def gather(conversation: Conversation, known: Sequence[KnownPost]) -> None:
    """
    Ask for all that follows the first note.

    The author's own notes since then are listed a hundred at a time, since replies are told one
    level at a time; then the replies to each note of which fewer are known than the server
    counts. Stored posts that were not shown are asked for by name: only so can they be gone.

    Raises:
        Missing: If something must be asked first.
        ParseError: If an answer is not what is documented.
    """
    if conversation.root is not None:
        _list_author(conversation, conversation.root)
        _find_orphans(conversation, conversation.root, known)
        _follow_down(conversation, conversation.root)
    _ask_known(conversation, known)


def _list_author(conversation: Conversation, root: Note) -> None:
    """Read pages of the author's notes as long as they bring something of this thread."""
    talk, since = conversation.talk, root.id
    joined = {root.id}
    for _ in range(_MAX_PAGES):
        value: dict[str, object] = {
            "userId": root.user,
            "sinceId": since,
            "limit": LIMIT,
            "withReplies": True,
            "withRenotes": False,
            "withChannelNotes": True,
        }
        answer = talk.answers.get(talk.call("users/notes", value))
        try:
            page = talk.page(answer, subject="the author's notes")
        except (FetchError, ParseError) as err:
            talk.say(f"the author's own notes could not be listed ({why(err)})")
            return
        newest = max((each.id for each in page), default=since)
        before = len(joined)
        _join(talk, page, joined)
        if len(page) < LIMIT or newest <= since or len(joined) == before:
            return
        since = newest
    talk.say(f"the author's notes were listed for {_MAX_PAGES} pages only")


def _join(talk: Talk, page: Sequence[Note], joined: set[str]) -> None:
    """Find which notes hang on those that are joined already; ids sort by time."""
    for note in sorted(page, key=lambda each: each.id):
        above = talk.notes.get(note.parent or "")
        if above is not None and above.parent in joined:
            joined.add(above.id)  # one that is hidden, and named only here
        if note.parent in joined:
            joined.add(note.id)


def _find_orphans(conversation: Conversation, root: Note, known: Sequence[KnownPost]) -> None:
    """Find the author's notes whose parent is gone; only a stored parent shows whose they are."""
    talk = conversation.talk
    stored = {each.id for each in known}
    conversation.aside = frozenset(each.id for each in known if each.aside)
    strangers = 0
    for note in talk.notes.values():
        if note.user != root.user or note.parent is None or note.parent in talk.notes:
            continue
        if f"{talk.origin}/notes/{note.parent}" in stored:
            conversation.orphans[note.id] = None
        elif note.orphan and note.id > root.id:
            strangers += 1
    if strangers:
        talk.say(f"{strangers} later notes of the author answer deleted ones and may belong here")


def _follow_down(conversation: Conversation, root: Note) -> None:
    talk = conversation.talk
    asked: set[str] = set()
    for _ in range(_MAX_LEVELS):
        below = talk.below()
        tops = (root.id, *conversation.orphans)
        members = [root, *(note for top in tops for note in reachable(top, below))]
        wanted = [note for note in members if note.id not in asked and _lacks(note, below, root)]
        if len(asked) + len(wanted) > _MAX_ASKED:
            talk.say(f"replies were asked for at {_MAX_ASKED} notes only")
            wanted = wanted[: _MAX_ASKED - len(asked)]
        if not wanted:
            break
        asked.update(note.id for note in wanted)
        _children(talk, wanted)
    else:
        talk.say(f"replies were followed for {_MAX_LEVELS} levels only")
    below = talk.below()
    members = [root, *reachable(root.id, below)]
    lacking = (max((note.replies or 0) - len(below.get(note.id, ())), 0) for note in members)
    conversation.lacking = sum(lacking)


def _lacks(note: Note, below: dict[str, list[Note]], root: Note) -> bool:
    shown = sum(not each.lean for each in below.get(note.id, ()))
    return note is root or note.replies is None or shown < note.replies


def _children(talk: Talk, notes: Sequence[Note]) -> None:
    """Ask for the replies to some notes, page by page; side by side, since most have one page."""
    edges: dict[str, str] = {note.id: "" for note in notes}
    for _ in range(_MAX_REPLY_PAGES):
        requests = [talk.call("notes/children", _page(note, edge)) for note, edge in edges.items()]
        answers = talk.answers.get_all(requests)
        onward: dict[str, str] = {}
        for (note, edge), answer in zip(edges.items(), answers, strict=True):
            try:
                page = talk.page(answer, subject="the replies")
            except (FetchError, ParseError) as err:
                talk.say(f"replies could not be read ({why(err)})")
                continue
            oldest = min((each.id for each in page), default=edge)
            if len(page) >= LIMIT and (not edge or oldest < edge):
                onward[note] = oldest
        if not onward:
            return
        edges = onward
    talk.say(f"replies to one note were read for {_MAX_REPLY_PAGES} pages only")


def _page(note: str, edge: str) -> dict[str, object]:
    value: dict[str, object] = {"noteId": note, "limit": LIMIT, "depth": 12}
    return value | {"untilId": edge} if edge else value


def _ask_known(conversation: Conversation, known: Sequence[KnownPost]) -> None:
    talk, shown = conversation.talk, conversation.members()
    missing: list[tuple[KnownPost, str]] = []
    for each in known:
        where = home(each.id)
        if each.id not in shown and where is not None and where[0] == talk.origin:
            missing.append((each, where[1]))
    if len(missing) > _MAX_KNOWN:
        talk.say(f"of the stored posts not shown {_MAX_KNOWN} were asked for by name")
    missing = missing[:_MAX_KNOWN]
    talk.answers.get_all([talk.call("notes/show", {"noteId": local}) for _, local in missing])
    for each, local in missing:
        if talk.is_gone(local):
            conversation.gone[each.id] = None

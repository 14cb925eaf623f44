"""What follows the first post of a thread on a Mastodon server, and what of it is gone?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archiver.core.merge import HOLE
from archiver.core.selfthread import Node, Place, arrange
from archiver.errors import FetchError, NotFound, ParseError
from archiver.models import Branch, KnownPost
from archiver.sources.answers import ask
from archiver.sources.fields import Fields
from archiver.sources.mastodon.orphans import is_severed, owners
from archiver.sources.mastodon.root import Start
from archiver.sources.mastodon.status import Status
from archiver.sources.mastodon.talk import Talk, age
from archiver.sources.mastodon.urls import home

_MAX_CONTEXTS = 60
_MAX_KNOWN = 200
_MAX_PARENTS = 20
_MAX_ORPHANS = 20
_MAX_HISTORIES = 50


@dataclass(slots=True)
class Conversation:
    """
    A thread with what hangs on it, as far as it was read.

    Attributes:
        orphans: Local ids of posts of this thread whose parent is not to be seen.
        account: The author's account; None if the server does not show it any more.
        gone: Global ids of stored posts that the platform declared gone.
        listed: The author's listing was read to its end.
    """

    start: Start
    account: Fields | None = None
    orphans: dict[str, None] = field(default_factory=dict)
    gone: dict[str, None] = field(default_factory=dict)
    listed: bool = False

    def __post_init__(self) -> None:
        self.account = self.start.account
        if self.start.lost is not None:
            self.gone[self.start.lost.id] = None

    @property
    def talk(self) -> Talk:
        """What the server said."""
        return self.start.talk

    @property
    def author(self) -> str:
        """Local id of the thread's author; empty if the account is gone."""
        return self.account.text("id") if self.account else ""

    @property
    def root_id(self) -> str:
        """Global id of the first post."""
        if self.start.root is not None:
            return self.start.root.uri
        return self.start.lost.id if self.start.lost else ""

    @property
    def root_local(self) -> str:
        """Its id on this server."""
        if self.start.root is not None:
            return self.start.root.id
        where = home(self.root_id)
        return where[1] if where else ""

    def members(self) -> dict[str, Status]:
        """Give the posts of this conversation, by global id."""
        statuses = self.talk.statuses
        below: dict[str, list[str]] = {}
        for status in statuses.values():
            below.setdefault(status.parent or "", []).append(status.id)
        waiting = [self.root_local, *self.talk.joined, *self.orphans]
        found: dict[str, Status] = {}
        done: set[str] = set()
        while waiting:
            local = waiting.pop()
            if local not in done:
                done.add(local)
                waiting += below.get(local, ())
                if local in statuses:
                    found[statuses[local].uri] = statuses[local]
        return found

    def places(self) -> tuple[Place, ...]:
        """Put them in reading order, with gaps."""
        members = self.members()
        parents = {uri: self._parent(each) for uri, each in members.items()}
        nodes = [
            Node(uri, each.account, parents[uri], each.created_at) for uri, each in members.items()
        ]
        lost = {self._gap(self.talk.statuses[orphan]): self.author for orphan in self.orphans}
        return arrange(nodes, self.root_id, author=self.author, unseen=lost)

    def _parent(self, status: Status) -> str | None:
        above = self.talk.statuses.get(status.parent or "")
        if above is not None:
            return above.uri
        if status.parent is not None and status.parent == self.root_local:
            return self.root_id
        return self._gap(status) if status.id in self.orphans else None

    def _gap(self, orphan: Status) -> str:
        """
        Name the missing post above an orphan.

        By its id, if the server still tells it; by the stored post of its author that stood
        before it, if that is gone; else by the orphan, since nobody knows its own.
        """
        stem = orphan.uri.removesuffix(orphan.id)
        if orphan.parent is not None and stem != orphan.uri:
            return stem + orphan.parent
        gone = [each.removeprefix(stem) for each in self.gone if each.startswith(stem)]
        before = [age(each) for each in gone if age(each) < age(orphan.id)]
        if before and max(before) > self._post_before(orphan):
            return stem + max(before)[1]
        return HOLE + orphan.uri

    def _post_before(self, orphan: Status) -> tuple[int, str]:
        """Give the age of the last post of the thread before an orphan."""
        own = (each for each in self.talk.statuses.values() if each.account == self.author)
        chain = [age(each.id) for each in own if each.parent_account in {None, self.author}]
        return max((each for each in chain if each < age(orphan.id)), default=(0, ""))


def gather(conversation: Conversation, known: Sequence[KnownPost]) -> None:
    """
    Ask for all that follows the first post.

    The context of the first post is cut by the server (protocols 2.2), so the author's listing
    is read too, then the context of the last post found, until nothing new comes. Stored posts
    that were not shown are asked for by name: only so can they be gone.

    Raises:
        Missing: If something must be asked first.
        ParseError: If an answer is not what is documented.
    """
    talk = conversation.talk
    if conversation.start.root is not None:
        talk.around(conversation.start.root.id)
    if conversation.account is None:
        _ask_known(conversation, known)
    if conversation.author:
        conversation.listed = talk.listed_since(conversation.author, conversation.root_local)
        _find_orphans(conversation, known)
    _follow_down(conversation)
    _ask_known(conversation, known)
    _ask_histories(conversation)


def _find_orphans(conversation: Conversation, known: Sequence[KnownPost]) -> None:
    talk, root = conversation.talk, conversation.root_local
    stored = {each.id for each in known}
    decided: dict[str, str | None] = {}
    for status in _severed(conversation):
        if status.uri in stored:
            decided[status.id] = root
        elif status.parent is not None and age(status.parent) < age(root):
            decided[status.id] = None
        elif conversation.start.root is not None and len(decided) < _MAX_ORPHANS:
            told = talk.conversation(conversation.start.root.uri), talk.conversation(status.uri)
            if None not in told:
                decided[status.id] = root if told[0] == told[1] else None
    found = owners(talk.statuses.values(), conversation.author, decided)
    conversation.orphans.update({each: None for each, of in found.items() if of == root})


def _severed(conversation: Conversation) -> Iterator[Status]:
    """Give the author's posts whose parent is not to be seen, even if asked by name."""
    talk, asked = conversation.talk, 0
    for status in list(talk.statuses.values()):
        ours = status.account == conversation.author and status.uri != conversation.root_id
        if not ours or not is_severed(status, talk.statuses):
            continue
        younger = status.parent is not None and age(status.parent) > age(conversation.root_local)
        if status.parent is not None and younger and asked < _MAX_PARENTS:
            asked += 1
            try:
                talk.post(status.parent)
                continue
            except FetchError:
                pass  # it stays a gap
        yield status


def _follow_down(conversation: Conversation) -> None:
    for _ in range(_MAX_CONTEXTS):
        members = conversation.members()
        thread = [each.id for each in conversation.places() if each.branch is Branch.THREAD]
        last = members.get(thread[-1])
        if last is None or conversation.talk.was_around(last.id):
            return
        conversation.talk.around(last.id)
    conversation.talk.note(f"replies were asked for {_MAX_CONTEXTS} times only")


def _ask_known(conversation: Conversation, known: Sequence[KnownPost]) -> None:
    talk, members = conversation.talk, conversation.members()
    wanted = {
        each.id: where[1]
        for each in known
        if each.id not in members and each.id not in conversation.gone
        if (where := home(each.id)) and where[0].authority == talk.site.authority
    }
    if len(wanted) > _MAX_KNOWN:
        talk.note(f"of {len(wanted)} stored posts not shown, {_MAX_KNOWN} were asked for by name")
    asked = list(wanted.items())[:_MAX_KNOWN]
    answers = talk.answers.get_all([ask(talk.site.post(local)) for _, local in asked])
    for (uri, _), answer in zip(asked, answers, strict=True):
        try:
            status = talk.read_post(answer)
            talk.joined.add(status.id)
            # Stored posts come in reading order: the first is the author's.
            conversation.account = conversation.account or status.fields.inner("account")
        except NotFound:
            if talk.says_gone(answer):
                conversation.gone[uri] = None
        except (FetchError, ParseError):
            talk.note("not every stored post could be asked for")


def _ask_histories(conversation: Conversation) -> None:
    """Ask for earlier versions of edited posts: recorded as evidence, for they may go."""
    members = conversation.members()
    edited = [
        members[place.id].id
        for place in conversation.places()
        if place.branch is Branch.THREAD
        and not place.gap
        and members[place.id].fields.has("edited_at")
    ]
    talk = conversation.talk
    talk.answers.get_all([ask(talk.site.history(each)) for each in edited[:_MAX_HISTORIES]])

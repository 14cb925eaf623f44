"""Which posts that a server showed are of one conversation, and in which order?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from archiver.core.selfthread import Node, Place, arrange
from archiver.models import Post
from archiver.sources.mastodon.orphans import Holes
from archiver.sources.mastodon.root import Start, local_of
from archiver.sources.mastodon.status import Account, Status
from archiver.sources.mastodon.talk import Talk
from archiver.sources.mastodon.urls import host_of

_Known = tuple[str, str, str, int, tuple[str, ...], tuple[str, ...], frozenset[str]]


@dataclass(frozen=True, slots=True)
class _Arranged:
    """The posts of a conversation in reading order, for the rounds in which nothing came."""

    at: _Known
    members: dict[str, Status]
    places: tuple[Place, ...]


@dataclass(slots=True)
class Conversation:
    """
    A thread with what hangs on it, as far as it was read.

    Attributes:
        orphans: Local ids of posts of this thread whose parent is not to be seen.
        account: The author's account; None if the server does not show it any more.
        gone: Global ids of stored posts that the platform declared gone.
        listed: The author's listing was read to its end.
        history: Earlier versions of posts.
    """

    start: Start
    account: Account | None = None
    orphans: dict[str, None] = field(default_factory=dict)
    gone: dict[str, None] = field(default_factory=dict)
    listed: bool = False
    history: list[Post] = field(default_factory=list)
    _host: str = ""
    _at: _Known | None = None
    _members: dict[str, Status] = field(default_factory=dict)
    _places: tuple[Place, ...] = ()

    def __post_init__(self) -> None:
        self.account = self.start.account
        self._host = host_of(self.root_id)
        if self.start.lost is not None:
            self.gone[self.start.lost.id] = None

    @property
    def talk(self) -> Talk:
        """What the server said."""
        return self.start.talk

    @property
    def author(self) -> str:
        """Local id of the thread's author; empty if the account is gone."""
        return self.account.id if self.account else ""

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
        where = local_of(self.start.lost) if self.start.lost else None
        return where[1] if where else ""

    def members(self) -> dict[str, Status]:
        """Give the posts of this conversation, by global id."""
        self._arranged()
        return self._members

    def places(self) -> tuple[Place, ...]:
        """Give them in reading order, with gaps."""
        self._arranged()
        return self._places

    def is_forged(self, status: Status) -> bool:
        """
        Say whether a post claims the author of this thread under the name of another server.

        Only the author's own server says what its author wrote (trap 16).
        """
        return status.account == self.author and status.host != self._host

    def _arranged(self) -> None:
        """Arrange what is known by now, unless nothing came since the last time."""
        now = self._known()
        if now == self._at:
            return
        brought = now[-1] - (self._at[-1] if self._at else frozenset())
        if self._at is not None and now[:-1] == self._at[:-1] and self._holds(brought):
            self._at = now
            return
        self._at = now
        memo = self.talk.answers.seen[0].memo
        held = memo.get(__name__)
        if not isinstance(held, _Arranged) or held.at != now:
            members = self._joined()
            held = memo[__name__] = _Arranged(now, members, self._ordered(members))
        self._members, self._places = held.members, held.places

    def _known(self) -> _Known:
        """
        Say what an arrangement depends on.

        In one capture the posts that were seen only become more, so their number names them.
        """
        counts = (self.talk.site.root, self.root_id, self.author, len(self.talk.statuses))
        return *counts, tuple(self.orphans), tuple(self.gone), frozenset(self.talk.joined)

    def _holds(self, local_ids: Iterable[str]) -> bool:
        """Say whether posts are members already: then they bring nothing with them."""
        shown = (self.talk.statuses.get(each) for each in local_ids)
        return all(each is not None and self._members.get(each.uri) is each for each in shown)

    def _joined(self) -> dict[str, Status]:
        statuses = self.talk.statuses
        below: dict[str, list[str]] = {}
        for status in statuses.values():
            below.setdefault(status.parent or "", []).append(status.id)
        waiting = [*self.orphans, *self.talk.joined, self.root_local]
        found: dict[str, Status] = {}
        done: set[str] = set()
        while waiting:
            local = waiting.pop()
            if local in done:
                continue
            done.add(local)
            waiting += below.get(local, ())
            shown = statuses.get(local)
            if shown is not None and not self.is_forged(shown):
                found.setdefault(shown.uri, shown)
        return found

    def _ordered(self, members: Mapping[str, Status]) -> tuple[Place, ...]:
        statuses = self.talk.statuses
        holes = Holes(statuses.values(), self.author, self.gone)
        lost = {holes.above(statuses[orphan]): self.author for orphan in self.orphans}
        nodes = [
            Node(uri, each.account, self._parent(each, holes), each.created_at)
            for uri, each in members.items()
        ]
        return arrange(nodes, self.root_id, author=self.author, unseen=lost)

    def _parent(self, status: Status, holes: Holes) -> str | None:
        above = self.talk.statuses.get(status.parent or "")
        if above is not None:
            return above.uri
        if status.parent is not None and status.parent == self.root_local:
            return self.root_id
        return holes.above(status) if status.id in self.orphans else None

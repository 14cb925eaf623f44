"""What does the API show of a thread? From the post that was named to the whole conversation."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from archiver import errors
from archiver.core.selfthread import Node, Place, arrange
from archiver.models import Exchange, KnownPost, SourceRef
from archiver.sources.answers import Answers, reduced
from archiver.sources.x import urls
from archiver.sources.x.api import BATCH, Api, Page, page_of, says_gone
from archiver.sources.x.post import Included, Shown

_RECENT = dt.timedelta(days=7)
_MAX_PAGES = 500
_MAX_STEPS = 1_000  # upwards, one lookup each
_MEMO = "archiver.sources.x.thread.Conversation"


@dataclass(slots=True)
class Conversation:
    """
    What was seen of a thread so far.

    Attributes:
        root: Id of the first post, seen or not.
        versions: All versions that were seen, by their own ids.
        first_of: Id of the first version, by the id of any.
        missing: Posts that X does not show, and its word for why.
        listed: The search was read to its end, and it reaches back to the first post.
        taken: Answers that were read already.
        steps: How many steps upwards were made.
        named: The post that was asked for; None if it is not there any more.
    """

    api: Api
    answers: Answers
    root: str = ""
    named: Shown | None = None
    versions: dict[str, Shown] = field(default_factory=dict)
    first_of: dict[str, str] = field(default_factory=dict)
    included: Included = field(default_factory=Included)
    missing: dict[str, str] = field(default_factory=dict)
    listed: bool = False
    taken: dict[int, Page] = field(default_factory=dict)
    steps: int = 0
    notes: list[str] = field(default_factory=list)

    @property
    def now(self) -> dt.datetime:
        """When the capture began."""
        return self.answers.seen[0].at

    def note(self, sentence: str) -> None:
        """Say once which limit was met."""
        if sentence not in self.notes:
            self.notes.append(sentence)

    def first(self, post_id: str) -> str:
        """Give the id by which a post is known for ever."""
        return self.first_of.get(post_id, post_id)

    def page(self, answer: Exchange) -> Page:
        """Read an answer and keep what it brings."""
        page = reduced(answer, page_of)
        if id(page) in self.taken:
            return page
        self.taken[id(page)] = page
        for shown in page.posts:
            self.versions[shown.version] = shown
            for version in shown.versions:
                self.first_of[version] = min(
                    self.first_of.get(version, shown.id), shown.id, key=int
                )
        self.included.users.update(page.users)
        self.included.media.update(page.media)
        self.included.polls.update(page.polls)
        self.missing.update(page.missing)
        if page.odd:
            self.note("some of its answers held posts that were not understood")
        return page

    def lookup(self, wanted: Iterable[str]) -> tuple[Shown, ...]:
        """
        Look posts up, in batches; those that are known are not asked for again.

        Raises:
            Missing: If something must be asked first.
            FetchError, ParseError: If an answer cannot be used.
        """
        open_ids = [each for each in dict.fromkeys(wanted) if not self.is_known(each)]
        requests = [
            self.api.lookup(open_ids[at : at + BATCH]) for at in range(0, len(open_ids), BATCH)
        ]
        found: list[Shown] = []
        for answer in self.answers.get_all(requests):
            found += self.page(answer).posts
        for each in open_ids:
            if not self.is_known(each):  # neither shown nor named among the errors
                self.missing[each] = "not shown"
        return tuple(found)

    def is_known(self, post_id: str) -> bool:
        """Say whether X showed a post, or said that it does not."""
        return post_id in self.versions or post_id in self.missing

    def members(self) -> dict[str, Shown]:
        """Give the newest version of each post of this conversation, by its permanent id."""
        newest: dict[str, Shown] = {}
        for shown in self.versions.values():
            own = self.first(shown.version)
            here = self.first(shown.conversation) == self.root or own == self.root
            if here and (own not in newest or int(newest[own].version) < int(shown.version)):
                newest[own] = shown
        return newest

    def author_id(self, members: dict[str, Shown]) -> str:
        """Give who wrote the first post; empty if nobody can say."""
        root = members.get(self.root)
        if root is not None:
            return root.author
        below = (each for each in members.values() if self._parent(each) == self.root)
        return next((each.parent_author for each in below if each.parent_author), "")

    def _parent(self, shown: Shown) -> str | None:
        return self.first(shown.parent) if shown.parent else None

    def places(self, members: dict[str, Shown]) -> tuple[Place, ...]:
        """Put the posts in reading order, with gaps for those that are not shown."""
        unseen = {
            self.first(each.parent): each.parent_author
            for each in members.values()
            if each.parent and each.parent_author
        }
        nodes = [
            Node(own, each.author, self._parent(each), urls.time_of(own, self.now) or _age(own))
            for own, each in members.items()
        ]
        author = self.author_id(members)
        return arrange(nodes, self.root, author=author or "nobody", unseen=unseen)


def _age(post_id: str) -> dt.datetime:
    """Numbers of 2010 and before hold no time, but they too count upwards."""
    start = dt.datetime(2006, 1, 1, tzinfo=dt.UTC)
    return start + dt.timedelta(milliseconds=min(int(post_id), 10**11))


def begin(ref: SourceRef, api: Api, answers: Answers) -> Conversation:
    """
    Read the post that was named, and find the first one of its thread.

    Raises:
        Missing: If something must be asked first.
        FetchError: If it cannot be read; NotFound if it is not there, unless posts of its thread
            were stored earlier.
        ParseError: If an answer is not what is documented.
    """
    held = answers.seen[0].memo.get(_MEMO) if answers.seen else None
    if isinstance(held, Conversation) and held.answers is answers:
        return held  # the capture goes on: what was read stays read
    talk = _begun(ref, Conversation(api, answers))
    answers.seen[0].memo[_MEMO] = talk
    return talk


def _begun(ref: SourceRef, talk: Conversation) -> Conversation:
    api, answers = talk.api, talk.answers
    asked = ref.key[0]
    page = talk.page(answers.get(api.lookup((asked,))))
    talk.named = page.posts[0] if page.posts else None
    if talk.named is None and page.odd:
        raise errors.ParseError(
            f"{ref.url}: the answer for this post is not what X documents (`data`)",
            uri_r=ref.url,
            platform=urls.PLATFORM,
            field="data",
        )
    if talk.named is None:
        talk.missing.setdefault(asked, "not shown")
    start = talk.named or _remembered(ref, talk)
    if start is None:
        talk.root = ref.known[0].id
        return talk
    talk.root = talk.first(start.conversation)
    if talk.root not in talk.first_of:
        talk.lookup((talk.root,))
        talk.root = talk.first(talk.root)
    return talk


def _remembered(ref: SourceRef, talk: Conversation) -> Shown | None:
    """The post is not there: ask for those stored earlier, which lead to the thread too."""
    title = talk.missing[ref.key[0]]
    if not says_gone(title) or not ref.known:
        kind = errors.NotFound if says_gone(title) else errors.AccessDenied
        raise kind(
            f"{ref.url}: X does not show the post ({title}): deleted, private, or the address"
            " is wrong",
            uri_r=ref.url,
        )
    found = talk.lookup(each.id for each in ref.known if urls.is_id(each.id))
    return found[0] if found else None


def gather(talk: Conversation, known: Sequence[KnownPost]) -> None:
    """
    Collect the conversation: by search, upwards by replies, and what was stored earlier.

    What cannot be read any more is noted; what came so far stays.

    Raises:
        Missing: If something must be asked first.
    """
    steps: tuple[Callable[[Conversation], object], ...] = (
        _search,
        _climb,
        lambda talk: talk.lookup(each.id for each in known if _is_lost(talk, each.id)),
        _climb,
        _look_up_versions,
        lambda talk: talk.lookup(each.quoted for each in talk.members().values() if each.quoted),
    )
    for step in steps:
        try:
            step(talk)
        except errors.RateLimited as err:
            wait = f"{err.retry_after_s or 0:.0f} s"
            talk.note(f"X allows no more requests for {wait}, so not all of it was asked")
            talk.listed = False
            return
        except (errors.FetchError, errors.ParseError) as err:
            talk.note(f"not all of it could be read ({str(err).rstrip('.')})")
            talk.listed = False


def _look_up_versions(talk: Conversation) -> None:
    """Ask for the versions of edited posts that were not shown, the newest among them."""
    talk.lookup(
        version
        for each in talk.members().values()
        for version in each.versions
        if version not in talk.versions
    )


def _is_lost(talk: Conversation, post_id: str) -> bool:
    return urls.is_id(post_id) and post_id not in talk.first_of


def _search(talk: Conversation) -> None:
    root = talk.versions.get(talk.root)
    start = root or talk.named or next(iter(talk.versions.values()), None)
    if start is None:
        return
    conversation = root.conversation if root else talk.root
    author = talk.author_id(talk.members()) or start.author
    _read_pages(talk, conversation, author)
    told = talk.author_id(talk.members())
    if told not in {"", author}:  # the first post is not shown, and somebody else wrote it
        talk.listed = False
        _read_pages(talk, conversation, told)


def _read_pages(talk: Conversation, conversation: str, author: str) -> None:
    who = _searchable(talk, author)
    token, tokens = "", {""}
    for _ in range(_MAX_PAGES):
        page = talk.page(talk.answers.get(talk.api.conversation(conversation, who, token)))
        token = page.token
        if token in tokens:
            talk.listed = _reaches(talk)
            return
        tokens.add(token)
    talk.note(f"stopped after {_MAX_PAGES} pages of the search")


def _searchable(talk: Conversation, account: str) -> str:
    """The search knows accounts by name or by number."""
    user = talk.included.users.get(account)
    name = user.values.get("username") if user else None
    return name if isinstance(name, str) and urls.is_name(name) else account


def _reaches(talk: Conversation) -> bool:
    if talk.api.reach == "all":
        return True
    made = urls.time_of(talk.root, talk.now)
    if made is not None and talk.now - made < _RECENT:
        return True
    talk.note("the search used (recent) reaches back 7 days only")
    return False


def _climb(talk: Conversation) -> None:
    """Look up what posts answer, as long as the thread's author wrote it too."""
    frontier: Sequence[Shown] = tuple(talk.members().values())
    author = talk.author_id(talk.members())
    while wanted := [
        each.parent for each in frontier if each.parent and _leads_up(talk, each, author)
    ]:
        if talk.steps >= _MAX_STEPS:
            talk.note(f"stopped after {_MAX_STEPS:,} steps upwards")
            return
        frontier = talk.lookup(wanted)
        talk.steps += 1


def _leads_up(talk: Conversation, shown: Shown, author: str) -> bool:
    unseen = shown.parent not in talk.first_of and shown.parent not in talk.missing
    return unseen and shown.parent_author == author


def earlier(talk: Conversation) -> list[Shown]:
    """Give the versions of posts before the newest that was seen, oldest first."""
    newest = talk.members()
    found = [
        replace(shown, id=talk.first(shown.version))
        for shown in talk.versions.values()
        if talk.first(shown.version) in newest
        and newest[talk.first(shown.version)].version != shown.version
    ]
    return sorted(found, key=lambda each: int(each.version))

"""Which post does an address of a Lemmy server lead to, and which comments hang on it?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from archiver.core.selfthread import Node, Place, arrange
from archiver.core.urls import origin_of
from archiver.errors import ArchiverError, FetchError, NotFound, ParseError
from archiver.models import Exchange, KnownPost, SourceRef
from archiver.sources.answers import Answers, ask, record_ids, reduced
from archiver.sources.fields import Fields
from archiver.sources.hosts import authority, read_each
from archiver.sources.lemmy.api import LIMIT, Site, is_gone, reach, read
from archiver.sources.lemmy.entry import Entry
from archiver.sources.lemmy.urls import PLATFORM, home

_MAX_PAGES = 200
_MAX_CURSORS = 100
_MAX_AT_ONCE = 20
_MAX_KNOWN = 200
_MAX_UNSEEN = 100


@dataclass(slots=True)
class Conversation:
    """
    A post with its comments, as far as they were read.

    Attributes:
        root: The post; None if it was stored earlier and is gone.
        lost: That stored post.
        counted: Comments that the server counts; None if it does not say.
        comments: By local id.
        listed: All pages were read.
    """

    answers: Answers
    site: Site
    root: Entry | None
    lost: KnownPost | None = None
    counted: int | None = None
    comments: dict[str, Entry] = field(default_factory=dict)
    gone: dict[str, None] = field(default_factory=dict)
    limits: dict[str, None] = field(default_factory=dict)
    listed: bool = False

    @property
    def root_id(self) -> str:
        """Global id of the post."""
        if self.root is not None:
            return self.root.uri
        return self.lost.id if self.lost else ""

    @property
    def lacking(self) -> int:
        """How many comments the server counts and does not show."""
        shown = sum(not each.gone for each in self.comments.values())
        return max((self.counted or 0) - shown, 0)

    def entries(self) -> dict[str, Entry]:
        """Give the post and all comments, by global id."""
        found: dict[str, Entry] = {}
        for each in self._all():
            found.setdefault(each.uri, each)  # no comment can pass for the post
        return found

    def places(self) -> tuple[Place, ...]:
        """Put them in reading order; comments that are only named by those below are gaps."""
        author = self.root.user if self.root else ""
        nodes = [Node(e.uri, e.user, self._parent(e), e.created_at) for e in self._all()]
        seen = set(self.comments)
        for each in list(self.comments.values()):
            nodes += self._unseen(each.path, seen)
        return arrange(nodes, self.root_id, author=author, unseen={})

    def _all(self) -> tuple[Entry, ...]:
        return (*((self.root,) if self.root else ()), *self.comments.values())

    def _unseen(self, path: tuple[str, ...], seen: set[str]) -> list[Node]:
        found: list[Node] = []
        for depth in range(len(path) - 1, -1, -1):
            if path[depth] in seen:
                break
            seen.add(path[depth])
            above = self._name(path[depth - 1]) if depth else self.root_id
            found.append(Node(self._name(path[depth]), "", above))
        return found

    def _parent(self, entry: Entry) -> str | None:
        if entry is self.root:
            return None
        return self._name(entry.path[-1]) if entry.path else self.root_id

    def _name(self, local_id: str) -> str:
        entry = self.comments.get(local_id)
        return entry.uri if entry else f"{self.site.origin}/comment/{local_id}"


def begin(ref: SourceRef, answers: Answers) -> Conversation:
    """
    Find the post that was named, or on which the named comment hangs, at its own server.

    Raises:
        Missing: If something must be asked first.
        NotThisPlatform: If the server runs something else.
        FetchError: If it cannot be read.
        ParseError: If an answer is not what is documented.
    """
    origin, kind, local = ref.key
    site = reach(answers, origin, probe=kind, ident=local)
    try:
        if kind == "comment":
            view = read(answers.get(ask(site.comment(local))), subject="the comment")
            local = str(view.inner("comment_view").inner("comment").maybe_count("post_id"))
        view = read(answers.get(ask(site.post(local))), subject="the post")
        found = _conversation(answers, site, view)
    except NotFound:
        return _stored(ref, answers, site)
    return _known_root(ref, _at_home(found))


def _conversation(answers: Answers, site: Site, answer: Fields) -> Conversation:
    view = answer.inner("post_view")
    counts = view.maybe_inner("counts") or view.inner("post")
    return Conversation(answers, site, Entry.of_post(view), counted=counts.maybe_count("comments"))


def _at_home(copy: Conversation) -> Conversation:
    """Go to the server where the post was written; stay with the copy if it is not told there."""
    if authority(origin_of(copy.root_id)) == authority(copy.site.origin):
        return copy
    where = home(copy.root_id, "post")
    if where is not None:
        try:
            site = reach(copy.answers, where[0], probe="post", ident=where[1])
            view = read(copy.answers.get(ask(site.post(where[1]))), subject="the post")
            original = _conversation(copy.answers, site, view)
        except ArchiverError:
            original = None
        if original is not None and original.root_id == copy.root_id:
            return original
    copy.limits[f"this is a copy: the post was written at {copy.root_id}"] = None
    return copy


def _known_root(ref: SourceRef, found: Conversation) -> Conversation:
    if found.root is None or not found.root.gone:
        return found
    if not any(each.id == found.root.uri for each in ref.known):
        raise NotFound(
            f"{found.root_id}: the post was deleted or removed before it was captured",
            uri_r=found.root_id,
            status=404,
        )
    found.gone[found.root.uri] = None
    return found


def _stored(ref: SourceRef, answers: Answers, site: Site) -> Conversation:
    """
    Begin with the post as it is stored, although what was named is gone.

    Raises:
        NotFound: If nothing is stored, or this server does not know of it.
    """
    first = ref.known[0] if ref.known else None
    where = home(first.id, "post") if first else None
    if first is None or where is None or where[0] != site.origin:
        raise NotFound(f"{ref.url}: the server does not know this", uri_r=ref.url, status=404)
    answer = answers.get(ask(site.post(where[1])))
    if is_gone(answer):
        return Conversation(answers, site, None, first, gone={first.id: None})
    return _known_root(ref, _conversation(answers, site, read(answer, subject="the post")))


def gather(conversation: Conversation, known: Sequence[KnownPost]) -> None:
    """
    Ask for all comments; then by name for stored ones that were not shown.

    Raises:
        Missing: If something must be asked first.
    """
    if conversation.root is not None:
        try:
            _list(conversation, conversation.root)
        except (FetchError, ParseError) as err:
            why = "not what is documented" if isinstance(err, ParseError) else err.status
            conversation.limits[f"not all comments could be read ({why or 'no answer'})"] = None
        _ask_unseen(conversation, conversation.root)
    for each in conversation.comments.values():
        if each.gone:
            conversation.gone[each.uri] = None
    _ask_known(conversation, known)


def _list(conversation: Conversation, root: Entry) -> None:
    """Read pages, several at once as far as the count goes, until one is not full."""
    if conversation.site.has_cursors:
        _list_by_cursor(conversation, root)
        return
    pages = max(-(-(conversation.counted or 0) // LIMIT), 1)
    done, batch = 0, 1
    while done < _MAX_PAGES:
        batch = min(batch * 2, _MAX_AT_ONCE) if done >= pages else min(pages - done, _MAX_AT_ONCE)
        numbers = range(done + 1, min(done + batch, _MAX_PAGES) + 1)
        asked = [ask(conversation.site.comments(root.id, str(each))) for each in numbers]
        answers = conversation.answers.get_all(asked)
        done += len(answers)
        last = [_take(conversation, reduced(answer, _page)) for answer in answers][-1]
        if last < LIMIT and (done >= pages or not last):
            conversation.listed = True
            return
    conversation.limits[f"comments were read for {_MAX_PAGES} pages only"] = None


def _list_by_cursor(conversation: Conversation, root: Entry) -> None:
    edge, met = "", {""}
    for _ in range(_MAX_CURSORS):
        answer = conversation.answers.get(ask(conversation.site.comments(root.id, edge)))
        page = reduced(answer, _page)
        _take(conversation, page)
        edge = page.edge
        if edge in met:
            conversation.listed = True
            return
        met.add(edge)
    conversation.limits[f"comments were read for {_MAX_CURSORS} pages only"] = None


@dataclass(frozen=True, slots=True)
class _Page:
    """A page of comments, how many could not be read, and the cursor of the next one."""

    comments: tuple[Entry, ...]
    bad: int
    edge: str


def _take(conversation: Conversation, page: _Page) -> int:
    """Take in a page of comments; give how many it brought that were not there."""
    if page.bad:
        conversation.limits[f"{page.bad} comments of a page were not what is documented"] = None
    before = len(conversation.comments)
    for each in page.comments:
        conversation.comments.setdefault(each.id, each)
    return len(conversation.comments) - before + page.bad


def _page(answer: Exchange) -> _Page:
    told = read(answer, subject="the comments")
    values = told.values
    url = answer.request.url
    name = "items" if "items" in values else "comments"
    if name not in values:
        told.refuse(name, "a list")
    found, bad = read_each(values[name], Entry.of_comment, uri_r=url, platform=PLATFORM, place=name)
    numbered = isinstance(values.get("next_page"), int)  # PieFed counts; only v4 has cursors
    return _Page(tuple(found), bad, "" if numbered else told.words("next_page"))


def _ask_unseen(conversation: Conversation, root: Entry) -> None:
    """
    Ask by name for comments that are not listed, and that the post's author went on below.

    Lemmy 0.19 leaves deleted comments out of lists, yet still tells by name whose they were:
    only so is it known whether what stands below them is part of the thread.
    """
    asked: set[str] = set()
    while len(asked) < _MAX_UNSEEN:
        own = [each for each in conversation.comments.values() if each.user == root.user]
        above = {each.path[-1] for each in own if each.path}
        wanted = sorted(above - asked - set(conversation.comments))[: _MAX_UNSEEN - len(asked)]
        if not wanted:
            return
        asked.update(wanted)
        requests = [ask(conversation.site.comment(local)) for local in wanted]
        for answer in conversation.answers.get_all(requests):
            entry = _named(answer)
            if entry is not None:
                conversation.comments.setdefault(entry.id, entry)
    conversation.limits[f"{_MAX_UNSEEN} unlisted comments were asked for by name"] = None


def _ask_known(conversation: Conversation, known: Sequence[KnownPost]) -> None:
    shown = conversation.entries()
    missing: list[tuple[KnownPost, str]] = []
    for each in known:
        where = home(each.id, "comment")
        if each.id not in shown and where and where[0] == conversation.site.origin:
            missing.append((each, where[1]))
    if len(missing) > _MAX_KNOWN:
        text = f"of the stored posts not shown {_MAX_KNOWN} were asked for by name"
        conversation.limits[text] = None
    missing = missing[:_MAX_KNOWN]
    site = conversation.site
    answers = conversation.answers.get_all([ask(site.comment(local)) for _, local in missing])
    for (each, _), answer in zip(missing, answers, strict=True):
        entry = _named(answer)
        if is_gone(answer) or (entry is not None and entry.gone):
            conversation.gone[each.id] = None


def _named(answer: Exchange) -> Entry | None:
    """Read a comment that was asked for by name; None if it is not told."""
    try:
        return Entry.of_comment(read(answer, subject="the comment").inner("comment_view"))
    except (FetchError, ParseError):
        return None


def proofs(conversation: Conversation) -> tuple[str, ...]:
    """Give the records that were read."""
    return record_ids(conversation.answers.seen)

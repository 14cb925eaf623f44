"""What is there of a post and its comments on Reddit? Everything that is named, within bounds."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from urllib.parse import urljoin

from archiver.errors import FetchError, NotFound, ParseError
from archiver.models import Exchange, FetchRequest, KnownPost, SourceRef
from archiver.sources.answers import Answers, Missing, failure, reduced, why
from archiver.sources.reddit import urls
from archiver.sources.reddit.page import Page, read_listing, read_more, read_thread
from archiver.sources.reddit.thing import COMMENT, POST, Thing
from archiver.sources.reddit.urls import SITE, Servers

MAX_MORE = 50
"""Requests for comments that were only named, per capture; each brings at most 100."""

AT_ONCE = 100
MAX_INFO = 3
_REDIRECTS = frozenset({301, 302, 303, 307, 308})


class Talk:
    """
    A post and what was said below it.

    Attributes:
        root: The post.
        things: All that was seen, the root among them, by full name.
        notes: Limits that were met, each as part of a sentence.
        gone: Full names of what Reddit says is deleted or removed.
        whole: Whether everything that was named was read.
    """

    def __init__(self, ref: SourceRef, servers: Servers, answers: Answers) -> None:
        """
        Read the post.

        Raises:
            Missing: If something must be asked first.
            FetchError: If it cannot be read.
            ParseError: If an answer is not what is documented.
        """
        self._servers = servers
        self._answers = answers
        self.notes: dict[str, None] = {}
        self.whole = True
        self._number = ref.key[1] if ref.key[0] == "post" else shared(ref, servers, answers)
        answer = answers.get(servers.post(self._number))
        self._first = reduced(answer, read_thread)
        self.root = self._first.things[0]
        if self.root.id != f"{POST}_{self._number}":
            self.root.fields.refuse("name", f"{POST}_{self._number}, which was asked for,")
        self.things: dict[str, Thing] = {}
        self._add(self._first)

    @property
    def gone(self) -> tuple[str, ...]:
        """Full names of what Reddit says is deleted or removed."""
        return tuple(each.id for each in self.things.values() if each.gone)

    def fill(self, known: Sequence[KnownPost]) -> None:
        """
        Ask for what was only named, and how stored comments stand that are not shown.

        Raises:
            Missing: If something must be asked first.
        """
        self._expand()
        self._ask_known(known)
        self._count()

    def limit(self, note: str) -> None:
        """Remember a limit that was met."""
        self.notes[note] = None
        self.whole = False

    def _add(self, page: Page) -> None:
        for thing in page.things:
            of_post = thing.fields.values.get("link_id") in (None, self.root.id)
            if thing.id == self.root.id or (thing.parent is not None and of_post):
                self.things.setdefault(thing.id, thing)
        if page.unread:
            self.limit("some comments could not be read")

    def _expand(self) -> None:
        """Reddit wants these one after another (reddit.com/dev/api, morechildren)."""
        named = deque(self._first.named)
        deeper = deque(self._first.deeper)
        done: set[str] = set()
        for _ in range(MAX_MORE):
            while named and (named[0] in done or f"{COMMENT}_{named[0]}" in self.things):
                named.popleft()
            while deeper and deeper[0] in done:
                deeper.popleft()
            if named:
                children = tuple(named.popleft() for _ in range(min(AT_ONCE, len(named))))
                done.update(children)
                page = self._more(self._servers.more(self._number, children), read_more)
            elif deeper:
                top = deeper.popleft()
                done.add(top)
                request = self._servers.below(self._number, top.partition("_")[2])
                page = self._more(request, read_thread)
            else:
                return
            named.extend(page.named)
            deeper.extend(page.deeper)
        if named or deeper:
            self.limit(f"comments that were only named were asked for {MAX_MORE} times, no more")

    def _more(self, request: FetchRequest, read: Callable[[Exchange], Page]) -> Page:
        try:
            page = reduced(self._answers.get(request), read)
        except (FetchError, ParseError) as err:
            self.limit(f"some comments could not be read ({why(err)})")
            return Page(())
        self._add(page)
        return page

    def _ask_known(self, known: Sequence[KnownPost]) -> None:
        lost = [each.id for each in known if self._is_lost(each.id)]
        batches = [tuple(lost[at : at + AT_ONCE]) for at in range(0, len(lost), AT_ONCE)]
        if len(batches) > MAX_INFO:
            self.limit(f"only {MAX_INFO * AT_ONCE} of {len(lost)} lost comments were asked for")
        requests = [self._servers.info(batch) for batch in batches[:MAX_INFO]]
        for answer in self._answers.get_all(requests):
            try:
                self._add(reduced(answer, read_listing))
            except (FetchError, ParseError) as err:
                self.limit(f"lost comments could not be asked for ({why(err)})")

    def _is_lost(self, name: str) -> bool:
        kind, _, number = name.partition("_")
        usable = kind == COMMENT and number.isascii() and number.isalnum()
        return usable and name not in self.things

    def _count(self) -> None:
        total = self.root.fields.values.get("num_comments")
        shown = len(self.things) - 1
        if isinstance(total, int) and total > shown:
            self.notes[f"Reddit counts {total} comments and shows {shown}"] = None


def shared(ref: SourceRef, servers: Servers, answers: Answers) -> str:
    """
    Give the post that a share link leads to, by its redirect alone.

    Raises:
        Missing: If it must be asked first.
        FetchError: If it leads to no post.
    """
    path = ref.key[1]
    request = servers.share(path)
    answer = next((each for each in answers.seen if each.request.url == request.url), None)
    if answer is None:
        raise Missing((request,))
    if answer.status in _REDIRECTS:
        found = _target(path, answer.header("location") or "")
        if found is not None:
            return found
    problem = failure(answer, subject="the share link")
    if problem is not None and answer.status not in _REDIRECTS:
        raise problem
    raise NotFound(
        f"{ref.url}: the share link leads to no post; open it and give the address it ends at",
        uri_r=ref.url,
        status=answer.status,
    )


def _target(path: str, location: str) -> str | None:
    try:
        found = urls.match(urljoin(f"{SITE}{path}", location))
    except ValueError:
        return None
    return found.key[1] if found is not None and found.key[0] == "post" else None

"""What did an account post since the first post of a thread, page by page?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from archiver.errors import FetchError, ParseError
from archiver.models import Exchange
from archiver.sources.answers import why
from archiver.sources.mastodon import answer as read
from archiver.sources.mastodon.talk import Talk, age, by_age
from archiver.sources.mastodon.urls import page_edge

IDLE_PAGES = 25
"""Pages of 40 posts in a row without one that continues the thread: then no more are read."""
MAX_PAGES = 2_600
"""Pages that are read of one listing, per capture, however long the thread is."""


@dataclass(slots=True)
class _Chain:
    """
    Pages read one after the other in one direction.

    Attributes:
        reached: Local ids of posts that hang on the first post, as far as the pages tell.
        idle: Pages since the last one that held such a post.
    """

    pages: list[Exchange]
    reached: set[str]
    edges: set[tuple[str, str]] = field(default_factory=set)
    idle: int = 0

    def add(self, answer: Exchange) -> None:
        """Go on by a page."""
        self.pages.append(answer)
        before = len(self.reached)
        try:
            statuses = by_age(read.page(answer).statuses)
        except (FetchError, ParseError):
            return  # said when the walk looks at it
        orphans = [each.id for each in statuses if each.is_orphan]
        for each in statuses:
            if each.parent in self.reached:
                self.reached.add(each.id)
        self.idle = 0 if len(self.reached) > before else self.idle + 1
        self.reached.update(orphans)  # what continues them may be of this thread


def listed_since(talk: Talk, account: str, first: str, *, replies: bool = False) -> bool:
    """
    Read an account's own posts since one of them.

    The page behind `min_id` is the oldest one, and leads on by `prev`; servers that begin with
    the newest lead on by `next`. Both ways are gone to their end.

    Args:
        account: Local id.
        first: Local id of the post; what is older is not wanted.
        replies: With its replies to others.

    Returns:
        Whether the listing was read to its end; if not, a note says why.
    """
    try:
        url = talk.site.posts_of(account, replies=replies)
        begin = talk.ask(talk.site.behind(url, ("min_id", first)))
        ends = [_walk(talk, begin, url, rel, first) for rel in ("prev", "next")]
    except (FetchError, ParseError) as err:
        talk.note(f"the account's listing could not be read ({why(err)})")
        return False
    for read_pages in ends:
        if read_pages:
            talk.note(f"the account's listing was read for {read_pages} pages only")
    return not any(ends) and not talk.unread


def _walk(talk: Talk, begin: Exchange, url: str, rel: str, first: str) -> int:
    """Read on to the end; give 0, or the number of pages after which it was left."""
    chain = _chain(talk, begin, rel, first)
    talk.take_later(chain.pages)
    while True:
        page = read.page(chain.pages[-1])
        edge = page_edge(page.link, rel)
        ended = not page.listed or (rel == "next" and _reaches(page, first))
        if ended or edge is None or edge in chain.edges:
            return 0
        if chain.idle > IDLE_PAGES or len(chain.pages) > MAX_PAGES:
            return len(chain.pages) - 1
        answer = talk.ask(talk.site.behind(url, edge))
        chain.edges.add(edge)
        chain.add(answer)


def _chain(talk: Talk, begin: Exchange, rel: str, first: str) -> _Chain:
    """Go on where the last round ended, if this is the same capture: else rounds cost squares."""
    name = f"{__name__} {rel} {first}"
    held = begin.memo.get(name)
    if isinstance(held, _Chain) and all(map(talk.answers.holds, (begin, held.pages[-1]))):
        return held
    made = _Chain([], {first, *talk.joined})
    made.add(begin)
    begin.memo[name] = made
    return made


def _reaches(page: read.Page, first: str) -> bool:
    return any(age(each.id) <= age(first) for each in page.statuses)


def newest(talk: Talk, url: str, pages: int) -> Iterator[read.Page]:
    """
    Read a listing from its newest posts on.

    Args:
        url: Of the first page, with a query.
        pages: How many are read at most.

    Raises:
        FetchError: If the first page cannot be read; what is missing later is noted.
        ParseError: Likewise.
    """
    page = read.page(talk.ask(url))
    yield page
    for _ in range(pages - 1):
        edge = page_edge(page.link, "next")
        if edge is None or not page.listed:
            return
        try:
            page = read.page(talk.ask(talk.site.behind(url, edge)))
        except (FetchError, ParseError) as err:
            talk.note(f"older posts could not be read ({why(err)})")
            return
        yield page

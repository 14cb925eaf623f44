"""Which thread do the pages of a Nitter server show? One page, and those that it leads on to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bs4 import BeautifulSoup, Tag

from archiver import errors
from archiver.core.merge import HOLE
from archiver.core.richtext import title_of
from archiver.core.selfthread import Node, Place, arrange
from archiver.models import (
    Author,
    Branch,
    Completeness,
    Exchange,
    FetchRequest,
    Post,
    SourceRef,
    ThreadObservation,
)
from archiver.sources.answers import Answers, failure, record_ids, reduced
from archiver.sources.x import urls
from archiver.sources.x.nitterpost import Shown, read_shown
from archiver.sources.x.urls import PLATFORM

_MAX_PAGES = 500
_MAX_BYTES = 4_000_000
_MAX_POSTS = 2_000
"""So many posts are read of one page; real ones hold some dozens."""


@dataclass(frozen=True, slots=True)
class Page:
    """
    The main thread of one page, in order; None stands for a post that is not shown.

    Attributes:
        up: More stands above the first one.
        down: More stands below the last one.
    """

    posts: tuple[Shown | None, ...]
    up: bool
    down: bool


@dataclass(slots=True)
class Walk:
    """
    What several pages show together.

    Attributes:
        parents: Id of what stands before each post or hole.
        tops, bottoms: Posts above or below which more stands, as their own pages say.
    """

    posts: dict[str, Shown] = field(default_factory=dict)
    parents: dict[str, str | None] = field(default_factory=dict)
    tops: set[str] = field(default_factory=set)
    bottoms: set[str] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)


def _page_of(answer: Exchange) -> Page:
    """Read a page. Raises FetchError, and ParseError if it shows no thread."""
    wrong = failure(answer, subject="the thread")
    if wrong is not None:
        raise wrong
    url = answer.request.url
    soup = BeautifulSoup(answer.body[:_MAX_BYTES].decode("utf-8", "replace"), "lxml")
    main = soup.select_one(".main-thread")
    if main is None:
        panel = soup.select_one(".error-panel")
        said = " ".join(panel.get_text(" ").split())[:200] if panel else "no thread is on the page"
        if panel is not None and "not found" in said.lower():
            raise errors.NotFound(f"{url}: the post is not there ({said})", uri_r=url)
        raise errors.ParseError(
            f"{url}: {said}; the setting platforms.x.nitter must name a Nitter server",
            uri_r=url,
            platform=PLATFORM,
            field=".main-thread",
        )
    above, here, below = (
        list(_rows(main, each)) for each in (".before-tweet", ".main-tweet", ".after-tweet")
    )
    if not here:
        raise errors.ParseError(
            f"{url}: the page shows no post (`.main-tweet`); this is not what Nitter shows",
            uri_r=url,
            platform=PLATFORM,
            field=".main-tweet",
        )
    rows = [*above, *here, *below]
    shown = tuple(read_shown(row) for row in rows if not _is_more(row))[:_MAX_POSTS]
    return Page(
        posts=shown,
        up=bool(above) and _is_more(above[0]),
        down=bool(below) and _is_more(below[-1]),
    )


def _rows(main: Tag, part: str) -> Iterable[Tag]:
    holder = main.select_one(part)
    if holder is None:
        return ()
    return holder.find_all("div", class_="timeline-item")


def _is_more(row: Tag) -> bool:
    return "more-replies" in row.get_attribute_list("class")


def walk(ref: SourceRef, base: str, answers: Answers) -> Walk:
    """
    Read the page of a post, and further ones while they lead on.

    Raises:
        Missing: If something must be asked first.
        FetchError, ParseError: If the page of the post that was named cannot be read.
    """
    found = Walk()
    wanted, asked = [ref.key[0]], set[str]()
    while wanted:
        post_id = wanted.pop(0)
        if post_id in asked:
            continue
        if len(asked) >= _MAX_PAGES:
            found.notes.append(f"stopped after {_MAX_PAGES} pages")
            break
        asked.add(post_id)
        answer = answers.get(page_request(base, post_id))
        try:
            page = reduced(answer, _page_of)
        except (errors.FetchError, errors.ParseError) as err:
            if len(asked) == 1:
                raise
            found.notes.append(f"a further page could not be read ({str(err).rstrip('.')})")
            continue
        wanted += _add(found, page, asked)
    return found


def page_request(base: str, post_id: str) -> FetchRequest:
    """Ask for the page of a post; the account in its address is decoration."""
    return FetchRequest(f"{base}/i/status/{post_id}", headers=(("Accept", "text/html"),))


def _add(found: Walk, page: Page, asked: set[str]) -> list[str]:
    """Join a page to what is known; give the posts whose pages lead on."""
    previous: str | None = None
    for number, shown in enumerate(page.posts):
        if shown is None:
            after = next((each.id for each in page.posts[number + 1 :] if each), "")
            post_id = f"{HOLE}{previous or ''}:{after}"
        else:
            post_id = shown.id
            found.posts.setdefault(post_id, shown)
        found.parents[post_id] = found.parents.get(post_id) or previous
        previous = post_id
    known = [each.id for each in page.posts if each is not None]
    if not known:
        return []
    leads = [(page.up, known[0], found.tops), (page.down, known[-1], found.bottoms)]
    for more, post_id, ends in leads:
        if more and post_id in asked:
            ends.add(post_id)
    return [post_id for more, post_id, _ in leads if more and post_id not in asked]


def root_of(found: Walk) -> str:
    """Give the id of the first post; of the first that is shown, if that one is not."""
    top = _top(found)
    if top in found.posts:
        return top
    below = next((each for each, above in found.parents.items() if above == top), top)
    return below if below in found.posts else next(iter(found.posts), top)


def _top(found: Walk) -> str:
    at = next(iter(found.parents))
    passed: set[str] = set()
    while at not in passed:
        passed.add(at)
        at = found.parents.get(at) or at
    return at


def observe(ref: SourceRef, base: str, answers: Answers) -> ThreadObservation:
    """
    Give the thread as the pages show it.

    Raises:
        FetchError, ParseError: As `walk` says; ParseError if the pages show no post at all.
    """
    found = walk(ref, base, answers)
    if not found.posts:
        raise errors.NotFound(f"{ref.url}: none of its posts is shown any more", uri_r=ref.url)
    now = answers.seen[0].at
    first = found.posts[root_of(found)]
    author, handle = first.author, first.author.handle.lower()
    nodes = [
        Node(each.id, each.author.handle.lower(), found.parents.get(each.id), each.made)
        for each in found.posts.values()
    ]
    unseen = {each: handle for each in found.parents if each.startswith(HOLE)}
    nodes += [Node(each, handle, found.parents[each]) for each in unseen]
    places = arrange(nodes, _top(found), author=handle or "nobody", unseen=unseen)
    posts = tuple(_post(found, author, place, now) for place in places)
    return ThreadObservation(
        platform=PLATFORM,
        native_id=first.id,
        url=urls.post_page(author.handle, first.id),
        author=author,
        posts=posts,
        completeness=_completeness(found, posts),
        observed_at=now,
        title=title_of(first.words.text) or f"Thread by {author.name or author.handle}",
        record_ids=record_ids(answers.seen),
    )


def _post(found: Walk, author: Author, place: Place, now: dt.datetime) -> Post:
    shown = found.posts.get(place.id)
    if shown is None:
        own = place.branch is Branch.THREAD
        return Post(
            id=place.id,
            author=author if own else None,
            parent_id=place.parent,
            branch=place.branch,
            gap=True,
        )
    made = shown.made if shown.made is None or shown.made <= now else None
    return Post(
        id=shown.id,
        author=shown.author,
        url=urls.post_page(shown.author.handle, shown.id),
        text=shown.words.text,
        html=shown.words.html,
        created_at=urls.time_of(shown.id, now) or made,
        parent_id=place.parent,
        branch=place.branch,
        links=shown.words.links,
        mentions=shown.words.mentions,
        hashtags=shown.words.hashtags,
        media=shown.media,
        quote=shown.quote,
        bare=True,
    )


def _completeness(found: Walk, posts: Sequence[Post]) -> Completeness:
    own = [post for post in posts if post.branch is Branch.THREAD]
    gaps = sum(post.gap for post in own)
    said = ["as far as the pages of a Nitter server show it"]
    if own[0].gap or own[0].id in found.tops:
        said.append("its beginning is not shown")
    if own[-1].id in found.bottoms:
        said.append("more posts follow that its pages do not show")
    if gaps:
        said.append(f"{gaps} of its posts {'is' if gaps == 1 else 'are'} deleted or not shown")
    return Completeness(None, len(own) - gaps, gaps, "; ".join((*said, *found.notes)))

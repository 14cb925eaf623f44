"""
Which posts and targets hold the words that somebody asks for?

    the newest 20,000 that match -> the best 400 of them (bm25, titles count more)
        -> weighed with their age -> those that may be shown -> one page

So a word that stands everywhere costs no more than one that is rare. Filters are words of the
index as well (searchwords.facet), and times are ranges of its numbers.
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Row, select

from archiver.core.searchquery import Query
from archiver.core.searchwords import Phrase, is_dense
from archiver.errors import UsageError
from archiver.models import PostState
from archiver.models.search import Found, Hit, HitKind, SearchOrder, ThreadName
from archiver.store.database import Database
from archiver.store.link_rows import snapshot_of
from archiver.store.links import WITH_TEXT
from archiver.store.policy import HIDDEN
from archiver.store.search_documents import EVERY, first_docid, time_of_docid
from archiver.store.search_index import first_posts, index_posts, index_snapshots
from archiver.store.tables import CHAIN, LINK, POST, SEARCH_DOC, SEARCH_FILL, SNAPSHOT, THREAD
from archiver.store.thread_rows import stored_post

RANKED = 20_000
"""Finds that are ranked: the newest."""
BEST = 400
"""Finds that are weighed with their age and can be paged through, best first."""
_HALF_LIFE_DAYS = 365.0
_MOST_THREADS = 20
_LAST = (1 << 62) - 1
_FILLED_TOGETHER = 500  # rows of one transaction: captures wait for it

_OF_DOC = (
    "JOIN search_doc AS d ON d.docid = found.rowid "
    "WHERE (d.post_id IS NOT NULL OR d.url IS NOT NULL)"
)
_MAY_BE_SHOWN = (
    " AND NOT d.sealed AND (d.thread_id IS NULL OR d.thread_id NOT IN "
    "(SELECT thread_id FROM policy WHERE state <> 'public'))"
)
_RANKED = (
    "SELECT d.docid, d.post_id, d.url, found.rank FROM ("
    "SELECT rowid, rank FROM (SELECT rowid, rank FROM search WHERE search MATCH ? "
    f"AND rowid >= ? AND rowid < ? ORDER BY rowid DESC LIMIT {RANKED}) ORDER BY rank LIMIT {BEST}"
    f") AS found {_OF_DOC}"
)
_NEWEST = (
    "SELECT d.docid, d.post_id, d.url FROM search AS found CROSS " + _OF_DOC + "{shown} "
    "AND found.search MATCH ? AND found.rowid >= ? AND found.rowid < ? "
    "ORDER BY found.rowid DESC LIMIT ?"
)


class Searching:
    """The part of the store that searches (ports.Store)."""

    _database: Database

    def search(
        self,
        query: Query,
        *,
        now: dt.datetime,
        order: SearchOrder = SearchOrder.BEST,
        limit: int = 20,
        after: str = "",
        public: bool = True,
    ) -> Found:
        """
        Find posts and targets.

        Args:
            query: What is looked for; one without words to rank is answered newest first.
            now: The time against which age is weighed, UTC.
            limit: Finds on a page, 1 to 100.
            after: `more` of the page before; empty for the first.
            public: Leave out what no reader may see: sealed posts, threads that are withheld or
                under embargo, and targets that only those lead to.

        Raises:
            UsageError: If `after` is nothing that was ever given.
            StoreError: If the database cannot be read.
        """
        best = order is SearchOrder.BEST and not all(map(_is_letter, query.wanted))
        with self._database.read() as connection:
            looked = _best if best else _newest
            rows = looked(connection, query, _place(after, best), public, now)
            page = _Page(connection, public)
            hits, more = page.fill(rows, max(1, min(limit, 100)))
            return Found(
                hits, f"{'b' if best else 'n'}{more}" if more else "", _waiting(connection)
            )

    def search_waiting(self) -> int:
        """Say how many rows of an older archive are not in the index yet."""
        with self._database.read() as connection:
            return _waiting(connection)

    def fill_search(
        self, told: Callable[[int, int], object] | None = None, *, steps: int | None = None
    ) -> int:
        """
        Bring into the index what an older archive held before there was one.

        Each step is a transaction of its own: it may be killed, and goes on where it was.

        Args:
            told: Is told how many rows are done, and of how many, after each step.
            steps: How many steps to take; all that there are if None.

        Returns:
            How many rows were gone through.
        """
        total = self.search_waiting()
        done = 0
        for _ in itertools.count() if steps is None else range(steps):
            if done >= total:
                break
            with self._database.write() as connection:
                step = _fill_some(connection)
            if step == 0:
                break
            done += step
            if told is not None:
                told(min(done, total), total)
        return done


def match_of(query: Query) -> str:
    """
    Write a question in the language of FTS5. Only folded words stand in it, in quotation marks.

    >>> from archiver.core.searchquery import parse
    >>> match_of(parse('harbour "night shift" -ferry*'))
    '{words title about} : ("harbour" AND "night shift") NOT {words title about} : ("ferry" *)'
    """
    letters, wanted_phrases = _letters(query.wanted)
    parts = []
    if wanted_phrases:
        parts.append(_in_text(wanted_phrases, " AND "))
    parts += [f'facets : "{letter}"' for letter in letters]
    parts += [f'facets : "{facet}"' for facet in query.facets]
    letters, unwanted = _letters(query.unwanted)
    without = [f'facets : "{facet}"' for facet in (*query.without, *letters)]
    if unwanted:
        without.append(_in_text(unwanted, " OR "))
    wanted = " AND ".join(parts or [f'facets : "{EVERY}"'])
    if not without:
        return wanted
    wanted = f"({wanted})" if len(parts) > 1 else wanted
    return f"{wanted} NOT {without[0] if len(without) == 1 else '(' + ' OR '.join(without) + ')'}"


def _letters(phrases: Sequence[Phrase]) -> tuple[list[str], list[Phrase]]:
    """Tell single letters of scripts without spaces from what is looked for in the text."""
    letters = [each.words[0] for each in phrases if _is_letter(each)]
    return letters, [each for each in phrases if not _is_letter(each)]


def _is_letter(phrase: Phrase) -> bool:
    return len(phrase.words) == len(phrase.words[0]) == 1 and is_dense(phrase.words[0])


def _in_text(phrases: Sequence[Phrase], between: str) -> str:
    said = (f'"{" ".join(each.words)}"{" *" if each.prefix else ""}' for each in phrases)
    return f"{{words title about}} : ({between.join(said)})"


def _place(after: str, best: bool) -> int | None:
    if not after:
        return None
    if after[:1] != ("b" if best else "n") or not re.fullmatch("[0-9]{1,19}", after[1:]):
        raise UsageError(f"{after!r} is no place in this search; leave it out for the beginning")
    return min(int(after[1:]), _LAST)


def _between(query: Query) -> tuple[int, int]:
    since = first_docid(query.since) if query.since else 0
    until = first_docid(query.until) if query.until else _LAST
    return since, until


_Candidate = tuple[Row[Any], int]
"""A row of docid, post_id and url, and the place after it."""


def _best(
    connection: Connection, query: Query, place: int | None, public: bool, now: dt.datetime
) -> Iterator[_Candidate]:
    statement = _RANKED + (_MAY_BE_SHOWN if public else "")
    rows = connection.exec_driver_sql(statement, (match_of(query), *_between(query))).all()

    def weight(row: Row[Any]) -> tuple[float, int]:
        age = max(0.0, (now - time_of_docid(row.docid)).total_seconds() / 86400)
        # bm25 is negative, better is less; what is of today counts half as much again.
        return row.rank * (1 + 0.5 * 2 ** (-age / _HALF_LIFE_DAYS)), -row.docid

    ordered = sorted(rows, key=weight)
    for at in range(place or 0, len(ordered)):
        yield ordered[at], at + 1


def _newest(
    connection: Connection, query: Query, place: int | None, public: bool, _: dt.datetime
) -> Iterator[_Candidate]:
    statement = _NEWEST.format(shown=_MAY_BE_SHOWN if public else "")
    since, until = _between(query)
    until, size = min(until, place if place is not None else until), 50
    while True:
        values = (match_of(query), since, until, size)
        rows = connection.exec_driver_sql(statement, values).all()
        for row in rows:
            yield row, row.docid
        if len(rows) < size:
            return
        until, size = rows[-1].docid, min(size * 2, 800)


class _Page:
    """One page of finds, while it is filled."""

    def __init__(self, connection: Connection, public: bool) -> None:
        self._connection = connection
        self._public = public

    def fill(self, rows: Iterator[_Candidate], limit: int) -> tuple[tuple[Hit, ...], int]:
        """Take finds that may be shown; also give the place after the last, 0 if it is the end."""
        hits: list[Hit] = []
        last = 0
        while some := list(itertools.islice(rows, limit + 1)):
            posts = self._posts(
                {row.post_id: row.docid for row, _ in some if row.post_id is not None}
            )
            for row, place in some:
                hit = posts.get(row.post_id) if row.post_id is not None else self._target(row.url)
                if hit is None:
                    continue
                if len(hits) == limit:
                    return tuple(hits), last
                hits.append(hit)
                last = place
        return tuple(hits), 0

    def _posts(self, docids: Mapping[int, int]) -> dict[int, Hit]:
        if not docids:
            return {}
        wanted = select(POST).where(POST.c.id.in_(docids), POST.c.state != PostState.GAP.value)
        rows = self._connection.execute(wanted).all()
        names = _names(self._connection, {row.thread_id for row in rows})
        return {
            row.id: Hit(
                HitKind.POST,
                time_of_docid(docids[row.id]),
                (names[row.thread_id],),
                post=stored_post(row),
            )
            for row in rows
        }

    def _target(self, url: str) -> Hit | None:
        shown = WITH_TEXT.where(SNAPSHOT.c.url == url, SNAPSHOT.c.shown)
        row = self._connection.execute(shown).first()
        if row is None:
            return None
        threads = tuple(self._leading(url))
        if self._public and not threads:
            return None
        snapshot = snapshot_of(row)
        return Hit(HitKind.TARGET, snapshot.at, threads, snapshot=snapshot)

    def _leading(self, url: str) -> Iterator[ThreadName]:
        """The threads whose links lead to a page, or led there."""
        links = select(LINK.c.thread_id, CHAIN.c.uri_r).join(CHAIN, CHAIN.c.uri_r == LINK.c.uri_r)
        there = links.where(CHAIN.c.page == url).distinct()
        if self._public:
            there = there.where(LINK.c.thread_id.not_in(HIDDEN))
        found: dict[str, set[str]] = {}
        for row in self._connection.execute(there.limit(_MOST_THREADS * 5)):
            found.setdefault(row.thread_id, set()).add(row.uri_r)
        if self._public:
            found = {key: uris for key, uris in found.items() if self._shows(key, uris)}
        yield from _names(self._connection, list(found)[:_MOST_THREADS]).values()

    def _shows(self, thread_id: str, uris: set[str]) -> bool:
        """Say whether a post holds one of these links that is not sealed, in a thread as shown."""
        sealed = select(SEARCH_DOC.c.docid).where(
            SEARCH_DOC.c.thread_id == thread_id,
            SEARCH_DOC.c.sealed,
            SEARCH_DOC.c.post_id.is_not(None),
        )
        if self._connection.execute(sealed.limit(1)).first() is None:
            return True
        rows = self._connection.execute(
            select(POST).where(POST.c.thread_id == thread_id).order_by(POST.c.position, POST.c.id)
        )
        posts = [stored_post(row).post for row in rows]
        if not posts or posts[0].sealed:
            return False
        return any(link.uri_r in uris for each in posts if not each.sealed for link in each.links)


def _names(connection: Connection, thread_ids: Collection[str]) -> dict[str, ThreadName]:
    """Name threads; those that a reader saw change last come first."""
    warned = {
        key: stored_post(row).post.content_warning
        for key, row in first_posts(connection, thread_ids).items()
    }
    wanted = select(THREAD.c.id, THREAD.c.platform, THREAD.c.title, THREAD.c.url)
    rows = connection.execute(
        wanted.where(THREAD.c.id.in_(thread_ids)).order_by(THREAD.c.updated_at.desc(), THREAD.c.id)
    )
    return {row.id: ThreadName(*row, warned.get(row.id, "")) for row in rows}


def _waiting(connection: Connection) -> int:
    rows = connection.execute(select(SEARCH_FILL))
    return sum(max(0, row.upto - row.done) for row in rows)


def _fill_some(connection: Connection) -> int:
    """Go through the next rows of a table that is not done; the count of numbers passed."""
    waiting = select(SEARCH_FILL).where(SEARCH_FILL.c.done < SEARCH_FILL.c.upto)
    row = connection.execute(waiting.order_by(SEARCH_FILL.c.kind)).first()
    if row is None:
        return 0
    upto = min(row.done + _FILLED_TOGETHER, row.upto)
    if row.kind == "post":
        some = select(POST).where(POST.c.id > row.done, POST.c.id <= upto)
        index_posts(connection, connection.execute(some).all())
    else:
        index_snapshots(connection, row.done + 1, upto)
    mine = SEARCH_FILL.c.kind == row.kind
    connection.execute(SEARCH_FILL.update().where(mine).values(done=upto))
    return int(upto - row.done)

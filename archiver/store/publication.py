"""What is published of a thread, and on which records does it rest?"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import Connection, Select, func, literal, select

from archiver.core import linkchanges, links, pagechanges, shown
from archiver.core.urls import without_fragment
from archiver.models import (
    ChainRun,
    CrawlState,
    Hop,
    LinkChange,
    LinkView,
    Snapshot,
    Thread,
    ThreadView,
    Witness,
)
from archiver.store import codec
from archiver.store.changes import Changes
from archiver.store.columns import storable
from archiver.store.crawls import failed_last
from archiver.store.link_rows import chain_of, snapshot_of, views_of
from archiver.store.links import WITH_TEXT, histories, media_of
from archiver.store.tables import (
    CHAIN,
    CRAWL,
    LINK,
    MEDIA,
    MEMBERSHIP,
    OBSERVATION,
    REVISION,
    SNAPSHOT,
    TALLY,
    THREAD,
    WATCH,
)
from archiver.store.thread_rows import SAME_RECORDS
from archiver.store.threads import observations_of, revisions_of, threads

_TALLIED = ("threads", "posts", "links", "snapshots", "records")
LONGEST_PAST = 50
"""Copies of one page that are looked at for changes: the newest."""


class Publication(Changes):
    """The part of the store that publishing reads (ports.Store)."""

    def thread_ids(self) -> tuple[str, ...]:
        """Give all threads, newest `updated_at` first."""
        with self._database.read() as connection:
            ids = select(THREAD.c.id).order_by(THREAD.c.updated_at.desc(), THREAD.c.id)
            return tuple(connection.execute(ids).scalars())

    def view(self, thread_id: str) -> ThreadView | None:
        """Give everything that is published of a thread, as it stands at one moment."""
        with self._database.read() as connection:
            found = threads(connection, select(literal(thread_id)))
            if not found:
                return None
            count = select(THREAD.c.changes).where(THREAD.c.id == thread_id)
            changes: int = connection.execute(count).scalar_one()
            view = ThreadView(
                thread=found[0],
                links=_links(connection, found[0]),
                media=media_of(connection, thread_id),
                revisions=revisions_of(connection, thread_id),
                watches=_watches(connection, thread_id),
                observations=observations_of(connection, thread_id),
                page=_own_page(connection, found[0].url),
            )
        self._note_seen(thread_id, changes)
        return view

    def evidence_of(self, thread_id: str) -> tuple[str, ...]:
        """Give the ids of all records that a thread, its chains, snapshots and media name."""
        with self._database.read() as connection:
            return tuple(dict.fromkeys(_evidence(connection, thread_id)))

    def counts(self) -> dict[str, int]:
        """Count rows per kind, and the seeds whose last crawl failed."""
        live = (CrawlState.QUEUED, CrawlState.RUNNING)
        of_crawls: dict[str, Select[Any]] = {
            **{
                each.value: select(func.count()).where(CRAWL.c.state == each.value) for each in live
            },
            CrawlState.FAILED.value: select(func.count()).where(failed_last()),
        }
        with self._database.read() as connection:
            held = {row.kind: int(row.number) for row in connection.execute(select(TALLY))}
            return {kind: held.get(kind, 0) for kind in _TALLIED} | {
                kind: int(connection.execute(count).scalar_one())
                for kind, count in of_crawls.items()
            }


def _links(connection: Connection, thread: Thread) -> tuple[LinkView, ...]:
    mine = select(LINK.c.uri_r).where(LINK.c.thread_id == thread.id)
    rows = connection.execute(select(CHAIN).where(CHAIN.c.uri_r.in_(mine), CHAIN.c.shown))
    chains = {row.uri_r: chain_of(row) for row in rows}
    ends = _ends(connection, mine)
    ends_at = select(CHAIN.c.page).where(CHAIN.c.uri_r.in_(mine))
    pages = connection.execute(WITH_TEXT.where(SNAPSHOT.c.url.in_(ends_at), SNAPSHOT.c.shown))
    copies = {row.url: snapshot_of(row) for row in pages}
    several = select(CHAIN.c.uri_r).where(CHAIN.c.uri_r.in_(mine)).group_by(CHAIN.c.uri_r)
    # Only a link that went several ways can have changed; few did.
    ways = histories(connection, several.having(func.count() > 1))
    past = _histories_of_pages(connection, ends_at)
    return tuple(
        LinkView(
            uri_r,
            chains.get(uri_r),
            _copy(ends.get(uri_r, ()), copies),
            _events(
                uri_r, ways.get(uri_r, ()), [past.get(page, ()) for page in ends.get(uri_r, ())]
            ),
        )
        for uri_r in links.distinct(thread)
    )


def _own_page(connection: Connection, url: str) -> Snapshot | None:
    """Load what a browser showed at a thread's own address on its platform."""
    own = WITH_TEXT.where(SNAPSHOT.c.url == storable(without_fragment(url)), SNAPSHOT.c.views != "")
    row = connection.execute(own.order_by(SNAPSHOT.c.at.desc()).limit(1)).first()
    return None if row is None else snapshot_of(row)


def _events(
    uri_r: str, ways: Sequence[ChainRun], pages: Iterable[Sequence[Snapshot]]
) -> tuple[LinkChange, ...]:
    """Give what happened to a link and to the pages that it led to, oldest first."""
    of_pages = (each for copies in pages for each in pagechanges.changes(uri_r, copies))
    return tuple(sorted((*linkchanges.changes(ways), *of_pages), key=lambda each: each.at))


def _histories_of_pages(connection: Connection, urls: Select[Any]) -> dict[str, list[Snapshot]]:
    """Load the newest copies of pages of which there are several, by page, oldest first."""
    several = select(SNAPSHOT.c.url).where(SNAPSHOT.c.url.in_(urls)).group_by(SNAPSHOT.c.url)
    changed = several.having(func.count() > 1)
    place = func.row_number().over(partition_by=SNAPSHOT.c.url, order_by=SNAPSHOT.c.at.desc())
    placed = select(SNAPSHOT.c.id, place.label("place")).where(SNAPSHOT.c.url.in_(changed))
    newest = placed.subquery()
    rows = connection.execute(
        WITH_TEXT.join(newest, newest.c.id == SNAPSHOT.c.id)
        .where(newest.c.place <= LONGEST_PAST)
        .order_by(SNAPSHOT.c.url, SNAPSHOT.c.at)
    )
    found: dict[str, list[Snapshot]] = {}
    for row in rows:
        found.setdefault(row.url, []).append(snapshot_of(row))
    return found


def _ends(connection: Connection, uri_rs: Select[Any]) -> dict[str, list[str]]:
    """Where each link ever led, the newest first."""
    last = func.max(CHAIN.c.last_at)
    reached = (
        select(CHAIN.c.uri_r, CHAIN.c.page)
        .where(CHAIN.c.uri_r.in_(uri_rs))
        .group_by(CHAIN.c.uri_r, CHAIN.c.page)
        .order_by(CHAIN.c.uri_r, func.max(CHAIN.c.shown).desc(), last.desc())
    )
    rows = connection.execute(reached).all()
    return {
        uri_r: [row.page for row in of_link]
        for uri_r, of_link in itertools.groupby(rows, key=lambda row: row.uri_r)
    }


def _copy(ends: Iterable[str], copies: dict[str, Snapshot]) -> Snapshot | None:
    """
    The copy of where the link leads now; if no whole one exists, of where it led before.

    A short link that died still reads: its target was kept while it led there.
    """
    reached = [copies[page] for page in ends if page in copies]
    return next((copy for copy in reached if shown.is_whole(copy)), next(iter(reached), None))


def _watches(connection: Connection, thread_id: str) -> tuple[str, ...]:
    names = (
        select(WATCH.c.name)
        .join(MEMBERSHIP, MEMBERSHIP.c.watch == WATCH.c.name)
        .where(MEMBERSHIP.c.thread_id == thread_id)
        .order_by(WATCH.c.name)
    )
    return tuple(connection.execute(names).scalars())


def _evidence(connection: Connection, thread_id: str) -> Iterator[str]:
    for table in (REVISION, OBSERVATION):
        mine = select(table.c.record_ids).where(table.c.thread_id == thread_id)
        for text in connection.execute(mine.order_by(table.c.id)).scalars():
            yield from codec.load(tuple[str, ...], text) if text != SAME_RECORDS else ()
    uri_rs = select(LINK.c.uri_r).where(LINK.c.thread_id == thread_id)
    chains = select(CHAIN.c.hops).where(CHAIN.c.uri_r.in_(uri_rs)).order_by(CHAIN.c.id)
    for text in connection.execute(chains).scalars():
        yield from (hop.record_id for hop in codec.load(tuple[Hop, ...], text) if hop.record_id)
    told = select(CHAIN.c.witness).where(CHAIN.c.uri_r.in_(uri_rs), CHAIN.c.witness.is_not(None))
    for text in connection.execute(told.order_by(CHAIN.c.id)).scalars():
        witness = codec.load(Witness, text)
        yield from filter(None, [witness.record_id])
    ends_at = select(CHAIN.c.page).where(CHAIN.c.uri_r.in_(uri_rs))
    own = select(THREAD.c.url).where(THREAD.c.id == thread_id)
    pages = select(SNAPSHOT.c.record_id, SNAPSHOT.c.views).where(
        SNAPSHOT.c.url.in_(ends_at) | (SNAPSHOT.c.url.in_(own) & (SNAPSHOT.c.views != ""))
    )
    for row in connection.execute(pages.order_by(SNAPSHOT.c.id)):
        yield from filter(None, [row.record_id])
        yield from (view.record_id for view in views_of(row.views))
    copies = select(MEDIA.c.record_id).where(
        MEDIA.c.thread_id == thread_id, MEDIA.c.record_id.is_not(None)
    )
    yield from connection.execute(copies.order_by(MEDIA.c.url)).scalars()

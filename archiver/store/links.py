"""Where do links lead, what stood there, and which attachments do we have?"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, Select, func, literal, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or

from archiver.core import shown
from archiver.core.urls import group_key, without_fragment
from archiver.models import Chain, ChainRun, MediaCopy, Outcome, Snapshot
from archiver.store.changes import touch
from archiver.store.columns import storable
from archiver.store.database import Database
from archiver.store.imports import foreign_among
from archiver.store.link_rows import (
    chain_of,
    chain_values,
    media_copy,
    media_values,
    run_of,
    snapshot_of,
    snapshot_values,
)
from archiver.store.search_index import index_link, index_target
from archiver.store.tables import CHAIN, LINK, MEDIA, PAGE_TEXT, SNAPSHOT
from archiver.store.threads import note_links

WITH_TEXT = select(SNAPSHOT, PAGE_TEXT.c.text).outerjoin(
    PAGE_TEXT, PAGE_TEXT.c.id == SNAPSHOT.c.text_id
)
"""Snapshots as `snapshot_of` reads them."""

LONGEST_HISTORY = 200
"""Chains of one link that are looked at for changes: the newest. Some never go twice alike."""


class Links:
    """The part of the store for chains, snapshots and media (ports.Store)."""

    _database: Database

    def save_chain(self, crawl_id: int, thread_id: str, chain: Chain) -> None:
        """
        Keep a chain. One that goes the same way as the newest of its link only says how long.

        So a watch of every five minutes does not add a row each time.
        """
        newest = select(CHAIN).where(CHAIN.c.uri_r == storable(chain.uri_r))
        newest = newest.order_by(CHAIN.c.last_at.desc(), CHAIN.c.id.desc()).limit(1)
        with self._database.write() as connection:
            note_links(connection, thread_id, [chain.uri_r])
            row = connection.execute(newest).first()
            if row is not None and _goes_on(connection, row, chain):
                _prolong(connection, row, chain, crawl_id)
                return
            values = chain_values(chain) | {"last_crawl_id": crawl_id, "shown": False}
            connection.execute(CHAIN.insert().values(values))
            _choose_chain(connection, storable(chain.uri_r))

    def save_snapshot(self, crawl_id: int, snapshot: Snapshot) -> None:
        """Keep a memento, and its text once. A second time changes nothing."""
        values = snapshot_values(snapshot) | {"crawl_id": crawl_id, "shown": False}
        statement = insert_or(SNAPSHOT).on_conflict_do_nothing()
        with self._database.write() as connection:
            values["text_id"] = _text_id(connection, snapshot.text)
            if connection.execute(statement.values(values)).rowcount == 1:
                _choose_snapshot(connection, storable(snapshot.url), snapshot)

    def save_media(self, thread_id: str, copy: MediaCopy) -> None:
        """Keep our copy of an attachment; only one that failed is replaced, by one that differs."""
        mine = (MEDIA.c.thread_id == thread_id) & (MEDIA.c.url == storable(copy.url))
        with self._database.write() as connection:
            outcome = connection.execute(select(MEDIA.c.outcome).where(mine)).scalar()
            if outcome in (Outcome.OK.value, copy.outcome.value):
                return
            values = media_values(copy) | {"thread_id": thread_id}
            if outcome is None:
                connection.execute(MEDIA.insert().values(values))
            else:
                connection.execute(update(MEDIA).where(mine).values(values))
            touch(connection, select(literal(thread_id)))

    def chains_of_crawl(self, crawl_id: int) -> tuple[Chain, ...]:
        """Give the chains that this crawl was the last to follow."""
        mine = select(CHAIN).where(CHAIN.c.last_crawl_id == crawl_id).order_by(CHAIN.c.id)
        with self._database.read() as connection:
            return tuple(chain_of(row) for row in connection.execute(mine))

    def chain_history(self, uri_r: str) -> tuple[ChainRun, ...]:
        """Give the ways that a link went, oldest first; the newest LONGEST_HISTORY of them."""
        of_link = select(literal(storable(uri_r)))
        with self._database.read() as connection:
            return tuple(histories(connection, of_link).get(storable(uri_r), ()))

    def followed_at(self, thread_id: str) -> dict[str, dt.datetime]:
        """Say when each link of a thread was last followed; those that never were are left out."""
        newest = func.max(CHAIN.c.last_at)
        last = select(CHAIN.c.uri_r, newest).join(LINK, LINK.c.uri_r == CHAIN.c.uri_r)
        mine = last.where(LINK.c.thread_id == thread_id).group_by(CHAIN.c.uri_r)
        with self._database.read() as connection:
            return {uri_r: at for uri_r, at in connection.execute(mine)}

    def threads_with_target(self, url: str) -> tuple[tuple[str, str], ...]:
        """
        Say where else a target appears: the threads whose links lead there, or ever led there.

        Args:
            url: Any form of it: scheme, tracking parameters and fragment do not count.

        Returns:
            Pairs of thread id and the link as it is written there.
        """
        led = select(LINK.c.thread_id, LINK.c.uri_r).join(CHAIN, CHAIN.c.uri_r == LINK.c.uri_r)
        # The page as well: rows of before version 0.2 have no key.
        grouped = CHAIN.c.group_key.in_(_schemes(group_key(url)))
        there = grouped | CHAIN.c.page.in_(_schemes(without_fragment(url)))
        found = led.where(there).distinct().order_by(LINK.c.thread_id, LINK.c.uri_r)
        with self._database.read() as connection:
            return tuple((row.thread_id, row.uri_r) for row in connection.execute(found))

    def snapshots_of_crawl(self, crawl_id: int) -> tuple[Snapshot, ...]:
        """Give the snapshots that this crawl took."""
        mine = WITH_TEXT.where(SNAPSHOT.c.crawl_id == crawl_id)
        return self._snapshots(mine.order_by(SNAPSHOT.c.id))

    def snapshots_of(self, url: str) -> tuple[Snapshot, ...]:
        """Give all snapshots of a URI-R, oldest first."""
        of_url = WITH_TEXT.where(SNAPSHOT.c.url == url)
        return self._snapshots(of_url.order_by(SNAPSHOT.c.at))

    def _snapshots(self, statement: Select[Any]) -> tuple[Snapshot, ...]:
        with self._database.read() as connection:
            return tuple(snapshot_of(row) for row in connection.execute(statement))

    def media_of_thread(self, thread_id: str) -> tuple[MediaCopy, ...]:
        """Give our copies of a thread's attachments, by URL."""
        with self._database.read() as connection:
            return media_of(connection, thread_id)


def media_of(connection: Connection, thread_id: str) -> tuple[MediaCopy, ...]:
    """Load our copies of a thread's attachments, by URL."""
    mine = select(MEDIA).where(MEDIA.c.thread_id == thread_id).order_by(MEDIA.c.url)
    return tuple(media_copy(row) for row in connection.execute(mine))


def _schemes(url: str) -> tuple[str, ...]:
    scheme, cut, rest = url.partition("://")
    if not cut or scheme.lower() not in ("http", "https"):
        return (url,)
    return f"http://{rest}", f"https://{rest}"


def histories(connection: Connection, uri_rs: Select[Any]) -> dict[str, list[ChainRun]]:
    """Load the ways that links went, by link, oldest first; the newest LONGEST_HISTORY of each."""
    place = func.row_number().over(
        partition_by=CHAIN.c.uri_r, order_by=(CHAIN.c.last_at.desc(), CHAIN.c.id.desc())
    )
    placed = select(CHAIN.c.id, place.label("place")).where(CHAIN.c.uri_r.in_(uri_rs)).subquery()
    rows = connection.execute(
        select(CHAIN)
        .join(placed, placed.c.id == CHAIN.c.id)
        .where(placed.c.place <= LONGEST_HISTORY)
        .order_by(CHAIN.c.uri_r, CHAIN.c.last_at, CHAIN.c.id)
    )
    found: dict[str, list[ChainRun]] = {}
    for row in rows:
        found.setdefault(row.uri_r, []).append(run_of(row))
    return found


def _prolong(connection: Connection, row: Row[Any], chain: Chain, crawl_id: int) -> None:
    """Note that a link still goes the same way, and the witness that was found meanwhile."""
    values = {"last_at": max(row.last_at, chain.at), "last_crawl_id": crawl_id}
    testifies = row.witness is None and chain.witness is not None
    if testifies:
        values |= {name: chain_values(chain)[name] for name in ("witness", "error")}
    connection.execute(update(CHAIN).where(CHAIN.c.id == row.id).values(values))
    fails_again = chain.outcome is not Outcome.OK and row.last_at == row.at < chain.at
    if testifies or fails_again:  # a failure that lasts is a change (core.linkchanges)
        touch(connection, select(LINK.c.thread_id).where(LINK.c.uri_r == row.uri_r))


def _goes_on(connection: Connection, row: Row[Any], chain: Chain) -> bool:
    stored = chain_of(row)
    if chain.at < stored.at or shown.chain((stored, chain)) is not stored:
        return False
    # What we saw ourselves never goes on from what others say, nor they from us.
    return len(_are_theirs(connection, [stored])) == len(_are_theirs(connection, [chain]))


def _are_theirs(connection: Connection, chains: Sequence[Chain]) -> list[Chain]:
    """Give those that lead over a record which others wrote."""
    ids = [hop.record_id for chain in chains for hop in chain.hops]
    theirs = foreign_among(connection, ids)
    return [each for each in chains if any(hop.record_id in theirs for hop in each.hops)]


def _choose_chain(connection: Connection, uri_r: str) -> None:
    """Show of a link what core.shown chooses; its threads changed if that is another now."""
    of_link = select(CHAIN).where(CHAIN.c.uri_r == uri_r).order_by(CHAIN.c.last_at, CHAIN.c.id)
    rows = connection.execute(of_link).all()
    chains = [chain_of(row) for row in rows]
    theirs = _are_theirs(connection, chains)
    # Ours first: theirs are shown only of a link that we never followed.
    chosen = shown.chain([each for each in chains if each not in theirs] or chains)
    ids = [row.id for row, chain in zip(rows, chains, strict=True) if chain is chosen]
    if any(row.shown and row.id in ids for row in rows):
        return
    # First none, then one: at no moment may two of a link be shown.
    connection.execute(
        update(CHAIN).where(CHAIN.c.uri_r == uri_r, CHAIN.c.shown).values(shown=False)
    )
    connection.execute(update(CHAIN).where(CHAIN.c.id.in_(ids)).values(shown=True))
    index_link(connection, uri_r)
    touch(connection, select(LINK.c.thread_id).where(LINK.c.uri_r == uri_r))


def _choose_snapshot(connection: Connection, url: str, added: Snapshot) -> None:
    """Show of a page what core.shown chooses; threads that lead to it changed if that differs."""
    of_url = SNAPSHOT.c.url == url
    stored = connection.execute(select(SNAPSHOT).where(of_url, SNAPSHOT.c.shown)).first()
    later = select(SNAPSHOT.c.id).where(of_url, SNAPSHOT.c.at > added.at).limit(1)
    if stored is not None and connection.execute(later).first() is None:
        # The usual case: what came last is weighed against what is shown, not against all.
        current = snapshot_of(stored)
        chosen = _chosen(connection, (current, added))
        if chosen is current:
            return
    else:
        rows = connection.execute(select(SNAPSHOT).where(of_url).order_by(SNAPSHOT.c.at))
        chosen = _chosen(connection, [snapshot_of(row) for row in rows])
    if chosen is None or (stored is not None and chosen.at == stored.at):
        return
    connection.execute(update(SNAPSHOT).where(of_url, SNAPSHOT.c.shown).values(shown=False))
    connection.execute(
        update(SNAPSHOT).where(of_url, SNAPSHOT.c.at == chosen.at).values(shown=True)
    )
    index_target(connection, url)
    leading = select(LINK.c.thread_id).join(CHAIN, CHAIN.c.uri_r == LINK.c.uri_r)
    touch(connection, leading.where(CHAIN.c.page == url))


def _chosen(connection: Connection, stored: Sequence[Snapshot]) -> Snapshot | None:
    """Choose among the copies of ours; among those of others only where we made none."""
    theirs = foreign_among(connection, [each.record_id for each in stored])
    ours = [each for each in stored if each.record_id and each.record_id not in theirs]
    return shown.snapshot(ours if theirs and ours else stored)


def _text_id(connection: Connection, text: str) -> int | None:
    if not text:
        return None
    kept = storable(text)
    digest = hashlib.sha256(kept.encode()).hexdigest()
    statement = insert_or(PAGE_TEXT).values(digest=digest, text=kept).on_conflict_do_nothing()
    connection.execute(statement)
    known = select(PAGE_TEXT.c.id).where(PAGE_TEXT.c.digest == digest)
    found: int = connection.execute(known).scalar_one()
    return found

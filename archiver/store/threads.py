"""Which threads do we hold, in their newest state, and how did they change?"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    false,
    func,
    literal,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.sqlite import insert as insert_or

from archiver.core import links
from archiver.models import (
    Branch,
    Crawl,
    KnownPost,
    KnownThread,
    Observed,
    PostState,
    Revision,
    Thread,
)
from archiver.store.changes import touch
from archiver.store.database import Database
from archiver.store.search_index import index_thread
from archiver.store.tables import CHAIN, LINK, MEMBERSHIP, OBSERVATION, POST, REVISION, SEED, THREAD
from archiver.store.thread_rows import (
    observed_of,
    observed_values,
    post_values,
    revision_of,
    revision_values,
    stored_post,
    thread_of,
    thread_values,
)

_PREFIX = re.compile(r"[0-9a-f]{4,15}")
_WEB = re.compile(r"https?://[^/]")

# What one server shows of another's thread, and what a feed says of a page, is named by both.
_IS_TOLD = func.instr(THREAD.c.native_id, " ") > 0


class Threads:
    """The thread part of the store (ports.Store)."""

    _database: Database

    def thread(self, thread_id: str) -> Thread | None:
        """Give a thread by its id."""
        return self._first(select(literal(thread_id)))

    def find_thread(self, words: str) -> Thread | None:
        """Find by id, unambiguous id prefix, or URL of the thread, of a post or of a seed."""
        with self._database.read() as connection:
            for wanted in _meanings(words.strip()):
                found = connection.execute(wanted).scalars().all()
                if len(found) == 1:
                    return next(iter(threads(connection, select(literal(found[0])))), None)
        return None

    def thread_for_seed(self, url: str) -> Thread | None:
        """Give the thread that this seed URL led to when it was last captured."""
        return self._first(select(SEED.c.thread_id).where(SEED.c.url == url))

    def known_thread(self, url: str) -> KnownThread | None:
        """Give the thread that an address leads to, with the posts that we hold of it."""
        with self._database.read() as connection:
            thread_id = _named_by(connection, url)
            held = (
                select(POST.c.native_id, POST.c.url, func.json_extract(POST.c.body, "$.branch"))
                .where(POST.c.thread_id == thread_id, POST.c.state != PostState.GAP.value)
                .order_by(POST.c.position, POST.c.id)
            )
            platform = connection.execute(
                select(THREAD.c.platform).where(THREAD.c.id == thread_id)
            ).scalar()
            if platform is None:
                return None
            posts = connection.execute(held).all()
        known = (KnownPost(name, url, branch == Branch.SIDE) for name, url, branch in posts)
        return KnownThread(platform, tuple(known))

    def threads_of_watch(self, name: str) -> tuple[Thread, ...]:
        """Give the threads that a watch led to."""
        members = select(MEMBERSHIP.c.thread_id).where(MEMBERSHIP.c.watch == name)
        with self._database.read() as connection:
            return threads(connection, members)

    def unfollowed(self, thread_id: str) -> tuple[str, ...]:
        """Give the links of a thread that were never followed."""
        known = select(CHAIN.c.id).where(CHAIN.c.uri_r == LINK.c.uri_r).exists()
        mine = select(LINK.c.uri_r).where(LINK.c.thread_id == thread_id, ~known)
        with self._database.read() as connection:
            return tuple(connection.execute(mine).scalars())

    def _first(self, ids: Select[Any]) -> Thread | None:
        with self._database.read() as connection:
            return next(iter(threads(connection, ids)), None)

    def save_thread(
        self,
        crawl: Crawl,
        thread: Thread,
        revisions: Sequence[Revision],
        observed: Observed | None = None,
        *,
        leads: bool = True,
    ) -> None:
        """
        Keep the merged thread, its revisions and the capture; and that this watch leads to it,
        and (unless the seed is a listing: `leads` is False) this seed.

        A second time changes nothing: a crawl that was killed may save again.
        """
        with self._database.write() as connection:
            changed, renamed = _put_thread(connection, thread)
            seen, edited = _put_posts(connection, thread)
            changed |= seen
            changed |= _add_revisions(connection, thread.id, revisions, observed)
            changed |= _join_watch(connection, crawl, thread.id)
            note_links(connection, thread.id, links.distinct(thread))
            if observed is not None:
                row = observed_values(thread.id, observed)
                connection.execute(insert_or(OBSERVATION).on_conflict_do_nothing().values(row))
            if leads:
                _lead_to(connection, crawl.url, thread.id)
            if edited or renamed:
                index_thread(connection, thread, None if renamed else edited)
            if changed:
                touch(connection, select(literal(thread.id)))


def threads(connection: Connection, ids: Select[Any]) -> tuple[Thread, ...]:
    """Load threads with their posts; those that a reader saw change last come first."""
    rows = connection.execute(
        select(THREAD).where(THREAD.c.id.in_(ids)).order_by(THREAD.c.updated_at.desc(), THREAD.c.id)
    ).all()
    found = connection.execute(
        select(POST)
        .where(POST.c.thread_id.in_(ids))
        .order_by(POST.c.thread_id, POST.c.position, POST.c.id)
    )
    posts = {
        thread_id: tuple(stored_post(row) for row in of_thread)
        for thread_id, of_thread in groupby(found, key=lambda row: row.thread_id)
    }
    return tuple(thread_of(row, posts.get(row.id, ())) for row in rows)


def revisions_of(connection: Connection, thread_id: str) -> tuple[Revision, ...]:
    """Load what happened to a thread, in the order in which we learnt of it."""
    captures = {each.at: each.record_ids for each in observations_of(connection, thread_id)}
    mine = select(REVISION).where(REVISION.c.thread_id == thread_id).order_by(REVISION.c.id)
    return tuple(revision_of(row, captures) for row in connection.execute(mine))


def _named_by(connection: Connection, url: str) -> str | None:
    """
    A thread may be captured by the address of its seed, its own, or that of any post of it.

    Any server can claim any id for a post, so an id leads to threads of its own server only.
    """
    named = or_(POST.c.url == url, and_(POST.c.native_id == url, ~_is_elsewhere((url,))))
    for wanted in (
        select(SEED.c.thread_id).where(SEED.c.url == url),
        select(THREAD.c.id).where(THREAD.c.url == url).order_by(_IS_TOLD, THREAD.c.id).limit(1),
        _with_post(named, (url,)),
    ):
        found: str | None = connection.execute(wanted).scalar()
        if found is not None:
            return found
    return None


def observations_of(connection: Connection, thread_id: str) -> tuple[Observed, ...]:
    """Load every capture of a thread, oldest first."""
    mine = select(OBSERVATION).where(OBSERVATION.c.thread_id == thread_id)
    rows = connection.execute(mine.order_by(OBSERVATION.c.at, OBSERVATION.c.id))
    return tuple(observed_of(row) for row in rows)


def note_links(connection: Connection, thread_id: str, uri_rs: Iterable[str]) -> None:
    """Keep that a thread holds these links."""
    rows = [{"thread_id": thread_id, "uri_r": uri_r} for uri_r in uri_rs]
    if rows:
        connection.execute(insert_or(LINK).on_conflict_do_nothing(), rows)


def _meanings(words: str) -> Iterable[Select[Any]]:
    """What may be meant, the most exact first; each gives thread ids."""
    if not words:
        return
    yield select(THREAD.c.id).where(THREAD.c.id == words)
    urls = _spellings(words)
    yield select(SEED.c.thread_id).where(SEED.c.url.in_(urls)).distinct()
    by_url = select(THREAD.c.id).where(THREAD.c.url.in_(urls))
    yield by_url.where(~_IS_TOLD)
    yield by_url
    for column in (POST.c.url, POST.c.native_id):
        yield _with_post(column.in_(urls), urls)
    if _PREFIX.fullmatch(words):
        yield select(THREAD.c.id).where(THREAD.c.id >= words, THREAD.c.id < words + "g").limit(2)


def _with_post(named: ColumnElement[bool], urls: Sequence[str]) -> Select[Any]:
    """
    Give the thread where a post is at home, among several that hold it.

    That is one of the post's own server before one that only shows it, and the one where it
    stands first.
    """
    held = select(POST.c.thread_id).join(THREAD, THREAD.c.id == POST.c.thread_id).where(named)
    return held.order_by(_IS_TOLD, _is_elsewhere(urls), POST.c.position, POST.c.id).limit(1)


def _is_elsewhere(urls: Iterable[str]) -> ColumnElement[bool]:
    """Say whether a thread stands on none of the servers of some addresses."""
    sites = dict.fromkeys("/".join(each.split("/")[:3]) + "/" for each in urls if _WEB.match(each))
    return ~or_(false(), *(THREAD.c.url.startswith(site, autoescape=True) for site in sites))


def _spellings(words: str) -> tuple[str, ...]:
    """A URL as people copy it: with or without the slash at its end, or its scheme."""
    bare = words.rstrip("/")
    spellings = [words, bare, f"{bare}/"]
    if "://" not in words:
        spellings += [f"{scheme}://{each}" for scheme in ("https", "http") for each in spellings]
    return tuple(dict.fromkeys(spellings))


_SEARCHED = ("platform", "title", "tags")


def _put_thread(connection: Connection, thread: Thread) -> tuple[bool, bool]:
    """Write the row; say whether a reader would see a difference in it, and search another."""
    values = thread_values(thread)
    stored = connection.execute(select(THREAD).where(THREAD.c.id == thread.id)).first()
    if stored is None:
        connection.execute(
            THREAD.insert().values(values | {"id": thread.id, "changes": 0, "published": 0})
        )
        return True, True
    # Two crawls may reach one thread at the same time; the later to save must not go back.
    values["first_captured_at"] = min(stored.first_captured_at, thread.first_captured_at)
    values["last_captured_at"] = max(stored.last_captured_at, thread.last_captured_at)
    values["updated_at"] = max(stored.updated_at, thread.updated_at)
    connection.execute(update(THREAD).where(THREAD.c.id == thread.id).values(values))
    kept = stored._mapping
    seen = any(kept[name] != value for name, value in values.items() if name != "last_captured_at")
    return seen, any(kept[name] != values[name] for name in _SEARCHED)


def _put_posts(connection: Connection, thread: Thread) -> tuple[bool, set[str]]:
    """
    Write what differs; posts are never removed.

    Returns:
        Whether a reader would see it, and the native ids of posts with other bodies than before.
    """
    mine = select(POST).where(POST.c.thread_id == thread.id)
    stored = {row.native_id: row._mapping for row in connection.execute(mine)}
    changed, rows = False, []
    edited: set[str] = set()
    for each in thread.posts:
        values = post_values(thread.id, each)
        kept = stored.get(values["native_id"])
        if kept is not None and all(kept[name] == value for name, value in values.items()):
            continue
        changed |= kept is None or any(
            kept[name] != value for name, value in values.items() if name != "last_seen_at"
        )
        rows.append(values)
        if kept is None or kept["body"] != values["body"]:
            edited.add(values["native_id"])
    if rows:
        statement = insert_or(POST)
        new = {name: statement.excluded[name] for name in rows[0] if name not in _POST_KEY}
        connection.execute(
            statement.on_conflict_do_update(index_elements=_POST_KEY, set_=new), rows
        )
    return changed, edited


_POST_KEY = ("thread_id", "native_id")


def _add_revisions(
    connection: Connection,
    thread_id: str,
    revisions: Sequence[Revision],
    observed: Observed | None,
) -> bool:
    """Append those that are new. One that says the same as the newest of its post is known."""
    if not revisions:
        return False
    mine = select(REVISION.c.post_id, REVISION.c.digest).where(REVISION.c.thread_id == thread_id)
    newest = {row.post_id: row.digest for row in connection.execute(mine.order_by(REVISION.c.id))}
    rows = []
    for revision in revisions:
        values = revision_values(thread_id, revision, observed)
        if newest.get(values["post_id"]) != values["digest"]:
            newest[values["post_id"]] = values["digest"]
            rows.append(values)
    if rows:
        connection.execute(insert_or(REVISION).on_conflict_do_nothing(), rows)
    return bool(rows)


def _join_watch(connection: Connection, crawl: Crawl, thread_id: str) -> bool:
    if crawl.watch is None:
        return False
    row = {"watch": crawl.watch, "thread_id": thread_id}
    joined = connection.execute(insert_or(MEMBERSHIP).on_conflict_do_nothing().values(row))
    return joined.rowcount == 1


def _lead_to(connection: Connection, url: str, thread_id: str) -> None:
    statement = insert_or(SEED).values(url=url, thread_id=thread_id)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["url"], set_={"thread_id": thread_id})
    )

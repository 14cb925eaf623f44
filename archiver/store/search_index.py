"""
How is the search index kept in step? In the same transaction as what it indexes.

The index (FTS5, contentless) holds words and no text; `search_doc` says what each number stands
for. A document that changed gets a new number, and the old row stands for nothing from then on:
a number is never used twice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from archiver.models import Outcome, StoredPost, Thread
from archiver.store import codec
from archiver.store.columns import storable
from archiver.store.link_rows import snapshot_of
from archiver.store.search_documents import (
    OfThread,
    SearchText,
    first_docid,
    post_text,
    target_text,
    written_at,
)
from archiver.store.tables import CHAIN, LINK, PAGE_TEXT, POST, SEARCH_DOC, SNAPSHOT, THREAD
from archiver.store.thread_rows import stored_post

_TOGETHER = 500
_INSERT = "INSERT INTO search (rowid, words, title, about, facets) VALUES (?, ?, ?, ?, ?)"
_SHOWN = select(SNAPSHOT, PAGE_TEXT.c.text).outerjoin(
    PAGE_TEXT, PAGE_TEXT.c.id == SNAPSHOT.c.text_id
)


@dataclass(frozen=True, slots=True)
class _Document:
    """A document on its way in: of a post, or of the page at a URL."""

    second: int
    text: SearchText
    sealed: bool
    thread_id: str | None = None
    post_id: int | None = None
    url: str | None = None


def index_thread(connection: Connection, thread: Thread, changed: Collection[str] | None) -> None:
    """
    Bring the posts of a thread into the index.

    Args:
        changed: Native ids of the posts whose bodies changed; None for all of them.
    """
    known = _of_thread(thread)
    root = thread.posts[0].post.id if thread.posts else ""
    if changed is not None and storable(root) in changed and not known.sealed:
        changed = None if _has_sealed(connection, thread.id) else changed
    wanted = [
        each
        for each in thread.posts
        if not each.post.gap and (changed is None or storable(each.post.id) in changed)
    ]
    ids = _ids(connection, thread.id, [storable(each.post.id) for each in wanted])
    targets = _targets(connection, wanted)
    _put(
        connection,
        [
            _of_post(
                each, known, targets, ids[storable(each.post.id)], is_root=each.post.id == root
            )
            for each in wanted
            if storable(each.post.id) in ids
        ],
    )
    if known.sealed:  # then none of it may be shown, changed or not
        mine = (SEARCH_DOC.c.thread_id == thread.id) & ~SEARCH_DOC.c.sealed
        connection.execute(update(SEARCH_DOC).where(mine).values(sealed=True))


def index_link(connection: Connection, uri_r: str) -> None:
    """Bring the posts that hold a link into the index again: it leads elsewhere now."""
    holding = select(LINK.c.thread_id).where(LINK.c.uri_r == uri_r)
    # Most posts hold no such text, which SQLite sees sooner than we do.
    mine = POST.c.thread_id.in_(holding) & (func.instr(POST.c.body, uri_r) > 0)
    index_posts(connection, connection.execute(select(POST).where(mine)).all())


def index_target(connection: Connection, url: str) -> None:
    """Bring the copy of a page that readers are shown into the index."""
    shown = _SHOWN.where(SNAPSHOT.c.url == url, SNAPSHOT.c.shown)
    _put(connection, _of_targets(connection.execute(shown)))


def index_posts(connection: Connection, rows: Sequence[Row[Any]]) -> None:
    """Bring posts of several threads into the index, as rows of the table of posts."""
    thread_ids = {row.thread_id for row in rows}
    known = {
        row.id: row for row in connection.execute(select(THREAD).where(THREAD.c.id.in_(thread_ids)))
    }
    roots = first_posts(connection, thread_ids)
    shared = {
        key: OfThread(
            key,
            row.platform,
            row.title,
            codec.load(tuple[str, ...], row.tags),
            sealed=bool(stored_post(roots[key]).post.sealed),
        )
        for key, row in known.items()
        if key in roots
    }
    documents = []
    posts = [stored_post(row) for row in rows]
    targets = _targets(connection, posts)
    for row, stored in zip(rows, posts, strict=True):
        thread = shared.get(row.thread_id)
        if thread is not None and not stored.post.gap:
            is_root = roots[row.thread_id].id == row.id
            documents.append(_of_post(stored, thread, targets, row.id, is_root=is_root))
    _put(connection, documents)


def index_snapshots(connection: Connection, first: int, last: int) -> None:
    """Bring pages into the index whose rows have these numbers, as far as they are shown."""
    some = SNAPSHOT.c.id.between(first, last) & SNAPSHOT.c.shown
    _put(connection, _of_targets(connection.execute(_SHOWN.where(some))))


def _of_thread(thread: Thread) -> OfThread:
    sealed = bool(thread.posts and thread.posts[0].post.sealed)
    return OfThread(thread.id, thread.platform, thread.title, thread.tags, sealed)


def _has_sealed(connection: Connection, thread_id: str) -> bool:
    mine = select(SEARCH_DOC.c.docid).where(SEARCH_DOC.c.thread_id == thread_id)
    return connection.execute(mine.where(SEARCH_DOC.c.sealed).limit(1)).first() is not None


def first_posts(connection: Connection, thread_ids: Collection[str]) -> dict[str, Row[Any]]:
    """Load the row of the first post of each thread."""
    place = func.min(POST.c.position)
    first = select(POST.c.thread_id, place.label("place")).where(POST.c.thread_id.in_(thread_ids))
    found = first.group_by(POST.c.thread_id).subquery()
    rows = connection.execute(
        select(POST)
        .join(found, (found.c.thread_id == POST.c.thread_id) & (found.c.place == POST.c.position))
        .order_by(POST.c.id.desc())
    )
    return {row.thread_id: row for row in rows}


def _ids(connection: Connection, thread_id: str, native_ids: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    mine = select(POST.c.native_id, POST.c.id).where(POST.c.thread_id == thread_id)
    for start in range(0, len(native_ids), _TOGETHER):
        some = native_ids[start : start + _TOGETHER]
        rows = connection.execute(mine.where(POST.c.native_id.in_(some)))
        found.update((row.native_id, row.id) for row in rows)
    return found


def _targets(connection: Connection, posts: Sequence[StoredPost]) -> dict[str, str]:
    """Where the links of posts lead, as far as they were followed."""
    uri_rs = list({storable(link.uri_r) for each in posts for link in each.post.links})
    found: dict[str, str] = {}
    for start in range(0, len(uri_rs), _TOGETHER):
        some = CHAIN.c.uri_r.in_(uri_rs[start : start + _TOGETHER]) & CHAIN.c.shown
        rows = connection.execute(select(CHAIN.c.uri_r, CHAIN.c.target).where(some))
        found.update((row.uri_r, row.target) for row in rows)
    return found


def _of_post(
    each: StoredPost,
    thread: OfThread,
    targets: Mapping[str, str],
    post_id: int,
    *,
    is_root: bool,
) -> _Document:
    return _Document(
        second=first_docid(written_at(each)),
        text=post_text(each.post, thread, targets, is_root=is_root),
        sealed=thread.sealed or bool(each.post.sealed),
        thread_id=thread.id,
        post_id=post_id,
    )


def _of_targets(rows: Iterable[Row[Any]]) -> list[_Document]:
    return [
        _Document(first_docid(row.at), target_text(snapshot_of(row)), sealed=False, url=row.url)
        for row in rows
        if row.outcome == Outcome.OK.value and (row.status or 200) < 400
    ]


def _put(connection: Connection, documents: Sequence[_Document]) -> None:
    """Put in what is new or differs. In the order of time: FTS5 writes ascending rows together."""
    for start in range(0, len(documents), _TOGETHER):
        some = documents[start : start + _TOGETHER]
        known = _known(connection, some)
        wanted, former, reseal = [], [], []
        for each in sorted(some, key=lambda each: each.second):
            row = known.get(each.post_id if each.url is None else each.url)
            if row is not None and row.digest == each.text.digest and _same_second(row, each):
                if row.sealed != each.sealed:
                    reseal.append((each.sealed, row.docid))
                continue
            wanted.append(each)
            if row is not None:
                former.append((row.docid,))
        if reseal:
            connection.exec_driver_sql("UPDATE search_doc SET sealed = ? WHERE docid = ?", reseal)
        if former:
            connection.exec_driver_sql(
                "UPDATE search_doc SET post_id = NULL, url = NULL WHERE docid = ?", former
            )
        if wanted:
            _insert(connection, wanted)


def _known(connection: Connection, documents: Sequence[_Document]) -> dict[Any, Row[Any]]:
    posts = [each.post_id for each in documents if each.post_id is not None]
    urls = [each.url for each in documents if each.url is not None]
    rows: dict[Any, Row[Any]] = {}
    if posts:
        of_posts = select(SEARCH_DOC).where(SEARCH_DOC.c.post_id.in_(posts))
        rows |= {row.post_id: row for row in connection.execute(of_posts)}
    if urls:
        of_urls = select(SEARCH_DOC).where(SEARCH_DOC.c.url.in_(urls))
        rows |= {row.url: row for row in connection.execute(of_urls)}
    return rows


def _same_second(row: Row[Any], document: _Document) -> bool:
    return first_docid_of(row.docid) == document.second


def first_docid_of(docid: int) -> int:
    """Give the lowest number of the second that a number belongs to."""
    return docid >> 20 << 20


def _insert(connection: Connection, documents: Sequence[_Document]) -> None:
    free = _free(connection, {each.second for each in documents})
    rows, texts = [], []
    for each in documents:
        docid = free[each.second]
        free[each.second] += 1
        text = each.text
        rows.append((docid, each.thread_id, each.post_id, each.url, each.sealed, text.digest))
        texts.append((docid, text.words, text.title, text.about, text.facets))
    connection.exec_driver_sql(
        "INSERT INTO search_doc (docid, thread_id, post_id, url, sealed, digest) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        rows,
    )
    connection.exec_driver_sql(_INSERT, texts)


def _free(connection: Connection, seconds: Collection[int]) -> dict[int, int]:
    """The next free number of each second."""
    given = ", ".join("(?)" for _ in seconds)
    highest = (
        f"WITH of (second) AS (VALUES {given}) SELECT second, (SELECT max(docid) FROM search_doc "
        f"WHERE docid >= second AND docid < second + {1 << 20}) FROM of"
    )
    rows = connection.exec_driver_sql(highest, tuple(seconds))
    return {second: second if found is None else found + 1 for second, found in rows}

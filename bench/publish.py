"""How long does a publication take after one new post, in a large archive and in a small one?"""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

from archiver.core import ids
from archiver.models import (
    Author,
    Completeness,
    CrawlRequest,
    Post,
    PostState,
    Revision,
    RevisionKind,
    StoredPost,
    Thread,
    Watch,
)
from archiver.ports import PayloadReader
from archiver.store.sql import DATABASE, SqlStore
from archiver.warc.payload import WarcPayloads
from feeds.publish import publish
from feeds.publish.documents import Documents
from feeds.publish.folder import Folder
from feeds.publish.lists import folder_of
from feeds.publish.lost import DOCUMENTS
from feeds.publish.state import FILE, State
from feeds.render import Site

SMALL = 1_000
LARGE = 1_000_000
POSTS = 10
"""Of each thread: so the small archive, too, has as many threads as a feed shows."""
ROUNDS = 5
_LOOKED_AT = DOCUMENTS * (ROUNDS + 2)
_START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
_WORDS = "the ledger names two companies and eleven nights of dredging in the inner basin " * 3


class _Archive:
    """An archive of threads of one account, watched and published."""

    def __init__(self, folder: Path, minutes: int = 0) -> None:
        self.folder = folder
        self.store = SqlStore.open(folder)
        self.payloads: PayloadReader = WarcPayloads(folder / "warc", self.store.record)
        self._minutes = minutes

    def fill(self) -> None:
        """Keep 1,000 posts, and publish them."""
        self.store.add_watch(Watch("desk", "https://social.example/@desk", every_s=900.0))
        for number in range(SMALL // POSTS):
            self.keep(number, POSTS)
        self.publish()

    def keep(self, number: int, posts: int) -> None:
        """Keep a thread as a crawl does, with so many posts."""
        self._minutes += 1
        at = _START + dt.timedelta(days=400, minutes=self._minutes)
        url = f"https://social.example/@desk/{number}"
        thread_id = ids.thread_id("mastodon", url)
        known = self.store.thread(thread_id)
        thread, added = _grown(known or _thread(thread_id, url, at), posts, at)
        crawl = self.store.start(CrawlRequest(url, at, "desk"))
        assert crawl is not None
        self.store.save_thread(crawl, thread, added)
        self.store.finish(crawl.id, at=at, thread_id=thread_id)

    def publish(self) -> float:
        """Publish what changed; the seconds it took."""
        began = time.perf_counter()
        publish(
            self.store,
            self.payloads,
            base_url="https://archive.example",
            title="The reading room",
            publish_dir=self.folder / "public",
            state_dir=self.folder / "publish",
            everything=False,
        )
        return time.perf_counter() - began


def run() -> str:
    """Add a post and publish, in turns in both archives; of each the median counts."""
    with tempfile.TemporaryDirectory() as name, _both(Path(name)) as (small, large):
        took: dict[str, list[float]] = {"small": [], "large": []}
        for number in range(ROUNDS + 1):
            for key, archive in (("small", small), ("large", large)):
                archive.keep(number, POSTS + 1)
                seconds = archive.publish()
                if number:  # the first of each warms up
                    took[key].append(seconds)
        held = large.store.counts()
    few, many = statistics.median(took["small"]), statistics.median(took["large"])
    return (
        f"publish: {many:.2f} s after one new post in an archive of {held['posts']:,} posts, "
        f"{many / few:.2f} x the {few:.2f} s in one of {SMALL:,} (at most 1.2 wanted)"
    )


@contextmanager
def _both(root: Path) -> Iterator[tuple[_Archive, _Archive]]:
    filled = _Archive(root / "small")
    filled.fill()
    filled.store.close()
    shutil.copytree(root / "small", root / "large")
    _multiply(root / "large")
    small, large = _Archive(root / "small", SMALL), _Archive(root / "large", SMALL)
    try:
        yield small, large
    finally:
        small.store.close()
        large.store.close()


def _thread(thread_id: str, url: str, at: dt.datetime) -> Thread:
    author = Author("https://social.example/users/desk", "@desk@social.example", "Desk")
    none = Completeness(None, 0, 0, "All of it.")
    return Thread(thread_id, "mastodon", url, url, author, f"Thread {url}", (), none, at, at, at)


def _grown(thread: Thread, posts: int, at: dt.datetime) -> tuple[Thread, tuple[Revision, ...]]:
    added = []
    for number in range(len(thread.posts) + 1, posts + 1):
        post = Post(
            id=f"{thread.url}/{number}",
            author=thread.author,
            url=f"{thread.url}/{number}",
            text=f"{number}: {_WORDS}",
            html=f"<p>{number}: {_WORDS}</p>",
            created_at=at,
            hashtags=("harbour",),
        )
        added.append(StoredPost(post, PostState.PRESENT, number, at, at))
    revisions = tuple(
        Revision(RevisionKind.ADDED, each.post.id, at, (), None, each.post) for each in added
    )
    grown = (*thread.posts, *added)
    whole = replace(thread.completeness, captured=len(grown))
    return replace(thread, posts=grown, completeness=whole, updated_at=at), revisions


def _multiply(folder: Path) -> None:
    """Make the archive large, in its database and in the cache of what is published."""
    copies = LARGE // SMALL - 1
    with closing(sqlite3.connect(folder / DATABASE)) as archive:
        _times(archive, copies)
        _copy_threads(archive)
        archive.commit()
    with closing(sqlite3.connect(folder / "publish" / FILE)) as state:
        _times(state, copies)
        _copy_state(state, SMALL // POSTS)
        state.commit()
    _stand_in(folder)


def _stand_in(folder: Path) -> None:
    """Let files stand where a publication looks whether they are lost: as many as are looked at."""
    state, public = State(folder / "publish"), Folder(folder / "public")
    public.open()
    documents = Documents(state, public, Site("https://archive.example", "The reading room"), "")
    rows = state.ask("SELECT feed, number FROM block ORDER BY rowid LIMIT ?", _LOOKED_AT)
    paths = [path for row in rows for path in documents.block_paths(*row)]
    pages = state.ask("SELECT DISTINCT page FROM thread WHERE page > 0 ORDER BY page")
    paths += [f"{folder_of(row[0])}index.html" for row in pages[:_LOOKED_AT]]
    for path in paths:
        if not public.has(path):
            public.stream(path, [b"of a copy"])
    state.close()


def _times(database: sqlite3.Connection, copies: int) -> None:
    database.execute("PRAGMA synchronous = OFF")
    database.execute("CREATE TEMP TABLE times (k INTEGER PRIMARY KEY)")
    database.executemany("INSERT INTO times VALUES (?)", ((k,) for k in range(1, copies + 1)))


def _copy_threads(database: sqlite3.Connection) -> None:
    """Copy threads and posts, each copy a day older than the one before."""
    _copy(
        database,
        "thread",
        id="printf('%04x', k) || substr(id, 5)",
        url="url || '?' || k",
        first_captured_at="first_captured_at - k * 86400000000",
        updated_at="updated_at - k * 86400000000",
    )
    _copy(
        database,
        "post",
        id="NULL",
        thread_id="printf('%04x', k) || substr(thread_id, 5)",
        native_id="native_id || '?' || k",
        url="url || '?' || k",
    )


def _copy_state(state: sqlite3.Connection, threads: int) -> None:
    """Copy what is published: older pages of the list, archive documents, entries."""
    state.execute("UPDATE scope SET threads = threads * (1 + (SELECT count(*) FROM times))")
    entries = state.execute("SELECT max(n) FROM entry").fetchone()[0]
    first = state.execute("SELECT max(number) FROM block").fetchone()[0] or 0
    shift = f"+ k * {threads}"
    _copy(
        state,
        "thread",
        n=f"n {shift}",
        id="printf('%04x', k) || substr(id, 5)",
        captured="captured - k * 86400000000",
        page="k",
    )
    _copy(
        state, "member", thread=f"thread {shift}", captured="captured - k * 86400000000", page="k"
    )
    _copy(state, "near", thread=f"thread {shift}", captured="captured - k * 86400000000")
    _copy(
        state,
        "entry",
        n=f"n + k * {entries}",
        thread=f"thread {shift}",
        id="id || '?' || k",
        body="zeroblob(400)",
    )
    # Copies are older, so their archive documents come before.
    copies, each = LARGE // SMALL - 1, first + 1
    state.execute(f"UPDATE slot SET block = block + {copies * each} WHERE block")
    older = f"({copies} - k) * {each} + iif(block, block - {copies * each}, {each})"
    _copy(state, "slot", block=older, sort="sort - k", entry=f"entry + k * {entries}")
    state.execute("INSERT OR IGNORE INTO block SELECT DISTINCT feed, block FROM slot WHERE block")


def _copy(database: sqlite3.Connection, table: str, **changed: str) -> None:
    """Copy each row as often as `times` says, these columns changed."""
    columns = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    listed = ", ".join(columns)
    values = ", ".join(changed.get(name, name) for name in columns)
    kept = f"(SELECT * FROM {table})"
    statement = f"INSERT INTO {table} ({listed}) SELECT {values} FROM {kept}, times"
    database.execute(statement)

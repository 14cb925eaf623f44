"""Are the links of a thread kept: each once, not without end, with witnesses for the dead?"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.journal import Journal
from archiver.models import Crawl, Exchange, Outcome, Snapshots, Thread, View, ViewKind
from archiver.services import Services
from archiver.store.sql import SqlStore
from archiver.targets import keep_links, keep_page, resolve
from tests.capture.proving import Kept, Table
from tests.capture.web import NOW, Page, Web, moved
from tests.store.samples import NOON, post, running, save, thread

GATE = "https://archive.example/web"
TAKEN = ("Memento-Datetime", "Fri, 01 May 2026 11:00:00 GMT")
STORY = "https://news.example/2022/the-story"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """An empty archive."""
    opened = SqlStore.open(tmp_path / "archive")
    yield opened
    opened.close()


def services(store: SqlStore, web: Web, timegate: str = "", table: Table | None = None) -> Services:
    """Put an archive together whose network is in memory."""
    writer = Kept()
    return Services(
        store=store,
        fetcher=web,
        writer=writer,
        sources=(),
        journal=Journal(writer, lambda: NOW),
        max_hops=20,
        now=lambda: NOW,
        tables=table,
        timegate=timegate,
    )


class Told:
    """Remembers what was told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def __call__(self, line: str, *, done: int = 0, total: int = 0) -> None:
        """Take one line."""
        self.lines.append(line)


def saved(store: SqlStore, *links: str) -> tuple[Crawl, Thread]:
    """Save a thread of one post with links."""
    return save(store, thread(post("1", *links)), snapshots=Snapshots.NONE)


async def test_very_many_links_take_turns(store: SqlStore) -> None:
    """Those that never were followed come first, then those that wait longest; none is lost."""
    links = [f"http://sho.rt/{n}" for n in range(5)]
    crawl, kept = saved(store, *links)
    web = Web({})
    told = Told()
    await keep_links(services(store, web), crawl, kept, told, most=3)
    assert web.urls == links[:3]
    assert any("5 links are more" in line for line in told.lines)
    store.finish(crawl.id, at=NOON, thread_id=kept.id)
    again = running(store, kept.url, snapshots=Snapshots.NONE)
    await keep_links(services(store, web), again, kept, told, most=3)
    assert web.urls[3:5] == links[3:]
    assert web.urls[5] in links[:3]
    assert set(store.followed_at(kept.id)) == set(links)


async def test_progress_counts_redirects(store: SqlStore) -> None:
    """A link that is its own target has none, as on the pages."""
    pages = {"http://sho.rt/a": moved(STORY), STORY: Page("<title>x</title>")}
    crawl, kept = saved(store, "http://sho.rt/a", STORY)
    told = Told()
    await keep_links(services(store, Web(pages)), crawl, kept, told)
    assert sorted(told.lines) == [
        f"http://sho.rt/a: 1 redirect, ok, {STORY}",
        f"{STORY}: 0 redirects, ok, {STORY}",
    ]


async def test_witness_is_asked_for_the_time_of_the_post(store: SqlStore) -> None:
    """And once: a second crawl knows it already."""
    crawl, kept = saved(store, STORY)
    web = Web({f"{GATE}/{STORY}": Page("<title>x</title>", headers=(TAKEN,))})
    await keep_links(services(store, web, GATE), crawl, kept, Told())
    assert web.urls == [STORY, f"{GATE}/{STORY}"]
    assert dict(web.asked[1].headers)["Accept-Datetime"] == "Fri, 01 May 2026 12:00:00 GMT"
    view = store.view(kept.id)
    assert view is not None and view.links[0].chain is not None
    witness = view.links[0].chain.witness
    assert witness is not None
    assert witness.at == dt.datetime(2026, 5, 1, 11, tzinfo=dt.UTC)
    store.finish(crawl.id, at=NOON, thread_id=kept.id)
    again = running(store, kept.url, snapshots=Snapshots.NONE)
    await keep_links(services(store, web, GATE), again, kept, Told())
    assert web.urls[2:] == [STORY]


async def test_living_target_needs_no_witness(store: SqlStore) -> None:
    """Nor does one that only refuses us."""
    web = Web({STORY: Page("ok"), STORY + "2": Page("no", status=403)})
    for link in (STORY, STORY + "2"):
        await resolve(services(store, web, GATE), link)
    assert web.urls == [STORY, STORY + "2"]


async def test_resolve_uses_tables_and_witnesses(store: SqlStore) -> None:
    """What a capture does for its links, resolve does for one."""
    link = "http://dead.example/x"
    web = Web({f"{GATE}/{STORY}": Page("copy", headers=(TAKEN,))})
    chain = await resolve(services(store, web, GATE, Table({link: STORY})), link)
    assert (chain.target, chain.outcome) == (STORY, Outcome.DEAD)
    assert chain.witness is not None
    assert chain.error.startswith(f"{STORY} answered 404; {link} answered 404")


async def test_link_without_an_answer_is_not_asked_twice_by_one_crawl(store: SqlStore) -> None:
    """A crawl that was killed goes on after it, though its attempt has a record."""
    silent = Page(status=None, outcome=Outcome.DNS_ERROR, error="no such name")
    kept = thread(post("1", STORY))
    crawl, kept = save(store, kept)
    web = Web({STORY: silent})
    for _ in range(2):
        await keep_links(services(store, web), crawl, kept, Told())
    assert web.urls == [STORY]


class OneShower:
    """Shows every page with one view (capture.page.Shower), and what it showed."""

    text, error, counts = "", "", (0, 0)

    def __init__(self, web: Web) -> None:
        self.fetcher = web

    async def show(self, target: Exchange) -> OneShower:
        """Show a page."""
        return self

    async def keep(self) -> tuple[View, ...]:
        """Give its view."""
        return (View(ViewKind.TEXT, "urn:uuid:view", "text/plain", 1, "sha256:00"),)


async def test_own_page_of_a_thread_is_shown_to_a_browser(store: SqlStore) -> None:
    """Once per crawl, if the crawl wants a browser; it is kept under the thread's own address."""
    crawl, kept = save(store, thread(post("1")), snapshots=Snapshots.BROWSER)
    there = kept.url + "/moved"
    web = Web({kept.url: moved(there), there: Page("<title>x</title>")})
    ready = dataclasses.replace(services(store, web), browser=OneShower(web))
    for _ in range(2):
        await keep_page(ready, crawl, kept, Told())
    assert web.urls == [kept.url, there]
    view = store.view(kept.id)
    assert view is not None and view.page is not None
    assert (view.page.url, view.page.engine, len(view.page.views)) == (kept.url, "browser", 1)


async def test_browser_that_is_not_there_is_told(store: SqlStore) -> None:
    """The targets are kept over HTTP all the same, and each says why there is no picture."""
    crawl, kept = save(store, thread(post("1", STORY)), snapshots=Snapshots.BROWSER)
    told = Told()
    ready = services(store, Web({STORY: Page("<title>x</title><p>Words")}))
    await keep_links(ready, crawl, kept, told)
    await keep_page(ready, crawl, kept, told)
    assert any("there is no Chromium" in line for line in told.lines)
    (shot,) = store.snapshots_of_crawl(crawl.id)
    assert (shot.outcome, shot.engine) == (Outcome.OK, "http")
    assert shot.error.startswith("there is no Chromium")

"""Are the records of a page found: by its own words, and by what a browser asked for it?"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver import config
from archiver.bootstrap import Archive, open_archive
from archiver.core.merge import merge
from archiver.exporting.selecting import Selection, select
from archiver.models import (
    Author,
    Chain,
    Completeness,
    CrawlRequest,
    Hop,
    Link,
    Outcome,
    Post,
    RecordRef,
    Snapshot,
    ThreadObservation,
)
from archiver.models.links import View, ViewKind
from archiver.ports import RawExchange
from archiver.warc.writer import WarcWriter
from tests.warc.capturing import AT, capture

PAGE = "https://a.example/page"
CSS = b"Content-Type: text/css\r\n"
AUTHOR = Author("https://s.example/u/1", "ada")


def later(seconds: float) -> dt.datetime:
    """Give a time after the page."""
    return AT + dt.timedelta(seconds=seconds)


def exchanges() -> Iterator[RawExchange]:
    """Give a page, what its words name, what only a script asked for, and what is not its own."""
    html = b'<link rel=stylesheet href=/old.css><img src="/1.png?a=1&amp;b=2"><img src=/theirs.png>'
    yield capture(PAGE, html)
    moved = b"Location: /new.css\r\n"
    yield capture("https://a.example/old.css", b"", status=301, headers=moved, at=later(1))
    sheet = b"@import 'more.css'; p { background: url(bg.png) }"
    yield capture("https://a.example/new.css", sheet, headers=CSS, mime="text/css", at=later(1.1))
    yield capture("https://a.example/more.css", b"p{}", headers=CSS, mime="text/css", at=later(2))
    yield capture("https://a.example/bg.png", b"same bytes", at=later(2))
    yield capture("https://a.example/1.png?a=1&b=2", b"same bytes", at=later(2.1))
    yield capture("https://api.example/data.json", b"{}", via=PAGE, at=later(3))
    yield capture("https://else.example/", b"other", via="https://b.example/", at=later(3))
    yield capture("https://a.example/late.js", b"late", via=PAGE, at=later(900))


def selected(folder: Path, engine: str) -> Selection:
    """Capture a thread with one link, and select what it needs."""
    archive = open_archive(config.parse({}, data_dir=folder))
    try:
        return asyncio.run(_selected(archive, engine))
    finally:
        archive.store.close()


async def _selected(archive: Archive, engine: str) -> Selection:
    store = archive.store
    warc = archive.settings.data_dir / "warc"
    writer = WarcWriter(warc, software="test", contact="", robots="ignore", index=store)
    refs = [await writer.write_exchange(each) for each in exchanges()]
    shot = await writer.write_resource(f"urn:view:{PAGE}", later(5), "image/png", b"png")
    await writer.close()
    store.add_records([_forged(refs[0], name) for name in ("old.css", "new.css", "theirs.png")])
    url = "https://s.example/1"
    post = Post(id=url, author=AUTHOR, url=url, text="see", links=(Link(PAGE),))
    done = Completeness(1, 1, 0, "test")
    seen = ThreadObservation("text", url, url, AUTHOR, (post,), done, AT)
    thread, revisions = merge(None, seen)
    crawl = store.start(CrawlRequest(url, due_at=AT))
    assert crawl is not None
    store.save_thread(crawl, thread, revisions)
    hop = Hop(PAGE, AT, 200, record_id=refs[0].record_id)
    store.save_chain(crawl.id, thread.id, Chain(PAGE, PAGE, Outcome.OK, (hop,), AT))
    view = View(ViewKind.SCREENSHOT, shot.record_id, "image/png", 3, shot.digest or "")
    page = Snapshot(PAGE, AT, Outcome.OK, 200, refs[0].digest, refs[0].record_id, "text/html")
    if engine == "browser":
        page = dataclasses.replace(page, engine=engine, views=(view,))
    store.save_snapshot(crawl.id, page)
    held = store.view(thread.id)
    assert held is not None
    return select(archive, held)


def _forged(page: RecordRef, name: str) -> RecordRef:
    """Give a row of an import that is dated as the page is."""
    return dataclasses.replace(
        page,
        filename="import-0f.warc.gz",
        record_id=f"urn:uuid:{name}",
        url=f"https://a.example/{name}",
    )


@pytest.mark.parametrize("engine", ["http", "browser"])
def test_page_brings_what_its_words_name(tmp_path: Path, engine: str) -> None:
    """Redirects of requisites, imports of sheets, and the original of what is repeated."""
    found = selected(tmp_path, engine)
    urls = {each.url.removeprefix("https://a.example/") for each in found.records}
    assert urls >= {"page", "old.css", "new.css", "more.css", "bg.png", "1.png?a=1&b=2"}
    assert {each.type for each in found.records} >= {"response", "revisit"}
    ids = {each.record_id for each in found.records}
    assert all(each.refers_to in ids for each in found.records if each.refers_to)
    assert [each.url for each in found.pages] == [PAGE]
    assert found.missing == ()


@pytest.mark.parametrize("engine", ["http", "browser"])
def test_page_of_ours_brings_nothing_that_others_wrote(tmp_path: Path, engine: str) -> None:
    """However near a forged record is; not even where there is no other."""
    assert not [each for each in selected(tmp_path, engine).records if "import-" in each.filename]


def test_browser_brings_what_scripts_asked_for(tmp_path: Path) -> None:
    """By `via`, between the page and its last view; nothing of other pages or times."""
    urls = {each.url for each in selected(tmp_path, "browser").records}
    assert {"https://api.example/data.json", f"urn:view:{PAGE}"} <= urls
    assert not {"https://else.example/", "https://a.example/late.js"} & urls


def test_page_without_browser_brings_nothing_of_others(tmp_path: Path) -> None:
    """What stands beside it in the WARC is not taken for its own."""
    urls = {each.url for each in selected(tmp_path, "http").records}
    assert not {"https://else.example/", "https://api.example/data.json"} & urls

"""Is a thread kept from readers from its first capture on, where that was asked for?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import scheduler
from archiver import config
from archiver.bootstrap import Archive, open_archive, services
from archiver.clock import utc_now
from archiver.demo.web import DemoWeb
from archiver.models import Crawl, CrawlRequest, PolicyState, Snapshots, Watch
from archiver.now import capture_all
from archiver.pipeline import capture


def silent(line: str, *, done: int = 0, total: int = 0) -> None:
    """Tell nobody."""


def pages(archive: Archive) -> list[str]:
    """Publish, and give the pages of threads."""
    scheduler.publish_now(archive)
    return [path.parent.name for path in (archive.settings.publish_dir / "t").glob("*/index.html")]


async def test_capture_under_embargo(tmp_path: Path) -> None:
    """The decision stands before the thread; a thread that we have stays as it is."""
    archive = open_archive(config.parse({}, data_dir=tmp_path / "data"))
    until = utc_now() + dt.timedelta(days=2)
    async with DemoWeb() as demo, services(archive, demo) as ready:
        seed = demo.seeds[1]
        (first, *_) = await capture_all(
            ready, [seed], silent, snapshots=Snapshots.NONE, embargo_until=until
        )
        assert first.thread_id is not None
        held = archive.store.policy_of(first.thread_id)
        assert held is not None and (held.state, held.until) == (PolicyState.EMBARGOED, until)
        assert pages(archive) == []
        archive.store.end_embargoes(until)
        await capture_all(ready, [seed], silent, snapshots=Snapshots.NONE, embargo_until=until)
        assert pages(archive) == [first.thread_id]
    archive.store.close()


async def test_watch_with_embargo(tmp_path: Path) -> None:
    """Each of its new threads is kept from readers for so long; a killed crawl keeps its own."""
    archive = open_archive(config.parse({}, data_dir=tmp_path / "data"))
    store = archive.store
    async with DemoWeb() as demo, services(archive, demo) as ready:
        seed = demo.seeds[1]
        store.add_watch(Watch("desk", seed, every_s=900.0, embargo_s=3_600.0))
        crawl = store.start(CrawlRequest(seed, ready.now(), "desk", Snapshots.NONE))
        assert isinstance(crawl, Crawl)
        result = await capture(ready, crawl, silent)
        assert result.thread_id is not None
        held = store.policy_of(result.thread_id)
        assert held is not None and held.until is not None
        assert dt.timedelta(minutes=59) < held.until - ready.now() <= dt.timedelta(hours=1)
        assert pages(archive) == []
    store.close()


def test_embargo_of_a_crawl_is_kept_with_it(tmp_path: Path) -> None:
    """Also when another process takes the crawl over."""
    archive = open_archive(config.parse({}, data_dir=tmp_path / "data"))
    now = utc_now()
    until = now + dt.timedelta(days=2)
    archive.store.enqueue(CrawlRequest("https://a.example/", now, embargo_until=until))
    taken = archive.store.start(CrawlRequest("https://a.example/", now))
    assert taken is not None and taken.embargo_until == until
    archive.store.close()


def test_setting_and_command() -> None:
    """`embargo` on a watch is a duration."""
    given = {"name": "a", "url": "https://a.example/", "every": "1h", "embargo": "7d"}
    assert config.parse({"watch": [given]}).watch[0].embargo == 7 * 86_400

"""Can the queue be paged through, searched and changed?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from archiver.errors import UsageError
from archiver.models import CrawlRequest, CrawlState
from archiver.store.sql import SqlStore
from tests.store.samples import NOON, post, save, thread

MINUTE = dt.timedelta(minutes=1)


def filled(folder: Path) -> SqlStore:
    """Give a queue of seven that wait, the first two due at once."""
    store = SqlStore.open(folder)
    for number in range(7):
        due = NOON + MINUTE * max(0, number - 1)
        watch = "Harbour" if number % 2 else None
        store.enqueue(CrawlRequest(f"https://a.example/{number}", due, watch))
    return store


def test_queue_comes_in_pages(tmp_path: Path) -> None:
    """In the order in which they are due; each once, whatever is due at once."""
    store = filled(tmp_path)
    seen, after = [], ""
    while True:
        page = store.queue_page(CrawlState.QUEUED, limit=2, after=after)
        seen += [each.id for each in page.crawls]
        after = page.more
        if not after:
            break
    assert seen == [1, 2, 3, 4, 5, 6, 7]
    assert store.queue_page(CrawlState.FAILED).crawls == ()
    store.close()


def test_ended_ones_come_newest_first(tmp_path: Path) -> None:
    """In pages too."""
    store = filled(tmp_path)
    for number in (1, 2, 3):
        assert store.cancel(number, at=NOON, why="not wanted")
    first = store.queue_page(CrawlState.FAILED, limit=2)
    rest = store.queue_page(CrawlState.FAILED, limit=2, after=first.more)
    assert [each.id for each in (*first.crawls, *rest.crawls)] == [3, 2, 1]
    assert first.crawls[0].error == "not wanted" and rest.more == ""
    store.close()


def test_captures_are_found_by_words(tmp_path: Path) -> None:
    """Of the address or the watch, whatever the words hold; by the id of a thread; in pages."""
    store = filled(tmp_path)
    assert [each.id for each in store.capture_page("harbour").crawls] == [6, 4, 2]
    assert [each.id for each in store.capture_page("example/3").crawls] == [4]
    assert store.capture_page("%").crawls == ()
    first = store.capture_page(limit=5)
    assert [each.id for each in first.crawls] == [7, 6, 5, 4, 3]
    assert [each.id for each in store.capture_page(limit=5, after=first.more).crawls] == [2, 1]
    crawl, kept = save(store, thread(post("1", text="tide")))
    store.finish(crawl.id, at=NOON, thread_id=kept.id)
    assert [each.id for each in store.capture_page(kept.id).crawls] == [crawl.id]
    assert [each.id for each in store.crawls_of("https://a.example/5")] == [6]
    store.close()


@pytest.mark.parametrize("after", ["x", "-", "9" * 30, "1-x"])
def test_place_that_was_never_given_is_refused(tmp_path: Path, after: str) -> None:
    """With a sentence."""
    store = SqlStore.open(tmp_path)
    with pytest.raises(UsageError, match="is no place in this list"):
        store.queue_page(CrawlState.QUEUED, after=after)
    with pytest.raises(UsageError, match="is no place in this list"):
        store.capture_page(after=after)
    store.close()


def test_waiting_crawl_is_hurried_or_cancelled_and_no_other(tmp_path: Path) -> None:
    """What runs or ended stays as it is; the address is free again."""
    store = filled(tmp_path)
    assert store.hurry(7, NOON - MINUTE)
    claimed = store.claim(NOON)
    assert claimed is not None and claimed.id == 7
    assert not store.hurry(7, NOON) and not store.cancel(7, at=NOON, why="x")
    assert store.cancel(6, at=NOON, why="x") and not store.cancel(6, at=NOON, why="x")
    assert store.enqueue(CrawlRequest("https://a.example/5", NOON)) is not None
    store.close()


def test_unpublished_threads_are_listed(tmp_path: Path) -> None:
    """Without their posts; by id, what is not there is left out."""
    store = SqlStore.open(tmp_path)
    _, kept = save(store, thread(post("1", text="tide")))
    assert [each.id for each in store.unpublished()] == [kept.id]
    assert list(store.lines_of((kept.id, "nothing"))) == [kept.id]
    store.view(kept.id)
    store.mark_published((kept.id,))
    assert store.unpublished() == ()
    assert store.largest() == ()
    store.close()

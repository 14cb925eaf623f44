"""Are threads listed page by page, and counted?"""

from __future__ import annotations

import pytest

from archiver.errors import UsageError
from archiver.models import Decision, PolicyState, Watch
from archiver.store.sql import SqlStore
from tests.store.samples import NOON, later, post, record, save, thread


def _many(store: SqlStore, count: int) -> list[str]:
    ids = []
    for number in range(count):
        kept = thread(
            post(str(number)),
            native=str(number),
            url=f"https://social.example/@desk/{number}",
            updated_at=later(minutes=number // 2),
        )
        save(store, kept, watch="desk" if number % 2 else None)
        ids.append(kept.id)
    return ids


def test_pages_hold_each_thread_once(store: SqlStore) -> None:
    """Those that changed last first, also where two changed at one time."""
    ids = _many(store, 7)
    seen: list[str] = []
    after = ""
    for _ in range(3):
        page = store.list_threads(limit=3, after=after)
        seen += [each.id for each in page.threads]
        after = page.more
    assert sorted(seen) == sorted(ids) and seen[0] == ids[6] and after == ""


def test_list_of_a_watch_holds_its_threads(store: SqlStore) -> None:
    """And no others."""
    ids = _many(store, 4)
    assert {each.id for each in store.list_threads(watch="desk").threads} == {ids[1], ids[3]}


def test_hidden_threads_are_not_listed(store: SqlStore) -> None:
    """Neither withheld ones nor those whose beginning is sealed; pages stay full."""
    ids = _many(store, 4)
    store.decide(Decision(ids[3], PolicyState.WITHHELD, NOON))
    sealed = thread(post("2", sealed="asked"), native="2", updated_at=later(minutes=9))
    store.save_thread(store.crawls()[0], sealed, ())
    page = store.list_threads(limit=2)
    assert {each.id for each in page.threads} == {ids[0], ids[1]} and page.more == ""
    assert len(store.list_threads(public=False).threads) == 4


@pytest.mark.parametrize("after", ["x", "1", "-a", "٣-a", "9" * 30 + "-a"])
def test_place_that_never_was_is_refused(store: SqlStore, after: str) -> None:
    """With a sentence."""
    with pytest.raises(UsageError, match="is no place in this list"):
        store.list_threads(after=after)


def test_figures_say_what_waits(store: SqlStore) -> None:
    """What was captured when, and what no reader sees yet."""
    store.add_watch(Watch("desk", "https://social.example/@desk/1", every_s=60, origin="command"))
    store.add_watch(Watch("new", "https://social.example/@new", every_s=60, origin="command"))
    ids = _many(store, 2)
    crawl = store.crawls()[0]
    store.finish(crawl.id, at=later(minutes=1), thread_id=ids[1])
    store.add_records((record(1), record(2)))
    figures = store.figures()
    assert figures.crawls == {"queued": 0, "running": 1, "done": 1, "failed": 0}
    assert figures.watches == (("desk", later(minutes=1)), ("new", None))
    assert (figures.unpublished, figures.unpublished_since) == (2, NOON)
    assert figures.bytes_stored == 1800
    store.dirty_threads()
    store.mark_published(ids)
    assert store.figures().unpublished_since is None
    assert store.crawl(crawl.id) == store.crawls()[0] and store.crawl(99) is None

"""Is what we saw ourselves shown before what others say, in whatever order they come?"""

from __future__ import annotations

import dataclasses

import pytest

from archiver.models import Chain, Hop
from archiver.store.sql import SqlStore
from tests.store.samples import LINK, NOON, TARGET, chain, later, record, save, snapshot

OURS, THEIRS = record(1), record(2, filename="import-0f.warc.gz")


def led(minutes: int, record_id: str, *, status: int = 404) -> Chain:
    """Give a chain of one step, which a record tells."""
    at = later(minutes=minutes)
    return dataclasses.replace(
        chain(at=at), target=LINK, hops=(Hop(LINK, at, status, record_id=record_id),)
    )


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["ours first", "theirs first"])
@pytest.mark.parametrize("minutes", [(0, 9), (9, 0)], ids=["theirs later", "ours later"])
@pytest.mark.parametrize("status", [404, 410], ids=["alike", "otherwise"])
def test_chain_of_ours_is_shown(
    store: SqlStore, order: tuple[int, int], minutes: tuple[int, int], status: int
) -> None:
    """Whichever is newer, and whether or not they say the same."""
    store.add_records((OURS, THEIRS))
    crawl, kept = save(store)
    both = led(minutes[0], OURS.record_id), led(minutes[1], THEIRS.record_id, status=status)
    for number in order:
        store.save_chain(crawl.id, kept.id, both[number])
    view = store.view(kept.id)
    assert view is not None
    found = next(link.chain for link in view.links if link.uri_r == LINK)
    assert found is not None and found.hops[0].record_id == OURS.record_id


@pytest.mark.parametrize("order", [(0, 1), (1, 0)], ids=["ours first", "theirs first"])
@pytest.mark.parametrize("minutes", [(0, 9), (9, 0)], ids=["theirs later", "ours later"])
@pytest.mark.parametrize("status", [200, 404], ids=["alike", "ours died"])
def test_copy_of_ours_is_shown(
    store: SqlStore, order: tuple[int, int], minutes: tuple[int, int], status: int
) -> None:
    """Also where ours is of a page that had died, and theirs is whole."""
    store.add_records((OURS, THEIRS))
    crawl, kept = save(store)
    store.save_chain(crawl.id, kept.id, chain(at=NOON))
    both = (
        snapshot(at=later(minutes=minutes[0]), record_id=OURS.record_id, status=status),
        snapshot(at=later(minutes=minutes[1]), record_id=THEIRS.record_id),
    )
    for number in order:
        store.save_snapshot(crawl.id, both[number])
    view = store.view(kept.id)
    assert view is not None
    found = next(each.snapshot for each in view.links if each.snapshot is not None)
    assert (found.url, found.record_id) == (TARGET, OURS.record_id)

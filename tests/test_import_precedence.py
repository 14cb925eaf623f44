"""Is what we asked for ourselves told by us alone, whatever a file brings?"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.importing.precedence import followed_ourselves, kept_ourselves, media_wanted
from archiver.models import Hop, Media, MediaKind, Outcome
from archiver.store.sql import SqlStore
from tests.store.samples import (
    LINK,
    NOON,
    TARGET,
    chain,
    media,
    post,
    record,
    save,
    snapshot,
    thread,
)

THEIRS = record(7, filename="import-0f.warc.gz")


@pytest.fixture(name="store")
def _store(tmp_path: Path) -> Iterator[SqlStore]:
    """A store that knows a record of ours and one of others."""
    made = SqlStore.open(tmp_path)
    made.add_records((record(1), THEIRS))
    yield made
    made.close()


def test_link_that_we_followed_is_ours_to_tell(store: SqlStore) -> None:
    """One that only another file told of is not."""
    crawl, kept = save(store)
    for ref, status, ours in ((THEIRS, 404, False), (record(1), 410, True)):
        hop = Hop(LINK, NOON, status, record_id=ref.record_id)
        store.save_chain(crawl.id, kept.id, dataclasses.replace(chain(), hops=(hop,)))
        assert followed_ourselves(store, LINK) is ours
    assert not followed_ourselves(store, "http://sho.rt/never")


def test_page_that_we_hold_is_ours_to_show(store: SqlStore) -> None:
    """An imported copy stands in until there is one of ours."""
    crawl, _ = save(store)
    store.save_snapshot(crawl.id, snapshot(record_id=THEIRS.record_id))
    assert not kept_ourselves(store, TARGET)
    later = snapshot(at=NOON.replace(hour=13), record_id=record(1).record_id)
    store.save_snapshot(crawl.id, later)
    assert kept_ourselves(store, TARGET)


def test_attachment_that_we_asked_for_is_not_brought_by_a_file(store: SqlStore) -> None:
    """Not even one that failed; those of a thread that is new here are all welcome."""
    urls = ("https://files.example/1.jpg", "https://files.example/2.jpg")
    shown = tuple(Media(MediaKind.IMAGE, url) for url in urls)
    _, kept = save(store, thread(post("1", media=shown)))
    store.save_media(kept.id, media(urls[0], outcome=Outcome.TIMEOUT))
    assert list(media_wanted(store, kept, is_new=False)) == [urls[1]]
    assert list(media_wanted(store, kept, is_new=True)) == list(urls)

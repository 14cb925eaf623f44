"""All entries of a thread are made at once, and are the same after they were kept."""

from __future__ import annotations

import pytest

from feeds.document import dump, entries_of, entry_of, load
from feeds.formats import FORMATS
from tests.feeds import views
from tests.feeds.changed import changed
from tests.feeds.test_formats import in_feed

ALL = {**views.ALL, "changed": changed}


@pytest.mark.parametrize("kind", ALL)
def test_kept_entry_comes_back_equal(kind: str) -> None:
    """The publisher keeps entries in rows; equal entries are equal rows."""
    view = ALL[kind]()
    made, again = (entries_of(view, views.BASE, views.copies(view)) for _ in range(2))
    for each, other in zip(
        (made.thread, *made.posts, *made.changes),
        (again.thread, *again.posts, *again.changes),
        strict=True,
    ):
        assert load(dump(each)) == each
        assert dump(each) == dump(other) == dump(load(dump(each)))


@pytest.mark.parametrize("kind", ALL)
def test_kept_entry_is_rendered_to_the_same_bytes(kind: str) -> None:
    """Else every feed would change when a process starts anew."""
    view = ALL[kind]()
    made = entries_of(view, views.BASE, views.copies(view))
    entries = (made.thread, *made.posts, *made.changes)
    for written in FORMATS:
        fresh = in_feed(*entries)
        kept = in_feed(*(load(dump(each)) for each in entries))
        assert written.render(fresh) == written.render(kept)


@pytest.mark.parametrize("damaged", [b"", b"{}", b"\xff", b"[1]", b'{"id":1}'])
def test_damaged_row_is_told(damaged: bytes) -> None:
    """So that the entry is made anew."""
    with pytest.raises(ValueError):  # its words are the library's
        load(damaged)


def test_entry_of_the_thread_is_the_one_that_it_always_was() -> None:
    """Whoever subscribed keeps it."""
    view = views.typical()
    made = entries_of(view, views.BASE, views.copies(view))
    assert made.thread == entry_of(view, base_url=views.BASE, media=views.copies(view))
    ids = [made.thread.id, *(each.id for each in made.posts)]
    assert len(set(ids)) == len(ids)

"""Entries become documents: newest first, bounded, with a time that moves only with them."""

from __future__ import annotations

import dataclasses
import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from feeds.document import (
    EMPTY_SINCE,
    Document,
    Entry,
    document_of,
    entry_of,
    everything,
    of_thread,
    of_watch,
    slug,
)
from tests.feeds import views

ALL = everything(views.BASE, "Reading room")
ONE = entry_of(views.one_post(), base_url=views.BASE, media={})


def entry(number: int, *, published: int = 0, updated: int = 0) -> Entry:
    """Give entry `number`; times in days after the capture."""
    return dataclasses.replace(
        ONE,
        id=f"urn:uuid:00000000-0000-5000-8000-{number:012}",
        published=views.CAPTURED + dt.timedelta(days=published),
        updated=views.CAPTURED + dt.timedelta(days=updated),
    )


def numbers(document: Document) -> list[int]:
    """Give the numbers of a document's entries in order."""
    return [int(each.id[-12:]) for each in document.entries]


def test_newest_entry_stands_first() -> None:
    """By when the thread began; an edit does not move it."""
    entries = [entry(1, published=1, updated=9), entry(2, published=3), entry(3, published=2)]
    assert numbers(document_of(ALL, entries)) == [2, 3, 1]


@given(st.permutations([entry(n, published=n // 3) for n in range(9)]))
def test_order_of_arrival_does_not_matter(entries: list[Entry]) -> None:
    """Also where threads began at the same time."""
    assert document_of(ALL, entries) == document_of(ALL, sorted(entries, key=lambda e: e.id))


def test_window_is_bounded_by_count() -> None:
    """Oldest entries leave the feed first."""
    entries = [entry(n, published=n) for n in range(5)]
    assert numbers(document_of(ALL, entries, max_entries=2)) == [4, 3]


def test_window_is_bounded_by_bytes() -> None:
    """But the newest entry is always there."""
    entries = [entry(n, published=n) for n in range(5)]
    size = len((ONE.html + ONE.title + ONE.summary).encode())
    assert numbers(document_of(ALL, entries, max_bytes=3 * size)) == [4, 3, 2]
    assert numbers(document_of(ALL, entries, max_bytes=1)) == [4]


def test_one_thread_is_one_entry() -> None:
    """Two watches may bring the same thread; the newer state of it is kept."""
    entries = [entry(1, updated=1), entry(1, updated=2), entry(1)]
    document = document_of(ALL, entries)
    assert [each.updated for each in document.entries] == [entry(1, updated=2).updated]


def test_updated_is_the_newest_change() -> None:
    """Never the time of rendering."""
    entries = [entry(1, published=3), entry(2, published=1, updated=7)]
    assert document_of(ALL, entries).updated == views.CAPTURED + dt.timedelta(days=7)


def test_empty_document_has_a_fixed_time() -> None:
    """It does not change from day to day; who wants another time gives it."""
    assert document_of(ALL, []).updated == EMPTY_SINCE
    assert document_of(ALL, [], empty_since=views.WRITTEN).updated == views.WRITTEN


def test_ids_of_documents_are_permanent_and_distinct() -> None:
    """They depend on what the document is about, not on where it is published or what it holds."""
    scopes = [
        ALL,
        of_watch(views.BASE, "Room", "Desk"),
        of_thread(views.BASE, "Room", views.one_post().thread),
    ]
    ids = [document_of(scope, [ONE]).id for scope in scopes]
    assert len(set(ids)) == 3
    moved = everything("https://archive.example", "Other title")
    assert document_of(moved, []).id == ids[0]


def test_scopes_know_their_places() -> None:
    """Everything, a watch, a thread."""
    thread_id = ONE.source.thread_id
    assert ALL.url_stem == f"{views.BASE}/feeds/all"
    assert ALL.home_url == f"{views.BASE}/"
    watch = of_watch(views.BASE, "Room", "Desk")
    assert watch.url_stem == f"{views.BASE}/feeds/watch/{slug('Desk')}"
    assert watch.title == "Desk – Room"
    thread = of_thread(views.BASE, "Room", views.one_post().thread)
    assert thread.url_stem == f"{views.BASE}/t/{thread_id}/feed"
    assert thread.home_url == f"{views.BASE}/t/{thread_id}/"


def test_language_is_told_only_if_it_is_one() -> None:
    """A document in several languages tells it of each entry instead."""
    other = dataclasses.replace(entry(2), language="ug")
    assert document_of(ALL, [entry(1)]).language == "en"
    assert document_of(ALL, [entry(1), other]).language is None
    assert document_of(ALL, []).language is None


def test_hostile_names_of_documents_are_cleaned() -> None:
    """The name of a watch and the title come from a person, not from us."""
    document = document_of(of_watch(views.BASE, views.HOSTILE, views.HOSTILE), [])
    assert "\x00" not in document.title + document.description
    assert document_of(everything(views.BASE, " \x00"), []).title == "Threads"


def test_any_key_gives_an_id() -> None:
    """A search is named by what somebody typed."""
    asked = dataclasses.replace(ALL, key="search/\ud83d\x00")
    assert document_of(asked, []).id.startswith("urn:uuid:")

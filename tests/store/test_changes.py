"""Is a thread published when, and only when, a reader would see a change?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from archiver.models import Outcome, Revision, RevisionKind, Watch
from archiver.store.sql import SqlStore
from tests.store.samples import (
    TARGET,
    chain,
    later,
    media,
    post,
    refusal,
    save,
    snapshot,
    thread,
)


def published(store: SqlStore) -> str:
    """Keep a thread with all that belongs to it, publish it, and give its id."""
    crawl, kept = save(store, watch="W")
    store.save_chain(crawl.id, kept.id, chain())
    store.save_snapshot(crawl.id, snapshot())
    store.save_media(kept.id, media())
    publish(store)
    assert store.dirty_threads() == ()
    return kept.id


def publish(store: SqlStore) -> None:
    """Publish as feeds.publish does."""
    dirty = store.dirty_threads()
    for each in dirty:
        store.view(each)
    store.mark_published(dirty)


def test_new_thread_is_dirty_until_published(store: SqlStore) -> None:
    """Once, newest change first."""
    _, old = save(store, thread(native="1"))
    _, new = save(store, thread(post("2"), native="2", updated_at=later(hours=1)))
    assert store.dirty_threads() == (new.id, old.id) == store.thread_ids()
    publish(store)
    assert store.dirty_threads() == ()


def test_recapture_that_brings_nothing_new_is_quiet(store: SqlStore) -> None:
    """Later times, the same posts, chains and pages: nothing to publish."""
    thread_id = published(store)
    known = store.thread(thread_id)
    assert known is not None
    seen_again = tuple(replace(each, last_seen_at=later(hours=1)) for each in known.posts)
    again = replace(known, last_captured_at=later(hours=1), posts=seen_again)
    crawl, _ = save(store, again, watch="W", url="https://m.example/again")
    store.save_chain(crawl.id, thread_id, chain(at=later(hours=1)))
    store.save_snapshot(crawl.id, snapshot(at=later(hours=1)))
    store.save_snapshot(crawl.id, refusal(at=later(hours=2)))
    store.save_media(thread_id, media(at=later(hours=1)))
    assert store.dirty_threads() == ()
    assert store.thread(thread_id) == again


def _edit(store: SqlStore, thread_id: str) -> None:
    known = store.thread(thread_id)
    assert known is not None
    body = known.posts[0].post
    told = Revision(RevisionKind.EDITED, body.id, later(hours=1), (), body, replace(body, text="x"))
    crawl, _ = save(store, known, url="https://m.example/")
    store.save_thread(crawl, known, (told,))


def _change(**changes: object) -> Callable[[SqlStore, str], None]:
    def change(store: SqlStore, thread_id: str) -> None:
        known = store.thread(thread_id)
        assert known is not None
        save(store, replace(known, **changes), url="https://m.example/")  # type: ignore[arg-type]  # any field

    return change


def _join(store: SqlStore, thread_id: str) -> None:
    store.add_watch(Watch("V", "https://x/", every_s=60.0))
    known = store.thread(thread_id)
    save(store, known, watch="V", url="https://m.example/")


CHANGES: dict[str, Callable[[SqlStore, str], None]] = {
    "a revision": _edit,
    "a title": _change(title="Another"),
    "tags": _change(tags=("new",)),
    "completeness": _change(completeness=replace(thread().completeness, gaps=1)),
    "another way of a link": lambda store, of: store.save_chain(
        9, of, chain(target="https://moved.example/", at=later(hours=1))
    ),
    "another text of a page": lambda store, _: store.save_snapshot(
        9, snapshot(at=later(hours=1), text_digest="sha256:new")
    ),
    "a copy of an attachment": lambda store, of: store.save_media(of, media("https://f/2.jpg")),
    "a watch": _join,
}


@pytest.mark.parametrize("change", CHANGES)
def test_thread_is_published_again_after(store: SqlStore, change: str) -> None:
    """Each of these a reader would see."""
    thread_id = published(store)
    CHANGES[change](store, thread_id)
    assert store.dirty_threads() == (thread_id,)


def test_page_of_another_thread_leaves_this_one_alone(store: SqlStore) -> None:
    """Only threads whose links lead to the page are touched."""
    published(store)
    crawl, _ = save(store, thread(post("2", "http://b/"), native="2"))
    publish(store)
    store.save_snapshot(crawl.id, snapshot("https://unlinked.example/"))
    assert store.dirty_threads() == ()


def test_changed_page_touches_every_thread_that_leads_to_it(store: SqlStore) -> None:
    """Two threads with the same link are two pages to publish."""
    one = published(store)
    crawl, two = save(store, thread(post("2", "http://sho.rt/b"), native="2"))
    store.save_chain(crawl.id, two.id, chain("http://sho.rt/b"))
    publish(store)
    store.save_snapshot(crawl.id, snapshot(TARGET, at=later(hours=1), text_digest="new"))
    assert set(store.dirty_threads()) == {one, two.id}


def test_failed_copy_that_fails_again_is_quiet(store: SqlStore) -> None:
    """The same outcome as before is nothing new."""
    thread_id = published(store)
    failed = media("https://f/2.jpg", outcome=Outcome.TIMEOUT, record_id=None)
    store.save_media(thread_id, failed)
    publish(store)
    store.save_media(thread_id, replace(failed, at=later(hours=1)))
    assert store.dirty_threads() == ()


def test_change_while_a_thread_is_rendered_stays_to_be_published(store: SqlStore) -> None:
    """What came after the look is not marked as published."""
    thread_id = published(store)
    _edit(store, thread_id)
    dirty = store.dirty_threads()
    store.view(thread_id)
    store.save_media(thread_id, media("https://f/late.jpg"))
    store.view(thread_id)  # a reader in the web app looks too
    store.mark_published(dirty)
    assert store.dirty_threads() == (thread_id,)
    publish(store)
    assert store.dirty_threads() == ()


def test_publishing_everything_marks_what_was_viewed(store: SqlStore) -> None:
    """`publish --all` goes by thread_ids, without asking what is dirty."""
    _, kept = save(store)
    for each in store.thread_ids():
        store.view(each)
    store.mark_published(store.thread_ids())
    assert store.dirty_threads() == ()
    assert store.view(kept.id) is not None


def test_thread_that_nobody_looked_at_is_not_marked(store: SqlStore) -> None:
    """Nothing can be published unseen."""
    _, kept = save(store)
    store.mark_published((kept.id, "0" * 16))
    assert store.dirty_threads() == (kept.id,)


def test_another_process_sees_what_is_to_be_published(
    open_store: Callable[[], SqlStore],
) -> None:
    """`archiver publish` beside `archiver run`: an older mark does not undo a newer one."""
    one, other = open_store(), open_store()
    thread_id = published(one)
    _edit(one, thread_id)
    stale = one.dirty_threads()
    one.save_media(thread_id, media("https://f/late.jpg"))
    publish(other)
    one.mark_published(stale)
    assert one.dirty_threads() == other.dirty_threads() == ()

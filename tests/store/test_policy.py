"""Does the store know what may be published, and who decided so?"""

from __future__ import annotations

from collections.abc import Callable

from archiver.models import Decision, PolicyState
from archiver.store.sql import SqlStore
from tests.store.samples import TARGET, chain, later, media, save, snapshot


def decided(thread_id: str, state: PolicyState, hours: int, **more: object) -> Decision:
    """Give a decision made so many hours after the samples."""
    return Decision(thread_id, state, later(hours=hours), **more)  # type: ignore[arg-type]  # any field


def settled(store: SqlStore) -> str:
    """Keep a thread, publish it, and give its id."""
    _, kept = save(store)
    store.mark_published(store.dirty_threads())
    return kept.id


def test_thread_without_decision_is_public(store: SqlStore) -> None:
    """Nothing is hidden by itself."""
    thread_id = settled(store)
    assert store.policy_of(thread_id) is None
    assert store.hidden_threads() == store.decisions() == ()
    assert store.next_embargo_end() is None


def test_decision_holds_and_is_to_be_published(
    store: SqlStore, open_store: Callable[[], SqlStore]
) -> None:
    """Who and why are kept; the thread is to be published, that is: taken away."""
    thread_id = settled(store)
    made = decided(thread_id, PolicyState.WITHHELD, 1, who="N. Editor", why="asked by the author")
    store.decide(made)
    assert open_store().policy_of(thread_id) == made and made.hidden
    assert store.hidden_threads() == (made,)
    assert store.dirty_threads() == (thread_id,)


def test_newest_decision_holds_and_all_are_logged(store: SqlStore) -> None:
    """Also when an older one comes late, as in a rebuild; a second time changes nothing."""
    thread_id = settled(store)
    first = decided(thread_id, PolicyState.WITHHELD, 1)
    second = decided(thread_id, PolicyState.PUBLIC, 2, who="B")
    for each in (second, first, second):
        store.decide(each)
    assert store.decisions(thread_id) == store.decisions() == (first, second)
    assert store.decisions("0" * 16) == ()
    assert store.policy_of(thread_id) == second and not second.hidden
    assert store.hidden_threads() == ()


def test_embargo_ends_once(store: SqlStore) -> None:
    """At its time the thread is public and to be published; the log stays as it was."""
    thread_id = settled(store)
    made = decided(thread_id, PolicyState.EMBARGOED, 1, until=later(hours=5))
    store.decide(made)
    store.mark_published(store.dirty_threads())
    assert store.next_embargo_end() == later(hours=5)
    assert store.end_embargoes(later(hours=4)) == 0 and store.dirty_threads() == ()
    assert store.end_embargoes(later(hours=5)) == 1
    assert store.dirty_threads() == (thread_id,)
    assert store.end_embargoes(later(hours=6)) == 0
    assert store.hidden_threads() == () and store.next_embargo_end() is None
    assert store.decisions() == (made,)


def test_records_of_a_hidden_thread_are_hidden(store: SqlStore) -> None:
    """Its addresses, its answers and its copies; not the pages that its links lead to."""
    crawl, kept = save(store)
    store.save_chain(crawl.id, kept.id, chain())
    store.save_snapshot(crawl.id, snapshot())
    store.save_media(kept.id, media())
    copy = media()
    own = kept.posts[0].post.url
    asked = [(own, "urn:uuid:x"), (kept.url, "urn:uuid:x"), (copy.url, "urn:uuid:x")]
    asked.append(("https://api.example/answer", copy.record_id or ""))
    assert not any(store.is_hidden(*each) for each in asked)
    store.decide(decided(kept.id, PolicyState.WITHHELD, 1))
    assert all(store.is_hidden(*each) for each in asked)
    assert not store.is_hidden(TARGET, "urn:uuid:x")
    store.decide(decided(kept.id, PolicyState.PUBLIC, 2))
    assert not any(store.is_hidden(*each) for each in asked)


def test_decision_outlives_a_thread_that_is_not_there(store: SqlStore) -> None:
    """A thread that a rebuild could not read must not come out when it is captured again."""
    made = decided("0" * 16, PolicyState.WITHHELD, 1)
    store.decide(made)
    assert store.policy_of("0" * 16) == made

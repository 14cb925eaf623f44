"""Does the store know what may be published, and who decided so?"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

from archiver.models import Author, Decision, Media, MediaKind, PolicyState
from archiver.store.sql import SqlStore
from tests.store.samples import (
    LINK,
    TARGET,
    chain,
    later,
    media,
    post,
    record,
    save,
    snapshot,
    thread,
)

API = "https://social.example/api/v1/statuses/1/context"


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


def keep_sealed(store: SqlStore, *which: int) -> str:
    """Keep a thread of three posts with a picture each, of which some are sealed; give its id."""
    author = Author("https://social.example/users/desk", "desk", avatar_url=f"{PICTURES}/me")
    posts = [
        post(
            str(n),
            author=author,
            media=(Media(MediaKind.IMAGE, f"{PICTURES}/{n}"), Media(MediaKind.IMAGE, SHARED)),
            sealed="its author asks for it" if n in which else "",
        )
        for n in (1, 2, 3)
    ]
    crawl, kept = save(store, thread(*posts, author=author))
    store.save_chain(crawl.id, kept.id, chain())
    store.save_snapshot(crawl.id, snapshot())
    for url in (*(each.media[0].url for each in posts), SHARED, f"{PICTURES}/me"):
        store.save_media(kept.id, dataclasses.replace(media(), url=url, record_id=f"urn:{url}"))
    return kept.id


PICTURES = "https://files.example"
SHARED = f"{PICTURES}/shared"


def test_thread_with_a_sealed_post_is_known(store: SqlStore) -> None:
    """By an index of those alone, so that asking costs nothing."""
    save(store, thread(post("9"), native="9"))
    assert store.sealed_threads() == ()
    thread_id = keep_sealed(store, 2)
    assert store.sealed_threads() == (thread_id,)


def test_records_of_a_sealed_post_are_hidden(store: SqlStore) -> None:
    """The answers that hold its words, the pages of its thread, its picture; nothing else."""
    keep_sealed(store, 2)
    answer = "urn:uuid:https://social.example/posts/1"  # that the unsealed one was read from too
    assert store.is_hidden("https://api.example/any", answer)
    assert store.is_hidden("https://social.example/@desk/2", "urn:uuid:x")
    assert store.is_hidden("https://social.example/@desk/1", "urn:uuid:x")
    assert store.is_hidden(f"{PICTURES}/2", "urn:uuid:x")
    assert store.is_hidden("https://elsewhere.example/", f"urn:{PICTURES}/2")
    shown = (TARGET, LINK, f"{PICTURES}/1", f"{PICTURES}/3", SHARED, f"{PICTURES}/me")
    assert not any(store.is_hidden(url, "urn:uuid:x") for url in shown)


def test_all_media_are_hidden_where_the_first_post_is_sealed(store: SqlStore) -> None:
    """Such a thread is not published; the pages of others stay."""
    keep_sealed(store, 1)
    urls = (f"{PICTURES}/1", f"{PICTURES}/3", SHARED, f"{PICTURES}/me")
    assert all(store.is_hidden(url, "urn:uuid:x") for url in urls)
    assert not store.is_hidden(TARGET, "urn:uuid:x")


def test_answers_for_programs_are_hidden(store: SqlStore) -> None:
    """A list of an account may hold whatever; a link may lead to JSON, a page may ask for it."""
    for number, mime in enumerate(("application/json", "application/activity+json", "text/html")):
        store.add_records([record(number, url=f"{API}?{number}", mime=mime)])
    held = [store.nearest_record(f"{API}?{number}", later()) for number in range(3)]
    given = [(each.url, each.record_id) for each in held if each is not None]
    assert [store.is_hidden(*each) for each in given] == [True, True, False]
    assert not store.is_hidden(*given[0], of_page=True)
    crawl, _ = save(store)
    store.save_snapshot(crawl.id, snapshot(f"{API}?0"))
    assert not store.is_hidden(*given[0])


def test_decision_outlives_a_thread_that_is_not_there(store: SqlStore) -> None:
    """A thread that a rebuild could not read must not come out when it is captured again."""
    made = decided("0" * 16, PolicyState.WITHHELD, 1)
    store.decide(made)
    assert store.policy_of("0" * 16) == made

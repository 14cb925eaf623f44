"""Does a thread come back as it was kept, and is nothing of its past altered?"""

from __future__ import annotations

import dataclasses

import pytest

from archiver.core import merge
from archiver.models import (
    Author,
    Branch,
    Completeness,
    Post,
    PostState,
    Revision,
    RevisionKind,
    Thread,
    ThreadObservation,
)
from archiver.store.sql import SqlStore
from tests.store.samples import LINK, NOON, added, later, post, running, save, thread


def observed(*posts: Post, minutes: float = 0) -> ThreadObservation:
    """Give an observation of the thread of these posts."""
    seen = thread(*posts)
    return ThreadObservation(
        platform=seen.platform,
        native_id=seen.native_id,
        url=seen.url,
        author=seen.author,
        posts=posts,
        completeness=seen.completeness,
        observed_at=later(minutes=minutes),
        title=seen.title,
        record_ids=(f"urn:uuid:{minutes}",),
    )


def keep(store: SqlStore, seen: ThreadObservation) -> Thread:
    """Merge and save, as the pipeline does."""
    known = store.thread_for_seed(seen.url)
    merged, revisions = merge.merge(known, seen)
    crawl = running(store, seen.url)
    store.save_thread(crawl, merged, revisions)
    store.finish(crawl.id, at=seen.observed_at, thread_id=merged.id)
    return merged


def test_thread_comes_back_as_it_was_kept(store: SqlStore) -> None:
    """Every field, posts in reading order."""
    kept = thread(
        post("1", LINK),
        post("2", sensitive=True, hashtags=("a",)),
        post("3", branch=Branch.SIDE, parent_id="1"),
        language="en",
        tags=("news",),
        completeness=Completeness(None, 3, 0, "unknown"),
    )
    save(store, kept)
    assert store.thread(kept.id) == kept


def test_unknown_thread_is_none(store: SqlStore) -> None:
    """None, not an error."""
    assert store.thread("0" * 16) is None
    assert store.thread_for_seed("https://nowhere.example/") is None
    assert store.view("0" * 16) is None
    assert store.threads_of_watch("nobody") == ()


def test_edit_is_a_revision_with_both_texts(store: SqlStore) -> None:
    """What stood there before is kept beside what stands there now."""
    first = keep(store, observed(post("1")))
    keep(store, observed(post("1", text="Corrected"), minutes=5))
    view = store.view(first.id)
    assert view is not None
    assert view.thread.posts[0].post.text == "Corrected"
    assert view.thread.posts[0].state is PostState.EDITED
    kinds = [each.kind for each in view.revisions]
    assert kinds == [RevisionKind.ADDED, RevisionKind.EDITED]
    edit = view.revisions[1]
    assert edit.before is not None and edit.before.text == "Post 1"
    assert edit.after is not None and edit.after.text == "Corrected"


def test_same_observation_again_adds_no_revision(store: SqlStore) -> None:
    """Only the time of the latest capture moves."""
    keep(store, observed(post("1", LINK)))
    before = store.counts()
    again = keep(store, observed(post("1", LINK), minutes=5))
    view = store.view(again.id)
    assert view is not None
    assert len(view.revisions) == 1
    assert view.thread.last_captured_at == later(minutes=5)
    assert store.counts() == before


def test_saving_twice_is_saving_once(store: SqlStore) -> None:
    """A crawl that was killed after it saved may save the same again."""
    crawl, kept = save(store)
    revisions = added(kept.posts[0].post)
    store.save_thread(crawl, kept, revisions)
    view = store.view(kept.id)
    assert view is not None and view.revisions == revisions


def test_same_event_seen_by_two_crawls_is_kept_once(store: SqlStore) -> None:
    """Two crawls merged against the same past: the times differ, what happened does not."""
    crawl, kept = save(store)
    seen_later = added(kept.posts[0].post, at=later(seconds=2))
    store.save_thread(crawl, kept, seen_later)
    view = store.view(kept.id)
    assert view is not None and [each.at for each in view.revisions] == [NOON]


def test_event_that_happens_again_is_kept_again(store: SqlStore) -> None:
    """Vanished, restored, vanished: three revisions."""
    crawl, kept = save(store)
    body = kept.posts[0].post
    for minutes, kind in enumerate(("vanished", "restored", "vanished"), start=1):
        told = Revision(RevisionKind(kind), body.id, later(minutes=minutes), (), body, body)
        store.save_thread(crawl, kept, (told,))
    view = store.view(kept.id)
    assert view is not None
    assert [each.kind for each in view.revisions] == ["added", "vanished", "restored", "vanished"]


def test_later_save_of_an_older_state_does_not_turn_time_back(store: SqlStore) -> None:
    """Two crawls of one thread may end in the wrong order."""
    crawl, kept = save(store, thread(last_captured_at=later(hours=1), updated_at=later(hours=1)))
    store.save_thread(crawl, thread(first_captured_at=later(minutes=9)), ())
    assert store.thread(kept.id) == kept


@pytest.mark.parametrize(
    "words",
    [
        "id",
        "first digits",
        "https://social.example/@desk/1",
        "https://social.example/@desk/1/",
        "social.example/@desk/1",
        "  https://social.example/@desk/1\n",
        "https://social.example/@desk/2",
        "https://social.example/posts/2",
        "https://m.example/short-form",
    ],
)
def test_thread_is_found_by(store: SqlStore, words: str) -> None:
    """Id, prefix, URL of thread, post or seed, and as people copy them."""
    _, kept = save(store, thread(post("1"), post("2")), url="https://m.example/short-form")
    save(store, thread(post("9"), native="9"))
    asked = {"id": kept.id, "first digits": kept.id[:6]}.get(words, words)
    assert store.find_thread(asked) == kept


def test_ambiguous_or_empty_words_find_nothing(store: SqlStore) -> None:
    """A prefix of two threads is no answer, nor is one that could be any word."""
    save(store, thread(post("1"), id="abcd000000000000", native="1"))
    save(store, thread(post("2"), id="abcd111111111111", native="2"))
    assert store.find_thread("abcd") is None
    assert store.find_thread("abcd0") is not None
    for words in ("", "  ", "abc", "%", "https://"):
        assert store.find_thread(words) is None


def test_post_in_two_threads_is_found_where_it_is_at_home(store: SqlStore) -> None:
    """Where it stands first, not where it is a reply among many."""
    save(store, thread(post("1"), post("2"), native="1"))
    _, home = save(store, thread(post("2"), native="2"))
    assert store.find_thread("https://social.example/posts/2") == home


def test_post_is_found_at_its_own_server_before_one_that_claims_it(store: SqlStore) -> None:
    """Whoever came first, and wherever it stands there."""
    words = "https://social.example/posts/2"
    save(store, thread(post("2"), native="evil", url="https://evil.example/@mal/5"))
    assert store.find_thread(words) is not None
    _, own = save(store, thread(post("1"), post("2"), native="1"))
    assert store.find_thread(words) == own


def test_copy_or_entry_of_a_feed_stands_back_for_the_thread_itself(store: SqlStore) -> None:
    """They are named by who told them, and say the same address."""
    url = "https://social.example/@desk/1"
    for told in ("away.example https://social.example/posts/1", "evil.example/feed tag:e,1:1"):
        save(store, thread(post("7"), native=told, url=url), url=f"https://e.example/{told[0]}")
    own = thread(post("1"), native="https://social.example/posts/1", url=url)
    save(store, own, url="https://e.example/")
    assert store.find_thread(url) == own
    known = store.known_thread(url)
    assert known is not None and [each.id for each in known.posts] == [own.posts[0].post.id]


def test_id_that_another_server_claims_leads_nowhere(store: SqlStore) -> None:
    """What stands at that address is read as if nobody had claimed it."""
    claimed = post(id="https://blog.example/page", url="")
    save(store, thread(claimed, native="evil", url="https://evil.example/@mal/5"))
    assert store.known_thread("https://blog.example/page") is None
    assert store.find_thread("https://blog.example/page") is not None


def test_seed_leads_to_the_thread_of_its_last_capture(store: SqlStore) -> None:
    """An address may be given to another thread one day."""
    seed = "https://pages.example/latest"
    save(store, thread(native="1"), url=seed)
    crawl = running(store, seed + "/other")
    newer = thread(post("7"), native="7")
    store.save_thread(dataclasses.replace(crawl, url=seed), newer, ())
    assert store.thread_for_seed(seed) == newer


def test_watch_has_the_threads_it_led_to(store: SqlStore) -> None:
    """Newest change first; those without a watch are nobody's."""
    _, old = save(store, thread(native="1"), watch="W")
    _, new = save(store, thread(post("2"), native="2", updated_at=later(hours=1)), watch="W")
    save(store, thread(post("3"), native="3"))
    assert store.threads_of_watch("W") == (new, old)


def test_text_that_utf8_cannot_say_is_kept_readable(store: SqlStore) -> None:
    """Half of a surrogate pair becomes U+FFFD; a whole pair becomes its letter."""
    body = post("1", text="a\ud83d b \ud83d\ude00", url="https://x/\udc80")
    kept = thread(body, title="t\ud800", author=Author("a", name="\udfff"))
    crawl = running(store)
    store.save_thread(crawl, kept, added(body))
    found = store.thread(kept.id)
    assert found is not None
    assert found.posts[0].post.text == "a\ufffd b \U0001f600"
    assert (found.title, found.author.name) == ("t\ufffd", "\ufffd")


def test_large_thread_is_kept(store: SqlStore) -> None:
    """A thousand posts with two thousand links are one save."""
    many = tuple(post(str(n), f"http://a/{n}", f"http://b/{n}") for n in range(1000))
    _, kept = save(store, thread(*many))
    assert store.thread(kept.id) == kept
    counts = store.counts()
    assert (counts["posts"], counts["links"]) == (1000, 2000)

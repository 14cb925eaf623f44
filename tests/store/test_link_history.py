"""Does the store know how links went, who leads to a target, and what other archives said?"""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import text

from archiver.models import Chain, Hop, LinkChangeKind, Outcome, View, ViewKind, Witness
from archiver.store.links import LONGEST_HISTORY
from archiver.store.sql import SqlStore
from tests.store.samples import LINK, NOON, TARGET, chain, later, post, save, snapshot, thread

MOVED = "https://news.example/moved"
WITNESS = Witness(
    "https://archive.example/2022/x",
    dt.datetime(2022, 5, 24, tzinfo=dt.UTC),
    "https://archive.example",
    "urn:uuid:witness",
    200,
)


def failed(minutes: int, outcome: Outcome = Outcome.TIMEOUT, **more: Witness) -> Chain:
    """A chain that ended in nothing."""
    at = later(minutes=minutes)
    return Chain(LINK, LINK, outcome, (Hop(LINK, at),), at, "no answer", **more)


def test_history_is_every_way_with_its_time(store: SqlStore) -> None:
    """Oldest first; a way that was gone again is one run."""
    crawl, kept = save(store)
    for minutes, target in ((0, TARGET), (5, TARGET), (9, MOVED), (12, TARGET)):
        store.save_chain(crawl.id, kept.id, chain(target=target, at=later(minutes=minutes)))
    runs = store.chain_history(LINK)
    assert [(run.chain.target, run.chain.at, run.last_at) for run in runs] == [
        (TARGET, NOON, later(minutes=5)),
        (MOVED, later(minutes=9), later(minutes=9)),
        (TARGET, later(minutes=12), later(minutes=12)),
    ]
    assert store.chain_history("http://never/") == ()


def test_view_tells_what_changed(store: SqlStore) -> None:
    """A link that leads elsewhere, and one that does not."""
    crawl, kept = save(store, thread(post("1", LINK, "http://sho.rt/b")))
    store.save_chain(crawl.id, kept.id, chain())
    store.save_chain(crawl.id, kept.id, chain("http://sho.rt/b"))
    store.save_chain(crawl.id, kept.id, chain(target=MOVED, at=later(minutes=9)))
    view = store.view(kept.id)
    assert view is not None
    moved, same = view.links
    assert [(each.kind, each.before, each.after) for each in moved.changes] == [
        (LinkChangeKind.MOVED, TARGET, MOVED)
    ]
    assert same.changes == ()


def test_failure_that_lasts_is_published(store: SqlStore) -> None:
    """The second failure adds no row, and yet a reader has something to see."""
    crawl, kept = save(store)
    store.save_chain(crawl.id, kept.id, chain())
    store.save_chain(crawl.id, kept.id, failed(5))
    view = store.view(kept.id)
    assert view is not None and view.links[0].changes == ()
    store.mark_published([kept.id])
    assert store.dirty_threads() == ()
    store.save_chain(crawl.id, kept.id, failed(9))
    assert store.dirty_threads() == (kept.id,)
    view = store.view(kept.id)
    assert view is not None
    assert [each.kind for each in view.links[0].changes] == [LinkChangeKind.DIED]
    store.mark_published([kept.id])
    store.save_chain(crawl.id, kept.id, failed(12))
    assert store.dirty_threads() == ()


def test_restless_link_is_bounded(store: SqlStore) -> None:
    """A link that never goes the same way twice does not make a view endless."""
    crawl, kept = save(store)
    for number in range(LONGEST_HISTORY + 20):
        way = chain(target=f"{TARGET}?sid={number}", at=later(minutes=number))
        store.save_chain(crawl.id, kept.id, way)
    runs = store.chain_history(LINK)
    assert len(runs) == LONGEST_HISTORY
    assert runs[-1].chain.at == later(minutes=LONGEST_HISTORY + 19)
    view = store.view(kept.id)
    assert view is not None and view.links[0].changes == ()


def test_witness_comes_back_and_is_evidence(store: SqlStore) -> None:
    """With the chain that it testifies for."""
    crawl, kept = save(store)
    dead = failed(0, Outcome.DEAD, witness=WITNESS)
    store.save_chain(crawl.id, kept.id, dead)
    assert store.chains_of_crawl(crawl.id) == (dead,)
    assert WITNESS.record_id in store.evidence_of(kept.id)


def test_witness_that_comes_later_is_added(store: SqlStore) -> None:
    """The way is the same; the archive was silent the first time. The first witness stays."""
    crawl, kept = save(store)
    store.save_chain(crawl.id, kept.id, failed(0, Outcome.DEAD))
    store.view(kept.id)
    store.mark_published([kept.id])
    store.save_chain(crawl.id, kept.id, failed(5, Outcome.DEAD, witness=WITNESS))
    assert store.dirty_threads() == (kept.id,)
    later_one = dataclasses.replace(WITNESS, uri_m="https://archive.example/2023/x")
    store.save_chain(crawl.id, kept.id, failed(9, Outcome.DEAD, witness=later_one))
    store.save_chain(crawl.id, kept.id, failed(12, Outcome.DEAD))
    [run] = store.chain_history(LINK)
    assert run.chain.witness == WITNESS


def test_links_say_when_they_were_followed(store: SqlStore) -> None:
    """The newest time counts; those that wait are left out."""
    crawl, kept = save(store, thread(post("1", LINK, "http://sho.rt/b")))
    store.save_chain(crawl.id, kept.id, chain())
    store.save_chain(crawl.id, kept.id, chain(target=MOVED, at=later(minutes=9)))
    assert store.followed_at(kept.id) == {LINK: later(minutes=9)}


@pytest.mark.parametrize(
    "url",
    [
        TARGET,
        TARGET + "?utm_source=x",
        TARGET + "#part",
        TARGET.replace("https", "http"),
    ],
)
def test_target_is_found_in_all_threads(store: SqlStore, url: str) -> None:
    """Under any short link, with any tracking; also where it led once."""
    crawl, one = save(store, thread(native="1"))
    _, two = save(store, thread(post("2", "http://sho.rt/b"), native="2"))
    _, other = save(store, thread(post("3", "http://sho.rt/c"), native="3"))
    store.save_chain(crawl.id, one.id, chain())
    store.save_chain(crawl.id, one.id, chain(target=MOVED, at=later(minutes=5)))
    store.save_chain(crawl.id, two.id, chain("http://sho.rt/b", TARGET + "?fbclid=1&utm_id=2"))
    store.save_chain(crawl.id, other.id, chain("http://sho.rt/c", TARGET + "?id=1"))
    assert set(store.threads_with_target(url)) == {(one.id, LINK), (two.id, "http://sho.rt/b")}
    assert store.threads_with_target("nonsense") == ()


def test_target_is_found_by_an_index(store: SqlStore, tmp_path: Path) -> None:
    """However many links there are."""
    with store._database.read() as connection:
        plan = connection.execute(
            text(
                "EXPLAIN QUERY PLAN SELECT DISTINCT link.thread_id, link.uri_r FROM link"
                " JOIN chain ON chain.uri_r = link.uri_r"
                " WHERE chain.group_key IN ('a', 'b') OR chain.page IN ('a', 'b')"
            )
        ).all()
    steps = " / ".join(str(row[3]) for row in plan)
    assert "ix_chain_group_key" in steps
    assert "SCAN chain" not in steps and "SCAN link" not in steps


def test_view_tells_what_the_page_says_otherwise(store: SqlStore) -> None:
    """Beside where the link leads, in the order of time; both records prove it."""
    crawl, kept = save(store)
    store.save_chain(crawl.id, kept.id, chain())
    store.save_snapshot(crawl.id, snapshot())
    later_on = snapshot(at=later(minutes=3), text="It is denied.", text_digest="sha256:cc")
    store.save_snapshot(crawl.id, later_on)
    store.save_chain(crawl.id, kept.id, chain(target=MOVED, at=later(minutes=9)))
    view = store.view(kept.id)
    assert view is not None
    changed, moved = view.links[0].changes
    assert (changed.kind, moved.kind) == (LinkChangeKind.CHANGED, LinkChangeKind.MOVED)
    assert (changed.before, changed.at) == (TARGET, later_on.at)
    assert changed.was.endswith("known.") and changed.now.endswith("denied.")
    assert set(changed.record_ids) <= set(store.evidence_of(kept.id))


def test_views_of_pages_are_kept_and_are_evidence(store: SqlStore) -> None:
    """Those of targets, and of the thread's own page on its platform."""
    crawl, kept = save(store)
    store.save_chain(crawl.id, kept.id, chain())
    shot = View(ViewKind.SCREENSHOT, "urn:uuid:shot", "image/png", 9, "sha256:dd", 800, 600)
    seen = View(ViewKind.TEXT, "urn:uuid:seen", "text/plain", 4, "sha256:ee")
    store.save_snapshot(crawl.id, snapshot(views=(shot,), engine="browser"))
    own = snapshot(kept.url, views=(seen,), engine="browser")
    store.save_snapshot(crawl.id, own)
    view = store.view(kept.id)
    assert view is not None and view.links[0].snapshot is not None and view.page is not None
    assert view.links[0].snapshot.view(ViewKind.SCREENSHOT) == shot
    assert view.page.engine == "browser" and view.page.view(ViewKind.TEXT) == seen
    assert {"urn:uuid:shot", "urn:uuid:seen", own.record_id} <= set(store.evidence_of(kept.id))

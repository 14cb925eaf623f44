"""Do chains, snapshots and media come back, and is a reader shown the right ones?"""

from __future__ import annotations

import datetime as dt
import itertools
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from archiver.core import shown
from archiver.models import Chain, Hop, Outcome
from archiver.store.sql import SqlStore
from tests.store.samples import (
    LINK,
    NOON,
    TARGET,
    chain,
    later,
    media,
    post,
    refusal,
    running,
    save,
    snapshot,
    thread,
)

MOVED = "https://news.example/moved"


def test_chains_of_a_crawl_come_back(store: SqlStore) -> None:
    """So a crawl that was killed can skip them."""
    crawl, kept = save(store)
    made = (chain(), chain("http://sho.rt/b", outcome=Outcome.TIMEOUT, error="it took too long"))
    for each in made:
        store.save_chain(crawl.id, kept.id, each)
    assert store.chains_of_crawl(crawl.id) == made
    assert store.chains_of_crawl(crawl.id + 1) == ()


def test_equal_chain_adds_no_row(store: SqlStore) -> None:
    """The first that went this way is kept; the newest crawl knows that it followed it."""
    crawl, kept = save(store)
    first = chain()
    store.save_chain(crawl.id, kept.id, first)
    for minutes in range(1, 20):
        store.save_chain(99, kept.id, chain(at=later(minutes=minutes)))
    assert store.chains_of_crawl(99) == (first,)
    assert store.chains_of_crawl(crawl.id) == ()
    view = store.view(kept.id)
    assert view is not None and view.links[0].chain == first


def test_link_that_leads_elsewhere_is_a_new_chain(store: SqlStore) -> None:
    """Readers see the new way; the old one stays evidence."""
    crawl, kept = save(store)
    old, new = chain(), chain(target=MOVED, at=later(minutes=5))
    store.save_chain(crawl.id, kept.id, old)
    store.save_chain(99, kept.id, new)
    view = store.view(kept.id)
    assert view is not None and view.links[0].chain == new
    assert {hop.record_id for hop in old.hops} <= set(store.evidence_of(kept.id))


def test_two_threads_share_what_is_known_of_a_link(store: SqlStore) -> None:
    """The chain that one thread's crawl followed is shown in the other as well."""
    crawl, one = save(store, thread(native="1"))
    _, two = save(store, thread(post("2", LINK), native="2"))
    store.save_chain(crawl.id, one.id, chain())
    store.save_snapshot(crawl.id, snapshot())
    view = store.view(two.id)
    assert view is not None
    assert (view.links[0].chain, view.links[0].snapshot) == (chain(), snapshot())


def test_links_stand_in_order_of_appearance(store: SqlStore) -> None:
    """Also those that were not followed yet; each once."""
    _, kept = save(store, thread(post("1", "http://z/", "http://a/"), post("2", "http://z/")))
    view = store.view(kept.id)
    assert view is not None
    assert [(link.uri_r, link.chain, link.snapshot) for link in view.links] == [
        ("http://z/", None, None),
        ("http://a/", None, None),
    ]


def test_snapshots_are_mementos(store: SqlStore) -> None:
    """Every one is kept, oldest first, with its text; saving one twice is saving it once."""
    crawl, _ = save(store)
    made = tuple(snapshot(at=later(minutes=minutes)) for minutes in range(3))
    for each in (made[2], made[0], made[1], made[1]):
        store.save_snapshot(crawl.id, each)
    assert store.snapshots_of(TARGET) == made
    assert set(store.snapshots_of_crawl(crawl.id)) == set(made)
    assert store.counts()["snapshots"] == 3


def test_dead_page_keeps_its_last_whole_copy(store: SqlStore) -> None:
    """When the original rots away our copy still reads."""
    crawl, kept = save(store)
    store.save_chain(crawl.id, kept.id, chain())
    store.save_snapshot(crawl.id, snapshot())
    store.save_snapshot(crawl.id, refusal(at=later(days=9)))
    view = store.view(kept.id)
    assert view is not None and view.links[0].snapshot == snapshot()


def test_dead_short_link_still_shows_its_target(store: SqlStore) -> None:
    """The chain says that it is dead; the copy is of where it led while it lived."""
    crawl, kept = save(store)
    store.save_chain(crawl.id, kept.id, chain())
    store.save_snapshot(crawl.id, snapshot())
    died = Chain(LINK, LINK, Outcome.DEAD, (Hop(LINK, later(days=9), 404),), later(days=9))
    store.save_chain(99, kept.id, died)
    store.save_snapshot(99, refusal(LINK, at=later(days=9)))
    view = store.view(kept.id)
    assert view is not None
    assert (view.links[0].chain, view.links[0].snapshot) == (died, snapshot())


def test_target_with_a_fragment_shows_its_page(store: SqlStore) -> None:
    """A fragment is never sent, so no snapshot has one."""
    crawl, kept = save(store)
    store.save_chain(crawl.id, kept.id, chain(target=f"{TARGET}#part"))
    store.save_snapshot(crawl.id, snapshot(TARGET))
    view = store.view(kept.id)
    assert view is not None and view.links[0].snapshot == snapshot(TARGET)
    assert view.links[0].chain is not None and view.links[0].chain.target == f"{TARGET}#part"


def test_link_that_moved_shows_where_it_leads_now(store: SqlStore) -> None:
    """A whole copy of the new target wins, however new the old target's copy is."""
    crawl, kept = save(store)
    store.save_chain(crawl.id, kept.id, chain())
    store.save_chain(crawl.id, kept.id, chain(target=MOVED, at=later(minutes=5)))
    store.save_snapshot(crawl.id, snapshot(MOVED))
    store.save_snapshot(crawl.id, snapshot(TARGET, at=later(days=1)))
    view = store.view(kept.id)
    assert view is not None and view.links[0].snapshot == snapshot(MOVED)


def test_page_that_never_was_whole_shows_the_refusal(store: SqlStore) -> None:
    """As the evidence that it is."""
    crawl, kept = save(store)
    store.save_chain(crawl.id, kept.id, chain())
    store.save_snapshot(crawl.id, refusal())
    view = store.view(kept.id)
    assert view is not None and view.links[0].snapshot == refusal()


def test_equal_text_is_kept_once(store: SqlStore, tmp_path: Path) -> None:
    """A hundred captures of a long page do not make the database a hundred times as long."""
    crawl, _ = save(store)
    text = "It is known. " * 20_000
    for minutes in range(100):
        store.save_snapshot(crawl.id, snapshot(at=later(minutes=minutes), text=text))
    assert store.snapshots_of(TARGET)[99].text == text
    store.close()
    assert (tmp_path / "archive" / "archive.sqlite").stat().st_size < 2_000_000


def test_failed_copy_is_replaced_and_a_good_one_never(store: SqlStore) -> None:
    """Attachments are kept once."""
    _, kept = save(store)
    failed = media(outcome=Outcome.TIMEOUT, record_id=None, digest=None, bytes=0)
    store.save_media(kept.id, failed)
    assert store.media_of_thread(kept.id) == (failed,)
    store.save_media(kept.id, media(at=later(minutes=5)))
    store.save_media(kept.id, failed)
    store.save_media(kept.id, media(at=later(minutes=9)))
    assert store.media_of_thread(kept.id) == (media(at=later(minutes=5)),)


def test_claimed_length_may_be_any_number(store: SqlStore) -> None:
    """A server can claim more bytes than a column holds."""
    _, kept = save(store)
    store.save_media(kept.id, media(bytes=10**40))
    assert store.media_of_thread(kept.id)[0].bytes == 2**63 - 1


def test_evidence_names_every_record_once(store: SqlStore) -> None:
    """Of the thread's observations, its chains, all its snapshots and its media."""
    crawl, kept = save(store)
    store.save_chain(crawl.id, kept.id, chain())
    store.save_snapshot(crawl.id, snapshot())
    store.save_snapshot(crawl.id, refusal(at=later(days=1)))
    store.save_media(kept.id, media())
    other = running(store, "http://other/")
    store.save_snapshot(other.id, snapshot("https://elsewhere.example/"))
    wanted = [f"urn:uuid:{kept.posts[0].post.id}"]
    wanted += [str(hop.record_id) for hop in chain().hops]
    wanted += [str(refusal(at=later(days=1)).record_id), str(media().record_id)]
    evidence = store.evidence_of(kept.id)
    assert sorted(evidence) == sorted(set(wanted))
    assert store.evidence_of("0" * 16) == ()


_MINUTES = st.integers(0, 30)


_numbers = itertools.count()


@given(
    ways=st.lists(st.tuples(_MINUTES, st.booleans()), max_size=8, unique_by=lambda way: way[0]),
    pages=st.lists(
        st.tuples(_MINUTES, st.booleans(), st.sampled_from("ab")),
        max_size=8,
        unique_by=lambda page: page[0],
    ),
    in_order=st.booleans(),
)
def test_view_is_what_core_shown_chooses(
    shared: SqlStore,
    ways: list[tuple[int, bool]],
    pages: list[tuple[int, bool, str]],
    in_order: bool,
) -> None:
    """Whatever came in whatever order: the same as choosing from all of it."""
    name = f"http://x/{next(_numbers)}"
    target, moved = f"{name}/target", f"{name}/moved"
    chains = [chain(name, moved if leaves else target, at=later(minutes=m)) for m, leaves in ways]
    snapshots = [
        snapshot(target, at=later(minutes=m), text_digest=content)
        if whole
        else refusal(target, at=later(minutes=m), digest=content)
        for m, whole, content in pages
    ]
    ordered = sorted(chains, key=lambda each: each.at)
    crawl, kept = save(shared, thread(post("1", name), native=name), url=name)
    for page in snapshots:
        shared.save_snapshot(crawl.id, page)
    for each in ordered if in_order else chains:
        shared.save_chain(crawl.id, kept.id, each)
    view = shared.view(kept.id)
    assert view is not None
    found, chosen = view.links[0].chain, shown.chain(ordered)
    assert (found and found.target) == (chosen and chosen.target)
    if in_order:
        assert found == chosen
    if any(each.target == target for each in chains):
        snapshots.sort(key=lambda each: each.at)
        assert view.links[0].snapshot == shown.snapshot(snapshots)


def test_older_chain_that_arrives_late_is_not_shown(store: SqlStore) -> None:
    """A link that led one way for a while is not overruled by what was seen in between."""
    crawl, kept = save(store)
    for minutes, target in ((5, TARGET), (10, TARGET), (7, MOVED)):
        store.save_chain(crawl.id, kept.id, chain(target=target, at=later(minutes=minutes)))
    view = store.view(kept.id)
    assert view is not None and view.links[0].chain == chain(at=later(minutes=5))


def test_times_are_exact_to_the_microsecond(store: SqlStore) -> None:
    """Mementos are told apart by their times."""
    crawl, _ = save(store)
    at = NOON + dt.timedelta(microseconds=1)
    store.save_snapshot(crawl.id, snapshot(at=at))
    store.save_snapshot(crawl.id, snapshot(at=NOON))
    assert [each.at for each in store.snapshots_of(TARGET)] == [NOON, at]

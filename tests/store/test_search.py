"""Is what the archive holds found, and only by those who may see it?"""

from __future__ import annotations

import dataclasses
import datetime as dt
import itertools
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.core.searchquery import parse
from archiver.errors import StoreError, UsageError
from archiver.models import (
    Author,
    Decision,
    Media,
    MediaKind,
    Outcome,
    PolicyState,
    Post,
    PostState,
    StoredPost,
    Thread,
)
from archiver.models.search import Found, Hit, SearchOrder
from archiver.ports import Store
from archiver.store.sql import SqlStore
from tests.store.samples import (
    LINK,
    NOON,
    TARGET,
    added,
    chain,
    later,
    post,
    refusal,
    running,
    save,
    snapshot,
    thread,
)


def find(store: Store, asked: str, **options: object) -> list[str]:
    """Give what is found: the text of posts, the address of targets."""
    return [_name(hit) for hit in look(store, asked, **options).hits]


def look(store: Store, asked: str, **options: object) -> Found:
    """Search at noon."""
    given_: dict[str, object] = {"now": NOON}
    return store.search(parse(asked), **given_ | options)  # type: ignore[arg-type]  # per test


def _name(hit: Hit) -> str:
    if hit.post is not None:
        return hit.post.post.text
    assert hit.snapshot is not None
    return hit.snapshot.url


def test_post_is_found_by_all_that_stands_in_it(store: SqlStore) -> None:
    """Text, warning, descriptions, authors, hashtags; whatever their script."""
    picture = Media(MediaKind.IMAGE, "https://f.example/1", alt="A rusty crane")
    save(
        store,
        thread(
            post("1", text="衛星画像が示した", media=(picture,), hashtags=("Häfen",)),
            post("2", text="ئۇيغۇر خەلقى", content_warning="Violence"),
            title="Harbour nights",
        ),
    )
    for asked in (
        "画像",
        "像",
        "crane",
        "desk",
        "hafen",
        "#häfen",
        '"harbour nights"',
        "author:desk",
    ):
        assert "衛星画像が示した" in find(store, asked), asked
    for asked in ("ئۇيغۇر", "violence", "VIOLENCE خەلقى", "platform:mastodon -画像", "desk -像"):
        assert find(store, asked) == ["ئۇيغۇر خەلقى"], asked
    assert find(store, "画像 violence") == []


def test_words_do_not_meet_across_parts(store: SqlStore) -> None:
    """The end of a warning and the beginning of a text are no phrase."""
    save(store, thread(post("1", text="shift ends", content_warning="late night")))
    assert find(store, '"night shift"') == []
    assert find(store, "night shift") == ["shift ends"]


def test_target_is_found_with_the_threads_that_lead_there(store: SqlStore) -> None:
    """By its title, its text and its address, and by its site."""
    crawl, kept = save(store)
    store.save_chain(crawl.id, kept.id, chain())
    store.save_snapshot(crawl.id, snapshot(title="The tide", text="Water rose at dawn."))
    for asked in ("tide", '"rose at dawn"', "news.example story", "site:news.example tide"):
        assert find(store, asked) == [TARGET], asked
    (hit,) = look(store, "tide").hits
    assert [each.id for each in hit.threads] == [kept.id]


def test_post_is_found_by_the_site_that_its_links_lead_to(store: SqlStore) -> None:
    """Also through a short link, to a page that is dead; and by where it leads now."""
    crawl, kept = save(store, thread(post("1", LINK), post("2", text="no link")))
    assert find(store, "site:sho.rt") == ["Post 1"]
    assert find(store, "site:news.example") == []
    store.save_chain(crawl.id, kept.id, chain(outcome=Outcome.DEAD))
    assert find(store, "site:news.example") == find(store, "site:sho.rt") == ["Post 1"]
    store.save_chain(crawl.id, kept.id, chain(target="https://other.example/", at=later(days=1)))
    assert find(store, "site:other.example") == ["Post 1"]
    store.save_thread(crawl, dataclasses.replace(kept, title="Renamed"), ())
    assert find(store, "site:other.example renamed") == ["Post 1"]


def test_error_page_is_no_find(store: SqlStore) -> None:
    """What a dead link answered has words, but says nothing."""
    crawl, kept = save(store)
    store.save_chain(crawl.id, kept.id, chain())
    store.save_snapshot(crawl.id, refusal(title="Page not found"))
    assert find(store, "page not found") == []


def test_edit_is_found_by_its_new_words_only(store: SqlStore) -> None:
    """And a capture that changes nothing writes nothing."""
    crawl, _ = save(store, thread(post("1", text="old words")))
    edited = thread(post("1", text="new words"), updated_at=later(hours=1))
    store.save_thread(crawl, edited, added(edited.posts[0].post, at=later(hours=1)))
    assert find(store, "words") == ["new words"]
    assert find(store, "old") == []
    before = _rows(store)
    store.save_thread(crawl, edited, ())
    assert _rows(store) == before


def test_thread_that_got_a_tag_is_found_by_it(store: SqlStore) -> None:
    """Its posts did not change, what stands over them did."""
    crawl, kept = save(store)
    store.save_thread(crawl, dataclasses.replace(kept, tags=("port",)), ())
    assert find(store, "tag:port") == ["Post 1"]


def test_vanished_post_stays_found(store: SqlStore) -> None:
    """That it is gone is why somebody looks for it here."""
    gone = StoredPost(post("1", text="deleted"), PostState.VANISHED, 1, NOON, NOON, later(hours=1))
    save(store, thread(posts=(gone,)))
    (hit,) = look(store, "deleted").hits
    assert hit.post is not None and hit.post.state is PostState.VANISHED


def test_gap_is_no_find(store: SqlStore) -> None:
    """There is nothing to read in it."""
    save(store, thread(post("1"), post("2", gap=True, text="")))
    assert find(store, "platform:mastodon") == ["Post 1"]


def test_sealed_post_is_shown_to_nobody(store: SqlStore) -> None:
    """Nor is a target that only it leads to; the archive's own people find both."""
    crawl, kept = save(store, thread(post("1"), post("2", LINK, text="secret", sealed="asked")))
    store.save_chain(crawl.id, kept.id, chain())
    store.save_snapshot(crawl.id, snapshot())
    assert find(store, "secret") == find(store, "known") == []
    assert find(store, "secret", public=False) == ["secret"]
    assert find(store, "known", public=False) == [TARGET]


def test_thread_with_a_sealed_beginning_is_shown_to_nobody(store: SqlStore) -> None:
    """Until the seal is gone; then all of it is found again."""
    crawl, kept = save(store, thread(post("1"), post("2", text="second")))
    sealed = thread(post("1", sealed="asked"), post("2", text="second"))
    store.save_thread(crawl, sealed, ())
    assert find(store, "second") == []
    store.save_thread(crawl, kept, ())
    assert find(store, "second") == ["second"]


@pytest.mark.parametrize("state", [PolicyState.WITHHELD, PolicyState.EMBARGOED])
def test_withheld_thread_is_shown_to_nobody(store: SqlStore, state: PolicyState) -> None:
    """Nor is a target that only it leads to."""
    crawl, kept = save(store)
    store.save_chain(crawl.id, kept.id, chain())
    store.save_snapshot(crawl.id, snapshot())
    store.decide(Decision(kept.id, state, NOON, until=later(days=1)))
    assert find(store, "post") == find(store, "known") == []
    assert find(store, "known", public=False) == [TARGET]
    other = thread(post("9", LINK), native="9", url="https://social.example/@desk/9")
    save(store, other)
    (hit,) = look(store, "known").hits
    assert [each.id for each in hit.threads] == [other.id]


def test_times_bound_what_is_found(store: SqlStore) -> None:
    """By when it was written; a time that cannot be is not believed."""
    old = dt.datetime(2022, 5, 24, tzinfo=dt.UTC)
    future = dt.datetime(2999, 1, 1, tzinfo=dt.UTC)
    save(
        store,
        thread(
            post("1", text="old one", created_at=old),
            post("2", text="odd one", created_at=future),
        ),
    )
    assert find(store, "one before:2023") == ["old one"]
    assert find(store, "one after:2023") == find(store, "after:2023") == ["odd one"]
    assert find(store, "one after:2027") == []


def test_newest_stands_first_among_equals(store: SqlStore) -> None:
    """A rarer word still counts more than a later time."""
    times = [later(days=-day) for day in (900, 1, 400)]
    posts = [post(str(n), text=f"tide {n}", created_at=at) for n, at in enumerate(times)]
    save(store, thread(*posts))
    assert find(store, "tide") == ["tide 1", "tide 2", "tide 0"]
    assert find(store, "tide", order=SearchOrder.NEWEST) == ["tide 1", "tide 2", "tide 0"]


@pytest.mark.parametrize("order", SearchOrder)
def test_pages_hold_each_find_once(store: SqlStore, order: SearchOrder) -> None:
    """To the last page, which says that it is the last."""
    save(store, thread(*(post(str(n), text=f"tide {n}") for n in range(125))))
    seen: list[str] = []
    after = ""
    for _ in range(4):
        page = look(store, "tide", order=order, limit=40, after=after)
        seen += map(_name, page.hits)
        after = page.more
    assert sorted(seen) == sorted(f"tide {n}" for n in range(125)) and after == ""


@pytest.mark.parametrize("after", ["x", "b", "b1x", "n5", "b-1", "b٣", "b" + "9" * 30])
def test_place_that_never_was_is_refused(store: SqlStore, after: str) -> None:
    """With a sentence."""
    with pytest.raises(UsageError, match="is no place in this search"):
        look(store, "tide", after=after)


def test_older_archive_is_filled_step_by_step(tmp_path: Path) -> None:
    """After the migration, in steps that may be killed; then nothing waits."""
    store = SqlStore.open(tmp_path)
    crawl, kept = save(store, thread(post("1", LINK, text="tide"), post("2", sealed="asked")))
    store.save_chain(crawl.id, kept.id, chain())
    store.save_snapshot(crawl.id, snapshot())
    store.close()
    with sqlite3.connect(tmp_path / "archive.sqlite") as raw:
        raw.execute("DROP TABLE search")
        raw.execute("DROP TABLE search_doc")
        raw.execute("DROP TABLE search_fill")
        for later in ("engine", "views"):
            raw.execute(f"ALTER TABLE snapshot DROP COLUMN {later}")
        raw.execute("ALTER TABLE watch DROP COLUMN embargo_s")
        raw.execute("ALTER TABLE crawl DROP COLUMN embargo_until")
        for index in ("ix_crawl_watch", "ix_post_sealed", "ix_record_resource_at"):
            raw.execute(f"DROP INDEX {index}")
        raw.execute("DROP TABLE tally")
        for table, event in itertools.product(
            ("thread", "post", "snapshot", "record", "link"), ("insert", "delete")
        ):
            raw.execute(f"DROP TRIGGER tally_{table}_{event}")
        raw.execute("UPDATE alembic_version SET version_num = '0003'")
    raw.close()
    again = SqlStore.open(tmp_path)
    assert (again.counts()["posts"], again.counts()["links"]) == (2, 1)  # counted anew
    assert find(again, "tide") == [] and look(again, "tide").waiting == 3
    told: list[tuple[int, int]] = []
    assert again.fill_search(lambda done, total: told.append((done, total)), steps=1) == 2
    assert again.fill_search() == 1 and again.fill_search() == 0
    assert told == [(2, 3)]
    assert find(again, "tide") == ["tide"] and find(again, "known") == [TARGET]
    assert find(again, "2 desk") == [] and look(again, "tide").waiting == 0
    again.close()


def test_number_is_never_used_twice(store: SqlStore) -> None:
    """An index without texts cannot take back what it once said of a number."""
    crawl, _ = save(store, thread(post("1", text="one")))
    for text in ("two", "three", "four"):
        store.save_thread(crawl, thread(post("1", text=text)), ())
    assert find(store, "-nothing") == ["four"]
    assert [find(store, each) for each in ("one", "two", "three")] == [[], [], []]


def test_failed_save_leaves_no_words(store: SqlStore) -> None:
    """What is kept and what is found are one transaction."""
    crawl, _ = save(store, thread(post("1", text="before")))
    odd = Post("x", Author("a", "a", "a"), text="half", created_at="no time")  # type: ignore[arg-type]  # what no source gives
    bad: Thread = thread(post("1", text="after"), odd)
    with pytest.raises((StoreError, TypeError, AttributeError)):
        store.save_thread(crawl, bad, ())
    assert find(store, "before") == ["before"] and find(store, "after") == []


def test_rebuilding_in_one_transaction_is_found(store: SqlStore) -> None:
    """As a rebuild does: many threads, in no order of time, in one transaction."""
    with store.together():
        for number in (5, 1, 4, 2, 3):
            url = f"https://social.example/@desk/{number}"
            at = later(days=-number)
            kept = thread(
                post(str(number), text=f"tide {number}", created_at=at),
                native=str(number), url=url,
            )  # fmt: skip
            store.save_thread(running(store, url), kept, ())
    assert find(store, "tide", order=SearchOrder.NEWEST) == [f"tide {n}" for n in range(1, 6)]


@given(st.text(st.sampled_from("ab日\"*:-()^+{}|,.;' ANDORNTEfacetswordtil/#@\\"), max_size=50))
def test_no_question_breaks_the_index(shared: SqlStore, asked: str) -> None:
    """Its language never reads what people typed."""
    try:
        query = parse(asked)
    except UsageError:
        return
    for order in SearchOrder:
        shared.search(query, now=NOON, order=order)


def _rows(store: SqlStore) -> list[tuple[object, ...]]:
    return store._database.ask("SELECT docid, post_id, digest FROM search_doc ORDER BY docid", ())

"""Do older entries move into archive documents that never change?"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import feedparser
import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.models import Decision, PolicyState, ThreadView, Watch
from feeds.document import MAX_BYTES, MAX_ENTRIES
from feeds.publish.windows import BLOCK, BLOCK_BYTES, blocks_of
from tests.feeds import views
from tests.feeds.archive import Archive
from tests.feeds.publish.threads import edited, later, named
from tests.feeds.validator import check_atom, check_json_feed, check_rss

FEED = "feeds/all/posts"
POSTS = 40
CHECKS = {"rss": check_rss, "atom": check_atom, "json": check_json_feed}


def archives(archive: Archive, stem: str = FEED) -> dict[str, bytes]:
    """Give the archive documents of a feed."""
    return {
        path: body for path, body in archive.files().items() if path.startswith(f"{stem}/archive/")
    }


def ids(body: bytes) -> list[str]:
    """Give the ids of the entries of an Atom feed."""
    return [each.id for each in feedparser.parse(body).entries]


def links(body: bytes) -> dict[str, str]:
    """Give the links of an Atom feed by relation."""
    return {each.rel: each.href for each in feedparser.parse(body).feed.links}


def without_next(body: bytes) -> bytes:
    """Give an archive document without the link to the one after it."""
    body = re.sub(rb'\s*<(atom:)?link [^>]*rel="next-archive"[^>]*>', b"", body)
    return re.sub(rb'\s*"next_archive": "[^"]*",', b"", body)


def keep(archive: Archive, first: int, count: int) -> None:
    """Capture threads of 40 posts, each a minute after the one before."""
    for number in range(first, first + count):
        archive.keep(thread(number))


def thread(number: int) -> ThreadView:
    """Give a thread of 40 posts."""
    return named(views.long(POSTS), str(number), later(number))


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive whose feed of all posts has two archive documents."""
    archive = Archive(tmp_path_factory.mktemp("full") / "data")
    keep(archive, 0, 4)
    archive.publish()
    archive.close()
    return archive.folder


@pytest.fixture
def full(template: Path, tmp_path: Path) -> Iterator[Archive]:
    """A copy of it."""
    shutil.copytree(template, tmp_path / "data")
    made = Archive(tmp_path / "data")
    yield made
    made.close()


def test_documents_together_hold_every_entry_once(full: Archive) -> None:
    """Whoever follows prev-archive from the feed has all; and each document is valid."""
    files = full.files()
    assert archives(full).keys() == {
        f"{FEED}/archive/{number}.{kind}" for number in (1, 2) for kind in CHECKS
    }
    found: list[str] = []
    path: str | None = f"{FEED}.atom"
    while path is not None:
        found += ids(files[path])
        before = links(files[path]).get("prev-archive")
        path = before.removeprefix(f"{full.base_url}/") if before else None
    assert len(set(found)) == 4 * POSTS
    for path, body in archives(full).items():
        assert CHECKS[path.rpartition(".")[2]](body) == [], path
    middle = links(files[f"{FEED}/archive/1.atom"])
    assert middle["next-archive"].endswith(f"/{FEED}/archive/2.atom")
    assert middle["current"].endswith(f"/{FEED}.atom")
    assert "prev-archive" not in middle


def test_archive_documents_do_not_change(full: Archive) -> None:
    """Neither by what is added nor by edits; the newest only learns of its successor."""
    before = archives(full)
    keep(full, 4, 1)
    full.keep(edited(thread(0), "Other words.", later(500)))
    full.publish()
    after = archives(full)
    assert len(after) > len(before)
    for path, body in before.items():
        assert without_next(after[path]) == without_next(body), path
        assert after[path] == body or "/2." in path
    assert "Other words." in full.files()[f"{FEED}.atom"].decode()
    assert full.publish(everything=True).written == 0


def test_withheld_entry_is_taken_out_of_its_archive_document(full: Archive) -> None:
    """That one is written anew without it; the others stay as they are."""
    before = archives(full)
    victim = thread(0)
    full.store.decide(Decision(victim.thread.id, PolicyState.WITHHELD, later(900)))
    full.publish()
    after = archives(full)
    assert after.keys() == before.keys()
    for path, body in after.items():
        assert (body != before[path]) == ("/1." in path), path
        assert victim.thread.id.encode() not in body
        assert CHECKS[path.rpartition(".")[2]](body) == [], path
    assert len(ids(after[f"{FEED}/archive/1.atom"])) == BLOCK - POSTS


def test_new_address_is_in_archive_documents_as_well(full: Archive) -> None:
    """A base_url that moved is the one thing that rewrites them all; no entry is lost or new."""
    before = archives(full)
    full.base_url = "https://moved.example/threads"
    full.publish()
    after = archives(full)
    assert after.keys() == before.keys()
    assert not any(views.BASE.encode() in body for body in after.values())
    for path, body in after.items():
        if path.endswith(".atom"):
            assert ids(body) == ids(before[path]), path


def test_feed_of_every_scope_has_archive_documents(full: Archive) -> None:
    """Also that of a platform, an account and a tag: nothing of them is lost to a new reader."""
    assert len(ids(full.files()["feeds/platform/mastodon/posts.atom"])) == MAX_ENTRIES
    assert archives(full, "feeds/platform/mastodon/posts")


def test_lost_cache_gives_documents_again(full: Archive) -> None:
    """Made from the store alone, all entries stand in them again."""
    before = full.files()
    (full.notes / "state.sqlite").write_bytes(b"")
    full.publish()
    assert full.files() == before


def test_watch_without_threads_takes_its_archive_documents_along(archive: Archive) -> None:
    """Nobody needs a feed of nothing; that of everything stays, and says what is gone."""
    archive.store.add_watch(Watch("desk", "https://a.example/", every_s=900.0))
    view = named(views.long(110), "one")
    archive.keep(view, watch="desk")
    archive.publish()
    assert archives(archive, "feeds/watch/desk/posts")
    archive.store.remove_watch("desk")
    archive.store.decide(Decision(view.thread.id, PolicyState.WITHHELD, later(900)))
    archive.publish()
    left = [path for path in archive.files() if path.startswith("feeds/") and "/." not in path]
    assert {path.split("/")[1].partition(".")[0] for path in left} == {"all", "index"}
    assert archives(archive) and not any(
        ids(body) for path, body in archives(archive).items() if path.endswith(".atom")
    )
    assert ids(archive.files()[f"{FEED}.atom"]) == []


@given(st.lists(st.sampled_from([10, 5_000, 900_000, 2_500_000]), max_size=260))
def test_blocks_leave_what_fits(sizes: list[int]) -> None:
    """Whatever the sizes: the rest fits into a document, blocks are full or large, in order."""
    slots = [(at, at, size) for at, size in enumerate(sizes)]
    blocks = blocks_of(slots)
    taken = [slot for block in blocks for slot in block]
    assert taken == slots[: len(taken)]
    rest = slots[len(taken) :]
    assert len(rest) <= MAX_ENTRIES
    assert len(rest) <= 1 or sum(size for _, _, size in rest) <= MAX_BYTES
    assert bool(rest) == bool(slots)
    for block in blocks:
        assert 0 < len(block) <= BLOCK
        assert len(block) == 1 or sum(size for _, _, size in block) <= BLOCK_BYTES

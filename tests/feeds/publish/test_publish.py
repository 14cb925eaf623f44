"""Does publish_dir always hold whole files, and only those that changed anew?"""

from __future__ import annotations

import dataclasses
import datetime as dt
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from archiver.errors import PublishError
from archiver.models import Watch
from feeds.nearness import with_lists
from feeds.publish import publish
from tests.feeds import views
from tests.feeds.archive import TITLE, Archive, png, whole
from tests.feeds.markup import parse, text
from tests.feeds.publish.threads import edited, named
from tests.feeds.validator import check_atom, check_json_feed, check_rss

ROOT = Path(__file__).parent.parent.parent.parent
FEED_NAMES = ("rss", "atom", "json")


def changed(archive: Archive, before: dict[str, tuple[int, int]]) -> set[str]:
    """Give the files that are other files than before."""
    return {path for path, mark in marks(archive).items() if before.get(path) != mark}


def media_of(archive: Archive) -> list[str]:
    """Give the published copies of attachments."""
    found = [path for path in archive.files() if path.startswith("media/")]
    return [path for path in found if not path.startswith("media/.")]


def marks(archive: Archive) -> dict[str, tuple[int, int]]:
    """Give a mark of each published file that changes when it is written again."""
    return {
        str(path.relative_to(archive.public)): (path.stat().st_ino, path.stat().st_mtime_ns)
        for path in archive.public.rglob("*")
        if path.is_file()
    }


def test_empty_archive_has_its_page_and_feeds(archive: Archive) -> None:
    """Before anything is captured, readers can subscribe already."""
    archive.store.add_watch(Watch("Desk", "https://a.example/", every_s=900.0))
    archive.publish()
    files = archive.files()
    assert "Nothing captured yet." in text(files["index.html"])
    for stem in ("feeds/all", "feeds/watch/desk-"):
        found = [path for path in files if path.startswith(stem)]
        assert len(found) == 9, stem
    assert check_rss(files["feeds/all.rss"]) == []
    assert check_atom(files["feeds/all.atom"]) == []


def test_thread_has_its_page_its_feeds_and_its_pictures(archive: Archive) -> None:
    """All that a page names is there, and every feed is valid."""
    view = whole(views.typical(), archive)
    archive.keep(view)
    archive.publish()
    files = archive.files()
    folder = f"t/{view.thread.id}"
    page = parse(files[f"{folder}/index.html"])
    for part in page.all("[src], [poster], link[rel=stylesheet], link[rel=icon]"):
        for name in {"src", "poster", "href"} & part.attributes.keys():
            assert part.attributes[name].removeprefix("../../") in files
    assert files[page.one("img").attributes["src"].removeprefix("../../")] == png(640, 480, 0)
    checks = {"rss": check_rss, "atom": check_atom, "json": check_json_feed}
    for name, check in checks.items():
        for stem in (f"{folder}/feed", "feeds/all"):
            assert check(files[f"{stem}.{name}"]) == [], stem
    assert f"./{folder}/" in {
        part.attributes["href"] for part in parse(files["index.html"]).all("a")
    }


def test_publishing_again_touches_nothing(archive: Archive) -> None:
    """Neither again nor all again: bytes and times stay, so that readers' copies stay good."""
    archive.keep(whole(views.typical(), archive))
    first = archive.publish()
    before, files = marks(archive), archive.files()
    assert first.written == len(files)
    assert archive.publish().written == 0
    again = archive.publish(everything=True)
    assert again.written == 0 and again.unchanged >= 10
    assert marks(archive) == before
    assert archive.files() == files


def test_recapture_without_news_touches_nothing(archive: Archive) -> None:
    """A crawl that brought nothing new moves no file."""
    view = whole(views.typical(), archive)
    archive.keep(view)
    archive.publish()
    before = marks(archive)
    later = dataclasses.replace(view.thread, last_captured_at=views.CHANGED)
    archive.keep(dataclasses.replace(view, thread=later, revisions=()))
    assert archive.publish().written == 0
    assert marks(archive) == before


def test_edit_renders_only_what_shows_it(archive: Archive) -> None:
    """One thread's page and feeds, the feeds it stands in, and the list; nothing of others."""
    archive.store.add_watch(Watch("desk", "https://a.example/", every_s=900.0))
    archive.store.add_watch(Watch("other", "https://b.example/", every_s=900.0))
    one, two = named(views.one_post(), "one"), named(views.long(3), "two")
    archive.keep(one, watch="desk")
    archive.keep(two, watch="other")
    archive.publish()
    before = marks(archive)
    archive.keep(edited(one, "Other words."), watch="desk")
    archive.publish()
    touched = {path.rpartition(".")[0] for path in changed(archive, before)}
    own = f"t/{one.thread.id}"
    scopes = {f"feeds/{each}" for each in ("all", "watch/desk", "platform/mastodon")}
    assert {f"{own}/feed", f"{own}/posts", f"{own}/index", "index", *scopes} <= touched
    assert {f"{each}/posts" for each in scopes} | {f"{each}/changes" for each in scopes} <= touched
    strangers = ("feeds/watch/other", f"t/{two.thread.id}", "media", "static")
    assert not [path for path in touched if path.startswith(strangers)]
    page = archive.files()[f"t/{one.thread.id}/index.html"]
    assert "Other words." in text(page) and "All of it." in text(page)


def test_what_changes_while_it_is_rendered_is_rendered_again(archive: Archive) -> None:
    """A crawl between rendering and the end of a publication is not lost."""
    view = views.one_post()
    archive.keep(view)

    class BusyStore:
        """A store in which a crawl ends just before the publication does."""

        def __getattr__(self, name: str) -> Any:
            if name == "mark_published":
                archive.keep(edited(view, "Other words."))
            return getattr(archive.store, name)

    store: Any = BusyStore()
    publish(
        store, archive.payloads, base_url=archive.base_url, title=TITLE,
        publish_dir=archive.public, state_dir=archive.notes, everything=False,
    )  # fmt: skip
    page = f"t/{view.thread.id}/index.html"
    assert "Other words." not in text(archive.files()[page])
    archive.publish()
    assert "Other words." in text(archive.files()[page])


@pytest.mark.parametrize("lost", ["index.html", "t", "feeds", "media", "static", "."])
def test_what_is_deleted_comes_back(archive: Archive, lost: str) -> None:
    """Pages and feeds are a view: any part of it can be deleted at will."""
    view = whole(views.typical(), archive)
    archive.keep(view)
    archive.publish()
    files = archive.files()
    path = archive.public / lost
    path.unlink() if path.is_file() else shutil.rmtree(path)
    archive.publish()
    assert archive.files() == files


def test_damaged_cache_is_made_again(archive: Archive) -> None:
    """The cache beside the pages is trusted in nothing but saving work."""
    archive.keep(whole(views.typical(), archive))
    archive.publish()
    files = archive.files()
    for damage in (b"", b"{", b"no database" * 1000, b"SQLite format 3\0" + bytes(5000)):
        (archive.notes / "state.sqlite").write_bytes(damage)
        archive.publish()
        assert archive.files() == files


def test_new_title_and_address_render_everything(archive: Archive) -> None:
    """What stands on every page is changed on every page."""
    archive.keep(views.one_post())
    archive.publish()
    archive.publish(title="Another name")
    assert b"Another name" in archive.files()["feeds/all.rss"]
    archive.base_url = "https://archive.example/threads"
    archive.publish(title="Another name")
    pages = [body for path, body in archive.files().items() if path.endswith((".html", ".rss"))]
    assert all(b"https://archive.example/threads/" in body for body in pages)
    assert not any(views.BASE.encode() in body for body in pages)


def test_watch_comes_and_goes(archive: Archive) -> None:
    """A watch has feeds from the moment it is added; without threads they end with it."""
    archive.publish()
    archive.store.add_watch(Watch("desk", "https://a.example/", every_s=900.0))
    archive.publish()
    assert "feeds/watch/desk.rss" in archive.files()
    assert "desk" in parse(archive.files()["index.html"]).one(".watches").words
    archive.store.remove_watch("desk")
    assert archive.publish().removed == 9
    assert "feeds/watch/desk.rss" not in archive.files()
    assert parse(archive.files()["index.html"]).all(".watches") == []


# ---------------------------------------------------------------- media


@pytest.mark.parametrize(
    "body",
    [
        b"<!doctype html><script>alert(1)</script>",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"%PDF-1.7",
        b"",
    ],
    ids=["html", "svg", "pdf", "nothing"],
)
def test_what_is_no_picture_is_not_published(archive: Archive, body: bytes) -> None:
    """What a file is called outside does not count; the page says that there is no copy."""
    view = views.view([views.post(1, media=(views.picture(1),))])
    copy = archive.media(views.picture(1).url, body, "image/png")
    archive.keep(dataclasses.replace(view, media=(copy,)))
    archive.publish()
    assert media_of(archive) == []
    page = archive.files()[f"t/{view.thread.id}/index.html"]
    assert "a copy of it was kept, which cannot be shown here" in text(page)


def test_picture_is_copied_once(archive: Archive) -> None:
    """The same bytes under two addresses are one file, written once."""
    pictures = (views.picture(1), views.picture(2))
    view = views.view([views.post(1, media=pictures)])
    rows = tuple(archive.media(each.url, png(8, 8)) for each in pictures)
    assert rows[0].record_id != rows[1].record_id
    archive.keep(dataclasses.replace(view, media=rows))
    archive.publish()
    assert [path.rpartition(".")[2] for path in media_of(archive)] == ["png"]
    assert len(parse(archive.files()[f"t/{view.thread.id}/index.html"]).all("img")) == 2


def test_damaged_record_costs_one_picture_only(archive: Archive) -> None:
    """A picture whose bytes do not match their digest is not shown; its thread is."""
    view = views.view([views.post(1, media=(views.picture(1),))])
    copy = archive.media(views.picture(1).url, png(64, 64))
    archive.keep(dataclasses.replace(view, media=(copy,)))
    (warc,) = (archive.folder / "warc").glob("*.warc.gz")
    warc.unlink()
    archive.publish()
    assert "which cannot be shown here" in text(archive.files()[f"t/{view.thread.id}/index.html"])


# ---------------------------------------------------------------- many threads


def test_many_threads_are_paged_and_feeds_windowed(archive: Archive) -> None:
    """The first page holds the newest; the feed of all the hundred that changed last."""
    ids = []
    for number in range(101):
        view = named(views.one_post(), str(number))
        at = views.CAPTURED + dt.timedelta(minutes=number)
        thread = dataclasses.replace(view.thread, first_captured_at=at, updated_at=at)
        archive.keep(dataclasses.replace(view, thread=thread))
        ids.append(thread.id)
    archive.publish()
    files = archive.files()
    first, older = parse(files["index.html"]), parse(files["threads/1/index.html"])
    assert len(first.all(".threads > li")) == 51
    assert len(older.all(".threads > li")) == 50
    assert first.one(".threads a").attributes["href"] == f"./t/{ids[-1]}/"
    assert older.one(".threads a").attributes["href"] == f"../../t/{ids[49]}/"
    assert files["feeds/all.atom"].count(b"</entry>") == 100
    assert ids[0].encode() not in files["feeds/all.json"]
    before = marks(archive)
    newest = named(views.one_post(), "one more")
    thread = dataclasses.replace(
        newest.thread, first_captured_at=views.CHANGED, updated_at=views.CHANGED
    )
    archive.keep(dataclasses.replace(newest, thread=thread))
    archive.publish()
    assert "threads/1/index.html" not in changed(archive, before)


# ---------------------------------------------------------------- trouble


def test_refusing_disk_is_one_sentence_and_heals(archive: Archive) -> None:
    """What cannot be written is named; nothing counts as published; the next run mends it."""
    archive.keep(views.one_post())
    archive.public.mkdir(parents=True)
    (archive.public / "t").write_text("in the way")
    with pytest.raises(PublishError) as caught:
        archive.publish()
    assert "\n" not in str(caught.value) and "/t/" in caught.value.path
    assert archive.store.dirty_threads()
    (archive.public / "t").unlink()
    archive.publish()
    assert archive.store.dirty_threads() == ()


def test_no_link_leads_writing_out_of_the_folder(archive: Archive, tmp_path: Path) -> None:
    """A symbolic link inside publish_dir is not followed out of it."""
    outside = tmp_path / "outside"
    outside.mkdir()
    archive.keep(views.one_post())
    archive.public.mkdir(parents=True)
    (archive.public / "t").symlink_to(outside)
    with pytest.raises(PublishError):
        archive.publish()
    assert list(outside.iterdir()) == []


def test_two_publications_wait_for_each_other(archive: Archive) -> None:
    """Started at once, both end well, and the result is that of one."""
    for number in range(4):
        archive.keep(named(views.one_post(), str(number)))
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(lambda _: archive.publish(), range(2)))
    assert sorted(result.written > 0 for result in results) == [False, True]
    assert len(parse(archive.files()["index.html"]).all(".threads > li")) == 4


@pytest.mark.parametrize(
    ("moment", "steps"), [("view", 1), ("read", 3), ("feeds", 0), ("mark", 0)], ids=str
)
def test_killed_publication_heals(archive: Archive, moment: str, steps: int) -> None:
    """Killed anywhere, no file is half, and the next run makes what one whole run makes."""
    archive.keep(whole(named(views.typical(), "one"), archive))
    archive.keep(whole(named(views.ten_pictures(), "two"), archive))
    command = [sys.executable, "-m", "tests.feeds.dying", str(archive.folder), moment, str(steps)]
    killed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert killed.returncode == -9, killed.stderr
    torn = {path: body for path, body in archive.files().items() if not path.endswith(".new")}
    archive.publish()
    files = archive.files()
    assert not any(path.endswith(".new") for path in files)
    shutil.rmtree(archive.public)
    archive.publish()
    assert archive.files() == files
    # Which other threads a page names is known when those are published, too.
    alone = {path: with_lists(body, {}) for path, body in torn.items() if path.startswith("t/")}
    assert alone == {path: with_lists(files[path], {}) for path in alone}

"""Other people's readers take our feeds, and see an edited thread as one entry that was updated."""

from __future__ import annotations

import dataclasses
import datetime as dt
import re
import sys
from pathlib import Path
from typing import Any

import feedparser
import feedparser_sgmllib
import pytest
from reader import make_reader

from archiver.models import ThreadView
from feeds import atom, json_feed, rss
from feeds.document import (
    Archives,
    Entry,
    Tombstone,
    document_of,
    entries_of,
    entry_of,
    everything,
)
from feeds.formats import FORMATS, Format
from tests.feeds import views
from tests.feeds.changed import changed

# reader 3.26 carries a feedparser that still asks for `sgmllib`; feedparser 6.0.14 brings the same
# module under a new name. To be dropped when reader follows.
sys.modules.setdefault("sgmllib", feedparser_sgmllib)

EACH = pytest.mark.parametrize("written", FORMATS, ids=[each.NAME for each in FORMATS])
XML = pytest.mark.parametrize("written", [rss, atom], ids=["RSS", "Atom"])


def entry(view: ThreadView) -> Entry:
    """Make an entry as publish does."""
    return entry_of(view, base_url=views.BASE, media=views.copies(view))


def feed(written: Format, *entries: Entry) -> bytes:
    """Write a feed of entries."""
    return written.render(document_of(everything(views.BASE, "Reading room"), entries))


def edited(view: ThreadView) -> ThreadView:
    """Give the view after its first post was edited and another one was added."""
    first = view.thread.posts[0]
    post = dataclasses.replace(first.post, text="Edited", html="<p>Edited</p>")
    posts = (dataclasses.replace(first, post=post), *view.thread.posts[1:], views.post(99))
    later = view.thread.updated_at + dt.timedelta(days=1)
    thread = dataclasses.replace(view.thread, posts=posts, updated_at=later)
    return dataclasses.replace(view, thread=thread)


@XML
@pytest.mark.parametrize("kind", views.ALL)
def test_feedparser_reads_every_kind_of_thread(written: Format, kind: str) -> None:
    """Without a complaint (bozo), and with nothing lost."""
    made = entry(views.ALL[kind]())
    parsed: Any = feedparser.parse(feed(written, made))
    assert not parsed.bozo
    (found,) = parsed.entries
    assert (found.id, found.link) == (made.id, made.url)
    assert found.author == made.authors[0].name
    assert found.published_parsed[:5] == made.published.timetuple()[:5]
    assert found.content[0].type == "text/html"
    assert len(found.get("media_content", [])) == len(made.attachments)


@XML
def test_feedparser_sanitises_nothing_of_ours_away(written: Format) -> None:
    """What it drops would be missing in many readers: our words and links all survive."""
    made = entry(views.typical())
    parsed: Any = feedparser.parse(feed(written, made))
    html = parsed.entries[0].content[0].value
    for address in re.findall(r'(?:href|src)="([^"]*)"', made.html):
        assert address in html
    assert html.count("<li>") == made.html.count("<li>")
    assert html.count("<figure>") == made.html.count("<figure>")


@EACH
def test_reader_sees_an_edit_as_one_updated_entry(written: Format, tmp_path: Path) -> None:
    """Same id, one entry, new time of update; and no update where nothing changed."""
    place = tmp_path / f"feed{written.EXTENSION}"
    view = views.typical()
    with make_reader(str(tmp_path / "reader.sqlite"), feed_root=str(tmp_path)) as reader:
        reader.add_feed(place.name)
        place.write_bytes(feed(written, entry(view)))
        reader.update_feed(place.name)
        (before,) = reader.get_entries()

        place.write_bytes(feed(written, entry(view)))
        again = reader.update_feed(place.name)
        assert again is None or (again.new, again.modified) == (0, 0)

        place.write_bytes(feed(written, entry(edited(view))))
        reader.update_feed(place.name)
        (after,) = reader.get_entries()
    assert (before.id, before.published) == (after.id, after.published)
    assert before.id == entry(view).id
    assert after.content[0].value != before.content[0].value
    assert "Edited" in after.content[0].value
    if written is not rss:  # RSS has no time of update for an item
        assert (before.updated, after.updated) == (
            views.CHANGED,
            views.CHANGED + dt.timedelta(days=1),
        )


@EACH
def test_reader_takes_many_threads(written: Format, tmp_path: Path) -> None:
    """Each as its own entry, hostile ones among them."""
    place = tmp_path / f"feed{written.EXTENSION}"
    made = [entry(view()) for view in views.ALL.values()]
    place.write_bytes(feed(written, *made))
    with make_reader(str(tmp_path / "reader.sqlite"), feed_root=str(tmp_path)) as reader:
        reader.add_feed(place.name)
        reader.update_feed(place.name)
        assert reader.get_feed(place.name).last_exception is None
        assert {each.id for each in reader.get_entries()} == {each.id for each in made}


def test_json_feed_is_recognised_by_reader(tmp_path: Path) -> None:
    """Title, author and attachment of a thread come through."""
    place = tmp_path / "feed.json"
    place.write_bytes(feed(json_feed, entry(views.typical())))
    with make_reader(str(tmp_path / "reader.sqlite"), feed_root=str(tmp_path)) as reader:
        reader.add_feed(place.name)
        reader.update_feed(place.name)
        (found,) = reader.get_entries()
    assert found.authors_str == "ICIJ (@icij)"
    assert [each.type for each in found.enclosures] == ["image/jpeg", "video/mp4"]


def every_entry(view: ThreadView) -> list[Entry]:
    """Give the entries of posts and of changes of a thread."""
    made = entries_of(view, views.BASE, views.copies(view))
    return [*made.posts, *made.changes]


@XML
def test_feedparser_reads_posts_and_changes(written: Format) -> None:
    """Without a complaint; what was removed and added keeps its marks."""
    parsed: Any = feedparser.parse(feed(written, *every_entry(changed())))
    assert not parsed.bozo
    assert {each.id for each in parsed.entries} == {each.id for each in every_entry(changed())}
    edit = next(each for each in parsed.entries if each.title.startswith("Edited: "))
    assert "<del>ten</del> <ins>six</ins>" in edit.content[0].value
    second = next(each for each in parsed.entries if each.title.startswith("ICIJ (@icij), post 2"))
    first = next(each for each in parsed.entries if each.title.startswith("ICIJ (@icij), post 1"))
    assert second["thr_in-reply-to"]["ref"] == first.id


@EACH
def test_reader_takes_posts_and_changes(written: Format, tmp_path: Path) -> None:
    """Each once; a post that was lost afterwards is the same entry, updated."""
    place = tmp_path / f"feed{written.EXTENSION}"
    whole = every_entry(changed())
    with make_reader(str(tmp_path / "reader.sqlite"), feed_root=str(tmp_path)) as reader:
        reader.add_feed(place.name)
        place.write_bytes(feed(written, *whole))
        reader.update_feed(place.name)
        found = {each.id: each for each in reader.get_entries()}
        assert set(found) == {each.id for each in whole}
        assert {each.title for each in found.values()} == {each.title for each in whole}

        place.write_bytes(feed(written, *whole))
        again = reader.update_feed(place.name)
        assert again is None or (again.new, again.modified) == (0, 0)


@EACH
def test_readers_take_archive_documents(written: Format, tmp_path: Path) -> None:
    """With neighbours, a hub and tombstones; those who know nothing of them read on."""
    place = tmp_path / f"feed{written.EXTENSION}"
    stem = f"{views.BASE}/feeds/all"
    document = document_of(
        everything(views.BASE, "Room"),
        every_entry(changed()),
        url_stem=f"{stem}/archive/2",
        archives=Archives(f"{stem}/archive/1", f"{stem}/archive/3", stem, is_archive=True),
        hub="https://hub.example/",
        tombstones=[Tombstone(entry(views.one_post()).id, views.CHANGED)],
    )
    place.write_bytes(written.render(document))
    with make_reader(str(tmp_path / "reader.sqlite"), feed_root=str(tmp_path)) as reader:
        reader.add_feed(place.name)
        reader.update_feed(place.name)
        assert reader.get_feed(place.name).last_exception is None
        assert {each.id for each in reader.get_entries()} == {e.id for e in document.entries}

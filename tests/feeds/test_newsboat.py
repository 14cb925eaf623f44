"""A reader of the terminal takes our feeds: right titles, dates, words, and ids that stay."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from pathlib import Path

import pytest

from feeds import atom, rss
from feeds.document import Entry, document_of, entries_of, entry_of, everything
from feeds.formats import Format
from tests.feeds import views
from tests.feeds.changed import changed
from tests.feeds.test_readers import edited

NEWSBOAT = shutil.which("newsboat")
pytestmark = pytest.mark.skipif(
    NEWSBOAT is None and not os.environ.get("CI"), reason="newsboat is not installed"
)
XML = pytest.mark.parametrize("written", [rss, atom], ids=["RSS", "Atom"])


def taken(folder: Path, written: Format, *entries: Entry) -> dict[str, tuple[str, int, str, str]]:
    """Let newsboat read a feed; give title, date, words and address of each entry by its id."""
    assert NEWSBOAT is not None, "newsboat is not installed; .ci/run installs it"
    place = folder / f"feed{written.EXTENSION}"
    document = document_of(everything(views.BASE, "Reading room"), entries)
    place.write_bytes(written.render(document))
    (folder / "urls").write_text(f"file://{place}\n")
    (folder / "config").write_text("max-items 0\n")
    files = {"-u": "urls", "-c": "cache.db", "-C": "config"}
    options = [word for flag, name in files.items() for word in (flag, str(folder / name))]
    done = subprocess.run(
        [NEWSBOAT, *options, "-x", "reload"],
        env={**os.environ, "HOME": str(folder), "TERM": "dumb"},
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(folder / "cache.db") as cache:
        rows = cache.execute("SELECT guid, title, pubDate, content, url FROM rss_item")
        return {row[0]: row[1:] for row in rows}


@XML
def test_newsboat_takes_every_kind_of_thread(written: Format, tmp_path: Path) -> None:
    """With title, date and address."""
    made = {kind: entry_of(views.ALL[kind](), base_url=views.BASE, media={}) for kind in views.ALL}
    found = taken(tmp_path, written, *made.values())
    assert set(found) == {each.id for each in made.values()}
    for kind, entry in made.items():
        title, date, words, url = found[entry.id]
        assert (date, url) == (int(entry.published.timestamp()), entry.url)
        assert "Page of this thread" in words
        if kind != "hostile":  # in RSS a title holds no sign that looks like a tag
            assert title == entry.title


@XML
def test_newsboat_takes_posts_and_changes(written: Format, tmp_path: Path) -> None:
    """Each of them once."""
    made = entries_of(changed(), views.BASE, {})
    whole = [*made.posts, *made.changes]
    found = taken(tmp_path, written, *whole)
    assert {key: each[0] for key, each in found.items()} == {each.id: each.title for each in whole}


@XML
def test_edited_thread_is_the_same_entry_with_new_words(written: Format, tmp_path: Path) -> None:
    """Nothing comes twice, whatever happens to names and addresses."""
    view = views.typical()
    first = entry_of(view, base_url=views.BASE, media={})
    taken(tmp_path, written, first)
    later = entry_of(edited(view), base_url="https://moved.example", media={})
    found = taken(tmp_path, written, later)
    assert [*found] == [first.id]
    assert "Edited" in found[first.id][2]

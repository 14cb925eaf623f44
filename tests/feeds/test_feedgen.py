"""
What feedgen does wrong, and that our feeds do not inherit it.

The first half of each test shows the fault in feedgen itself: once it fails, the correction in
feeds/xml_fixes.py may go.
"""

from __future__ import annotations

import datetime as dt
import re
import sys
from types import FrameType
from typing import Any

import pytest
from feedgen.feed import FeedGenerator

from feeds import atom, rss
from feeds.document import document_of, entry_of, everything
from tests.feeds import views
from tests.feeds.validator import check_atom, check_rss

AT = views.WRITTEN


def plain() -> Any:
    """Give a feedgen feed as its manual shows."""
    made = FeedGenerator()
    made.id("urn:uuid:db537332-7d90-524d-ace2-d702200f9461")
    made.title("Room")
    made.subtitle("About it")
    made.author(name="Room")
    made.link(href="https://archive.example/", rel="alternate")
    made.link(href="https://archive.example/feed.atom", rel="self", type="application/atom+xml")
    made.updated(AT)
    return made


def with_entry(made: Any, *, title: str = "One") -> Any:
    """Add an entry as its manual shows."""
    entry = made.add_entry()
    entry.id(f"urn:uuid:00000000-0000-5000-8000-{len(made.entry()):012}")
    entry.title(title)
    entry.updated(AT)
    entry.link(href="https://archive.example/1", rel="alternate")
    return entry


def ours(kind: str = "typical") -> tuple[str, str]:
    """Give our RSS and Atom of a thread."""
    view = views.ALL[kind]()
    entry = entry_of(view, base_url=views.BASE, media=views.copies(view))
    document = document_of(everything(views.BASE, "Room"), [entry])
    return rss.render(document).decode(), atom.render(document).decode()


def test_atom_links_keep_rel_and_type() -> None:
    """Fault 1: a shadowed loop variable loses everything but href."""
    made = plain()
    entry = with_entry(made)
    entry.link(href="https://archive.example/1.mp3", rel="enclosure", type="audio/mpeg")
    assert any("alternate links" in fault for fault in check_atom(made.atom_str()))
    assert '<link rel="enclosure" type="image/jpeg"' in ours()[1]


def test_entries_are_appended() -> None:
    """Fault 2: add_entry prepends."""
    made = plain()
    with_entry(made, title="One")
    with_entry(made, title="Two")
    assert made.atom_str().index(b"Two") < made.atom_str().index(b"One")
    entries = [
        entry_of(views.ALL[kind](), base_url=views.BASE, media={}) for kind in ("typical", "uyghur")
    ]
    document = document_of(everything(views.BASE, "Room"), entries)
    for written in (rss.render(document), atom.render(document)):
        places = [written.index(each.id.encode()) for each in document.entries]
        assert places == sorted(places)


def test_no_date_is_the_clocks() -> None:
    """Fault 3: feed and entry default to now, so no two renderings are alike."""
    this_year = str(dt.datetime.now(tz=dt.UTC).year)
    assert this_year in FeedGenerator()._FeedGenerator__rss_lastBuildDate.isoformat()
    for written in ours():
        assert not re.search(rf"\b{this_year}[- ]", written)


def test_control_characters_do_not_break_a_feed() -> None:
    """Fault 4: one bad post kills the whole feed."""
    control, surrogate = plain(), plain()
    with_entry(control, title="a\x00b")
    with_entry(surrogate, title="\ud83d")
    with pytest.raises(ValueError, match="XML compatible"):
        control.atom_str()
    with pytest.raises(UnicodeEncodeError):
        surrogate.atom_str()
    assert check_rss(ours("hostile")[0].encode()) == []


def test_html_is_said_to_be_html() -> None:
    """Fault 5: content without type is text, with type CDATA it is invalid."""
    made = plain()
    with_entry(made).content("<p>x</p>")
    assert any("type text" in fault for fault in check_atom(made.atom_str()))
    cdata = plain()
    with_entry(cdata).content("<p>x</p>", type="CDATA")
    assert any("'CDATA'" in fault for fault in check_atom(cdata.atom_str()))
    assert '<content type="html">' in ours()[1]


def test_summary_and_whole_stand_together() -> None:
    """Fault 6: content:encoded appears only beside a description, which must come first."""
    made = plain()
    with_entry(made).content("<p>x</p>", type="html")
    assert b"content:encoded" not in made.rss_str().split(b"<item>")[1]
    item = ours()[0].split("<item>")[1]
    assert item.index("<description>") < item.index("<content:encoded>")


def test_one_enclosure_with_type_and_length() -> None:
    """Fault 8: without a type it raises; ours always has one."""
    made = plain()
    with_entry(made).link(href="https://archive.example/1.mp3", rel="enclosure")
    with pytest.raises(TypeError):
        made.rss_str()
    assert ours()[0].count("<enclosure ") == 1


def test_no_group_around_single_pictures() -> None:
    """Fault 9: by default the media extension groups what are no alternates."""
    made = plain()
    made.load_extension("media")
    with_entry(made).media.content(url="https://archive.example/1.jpg", type="image/jpeg")
    assert any("media:group" in fault for fault in check_atom(made.atom_str()))
    with_size = plain()
    with_size.load_extension("media")
    with_entry(with_size).media.content(url="https://archive.example/1.jpg", width=640)
    with pytest.raises(TypeError):
        with_size.atom_str()
    for written in ours():
        assert "media:group" not in written
        assert '<media:description type="plain">Picture 1</media:description>' in written


def test_author_needs_no_address() -> None:
    """Fault 10: RSS author appears only with e-mail; dc:creator needs none."""
    made = plain()
    with_entry(made).author(name="ICIJ")
    assert b"ICIJ" not in made.rss_str()
    assert "<dc:creator>ICIJ (@icij)</dc:creator>" in ours()[0]


def test_rendering_leaves_the_locale_of_the_process_alone() -> None:
    """Fault 12: dates are written by switching it, which no thread may do beside others."""
    made = plain()
    with_entry(made).published(AT)
    assert "setlocale" in _called(made.rss_str)
    assert "setlocale" not in _called(ours)


def test_entry_knows_its_language() -> None:
    """Fault 13: there is no language of an entry."""
    assert 'xml:lang="ug"' in ours("uyghur")[1].split("<entry")[1]


def test_link_of_the_channel_is_the_page() -> None:
    """Another fault: whichever link is given last becomes the link of the channel."""
    assert b"<link>https://archive.example/feed.atom</link>" in plain().rss_str()
    assert f"<link>{views.BASE}/</link>" in ours()[0].split("<item>")[0]


def _called(function: Any) -> set[str]:
    """Say which functions were called while another ran."""
    seen: set[str] = set()

    def note(frame: FrameType, event: str, _argument: object) -> None:
        if event == "call":
            seen.add(frame.f_code.co_name)

    sys.setprofile(note)
    try:
        function()
    finally:
        sys.setprofile(None)
    return seen

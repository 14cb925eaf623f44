"""Readers take in all our feeds at once, other archives our watches."""

from __future__ import annotations

from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # lxml has no types

from archiver.models import Watch
from feeds.opml import WATCHES, feeds_opml, watches_opml
from feeds.scopes import everything, of_tag, of_watch
from tests.feeds import views

SCOPES = {
    "": [everything(views.BASE, "Room")],
    "Watches": [of_watch(views.BASE, "Room", "desk")],
    "Tags": [],
}


def outlines(written: bytes) -> list[Any]:
    """Give the outlines that are feeds or links."""
    root = etree.fromstring(written)
    assert (root.tag, root.get("version")) == ("opml", "2.0")
    assert root.findtext("head/title")
    found = root.findall("body//outline")
    assert all(each.get("text") for each in found)
    return [each for each in found if each.get("type")]


def test_every_feed_is_listed_in_each_granularity() -> None:
    """In folders: by what an entry is, then by kind; an empty kind has none."""
    written = feeds_opml("Room", SCOPES)
    found = outlines(written)
    assert [each.get("xmlUrl") for each in found] == [
        f"{views.BASE}/feeds/{stem}.atom"
        for stem in (
            *("all", "watch/desk"),
            *("all/posts", "watch/desk/posts"),
            *("all/changes", "watch/desk/changes"),
        )
    ]
    assert {each.get("type") for each in found} == {"rss"}
    assert {each.get("htmlUrl") for each in found} == {f"{views.BASE}/"}
    folders = [each.get("text") for each in etree.fromstring(written).findall("body/outline")]
    assert folders == ["Threads", "Each post", "Changes"]
    assert b"Tags" not in written


def test_list_is_the_same_for_the_same_feeds() -> None:
    """It holds no date, so a web server's tag for it stands."""
    assert feeds_opml("Room", SCOPES) == feeds_opml("Room", SCOPES)


def test_watches_are_listed_with_their_schedule() -> None:
    """Where OPML has no word for it, in a namespace of ours."""
    watches = [
        Watch("ICIJ", "https://social.example/@icij", every_s=3600.0, tags=("a", "b,c")),
        Watch("A desk", "https://b.example/feed?a=1&b=2", cron="0 * * * *", recapture_s=(60.0,)),
    ]
    first, second = outlines(watches_opml("Room", watches))
    assert (first.get("text"), first.get("url")) == ("A desk", "https://b.example/feed?a=1&b=2")
    assert first.get(f"{{{WATCHES}}}cron") == "0 * * * *"
    assert first.get(f"{{{WATCHES}}}recapture") == "60"
    assert second.get(f"{{{WATCHES}}}every") == "3600"
    assert second.get("category") == "a,b c"


def test_places_of_files_are_not_told() -> None:
    """They lie on our disk."""
    assert outlines(watches_opml("Room", [Watch("f", "/home/x/seeds.txt", every_s=60.0)])) == []


def test_hostile_names_are_harmless() -> None:
    """Of watches, tags and the archive itself."""
    scopes = {views.HOSTILE: [of_tag(views.BASE, views.HOSTILE, views.HOSTILE)]}
    assert len(outlines(feeds_opml(views.HOSTILE, scopes))) == 3
    watch = Watch(views.HOSTILE, "https://a.example/", cron=views.HOSTILE, tags=(views.HOSTILE,))
    assert len(outlines(watches_opml("\x00", [watch]))) == 1

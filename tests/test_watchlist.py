"""The addresses of an OPML file become watches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from archiver.models import Watch
from archiver.sources.web import opml
from feeds.opml import watches_opml
from tests.e2e.command import Said, archiver

FEED = "https://social.example/@icij.rss"
LIST = f"""<?xml version="1.0" encoding="UTF-8"?>
<opml version="2.0"><head><title>Desk</title></head><body><outline text="Desk">
<outline type="rss" text="ICIJ" xmlUrl="{FEED}" htmlUrl="https://social.example/@icij"/>
<outline type="rss" title="Other &amp; co" xmlurl="https://b.example/feed?a=1&b=2"
 category="/Desk/China,uyghurs"/>
<outline text="Twice" xmlUrl="{FEED}"/><outline text="a folder"/>
<outline text="ICIJ" type="link" url="https://c.example/page"/>
<outline text="bad" xmlUrl="file:///etc/passwd"/><outline text="bad" xmlUrl="/etc/passwd"/>
</outline></body></opml>"""


def run(folder: Path, *words: str) -> Said:
    """Run the command in a folder without a web."""
    (folder / "config.toml").write_text("[network]\nper_host_delay_s = 0\n")
    return archiver(folder, *words)


def watches(folder: Path) -> dict[str, dict[str, Any]]:
    """Give the watches that are there, by name."""
    listed = run(folder, "watch", "list", "--json").json["watches"]
    return {each["name"]: each for each in listed}


def test_each_address_becomes_a_watch(tmp_path: Path) -> None:
    """Hourly, by its name, with its categories as tags; what is none is told, the rest comes in."""
    (tmp_path / "desk.opml").write_text(LIST)
    answer = run(tmp_path, "import", "--json", "desk.opml")
    assert answer.code == 0
    (taken,) = answer.json["imported"]
    assert taken["watches"] == ["ICIJ", "Other & co", "ICIJ (2)"]
    assert taken["left_out"] == 2
    assert all("passwd" in note for note in taken["notes"])
    held = watches(tmp_path)
    assert held["ICIJ"]["url"] == FEED
    assert held["ICIJ"]["every_s"] == 3600
    assert held["Other & co"]["url"] == "https://b.example/feed?a=1&b=2"
    assert held["Other & co"]["tags"] == ["China", "uyghurs"]
    assert (tmp_path / "data" / "watches.json").exists()


def test_list_that_grew_can_be_taken_in_again(tmp_path: Path) -> None:
    """What is watched already stays as it is."""
    (tmp_path / "desk.opml").write_text(LIST)
    run(tmp_path, "import", "desk.opml")
    grown = LIST.replace("</body>", '<outline text="New" xmlUrl="https://n.example/f"/></body>')
    (tmp_path / "desk.opml").write_text(grown)
    answer = run(tmp_path, "import", "desk.opml")
    assert "desk.opml: 1 watch added; 2 lines left out" in answer.out
    assert [*watches(tmp_path)].count("ICIJ") == 1


def test_our_own_list_brings_the_watches_as_they_are(tmp_path: Path) -> None:
    """From one archive to another, with their schedules."""
    sent = [
        Watch("A", FEED, every_s=900.0, recapture_s=(3600.0, 86400.0), tags=("x", "y")),
        Watch("B", "https://b.example/", cron="0 6 * * *"),
    ]
    (tmp_path / "watches.opml").write_bytes(watches_opml("Room", sent))
    assert run(tmp_path, "import", "watches.opml").code == 0
    held = watches(tmp_path)
    assert (held["A"]["every_s"], held["A"]["recapture_s"]) == (900, [3600, 86400])
    assert (held["A"]["tags"], held["B"]["cron"]) == (["x", "y"], "0 6 * * *")


@pytest.mark.parametrize(
    "hostile",
    [
        b"<opml><body>" + b"<outline>" * 100_000,
        b'<!DOCTYPE o [<!ENTITY a "aa">]><opml><body><outline text="&a;"/>',
        b"<opml\x00><body>\xff\xfe</body>",
        b"",
        b"<rss/>",
    ],
)
def test_hostile_lists_list_nothing(hostile: bytes) -> None:
    """Nothing nests beyond sense, nothing is fetched."""
    assert not opml.read(hostile)


def test_no_entity_is_resolved() -> None:
    """Neither a file of ours nor a bomb."""
    doctype = b'<!DOCTYPE o [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY y "aaaa">]>'
    found = opml.read(doctype + b'<opml><outline xmlUrl="&x;&y;"/></opml>')
    assert found is not None
    assert [each.url for each in found] == ["&x;&y;"]


def test_list_in_another_encoding_is_read() -> None:
    """As its declaration says."""
    listed = LIST.replace("UTF-8", "UTF-16").replace("ICIJ", "新疆").encode("utf-16")
    found = opml.read(listed)
    assert found is not None
    assert found[0].name == "新疆"


def test_too_long_a_list_is_refused(tmp_path: Path) -> None:
    """Thousands of watches are a mistake, or bad will."""
    many = "".join(f'<outline xmlUrl="https://h.example/{n}"/>' for n in range(5_001))
    (tmp_path / "many.opml").write_text(f"<opml>{many}</opml>")
    answer = run(tmp_path, "import", "many.opml")
    assert answer.code == 2
    assert "lists 5,001 addresses; split it" in answer.err

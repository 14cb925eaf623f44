"""The validator finds misuse of the extensions: each rule with a feed that breaks it."""

from __future__ import annotations

import json

import pytest

from feeds import atom, json_feed, rss
from feeds.document import Archives, Document, Tombstone, document_of, entries_of, everything
from tests.feeds import views
from tests.feeds.changed import changed
from tests.feeds.validator import check_atom, check_json_feed, check_rss

STEM = f"{views.BASE}/feeds/all"
OTHER = "urn:uuid:00000000-0000-5000-8000-00000000000f"


def archive() -> Document:
    """Give an archive document with posts, a change and a tombstone: all that extensions say."""
    made = entries_of(changed(), views.BASE, {})
    edit = next(each for each in made.changes if each.change and each.change.kind == "edited")
    return document_of(
        everything(views.BASE, "Room"),
        [*made.posts, edit],
        url_stem=f"{STEM}/archive/2",
        archives=Archives(f"{STEM}/archive/1", f"{STEM}/archive/3", STEM, is_archive=True),
        tombstones=[Tombstone(OTHER, views.CHANGED)],
    )


ATOM, RSS = atom.render(archive()).decode(), rss.render(archive()).decode()
FIRST = archive().entries[-1].id
CURRENT = f'<link rel="current" href="{STEM}.atom"/>'


def test_what_the_cases_break_is_clean() -> None:
    """In all three formats."""
    assert check_atom(ATOM.encode()) == []
    assert check_rss(RSS.encode()) == []
    assert check_json_feed(json_feed.render(archive())) == []


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (CURRENT, "", "names no current document"),
        (CURRENT, CURRENT * 2, "2 links of rel 'current'"),
        ("<fh:archive/>", "", "in a document that is no archive"),
        ("<fh:archive/>", "<fh:archive>x</fh:archive>", "is not empty"),
        ("<fh:archive/>", "<fh:archive/><fh:other/>", "is not of RFC 5005"),
        ("archive/1.atom", "archive/2.atom", "leads to the document itself"),
        (CURRENT, CURRENT + '<link rel="hub" href="https://h.example/"/>', "no hub tells of it"),
        (f'ref="{OTHER}"', f'ref="{FIRST}"', "still stands"),
        (f'ref="{OTHER}"', "", "tombstone ref"),
        ('when="2022-06-02T10:00:00+00:00"', 'when="soon"', "tombstone when"),
        (
            "<at:deleted-entry",
            f'<at:deleted-entry ref="{OTHER}" when="2022-06-02T10:00:00Z"/><at:deleted-entry',
            "stands 2 times",
        ),
        (
            "</entry>",
            f'<at:deleted-entry ref="{OTHER}" when="2022-06-02T10:00:00Z"/></entry>',
            "stands elsewhere",
        ),
        ("<thr:in-reply-to ref=", "<thr:in-reply-to xref=", "in-reply-to ref"),
        ('type="text/html"/>\n    <archiver', 'type="html"/>\n    <archiver', "in-reply-to type"),
        ("<thr:in-reply-to", "<thr:total>1</thr:total><thr:in-reply-to", "is not used here"),
        ("<archiver:evidence", "<archiver:evidence/><archiver:evidence", "more than once"),
        ('captured="2022', 'captured="22', "RFC 3339"),
        ('digest="sha256:', 'digest="md5:', "SHA-256"),
        ('state="vanished"', 'state="lost"', "not a word of the list"),
        ('kind="edited"', 'kind="added"', "not a word of the list"),
        ('position="1"', 'position="first"', "whole number"),
        ("<archiver:post ", "<archiver:most/><archiver:post ", "is not described"),
        ('uri-m="http', 'uri-m="xx:', "not an http or https URL"),
    ],
)
def test_faults_of_extensions_are_found(old: str, new: str, fault: str) -> None:
    """Each rule of RFC 5005, 6721, 4685 and of ours."""
    assert old in ATOM
    faults = check_atom(ATOM.replace(old, new, 1).encode())
    assert any(fault in each for each in faults), faults


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (f'<atom:link rel="current" href="{STEM}.rss"/>', "", "names no current document"),
        ("<dc:language>en", "<dc:language>x y", "dc:language"),
        (f'ref="{FIRST}"', 'ref=""', "in-reply-to ref"),
    ],
)
def test_faults_of_extensions_are_found_in_rss(old: str, new: str, fault: str) -> None:
    """Where RSS has them too."""
    assert old in RSS
    faults = check_rss(RSS.replace(old, new, 1).encode())
    assert any(fault in each for each in faults), faults


def test_entry_that_answers_itself_is_found() -> None:
    """A reader would go in a circle."""
    entry = archive().entries[-2]
    assert entry.in_reply_to is not None
    turned = ATOM.replace(f'ref="{entry.in_reply_to.ref}"', f'ref="{entry.id}"')
    assert any("answers itself" in each for each in check_atom(turned.encode()))


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"hubs": 1}, "hubs is not a list"),
        ({"hubs": [{"url": "https://h.example/"}]}, "has no type"),
        ({"hubs": [{"type": "WebSub", "url": "h"}]}, "hub url"),
        ({"_archiver": {"archive": True}}, "names its current one"),
        ({"_archiver": {"current": f"{STEM}.json"}}, "names its current one"),
        ({"_archiver": {"next_archive": f"{STEM}/archive/2.json"}}, "is feed_url"),
        ({"_archiver": {"prev_archive": "x"}}, "_archiver prev_archive"),
        ({"_archiver": {"deleted": [{"id": FIRST, "when": "2030-01-01T00:00:00Z"}]}}, "stands"),
        ({"_archiver": {"deleted": [{"id": OTHER, "when": "soon"}]}}, "RFC 3339"),
    ],
)
def test_faults_of_extensions_are_found_in_json(change: dict[str, object], fault: str) -> None:
    """As JSON Feed 1.1 and docs/reference/feeds.md say."""
    feed = json.loads(json_feed.render(archive())) | change
    faults = check_json_feed(json.dumps(feed).encode())
    assert any(fault in each for each in faults), faults

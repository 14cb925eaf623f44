"""What stands in the three formats, and that no validator complains about any of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree  # type: ignore[import-untyped]  # lxml has no types

from archiver.models import Media, MediaKind
from feeds import atom, json_feed, rss
from feeds.document import Document, document_of, entry_of, everything, of_thread
from feeds.formats import FORMATS, Format
from tests.feeds import views
from tests.feeds.validator import (
    ATOM,
    CONTENT,
    DC,
    MEDIA,
    XML_LANG,
    check_atom,
    check_json_feed,
    check_rss,
)

Check = Callable[[bytes], list[str]]
CHECKS: tuple[tuple[Format, Check], ...] = (
    (rss, check_rss),
    (atom, check_atom),
    (json_feed, check_json_feed),
)
BOTH = pytest.mark.parametrize(
    ("written", "check"), CHECKS, ids=[written.NAME for written, _ in CHECKS]
)


def document(*kinds: str) -> Document:
    """Give the document of all these threads."""
    made = [views.ALL[kind]() for kind in kinds]
    entries = [entry_of(v, base_url=views.BASE, media=views.copies(v)) for v in made]
    return document_of(everything(views.BASE, "Reading room"), entries)


def items(*kinds: str) -> list[Any]:
    """Give the items of an RSS feed."""
    found: list[Any] = etree.fromstring(rss.render(document(*kinds))).findall("channel/item")
    return found


def entries(*kinds: str) -> list[Any]:
    """Give the entries of an Atom feed."""
    found: list[Any] = etree.fromstring(atom.render(document(*kinds))).findall(ATOM + "entry")
    return found


def links(entry: Any, rel: str) -> list[dict[str, str]]:
    """Give the attributes of the links of one kind."""
    return [dict(each.attrib) for each in entry.findall(ATOM + "link") if each.get("rel") == rel]


def test_three_formats_are_offered() -> None:
    """Each with a name, a media type and an extension of its own."""
    offered = [(each.NAME, each.MIME, each.EXTENSION) for each in FORMATS]
    assert offered == [
        ("RSS", "application/rss+xml", ".rss"),
        ("Atom", "application/atom+xml", ".atom"),
        ("JSON Feed", "application/feed+json", ".json"),
    ]


@BOTH
@pytest.mark.parametrize("kind", views.ALL)
def test_feed_of_each_kind_of_thread_is_clean(written: Format, check: Check, kind: str) -> None:
    """No error and no avoidable warning."""
    assert check(written.render(document(kind))) == []


@BOTH
def test_feed_of_all_kinds_together_is_clean(written: Format, check: Check) -> None:
    """Also an empty one, and that of one thread."""
    one = entry_of(views.hostile(), base_url=views.BASE, media={})
    assert check(written.render(document(*views.ALL))) == []
    assert check(written.render(document())) == []
    alone = document_of(of_thread(views.BASE, views.HOSTILE, one), [one])
    assert check(written.render(alone)) == []


@BOTH
def test_rendering_again_gives_the_same_bytes(written: Format, check: Check) -> None:
    """Nothing of the clock, of memory addresses or of the order of sets."""
    assert written.render(document("typical")) == written.render(document("typical"))


def test_rss_item_has_all_readers_need() -> None:
    """Permanent id that is no link, page, original, author, date, tags."""
    (item,) = items("typical")
    made = document("typical").entries[0]
    assert item.find("guid").get("isPermaLink") == "false"
    assert item.findtext("guid") == made.id
    assert item.findtext("link") == made.url
    assert item.findtext("pubDate") == "Tue, 24 May 2022 05:00:00 +0000"
    assert item.findtext(DC + "creator") == "ICIJ (@icij)"
    assert [each.text for each in item.findall("category")] == ["xinjiang", "XinjiangPoliceFiles"]
    assert links(item, "via") == [{"rel": "via", "href": "https://social.example/@icij/1"}]
    assert item.findtext(CONTENT + "encoded") == made.html


def test_rss_channel_names_itself_and_its_page() -> None:
    """The page is the link, whatever other links are given."""
    channel = etree.fromstring(rss.render(document("typical")))[0]
    assert channel.findtext("link") == f"{views.BASE}/"
    assert channel.find(ATOM + "link").get("href") == f"{views.BASE}/feeds/all.rss"
    assert channel.findtext("lastBuildDate") == "Thu, 02 Jun 2022 10:00:00 +0000"
    assert channel.findtext("language") == "en"


def test_rss_summary_is_escaped_as_html() -> None:
    """RSS descriptions are HTML: a < of the text must not become a tag."""
    (item,) = items("hostile")
    assert "&lt;script&gt;" in item.findtext("description")


def test_rss_title_holds_no_tag() -> None:
    """Readers that take titles for HTML show the words instead of losing them."""
    (item,) = items("hostile")
    assert "‹script>" in item.findtext("title")
    (entry,) = entries("hostile")
    assert "<script>" in entry.findtext(ATOM + "title")


def test_rss_item_has_one_enclosure() -> None:
    """Film or sound before pictures; nothing that its author covered."""
    (item,) = items("typical")
    (enclosure,) = item.findall("enclosure")
    assert (enclosure.get("type"), enclosure.get("length")) == ("video/mp4", "0")
    (pictures,) = items("ten_pictures")
    assert pictures.find("enclosure").get("length") == "2048"
    assert items("covered")[0].find("enclosure") is None


@pytest.mark.parametrize("found", [items, entries])
def test_pictures_are_siblings_with_their_description(found: Callable[..., list[Any]]) -> None:
    """Ten pictures are no alternates of one."""
    (each,) = found("ten_pictures")
    contents = each.findall(MEDIA + "content")
    assert len(contents) == 10
    assert each.find(MEDIA + "group") is None
    assert contents[1].findtext(MEDIA + "description") == "Picture 2"
    assert dict(contents[1].attrib) == {
        "url": document("ten_pictures").entries[0].attachments[1].url,
        "type": "image/jpeg",
        "medium": "image",
        "fileSize": "2048",
        "width": "640",
        "height": "480",
    }


def test_covered_picture_is_rated() -> None:
    """Readers that honour ratings cover it too."""
    (item,) = items("covered")
    assert item.findtext(f"{MEDIA}content/{MEDIA}rating") == "adult"
    assert items("ten_pictures")[0].find(f"{MEDIA}content/{MEDIA}rating") is None


def test_atom_links_say_what_they_are() -> None:
    """Our page, the original, each target, each attachment with type and length."""
    (entry,) = entries("typical")
    made = document("typical").entries[0]
    assert links(entry, "alternate") == [
        {"rel": "alternate", "type": "text/html", "href": made.url}
    ]
    assert links(entry, "via") == [{"rel": "via", "href": "https://social.example/@icij/1"}]
    assert [each["href"] for each in links(entry, "related")] == [
        views.TARGET,
        "https://gone.example/y",
    ]
    first, film = links(entry, "enclosure")
    assert (first["type"], first["length"]) == ("image/jpeg", "2048")
    assert (film["type"], film["title"]) == ("video/mp4", "A gate opens")
    assert "length" not in film


def test_atom_times_and_language() -> None:
    """Published and updated apart; the language stands at the entry."""
    (entry,) = entries("typical")
    assert entry.findtext(ATOM + "published") == "2022-05-24T05:00:00+00:00"
    assert entry.findtext(ATOM + "updated") == "2022-06-02T10:00:00+00:00"
    assert entry.get(XML_LANG) == "en"
    assert entry.find(ATOM + "content").get("type") == "html"
    assert entry.find(ATOM + "summary").get("type") == "text"


def test_entry_without_original_or_language_has_neither() -> None:
    """A thread read from a file may have no address."""
    made = entry_of(
        views.view([views.post(1)], url="", language=None), base_url=views.BASE, media={}
    )
    alone = document_of(everything(views.BASE, "Room"), [made])
    for written, check in CHECKS:
        assert check(written.render(alone)) == []
    assert b'rel="via"' not in rss.render(alone) + atom.render(alone)
    assert b"xml:lang" not in atom.render(alone)
    assert "external_url" not in json.loads(json_feed.render(alone))["items"][0]


def test_json_feed_carries_the_evidence() -> None:
    """Chains hop by hop, captures, digests and completeness of each thread."""
    (item,) = json.loads(json_feed.render(document("typical")))["items"]
    evidence = item["_archiver"]
    assert evidence["completeness"] == {
        "expected": 6,
        "captured": 5,
        "gaps": 1,
        "reason": "The server listed the whole thread.",
    }
    assert evidence["captured_at"] == "2022-05-24T14:03:00Z"
    first, dead = evidence["links"]
    assert [hop["status"] for hop in first["hops"] if "status" in hop] == [301, 200]
    assert first["hops"][0]["location"] == views.TARGET
    assert first["hops"][0]["record_id"] == "urn:uuid:h1"
    assert first["snapshot"]["digest"] == "sha256:" + "ab" * 32
    assert first["snapshot"]["captured_at"] == "2022-05-24T14:03:00Z"
    assert (dead["outcome"], dead["snapshot"]) == ("dead", None)
    assert item["external_url"] == "https://social.example/@icij/1"


def test_json_feed_pictures_described_alike_are_told_apart() -> None:
    """Equal titles would mean alternates of one thing."""
    (item,) = json.loads(json_feed.render(document("ten_pictures")))["items"]
    titles = [each["title"] for each in item["attachments"]]
    assert (titles[0], titles[9]) == ("Picture 1", "Picture 1 (2)")


def test_json_feed_writes_letters_as_they_are() -> None:
    """UTF-8, not escapes: so that people can read it."""
    assert "ئۇيغۇر".encode() in json_feed.render(document("uyghur"))


def test_attachment_of_unknown_type_is_still_valid() -> None:
    """Type and description may be missing."""
    media = Media(MediaKind.OTHER, "https://media.example/x")
    view = views.view([views.post(1, media=(media,))])
    made = entry_of(view, base_url=views.BASE, media=views.copies(view))
    for written, check in CHECKS:
        assert check(written.render(document_of(everything(views.BASE, "R"), [made]))) == []

"""What stands in the three formats, and that no validator complains about any of them."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree  # type: ignore[import-untyped]  # lxml has no types

from archiver.models import Media, MediaKind
from feeds import atom, json_feed, rss
from feeds.document import (
    Archives,
    Document,
    Entry,
    Tombstone,
    document_of,
    entries_of,
    entry_of,
    everything,
    of_thread,
    scopes_of,
)
from feeds.formats import FORMATS, Format
from tests.feeds import views
from tests.feeds.changed import MEMENTO, changed
from tests.feeds.validator import (
    ARCHIVER,
    ATOM,
    CONTENT,
    DC,
    HISTORY,
    MEDIA,
    THREADING,
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
    alone = document_of(of_thread(views.BASE, views.HOSTILE, views.hostile().thread), [one])
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


def in_feed(*made: Entry) -> Document:
    """Give a document of these entries."""
    return document_of(everything(views.BASE, "Reading room"), made)


def of_archive(**changes: Any) -> Document:
    """Give an archive document of the typical thread."""
    made = entry_of(views.typical(), base_url=views.BASE, media={})
    stem = f"{views.BASE}/feeds/all"
    beside = Archives(f"{stem}/archive/1", f"{stem}/archive/3", stem, is_archive=True)
    known: dict[str, Any] = {"url_stem": f"{stem}/archive/2", "archives": beside}
    return document_of(everything(views.BASE, "Room"), [made], **(known | changes))


@BOTH
def test_archive_document_is_clean(written: Format, check: Check) -> None:
    """Also the subscription document before it, and one with a hub."""
    assert check(written.render(of_archive())) == []
    newest = of_archive(archives=Archives(prev=f"{views.BASE}/a/9"), url_stem=None)
    assert check(written.render(newest)) == []
    told = of_archive(archives=Archives(), url_stem=None, hub="https://hub.example/?a=1&b=2")
    assert check(written.render(told)) == []


@pytest.mark.parametrize(("written", "path"), [(atom, "."), (rss, "channel")])
def test_archive_document_names_its_neighbours(written: Format, path: str) -> None:
    """In its own format, as links of the feed (RFC 5005, 4)."""
    root = etree.fromstring(written.render(of_archive()))
    feed = root if path == "." else root.find(path)
    stem, extension = f"{views.BASE}/feeds/all", written.EXTENSION
    assert links(feed, "prev-archive")[0]["href"] == f"{stem}/archive/1{extension}"
    assert links(feed, "next-archive")[0]["href"] == f"{stem}/archive/3{extension}"
    assert links(feed, "current")[0]["href"] == f"{stem}{extension}"
    assert links(feed, "self")[0]["href"] == f"{stem}/archive/2{extension}"
    assert feed.find(HISTORY + "archive") is not None
    fresh = written.render(document("typical"))
    assert b"prev-archive" not in fresh
    assert b"fh:archive" not in fresh


def test_json_feed_pages_from_each_document_to_the_one_before() -> None:
    """`next_url` is where older entries are; ours says the rest."""
    feed = json.loads(json_feed.render(of_archive()))
    stem = f"{views.BASE}/feeds/all"
    assert feed["next_url"] == f"{stem}/archive/1.json"
    assert feed["_archiver"] == {
        "archive": True,
        "prev_archive": f"{stem}/archive/1.json",
        "next_archive": f"{stem}/archive/3.json",
        "current": f"{stem}.json",
    }
    assert "next_url" not in json.loads(json_feed.render(of_archive(archives=Archives())))
    assert "_archiver" not in json.loads(json_feed.render(document("typical")))


def test_hub_is_named() -> None:
    """In each format (WebSub, 4); an address that is none is left out."""
    told = of_archive(archives=Archives(), hub="https://hub.example/")
    for written in (atom, rss):
        assert b'rel="hub" href="https://hub.example/"' in written.render(told)
    hubs = json.loads(json_feed.render(told))["hubs"]
    assert hubs == [{"type": "WebSub", "url": "https://hub.example/"}]
    assert of_archive(hub="javascript:x").hub is None


@BOTH
def test_withdrawn_entry_is_a_tombstone(written: Format, check: Check) -> None:
    """It does not stand in the document; in Atom and JSON Feed readers are told to drop it."""
    made = [entry_of(views.ALL[k](), base_url=views.BASE, media={}) for k in ("typical", "uyghur")]
    gone = Tombstone(made[0].id, views.CHANGED + dt.timedelta(seconds=1, microseconds=5))
    told = document_of(everything(views.BASE, "Room"), made, tombstones=[gone])
    feed = written.render(told)
    assert check(feed) == []
    assert told.updated == gone.when
    assert [each.id for each in told.entries] == [made[1].id]
    if written is atom:
        assert (
            f'<at:deleted-entry ref="{made[0].id}" when="2022-06-02T10:00:01.000005+00:00"/>'
        ) in feed.decode()
    if written is json_feed:
        assert json.loads(feed)["_archiver"]["deleted"] == [
            {"id": made[0].id, "when": "2022-06-02T10:00:01Z"}
        ]


def test_entry_that_came_back_outweighs_its_tombstone() -> None:
    """RFC 6721, 4: the later of both holds."""
    made = entry_of(views.typical(), base_url=views.BASE, media={})
    before = Tombstone(made.id, views.CHANGED - dt.timedelta(days=1))
    told = document_of(everything(views.BASE, "Room"), [made], tombstones=[before])
    assert (told.entries, told.tombstones) == ((made,), ())


@BOTH
def test_posts_and_changes_are_clean(written: Format, check: Check) -> None:
    """Of every kind of thread, in every scope of it."""
    for kind in (*views.ALL, "changed"):
        view = changed() if kind == "changed" else views.ALL[kind]()
        made = entries_of(view, views.BASE, views.copies(view))
        told = {"threads": (made.thread,), "posts": made.posts, "changes": made.changes}
        for scope in scopes_of(view, views.BASE, "Room")[-3:]:
            assert check(written.render(document_of(scope, told[scope.granularity]))) == []


def test_reply_is_told_in_xml_and_json() -> None:
    """RFC 4685 in both XML formats, the same id in ours."""
    first, second, *_ = entries_of(changed(), views.BASE, {}).posts
    told = in_feed(first, second)
    wanted = {"ref": first.id, "href": first.url, "type": "text/html"}
    for written, path in ((atom, ATOM + "entry"), (rss, "channel/item")):
        root = etree.fromstring(written.render(told))
        (found,) = root.findall(f"{path}/{THREADING}in-reply-to")
        assert dict(found.attrib) == wanted
    items_ = json.loads(json_feed.render(told))["items"]
    assert [each["_archiver"].get("in_reply_to") for each in items_] == [first.id, None]


def test_evidence_stands_in_every_format() -> None:
    """Capture, digest, completeness, links with copies; what JSON says, XML says."""
    made = entry_of(views.typical(), base_url=views.BASE, media={})
    for found in (*items("typical"), *entries("typical")):
        evidence = found.find(ARCHIVER + "evidence")
        assert evidence.get("captured") == "2022-05-24T14:03:00Z"
        assert evidence.get("digest") == made.source.digest
        assert evidence.get("href") == made.source.evidence_url
        known = evidence.find(ARCHIVER + "completeness")
        assert (known.get("expected"), known.get("captured"), known.get("gaps")) == ("6", "5", "1")
        first, dead = evidence.findall(ARCHIVER + "link")
        assert (first.get("outcome"), first.get("whole")) == ("ok", "true")
        assert first.get("digest") == "sha256:" + "ab" * 32
        assert (dead.get("outcome"), dead.get("uri-m")) == ("dead", None)
    (item,) = json.loads(json_feed.render(document("typical")))["items"]
    assert item["_archiver"]["digest"] == made.source.digest


def test_evidence_of_posts_and_changes_says_which() -> None:
    """Position and state of a post; kind, times and proof of a change."""
    made = entries_of(changed(), views.BASE, {})
    lost = json.loads(json_feed.render(in_feed(made.posts[2])))["items"][0]["_archiver"]
    assert lost["post"] == {
        "id": "https://social.example/users/icij/statuses/3",
        "position": 3,
        "state": "vanished",
        "gone_at": "2022-06-02T10:00:00Z",
    }
    assert "completeness" not in lost
    edit = next(each for each in made.changes if each.change and each.change.kind == "edited")
    told = json.loads(json_feed.render(in_feed(edit)))["items"][0]["_archiver"]["change"]
    assert (told["at"], told["seen_at"]) == ("2022-05-24T15:03:00Z", "2022-06-02T10:00:00Z")
    assert told["record_ids"] == ["urn:uuid:r1", "urn:uuid:r2"]
    root = etree.fromstring(atom.render(in_feed(edit)))
    (evidence,) = root.iter(ARCHIVER + "evidence")
    assert evidence.find(ARCHIVER + "change").get("kind") == "edited"
    assert [each.get("id") for each in evidence.findall(ARCHIVER + "record")] == told["record_ids"]


def test_copy_of_another_archive_is_named_as_that() -> None:
    """It never stands as a snapshot of ours."""
    first = entries_of(changed(), views.BASE, {}).posts[0]
    link = json.loads(json_feed.render(in_feed(first)))["items"][0]["_archiver"]["links"][1]
    assert link["snapshot"] is None
    assert link["witness"] == {
        "uri_m": MEMENTO,
        "archive": "web.example",
        "at": "2020-01-01T00:00:00Z",
        "record_id": "urn:uuid:w1",
    }
    root = etree.fromstring(rss.render(in_feed(first)))
    (witness,) = root.iter(ARCHIVER + "witness")
    assert witness.get("archive") == "web.example"


def test_language_and_direction_are_told_of_each_entry() -> None:
    """For fonts, hyphenation and screen readers."""
    told = document("uyghur", "typical")
    assert told.language is None
    found = etree.fromstring(rss.render(told)).findall("channel/item")
    assert {each.findtext(DC + "language") for each in found} == {"ug", "en"}
    by_language = {each["language"]: each for each in json.loads(json_feed.render(told))["items"]}
    assert by_language["ug"]["_archiver"]["direction"] == "rtl"
    assert '<div dir="rtl" lang="ug">' in by_language["ug"]["content_html"]
    assert "direction" not in by_language["en"]["_archiver"]

"""The validator finds what it is there to find: each rule with a feed that breaks it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.feeds.validator import check_atom, check_json_feed, check_rss

AT = "Tue, 24 May 2022 05:00:00 +0000</last"
ISO = "2022-05-24T05:00:00Z</updated><author>"

RSS = """<?xml version='1.0' encoding='UTF-8'?>
<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"
 xmlns:content="http://purl.org/rss/1.0/modules/content/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/"><channel>
<title>T</title><link>https://x.example/</link><description>D</description>
<atom:link rel="self" type="application/rss+xml" href="https://x.example/a.rss"/>
<lastBuildDate>Tue, 24 May 2022 05:00:00 +0000</lastBuildDate>
<item><title>I</title><link>https://x.example/1</link><description>S</description>
<content:encoded>&lt;p&gt;x&lt;/p&gt;</content:encoded>
<guid isPermaLink="false">urn:uuid:00000000-0000-5000-8000-000000000001</guid>
<enclosure url="https://x.example/1.jpg" length="0" type="image/jpeg"/>
<pubDate>Tue, 24 May 2022 05:00:00 +0000</pubDate><dc:creator>A</dc:creator>
<media:content url="https://x.example/1.jpg" width="1" medium="image"/></item></channel></rss>"""

ATOM = """<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">
<id>urn:uuid:00000000-0000-5000-8000-000000000000</id><title>T</title>
<updated>2022-05-24T05:00:00Z</updated><author><name>A</name></author>
<link rel="self" type="application/atom+xml" href="https://x.example/a.atom"/>
<entry><id>urn:uuid:00000000-0000-5000-8000-000000000001</id><title>E</title>
<updated>2022-05-24T05:00:00Z</updated><published>2022-05-24T05:00:00Z</published>
<link rel="alternate" type="text/html" href="https://x.example/1"/>
<category term="c"/><content type="html">&lt;p&gt;x&lt;/p&gt;</content></entry></feed>"""

JSON: dict[str, Any] = {
    "version": "https://jsonfeed.org/version/1.1",
    "title": "T",
    "home_page_url": "https://x.example/",
    "feed_url": "https://x.example/a.json",
    "items": [
        {
            "id": "urn:uuid:00000000-0000-5000-8000-000000000001",
            "content_html": "<p>x</p>",
            "title": "I",
            "date_published": "2022-05-24T05:00:00Z",
            "authors": [{"name": "A"}],
            "tags": ["t"],
            "attachments": [{"url": "https://x.example/1.jpg", "mime_type": "image/jpeg"}],
            "_own": {"a": 1},
        }
    ],
}


def test_clean_feeds_are_clean() -> None:
    """The feeds that the cases below break."""
    assert check_rss(RSS.encode()) == []
    assert check_atom(ATOM.encode()) == []
    assert check_json_feed(json.dumps(JSON).encode()) == []


@pytest.mark.parametrize("check", [check_rss, check_atom])
@pytest.mark.parametrize("feed", [b"", b"<rss>", b"\xff\xfe", b"<a>&b;</a>", b"<a>\x00</a>"])
def test_what_is_not_xml_is_said(check: Any, feed: bytes) -> None:
    """One malformed byte makes readers reject the whole feed."""
    assert "not well-formed" in check(feed)[0]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ('version="2.0"', 'version="0.9"', "root"),
        ("<title>T</title>", "", "no title"),
        ("<title>T</title>", "<title> </title>", "is empty"),
        ("<title>T</title>", "<title>T</title><title>T</title>", "more than one title"),
        ("<title>T</title>", "<title>&lt;b&gt;T&lt;/b&gt;</title>", "should not contain HTML"),
        ("<title>I</title>", "<title>I &lt;script&gt;</title>", "should not contain HTML"),
        ("<title>I</title>", "<title> I</title>", "white space"),
        ("<link>https://x.example/</link>", "<link>/</link>", "full and valid URL"),
        ('rel="self"', 'rel="hub"', "rel='self'"),
        ('type="application/rss+xml"', 'type="text/xml"', "self link: its type"),
        (AT, "24/5/22</last", "RFC 822"),
        (AT, "Mon, 24 May 2022 05:00:00 +0000</last", "week"),
        (AT, "Sun, 24 May 1970 05:00:00 GMT</last", "implaus"),
        (
            "Tue, 24 May 2022 05:00:00 +0000</last",
            "Tue, 31 Feb 2022 05:00:00 GMT</last",
            "calendar",
        ),
        ("<guid", "<xguid", "not well-formed"),
        ('isPermaLink="false"', "", "isPermaLink is true"),
        ('isPermaLink="false"', 'isPermaLink="no"', "neither true nor false"),
        ("urn:uuid:00000000-0000-5000-8000-000000000001", "7", "sufficiently unique"),
        ("urn:uuid:00000000-0000-5000-8000-000000000001", " ", "no guid"),
        ('length="0"', "", "enclosure length"),
        ('length="0"', 'length="-1"', "enclosure length"),
        ('type="image/jpeg"', 'type="jpeg"', "media type"),
        ("<enclosure", '<enclosure url="x"/><enclosure', "more than one enclosure"),
        ("<description>S</description>", "", "without description"),
        ("<dc:creator>A</dc:creator>", "<author>A</author>", "use dc:creator"),
        ("<dc:creator>A", "<author>a@b.example (A)</author><dc:creator>A", "the same"),
        ("<item>", "<x/><item>", "not an element of RSS"),
        ("<pubDate>", "<x/><pubDate>", "not an element of RSS"),
        ("</channel>", "<docs>x</docs></channel>", "after an item"),
        ("mrss/", "mrss", "not an element of RSS"),
        ('width="1"', 'width="0"', "width"),
        ('medium="image"', 'medium="painting"', "medium"),
        ("<media:content", "<media:group><media:content", "not well-formed"),
        ("<dc:creator>A", "<dc:creator>", "dc:creator: is empty"),
        ("<pubDate>", "<category/><pubDate>", "category: is empty"),
        ("<item>", "<language>x y</language><item>", "language tag"),
        ("<item>", "<image><title>Z</title></image><item>", "not the channel's"),
        ("\n<rss", '\n<?xml-stylesheet href="x"?><rss', "styled"),
        ("\n<rss", "\n<!DOCTYPE rss><rss", "document type"),
    ],
)
def test_faults_of_rss_are_found(old: str, new: str, fault: str) -> None:
    """Each rule of the specification and the profile."""
    faults = check_rss(RSS.replace(old, new, 1).encode())
    assert any(fault in each for each in faults), faults


def test_order_and_repeats_of_rss_are_found() -> None:
    """Summary before whole; no id twice; exactly one channel."""
    start, item, end = (
        RSS.partition("<item>")[0],
        RSS[RSS.index("<item>") : -16],
        "</channel></rss>",
    )
    twice = check_rss((start + item + item + end).encode())
    assert any("stands 2 times" in each for each in twice), twice
    whole = "<content:encoded>&lt;p&gt;x&lt;/p&gt;</content:encoded>"
    turned = RSS.replace(whole, "").replace("<description>S", whole + "<description>S")
    assert any("before description" in each for each in check_rss(turned.encode()))
    assert check_rss(b"<rss version='2.0'/>") == ["rss: needs exactly one channel"]
    bare = start + "<item><guid isPermaLink='false'>123456789</guid></item>" + end
    assert any("neither title nor" in each for each in check_rss(bare.encode()))


@pytest.mark.parametrize(
    ("html", "fault"),
    [
        ("<script>x</script>", "<script>"),
        ("<p style='x'>y</p>", "<p style>"),
        ("<p onclick='x'>y</p>", "<p onclick>"),
        ("<a href='/x'>y</a>", "full and valid URL"),
        ("<a href='javascript:x'>y</a>", "not an http or https URL"),
        ("<img src='https://x.example/1'>", "no alt"),
        ("<p>x", "not closed"),
        ("<b><i>x</b></i>", "closes what is not open"),
        ("<!-- x -->", "comment"),
        ("<!DOCTYPE x>", "declaration"),
        ("<![CDATA[x]]>", "declaration"),
        ("<?x y>", "processing instruction"),
        ("a&#1;b", "U+0001"),
        ("<details>x</details>", "<details>"),
    ],
)
def test_faults_of_a_body_are_found(html: str, fault: str) -> None:
    """In all three formats alike."""
    broken = dict(JSON, items=[dict(JSON["items"][0], content_html=html)])
    faults = check_json_feed(json.dumps(broken).encode())
    assert any(fault in each for each in faults), faults


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("2005/Atom", "2005/atom", "not an Atom feed"),
        ("<title>T</title>", "", "exactly one title"),
        ("<title>E</title>", "", "exactly one title"),
        ("<title>E</title>", "<title/>", "is empty"),
        ("urn:uuid:00000000-0000-5000-8000-000000000001", "urn:uuid:1", "valid urn:uuid"),
        ("05:00:00Z</updated><author>", "05:00:00</updated><author>", "RFC 3339"),
        (ISO, "2022-02-31T05:00:00Z</updated><author>", "cal"),
        (
            "2022-05-24T05:00:00Z</updated><author>",
            "1970-05-24T05:00:00Z</updated><author>",
            "impl",
        ),
        ("<author><name>A</name></author>", "", "no author"),
        ("<name>A</name>", "<name/>", "author name: is empty"),
        ("<name>A</name>", "<name>A</name><uri>x</uri>", "author uri"),
        ('rel="self"', 'rel="via"', "rel='self'"),
        ('rel="alternate"', 'rel="memento"', "not registered"),
        ('rel="alternate"', 'rel="next"', "belongs to feeds"),
        ('type="text/html"', 'type="html"', "media type"),
        ('type="text/html"', 'type="text/html" length="x"', "length"),
        ('type="text/html"', 'type="text/html" title=""', "title: is empty"),
        ('href="https://x.example/1"', "", "has no address"),
        (
            "<category",
            '<link href="https://x.example/2" type="text/html"/><category',
            "2 alternate",
        ),
        ('<category term="c"/>', "<category/>", "category term"),
        ('<content type="html">', "<content>", "type text"),
        ('<content type="html">', '<content type="CDATA">', "'CDATA'"),
        ('<content type="html">&lt;p&gt;x&lt;/p&gt;', '<content type="html">', "content: is empty"),
        ("<category", "<content/><category", "more than one content"),
        ("<category", "<x/><category", "not an element of Atom"),
        ("<category", '<x xmlns=""/><category', "no known namespace"),
        ("<category", "<media:group/><category", "no alternatives"),
        ("<entry>", '<entry xml:lang="x y">', "xml:lang"),
        ("2022-05-24T05:00:00Z</published>", "x</published>", "published"),
    ],
)
def test_faults_of_atom_are_found(old: str, new: str, fault: str) -> None:
    """Each rule of RFC 4287."""
    faults = check_atom(ATOM.replace(old, new, 1).encode())
    assert any(fault in each for each in faults), faults


def test_more_faults_of_atom_are_found() -> None:
    """No id twice; something to read; a summary for content that is elsewhere."""
    entry = ATOM[ATOM.index("<entry>") : ATOM.index("</feed>")]
    twice = check_atom(ATOM.replace("</feed>", entry + "</feed>").encode())
    assert any("stands 2 times" in each for each in twice)
    whole = '<content type="html">&lt;p&gt;x&lt;/p&gt;</content>'
    link = '<link rel="alternate" type="text/html" href="https://x.example/1"/>'
    bare = check_atom(ATOM.replace(whole, "").replace(link, "").encode())
    assert any("neither content nor" in each for each in bare)
    elsewhere = ATOM.replace(whole, '<content type="html" src="https://x.example/1"/>')
    assert any("summary is needed" in each for each in check_atom(elsewhere.encode()))
    empty = ATOM.replace(entry, "").replace("<author><name>A</name></author>", "")
    assert any("feed: has no author" in each for each in check_atom(empty.encode()))


@pytest.mark.parametrize(
    ("where", "change", "fault"),
    [
        ("feed", {"version": "1"}, "version"),
        ("feed", {"title": None}, "null"),
        ("feed", {"title": " "}, "is empty"),
        ("feed", {"home_page_url": "/"}, "full and valid URL"),
        ("feed", {"next_url": "https://x.example/a.json"}, "next_url is feed_url"),
        ("feed", {"author": {}}, "JSON Feed 1.0"),
        ("feed", {"other": 1}, "not of JSON Feed"),
        ("feed", {"_x": {"a.b": 1}}, "extension _x"),
        ("feed", {"items": 1}, "items is not a list"),
        ("feed", {"items": [1]}, "not an object"),
        ("feed", {"items": JSON["items"] * 2}, "stands 2 times"),
        ("feed", {"authors": 1}, "authors is not a list"),
        ("feed", {"language": "x y"}, "language tag"),
        ("feed", {"_x": {"a": ["\x01"]}}, "U+0001"),
        ("item", {"id": 1}, "id is not a text"),
        ("item", {"url": ""}, "has no address"),
        ("item", {"date_published": "yesterday"}, "RFC 3339"),
        ("item", {"title": 1}, "is not a text"),
        ("item", {"tags": [""]}, "list of texts"),
        ("item", {"authors": [{}]}, "no name, url or avatar"),
        ("item", {"authors": [{"url": "x"}]}, "author url"),
        ("item", {"attachments": 1}, "attachments is not a list"),
        ("item", {"attachments": [{"url": "https://x.example/1"}]}, "media type"),
        (
            "item",
            {"attachments": [{"url": "https://x/1", "mime_type": "a/b", "size_in_bytes": "1"}]},
            "is not a number",
        ),
        (
            "item",
            {"attachments": [{"url": "https://x/1", "mime_type": "a/b", "title": "t"}] * 2},
            "2 have the title",
        ),
    ],
)
def test_faults_of_json_feed_are_found(where: str, change: dict[str, Any], fault: str) -> None:
    """Each rule of JSON Feed 1.1."""
    item = JSON["items"][0] | (change if where == "item" else {})
    broken = JSON | {"items": [item]} | (change if where == "feed" else {})
    faults = check_json_feed(json.dumps(broken).encode())
    assert any(fault in each for each in faults), faults


def test_what_is_no_json_feed_is_said() -> None:
    """Also what lacks its main parts."""
    assert "not JSON" in check_json_feed(b"\xff")[0]
    assert check_json_feed(b"[]") == ["feed: is not an object"]
    bare = {key: value for key, value in JSON.items() if key != "feed_url"}
    assert any("no feed_url" in each for each in check_json_feed(json.dumps(bare).encode()))
    item = {key: value for key, value in JSON["items"][0].items() if key != "content_html"}
    nothing = check_json_feed(json.dumps(JSON | {"items": [item]}).encode())
    assert any("neither content_html" in each for each in nothing)

"""
Is this feed one that no validator would complain about? Errors and avoidable warnings.

After the rules of the W3C feed validator, the RSS Advisory Board's profile, RFC 4287, Media RSS,
JSON Feed 1.1, and what tests.feeds.extension_rules adds. Each check gives sentences; an empty list
means a clean feed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # lxml has no types

from tests.feeds import extension_rules as extensions
from tests.feeds import feed_rules as rules
from tests.feeds.extension_rules import ARCHIVER as ARCHIVER
from tests.feeds.extension_rules import DC as DC
from tests.feeds.extension_rules import HISTORY as HISTORY
from tests.feeds.extension_rules import THREADING as THREADING
from tests.feeds.extension_rules import TOMBSTONES as TOMBSTONES
from tests.feeds.json_feed_rules import check_json_feed as check_json_feed

ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
MEDIA = "{http://search.yahoo.com/mrss/}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"
_EXTENSIONS = (ATOM, CONTENT, DC, MEDIA, ARCHIVER, HISTORY, THREADING, TOMBSTONES)

Node = Any  # lxml has no types

_CHANNEL_ONCE = (
    *("title", "link", "description", "language", "copyright", "managingEditor", "webMaster"),
    *("pubDate", "lastBuildDate", "generator", "docs", "cloud", "ttl", "image", "rating"),
    *("textInput", "skipHours", "skipDays"),
)
_ITEM_ONCE = (
    *("title", "link", "description", "author", "comments", "enclosure", "guid", "pubDate"),
    *("source", CONTENT + "encoded"),
)
_REGISTERED = rules.words(
    "alternate enclosure related self via edit edit-media license payment replies hub search up"
    " first last next previous current next-archive prev-archive"
)
_OF_FEEDS_ONLY = frozenset(
    {"first", "last", "next", "previous", "current", "next-archive", "prev-archive"}
)
_FEED_ELEMENTS = rules.words(
    "id title updated author contributor category generator icon logo link rights subtitle entry"
)
_ENTRY_ELEMENTS = rules.words(
    "id title updated author contributor category content link published rights source summary"
)


def check_rss(feed: bytes) -> list[str]:
    """Check an RSS 2.0 feed."""
    root, faults = _parsed(feed)
    if root is None:
        return faults
    if root.tag != "rss" or root.get("version") != "2.0":
        return [*faults, "root: is not <rss version='2.0'>"]
    channels = root.findall("channel")
    if len(channels) != 1:
        return [*faults, "rss: needs exactly one channel"]
    return faults + list(_channel(channels[0]))


def check_atom(feed: bytes) -> list[str]:
    """Check an Atom feed."""
    root, faults = _parsed(feed)
    if root is None:
        return faults
    if root.tag != ATOM + "feed":
        return [*faults, "root: is not an Atom feed"]
    return faults + list(_feed(root))


def _parsed(feed: bytes) -> tuple[Node | None, list[str]]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        text = feed.decode("utf-8")
        root = etree.fromstring(feed, parser)
    except (UnicodeDecodeError, etree.XMLSyntaxError) as err:
        return None, [f"feed: is not well-formed XML in UTF-8 ({err})"]
    faults = list(rules.text_faults("feed", text))
    if root.getroottree().docinfo.doctype:
        faults.append("feed: has a document type declaration")
    if "<?xml-stylesheet" in text[:1000]:
        faults.append("feed: is styled; browsers no longer do that")
    return root, faults


# ---------------------------------------------------------------- RSS


def _channel(channel: Node) -> Iterator[str]:
    yield from _once("channel", channel, _CHANNEL_ONCE)
    for name in ("title", "link", "description"):
        if channel.find(name) is None:
            yield f"channel: has no {name}"
    for name in ("title", "description"):
        yield from rules.plain_faults(f"channel {name}", channel.findtext(name))
        yield from rules.html_in_plain_faults(f"channel {name}", channel.findtext(name))
    yield from rules.url_faults("channel link", channel.findtext("link"))
    for name in ("pubDate", "lastBuildDate"):
        if channel.find(name) is not None:
            yield from rules.rfc822_faults(f"channel {name}", channel.findtext(name))
    if channel.find("language") is not None:
        yield from rules.language_faults("channel language", channel.findtext("language"))
    yield from _self_link(channel, ("application/rss+xml",))
    yield from extensions.archive_faults(channel)
    yield from _image(channel)
    yield from _order(channel)
    items = channel.findall("item")
    guids = Counter(item.findtext("guid") for item in items)
    yield from (f"guid: {guid!r} stands {n} times" for guid, n in guids.items() if n > 1)
    for number, item in enumerate(items, 1):
        yield from (f"item {number}: {fault}" for fault in _item(item))


def _order(channel: Node) -> Iterator[str]:
    seen_item = False
    for child in channel:
        seen_item = seen_item or child.tag == "item"
        if seen_item and child.tag != "item":
            yield f"channel: {child.tag} stands after an item"
        if child.tag not in (*_CHANNEL_ONCE, "item", "category") and not _known(child):
            yield f"channel: <{child.tag}> is not an element of RSS"


def _image(channel: Node) -> Iterator[str]:
    image = channel.find("image")
    for name in ("title", "link") if image is not None else ():
        if image.findtext(name) != channel.findtext(name):
            yield f"image: its {name} is not the channel's"


def _item(item: Node) -> Iterator[str]:
    yield from _once("item", item, _ITEM_ONCE)
    for child in item:
        if child.tag not in (*_ITEM_ONCE, "category") and not _known(child):
            yield f"<{child.tag}> is not an element of RSS"
    if item.find("title") is None and item.find("description") is None:
        yield "has neither title nor description"
    if item.find("title") is not None:
        yield from rules.plain_faults("title", item.findtext("title"))
        yield from rules.html_in_plain_faults("title", item.findtext("title"))
    if item.find("link") is not None:
        yield from rules.url_faults("link", item.findtext("link"))
    if item.find("pubDate") is not None:
        yield from rules.rfc822_faults("pubDate", item.findtext("pubDate"))
    for category in item.findall("category"):
        yield from rules.plain_faults("category", category.text)
    yield from _guid(item)
    yield from _bodies(item)
    yield from _rss_author(item)
    yield from _enclosure(item)
    yield from _links(item, in_entry=True)
    yield from _media(item)
    yield from extensions.reply_faults(item, item.findtext("guid"))
    yield from extensions.evidence_faults(item)


def _guid(item: Node) -> Iterator[str]:
    guid = item.find("guid")
    if guid is None or not (guid.text or "").strip():
        yield "has no guid"
        return
    permalink = guid.get("isPermaLink", "true")
    if permalink not in ("true", "false"):
        yield f"guid: isPermaLink {permalink!r} is neither true nor false"
    elif permalink == "true":
        yield from rules.url_faults("guid (isPermaLink is true)", guid.text)
    elif len(guid.text) < 9:
        yield f"guid: {guid.text!r} is not sufficiently unique"


def _bodies(item: Node) -> Iterator[str]:
    names = [child.tag for child in item]
    encoded = CONTENT + "encoded"
    if encoded in names:
        if "description" not in names:
            yield "content:encoded without description"
        elif names.index(encoded) < names.index("description"):
            yield "content:encoded stands before description"
        yield from rules.html_faults("content:encoded", item.findtext(encoded) or "")
    yield from rules.html_faults("description", item.findtext("description") or "")


def _rss_author(item: Node) -> Iterator[str]:
    author = item.findtext("author")
    if author is not None and not re.fullmatch(r"\S+@\S+\.\S+ \(.+\)", author):
        yield f"author: {author!r} is not an e-mail address with a name; use dc:creator"
    if author is not None and item.find(DC + "creator") is not None:
        yield "author and dc:creator say the same"
    for creator in item.findall(DC + "creator"):
        yield from rules.plain_faults("dc:creator", creator.text)


def _enclosure(item: Node) -> Iterator[str]:
    for enclosure in item.findall("enclosure"):
        yield from rules.url_faults("enclosure", enclosure.get("url"))
        yield from rules.count_faults("enclosure length", enclosure.get("length"), least=0)
        yield from rules.mime_faults("enclosure type", enclosure.get("type"))


# ---------------------------------------------------------------- Atom


def _feed(feed: Node) -> Iterator[str]:
    yield from _required("feed", feed)
    yield from _elements("feed", feed, _FEED_ELEMENTS)
    yield from _self_link(feed, ("application/atom+xml",))
    yield from _links(feed, in_entry=False)
    yield from extensions.archive_faults(feed)
    yield from extensions.tombstone_faults(feed)
    entries = feed.findall(ATOM + "entry")
    if feed.find(ATOM + "author") is None and not entries:
        yield "feed: has no author"
    ids = Counter(entry.findtext(ATOM + "id") for entry in entries)
    yield from (f"id: {each!r} stands {n} times" for each, n in ids.items() if n > 1)
    for number, entry in enumerate(entries, 1):
        yield from (f"entry {number}: {fault}" for fault in _entry(entry, feed))


def _entry(entry: Node, feed: Node) -> Iterator[str]:
    yield from _required("entry", entry)
    yield from _elements("entry", entry, _ENTRY_ELEMENTS)
    yield from _links(entry, in_entry=True)
    yield from _media(entry)
    yield from extensions.reply_faults(entry, entry.findtext(ATOM + "id"))
    yield from extensions.evidence_faults(entry)
    if entry.find(ATOM + "author") is None and feed.find(ATOM + "author") is None:
        yield "has no author"
    if entry.find(ATOM + "published") is not None:
        yield from rules.rfc3339_faults("published", entry.findtext(ATOM + "published"))
    content = entry.find(ATOM + "content")
    alternates = [link for link in _atom_links(entry) if _rel(link) == "alternate"]
    if content is None and not alternates:
        yield "has neither content nor an alternate link"
    if content is not None:
        yield from _text_construct("content", content)
        if content.get("src") and entry.find(ATOM + "summary") is None:
            yield "content is elsewhere, so a summary is needed"


def _required(where: str, parent: Node) -> Iterator[str]:
    for name in ("id", "title", "updated"):
        if len(parent.findall(ATOM + name)) != 1:
            yield f"{where}: needs exactly one {name}"
    yield from rules.url_faults("id", parent.findtext(ATOM + "id"), http=False)
    yield from rules.rfc3339_faults("updated", parent.findtext(ATOM + "updated"))
    yield from rules.plain_faults("title", parent.findtext(ATOM + "title"))
    for name in ("title", "subtitle", "summary", "rights"):
        for construct in parent.findall(ATOM + name):
            yield from _text_construct(name, construct)


def _elements(where: str, parent: Node, known: frozenset[str]) -> Iterator[str]:
    for child in parent:
        name = child.tag.removeprefix(ATOM)
        if child.tag.startswith(ATOM) and name not in known:
            yield f"{where}: <{name}> is not an element of Atom"
        elif not _known(child):
            yield f"{where}: <{child.tag}> is in no known namespace"
    for name in ("id", "title", "updated", "published", "content", "summary", "subtitle"):
        if len(parent.findall(ATOM + name)) > 1:
            yield f"{where}: has more than one {name}"
    for person in (*parent.findall(ATOM + "author"), *parent.findall(ATOM + "contributor")):
        yield from rules.plain_faults("author name", person.findtext(ATOM + "name"))
        if person.find(ATOM + "uri") is not None:
            yield from rules.url_faults("author uri", person.findtext(ATOM + "uri"))
    for category in parent.findall(ATOM + "category"):
        yield from rules.plain_faults("category term", category.get("term"))
    if parent.get(XML_LANG) is not None:
        yield from rules.language_faults("xml:lang", parent.get(XML_LANG))


def _text_construct(where: str, node: Node) -> Iterator[str]:
    kind, text = node.get("type", "text"), node.text or ""
    if kind == "html":
        yield from rules.html_faults(where, text)
    elif kind == "text":
        if where == "content":
            yield from rules.html_in_plain_faults("content of type text", text)
    elif kind != "xhtml":
        yield f"{where}: type {kind!r} is not text, html or xhtml"
    if not text.strip() and not len(node) and not node.get("src"):
        yield f"{where}: is empty"


# ---------------------------------------------------------------- both


def _known(node: Node) -> bool:
    return isinstance(node.tag, str) and node.tag.startswith(_EXTENSIONS)


def _once(where: str, parent: Node, names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        if len(parent.findall(name)) > 1:
            yield f"{where}: has more than one {name}"


def _atom_links(parent: Node) -> list[Node]:
    found: list[Node] = parent.findall(ATOM + "link")
    return found


def _rel(link: Node) -> str:
    return str(link.get("rel", "alternate"))


def _self_link(parent: Node, types: tuple[str, ...]) -> Iterator[str]:
    selves = [link for link in _atom_links(parent) if _rel(link) == "self"]
    if len(selves) != 1:
        yield "feed: needs exactly one atom:link with rel='self'"
    for link in selves:
        yield from rules.url_faults("self link", link.get("href"))
        if link.get("type") not in types:
            yield f"self link: its type {link.get('type')!r} is not {types[0]}"


def _links(parent: Node, *, in_entry: bool) -> Iterator[str]:
    alternates: Counter[tuple[str, str]] = Counter()
    for link in _atom_links(parent):
        rel = _rel(link)
        yield from rules.url_faults(f"link {rel}", link.get("href"))
        if rel not in _REGISTERED:
            yield f"link: rel {rel!r} is not registered"
        if in_entry and rel in _OF_FEEDS_ONLY:
            yield f"link: rel {rel!r} belongs to feeds, not entries"
        if link.get("type") is not None:
            yield from rules.mime_faults(f"link {rel} type", link.get("type"))
        if link.get("length") is not None:
            yield from rules.count_faults(f"link {rel} length", link.get("length"), least=0)
        if link.get("title") is not None:
            yield from rules.plain_faults(f"link {rel} title", link.get("title"))
        if rel == "alternate":
            alternates[(link.get("type", ""), link.get("hreflang", ""))] += 1
    for (kind, _), number in alternates.items():
        if number > 1:
            yield f"link: {number} alternate links of type {kind!r}"


def _media(parent: Node) -> Iterator[str]:
    for group in parent.findall(MEDIA + "group"):
        if len(group.findall(MEDIA + "content")) < 2:
            yield "media:group: holds no alternatives"
    for content in parent.iter(MEDIA + "content"):
        yield from rules.url_faults("media:content", content.get("url"))
        for name in ("width", "height", "fileSize"):
            if content.get(name) is not None:
                yield from rules.count_faults(f"media:content {name}", content.get(name), least=1)
        if content.get("type") is not None:
            yield from rules.mime_faults("media:content type", content.get("type"))
        if content.get("medium", "image") not in ("image", "video", "audio", "document"):
            yield f"media:content: medium {content.get('medium')!r} is not known"
        for about in (*content.findall(MEDIA + "description"), *content.findall(MEDIA + "title")):
            if about.get("type", "plain") not in ("plain", "html"):
                yield f"media:description: type {about.get('type')!r} is neither plain nor html"
        if content.findtext(MEDIA + "rating", "adult") not in ("adult", "nonadult"):
            yield "media:rating: is neither adult nor nonadult"

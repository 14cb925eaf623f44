"""Which entries does an RSS or Atom document hold? (RSS 0.9x to 2.0 and 1.0, Atom 0.3 and 1.0)"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping

from archiver.core import urls
from archiver.core.richtext import escaped, web_address
from archiver.models import Media
from archiver.sources.web import attached, xmlsafe
from archiver.sources.web.dates import any_time
from archiver.sources.web.entry import Entry, Feed
from archiver.sources.web.xmlsafe import Element, words

_PREFIXES = {
    "http://purl.org/dc/elements/1.1": "dc",
    "http://purl.org/dc/terms": "dcterms",
    "http://purl.org/rss/1.0/modules/content": "content",
    "http://search.yahoo.com/mrss": "media",
    "http://www.itunes.com/dtds/podcast-1.0.dtd": "itunes",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#": "rdf",
    # These are the formats themselves: their names need no prefix.
    "http://www.w3.org/2005/atom": "",
    "http://purl.org/atom/ns#": "",
    "http://purl.org/rss/1.0": "",
    "http://my.netscape.com/rdf/simple/0.9": "",
    "http://backend.userland.com/rss2": "",
}
_XML = "{http://www.w3.org/XML/1998/namespace}"
_RDF_ABOUT = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}about"
_MAIL_AND_NAME = re.compile(r"\S+@\S+\s*+\(([^()]+)\)")
_MARKUP = re.compile(r"<[A-Za-z/!][^<>]*>|&#?\w+;")
_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml", "text/plain"})
_MAX_PARTS = 2_000  # children of one entry that are looked at
_CUT = "the feed is not whole XML, so that what stands last in it was not read"

_Parts = Mapping[str, list[Element]]


def read(text: str, url: str) -> Feed | None:
    """
    Read a feed.

    Args:
        text: The document, decoded.
        url: Where it came from; what is relative in it starts there.

    Returns:
        None if it is no feed.
    """
    tree = xmlsafe.read(text)
    if tree is None or _name(tree.root) not in ("rss", "rdf:rdf", "feed", "channel"):
        return None
    head = next((each for each in tree.root if _name(each) == "channel"), tree.root)
    found = [
        each
        for top in dict.fromkeys((head, tree.root))
        for each in top
        if _name(each) in ("item", "entry")
    ]
    if not tree.whole and found:
        found.pop()  # it may be half of what it was
    parts = _parts(head)
    return Feed(
        entries=tuple(_entry(each, url) for each in found),
        title=_title(parts),
        home=_page(parts, url),
        author=_author(parts),
        language=_language(head) or _first(parts, "language", "dc:language") or None,
        next=_linked(parts, url, "prev-archive") or _linked(parts, url, "next"),
        cut="" if tree.whole else _CUT,
    )


def _entry(element: Element, url: str) -> Entry:
    parts = _parts(element)
    guid = _first(parts, "guid", "id") or (element.get(_RDF_ABOUT) or "").strip()
    return Entry(
        id=guid,
        url=_page(parts, url) or _permalink(parts),
        title=_title(parts),
        html=_content(parts),
        base=_base(element, url),
        author=_author(parts),
        published=any_time(_first(parts, "pubdate", "published", "issued", "dc:date", "created")),
        updated=any_time(_first(parts, "updated", "modified", "dcterms:modified")),
        tags=tuple(_tags(parts)),
        media=tuple(_media(parts, url)),
        language=_language(element),
    )


def _name(element: Element) -> str:
    """Give the name of an element in lower case, with the prefix that its namespace usually has."""
    tag = element.tag
    if not isinstance(tag, str):
        return ""
    space, _, local = tag.rpartition("}")
    if not space:
        return local.lower()  # with the prefix as written, if it was never declared
    prefix = _PREFIXES.get(space[1:].lower().rstrip("/"), "?")
    return f"{prefix}:{local.lower()}" if prefix else local.lower()


def _parts(element: Element) -> _Parts:
    parts: dict[str, list[Element]] = {}
    for count, each in enumerate(element):
        if count == _MAX_PARTS:
            break
        parts.setdefault(_name(each), []).append(each)
    return parts


def _first(parts: _Parts, *names: str) -> str:
    found = (words(each) for name in names for each in parts.get(name, ()))
    return next(filter(None, found), "")


def _language(element: Element) -> str | None:
    return element.get(f"{_XML}lang") or None


def _base(element: Element, url: str) -> str:
    # `.base` walks up; an ill-formed one is as good as none.
    return urls.absolute(url, element.base) if element.base else url


def _page(parts: _Parts, url: str) -> str:
    """Give the address of the page: RSS writes it as text, Atom as an attribute."""
    for each in parts.get("link", ()):
        written = "" if each.get("href") else words(each)
        if written:
            return web_address(urls.absolute(_base(each, url), written)) or ""
    return _linked(parts, url, "alternate")


def _linked(parts: _Parts, url: str, rel: str) -> str:
    """Give the first address of a relation, the page before other forms of it."""
    found = list(_links(parts, rel))
    pages = [each for each in found if each.get("type", "text/html") in _PAGE_TYPES]
    return next((_href(each, url) for each in pages or found), "")


def _links(parts: _Parts, rel: str) -> Iterator[Element]:
    for each in parts.get("link", ()):
        if each.get("href") and rel in (each.get("rel") or "alternate").lower().split():
            yield each


def _href(link: Element, url: str) -> str:
    return web_address(urls.absolute(_base(link, url), link.get("href"))) or ""


def _permalink(parts: _Parts) -> str:
    """A guid is the address of the entry unless it says otherwise (RSS 2.0)."""
    for each in parts.get("guid", ()):
        if (each.get("ispermalink") or each.get("isPermaLink") or "").lower() != "false":
            return web_address(words(each)) or ""
    return ""


def _title(parts: _Parts) -> str:
    for each in parts.get("title", []) + parts.get("dc:title", []) + parts.get("media:title", []):
        title = _html_of(each)
        if title:
            return title
    return ""


def _content(parts: _Parts) -> str:
    """Give the content as HTML; the summary where there is none."""
    for name in ("content:encoded", "content", "xhtml:body", "description", "summary"):
        for each in parts.get(name, ()):
            found = _html_of(each)
            if found:
                return found
    for group in parts.get("media:group", ()):
        return _content({"description": _parts(group).get("media:description", [])})
    return ""


def _html_of(element: Element) -> str:
    """Read a text construct (RFC 4287, 3.1 and 4.1.3); RSS does not say, and mostly means HTML."""
    kind = (element.get("type") or "").lower().strip()
    escaped_kind = (element.get("mode") or "").lower()  # Atom 0.3
    if kind == "xhtml" or (escaped_kind != "escaped" and kind == "application/xhtml+xml"):
        return xmlsafe.inside(element).strip()
    text = words(element)
    if kind in ("text", "text/plain") or (not kind and _is_atom(element)):
        return escaped(text)
    if kind and kind not in ("html", "text/html", "application/xhtml+xml", "plain"):
        return ""  # another kind of document altogether
    return text if _MARKUP.search(text) else escaped(text)


def _is_atom(element: Element) -> bool:
    return "/atom" in element.tag.lower()


def _author(parts: _Parts) -> str:
    name = _first(parts, "dc:creator")
    for each in () if name else parts.get("author", ()):
        inner = _parts(each)
        name = _first(inner, "name") or (words(each) if not inner else "")
        if name:
            break
    name = name or _first(parts, "itunes:author")
    found = _MAIL_AND_NAME.match(name)
    return found[1].strip() if found else name


def _tags(parts: _Parts) -> Iterator[str]:
    for each in parts.get("category", ()):
        yield each.get("label") or each.get("term") or words(each)
    for each in parts.get("dc:subject", ()):
        yield words(each)


def _media(parts: _Parts, url: str) -> Iterator[Media]:
    for each in parts.get("enclosure", ()):
        yield from _attachment(each, "url", url)
    for each in _links(parts, "enclosure"):
        yield from _attachment(each, "href", url)
    for each in parts.get("media:content", ()):
        yield from _attachment(each, "url", url)
    for group in parts.get("media:group", ()):
        inner = [each for each in _parts(group).get("media:content", ()) if each.get("url")]
        yield from _attachment(max(inner, key=_size), "url", url) if inner else ()


def _size(content: Element) -> tuple[bool, int]:
    return content.get("isDefault") == "true", attached.pixels(content.get("width") or "") or 0


def _attachment(element: Element, name: str, url: str) -> Iterator[Media]:
    given: Callable[[str], str] = lambda key: (element.get(key) or "").strip()  # noqa: E731
    inner = _parts(element)
    alt = _first(inner, "media:description", "media:title") or html.unescape(given("title"))
    made = attached.media(
        urls.absolute(_base(element, url), given(name)),
        mime=given("type"),
        medium=given("medium"),
        alt=alt,
        width=attached.pixels(given("width")),
        height=attached.pixels(given("height")),
    )
    return iter(() if made is None else (made,))

"""Which small rules do the feed formats share: addresses, dates, types, and HTML in a body?"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from html.parser import HTMLParser

_URL = re.compile(
    r"[A-Za-z][0-9A-Za-z+.-]*:(//)?(\[[0-9A-Fa-f:.]+\])?[0-9A-Za-z;/?:@&=+$.\-_!~*'()%,#]*"
)
_HTTP = re.compile(r"https?://[^/]")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_UUID = re.compile(r"urn:uuid:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_MIME = re.compile(r"""[^\s()<>,;:\\"/\[\]?=]+/[^\s()<>,;:\\"/\[\]?=]+""")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_RFC822 = re.compile(
    r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
    r" \d{4} \d\d:\d\d:\d\d ([+-]\d\d[03]0|GMT)"
)
_RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_DISCOURAGED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_REFERENCE = re.compile(r"&#(?:(\d{1,9})|[xX]([0-9a-fA-F]{1,8}))")
_HTML_TAG = re.compile(r"</?(a|b|i|p|br|em|div|img|span|strong|script|style|table|ul|li)\b", re.I)


def words(text: str) -> frozenset[str]:
    """Give the words of a text as a set."""
    return frozenset(text.split())


_ALLOWED = words(
    "a b bdi blockquote br code del div em figcaption figure hr i img ins li ol p pre rp rt ruby s"
    " strong sub sup time u ul video audio source"
)
_VOID = frozenset({"br", "hr", "img", "source"})
_ADDRESSES = frozenset({"href", "src", "poster", "cite", "data-originalurl", "data-versionurl"})
_ATTRIBUTES = _ADDRESSES | {
    *("alt", "width", "height", "loading", "rel", "lang", "dir", "datetime", "start", "type"),
    *("controls", "preload", "data-versiondate"),
}


def text_faults(where: str, text: str) -> Iterator[str]:
    """Characters that XML forbids or discourages."""
    found = _DISCOURAGED.search(text)
    if found:
        yield f"{where}: character U+{ord(found[0]):04X} may not stand in a feed"


def plain_faults(where: str, text: str | None) -> Iterator[str]:
    """A title or name: not empty, one line, and nothing that looks like HTML."""
    if not (text or "").strip():
        yield f"{where}: is empty"
        return
    assert text is not None
    if text != text.strip():
        yield f"{where}: has white space around it"
    yield from text_faults(where, text)


def html_in_plain_faults(where: str, text: str | None) -> Iterator[str]:
    """Plain text that readers would take for HTML."""
    found = _HTML_TAG.search(text or "")
    if found:
        yield f"{where}: should not contain HTML: {found[0]}"


def url_faults(where: str, url: str | None, *, http: bool = True) -> Iterator[str]:
    """An absolute URI of allowed characters only (RFC 3986)."""
    if not url:
        yield f"{where}: has no address"
    elif not _URL.fullmatch(url) or _BARE_PERCENT.search(url):
        yield f"{where}: {url!r} is not a full and valid URL"
    elif url.lower().startswith("urn:uuid:") and not _UUID.fullmatch(url):
        yield f"{where}: {url!r} is not a valid urn:uuid"
    elif http and not _HTTP.match(url):
        yield f"{where}: {url!r} is not an http or https URL"


def rfc822_faults(where: str, text: str | None) -> Iterator[str]:
    """RFC 822 with four-digit year and the right day of the week, not before 1990."""
    if not _RFC822.fullmatch(text or ""):
        yield f"{where}: {text!r} is not an RFC 822 date with numeric zone"
        return
    assert text is not None
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        yield f"{where}: {text!r} is no date of the calendar"
        return
    days = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
    if days[at.weekday()] != text[:3]:
        yield f"{where}: {text!r} has the wrong day of the week"
    if at.year < 1990:
        yield f"{where}: {text!r} is implausible"


def rfc3339_faults(where: str, text: object) -> Iterator[str]:
    """RFC 3339 with zone, not before 1990."""
    if not isinstance(text, str) or not _RFC3339.fullmatch(text):
        yield f"{where}: {text!r} is not an RFC 3339 time"
        return
    try:
        at = dt.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        yield f"{where}: {text!r} is no time of the calendar"
        return
    if at.year < 1990:
        yield f"{where}: {text!r} is implausible"


def mime_faults(where: str, text: object) -> Iterator[str]:
    """A media type."""
    if not isinstance(text, str) or not _MIME.fullmatch(text):
        yield f"{where}: {text!r} is not a media type"


def language_faults(where: str, text: object) -> Iterator[str]:
    """A BCP 47 language tag."""
    if not isinstance(text, str) or not _LANGUAGE.fullmatch(text):
        yield f"{where}: {text!r} is not a language tag"


def count_faults(where: str, text: str | None, *, least: int) -> Iterator[str]:
    """A whole number in digits."""
    if not re.fullmatch(r"\d{1,18}", text or "") or int(text or "0") < least:
        yield f"{where}: {text!r} is not a whole number of at least {least}"


def html_faults(where: str, html: str) -> Iterator[str]:
    """A body: known and harmless elements, well nested; addresses absolute; no styles or events."""
    yield from text_faults(where, html)
    for decimal, hexadecimal in _REFERENCE.findall(html):
        number = int(decimal or hexadecimal, 16 if hexadecimal else 10)
        yield from text_faults(f"{where}, as a reference", chr(min(number, 0x10FFFF)))
    parser = _Body()
    parser.feed(html)
    parser.close()
    yield from (f"{where}: {fault}" for fault in parser.faults)
    if parser.open:
        yield f"{where}: <{parser.open[-1]}> is not closed"


class _Body(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _ALLOWED:
            self.faults.append(f"<{tag}> should not be in a feed")
        for name, value in attrs:
            if name not in _ATTRIBUTES:
                self.faults.append(f"<{tag} {name}> should not be in a feed")
            if name in _ADDRESSES:
                self.faults += url_faults(f"<{tag} {name}>", value)
        if tag == "img" and "alt" not in dict(attrs):
            self.faults.append("<img> has no alt")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes what is not open")

    def handle_data(self, data: str) -> None:
        self.faults += text_faults("text", data)

    def handle_comment(self, data: str) -> None:
        self.faults.append("a comment should not be in a feed")

    def handle_decl(self, decl: str) -> None:
        self.faults.append("a declaration should not be in a feed")

    def unknown_decl(self, data: str) -> None:
        self.faults.append("a declaration should not be in a feed")

    def handle_pi(self, data: str) -> None:
        self.faults.append("a processing instruction should not be in a feed")

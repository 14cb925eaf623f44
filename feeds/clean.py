"""What of a hostile text may be published? All that comes from outside passes here."""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from urllib.parse import quote, urljoin, urlsplit

import nh3

# XML 1.0, 2.2 Char, without the code points it discourages (C1 controls, non-characters): a single
# one of the forbidden makes a whole feed unreadable, also when written as a reference.
_BEYOND_PLANES = "".join(
    f"{chr(plane | 0xFFFE)}{chr(plane | 0xFFFF)}" for plane in range(0x10000, 0x110000, 0x10000)
)
_NOT_TEXT = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    f"{_BEYOND_PLANES}]"
)
_LINE_ENDS = re.compile(r"\r\n?|\x85")
# Overrides turn the reading direction of what follows them, which lets a name pose as another.
_OVERRIDES = re.compile("[\u202d\u202e]")
_SPACES = re.compile(r"\s+")

_TAGS = frozenset(
    {"a", "b", "blockquote", "br", "code", "del", "em", "i", "ins", "li", "ol", "p", "pre"}
    | {"rp", "rt", "ruby", "s", "strong", "sub", "sup", "u", "ul"}
)
_DROPPED_WHOLE = frozenset(
    {"script", "style", "iframe", "object", "embed", "form", "noscript", "template"}
    | {"svg", "math", "title", "textarea", "select"}
)
_ATTRIBUTES = {"a": {"href"}, "*": {"lang", "dir"}}
_HOST = re.compile(r"[A-Za-z0-9._~-]+|\[[0-9a-f:.]+\]")
_BARE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}")
_LONGEST_URL = 8_000


def text(raw: str) -> str:
    """
    Give a text without what no XML or JSON document may hold; line ends become `\\n`.

    Source: XML 1.0, 2.2; RFC 8259, 8.2

    >>> text("a\\x00b\\ud83dc\\r\\nd")
    'abc\\nd'
    """
    return _NOT_TEXT.sub("", _LINE_ENDS.sub("\n", raw))


def line(raw: str, *, longest: int = 500) -> str:
    """
    Give a text as one line: for titles and names.

    Args:
        longest: In characters; what is longer ends with an ellipsis.
    """
    joined = _SPACES.sub(" ", _OVERRIDES.sub("", text(raw))).strip()
    return joined if len(joined) <= longest else joined[: longest - 1].rstrip() + "…"


def html(raw: str, *, base_url: str = "") -> str:
    """
    Give outside markup with allowed elements only; links are absolute http or https.

    Args:
        base_url: Against which relative links are resolved; without one they lose their address.

    Returns:
        HTML that is safe inside a page and, escaped once, inside a feed. An attribute value is
        always in double quotes, `href` first.
    """

    def keep(_tag: str, name: str, value: str) -> str | None:
        if name == "href":
            return url(_joined(base_url, value)) or None
        if name == "dir":
            return value if value in ("auto", "ltr", "rtl") else None
        return language(value) if name == "lang" else value

    cleaned = nh3.clean(
        text(raw),
        tags=_TAGS,
        clean_content_tags=_DROPPED_WHOLE,
        attributes=_ATTRIBUTES,
        attribute_filter=keep,
        url_schemes={"http", "https"},
        url_relative="pass_through",  # or `keep` would not see them
        link_rel="noopener noreferrer",
    )
    # Once more: references such as &#1; have become characters.
    return text(cleaned)


def url(raw: str) -> str:
    """
    Give an address that may stand in a link, or an empty text if there is no safe one.

    Characters that RFC 3986 does not know are percent-encoded as UTF-8, the host's as IDNA; what is
    encoded already stays. User names and passwords are left out.

    Returns:
        An absolute http or https URL in ASCII, at most 8,000 characters.

    >>> url("https://例え.jp/ü?q=a b"), url("javascript:alert(1)")
    ('https://xn--r8jz45g.jp/%C3%BC?q=a%20b', '')
    """
    try:
        parts = urlsplit(text(raw).strip())
        host = parts.hostname or ""
        port = "" if parts.port is None else f":{parts.port}"
        host = f"[{IPv6Address(host)}]" if ":" in host else host.encode("idna").decode("ascii")
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(host):
        return ""
    found = f"{parts.scheme}://{host}{port}{_encoded(parts.path)}"
    found += f"?{_encoded(parts.query)}" if parts.query else ""
    found += f"#{_encoded(parts.fragment)}" if parts.fragment else ""
    return found if len(found) <= _LONGEST_URL else ""


def language(raw: str | None) -> str | None:
    """Give a language tag that looks like one (BCP 47), else None."""
    found = (raw or "").strip().replace("_", "-")
    return found if _LANGUAGE.fullmatch(found) else None


def _joined(base_url: str, reference: str) -> str:
    try:
        return urljoin(base_url, reference)
    except ValueError:
        return ""


def _encoded(part: str) -> str:
    return quote(_BARE_PERCENT.sub("%25", part), safe="/?:@!$&'()*+,;=-._~%")

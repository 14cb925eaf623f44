"""
How is an archived answer shown, so that nothing in it reaches the network or acts in our name?

Pure: it decides on addresses, text and headers; `feeds.web` does the serving. Addresses are those
of the Wayback Machine and pywb: `/web/<14 digits>[mode]/<URL>`.
"""

from __future__ import annotations

import codecs
import contextlib
import datetime as dt
import enum
import html
import re
from collections.abc import Iterable
from dataclasses import dataclass

from archiver.core.memento import timestamp14
from archiver.core.urls import absolute
from archiver.models import Header
from feeds import clean, rewrite_html, wording
from feeds.rewrite_css import css as rewritten_css

MAX_REWRITTEN = 16_000_000
"""A page larger than this is shown as it is, in bytes."""


class Mode(enum.StrEnum):
    """
    How a copy is asked for: as a page, inside a frame (no banner), or as it was recorded.

    What a page needs that others wrote, and we imported, has marks of its own: beside a page of
    ours nothing of that may stand.
    """

    PAGE = ""
    FRAME = "if_"
    AS_RECORDED = "id_"
    IMPORTED = "fo_"
    IMPORTED_FRAME = "ff_"


class Kind(enum.StrEnum):
    """What has to be done to a body."""

    HTML = "html"
    CSS = "css"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Copy:
    """
    An archived answer.

    Attributes:
        url: As it was asked for, absolute.
        at: When it was captured.
        prefix: Path of publish.base_url, without a slash at its end; often empty.
        status: What was answered then.
        foreign: Others wrote it, and we imported it: its time is what their file says.
    """

    url: str
    at: dt.datetime
    prefix: str = ""
    mode: Mode = Mode.PAGE
    status: int = 200
    foreign: bool = False


_HTML = frozenset({"text/html", "application/xhtml+xml"})
_TYPE = re.compile(r"[a-z0-9!#$&^_.+-]{1,80}/[a-z0-9!#$&^_.+-]{1,80}")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([A-Za-z0-9_:.+-]{1,40})""", re.IGNORECASE)
_META = re.compile(
    rb"""<meta[^>]{0,400}?charset\s*=\s*["']?([A-Za-z0-9_:.+-]{1,40})""", re.IGNORECASE
)
_AT_CHARSET = re.compile(rb'@charset "([A-Za-z0-9_:.+-]{1,40})";')
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# What a browser reads under these names (WHATWG Encoding, 4.2).
_WIDER = {"ascii": "cp1252", "iso8859-1": "cp1252"}
# Python knows them as charsets, no browser does, and some take long over a large text.
_NO_CHARSETS = ("idna", "punycode", "utf-7", "unicode_escape", "raw_unicode_escape", "undefined")
_IN_PLACE = re.compile(r"(?:#|data:|mailto:|tel:|sms:|about:|blob:|cid:)", re.IGNORECASE)
_WEB = re.compile(r"https?://", re.IGNORECASE)

_NAME = re.compile(r"[A-Za-z0-9-]{1,60}")
_NOT_PASSED = frozenset({"set-cookie", "set-cookie2", "www-authenticate", "proxy-authenticate"})
_MAX_PASSED, _MAX_VALUE = 60, 1_000

_REPLAY_POLICY = (
    "default-src 'self' data: blob: 'unsafe-inline'; script-src 'none'; connect-src 'none';"
    " worker-src 'none'; base-uri 'none'; form-action 'none'"
)
_SANDBOX = "sandbox allow-popups allow-popups-to-escape-sandbox; "


def _important(declarations: str) -> str:
    return ";".join(f"{each}!important" for each in declarations.split(";"))


# `all` comes first: it sets back what follows, and all that a page may say of the line.
_BAR = (
    "all:initial;display:block;position:relative;z-index:2147483647;box-sizing:border-box;"
    "width:auto;min-height:38px;padding:8px 16px;text-align:start;background:#fbfaf7;"
    "color:#1d1c1a;border-block-end:1px solid #dcd8cf;font:14px/1.5 system-ui,sans-serif;"
    "overflow-wrap:anywhere;animation:none;transition:none;visibility:visible"
)
_BANNER_SHEET = (
    f":host{{{_important(_BAR)}}}"
    ":host::before,:host::after{content:none!important;display:none!important}"
    "a{color:#0b5c8a;text-decoration:underline;cursor:pointer}"
)


def address(copy: Copy, url: str, mode: Mode = Mode.PAGE) -> str:
    """Give the place, on our own host, of the copy of `url` nearest in time to `copy`."""
    return f"{copy.prefix}/web/{timestamp14(copy.at)}{mode}/{url}"


def moved(copy: Copy, url: str, base: str, *, framed: bool = False) -> str:
    """
    Give the new address of one that stands in an archived page or sheet.

    What a browser resolves without the network stays (fragments, `data:`, `mailto:`); what is not
    http or https otherwise leads nowhere.

    Args:
        url: As written.
        base: Absolute URL against which it is resolved.
        framed: It is shown inside the page.
    """
    written = url.strip()
    if not written or _IN_PLACE.match(written):
        return url
    found = absolute(base, written)
    if not _WEB.match(found):
        return "about:blank" if framed else "#"
    if copy.foreign:
        return address(copy, found, Mode.IMPORTED_FRAME if framed else Mode.IMPORTED)
    return address(copy, found, Mode.FRAME if framed else Mode.PAGE)


def html_page(text: str, copy: Copy) -> str:
    """Rewrite a page; one that stands alone gets a banner that says what it is."""

    def move(url: str, base: str, *, framed: bool = False) -> str:
        return moved(copy, url, base, framed=framed)

    def announced(led_on: str | None) -> str:
        return banner(copy, led_on)

    alone = copy.mode in (Mode.PAGE, Mode.IMPORTED)
    return rewrite_html.html(text, copy.url, move, announced if alone else None)


def style_sheet(text: str, copy: Copy) -> str:
    """Rewrite a style sheet."""
    return rewritten_css(text, lambda url: moved(copy, url, copy.url))


def banner(copy: Copy, led_on: str | None = None) -> str:
    """
    Write the line that says what a page is; the page's own styles do not reach it.

    It stands in a closed shadow tree: what is important in there holds against whatever a page
    calls important, also for what a page would put before or behind the line.

    Args:
        led_on: Where the page sent its readers on to by itself.
    """
    original = html.escape(clean.url(copy.url))
    answered = f", which answered {copy.status}" if copy.status >= 400 else ""
    parts = [
        f"{_made(copy)}{answered}"
        f' — <a href="{original}" rel="noopener noreferrer">original</a>,'
        f' <a href="{html.escape(_told_of(copy))}">where it comes from</a>'
    ]
    if led_on and _WEB.match(led_on):
        there = html.escape(address(copy, led_on))
        shown = html.escape(_shown(led_on))
        parts.append(f'. It sent readers on to <a href="{there}">{shown}</a>')
    return (
        f'<archive-banner dir="ltr" lang="en" style="{_important(_BAR)}">'
        f'<template shadowrootmode="closed"><div>{"".join(parts)}.</div>'
        f"<style>{_BANNER_SHEET}</style></template></archive-banner>"
    )


def _made(copy: Copy) -> str:
    shown = html.escape(_shown(copy.url))
    if copy.foreign:
        return (
            f"<b>Not captured by this archive</b>: a copy of {shown} from a file that others wrote,"
            f" which dates it {wording.moment(copy.at)}"
        )
    return f"Archived copy of {shown}, captured {wording.moment(copy.at)}"


def _told_of(copy: Copy) -> str:
    return f"{copy.prefix}/snapshot/{timestamp14(copy.at)}/{copy.url}"


def _shown(url: str) -> str:
    return clean.line(url, longest=160)


def kind_of(mime: str) -> Kind:
    """Say what has to be done to a body of this media type."""
    if mime in _HTML:
        return Kind.HTML
    return Kind.CSS if mime == "text/css" else Kind.OTHER


def media_type(headers: Iterable[Header]) -> str:
    """Give the media type as recorded, without parameters; a safe one if there was none."""
    found = _first(headers, "content-type").partition(";")[0].strip().lower()
    return found if _TYPE.fullmatch(found) else "application/octet-stream"


def content_type(headers: Iterable[Header]) -> str:
    """Give the Content-Type for a body that is served as recorded."""
    held = tuple(headers)
    charset = _CHARSET.search(_first(held, "content-type"))
    mime = media_type(held)
    return f"{mime}; charset={charset[1]}" if charset else mime


def decoded(body: bytes, headers: Iterable[Header], kind: Kind) -> str:
    """
    Read a text as a browser would: byte order mark, header, what the text says itself, UTF-8.

    Source: HTML Living Standard, 13.2.3.2; CSS Syntax Level 3, 3.2
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    told = _CHARSET.search(_first(headers, "content-type"))
    own = _META.search(body[:4096]) if kind is Kind.HTML else _AT_CHARSET.match(body)
    name = told[1] if told else own[1].decode("ascii") if own else "utf-8"
    name = name.lower()
    if own and not told and name.startswith("utf-16"):
        name = "utf-8"  # or it could not have been read
    try:
        known = codecs.lookup(name).name
        known = "utf-8" if known in _NO_CHARSETS else _WIDER.get(known, known)
        return body.decode(known, "replace")
    except (LookupError, UnicodeError):
        return body.decode("utf-8", "replace")


def policy(mime: str) -> str:
    """
    Give the Content-Security-Policy for a copy of this media type.

    A sandboxed document has no origin, runs no script and sends no form. PDF alone is not
    sandboxed, since browsers refuse to show it so; it cannot act on our origin.
    """
    if mime == "application/pdf":
        return "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; base-uri 'none'"
    return _SANDBOX + _REPLAY_POLICY


def passed_on(headers: Iterable[Header]) -> list[Header]:
    """Give the recorded headers under names that no browser obeys; cookies are left out."""
    found: list[Header] = []
    for name, value in headers:
        plain = "".join(char for char in value if " " <= char <= "~")[:_MAX_VALUE].strip()
        if _NAME.fullmatch(name) and name.lower() not in _NOT_PASSED:
            found.append((f"X-Archive-Orig-{name}", plain))
    return found[:_MAX_PASSED]


def redirect(status: int, headers: Iterable[Header], copy: Copy) -> str | None:
    """
    Give where a recorded redirect leads inside the archive; None if it leads nowhere we can show.

    Source: RFC 9110, 15.4 and 10.2.2
    """
    if status not in (301, 302, 303, 307, 308):
        return None
    location = _first(headers, "location")
    if not location:
        return None
    # http.client and others read header bytes as Latin-1; servers send UTF-8 in them.
    with contextlib.suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    found = absolute(copy.url, location)
    return address(copy, found, copy.mode) if _WEB.match(found) else None


def _first(headers: Iterable[Header], wanted: str) -> str:
    return next((value for name, value in headers if name.lower() == wanted), "")

"""Which characters do the bytes of a document stand for?"""

from __future__ import annotations

import codecs
import re

import webencodings

_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:+-]+)", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{0,400}?charset\s*=\s*[\"']?\s*([\w.:+-]+)", re.IGNORECASE)
_XML = re.compile(rb"\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:+-]+)", re.IGNORECASE)
_LATIN = webencodings.Encoding("windows-1252", codecs.lookup("windows-1252"))
_PRESCAN_BYTES = 4096


def decoded(body: bytes, content_type: str = "") -> str:
    """
    Read an HTML or text document; bytes that mean nothing become U+FFFD, so that it never fails.

    Args:
        body: Content decoded, perhaps cut.
        content_type: Value of Content-Type, empty if there is none.

    Source: WHATWG HTML, 13.2.3 (byte order mark, then Content-Type, then meta, then a guess)
    """
    text, _ = webencodings.decode(body, _named(body, content_type), errors="replace")
    return text


def declared(content_type: str) -> str | None:
    """Give the charset that a Content-Type names, or None."""
    found = _HEADER.search(content_type)
    return found[1] if found else None


def _named(body: bytes, content_type: str) -> webencodings.Encoding:
    head = body[:_PRESCAN_BYTES]
    inside = _META.search(head) or _XML.search(head)
    for label in (declared(content_type), inside and inside[1].decode("ascii", "replace")):
        encoding = webencodings.lookup(label) if label else None
        if encoding is None:
            continue
        if encoding.name.startswith("utf-16") and b"\0" not in head:
            return webencodings.UTF8  # it could not be read as UTF-16 and say so in ASCII
        return encoding
    return webencodings.UTF8 if _is_utf8(body) else _LATIN


def _is_utf8(body: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(body)  # a cut last character is no fault
    except UnicodeDecodeError:
        return False
    return True

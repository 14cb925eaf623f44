"""
What does a BEACON dump say of short links?

The tables of URLTeam and 301Works: some header lines (`#PREFIX: http://bit.ly/`), then one line
per link, `code|target`. Older ones have no header; then the left side is a whole address, or the
file is named after the service.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from archiver.core import suffixes, urls

LONGEST_LINE = 65_536
"""A longer line names no target that a server would take; it is passed over, in bytes."""

_MOST_HEADERS = 200
_HEADER = re.compile(rb"#\s*([A-Za-z]+)\s*:\s*(.*)", re.DOTALL)
_SCHEME = re.compile(rb"https?://", re.IGNORECASE)
_EXTENSIONS = re.compile(r"(?:\.(?:txt|beacon|csv|xz|dump|lst|tsv))+\Z", re.IGNORECASE)
_HOST = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Header:
    """
    What a dump says of itself.

    Attributes:
        prefix: What stands before each code, e.g. `http://bit.ly/`; empty if it does not say.
        target: What stands before each target, or around it as `{ID}`; empty for most.
        stamp: When it was made, in its own words.
    """

    prefix: bytes = b""
    target: bytes = b""
    stamp: str = ""


def lines(chunks: Iterable[bytes], longest: int = LONGEST_LINE) -> Iterator[bytes]:
    """
    Cut bytes into lines without their ends; time and memory do not depend on how long one is.

    Args:
        chunks: The dump in order, in pieces of any length.
        longest: A longer line is left out, in bytes.
    """
    rest, skipping = b"", False
    for chunk in chunks:
        *whole, tail = chunk.split(b"\n")
        if whole:
            first, whole[0] = whole[0], b""
            if not skipping and len(rest) + len(first) <= longest:
                yield rest + first
            yield from (line for line in whole[1:] if len(line) <= longest)
            rest, skipping = tail, False
        elif not skipping:
            rest += tail
        if len(rest) > longest:
            rest, skipping = b"", True
    if rest and not skipping:
        yield rest


def read(dump: Iterator[bytes]) -> tuple[Header, Iterator[tuple[bytes, bytes]]]:
    """
    Read a dump.

    Args:
        dump: Its lines.

    Returns:
        What its header says, and its pairs of code and target, in order; `|` in a target stays.
        What is no pair is left out.

    Source: reference/protocols.md, 7.3; the BEACON format, 3 and 4
    """
    fields: dict[bytes, bytes] = {}
    first: list[bytes] = []
    for number, line in enumerate(dump):
        text = (line.removeprefix(_BOM) if number == 0 else line).rstrip(b"\r")
        if text.startswith(b"#") and number < _MOST_HEADERS:
            found = _HEADER.match(text)
            if found is not None:
                fields.setdefault(found[1].upper(), found[2].strip())
        elif text.strip():
            first.append(text)
            break
    stamp = fields.get(b"TIMESTAMP", b"").decode("utf-8", "replace")[:80]
    header = Header(fields.get(b"PREFIX", b""), fields.get(b"TARGET", b""), stamp)
    return header, _pairs(first, dump)


def _pairs(first: list[bytes], rest: Iterator[bytes]) -> Iterator[tuple[bytes, bytes]]:
    for some in (first, rest):
        for line in some:
            code, cut, target = line.partition(b"|")
            target = target.strip()
            if cut and code and target:
                yield code.strip(), target


def host_in_name(name: str, folder: str = "") -> str:
    """
    Find the service that a dump is named after; empty if its name tells of none.

    Args:
        name: Of the file.
        folder: Name of the folder it lies in, which tells if the file's name does not.

    >>> host_in_name("bit.ly_2014-000.txt.xz"), host_in_name("000.txt.xz", "is.gd")
    ('bit.ly', 'is.gd')
    """
    for each in (name, folder):
        found = _HOST.match(_EXTENSIONS.sub("", each).lower())
        if found is None:
            continue
        # A date may be tied on with a hyphen, which a name may hold as well.
        pieces = found[0].split("-")
        for count in range(len(pieces), 0, -1):
            host = "-".join(pieces[:count]).strip(".")
            if "." in host and suffixes.registrable(host, private=False):
                return host
    return ""


def key(url: bytes) -> bytes:
    """
    Give the key of a short link: without its scheme, its host in lower case, its code as it is.

    >>> key(b"HTTP://Bit.LY/AbC")
    b'bit.ly/AbC'
    """
    rest = _SCHEME.sub(b"", url, count=1)
    host, slash, code = rest.partition(b"/")
    return host.lower().removesuffix(b":80") + (slash or b"/") + code


def key_of(prefix: bytes, code: bytes) -> bytes:
    """
    Give the key of the left side of a line.

    Args:
        prefix: Of the dump; empty if the left sides are whole addresses.
        code: The left side.
    """
    if not prefix or _SCHEME.match(code):
        return key(code)
    if b"{ID}" in prefix:
        return key(prefix.replace(b"{ID}", code))
    return key(prefix + code)


def keys_of_link(url: str) -> tuple[bytes, ...]:
    """Give the keys under which a table may list a link: as it is asked for, and decoded."""
    asked = urls.without_fragment(url).encode("ascii", "replace")
    host, slash, code = key(asked).partition(b"/")
    return tuple(dict.fromkeys((host + slash + code, host + slash + unquote_to_bytes(code))))


def target_of(header_target: bytes, raw: bytes) -> bytes:
    """Put a target together, where the dump's header names a part of it (BEACON, 4.3)."""
    if not header_target or _SCHEME.match(raw):
        return raw
    if b"{ID}" in header_target:
        return header_target.replace(b"{ID}", raw)
    return header_target + raw


def text_of(raw: bytes) -> str:
    """Decode a target for people: UTF-8, else Windows-1252, else Latin-1, which takes any byte."""
    for encoding in ("utf-8", "cp1252"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")


def url_of(raw: bytes) -> str:
    """
    Give the address to ask for; bytes that are not UTF-8 are sent as they are, percent-encoded.

    So the target's server sees what it saw when the link was made. A host has letters, not bytes,
    and is decoded.

    Raises:
        ValueError: If it is no http or https address.
    """
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        scheme, cut, rest = raw.partition(b"://")
        host, slash, path = rest.partition(b"/")
        text = text_of(scheme + cut + host + slash) + path.decode("utf-8", "surrogateescape")
    return urls.fetchable(text)

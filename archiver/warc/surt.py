"""Under which key does an index list a URL? Sort-friendly: host reversed, then path and query."""

from __future__ import annotations

import functools
import re
from urllib.parse import quote, unquote_to_bytes, urlsplit

# What may stand as it is in a key; everything else is percent-encoded, blanks above all.
_SAFE = "!\"$&'()*+,-./:;<=>?@[\\]^_`{|}~"
_PLAIN = re.compile(r"[!-~]*")
_WWW = re.compile(r"www\d*\.")
_DEFAULT_PORTS = {"http": 80, "https": 443}
_MOST_DECODINGS = 8


def surt(url: str) -> str:
    """
    Give the key of a URL, equal for spellings that lead to the same page.

    Lower case throughout; scheme, user, default port, fragment, `www.`, empty query, dot segments
    and the slash at the end are left out; query arguments are sorted; percent-encoding is brought
    to one form. So it is with every scheme before `//host`; what has no such host keeps its
    scheme and its order. One key may stand for several URLs (whose paths differ in case), so
    readers compare the `url` of a line as well.

    Source: CDXJ 0.1.0, 3.1; the habits of pywb and the Wayback Machine

    >>> surt("https://www.Example.org:443/a/./b/?y=2&x=1#top")
    'org,example)/a/b?x=1&y=2'
    >>> surt("metadata://gnu.org/software/wget/warc/wget.log")
    'org,gnu)/software/wget/warc/wget.log'
    >>> surt("urn:view:https://example.org/a 1")
    'urn:view:https://example.org/a%201'
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return _opaque(url)
    if not parts.scheme or not host:
        return _opaque(url)
    shown_port = "" if port is None or port == _DEFAULT_PORTS.get(parts.scheme) else f":{port}"
    path = _path(_one_form(parts.path)).lower()
    return f"{_host(host)}{shown_port}){path}{_query(parts.query)}"


def _opaque(url: str) -> str:
    path, _, query = url.partition("#")[0].partition("?")
    return _one_form(path).lower().removesuffix("/") + _query(query)


@functools.lru_cache(maxsize=4096)
def _host(host: str) -> str:
    if ":" in host:  # an IPv6 address
        return host
    try:
        host = _one_form(host.encode("idna").decode("ascii"))
    except UnicodeError:
        host = _one_form(host)
    return ",".join(reversed(_WWW.sub("", host.strip(".").lower(), count=1).split(".")))


def _path(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in ("", "."):
            kept.append(segment)
    return "/" + "/".join(kept)


def _query(query: str) -> str:
    if not query:
        return ""
    return "?" + "&".join(sorted(_one_form(query).lower().split("&")))


def _one_form(text: str) -> str:
    if "%" not in text and _PLAIN.fullmatch(text):
        return text
    raw = text.encode("utf-8", "surrogatepass")
    for _ in range(_MOST_DECODINGS):
        plain = unquote_to_bytes(raw)
        if plain == raw:
            break
        raw = plain
    return quote(raw, safe=_SAFE)

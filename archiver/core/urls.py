"""Under which form is a URL asked for, and how do two URLs compare?"""

from __future__ import annotations

import functools
import ipaddress
import re
from typing import NamedTuple
from urllib.parse import SplitResult, unquote_plus, unquote_to_bytes, urlsplit

import idna

from archiver.core import suffixes

MAX_LENGTH = 32_000
"""Longest URL that is asked for, in characters; servers refuse far shorter ones."""

_DEFAULT_PORTS = {"http": "80", "https": "443"}
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_PARTS = re.compile(r"(https?)://([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?\Z", re.IGNORECASE | re.DOTALL)
_AUTHORITY = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]{0,6}))?\Z")
_SPACE = "".join(map(chr, range(0x21))) + "\x85\xa0\u200b\u2028\u2029\u3000\ufeff"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LABEL = re.compile(r"[a-z0-9_-]{1,63}\Z")
_NUMBER = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\Z")
_PLAIN_NUMBER = re.compile(r"(?:0|[1-9][0-9]*)\Z")
_INDEX = re.compile(r"/(?:(?:index|default|home)\.[a-z]{2,5})?\Z", re.IGNORECASE)

# What a browser sends as it stands (WHATWG URL, percent-encode sets); `%` is never encoded again.
_PRINTABLE = frozenset(range(0x21, 0x7F))
_PATH_SAFE = _PRINTABLE - set(b'"#<>?^`{}')
_QUERY_SAFE = _PRINTABLE - set(b'"#<>')
_FRAGMENT_SAFE = _PRINTABLE - set(b'"<>`')

_TRACKING = re.compile(
    r"utm_\w*|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_cid|mc_eid|mkt_tok|_ga|_gl|twclid|srsltid",
    re.IGNORECASE,
)
_SESSION = re.compile(
    r"sid|s_?id|(?:php|j|asp|aspx|user|web|http)?_?sess(?:ion)?(?:_?(?:id|key|token))?|aspsessionid\w*"
    r"|cfid|cftoken|(?:csrf|auth|access|id)?_?token|nonce|_|_?ts|timestamp|cb|cachebuster|rand(?:om)?",
    re.IGNORECASE,
)
_SESSION_PATH = re.compile(r";(?:jsessionid|phpsessid|sid)=[^/;]*", re.IGNORECASE)


class UnsafeUrl(ValueError):
    """A URL that is understood and yet not asked for: another scheme, credentials, a number."""


class _Parts(NamedTuple):
    """A URL cut up; query and fragment with their `?` and `#`, empty if they are absent."""

    scheme: str
    authority: str
    path: str
    query: str
    fragment: str


def fetchable(url: str) -> str:
    """
    Give the one form under which a link is asked for, recorded and compared.

    As browsers do: white space around it goes; scheme and host in lower case, the host in IDNA
    (UTS 46), a default port left out, an empty path is `/`, dot segments resolved, `\\` is `/`,
    and what may not stand raw (spaces, raw UTF-8) is percent-encoded. What is encoded already,
    even twice or badly, stays as it is. Parameters are never reordered or dropped. The fragment
    is kept, since it is part of where a link leads: `without_fragment` gives what is requested.

    Args:
        url: A link as written, with its scheme.

    Returns:
        An absolute http or https URL in ASCII; the same if given again.

    Raises:
        UnsafeUrl: If the scheme is not http or https, it holds credentials, or its host is an
            IPv4 address in another form than four plain numbers.
        ValueError: If it is not a URL: no host, a bad port, control characters, too long.

    Source: RFC 3986, 3 and 6.2; WHATWG URL, 4.4

    >>> fetchable(" HTTP://Bücher.example:80/a b/../é?q=%2525#x ")
    'http://xn--bcher-kva.example/%C3%A9?q=%2525#x'
    """
    parts = _cut(url.strip(_SPACE))
    return "".join(
        (
            f"{parts.scheme}://{_authority(parts)}",
            _encoded(_without_dots(parts.path), _PATH_SAFE),
            _encoded(parts.query, _QUERY_SAFE),
            _encoded(parts.fragment, _FRAGMENT_SAFE),
        )
    )


def absolute(base: str, location: str) -> str:
    """
    Resolve a reference as a browser does.

    Args:
        base: The absolute URL of the document or answer, in the form of `fetchable`.
        location: Value of Location, `href`, `src`, `url(…)`; relative, raw or odd.

    Returns:
        An absolute URL in the form of `fetchable`, with the fragment of `base` if it brings
        none. What cannot be asked for is given as it stands, and `fetchable` says why: this
        function never raises.

    Source: RFC 3986, 5.2; RFC 9110, 10.2.2; WHATWG URL, 4.4

    >>> absolute("https://a.example/x/y?q#top", "../z")
    'https://a.example/z#top'
    """
    text = location.strip(_SPACE).translate({0x09: None, 0x0A: None, 0x0D: None})
    try:
        resolved = _resolved(_cut(base.strip(_SPACE)), text)
        return fetchable(resolved)
    except ValueError:
        return text


def without_fragment(url: str) -> str:
    """Give the part of a URL that is sent to the server and stands in records."""
    return url.partition("#")[0]


def host_of(url: str) -> str:
    """Give the host in lower case IDNA, IPv6 without brackets; empty if the URL is none."""
    try:
        return _host(_split_authority(_cut(url.strip(_SPACE)))[0]).strip("[]")
    except ValueError:
        return ""


def split(url: str) -> SplitResult | None:
    """Cut up an http or https address; None if it is none, or holds a name and password."""
    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in _DEFAULT_PORTS and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return parts if usable and "@" not in parts.netloc else None


def origin_of(url: str) -> str:
    """
    Give scheme and authority of an address, without a usual port; empty if it has none.

    >>> origin_of("https://A.example:443/post/1?x")
    'https://a.example'
    """
    parts = split(url)
    if parts is None:
        return ""
    host = (parts.hostname or "").rstrip(".")
    host = f"[{host}]" if ":" in host else host
    usual = parts.port in (None, int(_DEFAULT_PORTS[parts.scheme]))
    return f"{parts.scheme}://{host}" + ("" if usual else f":{parts.port}")


def same_site(a: str, b: str) -> bool:
    """
    Say whether two URLs belong to one registrable domain; for addresses, to one host.

    Source: publicsuffix.org (the list that comes with tldextract; private suffixes count)
    """
    first = _site(host_of(a))
    return bool(first) and first == _site(host_of(b))


def is_root(url: str) -> bool:
    """Say whether a URL is a site's front page: no path, no parameter, no route in the fragment."""
    try:
        parts = _cut(fetchable(url))
    except ValueError:
        return False
    plain = _INDEX.match(parts.path) is not None
    return plain and not _untracked(parts.query) and not _route(parts)


def group_key(url: str) -> str:
    """
    Give a key under which links to one page fall together; it is never asked for.

    Tracking parameters and the fragment go, unless the fragment is a route (`#!…`, `#/…`).
    Parameters can be functional, so that the URL itself is kept beside this (trap 20).

    >>> group_key("http://a.example/x?utm_source=t&id=1#part")
    'http://a.example/x?id=1'
    """
    try:
        parts = _cut(fetchable(url))
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.authority}{parts.path}{_untracked(parts.query)}{_route(parts)}"


def page_key(url: str) -> str:
    """
    Give a key that is equal for two URLs which a person would call one page.

    Beyond `group_key`: scheme, `www.`, a slash at the end, the order of parameters, session
    parameters and times to defeat caches do not count. For comparing, never for asking.

    >>> page_key("https://www.a.example/x/?b=1&a=2&PHPSESSID=7f")
    'a.example/x?a=2&b=1'
    """
    try:
        parts = _cut(fetchable(url))
    except ValueError:
        return url
    fields = [each for each in _untracked(parts.query)[1:].split("&") if each]
    lasting = sorted(each for each in fields if not _SESSION.fullmatch(_name(each)))
    path = _SESSION_PATH.sub("", parts.path).rstrip("/")
    query = "?" + "&".join(lasting) if lasting else ""
    return f"{parts.authority.removeprefix('www.')}{path}{query}{_route(parts)}"


def same_page(a: str, b: str) -> bool:
    """Say whether a person would call two URLs one page."""
    return a == b or page_key(a) == page_key(b)


def _cut(url: str) -> _Parts:
    if len(url) > MAX_LENGTH:
        raise ValueError(f"{url[:60]}…: longer than {MAX_LENGTH} characters; no server takes it")
    if _CONTROL.search(url):
        raise ValueError(f"{url!r}: holds control characters; correct the link")
    scheme = _SCHEME.match(url)
    if scheme is None:
        raise ValueError(f"{url!r}: not an absolute URL; it must begin with http:// or https://")
    if scheme[1].lower() not in _DEFAULT_PORTS:
        raise UnsafeUrl(f"{url}: {scheme[1].lower()} is not spoken here, only http and https")
    found = _PARTS.match(_slashed(url))
    if found is None:
        raise ValueError(f"{url!r}: names no host; a URL reads http://host/path")
    return _Parts(found[1].lower(), found[2], found[3], found[4] or "", found[5] or "")


def _slashed(url: str) -> str:
    end = re.search(r"[?#]|\Z", url)
    cut = end.start() if end else len(url)
    return url[:cut].replace("\\", "/") + url[cut:]


def _split_authority(parts: _Parts) -> tuple[str, str]:
    if "@" in parts.authority:
        raise UnsafeUrl(f"the link to {parts.authority.rpartition('@')[2]} holds credentials")
    found = _AUTHORITY.match(parts.authority)
    if found is None or (found[2] and not 0 < int(found[2]) < 65536):
        raise ValueError(f"{parts.authority!r}: not a host with a port of 1 to 65535")
    return found[1], str(int(found[2])) if found[2] else ""


def _authority(parts: _Parts) -> str:
    host, port = _split_authority(parts)
    named = _host(host)
    return f"{named}:{port}" if port and port != _DEFAULT_PORTS[parts.scheme] else named


@functools.lru_cache(maxsize=4096)
def _host(written: str) -> str:
    if written.startswith("["):
        return f"[{_ipv6(written[1:-1])}]"
    if not written or len(written) > 1000:
        raise ValueError("the URL names no host" if not written else f"{written[:60]}…: no host")
    host = unquote_to_bytes(written).decode("utf-8", "replace")
    if not host.isascii():
        host = _idna(host)
    host = host.lower()
    labels = host.removesuffix(".").split(".")
    if len(host) > 254 or not all(_LABEL.match(label) for label in labels):
        raise ValueError(f"{written!r}: not the name of a host")
    if _is_number(labels):
        raise UnsafeUrl(
            f"{written}: an IPv4 address in disguise; only four plain numbers are asked for"
        )
    return host


def _is_number(labels: list[str]) -> bool:
    """
    Say whether a host is an IPv4 address that is not written as four plain numbers.

    Source: WHATWG URL, 3.5 (IPv4 parser)
    """
    if len(labels) > 4 or not all(_NUMBER.match(label) for label in labels):
        return False
    return len(labels) < 4 or not all(_PLAIN_NUMBER.match(label) for label in labels)


def _ipv6(written: str) -> ipaddress.IPv6Address:
    try:
        address = ipaddress.IPv6Address(written)
    except ValueError:
        raise ValueError(f"'[{written}]': not an IPv6 address") from None
    if address.scope_id:
        raise ValueError(f"'[{written}]': an address with a zone means nothing outside its machine")
    return address


def _idna(host: str) -> str:
    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError:
        pass
    # Names that IDNA 2008 forbids and registries still sell, such as those with emoji.
    try:
        labels = idna.uts46_remap(host).split(".")
    except idna.IDNAError as err:
        raise ValueError(f"{host!r}: not the name of a host ({err})") from err
    return ".".join(
        label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii")
        for label in labels
    )


def _encoded(text: str, safe: frozenset[int]) -> str:
    if text.isascii() and safe.issuperset(text[1:].encode()):
        return text
    try:
        raw = text[1:].encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half of a surrogate pair, which no encoding can write
        raw = text[1:].encode("utf-8", "replace")
    return text[:1] + "".join(chr(byte) if byte in safe else f"%{byte:02X}" for byte in raw)


def _without_dots(path: str) -> str:
    if "/." not in path:
        return path or "/"
    kept: list[str] = []
    segments = path.split("/")[1:]
    for segment in segments:
        if segment == "..":
            del kept[-1:]
        elif segment != ".":
            kept.append(segment)
    if segments[-1] in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept)


def _resolved(base: _Parts, text: str) -> str:
    """Resolve without cleaning; RFC 3986, 5.2.2, with the slashes of WHATWG, 4.4."""
    scheme = _SCHEME.match(text)
    named = scheme[1].lower() if scheme else base.scheme
    if named not in _DEFAULT_PORTS:
        return text
    rest = _slashed(text[scheme.end() :] if scheme else text)
    if rest.startswith("//") or named != base.scheme:
        resolved = f"{named}://{rest.lstrip('/')}"
    else:
        origin = f"{base.scheme}://{base.authority}"
        resolved = origin + _resolved_path(base, rest)
    return resolved if "#" in resolved else resolved + base.fragment


def _resolved_path(base: _Parts, rest: str) -> str:
    if rest.startswith("/"):
        return rest
    if rest.startswith("?"):
        return base.path + rest
    if not rest or rest.startswith("#"):
        return base.path + base.query + rest
    return (base.path.rpartition("/")[0] or "") + "/" + rest


def _route(parts: _Parts) -> str:
    """Give the fragment if it names a page of its own, as applications do."""
    return parts.fragment if parts.fragment[1:2] in ("!", "/") else ""


def _untracked(query: str) -> str:
    """Take tracking parameters out of a query that comes with its `?`."""
    fields = [field for field in query[1:].split("&") if field]
    kept = [each for each in fields if not _TRACKING.fullmatch(_name(each))]
    return "?" + "&".join(kept) if kept else ""


def _name(field: str) -> str:
    return unquote_plus(field.partition("=")[0])


@functools.lru_cache(maxsize=4096)
def _site(host: str) -> str:
    if not host or ":" in host or host.replace(".", "").isdigit():
        return host
    host = host.removesuffix(".")
    # A suffix that the list does not know counts as one label (the list's rule `*`).
    return suffixes.registrable(host, private=True) or ".".join(host.split(".")[-2:])

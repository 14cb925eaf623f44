"""What else does a page need to be shown? All that its HTML and CSS name; scripts are not run."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator
from dataclasses import dataclass

import tinycss2
from tinycss2.bytes import decode_stylesheet_bytes

from archiver.core import markup, urls

MAX_REQUISITES = 1_000
"""Most requisites of one document; a page that wants more is told to be cut."""

MAX_CSS = 4_000_000
"""How much of a style sheet is read, in bytes."""

_MAX_CANDIDATES = 50
_MAX_INLINE_FRAMES = 2  # of a srcdoc in a srcdoc
_LOADED = frozenset({
    "stylesheet", "icon", "apple-touch-icon", "apple-touch-icon-precomposed", "mask-icon",
    "manifest", "preload", "modulepreload", "image_src",
})  # fmt: skip
_PICTURED = re.compile(r"(?:og:image(?::(?:secure_)?url)?|twitter:image(?::src)?)\Z", re.IGNORECASE)
_CSS_URLS = re.compile(
    r"(?:url|src)\(\s*[\"']?(?!data:|#|[\"')])|@import|image-set\(", re.IGNORECASE
)
"""Whether CSS names anything at all: a whole look costs a second per megabyte."""
_SETS = frozenset({"image-set", "-webkit-image-set"})


class Kind(enum.Enum):
    """What a requisite is to its page; says whether it has requisites of its own."""

    STYLE = enum.auto()
    FRAME = enum.auto()
    OTHER = enum.auto()


@dataclass(frozen=True, slots=True)
class Requisite:
    """Something a document needs; `url` is as core.urls.fetchable gives it, without fragment."""

    url: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Wanted:
    """The requisites of one document, each once, in order; `whole` is False if a limit cut them."""

    requisites: tuple[Requisite, ...] = ()
    whole: bool = True


def of_html(page: markup.Markup, url: str) -> Wanted:
    """
    Find what a page needs: style sheets, pictures in all sizes, film and sound, scripts, icons,
    frames, what its own CSS names, and the picture it offers for previews.

    Args:
        page: The document.
        url: Where it came from, after redirects.

    Source: WHATWG HTML, 4.2.4, 4.8; lazy loading by `data-src` is common practice
    """
    found = _Found(url)
    _collect(page, found, depth=0)
    return found.wanted(whole=page.whole)


def of_css(css: bytes, url: str, *, charset: str | None = None) -> Wanted:
    """
    Find what a style sheet needs: imports, pictures, fonts.

    Args:
        css: Content decoded, perhaps cut.
        url: Where it came from, after redirects.
        charset: What Content-Type said.

    Source: CSS Syntax Level 3, 3.2; CSS Images Level 4
    """
    found = _Found(url)
    text, _ = decode_stylesheet_bytes(css[:MAX_CSS], protocol_encoding=charset)
    found.add_css(text)
    return found.wanted(whole=len(css) <= MAX_CSS)


class _Found:
    """Collects requisites of one document."""

    def __init__(self, url: str) -> None:
        self.base = self._own = urls.without_fragment(url)
        self._kinds: dict[str, Kind] = {}
        self._cut = False

    def add(self, reference: str, kind: Kind = Kind.OTHER) -> None:
        """Add a reference as written, unless it leads nowhere or to the document itself."""
        if not reference.strip():
            return
        url = urls.without_fragment(urls.absolute(self.base, reference))
        if url == self._own or not is_web(url):
            return
        known = self._kinds.get(url)
        if known is None and len(self._kinds) >= MAX_REQUISITES:
            self._cut = True
        elif known in (None, Kind.OTHER):
            self._kinds[url] = kind

    def add_set(self, srcset: str) -> None:
        """Add all candidates of a srcset: which one a reader will need is not known."""
        for candidate in _candidates(srcset):
            self.add(candidate)

    def add_css(self, css: str) -> None:
        """Add what CSS names, a sheet or declarations alike."""
        if _CSS_URLS.search(css):
            for reference, kind in _css_references(css):
                self.add(reference, kind)

    def wanted(self, *, whole: bool) -> Wanted:
        return Wanted(
            tuple(Requisite(url, kind) for url, kind in self._kinds.items()),
            whole and not self._cut,
        )


def is_web(url: str) -> bool:
    """Say whether a URL is one that `fetchable` gives."""
    if not url.startswith(("http://", "https://")):
        return False
    try:
        return urls.fetchable(url) == url
    except ValueError:
        return False


def _collect(page: markup.Markup, found: _Found, *, depth: int) -> None:
    base = next((each.get("href") for each in page.of("base") if each.get("href")), "")
    resolved = urls.without_fragment(urls.absolute(found.base, base)) if base else ""
    if is_web(resolved):
        found.base = resolved
    for element in page.elements:
        _collect_element(element, found)
        if element.tag == "iframe" and element.get("srcdoc") and depth < _MAX_INLINE_FRAMES:
            outer = found.base
            _collect(markup.read(element.get("srcdoc")), found, depth=depth + 1)
            found.base = outer


def _collect_element(element: markup.Element, found: _Found) -> None:
    match element.tag:
        case "link":
            _collect_link(element, found)
        case "meta":
            if _PICTURED.match(element.get("property") or element.get("name")):
                found.add(element.get("content"))
        case "style":
            found.add_css(element.text)
        case "iframe" | "frame":
            found.add(element.get("src"), Kind.FRAME)
            found.add(element.get("data-src"), Kind.FRAME)
        case "object":
            found.add(element.get("data"))
        case "use" | "image" | "feimage":
            found.add(element.get("href") or element.get("xlink:href"))
        case "base" | "html" | "title":
            pass
        case _:
            _collect_sources(element, found)
    found.add_css(element.get("style"))


def _collect_link(link: markup.Element, found: _Found) -> None:
    rels = set(link.get("rel").lower().split())
    if not rels & _LOADED:
        return
    is_style = "stylesheet" in rels or ("preload" in rels and link.get("as").lower() == "style")
    found.add(link.get("href"), Kind.STYLE if is_style else Kind.OTHER)
    found.add_set(link.get("imagesrcset"))


def _collect_sources(element: markup.Element, found: _Found) -> None:
    for name in ("src", "data-src", "poster", "background"):
        found.add(element.get(name))
    for name in ("srcset", "data-srcset"):
        found.add_set(element.get(name))


def _candidates(srcset: str) -> Iterator[str]:
    """Cut a srcset at its commas; one inside an address is part of it. WHATWG HTML, 4.8.4.4.10."""
    rest = srcset
    for _ in range(_MAX_CANDIDATES):
        rest = rest.lstrip(" \t\r\n\f,")
        if not rest:
            return
        url, *after = rest.split(None, 1)
        rest = after[0] if after else ""
        if not url.endswith(","):
            rest = rest.partition(",")[2]
        yield url.rstrip(",")


def _css_references(css: str) -> Iterator[tuple[str, Kind]]:
    """Give each URL of CSS, in order; the nesting is walked without recursion."""
    waiting = [(iter(tinycss2.parse_component_value_list(css, skip_comments=True)), False)]
    rule = ""
    while waiting:
        tokens, in_set = waiting[-1]
        token = next(tokens, None)
        if token is None:
            waiting.pop()
            continue
        reference = _reference(token, is_string_url=in_set or rule == "import")
        if reference is not None and rule != "namespace":
            yield reference, Kind.STYLE if rule == "import" else Kind.OTHER
        if token.type == "at-keyword":
            rule = token.lower_value
        elif token.type != "whitespace":
            rule = "namespace" if rule == "namespace" and token.type == "ident" else ""
        inside = _inside(token)
        if reference is None and inside is not None:
            waiting.append((iter(inside), token.type == "function" and token.lower_name in _SETS))


def _reference(token: tinycss2.ast.Node, *, is_string_url: bool) -> str | None:
    if token.type == "url" or (token.type == "string" and is_string_url):
        return str(token.value)
    if token.type == "function" and token.lower_name in ("url", "src"):
        strings = (each.value for each in token.arguments if each.type == "string")
        return next(strings, None)
    return None


def _inside(token: tinycss2.ast.Node) -> list[tinycss2.ast.Node] | None:
    if token.type == "function":
        return list(token.arguments)
    if token.type in ("{} block", "[] block", "() block"):
        return list(token.content)
    return None

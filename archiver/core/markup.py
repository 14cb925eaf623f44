"""
Which elements and which words does an HTML document hold, in order?

libxml2's tokenizer without a tree: on bad markup an HTML5 tree builder needs time that grows with
the square of the nesting (64,000 open elements took 5 s, 500,000 minutes), and hostile pages know.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from lxml import etree  # type: ignore[import-untyped]  # lxml brings no types

MAX_DEPTH = 1_000
MAX_ELEMENTS = 20_000
MAX_TEXT = 2_000_000

_TELLING = frozenset({
    "html", "base", "meta", "link", "title", "script", "style", "img", "image", "source", "video",
    "audio", "track", "iframe", "frame", "embed", "object", "input", "body", "use", "feimage",
})  # fmt: skip
"""Elements that are kept whatever their attributes are."""
_TELLING_ATTRIBUTES = frozenset({
    "style", "background", "poster", "data-src", "data-srcset", "data-tracking-control-name",
})  # fmt: skip
_VERBATIM = frozenset({"script", "style", "title"})
"""Elements whose text is kept with them."""
_SILENT = frozenset({
    "script", "style", "title", "template", "noscript", "textarea", "select", "iframe", "object",
    "noframes", "svg", "math", "audio", "video",
})  # fmt: skip
"""Elements whose words a reader does not see."""
_INLINE = frozenset({
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "dfn", "em", "font", "i", "img", "ins",
    "kbd", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u",
    "var", "wbr",
})  # fmt: skip
_CHUNK = 65_536


@dataclass(frozen=True, slots=True)
class Element:
    """
    A start tag that tells something.

    Attributes:
        tag: Lower case.
        attributes: Names in lower case, the first of two of the same name.
        text: What stands in a script, style or title; empty for other elements.
        noscript: It stands in a <noscript>.
    """

    tag: str
    attributes: Mapping[str, str]
    text: str = ""
    noscript: bool = False

    def get(self, name: str) -> str:
        """Give an attribute without white space around it; empty if it is absent."""
        return self.attributes.get(name, "").strip()


@dataclass(frozen=True, slots=True)
class Markup:
    """
    What a document holds.

    Attributes:
        text: The words a reader sees, blocks on lines of their own.
        whole: False if a limit of this module ended the reading.
    """

    elements: tuple[Element, ...]
    text: str
    whole: bool = True

    def of(self, *tags: str) -> Iterator[Element]:
        """Give the elements with one of these tags."""
        return (each for each in self.elements if each.tag in tags)


def read(html: str, also: frozenset[str] = frozenset()) -> Markup:
    """
    Read a document, however bad its markup is; time and memory grow with its length only.

    Args:
        also: Elements that are kept beside those that usually tell something, e.g. `a`.
    """
    reader = _Reader(_TELLING | also)
    parser = etree.HTMLParser(target=reader, encoding="utf-8", huge_tree=True, recover=True)
    raw = html.encode("utf-8", "replace")
    whole = True
    try:
        for start in range(0, len(raw), _CHUNK):
            parser.feed(raw[start : start + _CHUNK])
        parser.close()
    except _TooDeep:
        whole = False
    except etree.LxmlError:
        pass  # a document without any element
    return reader.markup(whole=whole)


class _TooDeep(Exception):
    """Nested beyond all sense; the rest of the document is not read."""


@dataclass(slots=True)
class _Found:
    tag: str
    attributes: Mapping[str, str]
    noscript: bool
    text: list[str] = field(default_factory=list)


class _Reader:
    """Is told each tag and each piece of text by libxml2."""

    def __init__(self, telling: frozenset[str]) -> None:
        self._telling = telling
        self._open: list[str] = []
        self._silent = 0
        self._noscript = 0
        self._elements = 0
        self._found: list[_Found] = []
        self._verbatim: _Found | None = None
        self._text: list[str] = []
        self._chars = self._verbatim_chars = 0

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """Note a start tag."""
        tag = tag.lower()
        self._open.append(tag)
        self._silent += tag in _SILENT
        self._noscript += tag == "noscript"
        if tag not in _INLINE:
            self._text.append("\n")
        if tag in self._telling or not _TELLING_ATTRIBUTES.isdisjoint(attributes):
            kept = MappingProxyType({name.lower(): value for name, value in attributes.items()})
            self._keep(_Found(tag, kept, self._noscript > 0))
        if len(self._open) > MAX_DEPTH:
            raise _TooDeep

    def end(self, tag: str) -> None:
        """Note an end tag, written or implied."""
        tag = self._open.pop() if self._open else tag
        self._silent -= tag in _SILENT
        self._noscript -= tag == "noscript"
        if tag in _VERBATIM:
            self._verbatim = None
        if tag not in _INLINE:
            self._text.append("\n")

    def data(self, text: str) -> None:
        """Note text."""
        if self._verbatim is not None:
            self._verbatim_chars += len(text)
            if self._verbatim_chars <= MAX_TEXT:
                self._verbatim.text.append(text)
        elif not self._silent:
            self._chars += len(text)
            if self._chars <= MAX_TEXT:
                self._text.append(text)

    def close(self) -> None:
        """End."""

    def markup(self, *, whole: bool) -> Markup:
        """Give what was noted."""
        chars = max(self._chars, self._verbatim_chars)
        whole = whole and chars <= MAX_TEXT and self._elements <= MAX_ELEMENTS
        lines = (" ".join(line.split()) for line in "".join(self._text).split("\n"))
        elements = (
            Element(each.tag, each.attributes, "".join(each.text), each.noscript)
            for each in self._found
        )
        return Markup(tuple(elements), "\n".join(filter(None, lines)), whole)

    def _keep(self, found: _Found) -> None:
        self._elements += 1
        if self._elements > MAX_ELEMENTS:
            return
        self._found.append(found)
        if found.tag in _VERBATIM:
            self._verbatim = found

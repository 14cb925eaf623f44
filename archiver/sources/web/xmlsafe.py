"""Which tree does the XML of a feed make, however hostile or broken it is?"""

from __future__ import annotations

import html.entities
import re
from dataclasses import dataclass
from typing import Any

from lxml import etree  # type: ignore[import-untyped]  # lxml brings no types

from archiver.core.richtext import clean

Element = Any  # lxml brings no types

_DECLARATION = re.compile(r"<\?xml[^>]*+>")
_REFERENCE = re.compile(
    r"&(?:(#[0-9]{1,7};|#[xX][0-9a-fA-F]{1,6};|(?:amp|lt|gt|quot|apos);)|([A-Za-z][A-Za-z0-9]{1,31};))?"
)
_CDATA, _CDATA_END = "<![CDATA[", "]]>"
_LAST = "archiver-end"
_STRING = etree.XPath("string()")


@dataclass(frozen=True, slots=True)
class Tree:
    """
    A document.

    Attributes:
        whole: False if the document ended before its root did, or nests beyond all sense; then
            its last element may be half of what it was.
    """

    root: Element
    whole: bool


def read(text: str) -> Tree | None:
    """
    Read XML and mend what many feeds break: names of HTML entities, a bare `&`.

    No entity but those of XML and HTML is known, no document type is looked at, nothing is
    fetched; depth is bounded by libxml2 (256). Time and memory grow with the length only
    (feedparser needed 13 s for 300 kB of attributes, this 0.1 s for 3 MB).

    Args:
        text: Decoded, its declaration may still name another encoding.

    Returns:
        None if there is no element.
    """
    text = clean(text).lstrip()
    declared = _DECLARATION.match(text)  # a search would try each space of many again
    text = _mended(text[declared.end() :] if declared else text)
    # An instruction after the root is only read if the parser came so far.
    raw = f"{text.strip()}<?{_LAST}?>".encode()
    parser = etree.XMLParser(
        encoding="utf-8",
        recover=True,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
    )
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError:
        return None
    if root is None:
        return None
    last = root.getnext()
    return Tree(root, whole=last is not None and last.tag is etree.PI)


def words(element: Element) -> str:
    """Give all words in an element, without white space around them."""
    found: str = _STRING(element)
    return found.strip()


def inside(element: Element) -> str:
    """Give the markup in an element as HTML, whatever prefixes it was written with."""
    for each in element.iter(etree.Element):
        each.tag = each.tag.rpartition("}")[2].rpartition(":")[2]
    etree.cleanup_namespaces(element)
    written: str = etree.tostring(element, encoding="unicode", method="html", with_tail=False)
    return written.partition(">")[2].rpartition("<")[0]


def _mended(text: str) -> str:
    pieces: list[str] = []
    at = 0
    while (start := text.find(_CDATA, at)) >= 0:
        pieces.append(_REFERENCE.sub(_reference, text[at:start]))
        end = text.find(_CDATA_END, start)
        at = len(text) if end < 0 else end + len(_CDATA_END)
        pieces.append(text[start:at])
    pieces.append(_REFERENCE.sub(_reference, text[at:]))
    return "".join(pieces)


def _reference(found: re.Match[str]) -> str:
    if found[1]:
        return found[0]
    if not found[2]:
        return "&amp;"
    letters = html.entities.html5.get(found[2])
    if letters is None:
        return f"&amp;{found[2]}"
    return "".join(f"&#{ord(letter)};" for letter in letters)

"""What does a page really hold, as a browser would parse it?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

_ADDRESSES = ("href", "src", "poster", "cite", "action", "data", "srcset", "background")
_OURS = (
    "html head meta title link body a header main article ol ul li p h1 h2 h3 time bdi span div "
    "details summary figure figcaption img video audio blockquote section dl dt dd code table "
    "caption thead tbody tr th td footer nav br button textarea"
)
_OF_POSTS = "b strong em i s del ins u sub sup pre ruby rt rp"  # clean.html lets them through
TAGS = frozenset(f"{_OURS} {_OF_POSTS}".split())


class Part:
    """An element."""

    def __init__(self, node: LexborNode) -> None:
        self._node = node
        self.tag = node.tag or ""
        self.attributes = {name: value or "" for name, value in node.attributes.items()}

    def all(self, selector: str) -> list[Part]:
        """Give all elements in it that match."""
        return [Part(node) for node in self._node.css(selector)]

    def one(self, selector: str) -> Part:
        """Give the first element in it that matches; there must be one."""
        found = self.all(selector)
        assert found, f"nothing matches {selector}"
        return found[0]

    @property
    def raw(self) -> str:
        """Its text as it stands."""
        return self._node.text()

    @property
    def words(self) -> str:
        """Its text with single spaces."""
        return " ".join(self._node.text().split())


def parse(page: bytes) -> Part:
    """Parse a page."""
    root = LexborHTMLParser(page.decode("utf-8")).root
    assert root is not None
    return Part(root)


def text(page: bytes) -> str:
    """Give the words of a page with single spaces."""
    return parse(page).one("body").words


def faults(page: bytes) -> list[str]:
    """Say what a page may not hold: foreign elements, handlers, styles, requests to others."""
    return list(_faults(page))


def _faults(page: bytes) -> Iterator[str]:
    for part in parse(page).all("*"):
        if part.tag not in TAGS and not _is_our_script(part):
            yield f"element {part.tag}"
        for name, value in part.attributes.items():
            if name.startswith("on") or name in ("style", "srcdoc"):
                yield f"attribute {name} of {part.tag}"
            if name in _ADDRESSES:
                yield from _address(part.tag, name, value)


def _is_our_script(part: Part) -> bool:
    """Our one file, or a block of schema.org, which no browser runs."""
    if part.tag != "script":
        return False
    if part.attributes.get("type") == "application/ld+json":
        return isinstance(json.loads(part.raw), dict)
    source = part.attributes.get("src", "")
    return bool(re.fullmatch(r"(\.\./)*(\./)?(/[a-z/]*)?static/page-[0-9a-f]{12}\.js", source))


def _address(tag: str, name: str, value: str) -> Iterator[str]:
    outside = value.startswith(("http://", "https://", "//"))
    scheme = value.partition(":")[0] if ":" in value.partition("/")[0] else ""
    if scheme and not outside:
        yield f"{tag} {name} has scheme {scheme}"
    if outside and (name not in ("href", "cite") or tag not in ("a", "link", "blockquote")):
        yield f"{tag} {name} leads outside: {value}"

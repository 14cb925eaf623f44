"""Does a page lead on by a script that names the next address literally?"""

from __future__ import annotations

import re

from archiver.core import markup
from archiver.models import Exchange, Mechanism
from archiver.ports import HopFound
from archiver.resolvers import page

_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|^[^\S\n]*//[^\n]*", re.DOTALL | re.MULTILINE)
_MOVE = re.compile(
    r"""(?<![\w$.-])
        (?:(?:window|self|top|parent|document|this|globalThis)\s*\.\s*){0,3}
        location\s*
        (?: (?:\.\s*href\s*)? = (?!=) \s* | \.\s*(?:replace|assign)\s*\(\s* )
        (?P<quote>["'`]) (?P<address>(?:\\.|(?!(?P=quote))[^\\\n]){1,8000}) (?P=quote)
        [^\S\n]*(?=[;)},\n]|\Z)  # not one part of a longer expression""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(.))", re.S)
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}


class JsRedirect:
    """
    `location.replace("…")`, `location.href = "…"`, `window.location = "…"` in a script.

    Scripts are read, never run: an address that is put together from parts is not found.
    """

    def next_hop(self, exchange: Exchange) -> HopFound | None:
        """Follow the first literal address of a short, bare document or a known shortener."""
        html = page.html_of(exchange)
        if html is None or "location" not in html:
            return None
        known = page.is_shortener(exchange)
        if not known and not page.is_short(html):
            return None
        held = markup.read(html)
        if not known and not page.is_bare(held):
            return None
        for script in held.of("script"):
            hop = page.found(exchange, Mechanism.JS, _address(script.text))
            if hop is not None:
                return hop
        return None


def _address(script: str) -> str | None:
    for found in _MOVE.finditer(_COMMENT.sub("", script)):
        if found["quote"] != "`" or "${" not in found["address"]:
            return _unescaped(found["address"])
    return None


def _unescaped(literal: str) -> str:
    def char(found: re.Match[str]) -> str:
        digits = found[1] or found[2] or found[3]
        if digits is None:
            return _LETTERS.get(found[4], found[4])
        return chr(int(digits, 16)) if int(digits, 16) < 0x110000 else "\ufffd"

    return _ESCAPE.sub(char, literal)

"""Where do the addresses in a style sheet lead, once it is shown from the archive?"""

from __future__ import annotations

import re
from collections.abc import Callable

Move = Callable[[str], str]
"""Gives the new address for one as written."""

# Comments and plain strings are matched so that nothing inside them is taken for an address.
# Possessive quantifiers keep it linear, whatever a hostile sheet leaves open.
_TOKEN = re.compile(
    r"""
    /\*.*?(?:\*/|\Z)
    | (?P<import>@import\s++)(?P<name>"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+')
    | (?P<open>\burl\(\s*+)
      (?P<url>"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|(?:[^\s"'()\\]|\\.)*+)
      (?P<close>\s*+\))
    | "(?:[^"\\\n]|\\.|\\\Z)*+(?:"|\Z|(?=\n))
    | '(?:[^'\\\n]|\\.|\\\Z)*+(?:'|\Z|(?=\n))
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_ESCAPE = re.compile(
    r"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\r\n\f])?|(\r\n|[\n\r\f])|(.))", re.DOTALL
)
_UNSAFE = re.compile(r"""[\s"'()<>\\\x00-\x1f\x7f]""")


def css(text: str, move: Move) -> str:
    """
    Change every `url(…)` and `@import "…"`; everything else stays as it was written.

    Args:
        text: A style sheet, or the value of a `style` attribute.
        move: Gives the new address for one as written.

    Source: CSS Syntax Level 3, 4.3; CSS Cascade, 2 (@import)

    >>> css("a{background:url( 'x.png' )} /* url(y) */", lambda url: "/copy/" + url)
    'a{background:url( "/copy/x.png" )} /* url(y) */'
    """

    def changed(found: re.Match[str]) -> str:
        if found["import"] is not None:
            return f"{found['import']}{_quoted(move(_value(found['name'])))}"
        if found["open"] is not None:
            return f"{found['open']}{_quoted(move(_value(found['url'])))}{found['close']}"
        return found[0]

    return _TOKEN.sub(changed, text)


def _value(token: str) -> str:
    if token[:1] in ('"', "'"):
        token = token[1:-1]
    return _ESCAPE.sub(_unescaped, token)


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        point = int(found[1], 16)
        surrogate = 0xD800 <= point <= 0xDFFF
        return "\ufffd" if point == 0 or surrogate or point > 0x10FFFF else chr(point)
    return "" if found[2] else found[3]


def _quoted(url: str) -> str:
    """Write an address so that it ends neither the string nor a <style> element around it."""
    return '"' + _UNSAFE.sub(_encoded, url) + '"'


def _encoded(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8"))

"""Where do the addresses in a style sheet lead, once it is shown from the archive?"""

from __future__ import annotations

import re
from collections.abc import Callable

Move = Callable[[str], str]
"""Gives the new address for one as written."""

# Comments and plain strings are matched so that nothing inside them is taken for an address.
# Possessive quantifiers keep it linear, whatever a hostile sheet leaves open.
_TOKENS = r"""
    /\*.*?(?:\*/|\Z)
    | (?P<import>@import(?:\s|/\*.*?\*/)*+)(?P<name>"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+')
    | (?P<open>\burl\(\s*+)
      (?P<url>"(?:[^"\\\n]|\\.)*+"|'(?:[^'\\\n]|\\.)*+'|(?:[^\s"'()\\]|\\.)*+)
      (?P<close>\s*+\))
    | (?P<string>"(?:[^"\\\n]|\\.|\\\Z)*+(?:"|\Z|(?=\n)) | '(?:[^'\\\n]|\\.|\\\Z)*+(?:'|\Z|(?=\n)))
    """
_TOKEN = re.compile(_TOKENS, re.VERBOSE | re.DOTALL | re.IGNORECASE)
_TOKEN_OF_SETS = re.compile(
    _TOKENS + r"| (?P<set>\b(?:-webkit-)?image-set\() | (?P<mark>[(){};])",
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_ESCAPE = re.compile(
    r"\\(?:([0-9a-fA-F]{1,6})(?:\r\n|[ \t\r\n\f])?|(\r\n|[\n\r\f])|(.))", re.DOTALL
)
_UNSAFE = re.compile(r"""[\s"'()<>\\\x00-\x1f\x7f]""")


def css(text: str, move: Move) -> str:
    """
    Change every `url(…)`, `@import "…"` and `image-set("…")`; all else stays as it was written.

    Args:
        text: A style sheet, or the value of a `style` attribute.
        move: Gives the new address for one as written.

    Source: CSS Syntax Level 3, 4.3; CSS Cascade, 2 (@import)

    >>> css("a{background:url( 'x.png' )} /* url(y) */", lambda url: "/copy/" + url)
    'a{background:url( "/copy/x.png" )} /* url(y) */'
    """

    if "image-set(" in text.lower():
        return _TOKEN_OF_SETS.sub(_Sets(move).changed, text)
    return _TOKEN.sub(lambda found: _changed(found, move), text)


def _changed(found: re.Match[str], move: Move) -> str:
    if found["import"] is not None:
        return f"{found['import']}{_quoted(move(_value(found['name'])))}"
    if found["open"] is not None:
        return f"{found['open']}{_quoted(move(_value(found['url'])))}{found['close']}"
    return found[0]


class _Sets:
    """
    Also changes the strings that stand in `image-set(…)`, but those of `type(…)` in it.

    Source: CSS Images Level 4, 2.4
    """

    def __init__(self, move: Move) -> None:
        self._move = move
        self._within: list[bool] = []  # for each open parenthesis: is it that of a set?

    def changed(self, found: re.Match[str]) -> str:
        """Give what stands instead of a token."""
        if found["set"] is not None:
            self._within.append(True)
        elif found["mark"] == "(":
            self._within.append(False)
        elif found["mark"] == ")":
            del self._within[-1:]
        elif found["mark"] is not None:  # no value goes on after these
            self._within.clear()
        elif found["string"] is not None and self._within[-1:] == [True]:
            return _quoted(self._move(_value(found["string"])))
        return _changed(found, self._move)


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

"""Is a text read from right to left? By its language, else by its first letter that says so."""

from __future__ import annotations

import re
import unicodedata
from html import unescape

# Languages that are written from right to left unless their tag names another script.
_LANGUAGES = frozenset(
    ("ar", "arc", "arz", "azb", "bal", "bgn", "bqi", "ckb", "dv", "fa", "glk", "he", "iw", "ji",
     "ks", "lrc", "luz", "mzn", "nqo", "pes", "pnb", "prs", "ps", "rhg", "sd", "sdh", "skr",
     "syr", "ug", "ur", "ydd", "yi")
)  # fmt: skip
_SCRIPTS = frozenset(
    ("adlm", "arab", "aran", "hebr", "mand", "nkoo", "rohg", "samr", "syrc", "thaa")
)
_SCRIPT = re.compile(r"[a-z]{4}")
_TAG = re.compile(r"<[^>]*>")
_ENOUGH = 4_000


def is_rtl(language: str | None, words: str) -> bool:
    """
    Say whether a text runs from right to left.

    Args:
        language: BCP 47, where known; a script in it decides.
        words: Plain text or HTML; asked only if the language is not known.

    Source: Unicode Standard Annex 9, P2 and P3, for texts without a known language.

    >>> is_rtl("ug", ""), is_rtl("ug-Latn", ""), is_rtl(None, "<p>1. שלום"), is_rtl(None, "a ש")
    (True, False, True, False)
    """
    if language:
        tag, *subtags = language.lower().split("-")
        script = next((each for each in subtags if _SCRIPT.fullmatch(each)), None)
        return script in _SCRIPTS if script else tag in _LANGUAGES
    for letter in unescape(_TAG.sub("", words[:_ENOUGH])):
        kind = unicodedata.bidirectional(letter)
        if kind in ("R", "AL"):
            return True
        if kind == "L":
            return False
    return False

"""
Which words does a text hold, as the search index and its readers compare them? Pure.

Letters are folded: case, width, accents, vowel points, tatweel and the forms of alef and hamza.
Scripts that set no spaces between words (Chinese, Japanese, Korean, Thai, …) are cut into pairs of
neighbouring letters, so that any part of a sentence is found by its own pairs.
"""

from __future__ import annotations

import functools
import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

LONGEST_WORD = 64
"""In letters; what goes on longer, such as a key, counts as several words."""

# Marks that only colour a letter. Those of Indic scripts and kana are letters of their own.
_COLOURING = re.compile(
    "[\u00ad\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7"
    "\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069"
    "\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff]+"
)
_SAME = str.maketrans(
    {
        "ٱ": "ا", "ى": "ي", "ی": "ي", "ک": "ك", "ة": "ه",
        "ø": "o", "đ": "d", "ł": "l", "ħ": "h", "ı": "i", "æ": "ae", "œ": "oe", "_": " ",
        **{chr(zero + n): str(n) for zero in (0x660, 0x6F0, 0x966) for n in range(10)},
    }
)  # fmt: skip

_DENSE_LETTERS = (
    "\u0e01-\u0e4e\u0e80-\u0ece\u1000-\u103f\u1050-\u109f\u1100-\u11ff\u1780-\u17d3"
    "\u2e80-\u2fdf\u3005-\u3007\u3031-\u3035\u3041-\u3096\u3099\u309a\u309d-\u309f\u30a1-\u30fa"
    "\u30fc-\u30ff\u3105-\u318f\u31a0-\u31bf\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\ua960-\ua97f"
    "\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
)
_DENSE = re.compile(f"[{_DENSE_LETTERS}]")


@dataclass(frozen=True, slots=True)
class Phrase:
    """
    Words that stand one after the other.

    Attributes:
        words: Folded, not empty, made of letters and digits only.
        prefix: The last one may go on.
        shown: The same as it stands in a folded text: not cut into pairs, in order.
    """

    words: tuple[str, ...]
    prefix: bool = False
    shown: tuple[str, ...] = ()


def fold(text: str) -> str:
    """
    Give a text in the form in which words are compared; folding twice changes nothing.

    >>> fold("Größe, ÉCOLE, ﬁn, العَرَبِيّـة, أحمد")
    'grosse, ecole, fin, العربيه, احمد'
    """
    if text.isascii():
        return text.lower().replace("_", " ")
    for _ in range(3):  # a letter may fold into one that folds again; seen: never more than twice
        folded = _folded_once(text)
        if folded == text:
            break
        text = folded
    return text


def _folded_once(text: str) -> str:
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    return unicodedata.normalize("NFC", _COLOURING.sub("", apart)).translate(_SAME)


def words(text: str) -> list[str]:
    """
    Give the words of a text in order, folded.

    >>> words("Die Größe: 日本語")
    ['die', 'grosse', '日本', '本語', '語']
    """
    folded = fold(text)
    runs = _runs(folded)
    if folded.isascii() or _DENSE.search(folded) is None:
        return runs
    return [each for run in runs for each in _of_run(run)]


def phrase(text: str) -> Phrase | None:
    """
    Give the words of a question that must stand side by side; None if there is no letter in it.

    A star at its end lets the last word go on.

    >>> phrase("日本語").words, phrase("語").prefix, phrase("harb*").prefix
    (('日本', '本語'), True, True)
    """
    runs = _runs(fold(text))
    if not runs:
        return None
    found = [each for run in runs for each in _of_run(run)]
    dense = is_dense(runs[-1])
    if dense and len(runs[-1]) > 1:
        found.pop()  # the letter at the end of a run stands alone only where the run ends there
    starred = text.rstrip().endswith("*")
    prefix = (dense and len(runs[-1]) == 1) or (starred and len(runs[-1]) > 1 and not dense)
    return Phrase(tuple(found), prefix, tuple(runs))


def dense_letters(text: str) -> list[str]:
    """
    Give each letter of scripts without spaces once, in order of code.

    >>> dense_letters("a港の港")
    ['の', '港']
    """
    return [] if text.isascii() else sorted(set(_DENSE.findall(text)))


def is_dense(run: str) -> bool:
    """Say whether a run is of a script that sets no spaces between its words."""
    return _DENSE.match(run) is not None


@functools.lru_cache(maxsize=50_000)
def facet(kind: str, value: str) -> str:
    """
    Give the one word that stands for a property, such as a platform, in the index.

    >>> facet("tag", "Ürümqi") == facet("tag", "urumqi")
    True
    """
    named = f"{kind}\n{' '.join(fold(value).split())}".encode("utf-8", "surrogatepass")
    return f"f{hashlib.blake2b(named, digest_size=7).hexdigest()}"


def host_facets(host: str) -> Iterable[str]:
    """Give the facets of a host and of every domain above it, such as `icij.org`."""
    labels = host.lower().strip(".").split(".")
    for start in range(max(1, len(labels) - 1)):
        yield facet("site", ".".join(labels[start:]))


def _runs(folded: str) -> list[str]:
    if folded.isascii():
        return _ASCII.findall(folded)
    plain, mixed = _patterns()
    return mixed.findall(folded) if _DENSE.search(folded) else plain.findall(folded)


def _of_run(run: str) -> list[str]:
    if not is_dense(run):
        return [run]
    return [run[at : at + 2] for at in range(len(run) - 1)] + [run[-1]]


_ASCII = re.compile(f"[a-z0-9]{{1,{LONGEST_WORD}}}")


@functools.cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Words begin with a letter or digit; marks belong to them, which `\\w` does not know."""
    marks = re.escape(
        "".join(
            chr(code)
            for code in range(0x300, 0x1F000)
            if not 0xD800 <= code < 0xE000 and unicodedata.category(chr(code)).startswith("M")
        )
    )
    other, more = f"(?![{_DENSE_LETTERS}])", LONGEST_WORD - 1
    mixed = rf"{other}[^\W_](?:{other}[\w{marks}]){{0,{more}}}"
    plain = rf"[^\W_][\w{marks}]{{0,{more}}}"
    return re.compile(plain), re.compile(rf"[{_DENSE_LETTERS}]+|{mixed}")

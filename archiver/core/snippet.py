"""Which few words of a text show why it was found? Pure; escaping is left to who shows them."""

from __future__ import annotations

import bisect
import re
from collections.abc import Sequence
from dataclasses import dataclass

from archiver.core import searchwords
from archiver.core.searchwords import Phrase

_LOOKED_AT = 60_000
"""Letters of a long page that are looked through."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a snippet; `marked` if it is what was searched for."""

    text: str
    marked: bool = False


def snippet(text: str, phrases: Sequence[Phrase], *, longest: int = 240) -> tuple[Piece, ...]:
    """
    Cut out of a text where phrases stand closest, with the phrases marked.

    Args:
        text: As it was written.
        longest: In letters, more or less: words are not cut. Of scripts whose letters are words
            or syllables it is three fifths of them.

    Returns:
        Pieces in order; together one line of the text, an ellipsis where it goes on. The
        beginning, unmarked, if no phrase is there; nothing of an empty text.
    """
    text = text[:_LOOKED_AT]
    sample = text[:400]
    if 2 * sum(map(searchwords.is_dense, sample)) > len(sample):
        longest = longest * 3 // 5
    spots = _spots(text, phrases)
    start = _start(spots, longest)
    end = min(len(text), start + longest)
    start, end = _widened(text, start, end)
    return tuple(_pieces(text, start, end, spots))


def holds(text: str, phrases: Sequence[Phrase]) -> bool:
    """Say whether any of the phrases stands in a text."""
    return bool(_spots(text[:_LOOKED_AT], phrases))


def _spots(text: str, phrases: Sequence[Phrase]) -> list[tuple[int, int]]:
    """Where phrases stand, ascending, none within another."""
    pattern = _pattern(phrases)
    if pattern is None:
        return []
    folded, places = _mapped(text)
    spots: list[tuple[int, int]] = []
    for found in pattern.finditer(folded):
        if found.end() > found.start():
            last = places[found.end() - 1]
            spots.append((places[found.start()], last + 1))
    return spots


def _pattern(phrases: Sequence[Phrase]) -> re.Pattern[str] | None:
    ways = []
    for each in phrases:
        inner = r"[\W_]*".join(re.escape(run) for run in each.shown)
        begins = r"(?<![^\W_])" if not searchwords.is_dense(each.shown[0]) else ""
        ends = r"(?![^\W_])" if not searchwords.is_dense(each.shown[-1]) else ""
        if each.prefix and ends:
            ends = r"\w*"
        ways.append(f"{begins}{inner}{ends}")
    return re.compile("|".join(sorted(ways, key=len, reverse=True))) if ways else None


def _mapped(text: str) -> tuple[str, Sequence[int]]:
    """Fold a text letter by letter, and say from which letter each came."""
    folded = searchwords.fold(text)
    if len(folded) == len(text):
        return folded, range(len(text))
    known: dict[str, str] = {}
    letters: list[str] = []
    places: list[int] = []
    for at, letter in enumerate(text):
        if letter not in known:
            known[letter] = searchwords.fold(letter)
        letters.append(known[letter])
        places.extend([at] * len(known[letter]))
    return "".join(letters), places


def _start(spots: Sequence[tuple[int, int]], longest: int) -> int:
    """Begin a little before the place from which most spots fit into the length."""
    if not spots:
        return 0
    starts = [start for start, _ in spots]
    most = max(
        range(len(starts)),
        key=lambda at: (bisect.bisect_left(starts, starts[at] + longest * 3 // 4) - at, -at),
    )
    return max(0, starts[most] - longest // 4)


def _widened(text: str, start: int, end: int) -> tuple[int, int]:
    """Move the ends to the nearest space, if one is near."""
    if start > 0:
        space = text.find(" ", start, start + 24)
        start = space + 1 if space >= 0 else start
    if end < len(text):
        space = text.rfind(" ", max(start, end - 24), end)
        end = space if space > start else end
    return start, end


def _pieces(text: str, start: int, end: int, spots: Sequence[tuple[int, int]]) -> list[Piece]:
    found: list[Piece] = []
    at = start
    for begin, stop in spots:
        if begin < at or stop > end:
            continue
        if begin > at:
            found.append(Piece(_line(text[at:begin])))
        found.append(Piece(_line(text[begin:stop]), marked=True))
        at = stop
    if at < end:
        found.append(Piece(_line(text[at:end])))
    if start > 0:
        found.insert(0, Piece("…"))
    if end < len(text):
        found.append(Piece("…"))
    return [each for each in found if each.text]


_SPACES = re.compile(r"\s+")


def _line(text: str) -> str:
    return _SPACES.sub(" ", text)

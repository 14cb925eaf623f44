"""Which words changed between two versions of a text?"""

from __future__ import annotations

import difflib
import enum
import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass

_TOKEN = re.compile(r"\s+|\w+|[^\w\s]")
_MOST_TOKENS = 4_000
"""Beyond so many words on one side they are compared line by line: the cost grows squared."""
_MOST_LINES = 2_000


class Op(enum.StrEnum):
    """What happened to a piece of text."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text that was kept, removed or added."""

    op: Op
    text: str


def word_diff(before: str, after: str) -> tuple[Piece, ...]:
    """
    Compare two texts word by word.

    Returns:
        Pieces in reading order. The kept and removed ones are `before`, the kept and added ones
        are `after`, to the letter; neighbours are of different kinds.

    >>> [(str(each.op), each.text) for each in word_diff("ten files", "six files")]
    [('removed', 'ten'), ('added', 'six'), ('kept', ' files')]
    """
    old, new = _split(before, after)
    # What is the same at both ends costs nothing: most edits of a long text change a few words.
    head = _same(zip(old, new, strict=False))
    rest = min(len(old), len(new)) - head
    tail = _same(itertools.islice(zip(reversed(old), reversed(new), strict=False), rest))
    kept_before, kept_after = "".join(old[:head]), "".join(old[len(old) - tail :])
    old, new = old[head : len(old) - tail], new[head : len(new) - tail]
    pieces = [Piece(Op.KEPT, kept_before)] if kept_before else []
    # Without autojunk: it takes common words for noise in texts of over 200.
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    for tag, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        removed, added = "".join(old[old_from:old_to]), "".join(new[new_from:new_to])
        if tag == "equal":
            pieces.append(Piece(Op.KEPT, removed))
            continue
        pieces += [Piece(Op.REMOVED, removed)] if removed else []
        pieces += [Piece(Op.ADDED, added)] if added else []
    pieces += [Piece(Op.KEPT, kept_after)] if kept_after else []
    return tuple(_joined(pieces))


def _same(pairs: Iterable[tuple[str, str]]) -> int:
    """Count the pairs at the beginning whose sides are equal."""
    return sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _split(before: str, after: str) -> tuple[list[str], list[str]]:
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    if max(len(old), len(new)) <= _MOST_TOKENS:
        return old, new
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    if max(len(old), len(new)) <= _MOST_LINES:
        return old, new
    return [before], [after]


def _joined(pieces: list[Piece]) -> list[Piece]:
    """Let a space between two changed words change with them: that is how people read it."""
    joined: list[Piece] = []
    for place, piece in enumerate(pieces):
        blank = piece.op is Op.KEPT and piece.text.isspace() and 0 < place < len(pieces) - 1
        spread = (Piece(Op.REMOVED, piece.text), Piece(Op.ADDED, piece.text)) if blank else (piece,)
        for each in spread:
            _append(joined, each)
    return joined


def _append(joined: list[Piece], piece: Piece) -> None:
    """Add to the run of its kind; a removed piece goes before the added one beside it."""
    at = len(joined)
    if piece.op is not Op.KEPT:
        while at and joined[at - 1].op is not Op.KEPT and joined[at - 1].op is not piece.op:
            at -= 1
        if at and joined[at - 1].op is piece.op:
            joined[at - 1] = Piece(piece.op, joined[at - 1].text + piece.text)
            return
        at = at if piece.op is Op.REMOVED else len(joined)
        joined.insert(at, piece)
        return
    if joined and joined[-1].op is Op.KEPT:
        joined[-1] = Piece(Op.KEPT, joined[-1].text + piece.text)
    else:
        joined.append(piece)

"""How did a link stand over time, as a band that is drawn? Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from archiver.models import LinkChangeKind, LinkView, Outcome

WIDTH = 600
"""Of the band, in its own units."""
_LEAST = 6
_GONE = (LinkChangeKind.DIED,)
_OTHER = (LinkChangeKind.MOVED, LinkChangeKind.CHANGED, LinkChangeKind.WALLED)


@dataclass(frozen=True, slots=True)
class BandPiece:
    """A time in which a link stood so: from `x`, `width` long; `tone` is live, changed or dead."""

    x: int
    width: int
    tone: str


def band_of(link: LinkView) -> tuple[BandPiece, ...]:
    """
    Draw how a link stood from the first look at it to the last; nothing if it never changed.

    Before the first change a time is drawn as long as the mean of what is known, since its begin
    is not known here.
    """
    changes, last = link.changes, link.chain.at if link.chain else None
    if not changes or last is None:
        return ()
    ends = [each.at for each in changes] + [max(last, changes[-1].at)]
    known = max((ends[-1] - ends[0]).total_seconds(), 1.0)
    first = ends[0] - dt.timedelta(seconds=known / len(changes))
    tones = ["live" if changes[0].before_outcome is Outcome.OK else "dead"]
    tones += [_tone(each.kind, each.after_outcome) for each in changes]
    whole = max((ends[-1] - first).total_seconds(), 1.0)
    begins = [first, *ends[:-1]]
    pieces: list[BandPiece] = []
    x = 0
    for number, (begin, end, tone) in enumerate(zip(begins, ends, tones, strict=True)):
        left = WIDTH - x - _LEAST * (len(tones) - number - 1)
        wide = max(_LEAST, min(left, round((end - begin).total_seconds() / whole * WIDTH)))
        pieces.append(BandPiece(x, wide if number < len(tones) - 1 else max(_LEAST, left), tone))
        x += wide
    return tuple(pieces)


def _tone(kind: LinkChangeKind, outcome: Outcome) -> str:
    if kind in _GONE or outcome is not Outcome.OK:
        return "dead"
    return "changed" if kind in _OTHER else "live"

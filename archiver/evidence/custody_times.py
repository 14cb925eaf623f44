"""Do the times in a custody log go forward? Pure; the lines pass through."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from archiver.errors import StoreError
from archiver.evidence.custody_lines import read_line

_MOST_TOLD = 20
_AT_ONCE = dt.timedelta(minutes=1)
_SET_BACK = dt.timedelta(hours=1)
_SKEW = dt.timedelta(days=1)


@dataclass(slots=True)
class Times:
    """
    What the times of lines tell once they have passed.

    Several processes write at once, so a minute back is nothing; a clock may be set back, which is
    noted; but a line that was put in later, or dated later, has no such excuse.

    Attributes:
        now: Current time, UTC-aware: no line can be more than a day later.
        faults: Phrases on lines an hour and more back in time, in the future, or without a time.
        notes: Phrases on lines less than an hour back.
    """

    now: dt.datetime
    faults: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def passing(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """Give the lines as they come, with their ends or without; those of no log are passed."""
        before: dt.datetime | None = None
        for place, raw in enumerate(lines, start=1):
            yield raw
            try:
                written = read_line(raw.rstrip(b"\n")).at
            except StoreError:
                continue
            at = _time(written)
            if at is None:
                self._tell(self.faults, place, f"its time {written[:40]!r} is none")
                continue
            if at > self.now + _SKEW:
                self._tell(self.faults, place, f"is of {written[:40]}, which is yet to come")
            if before is not None and before - at > _AT_ONCE:
                told = self.faults if before - at >= _SET_BACK else self.notes
                self._tell(told, place, f"is of {written[:40]}, and the line before it of {before}")
            before = at

    def _tell(self, told: list[str], place: int, phrase: str) -> None:
        if len(told) < _MOST_TOLD:
            told.append(f"line {place}: {phrase}")


def _time(text: str) -> dt.datetime | None:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo is not None else None

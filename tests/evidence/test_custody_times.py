"""Is a custody log told whose times go back, or lie in the future?"""

from __future__ import annotations

import datetime as dt

import pytest

from archiver.evidence.custody_lines import CustodyEvent, CustodyKind, canonical
from archiver.evidence.custody_times import Times

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)


def _lines(*minutes: float) -> list[bytes]:
    return [
        canonical(
            CustodyEvent(CustodyKind.VERIFIED, NOW + dt.timedelta(minutes=each), "me", "x/0"), 1, ""
        )
        + b"\n"
        for each in minutes
    ]


@pytest.mark.parametrize(
    ("minutes", "faults", "notes"),
    [
        ((-9, -5, -5, 0), 0, 0),
        ((-9, -9.5, -3), 0, 0),
        ((-9, -40, -3), 0, 1),
        ((-9, -69), 1, 0),
        ((-9, -999_999, -3), 1, 0),
        ((0, 24 * 60), 0, 0),
        ((0, 24 * 60 + 1), 1, 0),
        ((0, 24 * 60 * 400, 5), 2, 0),
    ],
)
def test_times_go_forward(minutes: tuple[float, ...], faults: int, notes: int) -> None:
    """A minute is nothing, less than an hour a note, more a fault, and so is the future."""
    times = Times(NOW)
    lines = _lines(*minutes)
    assert list(times.passing(lines)) == lines
    assert (len(times.faults), len(times.notes)) == (faults, notes)


def test_lines_of_no_time_or_no_log_stop_nothing() -> None:
    """They pass; the first is told, of the others somebody else tells."""
    lines = [b"{}\n", b"\xff", _lines(0)[0].replace(b"2026-11-24", b"2026-13-24"), b""]
    times = Times(NOW)
    assert list(times.passing(lines)) == lines
    assert times.faults == ["line 3: its time '2026-13-24T12:00:00.000Z' is none"]


def test_many_are_not_all_told() -> None:
    """A hostile log does not fill the memory."""
    times = Times(NOW)
    assert len(list(times.passing(_lines(*range(0, -6_000, -60))))) == 100
    assert len(times.faults) == 20

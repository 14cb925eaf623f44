"""How is a row of numbers drawn? Pure: places of bars in an SVG, with the same in words."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from archiver.models import Crawl, CrawlState

HEIGHT = 96
STEP = 20
_THICK = 14


@dataclass(frozen=True, slots=True)
class Bar:
    """
    One bar, with its lower part well and its upper part failed.

    Attributes:
        x: Left edge, in units of the drawing, as the rest.
        y: Upper edge of the good part.
        height: Of the good part.
        bad_y: Upper edge of the failed part.
        bad_height: Of the failed part; 0 if nothing failed.
        label: What stands below it.
        said: What it shows, one text for each column of the table.
    """

    x: int
    y: float
    height: float
    bad_y: float
    bad_height: float
    label: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars of a drawing; `summary` says in one sentence what it shows. Empty without bars."""

    width: int
    height: int
    thick: int
    bars: tuple[Bar, ...]
    summary: str


def by_day(crawls: Iterable[Crawl], now: dt.datetime, *, days: int) -> Chart:
    """
    Draw how often a seed was captured on each of the last days, and how often that failed.

    Args:
        now: UTC-aware; its day is the last one.
        days: At least 1.
    """
    good: Counter[dt.date] = Counter()
    bad: Counter[dt.date] = Counter()
    for each in crawls:
        if each.finished_at is not None:
            told = bad if each.state is CrawlState.FAILED else good
            told[each.finished_at.astimezone(dt.UTC).date()] += 1
    today = now.astimezone(dt.UTC).date()
    shown = [today - dt.timedelta(days=back) for back in range(days - 1, -1, -1)]
    rows = [
        (
            f"{day:%d %b}",
            good[day],
            bad[day],
            (f"{day:%d %b %Y}", f"{good[day]:,}", f"{bad[day]:,}"),
        )
        for day in shown
    ]
    well, failed = sum(good[day] for day in shown), sum(bad[day] for day in shown)
    return _chart(rows, f"In {days} days, {well:,} captures went well and {failed:,} failed.")


def by_month(months: Sequence[tuple[str, int]]) -> Chart:
    """Draw bytes by month, as `2026-11`; at most the last 36 months."""
    shown = months[-36:]
    rows = [(month, size, 0, (month, sized(size))) for month, size in shown]
    most = max(shown, key=lambda each: each[1], default=("", 0))
    summary = f"Most in {most[0]}: {sized(most[1])}." if shown else ""
    return _chart(rows, summary)


def sized(number: int) -> str:
    """
    Write bytes for a person.

    >>> sized(999), sized(1_500), sized(2_340_000_000)
    ('999 bytes', '1.5 kB', '2.3 GB')
    """
    if number < 1_000:
        return "1 byte" if number == 1 else f"{number} bytes"
    size = float(number)
    for unit in ("kB", "MB", "GB"):
        size /= 1_000
        if size < 999.95:
            return f"{size:.1f} {unit}"
    return f"{size / 1_000:,.1f} TB"


def _chart(rows: Sequence[tuple[str, int, int, tuple[str, ...]]], summary: str) -> Chart:
    most = max((good + bad for _, good, bad, _ in rows), default=0) or 1
    bars = []
    for number, (label, good, bad, said) in enumerate(rows):
        height, bad_height = HEIGHT * good / most, HEIGHT * bad / most
        y = HEIGHT - height
        bars.append(
            Bar(
                x=number * STEP + (STEP - _THICK) // 2,
                y=round(y, 2),
                height=round(height, 2),
                bad_y=round(y - bad_height, 2),
                bad_height=round(bad_height, 2),
                label=label,
                said=said,
            )
        )
    # A few bars do not fill the page.
    return Chart(max(len(rows), 12) * STEP, HEIGHT, _THICK, tuple(bars), summary)

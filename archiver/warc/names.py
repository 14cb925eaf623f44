"""How are a WARC and what stands beside it called?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

OPEN = ".open"
DAMAGED = ".damaged"
_ENDINGS = (".warc.gz", ".warc")


def warc_name(prefix: str, at: dt.datetime, serial: int, random_hex: str) -> str:
    """
    Name a WARC: sorted by time, unique among writers.

    Args:
        at: When it is opened, UTC-aware.
        serial: Count of files by this writer, from 0.
        random_hex: 8 hex digits, so that writers that start together do not meet.

    Source: WARC 1.1, Annex C

    >>> warc_name("archive", dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC), 0, "0f3a5c7e")
    'archive-20261124093000000-00000-0f3a5c7e.warc.gz'
    """
    stamp = timestamp17(at)
    return f"{prefix}-{stamp}-{serial:05}-{random_hex}.warc.gz"


def timestamp17(at: dt.datetime) -> str:
    """
    Write a UTC-aware time as 17 digits, down to the millisecond (CDXJ 0.1.0, 3.2).

    >>> timestamp17(dt.datetime(2026, 11, 24, 9, 30, 0, 123456, tzinfo=dt.UTC))
    '20261124093000123'
    """
    text = at.astimezone(dt.UTC).isoformat(timespec="milliseconds")
    return text[:4] + text[5:7] + text[8:10] + text[11:13] + text[14:16] + text[17:19] + text[20:23]


def closed_name(path: Path) -> str:
    """Give the name a WARC has once closed, without folders."""
    return path.name.removesuffix(OPEN)


def index_path(path: Path) -> Path:
    """
    Say where the CDXJ of a WARC stands: beside it, and open as long as the WARC is.

    >>> index_path(Path("warc/a.warc.gz.open")).name
    'a.cdxj.open'
    """
    name = closed_name(path)
    ending = next((each for each in _ENDINGS if name.endswith(each)), "")
    suffix = OPEN if path.name.endswith(OPEN) else ""
    return path.with_name(f"{name.removesuffix(ending)}.cdxj{suffix}")


def held_warcs(warc_dir: Path) -> list[Path]:
    """List the WARCs of a folder, closed and still written, in order of name."""
    return sorted([*warc_dir.glob("*.warc.gz"), *warc_dir.glob(f"*.warc.gz{OPEN}")])


def find_warc(warc_dir: Path, filename: str) -> Path | None:
    """Find a WARC by the name it has once closed, whether it is closed or still written."""
    for name in (filename, filename + OPEN, filename):  # it may be closed between two looks
        path = warc_dir / name
        if path.exists():
            return path
    return None

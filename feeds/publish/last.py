"""When was it published last, and did it work? One small file beside what is published."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path

from archiver import disk
from archiver.errors import PublishError

FILE = "last.json"


@dataclass(frozen=True, slots=True)
class LastPublication:
    """
    A publication that ended.

    Attributes:
        at: When it ended, UTC-aware.
        written: How many files it wrote.
        error: Why it failed; empty if it did not.
        good_at: When one ended well last; None if none ever did.
    """

    at: dt.datetime
    written: int = 0
    error: str = ""
    good_at: dt.datetime | None = None


def note(state_dir: Path, *, at: dt.datetime, written: int = 0, error: str = "") -> None:
    """
    Keep how a publication ended.

    Raises:
        PublishError: If the file cannot be written.
    """
    before = last(state_dir)
    good_at = at if not error else (before.good_at if before is not None else None)
    said = {
        "at": at.isoformat(),
        "written": written,
        "error": error,
        "good_at": good_at.isoformat() if good_at is not None else None,
    }
    place = state_dir / FILE
    try:
        disk.put(place, json.dumps(said, ensure_ascii=False).encode())
    except OSError as err:
        raise PublishError(f"{place}: cannot be written ({err.strerror})", path=str(place)) from err


def last(state_dir: Path) -> LastPublication | None:
    """Give how the last publication ended; None if there was none, or its file is torn."""
    try:
        said = json.loads((state_dir / FILE).read_text(encoding="utf-8"))
        good_at = said["good_at"]
        return LastPublication(
            at=dt.datetime.fromisoformat(said["at"]),
            written=int(said["written"]),
            error=str(said["error"]),
            good_at=dt.datetime.fromisoformat(good_at) if good_at else None,
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None

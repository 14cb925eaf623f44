"""Where does a live stream go on after a restart? A small file, written atomically."""

from __future__ import annotations

import datetime as dt
import json
import logging
from dataclasses import dataclass
from pathlib import Path

from archiver import disk

_log = logging.getLogger(__name__)
_MOST_BYTES = 10_000


@dataclass(frozen=True, slots=True)
class Place:
    """
    How far a stream was read.

    Attributes:
        address: Which server; another one counts differently.
        cursor: Its own count, or microseconds.
        at: When that was, UTC-aware.
    """

    address: str
    cursor: int
    at: dt.datetime


class PlaceFile:
    """Keeps the place of one stream. A file that cannot be read or written is no reason to end."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def load(self) -> Place | None:
        """Give the place; None if there is none, or none that can be read (that is logged)."""
        try:
            with self._path.open("rb") as file:
                value = json.loads(file.read(_MOST_BYTES))
            cursor = value["cursor"]
            at = dt.datetime.fromisoformat(value["at"])
            if type(cursor) is not int or cursor <= 0 or at.tzinfo is None:
                raise ValueError("not a place")
            return Place(str(value["address"]), cursor, at)
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError, RecursionError) as err:
            _log.warning(
                "the place in the live stream cannot be read; it goes on from now",
                extra={"path": str(self._path), "error": str(err)},
            )
            return None

    def save(self, place: Place) -> None:
        """Keep the place: the old file or the new one is there at any time, never a half."""
        value = {"address": place.address, "cursor": place.cursor, "at": place.at.isoformat()}
        try:
            disk.put(self._path, f"{json.dumps(value)}\n".encode())
        except OSError as err:
            _log.warning(
                "the place in the live stream cannot be kept",
                extra={"path": str(self._path), "error": str(err)},
            )

"""From which file did a WARC of others come in? A note beside it, so that nobody has to search."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from pathlib import Path, PurePath
from typing import Any

from archiver import disk
from archiver.errors import StoreError
from archiver.models.origin import Origin

_MOST_BYTES = 1_000_000


def note_origin(warc_dir: Path, origin: Origin) -> None:
    """
    Say beside each WARC of an import where it comes from. The journal holds the same for good.

    Raises:
        StoreError: If the disk refuses.
    """
    said = asdict(origin) | {"at": origin.at.astimezone(dt.UTC).isoformat()}
    text = json.dumps(said, indent=1).encode() + b"\n"
    for name in origin.warcs:
        place = _place(warc_dir, name)
        try:
            disk.put(place, text)
        except OSError as err:
            raise StoreError(f"{place}: cannot be written ({err.strerror})") from err


def origin_of(warc_dir: Path, name: str) -> Origin | None:
    """Say where a WARC comes from; None if nothing that can be read stands beside it."""
    try:
        with _place(warc_dir, name).open("rb") as file:
            said = json.loads(file.read(_MOST_BYTES))
        return _origin(said)
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return None  # the journal says it as well


def _origin(said: dict[str, Any]) -> Origin:
    return Origin(
        file=str(said["file"]),
        sha256=str(said["sha256"]),
        bytes=int(said["bytes"]),
        at=dt.datetime.fromisoformat(said["at"]),
        warcs=tuple(map(str, said["warcs"])),
        records=int(said["records"]),
        held=int(said["held"]),
        signer=str(said["signer"]),
        faults=tuple(map(str, said["faults"])),
        kept=tuple(map(str, said["kept"])),
    )


def _place(warc_dir: Path, name: str) -> Path:
    return warc_dir / f"{PurePath(name).name}.origin.json"

"""What fixes a closed WARC as it is? Its digest in the custody log, and a second copy."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from archiver.care.copies import ready
from archiver.care.custodian import Custodian, closed_warcs
from archiver.care.durable import put
from archiver.disk import sync_folder
from archiver.errors import StoreError
from archiver.evidence.custody import CustodyKind
from archiver.evidence.seals import Seal, measured, seals
from archiver.warc.names import index_path

_PIECE = 1 << 22
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sealed:
    """What was sealed now, and how many closed WARCs there was no time for."""

    made: tuple[Seal, ...]
    left: int = 0


def seal_closed(data_dir: Path, keeper: Custodian, *, within_s: float = float("inf")) -> Sealed:
    """
    Seal every closed WARC that is not sealed yet; one that was is never sealed anew.

    Args:
        within_s: Begin no further WARC after so many seconds; the next call goes on.

    Raises:
        StoreError: If a WARC cannot be read or the log not be written.
    """
    began = time.monotonic()
    closed = closed_warcs(data_dir)
    known = seals(keeper.log) if closed else {}
    waiting = [path for path in closed if path.name not in known]
    made: list[Seal] = []
    for path in waiting:
        if made and time.monotonic() - began > within_s:
            break
        made.append(_sealed(path, keeper))
    return Sealed(tuple(made), len(waiting) - len(made))


def copy_sealed(data_dir: Path, keeper: Custodian, folder: Path, *, within_s: float) -> int:
    """
    Copy sealed WARCs, with their indexes, to where second copies are kept.

    Only what has the sealed digest is copied. Returns how many were.

    Raises:
        StoreError: If the folder is not the one of before, or cannot be written.
    """
    ready(data_dir, folder)
    began, count = time.monotonic(), 0
    known = seals(keeper.log)
    for path in closed_warcs(data_dir):
        seal = known.get(path.name)
        if seal is None or is_there(folder / path.name):
            continue
        if time.monotonic() - began > within_s:
            break
        if copied_if_whole(path, folder / path.name, seal):
            count += 1
            _copy_index(index_path(path), folder)
    return count


def is_there(copy: Path) -> bool:
    """Say whether there is a second copy. Raises StoreError if the disk does not tell."""
    try:
        return copy.is_file()
    except OSError as err:
        raise StoreError(
            f"{copy}: the second copy cannot be looked at ({err.strerror}); see to the disk"
        ) from err


def copied_if_whole(source: Path, target: Path, seal: Seal) -> bool:
    """
    Copy a WARC under another name first; it gets its own once all has the sealed digest.

    Returns:
        False if the source is not what was sealed; nothing is left of the copy then.

    Raises:
        StoreError: If the disk refuses.
    """
    fresh = target.with_name(f".{target.name}.{os.getpid()}.copying")
    digest, size = hashlib.sha256(), 0
    try:
        with source.open("rb") as given, fresh.open("wb") as taken:
            while piece := given.read(_PIECE):
                digest.update(piece)
                size += len(piece)
                taken.write(piece)
            taken.flush()
            os.fsync(taken.fileno())
        if (f"sha256:{digest.hexdigest()}", size) != (seal.sha256, seal.bytes):
            return False
        fresh.rename(target)
        sync_folder(target.parent)
    except OSError as err:
        raise StoreError(
            f"{target}: the copy could not be made ({err.strerror or err}); see to the disk"
        ) from err
    finally:
        with suppress(OSError):  # the first reason counts
            fresh.unlink(missing_ok=True)
    return True


def _sealed(path: Path, keeper: Custodian) -> Seal:
    try:
        seal = measured(path)
    except OSError as err:
        raise StoreError(f"{path}: cannot be read to be sealed ({err.strerror})") from err
    assert seal is not None  # nobody asked it to stop
    keeper.note(CustodyKind.SEALED, seal.facts())
    return seal


def _copy_index(index: Path, folder: Path) -> None:
    try:
        if index.exists():
            put(folder / index.name, index.read_bytes())
    except (OSError, StoreError) as err:
        _log.warning("index not copied", extra={"index": index.name, "error": str(err)})

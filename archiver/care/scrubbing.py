"""Is every bit still there? Reads the closed WARCs again, a share at a time, and repairs them."""

from __future__ import annotations

import datetime as dt
import json
import logging
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from archiver.care.custodian import Custodian
from archiver.care.sealing import copied_if_whole, sync_folder
from archiver.errors import StoreError
from archiver.evidence.custody import CustodyKind
from archiver.evidence.custody_lines import Fact
from archiver.evidence.seals import Seal, measured, seals
from archiver.warc.names import DAMAGED

NAME = "scrub.json"
EVERY = dt.timedelta(hours=1)
_REST = 1.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """
    How far the scrub is.

    Attributes:
        checked: When each WARC was last read (RFC 3339), by name.
        faults: A sentence for each WARC that is not as it was sealed, by name.
    """

    checked: Mapping[str, str] = field(default_factory=dict)
    faults: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scrubbed:
    """What one share came to: names of what was read, of what was damaged, of what was repaired."""

    read: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()
    repaired: tuple[str, ...] = ()
    bytes: int = 0


def progress_of(data_dir: Path) -> Progress:
    """Give how far the scrub is; a file that cannot be read means: from the beginning."""
    try:
        said = json.loads((data_dir / NAME).read_bytes())
        checked, faults = dict(said["checked"]), dict(said["faults"])
    except (OSError, ValueError, KeyError, TypeError):
        return Progress()
    return Progress(
        {str(key): str(value) for key, value in checked.items()},
        {str(key): str(value) for key, value in faults.items()},
    )


def due(
    known: Mapping[str, Seal], done: Progress, now: dt.datetime, verify_every_s: float
) -> tuple[Seal, ...]:
    """
    Give what is read next: what was not read for the longest time, as much as keeps the period.

    What was read within the period is never read again in it.

    Args:
        verify_every_s: Within this time all is read, in seconds.
    """
    period = dt.timedelta(seconds=verify_every_s)
    share = sum(seal.bytes for seal in known.values()) * min(1.0, EVERY / period)
    waiting = sorted(
        (seal for seal in known.values() if now - _time(done.checked.get(seal.name)) >= period),
        key=lambda seal: (_time(done.checked.get(seal.name)), seal.name),
    )
    chosen: list[Seal] = []
    taken = 0
    for seal in waiting:
        if chosen and taken >= share:
            break
        chosen.append(seal)
        taken += seal.bytes
    return tuple(chosen)


def scrub_share(
    data_dir: Path,
    keeper: Custodian,
    *,
    verify_every_s: float,
    second_copy: Path | None,
    going_on: Callable[[], bool] = lambda: True,
    rest: float = _REST,
) -> Scrubbed:
    """
    Read the next share of the sealed WARCs, and repair what is damaged where that can be done.

    How far it is, is on the disk after each WARC, so that a restart goes on there.

    Args:
        going_on: Is asked between pieces; where it says no, the WARC in hand is read again later.

    Raises:
        StoreError: If the disk refuses.
    """
    known, done = seals(keeper.log), progress_of(data_dir)
    read: list[Seal] = []
    damaged: list[str] = []
    repaired: list[str] = []
    for seal in due(known, done, keeper.now(), verify_every_s):
        path = data_dir / "warc" / seal.name
        fault = _fault_of(path, seal, rest, going_on)
        if fault is None:
            break
        read.append(seal)
        if fault:
            damaged.append(seal.name)
            _log.error("WARC damaged", extra={"warc": seal.name, "fault": fault})
            if _repaired(path, seal, second_copy, keeper):
                repaired.append(seal.name)
                fault = ""
        done = _with(done, seal.name, keeper.now(), fault)
        _keep(data_dir, done)
    total = sum(seal.bytes for seal in read)
    if read:
        facts: dict[str, Fact] = {
            "files": len(read), "bytes": total, "faults": len(damaged), "names": damaged,
        }  # fmt: skip
        keeper.note(CustodyKind.VERIFIED, facts)
    return Scrubbed(tuple(seal.name for seal in read), tuple(damaged), tuple(repaired), total)


def _fault_of(path: Path, seal: Seal, rest: float, going_on: Callable[[], bool]) -> str | None:
    """Say what is wrong with a WARC; None if it was not read to its end."""
    try:
        found = measured(path, rest=rest, going_on=going_on)
    except FileNotFoundError:
        return f"{seal.name} was sealed and is gone; restore it from a backup"
    except OSError as err:
        return f"{seal.name} cannot be read ({err.strerror}); see to the disk"
    if found is None:
        return None
    if found.bytes != seal.bytes:
        return f"{seal.name} was sealed with {seal.bytes} bytes and has {found.bytes}"
    if found.sha256 != seal.sha256:
        return f"{seal.name} is not what was sealed: it has {found.sha256}, not {seal.sha256}"
    return ""


def _repaired(path: Path, seal: Seal, second_copy: Path | None, keeper: Custodian) -> bool:
    if second_copy is None or not (second_copy / seal.name).is_file():
        return False
    fresh = path.with_name(f"{path.name}.repairing")
    if not copied_if_whole(second_copy / seal.name, fresh, seal):
        _log.error("the second copy is damaged too", extra={"warc": seal.name})
        return False
    aside = ""
    try:
        if path.exists():
            aside = _free_name(path)
            path.rename(path.with_name(aside))
        fresh.rename(path)
        sync_folder(path.parent)
    except OSError as err:
        raise StoreError(
            f"{path}: could not be repaired ({err.strerror}); see to the disk"
        ) from err
    keeper.note(CustodyKind.REPAIRED, {**seal.facts(), "aside": aside})
    return True


def _free_name(path: Path) -> str:
    names = [f"{path.name}{DAMAGED}", *(f"{path.name}{DAMAGED}.{n}" for n in range(2, 1000))]
    return next(name for name in names if not path.with_name(name).exists())


def _with(done: Progress, name: str, now: dt.datetime, fault: str) -> Progress:
    faults = {key: value for key, value in done.faults.items() if key != name}
    if fault:
        faults[name] = fault
    return Progress({**done.checked, name: now.isoformat()}, faults)


def _keep(data_dir: Path, done: Progress) -> None:
    path = data_dir / NAME
    fresh = path.with_name(f".{NAME}.{os.getpid()}")
    try:
        fresh.write_text(json.dumps(asdict(done), indent=1))
        fresh.replace(path)
    except OSError as err:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise StoreError(f"{path}: could not be written ({err.strerror})") from err


def _time(text: str | None) -> dt.datetime:
    never = dt.datetime.min.replace(tzinfo=dt.UTC)
    try:
        found = dt.datetime.fromisoformat(text or "")
    except ValueError:
        return never
    return found if found.tzinfo else never

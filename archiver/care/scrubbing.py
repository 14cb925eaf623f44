"""Is every bit still there? Reads the closed WARCs again, a share at a time, and repairs them."""

from __future__ import annotations

import datetime as dt
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from archiver.care.custodian import SCRUB, Custodian
from archiver.care.durable import put
from archiver.care.sealing import copied_if_whole, is_there
from archiver.disk import sync_folder
from archiver.errors import StoreError
from archiver.evidence.custody import CustodyKind
from archiver.evidence.custody_lines import Fact
from archiver.evidence.seals import Seal, measured, seals
from archiver.warc.names import DAMAGED

NAME = SCRUB
COPYING = "second copies"
"""The name under which it is kept why they are not made."""
_COPY_OF = "second copy of "
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

    What was faulty comes first each time, so that it is soon known when somebody has mended it.
    What else was read within the period is never read again in it.

    Args:
        verify_every_s: Within this time all is read, in seconds.
    """
    period = dt.timedelta(seconds=verify_every_s)
    share = sum(seal.bytes for seal in known.values()) * min(1.0, EVERY / period)
    faulty = [
        seal for seal in known.values() if {seal.name, copy_of(seal.name)} & done.faults.keys()
    ]
    waiting = sorted(
        (
            seal
            for seal in known.values()
            if seal not in faulty and now - _time(done.checked.get(seal.name)) >= period
        ),
        key=lambda seal: (_time(done.checked.get(seal.name)), seal.name),
    )
    chosen: list[Seal] = []
    taken = 0
    for seal in waiting:
        if chosen and taken >= share:
            break
        chosen.append(seal)
        taken += seal.bytes
    return (*faulty, *chosen)


def copy_of(name: str) -> str:
    """Give the name under which a fault of a second copy is kept."""
    return f"{_COPY_OF}{name}"


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
        pair = _Pair(data_dir / "warc" / seal.name, second_copy, seal, keeper)
        faults = pair.faults(rest, going_on)
        if faults is None:
            break
        left = pair.mended(faults)
        new = [name for name, fault in faults.items() if fault and done.faults.get(name) != fault]
        mended = [name for name, fault in faults.items() if fault and not left[name]]
        for name in new:
            _log.error("WARC damaged", extra={"warc": name, "fault": faults[name]})
        # What is still as faulty as it was is not told each hour.
        if new or mended or not any(faults.values()):
            read.append(seal)
        damaged += new
        repaired += mended
        done = _with(done, seal.name, keeper.now(), left)
        _keep(data_dir, done)
    total = sum(seal.bytes for seal in read)
    if read:
        facts: dict[str, Fact] = {
            "files": len(read), "bytes": total, "faults": len(damaged), "names": damaged,
        }  # fmt: skip
        keeper.note(CustodyKind.VERIFIED, facts)
    return Scrubbed(tuple(seal.name for seal in read), tuple(damaged), tuple(repaired), total)


@dataclass(frozen=True, slots=True)
class _Pair:
    """A WARC and its second copy."""

    path: Path
    second_copy: Path | None
    seal: Seal
    keeper: Custodian

    def faults(self, rest: float, going_on: Callable[[], bool]) -> dict[str, str] | None:
        """Say what is wrong with each, by name; None if they were not read to the end."""
        seal = self.seal
        found = {seal.name: _fault_of(self.path, seal, seal.name, rest, going_on)}
        copy = self._copy()
        if copy is not None:
            name = copy_of(seal.name)
            found[name] = _fault_of(copy, seal, f"the {name}", rest, going_on)
        whole = {name: fault for name, fault in found.items() if fault is not None}
        return whole if len(whole) == len(found) else None

    def mended(self, faults: dict[str, str]) -> dict[str, str]:
        """Let the whole one take the place of the other; give the faults that are left."""
        name, beside = self.seal.name, copy_of(self.seal.name)
        copy, left = self._copy(), dict(faults)
        if copy is None or bool(faults[name]) == bool(faults.get(beside)):
            return left
        broken, whole, which = (
            (self.path, copy, name) if faults[name] else (copy, self.path, beside)
        )
        if _repaired(broken, whole, self.seal, self.keeper, copy=broken == copy):
            left[which] = ""
        return left

    def _copy(self) -> Path | None:
        if self.second_copy is None:
            return None
        copy = self.second_copy / self.seal.name
        try:
            return copy if is_there(copy) else None
        except StoreError:
            return None  # `copy_sealed` tells of it


def _fault_of(
    path: Path, seal: Seal, name: str, rest: float, going_on: Callable[[], bool]
) -> str | None:
    """Say what is wrong with a WARC; None if it was not read to its end."""
    try:
        found = measured(path, rest=rest, going_on=going_on)
    except FileNotFoundError:
        return f"{name} was sealed and is gone; restore it from a backup"
    except OSError as err:
        return f"{name} cannot be read ({err.strerror}); see to the disk"
    if found is None:
        return None
    if found.bytes != seal.bytes:
        return f"{name} was sealed with {seal.bytes} bytes and has {found.bytes}"
    if found.sha256 != seal.sha256:
        return f"{name} is not what was sealed: it has {found.sha256}, not {seal.sha256}"
    return ""


def _repaired(broken: Path, whole: Path, seal: Seal, keeper: Custodian, *, copy: bool) -> bool:
    path, fresh = broken, broken.with_name(f"{broken.name}.repairing")
    try:
        if not copied_if_whole(whole, fresh, seal):
            return False
    except StoreError:
        if copy:
            return False  # the folder of copies refuses; the archive itself is whole
        raise
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
    of_copy: dict[str, Fact] = {"copy": True} if copy else {}
    keeper.note(CustodyKind.REPAIRED, {**seal.facts(), "aside": aside, **of_copy})
    return True


def _free_name(path: Path) -> str:
    names = [f"{path.name}{DAMAGED}", *(f"{path.name}{DAMAGED}.{n}" for n in range(2, 1000))]
    return next(name for name in names if not path.with_name(name).exists())


def _with(done: Progress, name: str, now: dt.datetime, left: Mapping[str, str]) -> Progress:
    both = (name, copy_of(name))
    faults = {key: value for key, value in done.faults.items() if key not in both}
    faults |= {key: fault for key, fault in left.items() if fault}
    return Progress({**done.checked, name: now.isoformat()}, faults)


def note_copying(data_dir: Path, trouble: str) -> None:
    """Keep why second copies are not made, for `archiver status`; empty if they are."""
    done = progress_of(data_dir)
    if done.faults.get(COPYING, "") != trouble:
        faults = {key: value for key, value in done.faults.items() if key != COPYING}
        _keep(data_dir, replace(done, faults=faults | ({COPYING: trouble} if trouble else {})))


def _keep(data_dir: Path, done: Progress) -> None:
    put(data_dir / NAME, json.dumps(asdict(done), indent=1).encode())


def _time(text: str | None) -> dt.datetime:
    never = dt.datetime.min.replace(tzinfo=dt.UTC)
    try:
        found = dt.datetime.fromisoformat(text or "")
    except ValueError:
        return never
    return found if found.tzinfo else never

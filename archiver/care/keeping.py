"""Who looks after the holdings while the archive runs? Seals, copies, stamps and scrubs."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from archiver import console
from archiver.bootstrap import Archive
from archiver.care.custodian import Custodian, custodian
from archiver.care.scrubbing import EVERY, note_copying, progress_of, scrub_share
from archiver.care.sealing import copy_sealed, seal_closed
from archiver.care.stamping import lacking, stamp_day, upgrade_all, wanted
from archiver.clock import utc_now
from archiver.config import Settings
from archiver.errors import ArchiverError, StoreError
from archiver.evidence.custody import CustodyKind
from archiver.evidence.custody_lines import Fact
from archiver.evidence.seals import measured
from archiver.models.faults import Fault, Meaning
from archiver.models.origin import Origin
from archiver.services import Services

_LOOK_S = 60.0
_COPY_S = 300.0
_UPGRADE_EVERY = dt.timedelta(hours=6)


def notices(settings: Settings, now: dt.datetime) -> tuple[str, ...]:
    """Say what about the holdings somebody should see to; nothing if all is well."""
    late = lacking(settings.data_dir, settings.evidence, now)
    return (*progress_of(settings.data_dir).faults.values(), *((late,) if late else ()))


def note_checked(archive: Archive, *, files: int, records: int, faults: Sequence[str]) -> None:
    """
    Note a verification that a person asked for; a log that cannot be written is only told.

    A line that is added to a faulty log says that it is.
    """
    facts: dict[str, Fact] = {"files": files, "records": records, "faults": len(faults)}
    meanings = [each.meaning for each in faults if isinstance(each, Fault)]
    if log_faults := meanings.count(Meaning.REWRITTEN):
        facts["log_faults"] = log_faults
    try:
        custodian(archive.settings, utc_now).note(CustodyKind.VERIFIED, facts)
    except StoreError as err:
        console.complain(f"not noted: {err}")


def note_rebuilt(settings: Settings, *, records: int, threads: int) -> None:
    """Note that the database was made again. Raises StoreError."""
    facts: dict[str, Fact] = {"records": records, "threads": threads}
    custodian(settings, utc_now).note(CustodyKind.REBUILT, facts)


def note_imported(
    keeper: Custodian, file: Path, threads: Sequence[str], origin: Origin | None = None
) -> None:
    """
    Note what was taken in: by its digest, since names may be nobody's business.

    Args:
        origin: What is known of a WARC or WACZ; None of other files.
    """
    if origin is not None:
        keeper.note(CustodyKind.IMPORTED, _facts_of(origin) | {"threads": list(threads[:100])})
        return
    try:
        held = measured(file)
    except OSError as err:
        raise StoreError(f"{file}: cannot be read again ({err.strerror})") from err
    assert held is not None  # nobody asked it to stop
    facts: dict[str, Fact] = {
        "sha256": held.sha256, "bytes": held.bytes, "threads": list(threads[:100]),
    }  # fmt: skip
    keeper.note(CustodyKind.IMPORTED, facts)


def _facts_of(origin: Origin) -> dict[str, Fact]:
    return {
        "sha256": origin.sha256, "bytes": origin.bytes, "warcs": list(origin.warcs[:100]),
        "records": origin.records, "held": origin.held, "signer": origin.signer,
        "faults": len(origin.faults), "kept": list(origin.kept),
    }  # fmt: skip


class Keeper:
    """Does each minute what is due; a failure is told, and tried again."""

    def __init__(self, settings: Settings, services: Services, custodian: Custodian) -> None:
        """`custodian` notes as `schedule`: nobody asked for it."""
        self._settings = settings
        self._services = services
        self._custodian = custodian
        self._stopping = asyncio.Event()
        self._scrubbed_at: dt.datetime | None = None
        self._upgraded_at: dt.datetime | None = None
        self._told: set[str] = set()

    def stop(self) -> None:
        """End soon, also in the middle of a WARC."""
        self._stopping.set()

    async def run(self) -> None:
        """Look after the holdings until `stop`."""
        while not self._stopping.is_set():
            try:
                await self.look()
            except (ArchiverError, OSError) as err:
                self._tell(f"the holdings are not looked after: {err}")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _LOOK_S)

    async def look(self) -> None:
        """Do once what is due. Raises StoreError if the disk refuses."""
        data_dir, evidence, who = self._settings.data_dir, self._settings.evidence, self._custodian
        await asyncio.to_thread(seal_closed, data_dir, who, within_s=_COPY_S)
        await asyncio.to_thread(self._copy)
        if wanted(evidence):
            for said in await stamp_day(data_dir, evidence, self._services.fetcher, who):
                self._tell(said)
            await self._upgrade()
        await self._scrub()

    def _copy(self) -> None:
        """Make second copies; where that fails it is told, and all else goes on."""
        folder, trouble = self._settings.evidence.second_copy, ""
        if folder is not None:
            try:
                copy_sealed(self._settings.data_dir, self._custodian, folder, within_s=_COPY_S)
            except (StoreError, OSError) as err:
                trouble = f"no second copies are made: {err}"
                self._tell(trouble)
        note_copying(self._settings.data_dir, trouble)

    async def _upgrade(self) -> None:
        now = self._custodian.now()
        if self._upgraded_at is None or now - self._upgraded_at >= _UPGRADE_EVERY:
            self._upgraded_at = now
            data_dir = self._settings.data_dir
            await upgrade_all(data_dir, self._services.fetcher, self._custodian)

    async def _scrub(self) -> None:
        now = self._custodian.now()
        if self._scrubbed_at is not None and now - self._scrubbed_at < EVERY:
            return
        self._scrubbed_at = now
        evidence = self._settings.evidence
        found = await asyncio.to_thread(
            scrub_share,
            self._settings.data_dir,
            self._custodian,
            verify_every_s=evidence.verify_every,
            second_copy=evidence.second_copy,
            going_on=lambda: not self._stopping.is_set(),
        )
        for name in found.damaged:
            mended = name in found.repaired
            state = "repaired from the second copy" if mended else "`archiver status` says more"
            console.progress(f"damaged: {name}; {state}")

    def _tell(self, sentence: str) -> None:
        """Say a failure once, not each minute."""
        if sentence not in self._told:
            self._told.add(sentence)
            console.progress(sentence)

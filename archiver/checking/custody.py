"""Do the closed WARCs still have the digests that they were sealed with? And is the log whole?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from archiver.care.custodian import PROOFS, traces_of_lost_log
from archiver.care.stamping import checked
from archiver.clock import utc_now
from archiver.config import EvidenceSettings
from archiver.errors import StoreError
from archiver.evidence.custody import NAME, CustodyKind, CustodyLog
from archiver.evidence.custody_lines import chain_faults
from archiver.evidence.custody_times import Times
from archiver.evidence.seals import seals
from archiver.models.faults import Fault, Meaning
from archiver.warc.names import OPEN


def custody_log_faults(data_dir: Path, evidence: EvidenceSettings) -> tuple[list[Fault], list[str]]:
    """
    Hold each line of the custody log against the one before, and all against stamps and clock.

    Returns:
        Faults, and notes: what others must be asked about, that an earlier log was lost, and that
        the clock was set back.
    """
    path, log = data_dir / NAME, CustodyLog(data_dir)
    times = Times(utc_now())
    try:
        phrases = [*chain_faults(times.passing(log.raw_lines())), *times.faults]
        if traces := traces_of_lost_log(data_dir):
            phrases.append(f"is gone, though there is {traces[-1]}; restore it from a backup")
        stamped, notes = checked(data_dir, evidence)
        notes += [f"{NAME}: {each}" for each in (*_restarts(log), *times.notes)]
    except OSError as err:
        what = f"the custody log or its stamps cannot be read ({err.strerror})"
        return [Fault(path, None, what, Meaning.UNREADABLE)], []
    except StoreError as err:
        return [Fault(path, None, str(err), Meaning.UNREADABLE)], []
    faults = [Fault(path, None, phrase, Meaning.REWRITTEN) for phrase in phrases]
    for phrase in stamped:
        name, _, what = phrase.partition(": ")
        faults.append(Fault(data_dir / PROOFS / name, None, what, Meaning.REWRITTEN))
    return faults, notes


def unsealed_notes(data_dir: Path, warcs: Sequence[Path]) -> Iterator[str]:
    """Name the closed WARCs of which the custody log does not say what they were when closed."""
    closed = [each.name for each in warcs if not each.name.endswith(OPEN) and each.exists()]
    try:
        sealed_as = seals(CustodyLog(data_dir))
    except StoreError:
        return  # `seal_faults` tells of it
    bare = [name for name in closed if name not in sealed_as]
    if bare and not (data_dir / NAME).exists():
        yield f"{data_dir / NAME}: there is none, so nothing tells what the WARCs were when closed"
    elif bare:
        others = f" and {len(bare) - 1} more" if len(bare) > 1 else ""
        yield f"{bare[0]}{others}: closed and not sealed; `archiver run` seals them"


def _restarts(log: CustodyLog) -> Iterator[str]:
    for line in log.lines():
        if line.kind == CustodyKind.RESTARTED:
            yield f"was begun anew at line {line.number}, {line.at}; what was before is lost"


def seal_faults(data_dir: Path, warcs: Sequence[Path], *, whole: bool) -> Iterator[Fault]:
    """
    Hold closed WARCs against their seals.

    Args:
        data_dir: Where the custody log stands.
        warcs: To be looked at; those that are written, and those without a seal, are passed over.
        whole: These are all: a sealed WARC that is not among them is missing.
    """
    try:
        sealed_as = seals(CustodyLog(data_dir))
    except StoreError as exc:
        yield Fault(data_dir / NAME, None, str(exc), Meaning.UNREADABLE)
        return
    there = {each.name for each in warcs if not each.name.endswith(OPEN)}
    for path in warcs:
        sealed = sealed_as.get(path.name)
        if sealed is None or path.name not in there or not path.exists():
            continue
        size = path.stat().st_size
        if size != sealed.bytes:
            what = f"it was sealed with {sealed.bytes} bytes, and has {size}"
            yield Fault(path, min(size, sealed.bytes), what, Meaning.ALTERED)
        elif (held := _digest(path)) != sealed.sha256:
            what = f"it was sealed with {sealed.sha256}, and has {held}"
            yield Fault(path, None, what, Meaning.ALTERED)
    for name in sorted(sealed_as.keys() - {each.name.removesuffix(OPEN) for each in warcs}):
        if whole and not (data_dir / "warc" / name).exists():
            yield Fault(name, None, "it was sealed, and is not there", Meaning.LOST)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"

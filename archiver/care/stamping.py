"""Who but us says that the custody log stood so today? Its head is stamped daily, and kept."""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from archiver.care.custodian import HEAD, PROOFS, Custodian
from archiver.care.durable import put
from archiver.config import EvidenceSettings
from archiver.errors import FetchError
from archiver.evidence import calendars, timestamps
from archiver.evidence.custody import CustodyKind, CustodyLog
from archiver.evidence.custody_lines import Fact
from archiver.evidence.domain import anchors_of
from archiver.ports import Fetcher

FOLDER = PROOFS
_HEAD, _TOKEN, _OTS = HEAD, ".head.json.tsr", ".head.json.ots"
_LATE = dt.timedelta(hours=26)


@dataclass(frozen=True, slots=True)
class Proofs:
    """The proofs of one day: the file that was stamped, and what was made of it."""

    day: str
    head: Path
    token: Path
    ots: Path

    @classmethod
    def of(cls, data_dir: Path, day: str) -> Proofs:
        """Say where the proofs of a day (`2026-11-24`) are."""
        folder = data_dir / FOLDER
        return cls(
            day, folder / f"{day}{_HEAD}", folder / f"{day}{_TOKEN}", folder / f"{day}{_OTS}"
        )


def wanted(evidence: EvidenceSettings) -> bool:
    """Say whether anybody is there to stamp."""
    return bool(evidence.timestamp_authority or evidence.calendars)


def lacking(data_dir: Path, evidence: EvidenceSettings, now: dt.datetime) -> str:
    """Say in a sentence that the last stamp of the log is too old; empty if all is well."""
    if not wanted(evidence):
        return ""
    log = CustodyLog(data_dir)
    if log.last() is None:
        return ""
    days = [each.name.removesuffix(_HEAD) for each in (data_dir / FOLDER).glob(f"*{_HEAD}")]
    whole = [day for day in sorted(days) if not _missing(Proofs.of(data_dir, day), evidence)]
    if not whole:
        return "the custody log was never stamped; `archiver run` does it daily"
    last = dt.datetime.fromisoformat(whole[-1]).replace(tzinfo=dt.UTC) + dt.timedelta(days=1)
    if now - last > _LATE:
        return f"the custody log was last stamped on {whole[-1]}; `archiver run` does it daily"
    return ""


async def stamp_day(
    data_dir: Path, evidence: EvidenceSettings, fetcher: Fetcher, keeper: Custodian
) -> tuple[str, ...]:
    """
    Have the head of the log stamped for today, as far as that is not done yet.

    Returns:
        Sentences about those who did not stamp it; they are asked again the next time.

    Raises:
        StoreError: If the disk refuses.
    """
    proofs = Proofs.of(data_dir, f"{keeper.now().astimezone(dt.UTC):%Y-%m-%d}")
    missing = _missing(proofs, evidence)
    if not missing:
        return ()
    message = await asyncio.to_thread(_head_of, proofs, keeper)
    if not message:
        return ()  # nothing was ever done here
    said: list[str] = []
    by: list[str] = []
    if _TOKEN in missing:
        try:
            token = await timestamps.ask(fetcher, evidence.timestamp_authority, message)
            said += _distrust(token, message, evidence)
            await asyncio.to_thread(put, proofs.token, token)
            by.append(evidence.timestamp_authority)
        except FetchError as err:
            said.append(str(err))
    if _OTS in missing:
        try:
            digest = hashlib.sha256(message).digest()
            ots = await calendars.stamp(fetcher, evidence.calendars, digest)
            await asyncio.to_thread(put, proofs.ots, ots)
            by += calendars.state_of(ots).pending
        except FetchError as err:
            said.append(str(err))
    if by:
        stamped = json.loads(message)
        await asyncio.to_thread(
            keeper.note,
            CustodyKind.TIMESTAMPED,
            {"head": str(stamped["head"]), "lines": int(stamped["lines"]), "by": by},
        )
    return tuple(said)


async def upgrade_all(data_dir: Path, fetcher: Fetcher, keeper: Custodian) -> int:
    """
    Ask the calendars about each proof that names no block yet; give how many do now.

    Raises:
        StoreError: If the disk refuses.
    """
    count = 0
    for path in sorted((data_dir / FOLDER).rglob("*.ots")):  # those of exports too
        held = await asyncio.to_thread(path.read_bytes)
        try:
            if calendars.state_of(held).blocks:
                continue
            fuller = await calendars.upgrade(fetcher, held)
        except ValueError:
            continue  # `archiver custody --check` tells of it
        blocks = calendars.state_of(fuller).blocks
        if not blocks:
            continue
        await asyncio.to_thread(put, path, fuller)
        facts: dict[str, Fact] = {
            "proof": path.name,
            "blocks": [str(height) for height, _ in blocks],
        }
        await asyncio.to_thread(keeper.note, CustodyKind.UPGRADED, facts)
        count += 1
    return count


def checked(data_dir: Path, evidence: EvidenceSettings) -> tuple[list[str], list[str]]:
    """
    Check all proofs against the log, offline.

    Returns:
        Faults, and notes: what of them needs somebody else to be seen.
    """
    faults: list[str] = []
    notes: list[str] = []
    lines = {line.number: line.digest for line in CustodyLog(data_dir).lines()}
    anchors = anchors_of(evidence.anchors)
    for path in sorted((data_dir / FOLDER).glob(f"*{_HEAD}")):
        proofs = Proofs.of(data_dir, path.name.removesuffix(_HEAD))
        message = path.read_bytes()
        faults += [f"{path.name}: {each}" for each in _head_faults(message, lines)]
        if proofs.token.exists():
            found = timestamps.token_faults(proofs.token.read_bytes(), message, anchors)
            told = faults if anchors or "anchor" not in " ".join(found) else notes
            told += [f"{proofs.token.name}: {each}" for each in found]
        if proofs.ots.exists():
            ots = proofs.ots.read_bytes()
            found = calendars.proof_faults(ots, hashlib.sha256(message).digest())
            faults += [f"{proofs.ots.name}: {each}" for each in found]
            notes += [] if found else list(_last_step(proofs.ots.name, ots))
    return faults, notes


def _last_step(name: str, ots: bytes) -> list[str]:
    state = calendars.state_of(ots)
    if not state.blocks:
        return [f"{name}: pending at {', '.join(state.pending)}"]
    return [
        f"{name}: Bitcoin's block {height} must have the Merkle root {root}; look it up"
        for height, root in state.blocks
    ]


def _head_faults(message: bytes, lines: dict[int, str]) -> list[str]:
    try:
        said = json.loads(message)
        count, head = said["lines"], said["head"]
    except (ValueError, KeyError, TypeError):
        return ["cannot be read"]
    held = lines.get(count)
    if held is None:
        return [f"was made when the log had {count} lines; it has fewer now: its end was cut off"]
    return [] if held == head else [f"line {count} of the log is not the one that was stamped"]


def _missing(proofs: Proofs, evidence: EvidenceSettings) -> tuple[str, ...]:
    missing = []
    if evidence.timestamp_authority and not proofs.token.exists():
        missing.append(_TOKEN)
    if evidence.calendars and not proofs.ots.exists():
        missing.append(_OTS)
    return tuple(missing)


def _head_of(proofs: Proofs, keeper: Custodian) -> bytes:
    """Give what is stamped today; made once, so that all who stamp it stamp the same."""
    if proofs.head.exists():
        return proofs.head.read_bytes()
    last = keeper.log.last()
    if last is None:
        return b""
    said = {"at": last.at, "head": last.digest, "lines": last.number}
    message = json.dumps(said, sort_keys=True, separators=(",", ":")).encode() + b"\n"
    put(proofs.head, message)
    return message


def _distrust(token: bytes, message: bytes, evidence: EvidenceSettings) -> list[str]:
    if not evidence.anchors:
        return []
    found = timestamps.token_faults(token, message, anchors_of(evidence.anchors))
    return [f"{evidence.timestamp_authority}: {each}; see evidence.anchors" for each in found]

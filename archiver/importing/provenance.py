"""What does a package say of itself, is it so, and how is that kept with the records it brought?"""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from archiver.bootstrap import Archive
from archiver.checking.files import check_one
from archiver.errors import StoreError, UsageError
from archiver.evidence.custody import CustodyKind
from archiver.evidence.seals import measured
from archiver.evidence.signing import signature_faults
from archiver.journal import Imported
from archiver.models.faults import Fault, Meaning
from archiver.models.origin import Origin
from archiver.packages.opened_zip import OpenedZip
from archiver.packages.verify_listing import DATAPACKAGE, DIGEST, json_object
from archiver.packages.zip_directory import BrokenZip
from archiver.services import Services
from archiver.warc.adopt import Adopted
from archiver.warc.origins import note_origin

_HOSTILE = frozenset({Meaning.STRUCTURE, Meaning.BOMB})
_KEPT_FOLDERS = ("custody/", "proofs/")
_MOST_KEPT, _MOST_KEPT_BYTES = 40, 16_000_000
_MOST_FAULTS = 20
_MOST_CHARS = 400
_MIMES = {".json": "application/json", ".jsonl": "application/jsonl", ".txt": "text/plain"}


@dataclass(frozen=True, slots=True)
class Brought:
    """
    What a file is and brings, besides records.

    Attributes:
        sha256: Of all of it, as `sha256:<hex>`; `length` in bytes.
        signer: Whose signature holds: a domain, or the digest of a key; else empty.
        faults: What is wrong with it, one sentence each; `more`: how many others there are.
        said: What its check notes: who vouches for it, and since when.
        files: List, signature, timestamps and custody log, by their paths in it.
    """

    name: str
    sha256: str
    length: int
    signer: str = ""
    faults: tuple[str, ...] = ()
    more: int = 0
    said: tuple[str, ...] = ()
    files: tuple[tuple[str, bytes], ...] = ()

    def notes(self) -> Iterator[str]:
        """Say for people what was found."""
        if self.faults:
            yield "the package is not what it says it is; only records that are whole were taken"
            yield from self.faults
        if self.more:
            yield f"and {self.more:,} more faults; `archiver verify {self.name}` tells all"
        yield from self.said


def examined(file: Path, now: dt.datetime) -> Brought:
    """
    Check a file before anything of it is taken: a package by its list, signature and proofs.

    A WARC says nothing of itself; its records are looked at one by one when they are taken.

    Args:
        now: Current time, UTC-aware.

    Raises:
        UsageError: If it is a ZIP that programs unpack differently, or made to exhaust a machine.
        StoreError: If it cannot be read.
    """
    try:
        held = measured(file)
        assert held is not None  # nobody asked it to stop
        with file.open("rb") as opened:
            is_package = opened.read(2) == b"PK"
        bare = Brought(file.name, held.sha256, held.bytes)
        return _package(file, now, bare) if is_package else bare
    except OSError as err:
        raise StoreError(f"{file}: cannot be read ({err.strerror or err})") from err


def _package(file: Path, now: dt.datetime, bare: Brought) -> Brought:
    verdict = check_one(file, now=now)[0]
    faults = list(verdict.faults)
    for each in faults:
        if isinstance(each, Fault) and each.meaning in _HOSTILE:
            raise UsageError(
                f"{file.name}: {_named(each, file)}; {each.meaning.value}. Nothing of it was taken"
            )
    files = tuple(_files(OpenedZip(file)))
    return dataclasses.replace(
        bare,
        signer=_signer(dict(files)),
        faults=tuple(_named(each, file) for each in faults[:_MOST_FAULTS]),
        more=max(0, len(faults) - _MOST_FAULTS),
        said=tuple(_named(each, file) for each in verdict.notes[:_MOST_FAULTS]),
        files=files,
    )


def _named(sentence: str, file: Path) -> str:
    """Leave out the folders of whoever imports: the sentence is kept."""
    return str(sentence).replace(str(file), file.name)[:_MOST_CHARS]


def _files(opened: OpenedZip) -> Iterator[tuple[str, bytes]]:
    wanted = [name for name in sorted(opened.entries) if _is_proof(name)]
    for name in wanted[:_MOST_KEPT]:
        if opened.entries[name].bytes <= _MOST_KEPT_BYTES:
            try:
                yield name, b"".join(opened.pieces(name))
            except BrokenZip:
                continue  # its check has told of it


def _is_proof(name: str) -> bool:
    return name == DATAPACKAGE or name.startswith((DIGEST, *_KEPT_FOLDERS))


def _signer(files: Mapping[str, bytes]) -> str:
    """Say who signed the list, if the signature holds."""
    if DATAPACKAGE not in files or DIGEST not in files:
        return ""
    held = f"sha256:{hashlib.sha256(files[DATAPACKAGE]).hexdigest()}"
    try:
        signed = json_object(files[DIGEST]).get("signedData")
    except ValueError:
        return ""
    if not isinstance(signed, dict) or signature_faults(signed, held):
        return ""
    if "publicKey" in signed:
        key = base64.b64decode(str(signed["publicKey"]))
        return f"sha256:{hashlib.sha256(key).hexdigest()}"
    return str(signed.get("domain"))[:253]


async def keep_origin(
    services: Services, archive: Archive, brought: Brought, adopted: list[Adopted]
) -> Origin:
    """
    Keep where records come from, and what the package said of itself, for good.

    Bytes first, in WARCs of ours, then the journal, then a note beside the WARCs of others. Where
    a file brings nothing that is new, nothing is written a second time.

    Raises:
        StoreError: If it cannot be kept.
    """
    origin = Origin(
        file=brought.name,
        sha256=brought.sha256,
        bytes=brought.length,
        at=services.now(),
        warcs=tuple(dict.fromkeys(each.filename for each in adopted if each.filename)),
        records=sum(len(each.records) for each in adopted),
        held=sum(each.held for each in adopted),
        signer=brought.signer,
        faults=brought.faults,
    )
    if not origin.records and await asyncio.to_thread(_was_here, services, brought):
        return origin
    kept: list[str] = []
    for path, body in brought.files:
        url = f"urn:thread-archiver:import:{brought.sha256.removeprefix('sha256:')}:{quote(path)}"
        mime = _MIMES.get(Path(path).suffix, "application/octet-stream")
        ref = await services.writer.write_resource(url, services.now(), mime, body)
        kept.append(ref.record_id)
    origin = dataclasses.replace(origin, kept=tuple(kept))
    await services.journal.note(Imported(origin))
    await asyncio.to_thread(note_origin, archive.warc_dir, origin)
    return origin


def _was_here(services: Services, brought: Brought) -> bool:
    if services.custodian is None or not brought.files:
        return True
    return any(
        line.kind == CustodyKind.IMPORTED and line.said.get("sha256") == brought.sha256
        for line in services.custodian.log.lines()
    )

"""Do the closed WARCs still have the digests that they were sealed with? And is the log whole?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from archiver.errors import StoreError
from archiver.evidence.custody import NAME, CustodyLog
from archiver.evidence.custody_lines import chain_faults
from archiver.evidence.seals import seals
from archiver.models.faults import Fault, Meaning
from archiver.warc.names import OPEN

_PIECE_BYTES = 1_048_576


def custody_log_faults(data_dir: Path) -> Iterator[Fault]:
    """Hold each line of the custody log against the one before."""
    path = data_dir / NAME
    for phrase in chain_faults(_whole_lines(path)):
        yield Fault(path, None, phrase, Meaning.REWRITTEN)


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


def _whole_lines(path: Path) -> Iterator[bytes]:
    """Give the lines that end; the last may be written at this moment."""
    if path.exists():
        with path.open("rb") as file:
            for line in file:
                if line.endswith(b"\n"):
                    yield line[:-1]


def _digest(path: Path) -> str:
    made = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            made.update(piece)
    return f"sha256:{made.hexdigest()}"

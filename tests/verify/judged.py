"""What does our check say of the bytes of a package?"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from archiver.checking.wacz import verify_wacz
from archiver.models.faults import Fault
from tests.verify.good import NOW


def faults_of(folder: Path, raw: bytes) -> tuple[str, ...]:
    """Judge the bytes of a package; each fault names its file and what it means."""
    path = folder / "a.wacz"
    path.write_bytes(raw)
    verdict = verify_wacz(path, now=NOW)
    for each in verdict.faults:
        assert isinstance(each, Fault)
        assert each.file.startswith(str(path))
        assert each.meaning
    return verdict.faults


def expect(faults: Sequence[str], words: str) -> None:
    """One of the words that `|` parts must stand in one of the faults."""
    assert any(word in each for word in words.split("|") for each in faults), faults

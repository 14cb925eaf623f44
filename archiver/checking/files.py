"""Is what somebody hands us what it says it is? A WARC, a WACZ or a bag, by itself and offline."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

from archiver.checking.named import is_named, named_otherwise
from archiver.checking.proofs import custody_faults
from archiver.checking.strangers import is_zip, why_not
from archiver.checking.wacz import verify_wacz
from archiver.models import RecordRef
from archiver.models.faults import Fault, Meaning
from archiver.packages.verify_bag import bag_faults, bag_files
from archiver.reports.report import counted
from archiver.services import Progress
from archiver.warc.digests import Digests
from archiver.warc.index import read_lines
from archiver.warc.verify import FileVerdict, verify_file
from archiver.warc.verify_index import index_faults
from archiver.warc.verify_repeats import repeat_faults

_BAG_INDEX = "data/indexes/index.cdx"
_BAG_CUSTODY, _BAG_HEAD = "data/custody/custody.jsonl", "data/custody/head.json"
_PIECE_BYTES, _MOST_HEAD = 1_048_576, 10_000
_UNSIGNED = "it is not signed: its manifests show accidents, not who changed a file and them"
_WARCS = (".warc", ".warc.gz", ".warc.gz.open")

Anchors = Sequence[bytes]
"""Certificates (PEM) of timestamp authorities that are trusted besides those shipped."""


def is_checkable(path: Path) -> bool:
    """Say whether a path needs no archive to be checked: it is there, a file or a folder."""
    return path.is_file() or path.is_dir()


def check_one(path: Path, *, now: dt.datetime, anchors: Anchors = ()) -> list[FileVerdict]:
    """
    Check a WARC, a WACZ, or a bag with all that it holds.

    Args:
        path: A file, or the folder of a bag; what it is, its first bytes say.
        now: Current time, UTC-aware: nothing can be made later.

    Returns:
        A verdict for each file; first that of what was named. What is none of the three has one
        fault, which says so.
    """
    try:
        stranger = why_not(path)
    except OSError:
        # It may be open by now, or closed; or the verdict says why not.
        return [verify_file(path, now=now)]
    if stranger:
        return [FileVerdict(path, 0, (Fault(path, None, stranger, Meaning.UNKNOWN),), ())]
    if path.is_dir():
        return _bag(path, now=now, anchors=anchors)
    with path.open("rb") as file:
        package = is_zip(path, file.read(4))
    if package:
        return [verify_wacz(path, now=now, anchors=anchors)]
    return [verify_file(path, now=now)]


def check_all(
    paths: Sequence[Path], progress: Progress, *, now: dt.datetime, anchors: Anchors = ()
) -> list[FileVerdict]:
    """
    Check files by themselves, whoever made them; of WARCs also what leads from one to another.

    Args:
        progress: Is told one line per file.
    """
    verdicts = check_each(paths, progress, now=now, anchors=anchors)
    return with_repeats(verdicts, _nowhere, whole=False)


def check_each(
    paths: Sequence[Path], progress: Progress, *, now: dt.datetime, anchors: Anchors = ()
) -> list[FileVerdict]:
    """Check files one by one; `check_all` also follows what leads from one to another."""
    verdicts: list[FileVerdict] = []
    for done, path in enumerate(paths, start=1):
        found = check_one(path, now=now, anchors=anchors)
        verdicts += found
        progress(_line(path, found), done=done, total=len(paths))
    return verdicts


def with_repeats(
    verdicts: Sequence[FileVerdict],
    elsewhere: Callable[[str], RecordRef | None],
    *,
    whole: bool,
) -> list[FileVerdict]:
    """Add to verdicts on WARCs where their revisits lead: see `repeat_faults`."""
    faults, notes = repeat_faults(verdicts, elsewhere, whole=whole)
    added = []
    for each in verdicts:
        more = tuple(fault for fault in faults if fault.file == str(each.path))
        told = tuple(note for note in notes if note.startswith(f"{each.path} at "))
        added.append(dataclasses.replace(each, faults=each.faults + more, notes=each.notes + told))
    return added


def _line(path: Path, found: Sequence[FileVerdict]) -> str:
    """Say in one line how a file fared, or a bag with the WARCs in it."""
    faults = sum(len(each.faults) for each in found)
    state = counted(faults, "fault") if faults else "all well"
    return f"{path.name}: {counted(sum(each.records for each in found), 'record')}, {state}"


def _bag(folder: Path, *, now: dt.datetime, anchors: Anchors) -> list[FileVerdict]:
    try:
        faults: tuple[str, ...] = tuple(bag_faults(folder))
    except OSError as exc:
        what = f"cannot be read: {exc.strerror or exc}"
        faults = (Fault(exc.filename or folder, None, what, Meaning.UNREADABLE),)
    within: list[FileVerdict] = []
    for path in bag_files(folder):
        if path.name.endswith(_WARCS) or path.suffix == ".wacz":
            within += check_one(path, now=now, anchors=anchors)
    more = (*_bag_index(folder, within), *_bag_media(folder), *_bag_custody(folder, now))
    notes = (f"{folder}: {_UNSIGNED}",)
    return [FileVerdict(folder, 0, (*faults, *more), (), notes), *within]


def _bag_index(folder: Path, within: Sequence[FileVerdict]) -> Iterator[Fault]:
    """Hold the index of a bag against its WARCs, where it stands as in a WACZ."""
    path = folder / _BAG_INDEX
    if not path.is_file():
        return
    held = {each.path.name: each.held for each in within if each.path.name.endswith(_WARCS)}
    yield from index_faults(read_lines(path), held, path, in_order=True)


def _bag_media(folder: Path) -> Iterator[Fault]:
    for path in bag_files(folder):
        if is_named(path.relative_to(folder).as_posix()):
            digests = Digests(())
            with path.open("rb") as file:
                while piece := file.read(_PIECE_BYTES):
                    digests.update(piece)
            if phrase := named_otherwise(path.as_posix(), digests.sha256):
                yield Fault(path, 0, phrase, Meaning.ALTERED)


def _bag_custody(folder: Path, now: dt.datetime) -> Iterator[Fault]:
    path, head = folder / _BAG_CUSTODY, folder / _BAG_HEAD
    if not (path.is_file() or head.is_file()):
        return
    with contextlib.ExitStack() as stack:
        lines: Iterable[bytes] = ()
        if path.is_file():
            lines = iter(partial(stack.enter_context(path.open("rb")).read, _PIECE_BYTES), b"")
        said = stack.enter_context(head.open("rb")).read(_MOST_HEAD) if head.is_file() else None
        for phrase, is_fault in custody_faults(lines, said, now):
            if is_fault:
                yield Fault(path, None, phrase, Meaning.REWRITTEN)


def _nowhere(_record_id: str) -> None:
    return None

"""Does what we hold still agree with itself? WARCs, CDXJ and database, checked offline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.x509 import load_pem_x509_certificates

from archiver.bootstrap import Archive
from archiver.checking.custody import custody_log_faults, seal_faults, unsealed_notes
from archiver.checking.files import check_all, check_each, is_checkable, with_repeats
from archiver.checking.reread import reread_faults
from archiver.clock import utc_now
from archiver.errors import UsageError
from archiver.models import RecordRef
from archiver.models.faults import Fault, Meaning
from archiver.services import Progress
from archiver.warc.names import OPEN, closed_name, held_warcs, index_path
from archiver.warc.verify import FileVerdict


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What a verification found.

    Attributes:
        files: What was read: WARCs, packages, bags.
        records: How many records they hold.
        threads: How many threads' evidence was looked for.
        faults: One sentence each (a `Fault`); empty if all agrees.
        notes: What is worth knowing and no fault, one sentence each.
    """

    files: tuple[str, ...]
    records: int
    threads: int
    faults: tuple[str, ...]
    notes: tuple[str, ...] = ()


def verify_holdings(
    archive: Archive, what: Sequence[str], progress: Progress, anchors: Sequence[bytes] = ()
) -> Verdict:
    """
    Check every record of the archive, of some threads, or of some files.

    Args:
        archive: The archive.
        what: Thread ids or URLs, and paths of WARCs, packages or bags; empty for everything.
        progress: Is told one line per file.
        anchors: Certificates (PEM) that are trusted besides those of the settings.

    Returns:
        The verdict: every record parses, digests match, CDXJ, database, seals and custody log agree
        with the WARCs, each record that a thread names as its proof is there, and the threads are
        what their records make of them when they are read again.

    Raises:
        UsageError: If one of `what` is neither a thread nor a file.
    """
    paths, threads = _asked(archive, what)
    trusted = (*_anchors(archive), *anchors)
    verdicts = check_each(paths, progress, now=utc_now(), anchors=trusted)
    ours = [each for each in verdicts if each.path.parent == archive.warc_dir]
    others = [each for each in verdicts if each.path.parent != archive.warc_dir]
    ours = with_repeats(ours, archive.store.record, whole=True)
    others = with_repeats(others, _nowhere, whole=False)
    faults = [fault for each in (*ours, *others) for fault in each.faults]
    faults += [fault for each in ours for fault in _against_database(archive, each)]
    faults += [fault for each in ours for fault in _index_gone(each.path)]
    data_dir = archive.settings.data_dir
    faults += seal_faults(data_dir, [each.path for each in ours], whole=not what)
    log_faults, notes = custody_log_faults(data_dir, archive.settings.evidence)
    faults += log_faults
    notes += unsealed_notes(data_dir, [each.path for each in ours])
    if not what:
        faults += _files_gone(archive, verdicts)
        faults += _strays(archive.warc_dir)
    faults += [fault for each in threads for fault in _proofs_missing(archive, each)]
    if threads:
        progress("reading the threads again from their records")
        faults += reread_faults(archive, threads if what else None)
    return _verdict([*ours, *others], len(threads), faults, notes)


def verify_files(
    paths: Sequence[Path], progress: Progress, anchors: Sequence[bytes] = ()
) -> Verdict:
    """Check WARCs, WACZs and bags by themselves, whoever made them; no archive is looked at."""
    verdicts = check_all(paths, progress, now=utc_now(), anchors=anchors)
    return _verdict(verdicts, 0, [fault for each in verdicts for fault in each.faults])


def warcs_of(archive: Archive, thread_id: str) -> list[str]:
    """Give the paths of the WARCs that hold the records of a thread, in order of name."""
    return [str(each) for each in _paths_of(archive, thread_id)]


def _asked(archive: Archive, what: Sequence[str]) -> tuple[list[Path], list[str]]:
    if not what:
        return held_warcs(archive.warc_dir), list(archive.store.thread_ids())
    paths: list[Path] = []
    threads: list[str] = []
    for each in what:
        thread = archive.store.find_thread(each)
        if is_checkable(Path(each)):
            paths.append(Path(each).resolve())
        elif thread is not None:
            threads.append(thread.id)
            paths += [path for path in _paths_of(archive, thread.id) if path not in paths]
        else:
            raise UsageError(
                f"{each}: neither a thread of this archive nor a WARC, a WACZ or a bag"
            )
    return paths, threads


def _verdict(
    verdicts: Sequence[FileVerdict], threads: int, faults: Sequence[str], notes: Sequence[str] = ()
) -> Verdict:
    return Verdict(
        tuple(str(each.path) for each in verdicts),
        sum(each.records for each in verdicts),
        threads,
        tuple(faults),
        (*(note for each in verdicts for note in each.notes), *notes),
    )


def _nowhere(_record_id: str) -> None:
    return None


def _paths_of(archive: Archive, thread_id: str) -> list[Path]:
    refs = (archive.store.record(each) for each in archive.store.evidence_of(thread_id))
    names = sorted({ref.filename for ref in refs if ref is not None})
    return [_path(archive.warc_dir, name) for name in names]


def _path(warc_dir: Path, name: str) -> Path:
    """Give the path of a WARC: while it is written, its name ends in `.open`."""
    closed = warc_dir / name
    still_open = warc_dir / f"{name}.open"
    return still_open if still_open.exists() and not closed.exists() else closed


def _against_database(archive: Archive, verdict: FileVerdict) -> Iterator[Fault]:
    name = verdict.path.name.removesuffix(".open")
    rows = {row.record_id: row for row in archive.store.records_in(name)}
    found = {ref.record_id: ref for ref in verdict.refs}
    if name != verdict.path.name:  # it grows: what only one of them knows yet is not judged
        end = min(_last(rows), _last(found))
        rows = {key: row for key, row in rows.items() if row.offset <= end}
        found = {key: ref for key, ref in found.items() if ref.offset <= end}
    for record_id in found.keys() - rows.keys():
        what = f"record {record_id} has no row in the database"
        yield Fault(name, found[record_id].offset, what, Meaning.DATABASE)
    for record_id in rows.keys() - found.keys():
        what = f"record {record_id} is in the database and not in the WARC"
        yield Fault(name, rows[record_id].offset, what, Meaning.LOST)
    for record_id in rows.keys() & found.keys():
        for what in _differences(rows[record_id], found[record_id]):
            yield Fault(name, found[record_id].offset, what, Meaning.DATABASE)


def _last(refs: dict[str, RecordRef]) -> int:
    return max((ref.offset for ref in refs.values()), default=-1)


def _differences(row: RecordRef, found: RecordRef) -> Iterator[str]:
    for field in ("url", "at", "type", "status", "offset", "length"):
        said, held = getattr(row, field), getattr(found, field)
        if said != held:
            yield f"record {row.record_id}: the database says {field} {said}, the WARC {held}"
    # A chunked record carries no payload digest, so only what both know is compared.
    if row.digest and found.digest and row.digest != found.digest:
        yield (
            f"record {row.record_id}: the database says digest {row.digest}, "
            f"the WARC {found.digest}"
        )


def _files_gone(archive: Archive, verdicts: Iterable[FileVerdict]) -> Iterator[Fault]:
    there = {each.path.name.removesuffix(".open") for each in verdicts}
    for name in archive.store.record_files():
        if name not in there:
            what = f"the database names this WARC, and it is not in {archive.warc_dir}"
            yield Fault(name, None, what, Meaning.LOST)


def _index_gone(warc: Path) -> Iterator[Fault]:
    if not index_path(warc).exists():
        what = f"its index {index_path(warc).name} is gone; restore it from a backup"
        yield Fault(warc.name, None, what, Meaning.INDEX)


def _strays(warc_dir: Path) -> Iterator[Fault]:
    found = {*warc_dir.glob("*.cdxj"), *warc_dir.glob("*.cdxj.open")}
    # Looked at twice: a writer may open or close a WARC, and its index, at this very moment.
    for _ in range(2):
        found -= {index_path(warc) for warc in held_warcs(warc_dir)}
        # Killed while it closed a WARC: both indexes may stand there until the next start.
        found -= {_other_index(warc) for warc in held_warcs(warc_dir)}
        found = {stray for stray in found if stray.exists()}
    for stray in sorted(found):
        yield Fault(stray.name, None, "an index without its WARC", Meaning.INDEX)


def _proofs_missing(archive: Archive, thread_id: str) -> Iterator[Fault]:
    for record_id in archive.store.evidence_of(thread_id):
        if archive.store.record(record_id) is None:
            what = f"its record {record_id} is in no WARC of this archive"
            yield Fault(f"thread {thread_id}", None, what, Meaning.INCOMPLETE)


def _other_index(warc: Path) -> Path:
    """Give the name that the index has before or after the WARC is closed."""
    if warc.name.endswith(OPEN):
        return index_path(warc.with_name(closed_name(warc)))
    return index_path(warc.with_name(warc.name + OPEN))


def _anchors(archive: Archive) -> tuple[bytes, ...]:
    return anchors_of(archive.settings.evidence.anchors)


def anchors_of(paths: Iterable[Path]) -> tuple[bytes, ...]:
    """
    Read certificates that are trusted.

    Raises:
        UsageError: If one cannot be read.
    """
    found = []
    for path in paths:
        try:
            found.append(path.read_bytes())
            load_pem_x509_certificates(found[-1])
        except OSError as exc:
            raise UsageError(f"{path}: the certificate cannot be read: {exc.strerror}") from exc
        except ValueError as exc:
            raise UsageError(f"{path}: holds no certificate in PEM") from exc
    return tuple(found)

"""Does what we hold still agree with itself? WARCs, CDXJ and database, checked offline."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from archiver.bootstrap import Archive
from archiver.errors import UsageError
from archiver.models import RecordRef
from archiver.services import Progress
from archiver.warc.names import held_warcs, index_path
from archiver.warc.verify import FileVerdict, verify_file


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What a verification found.

    Attributes:
        files: The WARCs that were read.
        records: How many records they hold.
        threads: How many threads' evidence was looked for.
        faults: One sentence each; empty if all agrees.
    """

    files: tuple[str, ...]
    records: int
    threads: int
    faults: tuple[str, ...]


def verify_holdings(archive: Archive, what: Sequence[str], progress: Progress) -> Verdict:
    """
    Check every record of the archive, of some threads, or of some files.

    Args:
        archive: The archive.
        what: Thread ids or URLs, and paths of WARCs; empty for everything.
        progress: Is told one line per file.

    Returns:
        The verdict: every record parses, digests match, CDXJ and database agree with the WARCs,
        and each record that a thread names as its proof is there.

    Raises:
        UsageError: If one of `what` is neither a thread nor a file.
    """
    paths, threads = _asked(archive, what)
    verdicts = _read(paths, progress)
    faults = [fault for each in verdicts for fault in each.faults]
    ours = [each for each in verdicts if each.path.parent == archive.warc_dir]
    faults += [fault for each in ours for fault in _against_database(archive, each)]
    faults += [fault for each in ours for fault in _index_gone(each.path)]
    if not what:
        faults += _files_gone(archive, verdicts)
        faults += _strays(archive.warc_dir)
    faults += [fault for each in threads for fault in _proofs_missing(archive, each)]
    return _verdict(verdicts, len(threads), faults)


def verify_files(paths: Sequence[Path], progress: Progress) -> Verdict:
    """Check WARCs by themselves, whoever wrote them, with the CDXJ beside them if there is one."""
    verdicts = _read(paths, progress)
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
        if Path(each).is_file():
            paths.append(Path(each).resolve())
        elif thread is not None:
            threads.append(thread.id)
            paths += [path for path in _paths_of(archive, thread.id) if path not in paths]
        else:
            raise UsageError(f"{each}: neither a thread of this archive nor a WARC file")
    return paths, threads


def _read(paths: Sequence[Path], progress: Progress) -> list[FileVerdict]:
    verdicts = []
    for done, path in enumerate(paths, start=1):
        verdicts.append(verify_file(path))
        progress(_line(verdicts[-1]), done=done, total=len(paths))
    return verdicts


def _verdict(verdicts: Sequence[FileVerdict], threads: int, faults: Sequence[str]) -> Verdict:
    files = tuple(str(each.path) for each in verdicts)
    return Verdict(files, sum(each.records for each in verdicts), threads, tuple(faults))


def _paths_of(archive: Archive, thread_id: str) -> list[Path]:
    refs = (archive.store.record(each) for each in archive.store.evidence_of(thread_id))
    names = sorted({ref.filename for ref in refs if ref is not None})
    return [_path(archive.warc_dir, name) for name in names]


def _path(warc_dir: Path, name: str) -> Path:
    """Give the path of a WARC: while it is written, its name ends in `.open`."""
    closed = warc_dir / name
    still_open = warc_dir / f"{name}.open"
    return still_open if still_open.exists() and not closed.exists() else closed


def _line(verdict: FileVerdict) -> str:
    state = f"{len(verdict.faults)} faults" if verdict.faults else "all well"
    return f"{verdict.path.name}: {verdict.records} records, {state}"


def _against_database(archive: Archive, verdict: FileVerdict) -> Iterator[str]:
    name = verdict.path.name.removesuffix(".open")
    rows = {row.record_id: row for row in archive.store.records_in(name)}
    found = {ref.record_id: ref for ref in verdict.refs}
    if name != verdict.path.name:  # it grows: what only one of them knows yet is not judged
        end = min(_last(rows), _last(found))
        rows = {key: row for key, row in rows.items() if row.offset <= end}
        found = {key: ref for key, ref in found.items() if ref.offset <= end}
    for record_id in found.keys() - rows.keys():
        yield f"{name}: record {record_id} has no row in the database"
    for record_id in rows.keys() - found.keys():
        yield f"{name}: record {record_id} is in the database and not in the WARC"
    for record_id in rows.keys() & found.keys():
        yield from _differences(name, rows[record_id], found[record_id])


def _last(refs: dict[str, RecordRef]) -> int:
    return max((ref.offset for ref in refs.values()), default=-1)


def _differences(name: str, row: RecordRef, found: RecordRef) -> Iterator[str]:
    for field in ("url", "at", "type", "status", "offset", "length"):
        said, held = getattr(row, field), getattr(found, field)
        if said != held:
            yield (
                f"{name}: record {row.record_id}: the database says {field} {said}, the WARC {held}"
            )
    # A chunked record carries no payload digest, so only what both know is compared.
    if row.digest and found.digest and row.digest != found.digest:
        yield (
            f"{name}: record {row.record_id}: the database says digest {row.digest}, "
            f"the WARC {found.digest}"
        )


def _files_gone(archive: Archive, verdicts: Iterable[FileVerdict]) -> Iterator[str]:
    there = {each.path.name.removesuffix(".open") for each in verdicts}
    for name in archive.store.record_files():
        if name not in there:
            yield f"{name}: the database names this WARC, and it is not in {archive.warc_dir}"


def _index_gone(warc: Path) -> Iterator[str]:
    if not index_path(warc).exists():
        yield f"{warc.name}: its index {index_path(warc).name} is gone; restore it from a backup"


def _strays(warc_dir: Path) -> Iterator[str]:
    found = {*warc_dir.glob("*.cdxj"), *warc_dir.glob("*.cdxj.open")}
    # Looked at twice: a writer may open or close a WARC, and its index, at this very moment.
    for _ in range(2):
        found -= {index_path(warc) for warc in held_warcs(warc_dir)}
        found = {stray for stray in found if stray.exists()}
    for stray in sorted(found):
        yield f"{stray.name}: an index without its WARC"


def _proofs_missing(archive: Archive, thread_id: str) -> Iterator[str]:
    for record_id in archive.store.evidence_of(thread_id):
        if archive.store.record(record_id) is None:
            yield f"thread {thread_id}: its record {record_id} is in no WARC of this archive"

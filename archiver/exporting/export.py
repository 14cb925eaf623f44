"""How does a thread leave the archive, whole and checkable? One file (or bag), or none."""

from __future__ import annotations

import contextlib
import datetime as dt
import enum
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import assert_never

from archiver.bootstrap import Archive
from archiver.core.memento import timestamp14
from archiver.errors import StoreError, UsageError
from archiver.exporting.contents import Contents, CustodyReader, Reading, gathered, no_custody
from archiver.models import ThreadView
from archiver.packages import bag, pdf, wacz
from archiver.packages.markdown import markdown
from archiver.packages.readme import Kind
from archiver.reports.report import Json, counted


class Format(enum.StrEnum):
    """What a thread can be exported as."""

    WACZ = "wacz"
    BAGIT = "bagit"
    JSON = "json"
    MARKDOWN = "markdown"
    PDF = "pdf"


_ENDINGS = {
    Format.WACZ: ".wacz",
    Format.BAGIT: "-bag",
    Format.JSON: ".json",
    Format.MARKDOWN: ".md",
    Format.PDF: ".pdf",
}


@dataclass(frozen=True, slots=True)
class Proofs:
    """
    What proves a package.

    Attributes:
        custody: Reads the custody log.
        sign: Signs the digest of a WACZ's list; None for none.
        prove: Stamps a WACZ's manifest; None for none.
    """

    custody: CustodyReader = no_custody
    sign: wacz.Signer | None = None
    prove: wacz.Prover | None = None


@dataclass(frozen=True, slots=True)
class Exported:
    """
    An export that is whole.

    Attributes:
        digest: `sha256:<hex>` of the file; of its sha256 manifest, if it is a bag.
        bytes: Length of the file, or of all files of the bag.
        records: How many records it holds; `missing`: a sentence for each that is lacking.
        notices: Sentences about it, such as that the thread is withheld.
    """

    thread_id: str
    format: Format
    path: Path
    digest: str
    bytes: int
    records: int
    missing: tuple[str, ...]
    notices: tuple[str, ...]


def export(
    archive: Archive,
    view: ThreadView,
    format: Format,
    output: Path | None,
    *,
    now: dt.datetime,
    reading: Reading,
    proofs: Proofs,
    note: Callable[[Exported], None] = lambda _: None,
    force: bool = False,
) -> Exported:
    """
    Write a thread with all that it needs; under its name only once it is whole.

    Args:
        archive: The archive.
        view: The thread.
        format: What it becomes.
        output: Where; a folder that is there gets a file of our naming; None: the working folder.
        now: Time of the export.
        reading: Writes the reading page.
        proofs: Sign and stamp it.
        note: Is told of the export once it is whole, and before it stands under its name: what
            cannot be noted does not leave.
        force: Replace what stands there.

    Raises:
        UsageError: If something stands there, or the folder does not; if nothing can print a PDF.
        StoreError: If a record cannot be read or the disk refuses.
        FixityError: If a record is damaged.
    """
    chromium = pdf.browser() if format is Format.PDF else ""
    place = _place(output, f"thread-{view.thread.id}-{timestamp14(now)}{_ENDINGS[format]}")
    _refuse_existing(place, format, force=force)
    contents = gathered(archive, view, now=now, reading=reading, custody=proofs.custody)
    with _draft(place, folder=format is Format.BAGIT) as draft:
        _write(draft, format, contents, proofs, chromium)
        digest, size = _measured(draft)
        made = Exported(
            thread_id=view.thread.id,
            format=format,
            path=place,
            digest=digest,
            bytes=size,
            records=len(contents.selection.records),
            missing=contents.selection.missing,
            notices=contents.notices,
        )
        note(made)
        _put_in_place(draft, place)
    return made


def _write(draft: Path, format: Format, contents: Contents, proofs: Proofs, chromium: str) -> None:
    match format:
        case Format.WACZ:
            kind = Kind.UNSIGNED if proofs.sign is None else Kind.SIGNED
            with draft.open("r+b") as file:
                wacz.write(file, contents.parts(kind), contents.about(), proofs.sign, proofs.prove)
        case Format.BAGIT:
            parts = contents.parts(Kind.BAG)
            bag.write(draft, parts, contents.bag_about(), contents.custody.lines)
        case Format.JSON:
            draft.write_bytes(contents.thread_json())
        case Format.MARKDOWN:
            said = markdown(
                contents.view,
                contents.base_url,
                contents.notices,
                facts=contents.facts(),
                records=contents.proofs(),
            )
            draft.write_text(said, encoding="utf-8", errors="replace", newline="\n")
        case Format.PDF:
            pdf.write(draft, contents.PAGE, contents.page_parts(unfolded=True), chromium)
        case _:
            assert_never(format)


def _place(output: Path | None, name: str) -> Path:
    if output is None:
        return Path.cwd() / name
    return output / name if output.is_dir() else output


def _refuse_existing(place: Path, format: Format, *, force: bool) -> None:
    if not place.parent.is_dir():
        raise UsageError(f"{place.parent}: there is no such folder to export into")
    if not place.exists() and not place.is_symlink():
        return
    if not force:
        raise UsageError(f"{place}: is there already; name another --output, or give --force")
    if place.is_dir() and (format is not Format.BAGIT or not (place / "bagit.txt").is_file()):
        raise UsageError(f"{place}: is a folder and no bag; it is not replaced even with --force")


@contextlib.contextmanager
def _draft(place: Path, *, folder: bool) -> Iterator[Path]:
    """Give a place beside the right one; what was not moved from there is removed."""
    draft = None
    try:
        draft = _made(place, folder=folder)
        yield draft
    except OSError as err:
        raise StoreError(
            f"{place}: could not be written ({err.strerror or err}); nothing is left of it"
        ) from err
    finally:
        if draft is not None:
            if folder:
                shutil.rmtree(draft, ignore_errors=True)
            else:
                draft.unlink(missing_ok=True)


def _made(place: Path, *, folder: bool) -> Path:
    start, end = f".{place.name[:60]}.", ".draft"
    if folder:
        made = Path(tempfile.mkdtemp(dir=place.parent, prefix=start, suffix=end))
        made.chmod(0o755)
        return made
    descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=start, suffix=end)
    os.fchmod(descriptor, 0o644)
    os.close(descriptor)
    return Path(name)


def _measured(draft: Path) -> tuple[str, int]:
    """Give digest and length, and put the file on the disk."""
    if draft.is_dir():
        sizes = (each.stat().st_size for each in draft.rglob("*") if each.is_file())
        return _digest(draft / "manifest-sha256.txt"), sum(sizes)
    return _digest(draft), draft.stat().st_size


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        os.fsync(file.fileno())
    return f"sha256:{digest}"


def _put_in_place(draft: Path, place: Path) -> None:
    if draft.is_dir() and place.is_dir():
        former = place.with_name(f".{place.name[:60]}.former-{os.getpid()}")
        place.rename(former)
        draft.rename(place)
        shutil.rmtree(former, ignore_errors=True)
    else:
        draft.replace(place)


def exported_json(made: Exported) -> Json:
    """Give an export, as `export --json` prints it."""
    return {
        "thread": made.thread_id,
        "format": made.format,
        "path": str(made.path),
        "digest": made.digest,
        "bytes": made.bytes,
        "records": made.records,
        "missing": list(made.missing),
        "notices": list(made.notices),
    }


def exported_lines(made: Exported) -> Iterator[str]:
    """Give the same for a person."""
    yield f"{made.path}"
    yield f"  {made.bytes:,} bytes, {made.digest}"
    yield f"  {counted(made.records, 'record')} with what belongs to them"
    for notice in made.notices:
        yield f"  note: {notice}"
    for each in made.missing:
        yield f"  lacking: {each}"

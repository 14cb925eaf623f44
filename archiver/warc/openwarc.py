"""How does one WARC grow on disk, so that it is whole after every batch and held by its writer?"""

from __future__ import annotations

import datetime as dt
import errno
import fcntl
import logging
import os
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from archiver.disk import sync_folder
from archiver.warc import index
from archiver.warc.exchange import new_record_id
from archiver.warc.members import member
from archiver.warc.names import OPEN, closed_name, index_path, warc_name
from archiver.warc.records import (
    RECORD_END,
    WARC_FIELDS,
    field_block,
    record_head,
    sha256,
    warc_date,
)

_TRIES = 100
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Provenance:
    """What the warcinfo record says of a file: who made it, by what, under which robots policy."""

    software: str
    contact: str
    robots: str


def hold(descriptor: int) -> bool:
    """Take the lock by which an open WARC says that its writer lives; False if another has it."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as exc:
        if exc.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise
    return True


class OpenWarc:
    """
    A WARC that is written: `.open` in its name, its index beside it.

    `size` counts what was appended, `kept` what a commit has put on the disk. Every method raises
    OSError where the disk refuses.

    Attributes:
        filename: The name it has once closed.
        warcinfo_id: Id of its first record.
    """

    def __init__(self, path: Path, warc: int, cdxj: int, warcinfo_id: str) -> None:
        self.path = path
        self.filename = closed_name(path)
        self.warcinfo_id = warcinfo_id
        self.size = 0
        self.kept = 0
        self._warc = warc
        self._cdxj = cdxj
        self._cdxj_kept = 0
        self._owed = b""

    @classmethod
    def create(cls, folder: Path, prefix: str, serial: int, provenance: Provenance) -> OpenWarc:
        """Make a new file with its warcinfo record, held and on the disk."""
        folder.mkdir(parents=True, exist_ok=True)
        now = dt.datetime.now(dt.UTC)
        path, warc = _new_held_file(folder, prefix, serial, now)
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC
            cdxj = os.open(index_path(path), flags, 0o644)
        except OSError:
            os.close(warc)
            raise
        made = cls(path, warc, cdxj, new_record_id())
        try:
            made.append((member(_warcinfo(made, now, provenance) + RECORD_END),))
            made.commit(())
            sync_folder(folder)
        except OSError:
            made.discard()
            raise
        return made

    def append(self, pieces: Sequence[bytes]) -> None:
        """Write to the end; nothing of it counts before `commit`."""
        left = memoryview(pieces[0] if len(pieces) == 1 else b"".join(pieces))
        while left:
            written = os.write(self._warc, left)
            self.size += written
            left = left[written:]

    def commit(self, lines: Sequence[str]) -> None:
        """Put what was appended on the disk (fsync), then add its index lines as well as may be."""
        os.fsync(self._warc)
        self.kept = self.size
        if lines:
            self._owed += "".join(f"{line}\n" for line in lines).encode()
            self._pay_index()

    def cut_back(self) -> None:
        """Drop what was appended after the last commit, down to the disk."""
        os.ftruncate(self._warc, self.kept)
        self.size = self.kept
        os.fsync(self._warc)

    def finish(self) -> None:
        """Close it: sort its index, drop `.open` from both names. What was not kept is dropped."""
        try:
            if self.size != self.kept:
                self.cut_back()
            written = index_path(self.path).read_bytes()[: self._cdxj_kept]
            finish_names(self.path, (written + self._owed).splitlines())
        finally:
            self.abandon()

    def abandon(self) -> None:
        """Let go of it as it is; the next recovery closes it."""
        os.close(self._cdxj)
        os.close(self._warc)

    def discard(self) -> None:
        """Remove it: nothing was ever kept in it."""
        self.path.unlink(missing_ok=True)
        index_path(self.path).unlink(missing_ok=True)
        self.abandon()

    def _pay_index(self) -> None:
        """
        Append the index lines that are owed; what the disk refuses stays owed.

        The records are kept by now and the index can be made from them, so neither is its refusal
        an error of their capture, nor need its end be on the disk.
        """
        at, left = self._cdxj_kept, memoryview(self._owed)
        try:
            while left:
                written = os.pwrite(self._cdxj, left, at)
                at, left = at + written, left[written:]
        except OSError as exc:
            _log.warning("index not written yet", extra={"warc": self.filename, "error": str(exc)})
            return
        self._cdxj_kept, self._owed = at, b""


def finish_names(path: Path, lines: Sequence[bytes]) -> Path:
    """
    Close a WARC that is whole: write its sorted index, then give both their names.

    Args:
        path: The WARC, with `.open` in its name.
        lines: Of its index, without line ends.

    Returns:
        Where the closed WARC stands.

    Raises:
        OSError: If the disk refuses.
    """
    closed = path.with_name(closed_name(path))
    index.write_sorted(index_path(closed), lines)
    path.rename(closed)
    index_path(path).unlink(missing_ok=True)
    sync_folder(path.parent)
    return closed


def _new_held_file(folder: Path, prefix: str, serial: int, now: dt.datetime) -> tuple[Path, int]:
    for _ in range(_TRIES):
        path = folder / (warc_name(prefix, now, serial, secrets.token_hex(4)) + OPEN)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o644)
        # A recovery may look at the file before it is held, and set it aside since it is empty.
        if hold(descriptor) and path.exists():
            return path, descriptor
        os.close(descriptor)
    raise OSError(errno.EBUSY, "no new WARC could be held", str(folder))


def _warcinfo(warc: OpenWarc, now: dt.datetime, provenance: Provenance) -> bytes:
    operator = (("operator", provenance.contact),) if provenance.contact else ()
    block = field_block(
        (
            ("software", provenance.software),
            ("format", "WARC File Format 1.1"),
            (
                "conformsTo",
                "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/",
            ),
            *operator,
            ("robots", provenance.robots),
        )
    )
    head = record_head(
        (
            ("WARC-Type", "warcinfo"),
            ("WARC-Record-ID", f"<{warc.warcinfo_id}>"),
            ("WARC-Date", warc_date(now)),
            ("WARC-Filename", warc.filename),
            ("WARC-Block-Digest", sha256(block)),
            ("Content-Type", WARC_FIELDS),
            ("Content-Length", str(len(block))),
        )
    )
    return head + block

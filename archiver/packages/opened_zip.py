"""Is a zip one and the same to every program that opens it? Reads it strictly, within bounds."""

from __future__ import annotations

import io
import struct
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from isal.isal_zlib import crc32

from archiver.models.faults import Fault, Meaning
from archiver.packages.zip_directory import (
    DEFLATED,
    END_BYTES,
    STORED,
    BrokenZip,
    ZipEntry,
    check_extra,
    ending,
    entries,
)

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_PIECE_BYTES = 1_048_576
_MOST_DIRECTORY_BYTES = 100_000_000
_MOST_RATIO, _SMALL_BYTES = 200, 50_000_000
_LOCAL = struct.Struct("<4s5H3L2H")
_LOCAL_MARK, _AFTER_MARK = b"PK\x03\x04", b"PK\x07\x08"
_SIZES_BEHIND = 0x8
_KNOWN_FLAGS = 0x8 | 0x800 | 0x6  # sizes behind the data; UTF-8 names; how hard it was packed


class OpenedZip:
    """
    A zip, its structure checked.

    Attributes:
        path: Where it stands.
        faults: What is wrong with its structure.
        entries: Its files by name, as far as they can be told apart; folders left out.
    """

    def __init__(self, path: Path) -> None:
        """Read the directory, and hold each entry's own header against it. Raises OSError."""
        self.path = path
        self.faults: list[Fault] = []
        self.entries: dict[str, ZipEntry] = {}
        self._data_at: dict[str, int] = {}
        with path.open("rb") as file:
            size = file.seek(0, io.SEEK_END)
            try:
                found = _directory(file, size)
            except BrokenZip as exc:
                self._blame(exc.offset, exc.what)
                return
            self._compare(file, found)

    def opened(self, name: str) -> BinaryIO:
        """Open a file that is stored as it is; it can be read and sought."""
        entry = self.entries[name]
        return io.BufferedReader(
            _Window(self.path.open("rb"), self._data_at[name], entry.packed_bytes), _PIECE_BYTES
        )

    def pieces(self, name: str) -> Iterator[bytes]:
        """
        Give a file unpacked, and never more of it than the directory says.

        Raises:
            BrokenZip: If its size or checksum is another, or its packing is broken.
        """
        entry = self.entries[name]
        count = check = 0
        with self.path.open("rb") as file:
            file.seek(self._data_at[name])
            raw = _raw(file, entry.packed_bytes)
            for piece in _inflated(raw, entry) if entry.method == DEFLATED else raw:
                count += len(piece)
                if count > entry.bytes:
                    break
                check = crc32(piece, check)
                yield piece
        at = self._data_at[name]
        if count != entry.bytes:
            word = "more than" if count > entry.bytes else f"{count} of"
            raise BrokenZip(at, f"it holds {word} the {entry.bytes} bytes that the zip says")
        if check != entry.crc:
            raise BrokenZip(at, f"its checksum is {check:08x}, and the zip says {entry.crc:08x}")

    def at(self, name: str) -> int:
        """Say where the bytes of a file begin, in the zip."""
        return self._data_at[name]

    def _compare(self, file: BinaryIO, found: list[ZipEntry]) -> None:
        for name, count in Counter(each.name for each in found).items():
            if count > 1:
                at = [each.at for each in found if each.name == name][1]
                self._blame(at, f"{name[:200]!r} stands {count} times in its directory")
        alike = Counter(_alike(name) for name in {each.name for each in found})
        for each in found:
            if alike[_alike(each.name)] > 1:
                self._blame(each.at, f"{each.name[:200]!r} has a twin that some disks take for it")
        at, whole = 0, True
        begins = [each.header_at for each in sorted(found, key=lambda each: each.header_at)]
        begins = [*begins[1:], file_end(found)]
        for entry, following in zip(
            sorted(found, key=lambda each: each.header_at), begins, strict=True
        ):
            self._faults_of_name(entry)
            if entry.header_at != at and whole:
                word = "overlap" if entry.header_at < at else "stand unnamed before"
                self._blame(min(at, entry.header_at), f"bytes {word} {entry.name[:200]!r}")
            try:
                data_at, at = _local(file, entry, following)
            except BrokenZip as exc:
                self._blame(exc.offset, exc.what)
                at, whole = following, False
                continue
            whole = True
            if _is_bomb(entry):
                what = f"{entry.name[:200]!r} unpacks {entry.packed_bytes} to {entry.bytes} bytes"
                self.faults.append(Fault(self.path, entry.header_at, what, Meaning.BOMB))
            elif not entry.is_folder:
                self.entries.setdefault(entry.name, entry)
                self._data_at.setdefault(entry.name, data_at)
        if found and whole and at != file_end(found):
            self._blame(at, "bytes stand unnamed before its directory")

    def _faults_of_name(self, entry: ZipEntry) -> None:
        parts = PurePosixPath(entry.name).parts
        name = entry.name
        if (
            not parts
            or name.startswith("/")
            or ".." in parts
            or "\\" in name
            or ":" in parts[0]
            or not name.isprintable()
            or name.rstrip("/") != str(PurePosixPath(name))
        ):
            self._blame(entry.at, f"{name[:200]!r} is no path inside a package")
        if entry.symlink:
            self._blame(entry.at, f"{name[:200]!r} is a link, not a file")

    def _blame(self, offset: int, what: str) -> None:
        self.faults.append(Fault(self.path, offset, what, Meaning.STRUCTURE))


def _alike(name: str) -> str:
    """Give what is the same of two names on a disk that tells neither case nor normal form."""
    return unicodedata.normalize("NFC", name).casefold()


def file_end(found: list[ZipEntry]) -> int:
    """Say where the directory of a zip begins: that of its first entry."""
    return min((each.at for each in found), default=0)


def _directory(file: BinaryIO, size: int) -> list[ZipEntry]:
    tail_at = max(0, size - END_BYTES)
    file.seek(tail_at)
    end = ending(file.read(END_BYTES), tail_at)
    if end.directory_bytes > _MOST_DIRECTORY_BYTES:
        raise BrokenZip(end.directory_at, f"its directory is {end.directory_bytes} bytes long")
    file.seek(end.directory_at)
    return list(entries(file.read(end.directory_bytes), end))


def _local(file: BinaryIO, entry: ZipEntry, following: int) -> tuple[int, int]:
    """
    Hold the header before an entry's bytes against the directory.

    Returns:
        Where the bytes begin, and where all of the entry ends.
    """
    name = entry.name[:200]
    file.seek(entry.header_at)
    head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size or not head.startswith(_LOCAL_MARK):
        raise BrokenZip(entry.header_at, f"the header of {name!r} does not stand here")
    _, _, flags, method, _, _, crc, packed, size, name_bytes, extra_bytes = _LOCAL.unpack(head)
    said = file.read(name_bytes)
    extra = file.read(extra_bytes)
    check_extra(extra, entry.header_at)
    if said != entry.name.encode():
        raise BrokenZip(
            entry.header_at + 30, f"the directory says {name!r}, its own header {said[:200]!r}"
        )
    if (flags, method) != (entry.flags, entry.method):
        what = f"directory and header of {name!r} differ in how it is packed"
        raise BrokenZip(entry.header_at + 6, what)
    if flags & ~_KNOWN_FLAGS or method not in (STORED, DEFLATED):
        raise BrokenZip(
            entry.header_at + 6, f"{name!r} is encrypted or packed in a way no WACZ may be"
        )
    data_at = entry.header_at + _LOCAL.size + name_bytes + extra_bytes
    end = data_at + entry.packed_bytes
    if end > following:
        raise BrokenZip(
            following, f"{name!r} reaches to {end}, over what follows it at {following}"
        )
    if not flags & _SIZES_BEHIND:
        size, packed = _widened(extra, size, packed)
        if (crc, packed, size) != (entry.crc, entry.packed_bytes, entry.bytes):
            what = f"directory and header of {name!r} differ in size or checksum"
            raise BrokenZip(entry.header_at + 14, what)
    elif not (crc == packed == size == 0) and entry.method == STORED:
        size, packed = _widened(extra, size, packed)
        if (packed, size) != (entry.packed_bytes, entry.bytes):
            what = f"directory and header of {name!r} differ in size"
            raise BrokenZip(entry.header_at + 18, what)
    if method == STORED and entry.packed_bytes != entry.bytes:
        raise BrokenZip(entry.at, f"{name!r} is stored, and its two sizes differ")
    return data_at, end + (_descriptor(file, entry, end) if flags & _SIZES_BEHIND else 0)


def _widened(extra: bytes, size: int, packed: int) -> tuple[int, int]:
    place = 0
    while place + 4 <= len(extra) and 0xFFFFFFFF in (size, packed):
        kind, length = struct.unpack_from("<2H", extra, place)
        if kind == 1 and length >= 16 and place + 20 <= len(extra):
            return struct.unpack_from("<2Q", extra, place + 4)
        place += 4 + length
    return size, packed


def _descriptor(file: BinaryIO, entry: ZipEntry, at: int) -> int:
    """Give the length of what stands behind the data: checksum and sizes, once more."""
    file.seek(at)
    found = file.read(24)
    marked = found.startswith(_AFTER_MARK)
    for shape in ("<LLL", "<LQQ"):
        whole = struct.Struct(shape)
        start = 4 if marked else 0
        if len(found) >= start + whole.size and whole.unpack_from(found, start) == (
            entry.crc,
            entry.packed_bytes,
            entry.bytes,
        ):
            return start + whole.size
    raise BrokenZip(at, f"sizes and checksum behind {entry.name[:200]!r} are not the directory's")


def _is_bomb(entry: ZipEntry) -> bool:
    return entry.bytes > max(_SMALL_BYTES, entry.packed_bytes * _MOST_RATIO)


def _raw(file: BinaryIO, count: int) -> Iterator[bytes]:
    while count and (piece := file.read(min(count, _PIECE_BYTES))):
        count -= len(piece)
        yield piece


def _inflated(raw: Iterator[bytes], entry: ZipEntry) -> Iterator[bytes]:
    stream = zlib.decompressobj(-15)
    at = entry.header_at
    for fed in raw:
        try:
            while fed and not stream.eof:
                yield stream.decompress(fed, _PIECE_BYTES)
                fed = stream.unconsumed_tail
        except zlib.error as exc:
            raise BrokenZip(at, f"its packing is broken ({exc})") from exc
        if stream.eof and stream.unused_data:
            raise BrokenZip(at, "bytes stand behind the end of its packing")
    try:
        yield stream.flush()
    except zlib.error as exc:
        raise BrokenZip(at, f"its packing is broken ({exc})") from exc
    if not stream.eof:
        raise BrokenZip(at, "its packing ends early")


class _Window(io.RawIOBase):
    """A stretch of a file, as if it were a file."""

    def __init__(self, file: BinaryIO, begins: int, length: int) -> None:
        super().__init__()
        self._file, self._begins, self._length, self._at = file, begins, length, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._length}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: WriteableBuffer) -> int:
        view = memoryview(buffer)
        self._file.seek(self._begins + self._at)
        piece = self._file.read(max(0, min(len(view), self._length - self._at)))
        view[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)

    def close(self) -> None:
        self._file.close()
        super().close()

"""What does the directory at the end of a zip say, byte for byte? Pure; trusts no number in it."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

END_BYTES = 65_557
"""The record at the end of a zip, with the longest comment it may have."""

STORED, DEFLATED = 0, 8
MOST_ENTRIES = 200_000

_END = struct.Struct("<4s4H2LH")
_END64_PLACE = struct.Struct("<4sLQL")
_END64 = struct.Struct("<4sQ2H2L4Q")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END_MARK, _END64_PLACE_MARK, _END64_MARK = b"PK\x05\x06", b"PK\x06\x07", b"PK\x06\x06"
_CENTRAL_MARK = b"PK\x01\x02"
_FULL16, _FULL32 = 0xFFFF, 0xFFFFFFFF
# Sizes of zip64; times of NTFS and Unix; numbers of the owner.
_HARMLESS = frozenset({0x0001, 0x000A, 0x5455, 0x5855, 0x7855, 0x7875})
_SYMLINK, _KIND = 0o120000, 0o170000


class BrokenZip(ValueError):
    """A zip that cannot be read; `offset` is the first byte that is wrong."""

    def __init__(self, offset: int, what: str) -> None:
        super().__init__(what)
        self.offset = offset
        self.what = what


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """
    One file in a zip, as the directory tells it.

    Attributes:
        name: Its path, as written.
        at: Where the directory tells of it, in bytes.
        header_at: Where its own header begins, in bytes.
        packed_bytes: Length as it lies.
        bytes: Length unpacked.
        method: 0 stored, 8 deflated.
        flags: Bit 0: encrypted; bit 3: sizes stand behind the data.
        symlink: It is a link, not a file.
    """

    name: str
    at: int
    header_at: int
    packed_bytes: int
    bytes: int
    crc: int
    method: int
    flags: int
    symlink: bool = False

    @property
    def is_folder(self) -> bool:
        """It has no content of its own."""
        return self.name.endswith("/")


@dataclass(frozen=True, slots=True)
class Ending:
    """Where the directory stands, in bytes, and how many files it says it tells of."""

    count: int
    directory_at: int
    directory_bytes: int
    begins_at: int


def ending(tail: bytes, tail_at: int) -> Ending:
    """
    Read the record that ends a zip.

    Args:
        tail: The last bytes of the file, at least END_BYTES of them if it has as many.
        tail_at: Where they begin in the file.

    Raises:
        BrokenZip: If there is none, if bytes follow it, or the zip is one part of several.

    Source: APPNOTE.TXT 6.3.10, 4.3.14 to 4.3.16
    """
    at = tail.rfind(_END_MARK)
    if at < 0 or len(tail) - at < _END.size:
        end = tail_at + len(tail)
        raise BrokenZip(end, "the zip's directory is missing: the file ends early or is no zip")
    _, disk, first, here, count, size, start, comment = _END.unpack_from(tail, at)
    behind = len(tail) - at - _END.size - comment
    if behind > 0:
        raise BrokenZip(tail_at + len(tail) - behind, f"{behind} bytes stand behind its end")
    if behind < 0:
        raise BrokenZip(tail_at + len(tail), f"its comment lacks {-behind} bytes")
    if comment:
        raise BrokenZip(tail_at + at + _END.size, "it has a comment, which no digest covers")
    if disk or first or here != count:
        raise BrokenZip(tail_at + at, "it is one part of a zip in several")
    begins = tail_at + at
    if _FULL16 in (count,) or _FULL32 in (size, start):
        return _ending64(tail, tail_at, at)
    if start + size != begins:
        what = f"its directory should end at {begins}, and says {start + size}"
        raise BrokenZip(begins, what)
    return Ending(count, start, size, begins)


def _ending64(tail: bytes, tail_at: int, at: int) -> Ending:
    place_at = at - _END64_PLACE.size
    if place_at < _END64.size or tail[place_at : place_at + 4] != _END64_PLACE_MARK:
        raise BrokenZip(tail_at + at, "its sizes call for a zip64 record, and there is none")
    _, _, where, _ = _END64_PLACE.unpack_from(tail, place_at)
    here = where - tail_at
    if here != place_at - _END64.size or tail[here : here + 4] != _END64_MARK:
        raise BrokenZip(tail_at + place_at, "its zip64 record is not where it says")
    _, length, _, _, disk, first, on_disk, count, size, start = _END64.unpack_from(tail, here)
    if disk or first or on_disk != count or length != _END64.size - 12:
        raise BrokenZip(where, "its zip64 record is malformed")
    if start + size != where:
        raise BrokenZip(where, f"its directory should end at {where}, and says {start + size}")
    return Ending(count, start, size, where)


def entries(directory: bytes, ending: Ending) -> Iterator[ZipEntry]:
    """
    Read the directory.

    Raises:
        BrokenZip: Where it is malformed, holds more or less than it says, or over MOST_ENTRIES.

    Source: APPNOTE.TXT 6.3.10, 4.3.12 and 4.5.3
    """
    if ending.count > MOST_ENTRIES:
        raise BrokenZip(
            ending.begins_at, f"it says that it holds {ending.count} files, over {MOST_ENTRIES}"
        )
    at = 0
    for _ in range(ending.count):
        here = ending.directory_at + at
        if directory[at : at + 4] != _CENTRAL_MARK or len(directory) - at < _CENTRAL.size:
            raise BrokenZip(here, "no entry of its directory stands here")
        fields = _CENTRAL.unpack_from(directory, at)
        name_bytes, extra_bytes, comment_bytes = fields[10:13]
        at += _CENTRAL.size
        end = at + name_bytes + extra_bytes + comment_bytes
        if end > len(directory):
            raise BrokenZip(here, "an entry of its directory ends early")
        name = directory[at : at + name_bytes]
        extra = directory[at + name_bytes : at + name_bytes + extra_bytes]
        if comment_bytes:
            raise BrokenZip(here, "an entry has a comment, which no digest covers")
        yield _entry(name, extra, fields, here)
        at = end
    if at != len(directory):
        raise BrokenZip(ending.directory_at + at, "bytes stand between its directory and its end")


def _entry(name: bytes, extra: bytes, fields: tuple[int, ...], at: int) -> ZipEntry:
    flags, method, crc, packed, size = fields[3], fields[4], fields[7], fields[8], fields[9]
    disk, outside, header_at = fields[13], fields[15], fields[16]
    wanted = [value == _FULL32 for value in (size, packed, header_at)]
    if any(wanted):
        wide = _zip64(extra, sum(wanted), at)
        size, packed, header_at = (
            wide.pop(0) if want else value
            for want, value in zip(wanted, (size, packed, header_at), strict=True)
        )
    if disk:
        raise BrokenZip(at, "it is one part of a zip in several")
    check_extra(extra, at)
    if not name.isascii() and not flags & 0x800:
        raise BrokenZip(at, f"the name {name[:80]!r} does not say in which letters it is written")
    try:
        text = name.decode()
    except UnicodeDecodeError as exc:
        raise BrokenZip(at, f"the name {name[:80]!r} is not UTF-8") from exc
    is_link = (outside >> 16) & _KIND == _SYMLINK
    return ZipEntry(text, at, header_at, packed, size, crc, method, flags, is_link)


def check_extra(extra: bytes, at: int) -> None:
    """
    Refuse what is said of an entry beside its header, but for sizes, times and owners.

    A name that is said there once more (0x7075) is the one that some programs go by, and others do
    not: a picture would be another picture for them.

    Raises:
        BrokenZip: If there is anything else, or it is malformed.

    Source: APPNOTE.TXT 6.3.10, 4.5 and 4.6
    """
    place = 0
    while place < len(extra):
        if place + 4 > len(extra):
            raise BrokenZip(at, "what an entry says beside its header ends early")
        kind, size = struct.unpack_from("<2H", extra, place)
        if kind not in _HARMLESS:
            raise BrokenZip(
                at, f"an entry says more of itself than programs agree on (0x{kind:04x})"
            )
        place += 4 + size
    if place > len(extra):
        raise BrokenZip(at, "what an entry says beside its header ends early")


def _zip64(extra: bytes, count: int, at: int) -> list[int]:
    place = 0
    while place + 4 <= len(extra):
        kind, size = struct.unpack_from("<2H", extra, place)
        if kind == 1 and size >= 8 * count and place + 4 + size <= len(extra):
            return list(struct.unpack_from(f"<{count}Q", extra, place + 4))
        place += 4 + size
    raise BrokenZip(at, "an entry calls for zip64 sizes, and has none")

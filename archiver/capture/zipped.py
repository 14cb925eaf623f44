"""What do the members of a ZIP hold? Read with care: names and sizes in it are anybody's claim."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import BinaryIO, Self

from archiver.errors import UsageError

_MOST_MEMBERS = 2_000_000
_CHUNK = 1 << 20
# What zipfile raises on bad bytes, besides its own error.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OSError,
)


class Zipped:
    """An open ZIP file."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive = archive
        self._name = name

    @classmethod
    def open(cls, path: Path) -> Zipped:
        """
        Open a file; nothing is ever unpacked to disk.

        Raises:
            UsageError: If it is no ZIP, cannot be read, or names members as no honest one does.
        """
        try:
            archive = zipfile.ZipFile(path)
        except _BROKEN as err:
            raise UsageError(f"{path.name}: cannot be read as a ZIP file ({err})") from err
        opened = cls(archive, path.name)
        try:
            opened._check()
        except UsageError:
            archive.close()
            raise
        return opened

    def names(self) -> tuple[str, ...]:
        """Give the names of all members, folders left out."""
        return tuple(each.filename for each in self._archive.infolist() if not each.is_dir())

    def size(self, name: str) -> int:
        """Give how many bytes a member unpacks to, as the ZIP says; no more are ever read."""
        return self._archive.getinfo(name).file_size

    def read(self, name: str, most_bytes: int) -> bytes:
        """
        Read a member whole.

        Args:
            most_bytes: Counted while it is unpacked, whatever the ZIP says its size is.

        Raises:
            UsageError: If it is larger, encrypted, or broken.
        """
        try:
            info = self._archive.getinfo(name)
            if info.file_size > most_bytes:
                raise self._too_large(name, most_bytes)
            if info.flag_bits & 1:
                raise UsageError(f"{self._name}: {name} is encrypted; give the export as it came")
            return self._unpacked(name, most_bytes)
        except (KeyError, *_BROKEN) as err:
            raise UsageError(f"{self._name}: {name} cannot be unpacked ({err})") from err

    def copy(self, name: str, target: BinaryIO, most_bytes: int) -> int:
        """
        Unpack a member into an open file, piece by piece; give its length.

        Args:
            most_bytes: Counted while it is unpacked, whatever the ZIP says its size is.

        Raises:
            UsageError: If it is larger, encrypted, or broken.
        """
        length = 0
        try:
            with self._archive.open(self._archive.getinfo(name)) as member:
                while chunk := member.read(_CHUNK):
                    length += len(chunk)
                    if length > most_bytes:
                        raise self._too_large(name, most_bytes)
                    target.write(chunk)
        except (KeyError, *_BROKEN) as err:
            raise UsageError(f"{self._name}: {name} cannot be unpacked ({err})") from err
        return length

    def _unpacked(self, name: str, most_bytes: int) -> bytes:
        parts: list[bytes] = []
        length = 0
        with self._archive.open(name) as member:
            while chunk := member.read(_CHUNK):
                length += len(chunk)
                if length > most_bytes:
                    raise self._too_large(name, most_bytes)
                parts.append(chunk)
        return b"".join(parts)

    def _too_large(self, name: str, most_bytes: int) -> UsageError:
        return UsageError(
            f"{self._name}: {name} is larger than the {most_bytes // 1_000_000:,} MB that are read"
        )

    def _check(self) -> None:
        infos = self._archive.infolist()
        if len(infos) > _MOST_MEMBERS:
            raise UsageError(f"{self._name}: holds {len(infos):,} members, more than any export")
        for info in infos:
            path = PurePosixPath(info.filename.replace("\\", "/"))
            if path.is_absolute() or ".." in path.parts or ":" in info.filename[:2]:
                raise UsageError(
                    f"{self._name}: holds a member named {info.filename[:100]!r}, as no export"
                    " does; nothing of it was taken"
                )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._archive.close()

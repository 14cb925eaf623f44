"""
Where did the links of dead shorteners lead? Tables out of BEACON dumps, found in microseconds.

A dump is read once, into an SQLite file that is named after its digest; a dump of the same bytes
is never read again, wherever it lies.
"""

from __future__ import annotations

import hashlib
import json
import lzma
import os
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from archiver.core import beacon, urls
from archiver.errors import ConfigError, StoreError
from archiver.models import TableLine

_CHUNK = 1 << 20
_ROWS = 50_000  # inserted at a time
_XZ_MEMORY = 256 << 20
_XZ_RATIO = 200  # tables shrink to a fifth or a tenth; what grows more than this is a bomb
_XZ_SLACK = 8 << 20
_XZ_STREAMS = 1_000  # joined files; each costs a walk over what is left of a chunk
_MOST_HOSTS = 10_000
_FORMAT = "1"  # of the index; another one is made anew
_KEY = "links.beacon"

_TABLES = """
CREATE TABLE about (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE line (key BLOB NOT NULL, target BLOB NOT NULL);
"""


class Tables:
    """The tables of an archive (ports.LinkTables); closed at its end."""

    def __init__(self, tables: Sequence[_Table]) -> None:
        """Take tables that `open_tables` made ready."""
        self._tables = tuple(tables)

    def knows(self, url: str) -> bool:
        """Say whether a table may hold links of this host; costs nothing."""
        host = urls.host_of(url).encode("ascii", "replace")
        return any(table.hosts is None or host in table.hosts for table in self._tables)

    def find(self, url: str) -> TableLine | None:
        """
        Find where a short link led; the first of the dumps in the order of the settings counts.

        Args:
            url: In the form of core.urls.fetchable.

        Raises:
            StoreError: If an index was damaged.
        """
        keys = beacon.keys_of_link(url)
        host = urls.host_of(url).encode("ascii", "replace")
        for table in self._tables:
            if table.hosts is not None and host not in table.hosts:
                continue
            for raw in table.targets(keys):
                with suppress(ValueError):
                    target = beacon.url_of(raw)
                    text = beacon.text_of(raw)
                    return TableLine(
                        url, text, target, raw, table.source, table.digest, table.stamp
                    )
        return None

    def close(self) -> None:
        """Close the files."""
        for table in self._tables:
            table.close()


def open_tables(files: Iterable[Path], folder: Path) -> Tables:
    """
    Make the tables of dumps ready; one that was read before is only opened.

    Args:
        files: BEACON dumps, `.txt` or `.xz`.
        folder: Where indexes are kept; made if it is not there.

    Raises:
        ConfigError: If a dump cannot be read, or it is not clear which service it is of.
        StoreError: If an index cannot be written.
    """
    tables: list[_Table] = []
    for path in files:
        _make(folder)
        try:
            digest = _digest(path, folder / "known.json")
            named = beacon.host_in_name(path.name, path.resolve().parent.name)
            # The name counts as well: it may say which service the codes are of.
            index = folder / f"{digest[:32]}-{named}.sqlite"
            if not _is_ready(index):
                _build(path, index, named)
            tables.append(_opened(path, index, digest))
        except sqlite3.Error as err:
            raise StoreError(f"the index of {path} in {folder} cannot be kept ({err})") from err
        except OSError as err:
            raise _unreadable(path, err.strerror or str(err)) from err
    return Tables(tables)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise StoreError(f"{folder}: cannot be made ({err.strerror})") from err


@dataclass(slots=True)
class _Table:
    """One dump, indexed. `hosts` is None if there are too many to hold."""

    source: str
    digest: str
    stamp: str
    hosts: frozenset[bytes] | None
    connection: sqlite3.Connection
    lock: threading.Lock

    def targets(self, keys: Sequence[bytes]) -> Iterator[bytes]:
        for key in keys:
            try:
                with self.lock:
                    row = self.connection.execute(
                        "SELECT target FROM line WHERE key = ? ORDER BY rowid LIMIT 1", (key,)
                    ).fetchone()
            except sqlite3.Error as err:
                raise StoreError(
                    f"the index of {self.source} cannot be read ({err}); "
                    "remove the folder beacon in the data folder, it is made anew"
                ) from err
            if row is not None:
                yield row[0]

    def close(self) -> None:
        self.connection.close()


def _opened(path: Path, index: Path, digest: str) -> _Table:
    connection = sqlite3.connect(f"{index.resolve().as_uri()}?mode=ro", uri=True,
                                 check_same_thread=False)  # fmt: skip
    about = dict(connection.execute("SELECT name, value FROM about"))
    hosts = json.loads(about["hosts"])
    return _Table(
        source=f"urlteam:{path.name}",
        digest=f"sha256:{digest}",
        stamp=about["stamp"],
        hosts=None if hosts is None else frozenset(host.encode("latin-1") for host in hosts),
        connection=connection,
        lock=threading.Lock(),
    )


def _is_ready(index: Path) -> bool:
    """Say whether an index is whole and of today's format."""
    if not index.exists():
        return False
    with suppress(sqlite3.Error), closing(sqlite3.connect(index)) as connection:
        found = connection.execute("SELECT value FROM about WHERE name = 'format'").fetchone()
        return found is not None and found[0] == _FORMAT
    return False


def _build(path: Path, index: Path, named: str) -> None:
    """Read a dump into an index that appears only once it is whole."""
    half = index.with_name(f"{index.name}.{os.getpid()}.half")
    half.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(half)) as connection:
            connection.executescript("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
            connection.executescript(_TABLES)
            header, hosts = _fill(path, connection, named)
            connection.execute("CREATE INDEX line_key ON line (key)")
            about = {"format": _FORMAT, "stamp": header.stamp, "hosts": json.dumps(hosts)}
            connection.executemany("INSERT INTO about VALUES (?, ?)", about.items())
            connection.commit()
        half.replace(index)
    finally:
        half.unlink(missing_ok=True)


def _fill(
    path: Path, connection: sqlite3.Connection, named: str
) -> tuple[beacon.Header, list[str] | None]:
    """Insert all lines; give the header and the hosts whose links they are of."""
    with path.open("rb") as file:
        chunks = _unpacked(path, _chunks(file)) if _is_xz(path) else _chunks(file)
        header, pairs = beacon.read(beacon.lines(chunks))
        prefix = header.prefix or (f"http://{named}/".encode() if named else b"")
        hosts: set[bytes] = set()
        rows: list[tuple[bytes, bytes]] = []
        for code, target in pairs:
            key = beacon.key_of(prefix, code)
            rows.append((key, beacon.target_of(header.target, target)))
            if len(rows) >= _ROWS:
                _insert(connection, rows, hosts)
        _insert(connection, rows, hosts)
    known = sorted(host.decode("latin-1") for host in hosts)
    if known and not any("." in host for host in known):
        raise _unreadable(
            path,
            "it does not say which service it is of; add a first line such as "
            "#PREFIX: http://bit.ly/, or name the file after the service",
        )
    return header, known if len(known) <= _MOST_HOSTS else None


def _insert(
    connection: sqlite3.Connection, rows: list[tuple[bytes, bytes]], hosts: set[bytes]
) -> None:
    connection.executemany("INSERT INTO line VALUES (?, ?)", rows)
    if len(hosts) <= _MOST_HOSTS:
        hosts.update({key.partition(b"/")[0].partition(b":")[0] for key, _ in rows})
    rows.clear()


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        yield chunk


def _is_xz(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(6) == b"\xfd7zXZ\x00"


def _unpacked(path: Path, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Decompress, also several streams one after the other, in pieces and not without end."""
    taken = given = streams = 0
    unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
    try:
        for chunk in chunks:
            taken += len(chunk)
            while chunk or not unpacker.needs_input:
                if unpacker.eof:
                    chunk = (unpacker.unused_data + chunk).lstrip(b"\0")  # stream padding
                    if not chunk:
                        break
                    streams += 1
                    if streams > _XZ_STREAMS:
                        raise _unreadable(path, f"it is over {_XZ_STREAMS} xz files in one")
                    unpacker = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY)
                piece = unpacker.decompress(chunk, max_length=_CHUNK)
                chunk = b""
                given += len(piece)
                if given > taken * _XZ_RATIO + _XZ_SLACK:
                    raise _unreadable(path, f"it unpacks to over {_XZ_RATIO} times its length")
                yield piece
    except lzma.LZMAError as err:
        raise _unreadable(path, f"it is no whole xz file: {err}") from err
    if not unpacker.eof:
        raise _unreadable(path, "it is no whole xz file: it is cut off")


def _digest(path: Path, known: Path) -> str:
    """Give the digest of a file in hex; one that was not touched since is not read again."""
    stat = path.stat()
    mark = [stat.st_size, stat.st_mtime_ns]
    seen: dict[str, list[object]] = {}
    with suppress(OSError, ValueError):
        read = json.loads(known.read_text())
        seen = read if isinstance(read, dict) else {}
    name = str(path.resolve())
    kept = seen.get(name)
    if isinstance(kept, list) and len(kept) == 3 and kept[:2] == mark:
        return str(kept[2])
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    seen[name] = [*mark, digest]
    half = known.with_name(f"{known.name}.{os.getpid()}.half")
    half.write_text(json.dumps(seen))
    half.replace(known)
    return digest


def _unreadable(path: Path, why: str) -> ConfigError:
    return ConfigError(f"links.beacon: {path} cannot be used ({why})", key=_KEY)

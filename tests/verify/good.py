"""Good files to spoil: a WARC of ours with its index, and a WACZ of it, sealed anew at will."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import gzip
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from archiver.evidence.custody_lines import CustodyEvent, CustodyKind, canonical, line_digest
from archiver.evidence.keys import signing_key
from archiver.evidence.signing import sign
from archiver.packages.manifest import MANIFEST, manifest
from archiver.warc.names import index_path
from archiver.warc.reader import records
from tests.warc.capturing import AT, Index, capture, capture_chunked, only_warc, writer

# By the clock: the good files tell in their first record when they were made.
NOW = dt.datetime.now(dt.UTC).replace(microsecond=0)
WARC, INDEX, PAGES = "archive/data.warc.gz", "indexes/index.cdx", "pages/pages.jsonl"
DATAPACKAGE, DIGEST = "datapackage.json", "datapackage-digest.json"
CUSTODY, HEAD = "custody/custody.jsonl", "custody/head.json"


@dataclass(frozen=True, slots=True)
class Whole:
    """A good WARC, its index, the name that the index knows it by, and where its records begin."""

    name: str
    warc: bytes
    cdxj: bytes
    offsets: tuple[int, ...]
    types: tuple[str, ...]

    def members(self) -> list[bytes]:
        """Give the records, packed as they are."""
        ends = (*self.offsets[1:], len(self.warc))
        return [self.warc[at:end] for at, end in zip(self.offsets, ends, strict=True)]

    def placed(self, folder: Path, warc: bytes, cdxj: bytes | None = None) -> Path:
        """Put a WARC, spoilt or not, and an index down."""
        path = folder / self.name
        path.write_bytes(warc)
        index_path(path).write_bytes(self.cdxj if cdxj is None else cdxj)
        return path


def whole(folder: Path) -> Whole:
    """Write every kind of record that we write."""

    async def write() -> None:
        archive = writer(folder, Index())
        await archive.write_exchange(capture(via="https://a.example/"))
        await archive.write_exchange(capture_chunked("https://example.org/2", b"<p>two</p>" * 300))
        await archive.write_exchange(capture("https://example.org/3"))
        await archive.write_exchange(capture("https://example.org/4", bytes(range(256)) * 40))
        await archive.write_resource("urn:view:x", AT, "text/plain", b"given")
        await archive.close()

    asyncio.run(write())
    path = only_warc(folder)
    found = [(record.offset, record.type) for record in records(path)]
    offsets, types = zip(*found, strict=True)
    return Whole(path.name, path.read_bytes(), index_path(path).read_bytes(), offsets, types)


def unpacked(member: bytes) -> bytes:
    """Give a record as it is."""
    return gzip.decompress(member)


def parts(made: Whole) -> dict[str, bytes]:
    """Give the files of a good WACZ, without its list."""
    line = canonical(CustodyEvent(CustodyKind.EXPORTED, NOW, "me@here", "thread-archiver/0"), 1, "")
    second = canonical(
        CustodyEvent(CustodyKind.VERIFIED, NOW, "me@here", "thread-archiver/0"),
        2,
        line_digest(line),
    )
    head = {"lines": 2, "head": line_digest(second), "given": 2}
    pages = [
        {"format": "json-pages-1.0", "id": "pages", "title": "All Pages"},
        {"url": "https://example.org/", "ts": "2026-11-24T09:30:00Z", "title": "one"},
        {"url": "https://example.org/2", "ts": "2026-11-24T09:30:00Z", "text": "two"},
    ]
    return {
        WARC: made.warc,
        INDEX: made.cdxj.replace(made.name.encode(), b"data.warc.gz"),
        PAGES: b"".join(json.dumps(each).encode() + b"\n" for each in pages),
        "thread/thread.json": b"{}",
        "README.txt": b"read me\n" * 20,
        CUSTODY: line + b"\n" + second + b"\n",
        HEAD: json.dumps(head).encode(),
    }


def with_manifest(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Add the list that is stamped."""
    return {**files, MANIFEST: manifest((name, sha256(raw)) for name, raw in files.items())}


def sha256(raw: bytes) -> str:
    """Label a digest."""
    return f"sha256:{hashlib.sha256(raw).hexdigest()}"


def listed(files: Mapping[str, bytes]) -> dict[str, object]:
    """Make the list of a package."""
    return {
        "profile": "data-package",
        "wacz_version": "1.1.1",
        "title": "a thread",
        "created": "2026-11-24T11:00:00Z",
        "modified": "2026-11-24T11:00:00Z",
        "software": "thread-archiver/0",
        "mainPageUrl": "https://example.org/",
        "resources": [
            {
                "name": name.replace("/", "-").lower(),
                "path": name,
                "hash": sha256(raw),
                "bytes": len(raw),
            }
            for name, raw in files.items()
        ],
    }


def signed(datapackage: bytes, folder: Path) -> dict[str, object]:
    """Make the digest file of a list, signed with a key made in a folder."""
    digest = sha256(datapackage)
    created = dt.datetime(2026, 11, 24, 11, tzinfo=dt.UTC)
    data = sign(digest, signing_key(folder), created=created, software="thread-archiver/0")
    return {"path": DATAPACKAGE, "hash": digest, "signedData": data}


def sealed(files: Mapping[str, bytes], folder: Path) -> dict[str, bytes]:
    """List and sign files, so that they agree with each other whatever they hold."""
    datapackage = json.dumps(listed(files), indent=1).encode()
    digest = json.dumps(signed(datapackage, folder)).encode()
    return {**files, DATAPACKAGE: datapackage, DIGEST: digest}


def zipped(files: Mapping[str, bytes], *, deflate: tuple[str, ...] = ("README.txt",)) -> bytes:
    """Pack files, stored but for some."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        for name, raw in files.items():
            info = zipfile.ZipInfo(name, (2026, 11, 24, 11, 0, 0))
            method = zipfile.ZIP_DEFLATED if name in deflate else zipfile.ZIP_STORED
            file.writestr(info, raw, method)
    return made.getvalue()


def flipped(raw: bytes, at: int) -> bytes:
    """Change one byte."""
    at %= len(raw)
    return raw[:at] + bytes([raw[at] ^ 0xFF]) + raw[at + 1 :]


def sha1_base32(raw: bytes) -> str:
    """Label a digest as other writers do."""
    return "sha1:" + base64.b32encode(hashlib.sha1(raw, usedforsecurity=False).digest()).decode()

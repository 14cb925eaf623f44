"""How many bytes of gzipped WARC does `verify` check in a second of the processor?"""

from __future__ import annotations

import asyncio
import datetime as dt
import hashlib
import io
import random
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from isal import isal_zlib

from archiver.models import RecordRef
from archiver.ports import RawExchange
from archiver.warc.verify import verify_file
from archiver.warc.writer import WarcWriter

_AT = dt.datetime(2026, 11, 24, 9, 30, tzinfo=dt.UTC)
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
_ROUNDS = 3
_READ_BYTES = 65_536


def run() -> str:
    """
    Check a WARC of films and one of pages; the limit is the same bytes inflated and hashed once.

    A page is 30 KB of words, which compress to half; a film is 4 MB that do not compress.
    """
    chance = random.Random(5)
    words = [chance.randbytes(chance.randint(2, 9)).hex().encode() for _ in range(4_000)]
    kinds: tuple[tuple[str, int, bytes, Callable[[], bytes]], ...] = (
        ("films", 60, b"video/mp4", lambda: chance.randbytes(4_000_000)),
        ("pages", 3_000, b"text/html", lambda: b" ".join(chance.choices(words, k=2_500))[:30_000]),
    )
    return "\n".join(_measured(*kind) for kind in kinds)


def _measured(name: str, count: int, mime: bytes, body: Callable[[], bytes]) -> str:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_written(Path(folder), count, mime, body))
        (path,) = Path(folder).glob("*.warc.gz")
        packed = path.stat().st_size / 1e6
        ours = min(_seconds(lambda: _checked(path)) for _ in range(_ROUNDS))
        least = min(_seconds(lambda: _limit(path)) for _ in range(_ROUNDS))
        whole = _limit(path) / 1e6
    return (
        f"verify of {name}: {packed / ours:.0f} MB/s of .warc.gz, {whole / ours:.0f} MB/s of what "
        f"is in it, on one core; inflating and hashing alone {packed / least:.0f} MB/s"
    )


def _checked(path: Path) -> None:
    verdict = verify_file(path)
    assert not verdict.faults, verdict.faults[0]


def _limit(path: Path) -> int:
    """Inflate all members by the quickest library, and hash what they hold, once."""
    whole = 0
    with path.open("rb") as file:
        fed = file.read(_READ_BYTES)
        while fed:
            stream, made = isal_zlib.decompressobj(31), hashlib.sha256()
            while True:
                piece = stream.decompress(fed)
                made.update(piece)
                whole += len(piece)
                if stream.eof:
                    break
                fed = file.read(_READ_BYTES)
            fed = stream.unused_data
            fed = fed or file.read(_READ_BYTES)
    return whole


def _seconds(work: Callable[[], object]) -> float:
    began = time.process_time()
    work()
    return time.process_time() - began


class _NoIndex:
    """Remembers nothing, so that nothing is repeated."""

    def originals(self, digests: object) -> dict[str, RecordRef]:
        return {}

    def add_records(self, records: object) -> None:
        return None


async def _written(folder: Path, count: int, mime: bytes, body: Callable[[], bytes]) -> None:
    writer = WarcWriter(folder, software="bench", contact="", robots="ignore", index=_NoIndex())
    for number in range(count):
        await writer.write_exchange(_exchange(number, mime, body()))
    await writer.close()


def _exchange(number: int, mime: bytes, body: bytes) -> RawExchange:
    head = _HEAD % (mime, len(body))
    return RawExchange(
        url=f"https://example.org/{number}",
        at=_AT,
        duration_ms=1,
        request=b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n",
        response=io.BytesIO(head + body),
        response_bytes=len(head) + len(body),
        head_bytes=len(head),
        block_digest=f"sha256:{hashlib.sha256(head + body).hexdigest()}",
        payload_digest=f"sha256:{hashlib.sha256(body).hexdigest()}",
        payload_bytes=len(body),
        chunked=False,
        status=200,
        mime=mime.decode(),
        ip="192.0.2.1",
    )

"""What the real WARC writer makes of what the client hands over."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from pathlib import Path

from archiver.config import NetworkSettings
from archiver.models import FetchRequest, Outcome, RecordRef
from archiver.net.client import Client
from archiver.warc.writer import WarcWriter
from tests.net.serving import Close, OddServer, Step, answer


class FreshIndex:
    """A RecordIndex that knows nothing yet, and keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[RecordRef] = []

    def originals(self, digests: Sequence[str]) -> dict[str, RecordRef]:
        """Know none."""
        return {}

    def add_records(self, records: Sequence[RecordRef]) -> None:
        """Keep them."""
        self.told += records


async def test_warc_holds_the_bytes_that_the_server_sent(tmp_path: Path) -> None:
    """Read with gzip alone: every answer and every request stands there as it crossed."""
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    script: dict[str, list[Step]] = {
        "/plain": [answer(b"<p>plain", "Content-Type: text/html", "X-Odd: \xff")],
        "/coded": [answer(gzip.compress(b"coded" * 99, mtime=0), "Content-Encoding: gzip")],
        "/chunks": [chunked + b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"],
        "/cut": [b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nonly this", Close()],
        "/large": [answer(bytes(range(256)) * 20_000)],
    }
    index = FreshIndex()
    writer = WarcWriter(
        tmp_path / "warc", software="test", contact="", robots="ignore", index=index
    )
    async with OddServer(script) as server:
        client = Client(
            NetworkSettings(), writer, tmp_dir=tmp_path, grants=frozenset({server.grant})
        )
        got = [await client.fetch(FetchRequest(server.url(path))) for path in script]
        await client.aclose()
    await writer.close()

    assert [each.outcome for each in got] == [*[Outcome.OK] * 3, Outcome.REFUSED, Outcome.OK]
    (path,) = (tmp_path / "warc").glob("*.warc.gz")
    held = gzip.decompress(path.read_bytes())
    for steps, asked in zip(script.values(), server.asked, strict=True):
        sent = b"".join(step for step in steps if isinstance(step, bytes))
        assert b"\r\n\r\n" + sent + b"\r\n\r\nWARC/1.1" in held
        assert b"\r\n\r\n" + asked + b"\r\n\r\nWARC/1.1" in held
    assert held.count(b"WARC-Truncated: disconnect\r\n") == 1
    assert [ref.record_id for ref in index.told] == [each.record_id for each in got]
    assert [ref.digest for ref in index.told] == [each.digest for each in got]

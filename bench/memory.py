"""How much memory does a body of two gigabytes take while it is recorded?"""

from __future__ import annotations

import asyncio
import tempfile
import time
from pathlib import Path

import psutil

from archiver.config import NetworkSettings
from archiver.models import FetchRequest, Outcome, Purpose
from archiver.net.client import Client
from archiver.store.sql import SqlStore
from archiver.warc.writer import WarcWriter
from bench.web import served

BODY_BYTES = 2_000_000_000
_EVERY_S = 0.02


def run() -> str:
    """Record one body of 2 GB over the path of the product; give the growth of the process."""
    with tempfile.TemporaryDirectory() as folder, served() as port:
        return asyncio.run(_measured(Path(folder), port))


async def _measured(root: Path, port: int) -> str:
    store = SqlStore.open(root)
    writer = WarcWriter(root / "warc", software="bench", contact="", robots="ignore", index=store)
    grants = frozenset({f"127.0.0.1:{port}"})
    client = Client(NetworkSettings(), writer, tmp_dir=root / "tmp", grants=grants)
    process = psutil.Process()
    url = f"http://127.0.0.1:{port}"
    await client.fetch(FetchRequest(f"{url}/0"))  # so that what is loaded once is loaded
    start = peak = process.memory_info().rss
    began = time.perf_counter()
    fetching = asyncio.create_task(
        client.fetch(FetchRequest(f"{url}/big/{BODY_BYTES}", Purpose.MEDIA, keep_bytes=0))
    )
    while not fetching.done():
        await asyncio.sleep(_EVERY_S)
        peak = max(peak, process.memory_info().rss)
    got = await fetching
    took = time.perf_counter() - began
    assert (got.outcome, got.size) == (Outcome.OK, BODY_BYTES)
    await client.aclose()
    await writer.close()
    store.close()
    return (
        f"memory: {(peak - start) / 1e6:.0f} MB above the start for a body of "
        f"{BODY_BYTES / 1e9:.0f} GB ({start / 1e6:.0f} MB before, {peak / 1e6:.0f} MB at most; "
        f"recorded in {took:.1f} s, {BODY_BYTES / took / 1e6:.0f} MB/s)"
    )


if __name__ == "__main__":
    print(run())

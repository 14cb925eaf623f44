"""How fast are pages fetched and recorded, against wget writing WARCs from the same server?"""

from __future__ import annotations

import asyncio
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from archiver.bootstrap import settle_memory
from archiver.config import NetworkSettings
from archiver.models import FetchRequest, Outcome, Purpose
from archiver.net.client import Client
from archiver.store.sql import SqlStore
from archiver.warc.reader import records
from archiver.warc.writer import WarcWriter
from bench.web import page, served

PAGES = 3_000
AT_ONCE = 32
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Cost:
    """What it took: requests per second, CPU milliseconds per request."""

    rate: float
    cpu_ms: float


def run() -> str:
    """
    Fetch 3,000 pages of 30 KB with each, in turns; give the ratios.

    Of five rounds the best of each counts, since other work on the machine only ever slows down;
    the median stands beside it where they differ by more than a tenth.
    One wget reads all URLs over one kept connection; 32 at once are 32 processes with a share each.
    """
    one: list[Cost] = []
    many: list[Cost] = []
    ours: list[Cost] = []
    exact = 0
    with tempfile.TemporaryDirectory() as folder, served() as port:
        for turn in range(ROUNDS):
            root = Path(folder) / str(turn)
            root.mkdir()
            ours.append(asyncio.run(_ours(root / "ours", port)))
            one.append(_wget(root / "one", port, at_once=1))
            many.append(_wget(root / "many", port, at_once=AT_ONCE))
            exact += _exact(root / "ours" / "warc")
            shutil.rmtree(root)
    best, single, several = map(_best, (ours, one, many))
    return (
        f"fetch: {best.rate / single.rate:.1f} times the requests/s of one wget, "
        f"{best.rate / several.rate:.1f} times those of {AT_ONCE} wget at once, at "
        f"{best.cpu_ms / min(single.cpu_ms, several.cpu_ms):.2f} of the CPU per request "
        f"(ours {_said(ours)}; one wget {_said(one)}; {AT_ONCE} wget {_said(many)}; "
        f"{exact} of {ROUNDS * PAGES} records exact to the byte)"
    )


def _best(costs: list[Cost]) -> Cost:
    return Cost(max(cost.rate for cost in costs), min(cost.cpu_ms for cost in costs))


def _said(costs: list[Cost]) -> str:
    best = _best(costs)
    middle = Cost(median(cost.rate for cost in costs), median(cost.cpu_ms for cost in costs))
    said = f"{best.rate:.0f}/s at {best.cpu_ms:.2f} ms"
    if middle.rate < 0.9 * best.rate or middle.cpu_ms > 1.1 * best.cpu_ms:
        said += f", median {middle.rate:.0f}/s at {middle.cpu_ms:.2f} ms"
    return said


async def _ours(root: Path, port: int) -> Cost:
    """The path of the product: client, guard, transport, WARC writer with fsync, SQLite index."""
    store = SqlStore.open(root)
    writer = WarcWriter(root / "warc", software="bench", contact="", robots="ignore", index=store)
    client = Client(
        NetworkSettings(),
        writer,
        tmp_dir=root / "tmp",
        grants=frozenset({f"127.0.0.1:{port}"}),
    )
    waiting = iter(range(PAGES))

    async def work() -> None:
        for number in waiting:
            url = f"http://127.0.0.1:{port}/{number}"
            got = await client.fetch(FetchRequest(url, Purpose.REQUISITE))
            assert got.outcome is Outcome.OK and got.record_id

    settle_memory()
    started, cpu = time.perf_counter(), time.process_time()
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(work())
    await client.aclose()
    await writer.close()
    took, spent = time.perf_counter() - started, time.process_time() - cpu
    store.close()
    return Cost(PAGES / took, spent / PAGES * 1000)


def _wget(root: Path, port: int, *, at_once: int) -> Cost:
    """As many wget as are named, each with its share of the URLs and a WARC of its own."""
    root.mkdir()
    commands = []
    for share in range(at_once):
        urls = root / f"{share}.txt"
        numbers = range(share, PAGES, at_once)
        urls.write_text("".join(f"http://127.0.0.1:{port}/{number}\n" for number in numbers))
        commands.append(
            ["wget", "-q", "-i", str(urls), "-O", os.devnull, f"--warc-file={root / str(share)}"]
        )
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    running = [subprocess.Popen(command, cwd=root) for command in commands]
    for process in running:
        if process.wait() != 0:
            raise RuntimeError(f"wget ended with {process.returncode}")
    took = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(PAGES / took, spent / PAGES * 1000)


def _exact(folder: Path) -> int:
    """Count the responses whose block is what the server sent."""
    return len({url for path in folder.glob("*.warc.gz") for url in _exact_urls(path)})


def _exact_urls(path: Path) -> Iterator[str]:
    for record in records(path):
        if record.type == "response":
            url = record.get("WARC-Target-URI") or ""
            if b"".join(record.pieces()) == page(int(url.rpartition("/")[2])):
                yield url
        else:
            record.drain()


if __name__ == "__main__":
    print(run())

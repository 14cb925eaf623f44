"""How fast are pages snapshot with their requisites, against `wget -p --warc-file`?"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from archiver.bootstrap import settle_memory
from archiver.capture.apart import TextReader
from archiver.capture.chain import follow
from archiver.capture.page import Snapshotter
from archiver.clock import utc_now
from archiver.config import NetworkSettings
from archiver.net.client import Client
from archiver.store.sql import SqlStore
from archiver.warc.writer import WarcWriter
from bench.web import REQUISITES, served

PAGES = 100
AT_ONCE = 16
ROUNDS = 5


def run() -> str:
    """
    Snapshot 100 pages of 20 requisites with each, in turns; of each the best round counts.

    Ours is the path of the product: chain, recorder with fsync, index, requisites, readable text.
    One wget reads all pages over one kept connection.
    """
    ours: list[float] = []
    wget: list[float] = []
    with tempfile.TemporaryDirectory() as folder, served() as port:
        for turn in range(ROUNDS):
            root = Path(folder) / str(turn)
            root.mkdir()
            ours.append(asyncio.run(_ours(root / "ours", port)))
            wget.append(_wget(root / "wget", port))
            shutil.rmtree(root)
    return (
        f"snapshots: {max(ours) / max(wget):.1f} times the pages/s of one wget -p (at least 3 "
        f"wanted; ours {max(ours):.0f}/s, wget {max(wget):.0f}/s; {REQUISITES} requisites each)"
    )


async def _ours(root: Path, port: int) -> float:
    store = SqlStore.open(root)
    writer = WarcWriter(root / "warc", software="bench", contact="", robots="ignore", index=store)
    grants = frozenset({f"127.0.0.1:{port}"})
    settings = NetworkSettings(per_host_delay_s=0)
    client = Client(settings, writer, tmp_dir=root / "tmp", grants=grants)
    texts = TextReader()
    snapshotter = Snapshotter(client, texts=texts)
    waiting = iter(range(PAGES))

    async def work() -> None:
        for number in waiting:
            url = f"http://127.0.0.1:{port}/site/{number}"
            _, target = await follow(url, client, max_hops=20, now=utc_now())
            assert target is not None
            taken = await snapshotter.snapshot(target)
            assert (taken.requisites, taken.missing) == (REQUISITES, 0) and taken.text

    settle_memory()
    started = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(work())
    await client.aclose()
    await texts.aclose()
    await writer.close()
    took = time.perf_counter() - started
    store.close()
    return PAGES / took


def _wget(root: Path, port: int) -> float:
    root.mkdir()
    urls = root / "urls.txt"
    urls.write_text("".join(f"http://127.0.0.1:{port}/site/{number}\n" for number in range(PAGES)))
    command = ["wget", "-q", "-p", "-i", str(urls), "-O", os.devnull, f"--warc-file={root / 'w'}"]
    command[command.index("-O") : command.index("-O") + 2] = ["-P", str(root / "tree")]
    started = time.perf_counter()
    subprocess.run(command, cwd=root, check=True)
    return PAGES / (time.perf_counter() - started)


if __name__ == "__main__":
    print(run())

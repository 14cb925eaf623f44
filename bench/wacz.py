"""How much memory does a WACZ of one gigabyte take while it is written?"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from functools import partial
from pathlib import Path

from archiver import config
from archiver.bootstrap import open_archive
from archiver.core.merge import merge
from archiver.exporting import export as exporting
from archiver.exporting.contents import ROOT, Reading
from archiver.models import Author, Completeness, MediaCopy, Outcome, Post, ThreadObservation
from archiver.models import CrawlRequest as Request
from archiver.warc.writer import WarcWriter
from feeds.render import Site
from feeds.single import led_inside, place_of, single_page

BYTES, FILES = 1_000_000_000, 250
_NOW = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)
_AUTHOR = Author("https://a.example/u/1", "desk", "The Desk")
_URL = "https://a.example/1"


def run() -> str:
    """Export it in a process of its own; give the memory of that, and the speed."""
    with tempfile.TemporaryDirectory() as folder:
        _said([folder, "fill"])
        bare, made = _said([folder, "nothing"]), _said([folder, "export"])
    return (
        f"wacz: {made['bytes'] / 1e9:.2f} GB written in one pass with {made['peak_mb']:.0f} MB of "
        f"memory (at most 200 wanted; {bare['peak_mb']:.0f} MB before it begins), in "
        f"{made['seconds']:.1f} s, {made['bytes'] / made['seconds'] / 1e6:.0f} MB/s"
    )


def _said(words: list[str]) -> dict[str, float]:
    command = [sys.executable, "-m", "bench.wacz", *words]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    said: dict[str, float] = json.loads(done.stdout)
    return said


def fill(folder: Path) -> None:
    """Make an archive of one thread with many large attachments that pages cannot show."""
    archive = open_archive(config.parse({}, data_dir=folder / "data"))
    store = archive.store

    async def write() -> tuple[MediaCopy, ...]:
        warc = folder / "data" / "warc"
        writer = WarcWriter(warc, software="bench", contact="", robots="ignore", index=store)
        copies = []
        for number in range(FILES):
            url = f"https://a.example/media/{number}.bin"
            body = os.urandom(BYTES // FILES)
            ref = await writer.write_resource(url, _NOW, "application/octet-stream", body)
            made = MediaCopy(url, Outcome.OK, ref.record_id, ref.digest, ref.mime, len(body), _NOW)
            copies.append(made)
        await writer.close()
        return tuple(copies)

    post = Post(id=_URL, author=_AUTHOR, url=_URL, text="All of it.", html="<p>All of it.</p>")
    done = Completeness(1, 1, 0, "made for the bench")
    seen = ThreadObservation("text", _URL, _URL, _AUTHOR, (post,), done, _NOW)
    thread, revisions = merge(None, seen)
    crawl = store.start(Request(_URL, due_at=_NOW))
    assert crawl is not None
    store.save_thread(crawl, thread, revisions)
    for copy in asyncio.run(write()):
        store.save_media(thread.id, copy)
    store.close()


def export(folder: Path) -> dict[str, float]:
    """Write the package; give its length, the time and the most memory of this process."""
    archive = open_archive(config.parse({}, data_dir=folder / "data"))
    view = archive.store.view(archive.store.thread_ids()[0])
    assert view is not None
    site = Site("http://127.0.0.1:8000", "Bench")
    reading = Reading(
        page=partial(single_page, site=site),
        inside=partial(led_inside, base_url=site.base_url, root=ROOT),
        place=place_of,
    )
    target, began = folder / "thread.wacz", time.perf_counter()
    exporting.export(
        archive,
        view,
        exporting.Format.WACZ,
        target,
        now=_NOW,
        reading=reading,
        proofs=exporting.Proofs(),
    )
    took = time.perf_counter() - began
    with zipfile.ZipFile(target) as package:
        assert package.getinfo("archive/data.warc.gz").file_size >= BYTES
    return {"bytes": target.stat().st_size, "seconds": took}


def _main(folder: Path, what: str) -> None:
    figures: dict[str, float] = {}
    if what == "fill":
        fill(folder)
    elif what == "export":
        figures = export(folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3
    print(json.dumps(figures | {"peak_mb": peak}))


if __name__ == "__main__":
    if sys.argv[1:]:
        _main(Path(sys.argv[1]), sys.argv[2])
    else:
        print(run())

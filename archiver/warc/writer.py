"""How do captures get into WARCs? Many callers, one thread, one write and one fsync per batch."""

from __future__ import annotations

import asyncio
import datetime as dt
import queue
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from archiver.errors import StoreError
from archiver.models import RecordRef
from archiver.ports import RawExchange, RecordIndex
from archiver.warc.batch import BatchWriter, release
from archiver.warc.members import Resource
from archiver.warc.openwarc import Provenance

_MOST_JOBS = 256
_MOST_BYTES = 32_000_000
_SMALL_BATCH = 8
_GATHER_S = 0.001

_Future = asyncio.Future[RecordRef | None]
Result = RecordRef | StoreError | None


@dataclass(frozen=True, slots=True)
class _Job:
    """What a caller waits for; `wanted` is None for the wish to close."""

    wanted: RawExchange | Resource | None
    loop: asyncio.AbstractEventLoop
    future: _Future


class WarcWriter:
    """
    Writes WARC 1.1 files into a folder: implements ports.RecordWriter.

    Calls that arrive while the disk is busy form the next batch; it is serialised, compressed,
    written, fsynced and told to the index, and only then do its callers go on. A call that was
    cancelled is still written whole: its bytes were captured. Files are opened when there is
    something to write, and closed near `rotate_bytes` and by `close`. A process that dies leaves
    its file `.open`; warc.recover closes it.
    """

    def __init__(
        self,
        warc_dir: Path,
        *,
        software: str,
        contact: str,
        robots: str,
        index: RecordIndex,
        rotate_bytes: int = 1_000_000_000,
        prefix: str = "archive",
    ) -> None:
        """
        Prepare to write; nothing is opened yet.

        Args:
            warc_dir: Folder of the WARCs; made if it is not there.
            software: Name and version, for the warcinfo records.
            contact: Who operates this archive; may be empty.
            robots: The robots policy that was followed, `ignore` or `obey`.
            index: Is asked for earlier captures of a payload, and told what was written.
            rotate_bytes: Size from which a file is closed.
            prefix: First part of the file names.
        """
        provenance = Provenance(software, contact, robots)
        self._batches = BatchWriter(warc_dir, prefix, provenance, index, rotate_bytes)
        self._jobs: queue.SimpleQueue[_Job] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False

    async def write_exchange(self, raw: RawExchange) -> RecordRef:
        """
        Append request, response (or revisit) and metadata; return after fsync.

        The writer owns `raw.response` from here on and closes it.

        Raises:
            StoreError: If the disk or the index refused; the file holds nothing half of it.
        """
        return await self._written(raw)

    async def write_resource(self, url: str, at: dt.datetime, mime: str, body: bytes) -> RecordRef:
        """
        Append a resource record; return after fsync.

        Args:
            url: What it is called; a `urn:` of ours if it has no address.
            at: When it was given or made, UTC-aware.
            mime: Content-Type of the body.

        Raises:
            StoreError: If the disk or the index refused.
        """
        return await self._written(Resource(url, at, mime, body))

    async def close(self) -> None:
        """
        Write what is queued, finish the open file, end the thread. Again does nothing.

        Raises:
            StoreError: If the file could not be finished; it stays `.open` and can be recovered.
        """
        with self._lock:
            thread = self._thread
            waiting = self._asked(None) if thread is not None and not self._closed else None
            self._closed = True
        try:
            if waiting is not None:
                await waiting
        finally:
            if thread is not None:
                await asyncio.to_thread(thread.join)

    async def _written(self, wanted: RawExchange | Resource) -> RecordRef:
        with self._lock:
            if self._closed:
                release(wanted)
                raise StoreError("the WARC writer is closed: nothing more can be recorded")
            if self._thread is None:
                # A daemon: a process may end without close, the next start recovers the file.
                self._thread = threading.Thread(target=self._run, name="warc-writer", daemon=True)
                self._thread.start()
            waiting = self._asked(wanted)
        ref = await waiting
        if ref is None:
            raise StoreError("the WARC writer ended before this was recorded")
        return ref

    def _asked(self, wanted: RawExchange | Resource | None) -> _Future:
        loop = asyncio.get_running_loop()
        future: _Future = loop.create_future()
        self._jobs.put(_Job(wanted, loop, future))
        return future

    # ------------------------------------------------------------ in the thread

    def _run(self) -> None:
        jobs: list[_Job] = []
        served = 0
        try:
            while True:
                self._take_batch(jobs, served)
                _settle(jobs, self._results(jobs))
                if jobs[-1].wanted is None:
                    return
                served = len(jobs)
                jobs.clear()
        finally:
            # Only a fault of ours leads here with callers waiting; they must not wait for ever.
            with self._lock:
                self._closed = True
                left = self._left_over()
            _settle([*jobs, *left], ())

    def _take_batch(self, jobs: list[_Job], served: int) -> None:
        """
        Take what waits, at least one job; a wish to close is the last of its batch.

        Of many callers only half are taken: while their captures are written, the event loop
        serves the others. Taken all at once they would wait together, then fetch together, and one
        of two cores would always be idle.

        Args:
            jobs: Empty; is filled at once with each job that is taken, so that none is ever lost.
            served: Jobs of the last batch, whose callers are about to come again.
        """
        jobs.append(self._jobs.get())
        most = self._half(served)
        if served > 1 and self._jobs.qsize() + 1 < most and jobs[0].wanted is not None:
            # Others were waiting last time (PostgreSQL's commit_delay): one fsync and one index
            # call serve more callers.
            time.sleep(_GATHER_S)
            most = self._half(served)
        total = 0
        while jobs[-1].wanted is not None and len(jobs) < most and total < _MOST_BYTES:
            total += _weight(jobs[-1].wanted)
            try:
                jobs.append(self._jobs.get_nowait())
            except queue.Empty:
                break

    def _half(self, served: int) -> int:
        """Say how many jobs are half of all callers: those taken, those waiting, those served."""
        half = (1 + self._jobs.qsize() + served) // 2
        return min(_MOST_JOBS, max(_SMALL_BATCH, half))

    def _results(self, jobs: Sequence[_Job]) -> list[Result]:
        wanted = [job.wanted for job in jobs if job.wanted is not None]
        results: list[Result] = [*self._batches.write(wanted)] if wanted else []
        if len(wanted) < len(jobs):
            results.append(self._batches.finish())
        return results

    def _left_over(self) -> list[_Job]:
        left = []
        while not self._jobs.empty():
            left.append(self._jobs.get_nowait())
        return left


def _weight(wanted: RawExchange | Resource) -> int:
    return len(wanted.body) if isinstance(wanted, Resource) else wanted.response_bytes


def _settle(jobs: Sequence[_Job], results: Sequence[Result]) -> None:
    """Tell callers how it ended, each loop once; without a result they are told None."""
    told: dict[asyncio.AbstractEventLoop, list[tuple[_Future, Result]]] = {}
    for job, result in zip_longest(jobs, results):
        told.setdefault(job.loop, []).append((job.future, result))
    for loop, pairs in told.items():
        with suppress(RuntimeError):  # the loop is closed: nobody waits there any more
            loop.call_soon_threadsafe(_resolve, pairs)


def _resolve(pairs: Sequence[tuple[_Future, Result]]) -> None:
    for future, result in pairs:
        if future.done():  # cancelled
            continue
        if isinstance(result, StoreError):
            future.set_exception(result)
        else:
            future.set_result(result)

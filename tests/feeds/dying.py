"""
A publication that is killed, without a word, at a chosen moment: `python -m tests.feeds.dying`.

Arguments: folder of the archive; `view`, `read`, `feeds`, `mark` or `rename` (a file into its
place); how many times that happens before.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from archiver.ports import PayloadReader, Recorded
from feeds.publish import publish
from tests.feeds.archive import TITLE, Archive


class Fuse:
    """Burns down one step at a time; at its end the process is killed."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def burn(self) -> None:
        self._left -= 1
        if self._left < 0:
            os.kill(os.getpid(), signal.SIGKILL)


class DyingStore:
    """A store of which one call is the last thing the process does."""

    def __init__(self, store: Any, moment: str, fuse: Fuse) -> None:
        self._store = store
        moments = {"view": "view", "feeds": "watches", "mark": "mark_published"}
        self._burning = moments.get(moment)
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        if name == self._burning:
            self._fuse.burn()
        return getattr(self._store, name)


class DyingPayloads:
    """Payloads whose bytes end with the process."""

    def __init__(self, payloads: PayloadReader, fuse: Fuse) -> None:
        self._payloads = payloads
        self._fuse = fuse

    @contextlib.contextmanager
    def open(self, record_id: str) -> Iterator[Recorded]:
        with self._payloads.open(record_id) as recorded:
            body: Any = DyingBody(recorded.body, self._fuse)
            yield Recorded(recorded.url, recorded.at, recorded.status, recorded.headers, body)


class DyingBody:
    """A body of which each read burns the fuse."""

    def __init__(self, body: BinaryIO, fuse: Fuse) -> None:
        self._body = body
        self._fuse = fuse

    def read(self, size: int = -1) -> bytes:
        self._fuse.burn()
        return self._body.read(size)


def main(folder: str, moment: str, steps: str) -> None:
    """Publish, and die on the way."""
    archive, fuse = Archive(Path(folder)), Fuse(int(steps))
    if moment == "rename":
        sys.addaudithook(lambda event, _: fuse.burn() if event == "os.rename" else None)
    store: Any = DyingStore(archive.store, moment, fuse)
    payloads: Any = DyingPayloads(archive.payloads, fuse) if moment == "read" else archive.payloads
    publish(
        store,
        payloads,
        base_url=archive.base_url,
        title=TITLE,
        publish_dir=archive.public,
        state_dir=archive.notes,
        everything=False,
    )


if __name__ == "__main__":
    main(*sys.argv[1:])

"""Is the archive well? Cheap to ask, and said in words."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from archiver.errors import StoreError
from archiver.ports import Store

_LATE = dt.timedelta(minutes=15)
_LITTLE = 500_000_000


@dataclass(frozen=True, slots=True)
class Health:
    """
    Answers `/healthz`.

    Attributes:
        folder: Of what is published; its disk is looked at, or that of the nearest one there is.
        now: Gives the time, UTC-aware.
    """

    store: Store
    folder: Path
    now: Callable[[], dt.datetime]

    def respond(self, request: Request) -> Response:
        """Answer 200 while it works, 503 if the database cannot be read; what is wrong in words."""
        try:
            problems = [*self._queue(), *self._disk()]
        except StoreError as err:
            failing = {"status": "failing", "problems": [str(err)]}
            return JSONResponse(failing, 503, {"Cache-Control": "no-store"})
        status = "degraded" if problems else "ok"
        body = {"status": status, "problems": problems}
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    def _queue(self) -> Iterator[str]:
        due = self.store.next_due()
        late = self.now() - due if due is not None else dt.timedelta()
        if late > _LATE:
            minutes = int(late.total_seconds() // 60)
            yield f"a capture has been due for {minutes:,} minutes; is `archiver run` running?"

    def _disk(self) -> Iterator[str]:
        place = next(
            each for each in (self.folder, *self.folder.absolute().parents) if each.exists()
        )
        try:
            free = shutil.disk_usage(place).free
        except OSError as err:
            yield f"the disk cannot be looked at ({err.strerror})"
            return
        if free < _LITTLE:
            yield f"the disk has {free / 1e6:,.0f} MB left; make room"

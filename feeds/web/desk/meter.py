"""How much room does the archive take, without letting anybody wait for it?"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable

from archiver.errors import ArchiverError
from archiver.reports.storage import StorageUse

FRESH_S = 600.0
WAIT_S = 0.5


class Meter:
    """Measures in a thread of its own, one at a time, and keeps what came of it."""

    def __init__(self, measure: Callable[[], StorageUse], now: Callable[[], dt.datetime]) -> None:
        self._measure = measure
        self._now = now
        self._lock = threading.Lock()
        self._found: StorageUse | None = None
        self._running: threading.Thread | None = None
        self.error = ""

    def look(self, *, wait_s: float = WAIT_S, again: bool = False) -> StorageUse | None:
        """
        Give what was measured last; measure anew, in the background, if that is long ago.

        Args:
            wait_s: How long to wait for a measurement that goes on, in seconds.
            again: Measure anew however fresh it is.

        Returns:
            None until the first measurement ended.
        """
        with self._lock:
            if (again or self._is_old()) and self._running is None:
                self._running = threading.Thread(target=self._run, daemon=True)
                self._running.start()
            running = self._running
        if running is not None:
            running.join(wait_s)
        return self._found

    @property
    def measures(self) -> bool:
        """Say whether a measurement goes on."""
        return self._running is not None

    def _is_old(self) -> bool:
        found = self._found
        return found is None or (self._now() - found.at).total_seconds() > FRESH_S

    def _run(self) -> None:
        try:
            self._found, self.error = self._measure(), ""
        except (ArchiverError, OSError) as err:
            self.error = str(err)
        finally:
            self._running = None

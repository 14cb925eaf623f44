"""What runs beside the rest until it is stopped, and looks at once when it is woken."""

from __future__ import annotations

import asyncio
import contextlib


class Waking:
    """What such runners share; each has a `run` of its own, which asks `_stopping` and pauses."""

    def __init__(self) -> None:
        self._wake = asyncio.Event()
        self._stopping = False

    def wake(self) -> None:
        """Look at once whether there is something to do."""
        self._wake.set()

    def stop(self) -> None:
        """End `run`; what is not done is done after the next start."""
        self._stopping = True
        self.wake()

    async def _pause(self, seconds: float) -> bool:
        """Wait until it is woken, at most so long; say whether it was."""
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), seconds)
            return True
        return False

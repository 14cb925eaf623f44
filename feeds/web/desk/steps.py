"""How far are the captures that run in this process?"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from archiver.services import Progress

_CRAWLS = 50
_LINES = 2_000


class Steps:
    """
    The lines that the newest captures told, in memory.

    Attributes:
        closed: The process is about to stop: whoever listens shall end.
    """

    def __init__(self) -> None:
        self._lines: OrderedDict[int, list[str]] = OrderedDict()
        self.closed = False

    def of(self, crawl_id: int) -> Progress:
        """Give what a capture tells its steps to."""
        lines: list[str] = []
        self._lines[crawl_id] = lines
        while len(self._lines) > _CRAWLS:
            self._lines.popitem(last=False)

        def tell(line: str, *, done: int = 0, total: int = 0) -> None:
            if len(lines) < _LINES:
                lines.append(f"{line} ({done:,} of {total:,})" if total else line)

        return tell

    def told(self, crawl_id: int, start: int = 0) -> Sequence[str]:
        """Give the lines of a capture from one on; empty if it does not run here."""
        return tuple(self._lines.get(crawl_id, ())[start:])

    def close(self) -> None:
        """Let listeners end."""
        self.closed = True

"""Which feeds changed, and who tells the hub? (WebSub: publishers)"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from pathlib import Path
from urllib.parse import urlencode

from archiver.errors import StoreError
from archiver.models import Exchange, FetchRequest, Outcome
from archiver.waking import Waking

log = logging.getLogger(__name__)

AT_ONCE = 50
"""Feeds named in one request."""

LOOK_S = 60.0
"""How often it is looked whether somebody else published."""

_LONGEST_PAUSE_S = 3_600.0
_LONGEST_ANSWER = 4_096
_FORM = (("Content-Type", "application/x-www-form-urlencoded"),)

Send = Callable[[FetchRequest], Awaitable[Exchange]]


class Untold:
    """The feeds that changed and that the hub was not told of yet; kept on disk."""

    def __init__(self, folder: Path) -> None:
        """`folder` is that of our notes on what is published; made if it is not there."""
        self._folder = folder
        self._place = folder / "websub.sqlite"

    def add(self, topics: Iterable[str]) -> None:
        """Keep addresses of feeds; each once. Raises StoreError."""
        rows = [(each,) for each in topics]
        with self._open() as database:
            database.executemany("INSERT OR IGNORE INTO untold VALUES (?)", rows)

    def some(self) -> tuple[str, ...]:
        """Give as many as one request names, the oldest first. Raises StoreError."""
        with self._open() as database:
            asked = "SELECT topic FROM untold ORDER BY rowid LIMIT ?"
            return tuple(row[0] for row in database.execute(asked, (AT_ONCE,)))

    def told(self, topics: Sequence[str]) -> None:
        """Strike out. Raises StoreError."""
        rows = [(each,) for each in topics]
        with self._open() as database:
            database.executemany("DELETE FROM untold WHERE topic = ?", rows)

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            opened = sqlite3.connect(self._place, timeout=30)
            with contextlib.closing(opened), opened as database:
                database.execute("CREATE TABLE IF NOT EXISTS untold (topic TEXT UNIQUE)")
                yield database
        except (OSError, sqlite3.Error) as err:
            raise StoreError(
                f"{self._place}: cannot be used ({err}); remove it, and the hub is told of the "
                "next changes"
            ) from err


class Pings(Waking):
    """Tells a hub which feeds changed, until it took them all; a refusal is told and outlived."""

    def __init__(
        self, hub: str, untold: Untold, send: Send, *, first_pause_s: float = 30.0
    ) -> None:
        """
        Args:
            hub: Its address.
            send: Makes a guarded request that is not recorded: a ping is no evidence.
            first_pause_s: After a refusal; each further one in a row doubles it, up to an hour.
        """
        super().__init__()
        self._hub = hub
        self._untold = untold
        self._send = send
        self._first_pause_s = first_pause_s

    async def run(self) -> None:
        """Tell, until stopped."""
        pause_s = self._first_pause_s
        while not self._stopping:
            try:
                done = await self._tell()
            except StoreError as err:
                log.warning("hub not told", extra={"error": str(err)})
                done = False
            pause_s = self._first_pause_s if done else min(2 * pause_s, _LONGEST_PAUSE_S)
            await self._pause(LOOK_S if done else pause_s)
            self._wake.clear()

    async def _tell(self) -> bool:
        """Tell all; False as soon as the hub refuses."""
        while topics := await asyncio.to_thread(self._untold.some):
            answer = await self._send(ping(self._hub, topics))
            status = answer.status or 0
            if answer.outcome is not Outcome.OK or not 200 <= status < 300:
                said = f"{self._hub}: {answer.status or answer.outcome}"
                log.warning("the hub refused, and is told again", extra={"error": said})
                return False
            await asyncio.to_thread(self._untold.told, topics)
        return True


def ping(hub: str, topics: Sequence[str]) -> FetchRequest:
    """
    Give the request that tells a hub of changed feeds.

    Source: PubSubHubbub 0.4, 7 (WebSub leaves the form open; this is the one that hubs take)
    """
    fields = [("hub.mode", "publish"), *(("hub.url", each) for each in topics)]
    return FetchRequest(
        hub,
        method="POST",
        headers=_FORM,
        body=urlencode(fields).encode(),
        keep_bytes=_LONGEST_ANSWER,
        max_bytes=_LONGEST_ANSWER,
    )

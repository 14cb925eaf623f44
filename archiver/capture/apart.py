"""
Who looks for the main text of a page? A process of its own.

The markup is a stranger's, the parser is written in C, and some pages take it half a minute: there,
it can neither bring the archiver down nor hold it up, and it knows no secret. It also leaves the
interpreter to those who record.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import select
import struct
import sys
from asyncio.subprocess import PIPE, Process

from archiver.core import article

_LENGTH = struct.Struct(">I")
_IDLE_S = 120
_MOST_MEMORY = 2_000_000_000
_AT_ONCE = 2


class TextReader:
    """Starts its processes when they are needed; they end by themselves when they are not."""

    def __init__(self, at_once: int = _AT_ONCE) -> None:
        """
        Args:
            at_once: How many pages are read at the same time.
        """
        self._free: asyncio.Queue[_Reader] = asyncio.Queue()
        self._all = tuple(_Reader() for _ in range(at_once))
        for each in self._all:
            self._free.put_nowait(each)

    async def main_text(self, html: str, seconds: float) -> str:
        """
        Find the main text of a page (core.article.main_text).

        Args:
            seconds: How long it may take once it is this page's turn.

        Returns:
            Plain text; empty if none was found.

        Raises:
            TimeoutError: If it took longer.
            OSError: If the process died of the page.
        """
        reader = await self._free.get()
        try:
            return await reader.read(html, seconds)
        finally:
            self._free.put_nowait(reader)

    async def aclose(self) -> None:
        """End the processes."""
        for each in self._all:
            await each.end()


class _Reader:
    """One process, started anew whenever it is gone."""

    def __init__(self) -> None:
        self._process: Process | None = None

    async def read(self, html: str, seconds: float) -> str:
        body = html.encode("utf-8", "replace")
        try:
            async with asyncio.timeout(seconds):
                try:
                    answer = await self._answer(body)
                except (BrokenPipeError, ConnectionResetError, asyncio.IncompleteReadError):
                    # It may have ended for want of work at this very moment; a second time is
                    # the page's fault.
                    await self.end()
                    answer = await self._answer(body)
        except asyncio.IncompleteReadError as err:
            await self.end()
            raise OSError("the process that reads pages died of this one") from err
        except BaseException:  # what it would still answer must not be taken for the next page's
            await self.end()
            raise
        return answer.decode("utf-8", "replace")

    async def _answer(self, body: bytes) -> bytes:
        process = self._process
        if process is None or process.returncode is not None:
            process = self._process = await _started()
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(_LENGTH.pack(len(body)) + body)
        await process.stdin.drain()
        (length,) = _LENGTH.unpack(await process.stdout.readexactly(_LENGTH.size))
        return await process.stdout.readexactly(length)

    async def end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def _started() -> Process:
    # Only what Python needs: what is not there cannot be read out of it.
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from archiver.capture.apart import serve; serve()",
        stdin=PIPE,
        stdout=PIPE,
        env=kept | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        limit=1 << 20,
    )


def serve() -> None:
    """Answer pages on standard input until it ends, or nobody asked for two minutes."""
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    asked, answers = sys.stdin.buffer, sys.stdout.buffer
    while select.select([asked], [], [], _IDLE_S)[0]:
        head = asked.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            return
        html = asked.read(_LENGTH.unpack(head)[0]).decode("utf-8", "replace")
        text = article.main_text(html).encode("utf-8", "replace")
        answers.write(_LENGTH.pack(len(text)) + text)
        answers.flush()

"""A server process that is up while a test runs."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import httpx

from tests.e2e.command import environment


def wait_for(url: str, *, within_s: float, until: int | None = None) -> None:
    """Wait until a URL answers (with this status, if one is given)."""
    end = time.monotonic() + within_s
    while True:
        try:
            status = httpx.get(url, timeout=5, trust_env=False).status_code
        except httpx.TransportError:
            status = 0
        if status and (until is None or status == until):
            return
        assert time.monotonic() < end, f"{url} did not answer in {within_s} s (last: {status})"
        time.sleep(0.1)


@contextlib.contextmanager
def serving(command: Sequence[str], folder: Path, url: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server until the block ends; it answers at `url` when the block begins."""
    log = folder / "server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, cwd=folder, env=environment(folder), stdout=output, stderr=output
        )
    try:
        wait_for(url, within_s=60)
        yield server
    finally:
        server.send_signal(signal.SIGINT)
        try:
            server.wait(20)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()

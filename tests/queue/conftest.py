"""What do the tests of the queue share? A real store, and a clock that is set by hand."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archiver.store.sql import SqlStore
from tests.store.samples import NOON


class Clock:
    """Says the time that it was set to."""

    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> dt.datetime:
        return self.time

    def forward(self, **units: float) -> None:
        """Move on, e.g. forward(minutes=5)."""
        self.time += dt.timedelta(**units)


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds; whoever calls limits the time."""
    while not holds():  # noqa: ASYNC110  (rows change without telling)
        await asyncio.sleep(0.01)


@pytest.fixture
def clock() -> Clock:
    """A clock at noon."""
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """A new, empty store."""
    opened = SqlStore.open(tmp_path)
    yield opened
    opened.close()

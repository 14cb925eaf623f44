"""Does a process of its own read pages, and outlive those that it dies of?"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator

import psutil
import pytest

from archiver.capture.apart import TextReader

PAGE = "<html><body><article><p>{}</p></article></body></html>"
STORY = "The port paid for eleven nights of dredging in the inner basin last winter. " * 5


@pytest.fixture(name="reader")
async def _reader() -> AsyncIterator[TextReader]:
    reader = TextReader(at_once=1)
    yield reader
    await reader.aclose()


def children() -> list[psutil.Process]:
    """Give the processes that read pages for this one."""
    mine = psutil.Process().children()
    return [each for each in mine if "archiver.capture.apart" in " ".join(each.cmdline())]


async def test_pages_are_read_one_after_the_other(reader: TextReader) -> None:
    """Each gets its own text, in any script; one process reads them all."""
    texts = [f"{STORY} {word}" for word in ("one", "ئۇيغۇرچە", "日本語")]
    found = await asyncio.gather(*(reader.main_text(PAGE.format(each), 30) for each in texts))
    assert [each.split()[-1] for each in found] == ["one", "ئۇيغۇرچە", "日本語"]
    assert len(children()) == 1
    assert await reader.main_text("", 30) == ""


async def test_page_that_takes_too_long_holds_up_no_other(reader: TextReader) -> None:
    """Its process is ended, and another reads on."""
    await reader.main_text(PAGE.format(STORY), 30)
    many = PAGE.format(f"<p>{STORY}</p>" * 3_000)
    with pytest.raises(TimeoutError):
        await reader.main_text(many, 0.1)
    assert "dredging" in await reader.main_text(PAGE.format(STORY), 30)
    assert len(children()) == 1


async def test_process_that_was_killed_between_pages_is_started_again(reader: TextReader) -> None:
    """As when it ended for want of work."""
    await reader.main_text(PAGE.format(STORY), 30)
    [process] = children()
    os.kill(process.pid, signal.SIGKILL)
    assert "dredging" in await reader.main_text(PAGE.format(STORY), 30)


async def test_nothing_is_left_running() -> None:
    """Not even when the reader was never asked."""
    await TextReader().aclose()
    reader = TextReader()
    await reader.main_text(PAGE.format(STORY), 30)
    await reader.aclose()
    assert children() == []


async def test_secrets_of_the_environment_are_not_passed_on(reader: TextReader) -> None:
    """What is not there cannot be read out of it."""
    os.environ["ARCHIVER_X_TOKEN_FOR_TEST"] = "secret"
    try:
        await reader.main_text(PAGE.format(STORY), 30)
        [process] = children()
        assert "ARCHIVER_X_TOKEN_FOR_TEST" not in process.environ()
    finally:
        del os.environ["ARCHIVER_X_TOKEN_FOR_TEST"]

"""Does a page that says gigabytes to its console fill nobody's memory but its own?"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.capture.browsing import Given, served, showing

MOST_BYTES = 450_000_000
LONG = "'x'.repeat(6e7)"
FLOODS = {
    "console": f"setInterval(() => console.error({LONG}), 20)",
    "object": f"setInterval(() => console.error(new Error({LONG}), Symbol({LONG})), 20)",
    "frame": (
        "const frame = document.createElement('iframe'); document.documentElement.append(frame);"
        f"const inner = frame.contentWindow.console; setInterval(() => inner.error({LONG}), 20)"
    ),
    "error": f"setInterval(() => {{ throw new Error({LONG}) }}, 20)",
}


def page(script: str) -> str:
    """Write a page with a script."""
    return f"<!doctype html><html><title>t</title><p>hello<script>{script}</script></html>"


@contextmanager
def watched() -> Iterator[list[int]]:
    """Note the largest that this program, or one that drives a browser for it, comes to be."""
    own, most, over = psutil.Process(), [0], threading.Event()
    before = own.memory_info().rss

    def watch() -> None:
        while not over.wait(0.05):
            most[0] = max(most[0], own.memory_info().rss - before)
            for each in own.children(recursive=True):
                try:
                    if each.name().startswith("node"):
                        most[0] = max(most[0], each.memory_info().rss)
                except psutil.Error:
                    continue

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield most
    finally:
        over.set()
        thread.join()


@pytest.mark.parametrize("kind", FLOODS)
async def test_flood_stays_in_the_page(tmp_path: Path, kind: str) -> None:
    """What is told of it is short, and the page is shown all the same."""
    with served(lambda base: {"/": Given(page(FLOODS[kind]))}) as server:
        async with showing(tmp_path, server) as shower:
            with watched() as most:
                taken = await shower.snapshot(f"{server.base}/")
            told = json.loads(shower.view("pageinfo", f"{server.base}/"))
    assert {each.kind.value for each in taken.views} >= {"screenshot", "dom", "pageinfo"}
    assert max(map(len, [*told["errors"], *(each["text"] for each in told["console"])])) < 5_000
    assert most[0] < MOST_BYTES


async def test_what_a_page_says_is_told_as_before(tmp_path: Path) -> None:
    """Short words and errors come through, of every frame."""
    script = "console.error('plain', 3, null); setTimeout(() => { throw new Error('mine') }, 5)"
    with served(lambda base: {"/": Given(page(script))}) as server:
        async with showing(tmp_path, server) as shower:
            await shower.snapshot(f"{server.base}/")
            told = json.loads(shower.view("pageinfo", f"{server.base}/"))
    assert {"type": "error", "text": "plain 3 null"} in told["console"]
    assert told["errors"] == ["mine"]


async def test_page_that_fills_the_driver_is_ended(tmp_path: Path) -> None:
    """What drives the browser is ended with it; the next page gets new ones."""
    quiet = Given(page("1"))
    with served(lambda base: {"/": Given(page("2")), "/next": quiet}) as server:
        async with showing(tmp_path, server) as shower:
            shower.browser.most_driver_bytes = 1
            async with asyncio.timeout(40):
                await shower.snapshot(f"{server.base}/")
            told = json.loads(shower.view("pageinfo", f"{server.base}/"))
            assert told["note"].startswith("the page flooded the program that drives the browser")
            shower.browser.most_driver_bytes = 2_000_000_000
            taken = await shower.snapshot(f"{server.base}/next")
    assert "screenshot" in {each.kind.value for each in taken.views}

"""Does a package of the demo show its page in other people's programs, as the live page looks?"""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import io
import socket
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from PIL import Image, ImageChops, ImageStat

from archiver import config, viewer
from archiver.bootstrap import Archive
from archiver.core.memento import timestamp14
from archiver.demo.web import DemoWeb
from archiver.store.sql import SqlStore
from archiver.warc.payload import WarcPayloads
from feeds.web.app import WebOptions, create_app
from feeds.web.packages import Packages
from feeds.web.replay_origin import ReplayOrigin, ReplayParts
from feeds.web.replay_page import ReplayPlace
from tests.e2e.command import Said, archiver
from tests.feeds import browser
from tests.feeds.web import hostile

pytestmark = [pytest.mark.xdist_group("browser"), pytest.mark.slow]

PAGE = "http://news.example/investigations/seven-nights/"
SIZE = {"width": 1000, "height": 700}
ALIKE = 5.0
"""Mean difference of two pictures, of 255, up to which they show the same."""
LONGEST_S = 30


class Package(NamedTuple):
    """Where the archive lies, a thread of it, when the page was captured, and the WACZ."""

    data_dir: Path
    thread_id: str
    at: str
    wacz: Path


@pytest.fixture(scope="module")
def package(demo: tuple[Path, Said], tmp_path_factory: pytest.TempPathFactory) -> Package:
    """Export a thread of the demo."""
    folder, _ = demo
    place = tmp_path_factory.mktemp("package") / "thread.wacz"
    thread_id, at = _held(folder / "data")
    made = archiver(
        folder, "--data-dir", "data", "export", thread_id, "--output", str(place), "--json"
    )
    assert made.code == 0, made.err
    return Package(folder / "data", thread_id, at, place)


def _held(data_dir: Path) -> tuple[str, str]:
    store = SqlStore.open(data_dir)
    try:
        at = timestamp14(store.snapshots_of(PAGE)[0].at)
        return store.threads_with_target(PAGE)[0][0], at
    finally:
        store.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    """A browser for which the names of the demo web lead to it, as it is now."""
    path, _ = browser.needed()
    from playwright.sync_api import sync_playwright

    with _demo_web() as port, sync_playwright() as driver:
        flags = "--no-sandbox --disable-gpu --disable-dev-shm-usage --hide-scrollbars"
        opened = driver.chromium.launch(
            executable_path=path,
            args=[
                *flags.split(),
                "--disable-features=LocalNetworkAccessChecks",
                f"--host-resolver-rules=MAP news.example:80 127.0.0.1:{port}",
            ],
        )
        yield opened
        opened.close()


@contextlib.contextmanager
def _demo_web() -> Iterator[int]:
    ports: list[int] = []
    ready, done = threading.Event(), threading.Event()

    async def serve() -> None:
        async with DemoWeb() as demo:
            ports.append(int(demo.connect_to["news.example:80"].rpartition(":")[2]))
            ready.set()
            await asyncio.to_thread(done.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    ready.wait(20)
    try:
        yield ports[0]
    finally:
        done.set()
        thread.join(20)


@pytest.fixture(scope="module")
def live(chromium: Any) -> Image.Image:
    """Give a picture of the page as it stands on the web."""
    window = chromium.new_page(viewport=SIZE)
    window.goto(PAGE, wait_until="networkidle")
    picture = _picture(window.screenshot())
    window.close()
    return picture


def _picture(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png)).convert("RGB")


def difference(one: Image.Image, other: Image.Image) -> float:
    """Give the mean difference of two pictures, of 255; they are as wide."""
    height = min(one.height, other.height)
    parts = [each.crop((0, 0, one.width, height)) for each in (one, other)]
    return sum(ImageStat.Stat(ImageChops.difference(*parts)).mean) / 3


def test_pictures_that_differ_are_told_apart(chromium: Any, live: Image.Image) -> None:
    """Another page of the same site is not taken for this one."""
    window = chromium.new_page(viewport=SIZE)
    window.goto("http://news.example/about/", wait_until="networkidle")
    assert difference(live, _picture(window.screenshot())) > 4 * ALIKE
    window.close()


def test_package_shows_the_page_in_replaywebpage(
    chromium: Any, live: Image.Image, package: Package
) -> None:
    """In the frame of the reading room, on the origin of replay, of what readers may see."""
    if viewer.installed() is None:
        pytest.skip("needs ReplayWeb.page: run `archiver replay install`")
    data_dir, thread_id, at, _ = package
    store = SqlStore.open(data_dir)
    payloads = WarcPayloads(data_dir / "warc", store.record)
    archive = Archive(config.parse({}, data_dir=data_dir), store, payloads)
    here, beside = hostile.free_listener(), hostile.free_listener()
    base = f"http://127.0.0.1:{here.getsockname()[1]}"
    place = ReplayPlace(
        f"http://localhost:{beside.getsockname()[1]}", base.replace("127.0.0.1", "localhost")
    )
    app = create_app(
        store=store, payloads=payloads, publish_dir=data_dir / "public", base_url=base,
        options=WebOptions(replay=place),
    )  # fmt: skip
    packages = Packages(archive, lambda: dt.datetime.now(dt.UTC))
    parts = ReplayParts(store, place.base_url, place.room, viewer.folder(), packages)
    with hostile.running(app, here), hostile.running(ReplayOrigin(parts), beside):
        window = chromium.new_page(viewport={"width": 1100, "height": 1400})
        window.goto(f"{place.room}/replay/{thread_id}/?url={PAGE}&at={at}")
        frame = _archived(window)
        frame.wait_for_load_state("networkidle")
        shown = frame.evaluate("[innerWidth, innerHeight]")
        width = 1100 + SIZE["width"] - shown[0]
        window.set_viewport_size({"width": width, "height": 1400})
        window.wait_for_timeout(500)
        picture = _picture(frame.frame_element().screenshot())
        window.close()
    store.close()
    assert picture.width == live.width
    assert difference(live, picture) < ALIKE


def _archived(window: Any) -> Any:
    until = time.monotonic() + LONGEST_S
    while time.monotonic() < until:
        found = next((each for each in window.frames if f"mp_/{PAGE}" in each.url), None)
        if found is not None and found.query_selector("h1") is not None:
            return found
        window.wait_for_timeout(100)
    raise AssertionError(f"the page is not shown: {[each.url for each in window.frames]}")


def test_package_shows_the_page_in_pywb(
    chromium: Any,
    live: Image.Image,
    package: Package,
    oracle: Callable[[str], Path],
    tmp_path: Path,
) -> None:
    """Taken in by pywb's own manager, with the index that it brings."""
    manager = oracle("wb-manager")
    taken = ("add", "held", str(package.wacz), "--unpack-wacz")
    for words in (("init", "held"), taken):
        ran = subprocess.run(
            [str(manager), *words], cwd=tmp_path, capture_output=True, text=True, timeout=60
        )
        assert ran.returncode == 0, ran.stderr
    with _pywb(oracle("wayback"), tmp_path) as base:
        window = chromium.new_page(viewport=SIZE)
        window.goto(f"{base}/held/{package.at}mp_/{PAGE}", wait_until="networkidle")
        frame = _archived(window)  # pywb puts its own frame around the page
        frame.wait_for_load_state("networkidle")
        picture = _picture(frame.frame_element().screenshot())
        window.close()
    assert difference(live, picture) < ALIKE


@contextlib.contextmanager
def _pywb(program: Path, folder: Path) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    running = subprocess.Popen(
        [str(program), "-b", "127.0.0.1", "-p", str(port)],
        cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    base = f"http://127.0.0.1:{port}"
    try:
        until = time.monotonic() + LONGEST_S
        while time.monotonic() < until:
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{base}/held/", timeout=5):
                break
            time.sleep(0.1)
        yield base
    finally:
        running.terminate()
        running.wait(20)

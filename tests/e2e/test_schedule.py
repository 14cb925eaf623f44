"""Does `scheduler.py` with the settings that ship show the demo, without internet?"""

from __future__ import annotations

import re
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.e2e.command import ROOT, archiver
from tests.e2e.serving import serving, wait_for


def free_port() -> int:
    """Give a port of loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """Run scheduler.py with the shipped config on a free port: folder and base_url."""
    folder = tmp_path_factory.mktemp("run")
    base_url = f"http://127.0.0.1:{free_port()}"
    shipped = (ROOT / "config.toml").read_text()
    assert 'base_url = "http://127.0.0.1:8000"' in shipped
    shipped = shipped.replace("http://127.0.0.1:8000", base_url)
    # Here nothing leaves loopback: the real watch meets a port where nobody answers.
    shipped += '\n[network.connect_to]\n"public.api.bsky.app:443" = "127.0.0.1:1"\n'
    shipped = shipped.replace("[network]\n", '[network]\nallow_private = ["127.0.0.1/32"]\n')
    (folder / "config.toml").write_text(shipped)
    with serving([sys.executable, str(ROOT / "scheduler.py")], folder, f"{base_url}/"):
        thread = thread_page(base_url)
        wait_for(f"{base_url}{thread}feed.json", within_s=60, until=200)
        yield folder, base_url


def thread_page(base_url: str) -> str:
    """Wait until the index shows a thread: its path."""
    end = time.monotonic() + 100
    while time.monotonic() < end:
        found = re.search(r'href="(?:[^"]*?)(/t/[0-9a-f]{16}/)"', read(f"{base_url}/"))
        if found:
            return found[1]
        time.sleep(0.5)
    pytest.fail("no thread on the index page within 100 s")


def read(url: str) -> str:
    """Give the text of a page."""
    return httpx.get(url, timeout=10, trust_env=False).text


def test_page_and_three_feeds_answer(running: tuple[Path, str]) -> None:
    """The thread's page and feeds open at the printed address, each with its own media type."""
    _, base_url = running
    page = base_url + thread_page(base_url)
    kinds = {
        "": "text/html",
        "feed.rss": "application/rss+xml",
        "feed.atom": "application/atom+xml",
        "feed.json": "application/feed+json",
    }
    for name, kind in kinds.items():
        answer = httpx.get(page + name, timeout=10, trust_env=False)
        assert answer.headers["Content-Type"].startswith(kind)
        assert answer.headers["ETag"]


def test_both_addresses_are_said_at_the_start(running: tuple[Path, str]) -> None:
    """A newcomer finds no desk that is not named."""
    folder, base_url = running
    log = (folder / "server.log").read_text()
    assert f"Reading room: {base_url}/  (stop with Ctrl-C)" in log
    [desk] = [line for line in log.splitlines() if line.startswith("Desk")]
    assert desk.endswith(f" {base_url}/desk/")
    assert "Capture a thread" in httpx.get(f"{base_url}/desk/", trust_env=False).text


def test_unchanged_feed_is_not_sent_again(running: tuple[Path, str]) -> None:
    """A reader that has the feed gets 304."""
    _, base_url = running
    url = f"{base_url}{thread_page(base_url)}feed.atom"
    etag = httpx.get(url, timeout=10, trust_env=False).headers["ETag"]
    headers = {"If-None-Match": etag}
    again = httpx.get(url, headers=headers, timeout=10, trust_env=False)
    assert (again.status_code, again.content) == (304, b"")


def test_archived_copy_opens(running: tuple[Path, str]) -> None:
    """The archived copy named on the page answers from the archive."""
    _, base_url = running
    page = read(base_url + thread_page(base_url))
    copies = re.findall(r'href="([^"]*/web/\d{14}/[^"]*)"', page)
    assert copies
    url = copies[0] if copies[0].startswith("http") else base_url + copies[0]
    assert httpx.get(url, timeout=10, trust_env=False).headers["Memento-Datetime"]


def test_real_watch_fails_with_one_line_and_is_tried_again(running: tuple[Path, str]) -> None:
    """Without internet the real account fails plainly, and a new crawl stands in the queue."""
    folder, _ = running
    end = time.monotonic() + 60
    while time.monotonic() < end:
        status = archiver(folder, "status", "--json").json
        tried = [c for c in status["crawls"] if "bsky.app" in c["url"] and c["error"]]
        if tried:
            break
        time.sleep(1)
    assert tried, status
    assert "\n" not in tried[0]["error"]
    assert "public.api.bsky.app" in tried[0]["error"]


def test_only_one_scheduler_runs_an_archive(running: tuple[Path, str]) -> None:
    """A second one says so and ends."""
    folder, _ = running
    second = archiver(folder, "run")
    assert second.code == 1
    assert "runs" in second.err

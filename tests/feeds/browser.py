"""A real browser before real pages, served on loopback with the headers of the web app."""

from __future__ import annotations

import contextlib
import functools
import http.server
import importlib.util
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from feeds.web.headers import page_policy

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def needed() -> tuple[str, str]:
    """
    Give the path of the browser and the text of axe-core; skip the test if one is not there.

    Continuous integration fails instead: there it must be there.
    """
    browser = next(filter(None, map(shutil.which, CHROMIUM)), None)
    has_driver = importlib.util.find_spec("playwright") is not None
    axe = importlib.util.find_spec("axe_playwright_python")
    if browser is None or not has_driver or axe is None or axe.origin is None:
        why = "needs Chromium, playwright and axe-playwright-python: no page was seen in a browser"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    return browser, Path(axe.origin).with_name("axe.min.js").read_text()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        base, framed = f"http://{self.headers.get('host')}", self.path.endswith("/embed/")
        self.send_header("Content-Security-Policy", page_policy(base, framed=framed))
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextlib.contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on loopback; gives its address without a slash at its end."""
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

"""How does a page become a PDF? Chromium prints it from the disk, with no way to any network."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

from archiver.errors import StoreError, UsageError
from archiver.packages.parts import Part

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_PRINT_S = 120
_OFFLINE = (
    "--proxy-server=http://127.0.0.1:1",
    "--proxy-bypass-list=<-loopback>",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--disable-quic",
    "--disable-background-networking",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",  # its name before 2024
)


def browser() -> str:
    """
    Find the machine's Chromium.

    Raises:
        UsageError: If there is none.
    """
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        raise UsageError(
            "there is no Chromium on this machine to print a PDF with; install it "
            "(`apt install chromium`), or export as wacz and print thread/index.html"
        )
    return found


def write(target: Path, page: str, parts: Iterable[Part], chromium: str) -> None:
    """
    Print a page.

    Args:
        target: The PDF; written over.
        page: Path of the page among the parts.
        parts: The page and what it shows.
        chromium: Path of the browser.

    Raises:
        StoreError: If the browser does not print it. What the parts raise passes through.
        OSError: If the disk refuses.
    """
    with tempfile.TemporaryDirectory(prefix="archiver-pdf-") as name:
        folder = Path(name)
        for part in parts:
            place = folder / "site" / part.path
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as file:
                file.writelines(part.pieces())
        printed = folder / "printed.pdf"
        _print(chromium, folder / "site" / page, printed, folder / "profile")
        shutil.copyfile(printed, target)


def _print(chromium: str, page: Path, printed: Path, profile: Path) -> None:
    root = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium has none for root
    command = [
        chromium,
        "--headless",
        *root,
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        "--no-pdf-header-footer",
        *_OFFLINE,
        f"--user-data-dir={profile}",
        f"--print-to-pdf={printed}",
        page.as_uri(),
    ]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_PRINT_S, check=False)
    except subprocess.TimeoutExpired:
        raise StoreError(f"{chromium} did not print the page within {_PRINT_S} s") from None
    if not printed.exists() or not printed.stat().st_size:
        words = done.stderr.decode("utf-8", "replace").strip().splitlines()
        why = words[-1][:200] if words else f"it ended with {done.returncode}"
        raise StoreError(f"{chromium} did not print the page ({why})")

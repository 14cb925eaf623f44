"""Where is Chromium, and how is it started so that it has no network of its own?"""

from __future__ import annotations

import functools
import os
import shlex
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from archiver.config import BrowserSettings
from archiver.errors import ConfigError

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
_OWN_CACHE = "PLAYWRIGHT_BROWSERS_PATH"
_PROBE_S = 10
_SEALED_OFF = ("unshare", "--net", "--")
_SEALED_OFF_AS_USER = ("unshare", "--user", "--map-current-user", "--net", "--")
MISSING = (
    "there is no Chromium on this machine; install it (`apt install chromium`, or "
    "`playwright install chromium`), or name it in config.toml: [browser] executable"
)


@dataclass(frozen=True, slots=True)
class Chromium:
    """
    A browser that can be started.

    Attributes:
        path: The program.
        sandbox: Whether its own sandbox is on.
        isolation: Words before its name that start it in a network namespace without any network;
            empty if the machine does not allow that.
    """

    path: Path
    sandbox: bool
    isolation: tuple[str, ...] = ()

    def launcher(self) -> str:
        """Write the script that starts it."""
        command = shlex.join((*self.isolation, str(self.path)))
        return f'#!/bin/sh\nexec {command} "$@"\n'


def find(settings: BrowserSettings) -> Chromium | None:
    """
    Find the browser: the one that is named, one of the machine's, or Playwright's.

    Returns:
        None if there is none and none was named.

    Raises:
        ConfigError: If the one that is named is not there.
    """
    path = _named(settings.executable) if settings.executable else _of_machine()
    if path is None:
        return None
    return Chromium(path, has_sandbox(settings.sandbox, os.geteuid()), _isolation(os.geteuid()))


def has_sandbox(wanted: str, user: int) -> bool:
    """Say whether Chromium's sandbox is on: it has none for root, as in most containers."""
    return wanted == "on" or (wanted == "auto" and user != 0)


def arguments(proxy_port: int, heap_mb: int) -> list[str]:
    """
    Give the flags that leave the browser without a network: all goes to a proxy that never answers.

    Args:
        proxy_port: A port of loopback on which nothing listens.
        heap_mb: How much memory the scripts of a page may take.
    """
    return [
        f"--proxy-server=http://127.0.0.1:{proxy_port}",
        "--proxy-bypass-list=<-loopback>",
        "--host-resolver-rules=MAP * ~NOTFOUND",
        "--webrtc-ip-handling-policy=disable_non_proxied_udp",
        "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",  # its name before 2024
        "--disable-quic",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        f"--js-flags=--max-old-space-size={heap_mb}",
    ]


def _named(executable: str) -> Path:
    found = shutil.which(executable)
    if found is None:
        raise ConfigError(
            f"browser.executable: {executable} is not there or is no program; name Chromium's, or "
            "leave it empty to have it looked for",
            key="browser.executable",
        )
    return Path(found)


def _of_machine() -> Path | None:
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    return Path(found) if found else next(iter(_of_playwright()), None)


def _of_playwright() -> list[Path]:
    """Give the browsers that `playwright install` fetched, the newest first."""
    folder = Path(os.environ.get(_OWN_CACHE) or Path.home() / ".cache" / "ms-playwright")
    return sorted(folder.glob("chromium-*/chrome-linux*/chrome"), reverse=True)


@functools.cache
def _isolation(user: int) -> tuple[str, ...]:
    """Find out which words start a program without any network, by trying."""
    words = _SEALED_OFF if user == 0 else _SEALED_OFF_AS_USER
    try:
        done = subprocess.run([*words, "true"], capture_output=True, timeout=_PROBE_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return words if done.returncode == 0 else ()

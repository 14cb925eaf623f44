"""Is a bag whole? Holds every file in it against its manifests, and them against each other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from archiver.models.faults import Fault, Meaning

_OURS = "thread-archiver"
_MOST_TAG_BYTES = 100_000_000
_ALGORITHMS = ("md5", "sha1", "sha256", "sha512")
_LINE = re.compile(r"([0-9A-Fa-f]+)[ \t]+\*?(.+)")
_DECLARATION = re.compile(
    r"BagIt-Version: (0\.9[3-7]|1\.0)\r?\nTag-File-Character-Encoding: UTF-8\r?\n?"
)
_CODED = {"%0A": "\n", "%0D": "\r", "%25": "%", "%0a": "\n", "%0d": "\r"}


def is_bag(folder: Path) -> bool:
    """Say whether a folder calls itself a bag."""
    return (folder / "bagit.txt").is_file()


def bag_files(folder: Path) -> list[Path]:
    """List the payload of a bag, in order of path; links are left out."""
    return [each for each in sorted(folder.glob("data/**/*")) if _is_plain(each)]


def bag_faults(folder: Path) -> Iterator[Fault]:
    """
    Check a bag.

    Returns:
        A fault for each file that is missing, changed, not listed or no file, for each manifest
        that cannot be read, for a Payload-Oxum that does not fit, and for a bag of ours that lost
        the manifest of its tag files.

    Source: RFC 8493, 2 and 3
    """
    declared = _text(folder / "bagit.txt")
    if declared is None or not _DECLARATION.fullmatch(declared):
        what = "it does not declare a BagIt version that is known here, in UTF-8"
        yield Fault(folder / "bagit.txt", 0, what, Meaning.UNLAWFUL)
    every = sorted(folder.rglob("*"))
    for path in every:
        if not (_is_plain(path) or (path.is_dir() and not path.is_symlink())):
            yield Fault(path, None, "it is a link or no plain file", Meaning.STRUCTURE)
    names = {path.relative_to(folder).as_posix() for path in every if _is_plain(path)}
    payload = {name for name in names if name.startswith("data/")}
    tags = {name for name in names - payload if not name.startswith("tagmanifest-")}
    yield from _manifests(folder, "manifest", payload)
    yield from _manifests(folder, "tagmanifest", tags)
    yield from _oxum(folder, payload)
    if "fetch.txt" in names:
        what = "parts of the bag are to be fetched from elsewhere"
        yield Fault(folder / "fetch.txt", None, what, Meaning.INCOMPLETE)


def _manifests(folder: Path, kind: str, names: set[str]) -> Iterator[Fault]:
    found = sorted(folder.glob(f"{kind}-*.txt"))
    if not found and kind == "manifest":
        yield Fault(folder, None, "it has no manifest: nothing proves its files", Meaning.UNPROVEN)
    if not found and kind == "tagmanifest" and _is_ours(folder):
        what = (
            "its tagmanifest is missing, which every bag of ours has: nothing proves its manifest"
        )
        yield Fault(folder, None, what, Meaning.UNPROVEN)
    for path in found:
        algorithm = path.stem.partition("-")[2].lower()
        if algorithm not in _ALGORITHMS:
            yield Fault(path, None, f"{algorithm[:20]!r} is not known here", Meaning.UNLAWFUL)
            continue
        listed: dict[str, str] = {}
        yield from _read(path, listed)
        for name in sorted(names - listed.keys()):
            what = f"no line of {path.name} lists it: no digest covers it"
            # RFC 8493, 2.2.1: tag files may be left out of a tag manifest
            if kind == "manifest" or name.startswith(("manifest-", "bag")):
                yield Fault(folder / name, None, what, Meaning.LISTING)
        yield from _compare(folder, algorithm, listed, names)


def _is_ours(folder: Path) -> bool:
    text = _text(folder / "bag-info.txt") or ""
    agents = (line.partition(":") for line in text.splitlines())
    return any(
        label.strip().lower() == "bag-software-agent" and agent.strip().startswith(_OURS)
        for label, _, agent in agents
    )


def _read(path: Path, listed: dict[str, str]) -> Iterator[Fault]:
    text = _text(path)
    if text is None:
        yield Fault(path, 0, "it is no UTF-8 text of reasonable length", Meaning.UNREADABLE)
        return
    at = 0
    for number, raw in enumerate(text.splitlines(keepends=True), start=1):
        line = raw.rstrip("\r\n")
        match = _LINE.fullmatch(line)
        name = re.sub("%(0A|0D|25)", lambda m: _CODED[m[0]], match[2]) if match else ""
        name = name.removeprefix("./")
        if not match or name.startswith(("/", "~")) or ".." in PurePosixPath(name).parts:
            what = f"line {number} is not a digest and a path inside the bag: {line[:80]!r}"
            yield Fault(path, at, what, Meaning.STRUCTURE)
        elif name in listed:
            yield Fault(path, at, f"line {number} lists {name!r} again", Meaning.STRUCTURE)
        else:
            listed[name] = match[1].lower()
        at += len(raw.encode())


def _compare(
    folder: Path, algorithm: str, listed: Mapping[str, str], names: set[str]
) -> Iterator[Fault]:
    for name, digest in listed.items():
        path = folder / name
        if name not in names:
            what = "a manifest lists it, and it is not in the bag"
            yield Fault(path, None, what, Meaning.INCOMPLETE)
            continue
        held = _digest(path, algorithm)
        if held != digest:
            what = f"its manifest says {algorithm}:{digest[:128]}, and it has {algorithm}:{held}"
            yield Fault(path, 0, what, Meaning.ALTERED)


def _oxum(folder: Path, payload: set[str]) -> Iterator[Fault]:
    path = folder / "bag-info.txt"
    text = _text(path) if path.is_file() else None
    for line in (text or "").splitlines():
        label, _, value = line.partition(":")
        if label.strip().lower() != "payload-oxum":
            continue
        held = f"{sum((folder / name).stat().st_size for name in payload)}.{len(payload)}"
        if value.strip() != held:
            what = f"its Payload-Oxum is {value.strip()[:40]}, and should be {held}"
            yield Fault(path, None, what, Meaning.LISTING)


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def _text(path: Path) -> str | None:
    try:
        if path.stat().st_size > _MOST_TAG_BYTES:
            return None
        return path.read_bytes().decode()
    except (OSError, UnicodeDecodeError):
        return None


def _digest(path: Path, algorithm: str) -> str:
    with path.open("rb") as file:
        made = hashlib.file_digest(file, lambda: hashlib.new(algorithm, usedforsecurity=False))
    return made.hexdigest()

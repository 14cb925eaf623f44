"""Which files does a package hold, as a plain list of sha256 that is stamped? Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

FOLDER = "proofs/"
MANIFEST = f"{FOLDER}manifest-sha256.txt"
TIMESTAMP = f"{MANIFEST}.tsr"
CALENDARS = f"{MANIFEST}.ots"
_LINE = re.compile(rb"([0-9a-f]{64}) [ *]([^\n\\]{1,1000})")
_MOST_FAULTS = 50


def manifest(digests: Iterable[tuple[str, str]]) -> bytes:
    r"""
    Write the list as `sha256sum -c` reads it, in the order given.

    Args:
        digests: Path and `sha256:<hex>` of each file; what proves the list itself is left out.

    >>> manifest([("a/b", "sha256:00"), ("proofs/x", "sha256:11")])
    b'00  a/b\n'
    """
    lines = (
        f"{digest.removeprefix('sha256:')}  {path}\n"
        for path, digest in digests
        if not path.startswith(FOLDER)
    )
    return "".join(lines).encode()


def manifest_faults(raw: bytes, digests: Mapping[str, str]) -> Iterator[str]:
    """
    Hold the list against that of the package: what is stamped must be all that is there.

    Args:
        raw: The list; anything at all.
        digests: Path and digest of each file as datapackage.json tells them; those of other kinds
            than sha256 are compared by path only.

    Returns:
        Phrases.
    """
    found: dict[str, str] = {}
    faults: list[str] = []
    for number, line in enumerate(raw.splitlines(), start=1):
        match = _LINE.fullmatch(line)
        path = match[2].decode("utf-8", "replace") if match else ""
        if not match:
            faults.append(f"line {number} is not a sha256 and a path: {line[:80]!r}")
        elif path in found:
            faults.append(f"line {number} lists {path[:200]} again")
        else:
            found[path] = match[1].decode()
        if len(faults) > _MOST_FAULTS:
            yield from faults
            return
    if raw and not raw.endswith(b"\n"):
        faults.append("its last line is torn")
    yield from faults
    wanted = {path: each for path, each in digests.items() if not path.startswith(FOLDER)}
    for path in sorted(wanted.keys() - found.keys())[:_MOST_FAULTS]:
        yield f"it does not list {path[:200]}: no timestamp covers it"
    for path in sorted(found.keys() - wanted.keys())[:_MOST_FAULTS]:
        yield f"it lists {path[:200]}, and datapackage.json does not"
    for path in sorted(wanted.keys() & found.keys()):
        if wanted[path].startswith("sha256:") and wanted[path][7:].lower() != found[path]:
            yield f"it says that {path[:200]} has sha256:{found[path]}; the list {wanted[path]}"

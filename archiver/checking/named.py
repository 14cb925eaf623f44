"""Is a copy of an attachment named by the digest that it has? Pure."""

from __future__ import annotations

import re

_MEDIA = re.compile(r"(?:\A|/)media/([0-9A-Fa-f]{64})(?:\.[^/]*)?\Z")


def is_named(path: str) -> bool:
    """Say whether a path is that of a file named by its sha256, as ours are in `media/`."""
    return _MEDIA.search(path) is not None


def named_otherwise(path: str, sha256: str) -> str:
    """
    Say that a file is named by another digest than it has; empty if it is not.

    Args:
        path: Within the package, with `/`.
        sha256: `sha256:<hex>` of the file.
    """
    match = _MEDIA.search(path)
    if match is None or f"sha256:{match[1].lower()}" == sha256:
        return ""
    return f"it is named by another digest than it has, which is {sha256}"

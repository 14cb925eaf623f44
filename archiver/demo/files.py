"""Which files come with the demo web, and as what are they served?"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources

from archiver.demo.reply import Reply

_SITE = resources.files("archiver.demo") / "site"
_MIMES = {
    "css": "text/css; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "jpg": "image/jpeg",
    "js": "text/javascript; charset=utf-8",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "toml": "text/plain; charset=utf-8",
}


@cache
def content(folder: str, name: str) -> bytes | None:
    """Give a file of `site/`; None if there is none of that very name."""
    entries = {each.name: each for each in (_SITE / folder).iterdir()}
    found = entries.get(name)
    return found.read_bytes() if found is not None and found.is_file() else None


def text(folder: str, name: str) -> str:
    """Give a text file of `site/` that must be there. Raises FileNotFoundError if it is not."""
    found = content(folder, name)
    if found is None:
        raise FileNotFoundError(f"archiver/demo/site/{folder}/{name} is missing")
    return found.decode()


@cache
def served(folder: str, name: str) -> Reply | None:
    """Give a file of `site/` as an answer that may be cached for an hour; None if it is absent."""
    found = content(folder, name)
    mime = _MIMES.get(name.rpartition(".")[2])
    if found is None or mime is None:
        return None
    tag = f'"{hashlib.sha256(found).hexdigest()[:16]}"'
    return Reply(200, mime, found, (("Cache-Control", "public, max-age=3600"), ("ETag", tag)))

"""Under which address does each published page and feed stand?"""

from __future__ import annotations

import hashlib
import re
import unicodedata

_CLEAN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LOOKS_DIGESTED = re.compile(r"(?:^|-)[0-9a-f]{8}$")
_LONGEST_STEM = 48


def slug(name: str) -> str:
    """
    Give the name of a watch a form that is safe in addresses and file names.

    A name that is a slug already stays as it is. Every other one gets eight digits of its digest,
    so that two names never share an address, on any machine.

    Args:
        name: Any text.

    Returns:
        `[a-z0-9-]`, 1 to 57 characters, neither starting nor ending with a hyphen.

    >>> slug("xinjiang-desk"), slug("Xinjiang Desk")
    ('xinjiang-desk', 'xinjiang-desk-867eaf5a')
    """
    if len(name) <= _LONGEST_STEM and _CLEAN.fullmatch(name) and not _LOOKS_DIGESTED.search(name):
        return name
    digest = hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:_LONGEST_STEM].rstrip("-")
    return f"{stem or 'watch'}-{digest}"


def home(base_url: str) -> str:
    """Give the address of the index page; `base_url` has no slash at its end."""
    return f"{base_url}/"


def thread_page(base_url: str, thread_id: str) -> str:
    """Give the address of the page of a thread."""
    return f"{base_url}/t/{thread_id}/"


def post_anchor(base_url: str, thread_id: str, position: int) -> str:
    """Give the permalink of one post; positions count from 1 and stay with their post."""
    return f"{thread_page(base_url, thread_id)}#p{position}"


def thread_feed(base_url: str, thread_id: str) -> str:
    """Give the feed of one thread, without extension."""
    return f"{base_url}/t/{thread_id}/feed"


def all_feed(base_url: str) -> str:
    """Give the feed of everything, without extension."""
    return f"{base_url}/feeds/all"


def watch_feed(base_url: str, name: str) -> str:
    """Give the feed of a watch, without extension."""
    return f"{base_url}/feeds/watch/{slug(name)}"

"""Under which address does each published page and feed stand?"""

from __future__ import annotations

import hashlib
import re
import unicodedata

_CLEAN = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LOOKS_DIGESTED = re.compile(r"(?:^|-)[0-9a-f]{8}$")
_LONGEST_STEM = 48


def slug(name: str, *, nameless: str = "watch") -> str:
    """
    Give the name of a watch, tag or platform a form that is safe in addresses and file names.

    A name that is a slug already stays as it is. Every other one gets eight digits of its digest,
    so that two names never share an address, on any machine.

    Args:
        name: Any text.
        nameless: What stands before the digest of a name without any Latin letter.

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
    return f"{stem or nameless}-{digest}"


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


def platform_feed(base_url: str, platform: str) -> str:
    """Give the feed of a platform, without extension."""
    return f"{base_url}/feeds/platform/{slug(platform, nameless='platform')}"


def account_feed(base_url: str, key: str) -> str:
    """Give the feed of an account, named by its key (`account_key`), without extension."""
    return f"{base_url}/feeds/account/{key}"


def tag_feed(base_url: str, tag: str) -> str:
    """Give the feed of a tag, whatever its case, without extension."""
    return f"{base_url}/feeds/tag/{tag_slug(tag)}"


def feed_beside(stem: str, granularity: str) -> str:
    """
    Give the feed of another granularity beside one, without extension.

    >>> feed_beside("https://x.example/feeds/all", "posts")
    'https://x.example/feeds/all/posts'
    >>> feed_beside("https://x.example/t/ab/feed", "changes")
    'https://x.example/t/ab/changes'
    """
    return f"{stem.removesuffix('/feed')}/{granularity}"


def account_page(base_url: str, key: str) -> str:
    """Give the page of an account."""
    return f"{base_url}/by/{key}/"


def tag_page(base_url: str, tag: str) -> str:
    """Give the page of a tag, whatever its case."""
    return f"{base_url}/tag/{tag_slug(tag)}/"


def history_page(base_url: str, thread_id: str) -> str:
    """Give the page of what changed in a thread, and of its captures."""
    return f"{thread_page(base_url, thread_id)}history/"


def account_key(platform: str, author_id: str) -> str:
    """
    Give the permanent name of an account: it outlives every change of handle, name and host.

    Args:
        author_id: The platform's own permanent id; not empty.

    Returns:
        16 lower-case hex digits.

    >>> account_key("bluesky", "did:plc:abc")
    'd62e9099acce5562'
    """
    named = f"account\n{platform}\n{author_id}".encode("utf-8", "surrogatepass")
    return hashlib.sha256(named).hexdigest()[:16]


def tag_slug(tag: str) -> str:
    """
    Give the form of a tag in addresses: without its sign, one for all cases.

    >>> tag_slug("#Xinjiang"), tag_slug("xinjiang")
    ('xinjiang', 'xinjiang')
    """
    folded = unicodedata.normalize("NFKC", tag.strip().lstrip("#").strip()).casefold()
    return slug(folded, nameless="tag")

"""Is the end of a chain the page that was meant, or where a site sends links it has lost?"""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from archiver.core import urls

_LOST = re.compile(
    r"/(?:404|410|40[34]-?error|error-?404|errors?|(?:page[-_]?)?not[-_]?found)"
    r"(?:\.[a-z]{2,5})?(?=/|\Z)",
    re.IGNORECASE,
)
_WALL = re.compile(
    r"/(?:(?:collect)?consent|cookiewall|log-?in|sign-?in|paywall|unsupported(?:-?browser)?)"
    r"(?:\.[a-z]{2,5})?(?=/|\Z)",
    re.IGNORECASE,
)
_WALL_HOSTS = ("consent.", "login.", "accounts.")
_LONG_PATH = 25  # characters; codes of short links are shorter


def meant(asked: Sequence[str]) -> str | None:
    """
    Find the page that was meant, where a chain ends at a front page or a page for lost links.

    Args:
        asked: URLs of the hops, in order.

    Returns:
        The last URL before the end that names a page, if the end lies about it: it is on the
        same site, or its path is too long for a short link. None if the end stands for itself.

    Source: reference/protocols.md, 7.1.7; demand.md, trap 20

    >>> meant(("https://sho.rt/a", "https://news.example/2022/story", "https://news.example/"))
    'https://news.example/2022/story'
    """
    if not asked or not (urls.is_root(asked[-1]) or _is_aside(asked[-1])):
        return None
    for url in reversed(asked[:-1]):
        if urls.is_root(url) or _is_aside(url):
            continue
        if urls.same_site(url, asked[-1]) or _is_deep(url):
            return url
        return None
    return None


def is_wall(url: str) -> bool:
    """Say whether a page asks for a consent or a login; what stands behind it may well be there."""
    return urls.host_of(url).startswith(_WALL_HOSTS) or _WALL.search(urlsplit(url).path) is not None


def _is_aside(url: str) -> bool:
    return _LOST.search(urlsplit(url).path) is not None or is_wall(url)


def _is_deep(url: str) -> bool:
    path = urlsplit(url).path.strip("/")
    return len(path) > _LONG_PATH or path.count("/") >= 2

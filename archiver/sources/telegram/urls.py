"""Which addresses are those of Telegram's public channels, and what do they name?"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from archiver.models import FetchRequest, RefKind, SourceRef

PLATFORM = "telegram"
SITE = "https://t.me"

_HOSTS = frozenset({"t.me", "www.t.me", "telegram.me", "www.telegram.me", "telegram.dog"})
_NAME = r"[A-Za-z][A-Za-z0-9_]{3,31}"
_OWN_HOST = re.compile(rf"({_NAME})\.t\.me", re.IGNORECASE)
_POST = re.compile(rf"(?:/s)?/({_NAME})/([1-9][0-9]{{0,9}})/?")
_CHANNEL = re.compile(rf"(?:/s)?/({_NAME})/?")
_SERVICES = frozenset({
    "joinchat", "addstickers", "addemoji", "addlist", "addtheme", "share", "proxy", "socks",
    "setlanguage", "login", "confirmphone", "invoice", "giftcode", "boost", "contact", "auction",
})  # fmt: skip
_HTML = (("Accept", "text/html"), ("Accept-Language", "en"))
_MOST_BYTES = 6_000_000


def match(url: str) -> SourceRef | None:
    """Recognise a post or a channel; the key holds the channel's name and the post's number."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc:
        return None
    own = _OWN_HOST.fullmatch(host)
    if own is None and host not in _HOSTS:
        return None
    path = f"/{own[1]}{parts.path}" if own and own[1].lower() != "www" else parts.path
    if (found := _POST.fullmatch(path)) and found[1].lower() not in _SERVICES:
        return SourceRef(PLATFORM, RefKind.THREAD, url, key=(found[1], found[2]))
    if (found := _CHANNEL.fullmatch(path)) and found[1].lower() not in _SERVICES:
        return SourceRef(PLATFORM, RefKind.ACCOUNT, url, key=(found[1],))
    return None


def post_of(href: str) -> tuple[str, int] | None:
    """
    Give the name of a channel and the number of a post that an address leads to.

    >>> post_of("https://t.me/Desk_news/12?single")
    ('desk_news', 12)
    """
    ref = match(href)
    if ref is None or ref.kind is not RefKind.THREAD:
        return None
    return ref.key[0].lower(), int(ref.key[1])


def url_of(name: str, number: int) -> str:
    """Give the address of a post as people see it."""
    return f"{SITE}/{name}/{number}"


class Server:
    """Where questions about Telegram go."""

    def __init__(self, web: str) -> None:
        self._web = web.rstrip("/")

    def post(self, name: str, number: int) -> FetchRequest:
        """Ask for one post, as it is shown on other sites."""
        return self._asked(f"/{name}/{number}?embed=1&mode=tme")

    def newest(self, name: str) -> FetchRequest:
        """Ask for a channel's newest posts."""
        return self._asked(f"/s/{name}")

    def before(self, name: str, number: int) -> FetchRequest:
        """Ask for a channel's posts before one."""
        return self._asked(f"/s/{name}?before={number}")

    def after(self, name: str, number: int) -> FetchRequest:
        """Ask for a channel's posts after one."""
        return self._asked(f"/s/{name}?after={number}")

    def _asked(self, path: str) -> FetchRequest:
        return FetchRequest(f"{self._web}{path}", headers=_HTML, keep_bytes=_MOST_BYTES)

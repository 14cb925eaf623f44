"""Which addresses are Reddit's, and what do they name?"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from archiver.models import FetchRequest, RefKind, SourceRef
from archiver.sources.answers import ask

PLATFORM = "reddit"
SITE = "https://www.reddit.com"
PAGE = 100

_HOST = re.compile(r"(?:(?:www|old|new|np|i|m|amp|sh|en|ns)\.)?reddit\.com")
_SHORT = frozenset({"redd.it", "www.redd.it"})
_ID = r"[0-9a-z]{1,13}"
_SUB = r"[A-Za-z0-9_]{2,21}"
_NAME = r"[A-Za-z0-9_-]{2,20}"
_OF = rf"(?:/(?:r/(?:u_)?{_NAME}|u/{_NAME}|user/{_NAME}))?"
_POST = re.compile(
    rf"{_OF}/comments/({_ID})(?:/[^/]*(?:/({_ID}))?)?/?|/gallery/({_ID})/?|/tb/({_ID})/?"
)
_SHARED = re.compile(rf"/(r|u|user)/({_NAME})/s/([A-Za-z0-9]{{4,32}})/?")
_SUBREDDIT = re.compile(rf"/r/({_SUB})(?:/(?:new|hot|top|rising|best))?/?")
_USER = re.compile(rf"/(?:u|user)/({_NAME})(?:/(?:submitted|overview))?/?")
_BARE = re.compile(rf"/({_ID})/?")


def match(url: str) -> SourceRef | None:
    """
    Recognise a post, a comment, a share link, a subreddit or an account.

    The key begins with what it is: `post` and its id, `share` and the path, `sub` and `user` with
    the name.
    """
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc:
        return None
    if host in _SHORT:
        found = _BARE.fullmatch(parts.path)
        return _ref(url, RefKind.THREAD, "post", found[1]) if found else None
    return _of_site(url, parts.path) if _HOST.fullmatch(host) else None


def _of_site(url: str, path: str) -> SourceRef | None:
    if found := _POST.fullmatch(path):
        return _ref(url, RefKind.THREAD, "post", found[1] or found[3] or found[4])
    if found := _SHARED.fullmatch(path):
        return _ref(url, RefKind.THREAD, "share", f"/{found[1]}/{found[2]}/s/{found[3]}")
    if found := _SUBREDDIT.fullmatch(path):
        return _ref(url, RefKind.LIST, "sub", found[1])
    if found := _USER.fullmatch(path):
        return _ref(url, RefKind.ACCOUNT, "user", found[1])
    return None


def _ref(url: str, kind: RefKind, what: str, name: str) -> SourceRef:
    return SourceRef(PLATFORM, kind, url, key=(what, name))


class Servers:
    """Where questions about Reddit go."""

    def __init__(self, api: str, login: str) -> None:
        self._api = api.rstrip("/")
        self._login = login.rstrip("/")

    def post(self, number: str) -> FetchRequest:
        """Ask for a post and its comments, oldest first."""
        return self._asked(f"/comments/{number}?raw_json=1&limit=500&sort=old")

    def below(self, number: str, comment: str) -> FetchRequest:
        """Ask for what hangs below a comment."""
        return self._asked(f"/comments/{number}?comment={comment}&raw_json=1&limit=500&sort=old")

    def more(self, number: str, children: tuple[str, ...]) -> FetchRequest:
        """Ask for up to 100 comments that were only named."""
        named = ",".join(children)
        return self._asked(
            f"/api/morechildren?api_type=json&link_id=t3_{number}&children={named}"
            "&limit_children=false&raw_json=1&sort=old"
        )

    def info(self, names: tuple[str, ...]) -> FetchRequest:
        """Ask for up to 100 things by their full names."""
        return self._asked(f"/api/info?id={','.join(names)}&raw_json=1")

    def listing(self, what: str, name: str) -> FetchRequest:
        """Ask for the newest posts of a subreddit or an account."""
        path = f"/r/{name}/new?" if what == "sub" else f"/user/{name}/submitted?sort=new&"
        return self._asked(f"{path}raw_json=1&limit={PAGE}")

    def share(self, path: str) -> FetchRequest:
        """Ask where a share link leads; that needs no credential."""
        return FetchRequest(f"{self._login}{path}", headers=(("Accept", "text/html"),))

    def _asked(self, path: str) -> FetchRequest:
        return ask(f"{self._api}{path}", credential=PLATFORM)

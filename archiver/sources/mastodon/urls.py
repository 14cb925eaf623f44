"""Which addresses name a post or an account of a Mastodon server, and where does its API answer?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlsplit

from archiver.models import RefKind, SourceRef

PLATFORM = "mastodon"

# Their addresses look alike, and they do not speak this API.
_OTHERS = frozenset(
    {
        "medium.com",
        "www.medium.com",
        "youtube.com",
        "www.youtube.com",
        "m.youtube.com",
        "tiktok.com",
        "www.tiktok.com",
        "threads.net",
        "www.threads.net",
        "threads.com",
        "www.threads.com",
        "substack.com",
        "instagram.com",
        "www.instagram.com",
    }
)
_USER = r"(?P<user>[\w.-]{1,200})(?:@(?P<host>[\w.-]{1,253}(?::\d{1,5})?))?"
_ID = r"(?P<id>[A-Za-z0-9_-]{1,64})"
_NUMBER = r"(?P<id>[0-9]{1,64})"
# Where the user stands first, only a number names a post: `/@user/media` does not.
_POSTS = (
    re.compile(rf"/(?:web/|deck/)?@{_USER}/{_NUMBER}(?:/embed)?/?"),
    re.compile(rf"/(?:web/|deck/)?@{_USER}/statuses/{_ID}/?"),  # GoToSocial
    re.compile(rf"/(?:ap/)?users/[\w.-]{{1,200}}/statuses/{_ID}(?:/activity|/embed)?/?"),
    re.compile(rf"/(?:web/|deck/)?statuses/{_NUMBER}/?"),
    re.compile(rf"/notice/{_ID}/?"),  # Pleroma, Akkoma
    re.compile(rf"/p/[\w.-]{{1,200}}/{_NUMBER}/?"),  # Pixelfed
    re.compile(rf"/i/web/post/{_NUMBER}/?"),  # Pixelfed: copies
)
# These hold an id of ActivityPub: that of the API must be asked for.
_OBJECTS = (
    re.compile(r"/objects/[0-9A-Fa-f-]{16,64}/?"),  # Pleroma, Akkoma, Friendica
    re.compile(r"/display/[0-9A-Za-z@:.-]{8,200}/?"),  # Friendica
)
_ACCOUNTS = (
    re.compile(rf"/(?:web/|deck/)?@{_USER}(?:/(?:media|with_replies|featured))?/?"),
    re.compile(rf"/users/{_USER}/?"),
)
_NAME = r"(?P<name>[^/?#\s]{1,200})"
_TAGS = (
    re.compile(rf"/(?:web/|deck/)?tags/{_NAME}/?"),
    re.compile(rf"/tag/{_NAME}/?"),  # Pleroma, Akkoma
    re.compile(rf"/discover/tags/{_NAME}/?"),  # Pixelfed
)
_LISTS = (re.compile(r"/(?:web/|deck/)?lists/(?P<name>[0-9A-Za-z]{1,64})/?"),)
_AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)")
_FEEDS = (".rss", ".atom", ".json", ".xml")  # of the same pages, which another source reads
_PLACES = (
    (RefKind.THREAD, _OBJECTS),
    (RefKind.TAG, _TAGS),
    (RefKind.LIST, _LISTS),
)


@dataclass(frozen=True, slots=True)
class Site:
    """A server; `root` is scheme and authority."""

    root: str

    @property
    def authority(self) -> str:
        """Host, and port if it is not that of the scheme."""
        return self.root.partition("://")[2]

    def post(self, local_id: str) -> str:
        """Where a post is described."""
        return f"{self.root}/api/v1/statuses/{quote(local_id, safe='')}"

    def page(self, handle: str, local_id: str) -> str:
        """Where a copy of another server's post is shown to people."""
        if local_id.isdigit():
            return f"{self.root}/@{quote(handle, safe='@:')}/{local_id}"
        return f"{self.root}/notice/{quote(local_id, safe='')}"

    def context(self, local_id: str) -> str:
        """Where what stands above and below a post is listed."""
        return f"{self.post(local_id)}/context"

    def history(self, local_id: str) -> str:
        """Where the versions of a post are listed."""
        return f"{self.post(local_id)}/history"

    def lookup(self, acct: str) -> str:
        """Where an account is found by name."""
        return f"{self.root}/api/v1/accounts/lookup?acct={quote(acct, safe='@:')}"

    def search(self, url: str) -> str:
        """Where a post is found by its address."""
        return f"{self.root}/api/v2/search?q={quote(url, safe='')}&type=statuses&limit=5"

    def tag(self, name: str) -> str:
        """Where the posts with a hashtag are listed."""
        return f"{self.root}/api/v1/timelines/tag/{quote(name, safe='')}?limit=40"

    def list_of(self, list_id: str) -> str:
        """Where the posts of a list are listed, for who made it."""
        return f"{self.root}/api/v1/timelines/list/{quote(list_id, safe='')}?limit=40"

    def posts_of(
        self, account_id: str, *, edge: tuple[str, str] | None = None, replies: bool = False
    ) -> str:
        """
        Where the posts of an account are listed: its own and its replies to itself, no boosts.

        Args:
            edge: `min_id` or `max_id`, and the id that the page begins behind.
            replies: With its replies to others, for servers that leave out those to itself too.
        """
        without = "" if replies else "exclude_replies=true&"
        url = (
            f"{self.root}/api/v1/accounts/{quote(account_id, safe='')}/statuses"
            f"?{without}exclude_reblogs=true&limit=40"
        )
        return self.behind(url, edge) if edge else url

    @staticmethod
    def behind(url: str, edge: tuple[str, str]) -> str:
        """Give the page of a listing behind an edge."""
        return f"{url}&{edge[0]}={quote(edge[1], safe='')}"


def match(url: str) -> SourceRef | None:
    """
    Recognise the address of a post, account, tag or list by its shape; the host may be any.

    Returns:
        With key (server, local id) for a post, whose id is empty where only ActivityPub's id is
        known; (server, name) for others. None if it is none.
    """
    parts = _split(url)
    if parts is None or parts.hostname in _OTHERS or parts.path.lower().endswith(_FEEDS):
        return None
    root = _site(parts).root
    for shape in _POSTS:
        found = shape.fullmatch(parts.path)
        if found:
            return SourceRef(PLATFORM, RefKind.THREAD, url, (root, found["id"]))
    for shape in _ACCOUNTS:
        found = shape.fullmatch(parts.path)
        if found:
            acct = found["user"] + (f"@{found['host']}" if found["host"] else "")
            return SourceRef(PLATFORM, RefKind.ACCOUNT, url, (root, acct))
    for kind, shapes in _PLACES:
        for shape in shapes:
            found = shape.fullmatch(parts.path)
            if found:
                name = unquote(found.groupdict().get("name") or "")
                return SourceRef(PLATFORM, kind, url, (root, name))
    return None


def home(uri: str) -> tuple[Site, str] | None:
    """
    Say where a post is at home, by its global id: its server, and its id there if that is told.

    >>> home("https://b.example/users/u/statuses/7")
    (Site(root='https://b.example'), '7')
    """
    ref = match(uri)
    if ref is None or ref.kind is not RefKind.THREAD:
        return None
    return Site(ref.key[0]), ref.key[1]


def server_of(url: str) -> Site | None:
    """Give the server of any http or https address."""
    parts = _split(url)
    return _site(parts) if parts else None


def host_of(uri: str) -> str:
    """Give host and port of an id, in lower case; empty if it names none."""
    found = _AUTHORITY.match(uri)
    return found[1].lower() if found else ""


def account_of(url: str) -> str:
    """Give the account name in the address of a post or account; empty if there is none."""
    parts = _split(url)
    found = (
        re.match(r"/(?:web/|deck/)?(?:@|users/|p/)([\w.-]{1,200})", parts.path) if parts else None
    )
    return found[1] if found else ""


def page_edge(link_header: str, rel: str) -> tuple[str, str] | None:
    """
    Read which page comes next from a Link header (RFC 8288).

    Only its edge is taken, so that no server leads us elsewhere.

    Args:
        rel: `next` (older) or `prev` (newer).

    Returns:
        `max_id` or `min_id`, and the id.

    >>> page_edge('<https://a.example/x?limit=40&max_id=7>; rel="next"', "next")
    ('max_id', '7')
    """
    for target, said in re.findall(r"<([^>]*)>\s*;([^<]*)", link_header[:10_000]):
        if re.search(rf'rel\s*=\s*"?{rel}\b', said):
            asked = parse_qs(target.partition("?")[2])
            for name in ("max_id", "min_id", "since_id"):
                if name in asked:
                    return ("min_id" if name == "since_id" else name, asked[name][0])
    return None


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url.strip())
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
        return parts if usable and parts.port != 0 and "@" not in parts.netloc else None
    except ValueError:
        return None


def _site(parts: SplitResult) -> Site:
    host = (parts.hostname or "").rstrip(".")
    host = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}[parts.scheme]
    port = f":{parts.port}" if parts.port not in (None, usual) else ""
    return Site(f"{parts.scheme}://{host}{port}")

"""Which addresses name a post, an account or a listing on Bluesky, and where is it answered?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote, urlsplit

from archiver.models import RefKind, SourceRef

PLATFORM = "bluesky"
POSTS = "app.bsky.feed.post"
LISTS = "app.bsky.graph.list"
FEEDS = "app.bsky.feed.generator"
PACKS = "app.bsky.graph.starterpack"

_HOSTS = frozenset({"bsky.app", "www.bsky.app"})
_DID = r"did:[a-z]{1,32}:[A-Za-z0-9._:%-]{1,512}"
_HANDLE = r"[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,16}"
_ACTOR = rf"(?P<actor>{_DID}|@?{_HANDLE})"
_RKEY = r"(?P<rkey>[A-Za-z0-9._~:-]{1,512})"
_PATHS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (RefKind.THREAD, rf"/profile/{_ACTOR}/post/{_RKEY}/?"),
        (RefKind.LIST, rf"/profile/{_ACTOR}/lists/{_RKEY}/?"),
        (RefKind.FEED, rf"/profile/{_ACTOR}/feed/{_RKEY}/?"),
        (RefKind.LIST, rf"/(?P<pack>starter-pack)/{_ACTOR}/{_RKEY}/?"),
        (RefKind.ACCOUNT, rf"/profile/{_ACTOR}/?"),
        (RefKind.TAG, r"/hashtag/#?(?P<tag>[^/?#\s]{1,640})/?"),
    )
)
_RECORDS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        (RefKind.THREAD, rf"at://{_ACTOR}/{re.escape(POSTS)}/{_RKEY}/?"),
        (RefKind.LIST, rf"at://{_ACTOR}/{re.escape(LISTS)}/{_RKEY}/?"),
        (RefKind.FEED, rf"at://{_ACTOR}/{re.escape(FEEDS)}/{_RKEY}/?"),
        (RefKind.ACCOUNT, rf"at://{_ACTOR}/?"),
    )
)
_AT_RECORD = re.compile(rf"at://(?P<did>{_DID})/(?P<collection>[A-Za-z0-9.-]{{1,317}})/{_RKEY}")
_TID = re.compile(r"[2-7a-j][2-7a-z]{12}")
_PAGES = {
    POSTS: "post",
    FEEDS: "feed",
    LISTS: "lists",
}


@dataclass(frozen=True, slots=True)
class AtUri:
    """The address of a record: whose, of which kind, and its key."""

    did: str
    collection: str
    rkey: str

    def __str__(self) -> str:
        return f"at://{self.did}/{self.collection}/{self.rkey}"

    @property
    def page(self) -> str | None:
        """Where people see it; by DID, since handles change. None for kinds without a page."""
        if self.collection == PACKS:
            return f"https://bsky.app/starter-pack/{self.did}/{self.rkey}"
        kind = _PAGES.get(self.collection)
        return f"https://bsky.app/profile/{self.did}/{kind}/{self.rkey}" if kind else None


def at_uri(text: str) -> AtUri | None:
    """Read the address of a record; None if it is none, or names its owner by handle."""
    found = _AT_RECORD.fullmatch(text)
    return AtUri(found["did"], found["collection"], found["rkey"]) if found else None


def is_did(text: str) -> bool:
    """Say whether a text is a DID."""
    return re.fullmatch(_DID, text) is not None


def match(url: str) -> SourceRef | None:
    """
    Recognise the address of a post, account, list, feed or hashtag, as a page or as at://.

    Returns:
        With key (actor, rkey) for a post, list or feed, (actor, rkey, "starter-pack") for a
        starter pack, (actor,) for an account, (tag,) for a hashtag; the actor is a DID or handle.
    """
    address = url.strip()
    path = _path(address)
    for kind, pattern in _RECORDS if path is None else _PATHS:
        found = pattern.fullmatch(address if path is None else path)
        if found is not None:
            return SourceRef(PLATFORM, kind, url, _key(found.groupdict()))
    return None


def _key(found: dict[str, str]) -> tuple[str, ...]:
    if "tag" in found:
        return (found["tag"],)
    actor = found["actor"].removeprefix("@")
    actor = actor if actor.startswith("did:") else actor.lower()
    pack = (found["pack"],) if "pack" in found else ()
    return (actor, found["rkey"], *pack) if "rkey" in found else (actor,)


def _path(address: str) -> str | None:
    """Give the path of an address of the web app; None if it is none."""
    try:
        parts = urlsplit(address)
        usable = parts.scheme in {"http", "https"} and parts.hostname in _HOSTS
    except ValueError:
        return None
    return unquote(parts.path) if usable and "@" not in parts.netloc else None


def xrpc(server: str, method: str, *asked: tuple[str, str]) -> str:
    """Write the address of a query. Source: AT Protocol, HTTP API (XRPC)."""
    query = "&".join(f"{name}={quote(value, safe=':/@')}" for name, value in asked)
    return f"{server}/xrpc/{method}?{query}"


def did_document(did: str, plc: str) -> str | None:
    """Say where a DID is described; None for methods that Bluesky does not know."""
    if did.startswith("did:plc:"):
        return f"{plc}/{did}"
    host = unquote(did.removeprefix("did:web:"))
    if did.startswith("did:web:") and re.fullmatch(r"[A-Za-z0-9.-]+(:\d{1,5})?", host):
        return f"https://{host}/.well-known/did.json"
    return None


def is_handle(text: str) -> bool:
    """Say whether a handle can be used; `handle.invalid` stands for one that cannot."""
    return text != "handle.invalid" and re.fullmatch(_HANDLE, text) is not None


def is_before(rkey: str, other: str) -> bool:
    """
    Say whether a record was made before another one by their keys, as far as keys tell that.

    Source: AT Protocol, TID: 13 signs that sort by time
    """
    both = _TID.fullmatch(rkey) is not None and _TID.fullmatch(other) is not None
    return both and rkey < other


def post_page(actor: str, rkey: str) -> str:
    """Write the address of a post as people see it."""
    return f"https://bsky.app/profile/{actor}/post/{rkey}"


def hashtag_page(tag: str) -> str:
    """Write the address of a hashtag as people see it."""
    return f"https://bsky.app/hashtag/{quote(tag, safe='', errors='replace')}"

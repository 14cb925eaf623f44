"""What does social.example answer? The public part of the Mastodon API, and a page per post."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence
from urllib.parse import urlencode

from archiver.demo import files, objects
from archiver.demo.board import Account, Board, DemoPost
from archiver.demo.reply import Ask, Reply, as_json, not_found, page, redirect
from archiver.demo.statuses import BASE, Statuses, time, url
from archiver.models import Header

_STATUS = re.compile(r"/api/v1/statuses/([0-9]+)(/context|/history)?")
_LISTING = re.compile(r"/api/v1/accounts/([0-9]+)/statuses")
_PAGE = re.compile(r"/(?:@|users/)([a-z_]+)(?:@social\.example)?/(?:statuses/)?([0-9]+)")
_PROFILE = re.compile(r"/@([a-z_]+)")
_DEFAULT_LIMIT, _MAX_LIMIT = 20, 40
_VERSION = "4.5.0"
_FOLDERS = {"/media/": "media", "/emoji/": "media"}


class Social:
    """The server; it reads the board at every request, so changes show at once."""

    def __init__(self, board: Board, accounts: dict[str, Account]) -> None:
        self._board = board
        self._accounts = accounts
        self._statuses = Statuses(board, accounts)

    def answer(self, ask: Ask) -> Reply:
        """Answer a request to the API or for a page."""
        if ask.path.startswith("/api/"):
            return self._api(ask)
        if ask.path in ("/.well-known/nodeinfo", "/nodeinfo/2.0"):
            return as_json(_nodeinfo(ask.path))
        for prefix, folder in _FOLDERS.items():
            if ask.path.startswith(prefix):
                return files.served(folder, ask.path.removeprefix(prefix)) or not_found(ask)
        if objects.is_asked_for(ask):
            return objects.answer(ask, self._board, self._statuses)
        return self._html(ask)

    def _api(self, ask: Ask) -> Reply:
        status, listing = _STATUS.fullmatch(ask.path), _LISTING.fullmatch(ask.path)
        if status is not None:
            return self._status(status[1], status[2] or "")
        if listing is not None:
            return self._listing(listing[1], ask)
        if ask.path == "/api/v1/statuses":
            found = (self._board.get(each) for each in ask.get_all("id[]"))
            return as_json([self._statuses.status(post) for post in found if post and _open(post)])
        if ask.path == "/api/v1/accounts/lookup":
            return self._lookup(ask.get("acct") or "")
        if ask.path in ("/api/v2/instance", "/api/v1/instance"):
            return as_json(_instance())
        return _missing()

    def _status(self, post_id: str, part: str) -> Reply:
        post = self._board.get(post_id)
        if post is None:
            return _missing()
        if not _open(post):
            return as_json({"error": "This method requires an authenticated user"}, 401)
        if part == "/history":
            return as_json(self._statuses.history(post))
        if part == "/context":
            above, below = self._board.ancestors(post), self._board.descendants(post)
            return as_json(
                {
                    "ancestors": [self._statuses.status(each) for each in above],
                    "descendants": [self._statuses.status(each) for each in below],
                }
            )
        return as_json(self._statuses.status(post))

    def _listing(self, account_id: str, ask: Ask) -> Reply:
        if account_id not in {account.id for account in self._accounts.values()}:
            return _missing()
        limit = _limit(ask.get("limit"))
        posts = _window(_wanted(self._board.of_account(account_id), ask), ask, limit)
        headers = _paging(ask, posts, limit)
        return as_json([self._statuses.status(post) for post in posts], headers=headers)

    def _lookup(self, acct: str) -> Reply:
        name = acct.removeprefix("@").removesuffix("@social.example")
        account = self._accounts.get(name)
        return as_json(self._statuses.account(account)) if account else _missing()

    def _html(self, ask: Ask) -> Reply:
        named = _PAGE.fullmatch(ask.path)
        if named is not None:
            post = self._board.get(named[2])
            if post is None or not _open(post) or post.account.username != named[1]:
                return not_found(ask)
            if f"{BASE}{ask.path}" != url(post):
                return redirect(302, url(post))
            return page(_post_page(post, self._statuses.content(post.text, None)))
        profile = _PROFILE.fullmatch(ask.path)
        account = self._accounts.get(profile[1] if profile else "")
        return page(_profile_page(account)) if account else not_found(ask)


def _open(post: DemoPost) -> bool:
    return post.visibility in {"public", "unlisted"}


def _missing() -> Reply:
    return as_json({"error": "Record not found"}, 404)


def _limit(given: str | None) -> int:
    asked = int(given) if given and given.isascii() and given.isdigit() else _DEFAULT_LIMIT
    return min(max(asked, 1), _MAX_LIMIT)


def _wanted(posts: Sequence[DemoPost], ask: Ask) -> list[DemoPost]:
    """`exclude_replies` means replies to others: a thread stays whole (reference, 2.1)."""
    return [
        post
        for post in posts
        if not (ask.is_set("exclude_replies") and post.reply_to_account not in _own(post))
        and not (ask.is_set("exclude_reblogs") and post.boost)
        and not (ask.is_set("only_media") and not post.pictures)
        and not ask.is_set("pinned")
    ]


def _own(post: DemoPost) -> tuple[str | None, str]:
    return None, post.account.id


def _window(posts: list[DemoPost], ask: Ask, limit: int) -> list[DemoPost]:
    """Cut a page out of posts that stand newest first; `min_id` counts from its other end."""
    below, above = _id(ask.get("max_id")), _id(ask.get("since_id") or ask.get("min_id"))
    found = [
        post
        for post in posts
        if (below is None or int(post.id) < below) and (above is None or int(post.id) > above)
    ]
    return found[-limit:] if ask.get("min_id") else found[:limit]


def _id(given: str | None) -> int | None:
    return int(given) if given and given.isascii() and given.isdigit() else None


def _paging(ask: Ask, posts: Sequence[DemoPost], limit: int) -> tuple[Header, ...]:
    if not posts:
        return ()
    kept = [each for each in ask.query if each[0] not in {"max_id", "min_id", "since_id"}]

    def to(name: str, post: DemoPost, relation: str) -> str:
        query = urlencode([*kept, (name, post.id)])
        return f'<{BASE}{ask.path}?{query}>; rel="{relation}"'

    links = [to("max_id", posts[-1], "next")] if len(posts) == limit else []
    links.append(to("min_id", posts[0], "prev"))
    return (("Link", ", ".join(links)),)


def _instance() -> dict[str, object]:
    return {
        "domain": "social.example",
        "title": "Eldhaven Social",
        "version": _VERSION,
        "api_versions": {"mastodon": 7},
        "configuration": {
            "statuses": {"max_characters": 500},
            "limited_federation": False,
        },
        "languages": ["en"],
    }


def _nodeinfo(path: str) -> dict[str, object]:
    if path == "/nodeinfo/2.0":
        return {
            "version": "2.0",
            "software": {"name": "mastodon", "version": _VERSION},
            "protocols": ["activitypub"],
            "openRegistrations": False,
        }
    relation = "http://nodeinfo.diaspora.software/ns/schema/2.0"
    return {"links": [{"rel": relation, "href": f"{BASE}/nodeinfo/2.0"}]}


def _post_page(post: DemoPost, content: str) -> str:
    name, address = html.escape(post.account.name), html.escape(url(post))
    summary = html.escape(post.spoiler or post.text.partition("\n")[0])
    picture = post.pictures[0].preview if post.pictures else post.account.avatar
    return (
        f'<!doctype html>\n<html lang="{post.language or "en"}">\n<head>\n<meta charset="utf-8">\n'
        f"<title>{name}: {summary}</title>\n"
        f'<link rel="canonical" href="{address}">\n'
        f'<meta property="og:type" content="article">\n'
        f'<meta property="og:title" content="{name}">\n'
        f'<meta property="og:description" content="{summary}">\n'
        f'<meta property="og:url" content="{address}">\n'
        f'<meta property="og:image" content="{BASE}/media/{picture}">\n</head>\n<body>\n<article>\n'
        f"<h1>{name} (@{post.account.username}@social.example)</h1>\n{content}\n"
        f'<p><time datetime="{time(post.at)}">{time(post.at)}</time></p>\n'
        "</article>\n</body>\n</html>\n"
    )


def _profile_page(account: Account) -> str:
    name = html.escape(account.name)
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{name}</title>'
        f"</head>\n<body>\n<h1>{name} (@{account.username}@social.example)</h1>\n"
        f"<p>{html.escape(account.note)}</p>\n</body>\n</html>\n"
    )

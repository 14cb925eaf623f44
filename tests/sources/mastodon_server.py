"""What would a Mastodon server answer to a stranger? (reference/protocols.md, 2)"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from archiver.models import FetchRequest
from tests.sources.playing import NOT_FOUND, Answer

START = dt.datetime(2026, 5, 1, 10, tzinfo=dt.UTC)
Json = dict[str, Any]


class MastodonServer:
    """
    A server with its limits: 40 ancestors, 60 descendants to a depth of 20, cut before the
    author's own replies are moved to the top; pages of 40 or fewer posts.

    Attributes:
        fixed: Answers by path and query, before anything else.
        software: What nodeinfo says; nothing if empty.
        token: Without it the API is closed, if it is not empty.
        hides_replies: `exclude_replies` leaves out replies to oneself too.
        versions: What /history shows, by id.
    """

    def __init__(self, root: str = "https://social.example", page: int = 40) -> None:
        self.root = root
        self.page = page
        self.posts: dict[str, Json] = {}
        self.accounts: dict[str, Json] = {}
        self.fixed: dict[str, Answer] = {}
        self.conversations: dict[str, str] = {}
        self.software = "Mastodon"
        self.token = ""
        self.hides_replies = False
        self.versions: dict[str, list[Json]] = {}

    def account(self, name: str) -> Json:
        """Give an account, made on first use; its id is not its name."""
        made = {
            "id": str(1000 + len(self.accounts)),
            "username": name,
            "acct": name,
            "display_name": name.title(),
            "url": f"{self.root}/@{name}",
            "uri": f"{self.root}/users/{name}",
            "avatar": f"{self.root}/avatars/{name}.png",
        }
        return self.accounts.setdefault(name, made)

    def add(self, number: int, author: str, parent: int | None = None, **fields: Any) -> Json:
        """Add a post; number is its id and its minute."""
        above = self.posts.get(str(parent)) if parent is not None else None
        account = self.account(author)
        addressed = above["account"]["id"] if above else None
        if above and above["account"]["id"] == account["id"] and above["in_reply_to_account_id"]:
            addressed = above["in_reply_to_account_id"]  # carried over, as Mastodon does
        status: Json = {
            "id": str(number),
            "uri": f"{self.root}/users/{author}/statuses/{number}",
            "url": f"{self.root}/@{author}/{number}",
            "created_at": (START + dt.timedelta(minutes=number)).isoformat(),
            "edited_at": None,
            "in_reply_to_id": None if parent is None else str(parent),
            "in_reply_to_account_id": addressed,
            "visibility": "public",
            "language": "en",
            "sensitive": False,
            "spoiler_text": "",
            "content": f"<p>Post {number}</p>",
            "account": account,
            "reblog": None,
            "media_attachments": [],
            "mentions": [],
            "tags": [],
            "emojis": [],
            "card": None,
            "poll": None,
        }
        self.posts[str(number)] = status | fields
        return self.posts[str(number)]

    def thread(self, author: str, numbers: Iterable[int]) -> None:
        """Add a self-thread."""
        parent: int | None = None
        for number in numbers:
            self.add(number, author, parent)
            parent = number

    def delete(self, number: int) -> None:
        """Delete a post: those below lose their pointer, but not whom they were addressed to."""
        del self.posts[str(number)]
        for post in self.posts.values():
            if post["in_reply_to_id"] == str(number):
                post["in_reply_to_id"] = None

    def url(self, number: int) -> str:
        """Give the address of a post as people see it."""
        return str(self.posts[str(number)]["url"])

    def __call__(self, url: str) -> Answer:
        parts = urlsplit(url)
        if not url.startswith(self.root + "/"):
            return Answer(status=404, body=b"another server", mime="text/plain")
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        if path in self.fixed or parts.path in self.fixed:
            return self.fixed.get(path) or self.fixed[parts.path]
        found = re.fullmatch(r"/api/v1/statuses/(\w+)(/context|/history)?", parts.path)
        if found:
            return self._status(found[1], found[2])
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/api/v1/accounts/lookup":
            account = self.accounts.get(query["acct"])
            return Answer(account) if account else NOT_FOUND
        found = re.fullmatch(r"/api/v1/accounts/(\w+)/statuses", parts.path)
        if found:
            return self._listing(url, found[1], query)
        found = re.fullmatch(r"/api/v1/timelines/(tag|list)/(\w+)", parts.path)
        if found:
            return self._timeline(url, found[1], found[2], query)
        if "nodeinfo" in parts.path and self.software:
            return self._nodeinfo(parts.path)
        return self._activity(parts.path)

    def whole(self, request: FetchRequest) -> Answer:
        """Answer a whole request: the API of a closed server wants the token."""
        shown = dict(request.headers).get("Authorization")
        path = urlsplit(request.url).path
        if self.token and path.startswith("/api/") and shown != f"Bearer {self.token}":
            return Answer({"error": "This API requires an authenticated user"}, status=401)
        return self(request.url)

    def edit(self, number: int, minute: int, **fields: Any) -> None:
        """Edit a post: what it said before stays in its history."""
        post = self.posts[str(number)]
        told = self.versions.setdefault(str(number), [_version(post, post["created_at"])])
        post |= {"edited_at": (START + dt.timedelta(minutes=minute)).isoformat(), **fields}
        told.append(_version(post, post["edited_at"]))

    def _nodeinfo(self, path: str) -> Answer:
        if path == "/nodeinfo/2.0":
            return Answer({"version": "2.0", "software": {"name": self.software}})
        rel = "http://nodeinfo.diaspora.software/ns/schema/2.0"
        return Answer({"links": [{"rel": rel, "href": f"{self.root}/nodeinfo/2.0"}]})

    def _timeline(self, url: str, kind: str, name: str, query: dict[str, str]) -> Answer:
        tagged = [
            post
            for post in self.posts.values()
            if kind == "list" or name in {tag["name"] for tag in post["tags"]}
        ]
        return self._paged(url, tagged, query)

    def _activity(self, path: str) -> Answer:
        number = path.rpartition("/")[2]
        if number in self.conversations:
            return Answer({"type": "Note", "conversation": self.conversations[number]})
        return Answer(status=404, body=b"<p>nothing</p>", mime="text/html")

    def _status(self, number: str, what: str | None) -> Answer:
        if number not in self.posts:
            return NOT_FOUND
        if what == "/context":
            return Answer(
                {"ancestors": self._above(number)[-40:], "descendants": self._below(number)}
            )
        if what:
            post = self.posts[number]
            return Answer(self.versions.get(number, [_version(post, post["created_at"])]))
        return Answer(self.posts[number])

    def _above(self, number: str) -> list[Json]:
        above: dict[str, Json] = {}
        parent = self.posts[number]["in_reply_to_id"]
        while parent in self.posts and parent not in above:
            above[parent] = self.posts[parent]
            parent = self.posts[parent]["in_reply_to_id"]
        return list(reversed(above.values()))

    def _below(self, number: str) -> list[Json]:
        found: list[Json] = []
        self._walk(number, 1, found)
        own = self.posts[number]["account"]["id"]
        cut = found[:60]
        mine = [p for p in cut if own == p["account"]["id"] == p["in_reply_to_account_id"]]
        return [*mine, *(post for post in cut if post not in mine)]

    def _walk(self, number: str, depth: int, found: list[Json]) -> None:
        for post in sorted(self.posts.values(), key=lambda each: int(each["id"])):
            if post["in_reply_to_id"] == number and depth <= 20:
                found.append(post)
                self._walk(post["id"], depth + 1, found)

    def _listing(self, url: str, account: str, query: dict[str, str]) -> Answer:
        own = [
            post
            for post in self.posts.values()
            if post["account"]["id"] == account
            and ("exclude_replies" not in query or self._is_listed(post, account))
        ]
        return self._paged(url, own, query)

    def _is_listed(self, post: Json, account: str) -> bool:
        own = post["in_reply_to_account_id"] in {None, account}
        return own and not (self.hides_replies and post["in_reply_to_id"])

    def _paged(self, url: str, posts: list[Json], query: dict[str, str]) -> Answer:
        own = sorted(posts, key=lambda each: int(each["id"]), reverse=True)
        if not all(query.get(edge, "0").isdigit() for edge in ("max_id", "min_id")):
            return Answer({"error": "Validation failed"}, status=422)
        own = [p for p in own if int(p["id"]) < int(query.get("max_id", 10**9))]
        own = [p for p in own if int(p["id"]) > int(query.get("min_id", 0))]
        page = own[-self.page :] if "min_id" in query else own[: self.page]
        if not page:
            return Answer([])
        base = url.partition("?")[0]
        link = (
            f'<{base}?limit=40&max_id={page[-1]["id"]}>; rel="next", '
            f'<{base}?limit=40&min_id={page[0]["id"]}>; rel="prev"'
        )
        return Answer(page, headers=(("Link", link),))


def _version(post: Json, at: str) -> Json:
    """A StatusEdit has no id, no mentions and no tags."""
    names = ("content", "spoiler_text", "sensitive", "account", "media_attachments", "emojis")
    return {"created_at": at, **{name: post[name] for name in names}}

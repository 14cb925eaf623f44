"""What would Reddit answer to a registered application? (reference/protocols.md, 6)"""

from __future__ import annotations

import base64
import datetime as dt
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from archiver.models import FetchRequest
from tests.sources.playing import Answer

START = int(dt.datetime(2026, 5, 1, 10, tzinfo=dt.UTC).timestamp())
API = "https://oauth.reddit.com"
SITE = "https://www.reddit.com"
Json = dict[str, Any]


class RedditServer:
    """
    One subreddit, with the limits of the API: so many comments at once, to a depth of ten.

    Attributes:
        at_once: Comments that one answer shows; the others are only named.
        depth: Beyond it Reddit only says that more follows.
        fixed: Answers by path and query, before anything else.
        tokens: Tokens that are accepted; None if no token is looked for.
        issued: How many tokens were given out.
    """

    def __init__(self, api: str = API, at_once: int = 200, depth: int = 10) -> None:
        self.api = api
        self.at_once = at_once
        self.depth = depth
        self.posts: dict[str, Json] = {}
        self.comments: dict[str, Json] = {}
        self.fixed: dict[str, Answer] = {}
        self.tokens: set[str] | None = None
        self.secret = "app:word"
        self.issued = 0
        self.headers: tuple[tuple[str, str], ...] = (
            ("x-ratelimit-remaining", "598.0"),
            ("x-ratelimit-reset", "123"),
        )

    def post(self, number: str = "abc", author: str = "ann", **fields: Any) -> Json:
        """Add a post."""
        made = {
            "id": number,
            "name": f"t3_{number}",
            "author": author,
            "author_fullname": f"t2_{author}",
            "subreddit": "news",
            "title": f"Post {number}",
            "selftext": "Words",
            "selftext_html": '<!-- SC_OFF --><div class="md"><p>Words</p>\n</div><!-- SC_ON -->',
            "is_self": True,
            "url": f"{SITE}/r/news/comments/{number}/a_slug/",
            "permalink": f"/r/news/comments/{number}/a_slug/",
            "created_utc": float(START),
            "edited": False,
            "over_18": False,
            "spoiler": False,
        }
        self.posts[number] = made | fields
        return self.posts[number]

    def comment(self, number: str, parent: str, author: str = "bob", **fields: Any) -> Json:
        """Add a comment; parent is a full name."""
        made = {
            "id": number,
            "name": f"t1_{number}",
            "parent_id": parent,
            "link_id": "t3_abc",
            "author": author,
            "author_fullname": f"t2_{author}",
            "body": f"Comment {number}",
            "body_html": f'<div class="md"><p>Comment {number}</p></div>',
            "permalink": f"/r/news/comments/abc/a_slug/{number}/",
            "created_utc": float(START + 60 * (1 + len(self.comments))),
            "edited": False,
        }
        self.comments[number] = made | fields
        return self.comments[number]

    def delete(self, number: str, words: str = "[deleted]") -> None:
        """Delete a post or comment: its place stays, its words and its author do not."""
        thing = self.comments.get(number) or self.posts[number]
        thing["author"] = "[deleted]"
        thing.pop("author_fullname", None)
        body = "body" if number in self.comments else "selftext"
        thing |= {body: words, f"{body}_html": f"<p>{words}</p>"}

    def __call__(self, request: FetchRequest) -> Answer:
        parts = urlsplit(request.url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        if path == "/api/v1/access_token":
            return self._token(request)
        if path in self.fixed or parts.path in self.fixed:
            return self.fixed.get(path) or self.fixed[parts.path]
        if not self._may(request):
            return Answer({"message": "Unauthorized", "error": 401}, status=401)
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        answer = self._answer(parts.path, query)
        return Answer(answer.value, answer.status, (*self.headers, *answer.headers))

    def _token(self, request: FetchRequest) -> Answer:
        sent = dict(request.headers).get("Authorization", "").removeprefix("Basic ")
        allowed = base64.b64decode(sent).decode() == self.secret
        if not allowed or request.body != b"grant_type=client_credentials":
            return Answer({"message": "Unauthorized", "error": 401}, status=401)
        self.issued += 1
        token = f"token-{self.issued}"
        self.tokens = {token}
        return Answer({"access_token": token, "token_type": "bearer", "expires_in": 86400})

    def _may(self, request: FetchRequest) -> bool:
        sent = dict(request.headers).get("Authorization", "").removeprefix("Bearer ")
        return self.tokens is None or sent in self.tokens

    def _answer(self, path: str, query: Json) -> Answer:
        if found := re.fullmatch(r"/comments/(\w+)", path):
            return self._thread(found[1], query)
        if path == "/api/morechildren":
            return Answer({"json": {"errors": [], "data": {"things": self._more(query)}}})
        if path == "/api/info":
            return Answer(listing(self._info(query["id"].split(","))))
        if path == "/r/news/new" or re.fullmatch(r"/user/\w+/submitted", path):
            return self._listing(path, int(query["limit"]))
        if path.startswith("/r/"):
            return Answer(status=302, headers=(("Location", "/subreddits/search?q=x"),))
        if path == "/subreddits/search":
            return Answer(listing([]))
        return Answer({"message": "Not Found", "error": 404}, status=404)

    def below(self, name: str) -> list[Json]:
        """Give the direct answers to a thing, oldest first."""
        return [each for each in self.comments.values() if each["parent_id"] == name]

    def _thread(self, number: str, query: Json) -> Answer:
        post = self.posts.get(number)
        if post is None:
            return Answer({"message": "Not Found", "error": 404}, status=404)
        post = {"num_comments": len(self.comments)} | post
        left = [self.at_once]
        top = query.get("comment")
        if top and top not in self.comments:
            shown = []
        elif top:
            shown = [self._tree(self.comments[top], self.depth, left)]
        else:
            shown = self._trees(f"t3_{number}", self.depth, left)
        return Answer([listing([{"kind": "t3", "data": post}]), listing(shown)])

    def _trees(self, name: str, depth: int, left: list[int]) -> list[Json]:
        below = self.below(name)
        if below and not depth:
            more = {"name": "t1__", "id": "_", "count": 0, "children": [], "parent_id": name}
            return [{"kind": "more", "data": more}]
        shown: list[Json] = []
        while below and left[0] > 0:
            left[0] -= 1
            shown.append(self._tree(below.pop(0), depth - 1, left))
        if below:
            named = [each["id"] for each in below]
            more = {"id": named[0], "count": len(named), "children": named, "parent_id": name}
            shown.append({"kind": "more", "data": more})
        return shown

    def _tree(self, comment: Json, depth: int, left: list[int]) -> Json:
        below = self._trees(comment["name"], depth, left)
        return {"kind": "t1", "data": comment | {"replies": listing(below) if below else ""}}

    def _more(self, query: Json) -> list[Json]:
        """Give those that were named, flat; what hangs below them is only named again."""
        names = query["children"].split(",")
        assert len(names) <= 100
        things: list[Json] = []
        under: dict[str, list[str]] = {}
        for each in self.comments.values():
            under.setdefault(each["parent_id"], []).append(each["id"])
        for name in (each for each in names if each in self.comments):
            things.append({"kind": "t1", "data": self.comments[name] | {"replies": ""}})
            below = under.get(f"t1_{name}")
            if below:
                more = {"id": below[0], "children": below, "parent_id": f"t1_{name}"}
                things.append({"kind": "more", "data": more})
        return things

    def _info(self, names: list[str]) -> list[Json]:
        known = {each["name"]: each for each in (*self.posts.values(), *self.comments.values())}
        return [{"kind": name[:2], "data": known[name]} for name in names if name in known]

    def _listing(self, path: str, limit: int) -> Answer:
        mine = [each for each in reversed(self.posts.values())]
        if path.startswith("/user/"):
            mine = [each for each in mine if each["author"] == path.split("/")[2]]
        shown = [{"kind": "t3", "data": each} for each in mine[:limit]]
        return Answer(listing(shown, "t3_next" if len(mine) > limit else None))


def listing(children: list[Json], after: str | None = None) -> Json:
    """Make a listing."""
    return {"kind": "Listing", "data": {"after": after, "children": children}}

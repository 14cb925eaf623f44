"""What would a Lemmy (or PieFed) server answer to a stranger? Its API v3 or v4, with paging."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.sources.misskey_server import nodeinfo
from tests.sources.playing import Answer

START = dt.datetime(2026, 5, 1, 10, tzinfo=dt.UTC)
Json = dict[str, Any]


def refused(word: str, status: int = 404) -> Answer:
    """Refuse in the words of the API."""
    return Answer({"error": word}, status=status)


class LemmyServer:
    """
    A server that gives 50 comments a page at most; with `max_depth` 300 and no second page.

    Attributes:
        dialect: `v3`, `v4` or `alpha` (PieFed).
        hides_deleted: Leave deleted comments out of lists, as some versions do.
        fixed: Answers by path and query, or by path, before anything else.
    """

    def __init__(self, root: str = "https://lemmy.example", dialect: str = "v3") -> None:
        self.root = root
        self.dialect = dialect
        self.hides_deleted = False
        self.people: dict[str, Json] = {}
        self.posts: dict[int, Json] = {}
        self.comments: dict[int, Json] = {}
        self.fixed: dict[str, Answer] = {}
        self.counted: int | None = None

    def person(self, name: str) -> Json:
        """Give a person, made on first use."""
        title = "title" if self.dialect == "alpha" else "display_name"
        key = "user_name" if self.dialect == "alpha" else "name"
        uri = "ap_id" if self.dialect == "v4" else "actor_id"
        made: Json = {
            "id": 100 + len(self.people),
            key: name,
            title: name.title(),
            uri: f"{self.root}/u/{name}",
            "avatar": f"{self.root}/pictrs/{name}.png",
            "local": True,
        }
        return self.people.setdefault(name, made)

    def post(self, number: int, author: str = "ann", **fields: Any) -> Json:
        """Add a post."""
        title, body = ("title", "body") if self.dialect == "alpha" else ("name", "body")
        made: Json = {
            "id": number,
            title: f"Post {number}",
            body: "Some *words*.",
            "creator_id": self.person(author)["id"],
            "ap_id": f"{self.root}/post/{number}",
            self._published(): at(0),
            "deleted": False,
            "removed": False,
            "nsfw": False,
            "local": True,
        }
        self.posts[number] = {"post": made | fields, "creator": self.person(author)}
        return self.posts[number]

    def comment(
        self, number: int, author: str, above: int | None = None, *, post: int = 1, **fields: Any
    ) -> Json:
        """Add a comment; number is its id and its minute."""
        path = "0" if above is None else self.comments[above]["comment"]["path"]
        made: Json = {
            "id": number,
            "body" if self.dialect == "alpha" else "content": f"Comment {number}",
            "creator_id": self.person(author)["id"],
            "post_id": post,
            "ap_id": f"{self.root}/comment/{number}",
            "path": f"{path}.{number}",
            self._published(): at(number),
            "deleted": False,
            "removed": False,
        }
        self.comments[number] = {"comment": made | fields, "creator": self.person(author)}
        return self.comments[number]

    def delete(self, number: int) -> None:
        """Delete a comment: its words are gone, its place is not."""
        self.comments[number]["comment"] |= {"deleted": True, "content": ""}

    def _published(self) -> str:
        return "published_at" if self.dialect == "v4" else "published"

    def __call__(self, url: str) -> Answer:
        parts = urlsplit(url)
        if not url.startswith(self.root + "/"):
            return Answer(status=404, body=b"another server", mime="text/plain")
        whole = f"{parts.path}?{parts.query}"
        if whole in self.fixed or parts.path in self.fixed:
            return self.fixed.get(whole) or self.fixed[parts.path]
        told = nodeinfo(self.root, parts.path, "piefed" if self.dialect == "alpha" else "lemmy")
        if told is not None:
            return told
        base = f"/api/{self.dialect}/"
        if not parts.path.startswith(base):
            return Answer(status=404, body=b"", mime="text/plain")
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return self._answer(parts.path.removeprefix(base), query)

    def _answer(self, path: str, query: dict[str, str]) -> Answer:
        if path == "post":
            return self._post(int(query["id"]))
        if path == "comment":
            comment = self.comments.get(int(query["id"]))
            return Answer({"comment_view": comment}) if comment else self._none("comment")
        if path == "comment/list":
            return self._comments(query)
        newest = list(reversed(self.posts.values()))
        if path == "post/list":
            return Answer({"posts": newest})
        if path == "user":
            person = self.people.get(query["username"])
            own = [each for each in newest if each["creator"] is person]
            told = {"person_view": {"person": person}, "posts": own, "comments": []}
            return Answer(told) if person else refused("couldnt_find_person")
        if path == "person/content":
            own = [each for each in newest if query["username"] == each["creator"]["name"]]
            return Answer({"items": own, "next_page": None})
        return Answer(status=404, body=b"", mime="text/plain")

    def _none(self, what: str) -> Answer:
        return refused("not_found" if self.dialect == "v4" else f"couldnt_find_{what}")

    def _post(self, number: int) -> Answer:
        if number not in self.posts:
            return self._none("post")
        view = dict(self.posts[number])
        kept = [c for c in self.comments.values() if not c["comment"]["deleted"]]
        count = len(kept) if self.counted is None else self.counted
        if self.dialect == "v4":
            view["post"] = {**view["post"], "comments": count}
        else:
            view["counts"] = {"comments": count}
        return Answer({"post_view": view})

    def _comments(self, query: dict[str, str]) -> Answer:
        listed = sorted(self.comments.values(), key=lambda each: int(each["comment"]["id"]))
        listed = [each for each in listed if each["comment"]["post_id"] == int(query["post_id"])]
        if self.hides_deleted:
            listed = [each for each in listed if not each["comment"]["deleted"]]
        if "max_depth" in query:
            return Answer({"comments": listed[:300]})
        limit = int(query["limit"])
        if limit > 50:
            return refused("couldnt_get_comments", 400)
        if self.dialect != "v4":
            first = (int(query["page"]) - 1) * limit
            return Answer({"comments": listed[first : first + limit]})
        first = int(query.get("page_cursor", "0"))
        onward = str(first + limit) if first + limit < len(listed) else None
        return Answer({"items": listed[first : first + limit], "next_page": onward})


def at(minute: int) -> str:
    """Give a time as the API writes it."""
    return (START + dt.timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")

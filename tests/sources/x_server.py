"""A server that speaks what X documents of its API: fields, expansions, paging, errors, limits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from archiver.models import FetchRequest
from tests.sources.playing import NOW, Answer

API = "https://api.x.com/2"
EPOCH_MS = 1_288_834_974_657
ALWAYS = {"id", "text", "edit_history_tweet_ids"}
NOT_FOUND = ("Not Found Error", "https://api.twitter.com/2/problems/resource-not-found")
HIDDEN = ("Authorization Error", "https://api.twitter.com/2/problems/not-authorized-for-resource")
Json = dict[str, Any]


def number_at(at: dt.datetime, serial: int = 0) -> str:
    """Make the number of a post of a time."""
    return str(((int(at.timestamp() * 1000) - EPOCH_MS) << 22) + serial)


def nth(serial: int, *, days_ago: float = 1) -> str:
    """Make the number of the nth post of a day."""
    return number_at(NOW - dt.timedelta(days=days_ago) + dt.timedelta(minutes=serial), serial)


@dataclass
class XServer:
    """
    What X holds.

    Attributes:
        token: The bearer token that it knows; every request must show it.
        users: Numbers by name.
        posts: All versions of all posts.
        deleted, hidden: Posts that it names in `errors`.
        pictures: Where profile pictures lie.
        page: How many posts come on one page of a search.
        refuse_after: So many requests are answered, then 429.
    """

    base: str = API
    pictures: str = "https://pbs.twimg.com"
    token: str = ""
    users: dict[str, str] = field(default_factory=lambda: {"icij": "16067035", "eve": "77"})
    posts: dict[str, Json] = field(default_factory=dict)
    media: dict[str, Json] = field(default_factory=dict)
    polls: dict[str, Json] = field(default_factory=dict)
    lists: dict[str, list[str]] = field(default_factory=dict)
    deleted: set[str] = field(default_factory=set)
    hidden: set[str] = field(default_factory=set)
    page: int = 100
    refuse_after: int = 10**9
    remaining: int = 0
    asked: int = 0

    def add(
        self,
        post_id: str,
        text: str,
        *,
        name: str = "icij",
        parent: str | None = None,
        versions: tuple[str, ...] = (),
        **more: Any,
    ) -> str:
        """Add a post, or one version of it."""
        above = self.posts.get(parent or "")
        made = (int(post_id) >> 22) + EPOCH_MS
        at = dt.datetime.fromtimestamp(made / 1000, dt.UTC)
        post: Json = {
            "id": post_id,
            "text": text,
            "author_id": self.users[name],
            "conversation_id": above["conversation_id"] if above else post_id,
            "created_at": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "edit_history_tweet_ids": list(versions or (post_id,)),
            "lang": "en",
        }
        if above is not None:
            post["in_reply_to_user_id"] = above["author_id"]
            post["referenced_tweets"] = [{"type": "replied_to", "id": parent}]
        referred = more.pop("referenced_tweets", [])
        if referred:
            post["referenced_tweets"] = [*post.get("referenced_tweets", []), *referred]
        self.posts[post_id] = post | more
        return post_id

    def thread(self, count: int, *, name: str = "icij", days_ago: float = 1) -> list[str]:
        """Add a thread of some posts."""
        made: list[str] = []
        for serial in range(1, count + 1):
            parent = made[-1] if made else None
            post_id = nth(serial, days_ago=days_ago)
            made.append(self.add(post_id, f"Post {serial}", name=name, parent=parent))
        return made

    def __call__(self, request: FetchRequest) -> Answer:
        """Answer as the API does."""
        self.asked += 1
        shown = dict(request.headers).get("Authorization", "")
        if self.token and shown != f"Bearer {self.token}":
            return Answer({"title": "Unauthorized", "status": 401}, status=401)
        reset = int(NOW.timestamp()) + 300
        limits = (
            ("x-rate-limit-limit", "300"),
            ("x-rate-limit-remaining", str(self.remaining)),
            ("x-rate-limit-reset", str(reset)),
        )
        if self.asked > self.refuse_after:
            return Answer({"title": "Too Many Requests"}, status=429, headers=limits)
        parts = urlsplit(request.url)
        path = parts.path.removeprefix(urlsplit(self.base).path).strip("/").split("/")
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        return self._route(path, asked)

    def _route(self, path: list[str], asked: dict[str, str]) -> Answer:
        match path:
            case ["tweets"]:
                return self._lookup(asked["ids"].split(","), asked, single=False)
            case ["tweets", "search", ("recent" | "all") as reach]:
                return self._search(reach, asked)
            case ["tweets", post_id]:
                return self._lookup([post_id], asked, single=True)
            case ["users", "by", "username", name]:
                return self._user(name)
            case ["users", account, "tweets"]:
                listed = [
                    each
                    for each in self._newest()
                    if each["author_id"] == account and self._is_own(each)
                ]
                return self._paged(listed, asked)
            case ["lists", named, "tweets"]:
                members = {self.users[name] for name in self.lists.get(named, ())}
                listed = [each for each in self._newest() if each["author_id"] in members]
                return self._paged(listed, asked)
        return Answer({"title": "Not Found"}, status=404)

    def _is_own(self, post: Json) -> bool:
        kinds = {each["type"] for each in post.get("referenced_tweets", ())}
        answers = post.get("in_reply_to_user_id", post["author_id"])
        return "retweeted" not in kinds and answers == post["author_id"]

    def _newest(self) -> list[Json]:
        shown = (post for key, post in self.posts.items() if self._is_latest(post))
        known = (post for post in shown if post["id"] not in self.deleted | self.hidden)
        return sorted(known, key=lambda post: -int(post["id"]))

    def _is_latest(self, post: Json) -> bool:
        return bool(post["edit_history_tweet_ids"][-1] == post["id"])

    def _search(self, reach: str, asked: dict[str, str]) -> Answer:
        words = asked["query"].split(" ")
        wanted = dict(word.split(":", 1) for word in words if ":" in word and word[0] != "-")
        who = wanted.get("from", "").lower()
        found = [
            post
            for post in self._newest()
            if wanted.get("conversation_id", post["conversation_id"]) == post["conversation_id"]
            and (not who or self.users.get(who, who) == post["author_id"])
            and all(word in post["text"] for word in words if word.startswith("#"))
            and (reach == "all" or _age(post) < dt.timedelta(days=7))
            and (post["conversation_id"] != post["id"] or "conversation_id" not in wanted)
        ]
        return self._paged(found, asked)

    def _paged(self, found: list[Json], asked: dict[str, str]) -> Answer:
        size = min(self.page, int(asked.get("max_results", "10")))
        start = int(asked.get("next_token", "p0")[1:])
        shown = found[start : start + size]
        meta: Json = {"result_count": len(shown)}
        if start + size < len(found):
            meta["next_token"] = f"p{start + size}"
        body: Json = {"meta": meta}
        if shown:
            body["data"] = [_fields(post, asked) for post in shown]
            body |= self._includes(shown, asked)
        return Answer(body)

    def _lookup(self, ids: Iterable[str], asked: dict[str, str], *, single: bool) -> Answer:
        found: list[Json] = []
        problems: list[Json] = []
        for each in ids:
            if each in self.posts and each not in self.deleted | self.hidden:
                found.append(self.posts[each])
            else:
                problems.append(_problem(each, HIDDEN if each in self.hidden else NOT_FOUND))
        body: Json = {}
        if found:
            shown = [_fields(post, asked) for post in found]
            body["data"] = shown[0] if single else shown
            body |= self._includes(found, asked)
        if problems:
            body["errors"] = problems
        return Answer(body)

    def _user(self, name: str) -> Answer:
        if name.lower() not in self.users:
            problem = _problem(name, NOT_FOUND) | {"resource_type": "user"}
            return Answer({"errors": [problem]})
        return Answer({"data": self._account(self.users[name.lower()])})

    def _account(self, number: str) -> Json:
        name = next(name for name, known in self.users.items() if known == number)
        picture = f"{self.pictures}/profile_images/1/{name}_normal.jpg"
        return {"id": number, "username": name, "name": name.upper(), "profile_image_url": picture}

    def _includes(self, shown: list[Json], asked: dict[str, str]) -> Json:
        expansions = asked.get("expansions", "").split(",")
        included: Json = {}
        if "author_id" in expansions:
            numbers = dict.fromkeys(post["author_id"] for post in shown)
            included["users"] = [self._account(each) for each in numbers]
        for key, known in (("media_keys", self.media), ("poll_ids", self.polls)):
            if f"attachments.{key}" in expansions:
                keys = [each for post in shown for each in post.get("attachments", {}).get(key, ())]
                if keys:
                    included["media" if key == "media_keys" else "polls"] = [
                        known[each] for each in keys if each in known
                    ]
        return {"includes": included} if included else {}


def _fields(post: Json, asked: dict[str, str]) -> Json:
    """Without `tweet.fields` only three come back."""
    wanted = ALWAYS | set(asked.get("tweet.fields", "").split(","))
    return {name: value for name, value in post.items() if name in wanted}


def _problem(post_id: str, kind: tuple[str, str]) -> Json:
    return {
        "value": post_id,
        "resource_id": post_id,
        "resource_type": "tweet",
        "title": kind[0],
        "type": kind[1],
        "detail": f"Could not find tweet with ids: [{post_id}].",
    }


def _age(post: Json) -> dt.timedelta:
    return NOW - dt.datetime.fromisoformat(post["created_at"])

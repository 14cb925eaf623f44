"""What would the other servers of the Mastodon API answer: less of it, under ids of their own?"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from archiver.models import FetchRequest
from tests.sources.mastodon_server import MastodonServer
from tests.sources.playing import Answer

Json = dict[str, Any]


@dataclass(frozen=True)
class Dialect:
    """
    How a software writes ids and addresses, and what of the API it lacks.

    Attributes:
        local: Format of a local id by number; `uri` and `url` those of a post's addresses.
        lacks: Fields that its statuses do not have.
        nulls: Fields that are null where Mastodon writes a text.
    """

    software: str
    local: str = "{}"
    uri: str = "/users/{name}/statuses/{local}"
    url: str = "/@{name}/{local}"
    lacks: tuple[str, ...] = ()
    nulls: tuple[str, ...] = ()
    searches: bool = True
    hides_replies: bool = False

    def named(self, number: int) -> str:
        """Give the local id of a post."""
        return self.local.format(number)

    def path(self, shape: str, number: int, name: str = "desk") -> str:
        """Give the path of a post."""
        guid = f"{number:08x}-0000-4000-8000-000000000000"
        return shape.format(name=name, local=self.named(number), guid=guid)


OLD = ("edited_at", "card", "language", "poll")
PLEROMA = Dialect(
    "pleroma", "A9{:016}", "/objects/{guid}", "/notice/{local}", lacks=OLD, hides_replies=True
)
AKKOMA = dataclasses.replace(PLEROMA, software="akkoma", lacks=("card",))
GOTOSOCIAL = Dialect(
    "gotosocial", "01F{:023}", url="/@{name}/statuses/{local}", lacks=OLD, hides_replies=True
)
PIXELFED = Dialect(
    "pixelfed", "5{:016}", "/p/{name}/{local}", "/p/{name}/{local}", OLD, ("content",)
)
FRIENDICA = Dialect(
    "friendica", "{}", "/objects/{guid}", "/display/{guid}", lacks=("edited_at", "spoiler_text")
)


class FamilyServer:
    """A server of the family over the posts of a plain one."""

    def __init__(self, dialect: Dialect, root: str = "https://social.example") -> None:
        self.dialect = dialect
        self.plain = MastodonServer(root)
        self.plain.software = dialect.software
        self.plain.hides_replies = dialect.hides_replies
        self.token = ""
        self.shows_objects = True

    def seed(self, number: int, shape: str = "") -> str:
        """Give the address of a post as people see it, or in another shape."""
        return self.plain.root + self.dialect.path(shape or self.dialect.url, number)

    def __call__(self, request: FetchRequest) -> Answer:
        parts = urlsplit(request.url)
        if self.token and parts.path.startswith("/api/"):
            shown = dict(request.headers).get("Authorization")
            if shown != f"Bearer {self.token}":
                return Answer({"error": "The access token is invalid"}, status=401)
        if parts.path == "/api/v2/search" and self.dialect.searches:
            return self._search(parse_qs(parts.query)["q"][0])
        moved = self._moved(request, parts.path)
        return moved or self._translated(self.plain(self._plainly(request.url)))

    def _moved(self, request: FetchRequest, path: str) -> Answer | None:
        if "guid" not in self.dialect.uri or request.method != "HEAD":
            return None
        for number in self.plain.posts:
            if path == self.dialect.path(self.dialect.uri, int(number)) and self.shows_objects:
                to = self.dialect.path(self.dialect.url, int(number))
                return Answer(status=302, headers=(("Location", to),), body=b"")
        return Answer(status=200, body=b"<html>", mime="text/html")

    def _search(self, url: str) -> Answer:
        found = [
            post
            for post in map(self._post, self.plain.posts.values())
            if url in (post["uri"], post["url"])
        ]
        return Answer({"accounts": [], "hashtags": [], "statuses": found})

    def _plainly(self, url: str) -> str:
        for number in self.plain.posts:
            url = re.sub(rf"\b{self.dialect.named(int(number))}\b", number, url)
        return url

    def _translated(self, answer: Answer) -> Answer:
        headers = tuple((key, self._link(value)) for key, value in answer.headers)
        return dataclasses.replace(answer, value=self._value(answer.value), headers=headers)

    def _value(self, value: object) -> object:
        if isinstance(value, list):
            return [self._value(each) for each in value]
        if isinstance(value, dict) and "in_reply_to_id" in value:
            return self._post(value)
        if isinstance(value, dict) and "descendants" in value:
            return {name: self._value(each) for name, each in value.items()}
        return value

    def _post(self, post: Json) -> Json:
        number, name = int(post["id"]), post["account"]["username"]
        parent = post["in_reply_to_id"]
        made = post | {
            "id": self.dialect.named(number),
            "uri": self.plain.root + self.dialect.path(self.dialect.uri, number, name),
            "url": self.plain.root + self.dialect.path(self.dialect.url, number, name),
            "in_reply_to_id": parent and self.dialect.named(int(parent)),
        }
        kept = {key: value for key, value in made.items() if key not in self.dialect.lacks}
        return kept | {name: None for name in self.dialect.nulls}

    def _link(self, value: str) -> str:
        return re.sub(r"_id=(\d+)", lambda found: f"_id={self.dialect.named(int(found[1]))}", value)

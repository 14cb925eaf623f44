"""What would the servers of Hacker News answer? (reference/protocols.md, 6)"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.sources.playing import NOT_FOUND, Answer

START = int(dt.datetime(2026, 5, 1, 10, tzinfo=dt.UTC).timestamp())
API = "https://hacker-news.firebaseio.com/v0"
ALGOLIA = "https://hn.algolia.com/api/v1"
Json = dict[str, Any]


class HackerNewsServer:
    """
    The API, which knows entries one by one, and Algolia, which knows whole discussions.

    Attributes:
        lagging: Numbers that Algolia does not know yet.
        algolia: False if it does not answer at all.
        fixed: Answers by URL, before anything else.
    """

    def __init__(self, api: str = API, algolia: str = ALGOLIA) -> None:
        self.api = api
        self.tree = algolia
        self.entries: dict[int, Json] = {}
        self.lagging: set[int] = set()
        self.algolia = True
        self.fixed: dict[str, Answer] = {}
        self.asked = 0

    def story(self, number: int, by: str = "ann", **fields: Any) -> Json:
        """Add a story; its number is its minute."""
        made = {
            "id": number,
            "type": "story",
            "by": by,
            "time": START + 60 * number,
            "title": f"Story {number}",
            "score": 5,
        }
        self.entries[number] = made | fields
        return self.entries[number]

    def comment(self, number: int, parent: int, by: str = "ann", **fields: Any) -> Json:
        """Add a comment."""
        made = {
            "id": number,
            "type": "comment",
            "by": by,
            "time": START + 60 * number,
            "parent": parent,
            "text": f"Comment {number}",
        }
        self.entries[number] = made | fields
        return self.entries[number]

    def delete(self, number: int) -> None:
        """Delete an entry: the API keeps its place."""
        kept = {key: self.entries[number].get(key) for key in ("id", "type", "time", "parent")}
        self.entries[number] = {key: value for key, value in kept.items() if value is not None}
        self.entries[number]["deleted"] = True

    def __call__(self, url: str) -> Answer:
        if url in self.fixed:
            return self.fixed[url]
        if found := re.fullmatch(re.escape(self.api) + r"/item/(\d+)\.json", url):
            return Answer(self._official(int(found[1])))
        if found := re.fullmatch(re.escape(self.api) + r"/user/([\w-]+)\.json", url):
            return Answer(self._account(found[1]))
        if not self.algolia:
            return Answer({"error": "down"}, status=503)
        if found := re.fullmatch(re.escape(self.tree) + r"/items/(\d+)", url):
            number = int(found[1])
            known = number in self.entries and number not in self.lagging
            return Answer(self._told(number)) if known else NOT_FOUND
        if url.startswith(f"{self.tree}/search_by_date?"):
            return self._search(
                {key: each[0] for key, each in parse_qs(urlsplit(url).query).items()}
            )
        return NOT_FOUND

    def below(self, number: int) -> list[int]:
        """Give the direct answers to an entry."""
        return [
            each for each, entry in sorted(self.entries.items()) if entry.get("parent") == number
        ]

    def _official(self, number: int) -> Json | None:
        entry = self.entries.get(number)
        if entry is None:
            return None
        kids = self.below(number)
        more: Json = {"kids": kids} if kids else {}
        if entry["type"] == "story" and "deleted" not in entry:
            more["descendants"] = self._count(number)
        return more | entry

    def _count(self, number: int) -> int:
        live = [each for each in self.below(number)]
        here = sum(not ({"deleted", "dead"} & self.entries[each].keys()) for each in live)
        return here + sum(self._count(each) for each in live)

    def _top(self, number: int) -> int:
        while "parent" in self.entries[number]:
            number = self.entries[number]["parent"]
        return number

    def _told(self, number: int) -> Json:
        entry = self.entries[number]
        shown = [
            each
            for each in self.below(number)
            if each not in self.lagging and "dead" not in self.entries[each]
        ]
        return {
            "id": number,
            "type": entry["type"],
            "author": entry.get("by"),
            "created_at_i": entry["time"],
            "title": entry.get("title"),
            "url": entry.get("url"),
            "text": entry.get("text"),
            "points": entry.get("score"),
            "parent_id": entry.get("parent"),
            "story_id": self._top(number),
            "children": [self._told(each) for each in shown],
            "options": [],
        }

    def _account(self, name: str) -> Json | None:
        mine = [each for each, entry in self.entries.items() if entry.get("by") == name]
        return {"id": name, "submitted": sorted(mine, reverse=True)} if mine else None

    def _search(self, query: dict[str, str]) -> Answer:
        name = query["tags"].partition(",")[0].removeprefix("author_")
        mine = [
            {"objectID": str(number), "author": name}
            for number, entry in sorted(self.entries.items(), reverse=True)
            if entry.get("by") == name and entry["type"] in {"story", "poll"}
        ]
        return Answer({"hits": mine[: int(query["hitsPerPage"])], "nbHits": len(mine)})

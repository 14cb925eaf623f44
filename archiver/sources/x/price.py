"""What may an answer of X's API cost, and what did it cost? Posts and users, once a day each."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from archiver.config import XSettings
from archiver.models import Exchange, FetchRequest
from archiver.ports import Cost
from archiver.sources.x.api import CREDENTIAL

_PAGE = 100


class Prices:
    """Counts what was read on each day (UTC), since X counts a post once a day."""

    def __init__(self, settings: XSettings) -> None:
        self._settings = settings
        self._day: dt.date | None = None
        self._read: set[tuple[str, str]] = set()

    def limit(self) -> Cost:
        """Give the most that may be spent in a calendar month (UTC)."""
        return Cost(self._settings.posts_per_month, self._settings.usd_per_month)

    def price(self, request: FetchRequest) -> Cost:
        """Give the most that a request may cost; nothing if it does not go to the API."""
        if request.credential != CREDENTIAL:
            return Cost()
        parts = urlsplit(request.url)
        asked = parse_qs(parts.query)
        if "/users/by/" in parts.path:
            return self._cost(0, 1)
        if "max_results" in asked:
            posts = _count(asked["max_results"][0])
        else:
            posts = len(asked["ids"][0].split(",")) if "ids" in asked else 1
        with_users = "author_id" in "".join(asked.get("expansions", []))
        alone = "from:" in "".join(asked.get("query", []))  # one account wrote all of them
        return self._cost(posts, (1 if alone else posts) if with_users else 0)

    def spent(self, exchange: Exchange) -> Cost:
        """Give what an answer did cost: what it brings and was not read yet on that day."""
        if exchange.request.credential != CREDENTIAL or exchange.status != 200:
            return Cost()
        try:
            body = json.loads(exchange.body)
        except (ValueError, RecursionError):
            return self.price(exchange.request)  # it was answered, whatever came of it here
        day = exchange.at.astimezone(dt.UTC).date()
        if day != self._day:
            self._day, self._read = day, set()
        fresh = {each for each in _billed(exchange.request, body) if each not in self._read}
        self._read |= fresh
        posts = sum(kind == "post" for kind, _ in fresh)
        return self._cost(posts, len(fresh) - posts)

    def dearest(self) -> Cost:
        """Give the most that one request may cost: a page of a search of many authors."""
        return self._cost(_PAGE, _PAGE)

    def _cost(self, posts: int, users: int) -> Cost:
        each = self._settings
        return Cost(posts, round(posts * each.usd_per_post + users * each.usd_per_user, 6))


def _count(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() else 100


def _billed(request: FetchRequest, body: object) -> Iterator[tuple[str, str]]:
    """Name each post and user that an answer brings."""
    if not isinstance(body, dict):
        return
    main = "user" if "/users/by/" in request.url else "post"
    yield from ((main, each) for each in _ids(body.get("data")))
    included = body.get("includes")
    if isinstance(included, dict):
        yield from (("post", each) for each in _ids(included.get("tweets")))
        yield from (("user", each) for each in _ids(included.get("users")))


def _ids(value: object) -> Iterator[str]:
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, dict) and isinstance(each.get("id"), str):
            yield each["id"]

"""Where does a server of the Lemmy family answer, in which dialect, and how does it refuse?"""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import urlencode

from archiver.errors import NotFound
from archiver.models import Exchange
from archiver.sources.answers import Answers, ask, failure, json_object
from archiver.sources.fields import Fields
from archiver.sources.hosts import runs
from archiver.sources.lemmy.urls import FAMILY, PLATFORM

LIMIT = 50
"""Posts or comments that one answer holds at most."""

_GONE = ("couldnt_find_post", "couldnt_find_comment", "couldnt_find_object", "not_found")
_NOBODY = ("couldnt_find_that_username_or_email", "couldnt_find_person", "couldnt_find_community")


@dataclass(frozen=True, slots=True)
class Site:
    """
    A server and the dialect in which it is asked.

    Attributes:
        base: `/api/v3`, `/api/v4`, or `/api/alpha` for PieFed.
    """

    origin: str
    base: str

    @property
    def has_cursors(self) -> bool:
        """Pages are named by cursors, and words are in lower case."""
        return self.base.endswith("v4")

    def address(self, path: str, **query: str | int) -> str:
        """Give the address of a question."""
        return f"{self.origin}{self.base}/{path}?{urlencode(query)}"

    def post(self, local_id: str) -> str:
        """Where a post is described."""
        return self.address("post", id=local_id)

    def comment(self, local_id: str) -> str:
        """Where a comment is described."""
        return self.address("comment", id=local_id)

    def comments(self, post: str, edge: str) -> str:
        """
        Where all comments on a post are listed, oldest first, whatever their depth.

        With `max_depth` a server gives 300 of them and no second page; without it, all by pages.

        Args:
            edge: The number of the page, from 1; on v4 its cursor, empty for the first.
        """
        query: dict[str, str | int] = {"post_id": post, "limit": LIMIT}
        if not self.has_cursors:
            return self.address("comment/list", **query, type_="All", sort="Old", page=edge)
        if edge:
            query["page_cursor"] = edge
        return self.address("comment/list", **query, type_="all", sort="old")

    def posts_of(self, community: str) -> str:
        """Where the newest posts of a community are listed."""
        if self.has_cursors:
            named = {"community_name_or_id": community, "community_name": community}
            return self.address("post/list", **named, type_="all", sort="new", limit=LIMIT)
        return self.address(
            "post/list", community_name=community, type_="All", sort="New", limit=LIMIT
        )

    def person(self, name: str) -> str:
        """Where a person's newest posts are listed."""
        if self.has_cursors:
            return self.address("person/content", username=name, type_="posts", limit=LIMIT)
        return self.address("user", username=name, sort="New", limit=LIMIT)


def reach(answers: Answers, origin: str, *, probe: str, ident: str) -> Site:
    """
    Find the dialect of a server that proves to be of the family.

    Args:
        probe: What is asked first: the name of a method of Site; only where v3 is not known at
            all is v4 taken.
        ident: Its argument.

    Raises:
        Missing: If something must be asked first.
        NotThisPlatform: If it runs something else.
        FetchError: If the server does not answer now.
    """
    name = runs(answers, origin, FAMILY, platform=PLATFORM)
    if name == "piefed":
        return Site(origin, "/api/alpha")
    old = Site(origin, "/api/v3")
    answer = answers.get(ask(str(getattr(old, probe)(ident))))
    unknown = answer.status == 404 and not word_of(answer)
    return Site(origin, "/api/v4") if unknown else old


def read(answer: Exchange, *, subject: str) -> Fields:
    """Read an answer that is an object. Raises FetchError or ParseError."""
    word = word_of(answer)
    if word in _GONE or word in _NOBODY:
        url = answer.request.url
        raise NotFound(f"{url}: the server does not know {subject}", uri_r=url, status=404)
    problem = failure(answer, subject=subject)
    if problem is not None:
        raise problem
    return json_object(answer, platform=PLATFORM, subject=subject)


def is_gone(answer: Exchange) -> bool:
    """Say whether the platform itself declares something gone, in the words of its API."""
    return word_of(answer) in _GONE


def word_of(answer: Exchange) -> str:
    """Give the word in an error of the API; empty if it is no error or not the API's."""
    if answer.status not in {400, 404, 410}:
        return ""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    word = said.get("error") if isinstance(said, dict) else None
    return word if isinstance(word, str) else ""

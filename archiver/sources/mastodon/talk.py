"""What has a Mastodon server said so far of a conversation, and what could not be read?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from archiver.errors import FetchError, NotFound, ParseError
from archiver.models import Exchange, FetchRequest
from archiver.sources.answers import Answers, ask, json_object, json_objects
from archiver.sources.fields import Fields
from archiver.sources.mastodon.status import Status
from archiver.sources.mastodon.urls import PLATFORM, Site, page_edge

MAX_PAGES = 25
"""Pages of 40 posts that are read of an account's listing, per capture."""

_ACTIVITY = (("Accept", "application/activity+json"),)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of an account's listing, and its Link header."""

    statuses: tuple[Status, ...]
    link: str


class Talk:
    """
    The posts that one server showed.

    Attributes:
        statuses: By local id.
        joined: Local ids of those that are of this conversation for sure, whatever they answer.
        notes: Limits that were met, each as part of a sentence.
    """

    def __init__(self, site: Site, answers: Answers) -> None:
        self.site = site
        self.answers = answers
        self.statuses: dict[str, Status] = {}
        self.joined: set[str] = set()
        self.notes: dict[str, None] = {}
        self._around: set[str] = set()

    def note(self, limit: str) -> None:
        """Remember a limit that was met."""
        self.notes[limit] = None

    def post(self, local_id: str) -> Status:
        """Ask for one post. Raises FetchError or ParseError if it cannot be read."""
        answer = self.answers.get(ask(self.site.post(local_id)))
        return self.read_post(answer)

    def read_post(self, answer: Exchange) -> Status:
        """Read the answer to a question for one post; a boost stands for what it boosts."""
        fields = json_object(answer, platform=PLATFORM, subject="the post")
        status = Status.read(fields.maybe_inner("reblog") or fields)
        if not status.is_public:
            # Said as the server says it of every post that is not for all.
            raise NotFound(
                f"{answer.request.url}: the post is not public, so it is not archived",
                uri_r=answer.request.url,
                status=404,
            )
        return self.statuses.setdefault(status.id, status)

    def says_gone(self, answer: Exchange) -> bool:
        """
        Say whether the platform itself declares a post gone: 404 or 410, in the words of its API.

        A parked domain, a gateway or a cache answers so too, but without Mastodon's `error`.
        """
        return answer.status in (404, 410) and _is_refusal(answer)

    def around(self, local_id: str) -> bool:
        """
        Ask what stands above and below a post.

        Returns:
            Whether it was read; if not, a note says why.

        Raises:
            ParseError: If it is not what is documented.
        """
        self._around.add(local_id)
        answer = self.answers.get(ask(self.site.context(local_id)))
        try:
            fields = json_object(answer, platform=PLATFORM, subject="the replies")
        except FetchError as err:
            self.note(f"replies could not be read ({_why(err)})")
            return False
        for each in (*fields.objects("ancestors"), *fields.objects("descendants")):
            status = self._add(each)
            if status is not None:
                self.joined.add(status.id)
        return True

    def was_around(self, local_id: str) -> bool:
        """Say whether it was asked what stands around a post."""
        return local_id in self._around

    def page(self, account: str, edge: tuple[str, str] | None) -> Page:
        """Ask for one page of an account's listing. Raises FetchError or ParseError."""
        answer = self.answers.get(ask(self.site.posts_of(account, edge=edge)))
        listed = json_objects(answer, platform=PLATFORM, subject="the account's posts")
        found = [self._add(each) for each in listed if not each.has("reblog")]
        return Page(tuple(each for each in found if each), answer.header("link") or "")

    def listed_since(self, account: str, first: str) -> bool:
        """
        Read the account's own posts since one of them.

        The page behind `min_id` is the oldest one, and leads on by `prev`; servers that begin
        with the newest lead on by `next`. Both ways are gone to their end.

        Args:
            account: Local id.
            first: Local id of the post; what is older is not wanted.

        Returns:
            Whether the listing was read to its end; if not, a note says why.
        """
        try:
            page = self.page(account, ("min_id", first))
            whole = self._paged(account, page, "prev", first)
            whole = self._paged(account, page, "next", first) and whole
        except (FetchError, ParseError) as err:
            self.note(f"the account's listing could not be read ({_why(err)})")
            return False
        if not whole:
            self.note(f"the account's listing was read for {MAX_PAGES} pages only")
        return whole

    def _paged(self, account: str, page: Page, rel: str, first: str) -> bool:
        edges: set[tuple[str, str]] = set()
        while page.statuses and not (rel == "next" and _reaches(page, first)):
            edge = page_edge(page.link, rel)
            if edge is None or edge in edges:
                break
            if len(edges) == MAX_PAGES:
                return False
            edges.add(edge)
            page = self.page(account, edge)
        return True

    def conversation(self, uri: str) -> str | None:
        """
        Ask for the id that ActivityPub gives to a post's whole conversation; it survives deletions.

        Returns:
            None if the server does not tell it to strangers.
        """
        answer = self.answers.get(FetchRequest(uri, headers=_ACTIVITY))
        try:
            fields = json_object(answer, platform=PLATFORM, subject="the post")
            return fields.maybe_text("conversation") or fields.maybe_text("context")
        except (FetchError, ParseError):
            return None

    def _add(self, fields: Fields) -> Status | None:
        status = Status.read(fields)
        if not status.is_public:
            return None
        return self.statuses.setdefault(status.id, status)


def age(local_id: str) -> tuple[int, str]:
    """Give what sorts ids of one server by time: numbers by value, ULIDs as they are."""
    return len(local_id), local_id


def by_age(statuses: Sequence[Status]) -> list[Status]:
    """Sort posts of one server, oldest first."""
    return sorted(statuses, key=lambda each: (each.created_at, age(each.id)))


def _reaches(page: Page, first: str) -> bool:
    return any(age(each.id) <= age(first) for each in page.statuses)


def _is_refusal(answer: Exchange) -> bool:
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return False
    return isinstance(said, dict) and isinstance(said.get("error"), str)


def _why(err: FetchError | ParseError) -> str:
    if isinstance(err, ParseError):
        return "not what is documented"
    return f"status {err.status}" if err.status else "no answer"

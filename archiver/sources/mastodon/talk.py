"""What has a Mastodon server said so far of a conversation, and what could not be read?"""

from __future__ import annotations

from collections.abc import Sequence

from archiver.errors import AccessDenied, FetchError, NotFound, ParseError
from archiver.models import Exchange, FetchRequest
from archiver.sources.answers import Answers, ask, json_object, why
from archiver.sources.mastodon import answer as read
from archiver.sources.mastodon import gone
from archiver.sources.mastodon.status import Status
from archiver.sources.mastodon.urls import PLATFORM, Site, home

_ACTIVITY = (("Accept", "application/activity+json"),)


class Talk:
    """
    The posts that one server showed.

    Attributes:
        joined: Local ids of those that are of this conversation for sure, whatever they answer.
        notes: Limits that were met, each as part of a sentence.
        listed: Local ids of those that stood in the author's listing.
        unread: How many posts of a list could not be read, at most.
        has_contexts: No question for a context has failed so far.
    """

    def __init__(self, site: Site, answers: Answers) -> None:
        self.site = site
        self.answers = answers
        self.joined: dict[str, None] = {}
        self.notes: dict[str, None] = {}
        self.listed: set[str] = set()
        self.unread = 0
        self.has_contexts = True
        self._statuses: dict[str, Status] = {}
        self._later: list[Sequence[Exchange]] = []
        self._around: set[str] = set()

    @property
    def statuses(self) -> dict[str, Status]:
        """Give the posts by local id."""
        while self._later:
            for each in self._later.pop(0):
                try:
                    page = read.page(each)
                except (FetchError, ParseError):
                    continue  # whoever asked for the page has said so
                self.take(page)
                self.listed.update(status.id for status in page.statuses)
        return self._statuses

    def note(self, limit: str) -> None:
        """Remember a limit that was met."""
        self.notes[limit] = None

    def ask(self, url: str) -> Exchange:
        """Ask the API. Raises Missing."""
        return self.answers.get(question(url))

    def post(self, local_id: str) -> Status:
        """Ask for one post. Raises FetchError or ParseError if it cannot be read."""
        return self.read_post(self.ask(self.site.post(local_id)))

    def find(self, url: str, local_id: str) -> Status:
        """
        Ask for a post whose id on this server may be unknown.

        Args:
            local_id: Empty if it must be found by the address: where that leads, or by search.

        Raises:
            FetchError: If it cannot be read; AccessDenied also if nobody tells its id.
        """
        if local_id:
            return self.post(local_id)
        there = self.answers.get(FetchRequest(url, method="HEAD"))
        where = home(there.request.url)
        if where is not None and where[1] and where[0].authority == self.site.authority:
            return self.post(where[1])
        for each in read.found(self.ask(self.site.search(url))).statuses:
            if url in {each.uri, each.post.url}:
                return self._keep(each)
        raise AccessDenied(f"{url}: the server does not tell which post this is", uri_r=url)

    def read_post(self, answer: Exchange) -> Status:
        """Read the answer to a question for one post; a boost stands for what it boosts."""
        status = read.one(answer)
        if not status.is_public:
            # Said as the server says it of every post that is not for all.
            raise NotFound(
                f"{answer.request.url}: the post is not public, so it is not archived",
                uri_r=answer.request.url,
                status=404,
            )
        return self._keep(status)

    def says_gone(self, answer: Exchange) -> bool:
        """
        Say whether the platform itself declares gone what was asked for.

        Raises:
            Missing: If it must be asked first what the server runs.
        """
        return gone.says_gone(answer, self.site, self.answers, spoke=bool(self.statuses))

    def around(self, local_id: str) -> bool:
        """
        Ask what stands above and below a post.

        Returns:
            Whether it was read; if not, a note says why.

        Raises:
            ParseError: If it is not what is documented.
        """
        self._around.add(local_id)
        try:
            page = read.around(self.ask(self.site.context(local_id)))
        except FetchError as err:
            self.note(f"replies could not be read ({why(err)})")
            self.has_contexts = False
            return False
        if page.fetching:
            self.note("the server is still fetching replies from elsewhere")
        self.take(page)
        self.joined.update(dict.fromkeys(each.id for each in page.statuses))
        return True

    def was_around(self, local_id: str) -> bool:
        """Say whether it was asked what stands around a post."""
        return local_id in self._around

    def take(self, page: read.Page) -> None:
        """Add the posts of a list."""
        self.unread = max(self.unread, page.unread)
        for each in page.statuses:
            self._keep(each)

    def _keep(self, status: Status) -> Status:
        """Remember a post; of two under one id the first is kept, and the other counts as lost."""
        held = self._statuses.setdefault(status.id, status)
        if held is not status and held.uri != status.uri:
            self.unread = max(self.unread, 1)
        return held

    def take_later(self, pages: Sequence[Exchange]) -> None:
        """Add the posts of pages once somebody looks at them: most rounds only ask for the next."""
        self._later.append(pages)

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


def question(url: str) -> FetchRequest:
    """Make a request to the API, with the token for that server if there is one."""
    return ask(url, credential=PLATFORM)


def age(local_id: str) -> tuple[int, str]:
    """Give what sorts ids of one server by time: numbers by value, ULIDs as they are."""
    return len(local_id), local_id


def by_age(statuses: Sequence[Status]) -> list[Status]:
    """Sort posts of one server, oldest first."""
    return sorted(statuses, key=lambda each: (each.created_at, age(each.id)))

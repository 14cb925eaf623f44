"""What is there of a discussion on Hacker News? Algolia's tree, checked against the API."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence

from archiver.errors import FetchError, NotFound, ParseError
from archiver.models import Exchange, FetchRequest, KnownPost
from archiver.sources.answers import Answers, ask, reduced
from archiver.sources.hackernews.item import PLATFORM, Entry, read_official, read_tree, url_of

MAX_ASKED = 300
"""Entries that are asked one by one, per capture; each is a request."""

MAX_CLIMB = 100
MAX_ROUNDS = 60
MAX_KNOWN = 100
MAX_OPTIONS = 100
_AT_ONCE = 50


class Servers:
    """Where questions about Hacker News go."""

    def __init__(self, api: str, algolia: str) -> None:
        self._api = api.rstrip("/")
        self._algolia = algolia.rstrip("/")

    def entry(self, number: str) -> FetchRequest:
        """Ask the API for one entry."""
        return ask(f"{self._api}/item/{number}.json")

    def tree(self, number: str) -> FetchRequest:
        """Ask Algolia for a whole discussion."""
        return ask(f"{self._algolia}/items/{number}")

    def user(self, name: str) -> FetchRequest:
        """Ask the API for an account."""
        return ask(f"{self._api}/user/{name}.json")

    def stories(self, name: str, count: int) -> FetchRequest:
        """Ask Algolia for an account's newest stories."""
        tags = f"author_{name},(story,poll)"
        return ask(f"{self._algolia}/search_by_date?tags={tags}&hitsPerPage={count}")


class Story:
    """
    A discussion, as far as it is known.

    Attributes:
        root: What it began with.
        entries: All that was seen, the root among them, by number.
        options: Of the poll that the root is.
        gone: Numbers of stored posts that the API says are gone.
        notes: Limits that were met, each as part of a sentence.
        whole: Whether everything that the site counts was read.
    """

    def __init__(self, servers: Servers, answers: Answers, seed: str) -> None:
        """
        Find the root of the discussion that an entry stands in.

        Raises:
            Missing: If something must be asked first.
            FetchError: If it cannot be read; NotFound if there is no such entry.
            ParseError: If an answer is not what is documented.
        """
        self._servers = servers
        self._answers = answers
        self.entries: dict[str, Entry] = {}
        self.options: tuple[Entry, ...] = ()
        self.gone: dict[str, None] = {}
        self.notes: dict[str, None] = {}
        self.whole = False
        self._fully_asked = True
        self._by_tree = False
        self._official: dict[str, Entry] = {}
        first = self._begin(seed)
        top = self._top(first)
        self.root = self._begin(top) if top != seed else first

    def fill(self, known: Sequence[KnownPost]) -> None:
        """
        Read all the rest: the API's own words for what Algolia leaves out, within bounds.

        Raises:
            Missing: If something must be asked first.
        """
        self._walk()
        self._ask_options()
        self._ask_known(known)
        self._check_count()

    def _begin(self, number: str) -> Entry:
        """Read an entry by both witnesses; the API is the one to be believed."""
        official, tree = self._answers.get_all(
            (self._servers.entry(number), self._servers.tree(number))
        )
        told = self._tree(tree, number)
        self._by_tree = bool(told)
        entry, problem = self._entry(official)
        if entry is not None and entry.id != number:
            entry, problem = None, self._other(official)
        if entry is None and problem is None and not told:
            raise NotFound(
                f"{url_of(number)}: Hacker News knows no such entry; check the number",
                uri_r=url_of(number),
                status=404,
            )
        if entry is None and not told:
            raise problem or self._unread(number)
        if entry is None:
            self.notes["the API of Hacker News did not say how the story stands"] = None
            self._fully_asked = False
        self.entries |= {each.id: each for each in told}
        if entry is not None:
            self._official[number] = entry
            self.entries[number] = _joined(entry, self.entries.get(number))
        return self.entries[number]

    def _tree(self, answer: Exchange, number: str) -> tuple[Entry, ...]:
        try:
            told, unread = reduced(answer, read_tree)
        except (FetchError, ParseError):
            self.notes["Algolia did not show the discussion, so it was asked one by one"] = None
            return ()
        if told[0].id != number:
            return ()
        if unread:
            self._unreadable(unread)
        return told

    def _entry(self, answer: Exchange) -> tuple[Entry | None, FetchError | ParseError | None]:
        try:
            return reduced(answer, read_official), None
        except (FetchError, ParseError) as err:
            return None, err

    def _other(self, answer: Exchange) -> ParseError:
        url = answer.request.url
        return ParseError(
            f"{url}: `id` is another than was asked for; this is not what Hacker News documents",
            uri_r=url,
            platform=PLATFORM,
            field="id",
        )

    def _unread(self, number: str) -> FetchError:
        return FetchError(f"{url_of(number)}: could not be read; try again", uri_r=url_of(number))

    def _top(self, first: Entry) -> str:
        """Climb to what the discussion began with."""
        entry, climbed = first, {first.id}
        while entry.parent is not None:
            if entry.story is not None and entry.story not in climbed:
                return entry.story
            if entry.parent in climbed or len(climbed) > MAX_CLIMB:
                raise ParseError(
                    f"{url_of(first.id)}: what it answers leads to no story"
                    f" within {MAX_CLIMB} steps; this is not what Hacker News documents",
                    uri_r=url_of(first.id),
                    platform=PLATFORM,
                    field="parent",
                )
            climbed.add(entry.parent)
            answer = self._answers.get(self._servers.entry(entry.parent))
            above, problem = self._entry(answer)
            if above is not None and above.id != entry.parent:
                above, problem = None, self._other(answer)
            if above is None:
                raise problem or self._unread(entry.parent)
            self.entries.setdefault(above.id, above)
            self._official[above.id] = above
            entry = above
        return entry.id

    def _walk(self) -> None:
        """Ask one by one for those not told: what answers the author first, then by depth."""
        waiting = self._unseen(self._official.values())
        left = MAX_ASKED
        for _ in range(MAX_ROUNDS):
            if not waiting or not left:
                break
            now, waiting = waiting[: min(_AT_ONCE, left)], waiting[min(_AT_ONCE, left) :]
            left -= len(now)
            found = self._ask_each(now)
            own = [each for each in found if each.author and each.author == self.root.author]
            waiting = list(dict.fromkeys((*self._unseen(own), *waiting, *self._unseen(found))))
        if waiting:
            self._fully_asked = False
            self.notes[f"{MAX_ASKED - left} comments were asked one by one, and no more"] = None

    def _unseen(self, entries: Iterable[Entry]) -> list[str]:
        named = dict.fromkeys(kid for each in entries for kid in each.kids)
        return [kid for kid in named if kid not in self.entries]

    def _ask_each(self, numbers: Sequence[str]) -> list[Entry]:
        found: list[Entry] = []
        asked = self._answers.get_all([self._servers.entry(each) for each in numbers])
        for number, answer in zip(numbers, asked, strict=True):
            entry, problem = self._entry(answer)
            if problem is not None:
                self._unreadable(1)
            elif entry is not None and entry.id == number and number not in self.entries:
                self.entries[number] = self._official[number] = entry
                found.append(entry)
        return found

    def _unreadable(self, count: int) -> None:
        self._fully_asked = False
        self.notes["some comments could not be read"] = None

    def _ask_options(self) -> None:
        numbers = self.root.parts[:MAX_OPTIONS]
        asked = self._answers.get_all([self._servers.entry(each) for each in numbers])
        read = [self._entry(answer)[0] for answer in asked]
        self.options = tuple(each for each in read if each is not None and not each.gone)

    def _ask_known(self, known: Sequence[KnownPost]) -> None:
        """Ask how stored posts stand that are not shown any more."""
        lost = [each.id for each in known if self._is_lost(each.id)]
        if len(lost) > MAX_KNOWN:
            self.notes[f"only {MAX_KNOWN} of {len(lost)} vanished comments were asked for"] = None
        asked = self._answers.get_all([self._servers.entry(each) for each in lost[:MAX_KNOWN]])
        for number, answer in zip(lost, asked, strict=False):
            entry, _ = self._entry(answer)
            if entry is not None and entry.id == number and entry.gone:
                self.gone[number] = None
            elif entry is not None and entry.id == number:
                self.entries[number] = self._official[number] = entry

    def _is_lost(self, number: str) -> bool:
        held = self.entries.get(number)
        return number.isascii() and number.isdigit() and (held is None or held.gone)

    def _check_count(self) -> None:
        shown = sum(1 for each in self.entries.values() if not each.gone) - (not self.root.gone)
        total = self.root.total
        if total is not None and shown < total:
            self.notes[f"the site counts {total} comments, {shown} of which could be read"] = None
        # Where the API itself was asked for every one, killed comments explain a difference.
        told_all = total is not None and (shown >= total or not self._by_tree)
        self.whole = self._fully_asked and told_all


def _joined(entry: Entry, told: Entry | None) -> Entry:
    """Keep what only Algolia says."""
    return entry if told is None else dataclasses.replace(entry, story=told.story)

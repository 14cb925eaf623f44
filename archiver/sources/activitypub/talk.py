"""What have ActivityPub servers shown so far, and what could not be read?"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

from archiver.core.urls import origin_of
from archiver.errors import (
    AccessDenied,
    ArchiverError,
    CredentialMissing,
    NotFound,
    NotThisPlatform,
    ParseError,
)
from archiver.models import Exchange, Outcome
from archiver.sources.activitypub.document import (
    PLATFORM,
    SIGNED,
    SIGNED_PATH,
    ask,
    is_page,
    is_tombstone,
    read,
)
from archiver.sources.activitypub.note import COLLECTIONS, Note, wrong
from archiver.sources.activitypub.session import Asking, ended, unread
from archiver.sources.activitypub.shapes import Thing, host_of
from archiver.sources.answers import Answers, Missing, failure
from archiver.sources.nodeinfo import software

_REFUSED = frozenset({401, 403})
_NO_ACTIVITY = frozenset({400, 405, 406, 415})
_NODEINFO_STEPS = 2  # where the document is, and the document


class Talk:
    """
    The documents that servers showed.

    Attributes:
        signed: Requests may be signed.
        notes: Posts by their own ids; only as their own servers show them.
        known_as: The id of a post, by another address of it.
        limits: What was met, so that posts of the thread may be missing; parts of sentences.
        remarks: What else should be said; parts of sentences.
    """

    def __init__(self, *, signed: bool) -> None:
        self.signed = signed
        self.notes: dict[str, Note] = {}
        self.known_as: dict[str, str] = {}
        self.limits: dict[str, None] = {}
        self.remarks: dict[str, None] = {}
        self.refused: dict[str, str] = {}
        self._gone: dict[str, Exchange] = {}
        self._proven: set[str] = set()
        self._shown: dict[str, str] = {}
        self._busy: set[str] = set()

    def say(self, limit: str) -> None:
        """Remember a limit that was met."""
        self.limits[limit] = None

    def remark(self, words: str) -> None:
        """Remember what should be said, though the thread itself is not the shorter for it."""
        self.remarks[words] = None

    def named(self, url: str) -> str:
        """Give the id of a post by any address of it; the address itself if it has no other."""
        return self.known_as.get(url, url)

    def is_busy(self, url: str) -> bool:
        """Say, also to our readers, whether a server allows no more requests now."""
        busy = host_of(url) in self._busy
        if busy:
            self.remark(f"{host_of(url)} allowed no more requests")
        return busy

    def fetch(self, urls: Sequence[str]) -> Asking[tuple[Exchange, ...]]:
        """
        Ask for documents: unsigned first, and signed where the server wants that.

        Servers differ in whether a signature covers the query, so that both ways are tried.

        Source: reference/protocols.md, 3.1
        """
        answers = yield tuple(ask(url, credential=self._shown.get(host_of(url))) for url in urls)
        for credential in (SIGNED, SIGNED_PATH):
            again = {
                place: ask(answer.request.url, credential=credential)
                for place, answer in enumerate(answers)
                if self._may_sign(answer, credential)
            }
            if again:
                new = dict(zip(again, (yield tuple(again.values())), strict=True))
                answers = tuple(new.get(place, answer) for place, answer in enumerate(answers))
                for answer in new.values():
                    if answer.status not in _REFUSED:
                        self._shown[host_of(answer.request.url)] = credential
        self._busy.update(host_of(each.request.url) for each in answers if each.status == 429)
        if ended(answers):
            self.say("the capture ended before everything was asked")
        return answers

    def _may_sign(self, answer: Exchange, credential: str) -> bool:
        """A page that asks for a login is none for programs."""
        shown = answer.request.credential
        if not self.signed or answer.status not in _REFUSED or is_page(answer):
            return False
        if credential == SIGNED:
            return shown is None
        return shown == SIGNED and "?" in answer.request.url

    def seed(self, url: str) -> Asking[Thing]:
        """
        Ask for what a seed names; it may be of any platform.

        Raises:
            NotThisPlatform: If the server shows a page for people, or speaks no ActivityPub.
            CredentialMissing: If it answers to signed requests only.
            FetchError: If it could not be read.
            ParseError: If it is not what is documented.
        """
        (answer,) = yield from self.fetch((url,))
        _check_speaks(answer)
        problem = failure(answer, subject="the post")
        if isinstance(problem, AccessDenied):
            raise problem if self.signed else _unsigned(answer)
        if isinstance(problem, NotFound):
            self._gone[url] = answer
        if problem is not None:
            raise problem
        found = yield from self._verified({url: answer})
        document = found[url]
        if isinstance(document, ArchiverError):
            raise document
        return document

    def documents(self, urls: Sequence[str]) -> Asking[dict[str, Thing | ArchiverError]]:
        """
        Ask for objects, each at its own server.

        Returns:
            By the address that was asked: the object, or why there is none.
        """
        wanted = tuple(dict.fromkeys(urls))
        answers = yield from self.fetch(wanted)
        return (yield from self._verified(dict(zip(wanted, answers, strict=True))))

    def _verified(self, answers: dict[str, Exchange]) -> Asking[dict[str, Thing | ArchiverError]]:
        """Believe an object only from the host in its `id`; ask there if another one gave it."""
        found: dict[str, Thing | ArchiverError] = {}
        elsewhere: dict[str, str] = {}
        for url, answer in answers.items():
            read_one = self._read(url, answer)
            found[url] = read_one
            is_other = isinstance(read_one, Thing) and read_one.id not in ("", url)
            if isinstance(read_one, Thing) and is_other and not _is_home(read_one, answer):
                elsewhere[url] = read_one.id
        if elsewhere:
            again = yield from self.fetch(tuple(dict.fromkeys(elsewhere.values())))
            at_home = dict(zip(dict.fromkeys(elsewhere.values()), again, strict=True))
            for url, home in elsewhere.items():
                found[url] = self._at_home(home, at_home[home])
        return {url: self._kept(url, each, answers[url]) for url, each in found.items()}

    def _at_home(self, url: str, answer: Exchange) -> Thing | ArchiverError:
        document = self._read(url, answer)
        if isinstance(document, Thing) and not _is_home(document, answer):
            return _refusal(answer, "names another server at its own address, too")
        return document

    def _read(self, url: str, answer: Exchange) -> Thing | ArchiverError:
        try:
            return read(answer)
        except ArchiverError as err:
            if isinstance(err, NotFound):
                self._gone[url] = answer
            return err

    def _kept(
        self, url: str, found: Thing | ArchiverError, answer: Exchange
    ) -> Thing | ArchiverError:
        if isinstance(found, ArchiverError):
            self.refused[url] = unread(found)
            return found
        if "Tombstone" in found.types:
            self._gone[url] = answer
            self._proven.add(host_of(answer.request.url))
            self.refused[url] = "status 410"
            return NotFound(f"{url}: the post was deleted", uri_r=url, status=410)
        if not found.id:
            return _refusal(answer, "is no address")
        self._proven.add(host_of(found.id))
        if found.id != url:
            self.known_as[url] = found.id
        return found

    def says_gone(self, url: str) -> Asking[bool]:
        """
        Say whether its own server declared something gone when it was asked.

        By a tombstone; by 404 or 410 only while that server proves that it is one still: by a
        document in this capture, or by its nodeinfo. A parked domain answers so to everything,
        and what it redirects to speaks for itself.
        """
        answer, host = self._gone.get(url), host_of(url)
        if answer is None or host_of(answer.request.url) != host:
            return False
        if is_tombstone(answer):
            return True
        if host not in self._proven and (yield from _runs_something(url)):
            self._proven.add(host)
        return host in self._proven

    def load(self, urls: Sequence[str]) -> Asking[tuple[Note, ...]]:
        """Ask for posts by name; those that cannot be read or are not public are left out."""
        found = yield from self.documents(
            [url for url in urls if self.named(url) not in self.notes]
        )
        notes: list[Note] = []
        for url, document in found.items():
            if isinstance(document, Thing):
                note = self.take(document, url)
                if note is not None:
                    notes.append(note)
        return tuple(notes)

    def take(self, thing: Thing, url: str) -> Note | None:
        """
        Take in a post that its own server showed; None if it is none, or not public.

        Args:
            url: Where it was read, for errors.
        """
        try:
            note = Note.read(thing, url)
        except ParseError as err:
            self.refused[thing.id or url] = unread(err)
            return None
        if not note.is_public:
            self.refused[note.id] = "not public"
            return None
        return self.notes.setdefault(note.id, note)

    def pages(self, urls: Sequence[str]) -> Asking[dict[str, tuple[Thing, str] | ArchiverError]]:
        """
        Ask for collections or pages of them, which need no id.

        Returns:
            By address: the page and the host that gave it, or why there is none.
        """
        wanted = tuple(dict.fromkeys(urls))
        answers = yield from self.fetch(wanted)
        found: dict[str, tuple[Thing, str] | ArchiverError] = {}
        for url, answer in zip(wanted, answers, strict=True):
            try:
                page = read(answer)
                if not page.types & COLLECTIONS:
                    wrong(url, "type", "names no collection")
                found[url] = (page, host_of(answer.request.url))
            except ArchiverError as err:
                found[url] = err
        return found


def _runs_something(url: str) -> Asking[bool]:
    """Ask a server by nodeinfo whether it runs anything that federates."""
    seen: list[Exchange] = []
    for _ in range(_NODEINFO_STEPS):
        try:
            return bool(software(Answers(seen), origin_of(url)))
        except Missing as need:
            told = yield need.requests
            for request, answer in zip(need.requests, told, strict=True):
                if host_of(answer.request.url) != host_of(url):
                    return False
                seen.append(dataclasses.replace(answer, request=request))
    return bool(software(Answers(seen), origin_of(url)))


def _is_home(thing: Thing, answer: Exchange) -> bool:
    return host_of(thing.id) == host_of(answer.request.url)


def _refusal(answer: Exchange, what: str) -> ParseError:
    url = answer.request.url
    return ParseError(
        f"{url}: `id` {what}; this is not what {PLATFORM} documents",
        uri_r=url,
        platform=PLATFORM,
        field="id",
    )


def _check_speaks(answer: Exchange) -> None:
    """Leave to the next source what a server says to people, and what knows no Accept header."""
    status = answer.status
    if answer.outcome is not Outcome.OK or status is None or status == 429 or status >= 500:
        return
    if is_page(answer) or status in _NO_ACTIVITY:
        url = answer.request.url
        raise NotThisPlatform(f"{url}: the server gave no ActivityPub document", uri_r=url)


def _unsigned(answer: Exchange) -> CredentialMissing:
    url = answer.request.url
    return CredentialMissing(
        f"{url}: the server answers to signed requests only ({answer.status}); set"
        " platforms.activitypub.signed = true in config.toml, and let publish.base_url be"
        " reachable from outside",
        uri_r=url,
        status=answer.status,
    )

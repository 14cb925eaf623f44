"""What has a Misskey server said so far of a conversation, and what could not be read?"""

from __future__ import annotations

import json
from collections.abc import Sequence

from archiver.core.urls import origin_of
from archiver.errors import AccessDenied, NotFound, ParseError
from archiver.models import Exchange, FetchRequest
from archiver.sources.answers import Answers, failure, json_object, json_value, post, reduced
from archiver.sources.fields import Fields
from archiver.sources.hosts import read_each
from archiver.sources.misskey.note import Note
from archiver.sources.misskey.urls import PLATFORM

LIMIT = 100
"""Notes that one answer holds at most."""

_GONE = frozenset({"NO_SUCH_NOTE", "NO_SUCH_USER"})
_CLOSED = frozenset(
    {
        "SIGNIN_REQUIRED",
        "CREDENTIAL_REQUIRED",
        "ACCESS_DENIED",
        "AUTHENTICATION_FAILED",
        "PERMISSION_DENIED",
    }
)


class Talk:
    """
    The notes that one server showed.

    Attributes:
        notes: By local id.
        limits: What was met and should be said, each as part of a sentence.
    """

    def __init__(self, answers: Answers, origin: str) -> None:
        self.answers = answers
        self.origin = origin
        self.notes: dict[str, Note] = {}
        self.limits: dict[str, None] = {}
        self.unreadable: set[tuple[str, bytes, int]] = set()

    def say(self, limit: str) -> None:
        """Remember a limit that was met."""
        self.limits[limit] = None

    def call(self, endpoint: str, value: dict[str, object]) -> FetchRequest:
        """Make the request for an endpoint."""
        return post(f"{self.origin}/api/{endpoint}", value)

    def show(self, local_id: str) -> Note:
        """Ask for one note. Raises FetchError or ParseError if it cannot be read."""
        answer = self.answers.get(self.call("notes/show", {"noteId": local_id}))
        return self.add(self.object(answer, subject="the note"))

    def add(self, fields: Fields) -> Note:
        """
        Take a note in, with the one that it answers; of two answers about one the first counts.

        A note that is hidden from strangers is listed nowhere: only what answers it names it.
        """
        note, above = _with_above(fields, self.origin)
        if above is not None:
            self._keep(above)
        return self._keep(note)

    def _keep(self, note: Note) -> Note:
        held = self.notes.get(note.id)
        if held is None or (held.lean and not note.lean):
            self.notes[note.id] = held = note
        return held

    def object(self, answer: Exchange, *, subject: str) -> Fields:
        """Read an answer that is an object. Raises FetchError or ParseError."""
        _raise_refusal(answer, subject=subject)
        return json_object(answer, platform=PLATFORM, subject=subject)

    def page(self, answer: Exchange, *, subject: str) -> tuple[Note, ...]:
        """
        Read an answer that lists notes, and take them in.

        One that cannot be read is left out, and said.

        Raises:
            FetchError: If the server refused.
            ParseError: If it is not a list.
        """
        _raise_refusal(answer, subject=subject)
        url = answer.request.url
        at_home = origin_of(url) == self.origin
        found, bad = reduced(answer, _notes) if at_home else _notes_of(answer, self.origin)
        if bad:
            self.unreadable.add((url, answer.request.body, bad))
        for _, above in found:
            if above is not None:
                self._keep(above)
        return tuple(self._keep(note) for note, _ in found)

    def is_gone(self, local_id: str) -> bool:
        """Ask for a note by name: does the platform itself say that there is none?"""
        answer = self.answers.get(self.call("notes/show", {"noteId": local_id}))
        return code_of(answer) in _GONE

    def below(self) -> dict[str, list[Note]]:
        """Give the replies to each note, by local id, oldest first."""
        found: dict[str, list[Note]] = {}
        for note in sorted(self.notes.values(), key=lambda each: (each.created_at, each.id)):
            if note.parent is not None:
                found.setdefault(note.parent, []).append(note)
        return found

    def reasons(self) -> tuple[str, ...]:
        """Give all limits, with what could not be read."""
        bad = sum(count for _, _, count in self.unreadable)
        unread = (f"{bad} of the notes were not what is documented",) if bad else ()
        return (*self.limits, *unread)


_Pair = tuple[Note, Note | None]


def _with_above(fields: Fields, origin: str) -> _Pair:
    """Read a note, and the one that it answers as far as that is shown in it."""
    note = Note.read(fields, origin)
    try:
        above = fields.maybe_inner("reply")
        return note, Note.read(above, origin, lean=True) if above else None
    except ParseError:
        return note, None


def _notes(answer: Exchange) -> tuple[list[_Pair], int]:
    return _notes_of(answer, origin_of(answer.request.url))


def _notes_of(answer: Exchange, origin: str) -> tuple[list[_Pair], int]:
    values = json_value(answer, platform=PLATFORM, subject="the notes")

    def read(fields: Fields) -> _Pair:
        return _with_above(fields, origin)

    return read_each(values, read, uri_r=answer.request.url, platform=PLATFORM, place="answer")


def code_of(answer: Exchange) -> str:
    """Give the code in an error of the API, e.g. `NO_SUCH_NOTE`; empty if there is none."""
    if answer.status is None or 200 <= answer.status < 300:
        return ""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    error = said.get("error") if isinstance(said, dict) else None
    code = error.get("code") if isinstance(error, dict) else None
    return code if isinstance(code, str) else ""


def reachable(top: str, below: dict[str, list[Note]]) -> Sequence[Note]:
    """Give all that hangs on a note, without the note itself."""
    found: list[Note] = []
    seen, waiting = {top}, [top]
    while waiting:
        for note in below.get(waiting.pop(), ()):
            if note.id not in seen:
                seen.add(note.id)
                found.append(note)
                waiting.append(note.id)
    return found


def _raise_refusal(answer: Exchange, *, subject: str) -> None:
    """Misskey says with status 400 what others say with 404 or 401: its code decides."""
    url, code = answer.request.url, code_of(answer)
    if code in _GONE:
        raise NotFound(f"{url}: the server has no such note or user", uri_r=url, status=404)
    if code in _CLOSED:
        raise AccessDenied(
            f"{url}: the server does not show {subject} without a login ({code});"
            " nothing counts as deleted",
            uri_r=url,
            status=401,
        )
    problem = failure(answer, subject=subject)
    if problem is not None:
        raise problem

"""How does reading go on, answer by answer, without looking at the earlier ones again?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator, Sequence
from typing import Generic, TypeVar

from archiver.errors import ArchiverError, FetchError
from archiver.models import Exchange, FetchRequest, Outcome
from archiver.sources.answers import Answers, Missing

T = TypeVar("T")
Asking = Generator[tuple[FetchRequest, ...], tuple[Exchange, ...], T]
"""
Steps of reading: each yields what must be asked and is given the answers, redirects followed.

They look at nothing but the answers, so that the same answers always lead to the same end.
"""

_UNASKED = "it was not asked before the capture ended"


class Session(Generic[T]):
    """Steps of reading, and how far they got."""

    def __init__(self, steps: Asking[T]) -> None:
        self._steps = steps
        self._wanted: tuple[FetchRequest, ...] = ()
        self._error: ArchiverError | None = None
        self._found: list[T] = []
        self._started = False

    @property
    def done(self) -> bool:
        """True once nothing is left to ask."""
        return bool(self._found) or self._error is not None

    def advance(self, answers: Answers) -> tuple[FetchRequest, ...]:
        """Go on with the answers that came; give what must be asked next."""
        while not self.done:
            missing: dict[tuple[str, str, str], FetchRequest] = {}
            got: list[Exchange] = []
            for request in self._wanted:
                try:
                    got.append(_answer(answers, request))
                except Missing as need:
                    for each in need.requests:
                        missing[each.method, each.url, each.credential or ""] = each
            if missing:
                return tuple(missing.values())
            self._step(tuple(got))
        return ()

    def end(self, answers: Answers, at: dt.datetime) -> T:
        """
        Go to the end; what was not asked by now counts as not answered.

        Raises:
            ArchiverError: As the steps did.
        """
        while not self.done:
            self._step(tuple(_answer_or_none(answers, each, at) for each in self._wanted))
        if self._error is not None:
            raise self._error.with_traceback(None)
        return self._found[0]

    def _step(self, got: tuple[Exchange, ...]) -> None:
        try:
            self._wanted = self._steps.send(got) if self._started else next(self._steps)
            self._started = True
        except StopIteration as end:
            self._found.append(end.value)
        except ArchiverError as err:
            self._error = err


def _answer(answers: Answers, request: FetchRequest) -> Exchange:
    answer = answers.get(request)
    wanted = request.credential
    if wanted is not None and answer.request.credential != wanted:
        # It was asked without, or in another way: the newer answer takes the older one's place.
        raise Missing((_as(request, answer.request.url),))
    return answer


def _answer_or_none(answers: Answers, request: FetchRequest, at: dt.datetime) -> Exchange:
    """Give the answer that is there. Which credential was shown does not matter any more."""
    try:
        return answers.get(request)
    except Missing as need:
        return Exchange(need.requests[0], at, Outcome.TIMEOUT, whole=False, error=_UNASKED)


def _as(request: FetchRequest, url: str) -> FetchRequest:
    return FetchRequest(
        url,
        headers=request.headers,
        keep_bytes=request.keep_bytes,
        max_bytes=request.max_bytes,
        credential=request.credential,
    )


def ended(answers: Sequence[Exchange]) -> bool:
    """Say whether some of these were not asked before the capture ended."""
    return any(each.outcome is Outcome.TIMEOUT and each.error == _UNASKED for each in answers)


def unread(err: ArchiverError) -> str:
    """Say in few words why something could not be read."""
    if isinstance(err, FetchError):
        return f"status {err.status}" if err.status else "no answer"
    return "not what is documented"

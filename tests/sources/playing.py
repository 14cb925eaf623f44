"""How do a source and a server that is only a function talk to each other?"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from archiver.models import (
    Exchange,
    FetchRequest,
    KnownPost,
    Observation,
    Outcome,
    ThreadObservation,
)
from archiver.ports import Source

NOW = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)
MAX_ROUNDS = 200


@dataclass(frozen=True)
class Answer:
    """What a server says: a JSON value, or raw bytes."""

    value: object = None
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes | None = None
    mime: str = "application/json; charset=utf-8"
    whole: bool = True
    outcome: Outcome = Outcome.OK

    def exchange(self, request: FetchRequest, number: int) -> Exchange:
        """Make the exchange that a fetcher would give."""
        if self.outcome is not Outcome.OK:
            return Exchange(request, NOW, self.outcome, error="no answer came.")
        return Exchange(
            request,
            NOW + dt.timedelta(seconds=number),
            Outcome.OK,
            self.status,
            headers=(("Content-Type", self.mime), *self.headers),
            body=json.dumps(self.value).encode() if self.body is None else self.body,
            whole=self.whole,
            record_id=f"urn:uuid:{number}",
        )


NOT_FOUND = Answer({"error": "Record not found"}, status=404)
Server = Callable[[str], Answer]


@dataclass
class Played:
    """What was asked, and what answers came."""

    asked: list[str] = field(default_factory=list)
    seen: list[Exchange] = field(default_factory=list)


def ask_all(
    source: Source, url: str, server: Server, known: tuple[KnownPost, ...] = ()
) -> tuple[Played, Callable[[], Observation]]:
    """Let a source ask until it is content; give what was asked, and how to parse it."""
    ref = source.match(url)
    assert ref is not None, url
    ref = replace(ref, known=known)
    played = Played()
    for _ in range(MAX_ROUNDS):
        wanted = source.plan(ref, tuple(played.seen))
        if not wanted:
            break
        for request in wanted:
            assert request.url not in played.asked, f"asked twice: {request.url}"
            played.asked.append(request.url)
            answer = server(request.url)
            played.seen.append(answer.exchange(request, len(played.seen)))
    else:
        raise AssertionError(f"still asking after {MAX_ROUNDS} rounds: {played.asked[-3:]}")
    return played, lambda: source.parse(ref, tuple(played.seen))


def thread_of(
    source: Source, url: str, server: Server, known: tuple[KnownPost, ...] = ()
) -> ThreadObservation:
    """Capture a thread."""
    observation = ask_all(source, url, server, known)[1]()
    assert isinstance(observation, ThreadObservation)
    return observation

"""How do a source and a server that is only a function talk to each other?"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from archiver.models import (
    Branch,
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
"""Answers by URL."""
WholeServer = Callable[[FetchRequest], Answer]
"""Answers by all of the request: method, headers, body, credential."""


@dataclass
class Played:
    """What was asked, and what answers came."""

    asked: list[str] = field(default_factory=list)
    seen: list[Exchange] = field(default_factory=list)


def by_url(server: Server) -> WholeServer:
    """Make a server that looks at the URL only."""
    return lambda request: server(request.url)


def ask_all(
    source: Source, url: str, server: Server, known: tuple[KnownPost, ...] = ()
) -> tuple[Played, Callable[[], Observation]]:
    """Let a source ask until it is content; give what was asked, and how to parse it."""
    return ask_whole(source, url, by_url(server), known)


def ask_whole(
    source: Source, url: str, server: WholeServer, known: tuple[KnownPost, ...] = ()
) -> tuple[Played, Callable[[], Observation]]:
    """Let a source ask a server that looks at whole requests."""
    ref = source.match(url)
    assert ref is not None, url
    ref = replace(ref, known=known)
    played = Played()
    keys: set[tuple[str, str, bytes, str | None]] = set()
    for _ in range(MAX_ROUNDS):
        wanted = source.plan(ref, tuple(played.seen))
        if not wanted:
            break
        for request in wanted:
            key = (request.method, request.url, request.body, request.credential)
            assert key not in keys, f"asked twice: {request.url}"
            keys.add(key)
            played.asked.append(request.url)
            answer = server(request)
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


def known_of(seen: ThreadObservation) -> tuple[KnownPost, ...]:
    """Give what is stored after a capture."""
    return tuple(KnownPost(post.id, post.url, post.branch is Branch.SIDE) for post in seen.posts)


def numbers(first: int, last: int) -> list[str]:
    """Give local ids from the first to the last, as they are written."""
    return [str(number) for number in range(first, last + 1)]

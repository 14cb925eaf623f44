"""How a post of X is observed from answers in memory, for tests."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

from archiver.config import XSettings
from archiver.models import (
    Branch,
    Exchange,
    FetchRequest,
    KnownPost,
    Outcome,
    ThreadObservation,
)
from archiver.sources.x import X
from tests.sources.playing import WholeServer, ask_whole

SEED = "https://x.com/ICIJ/status/{}"


def source(**settings: Any) -> X:
    """Make the source with a token."""
    return X(XSettings(**settings), has_token=True)


def observed(
    server: WholeServer, post_id: str, known: tuple[KnownPost, ...] = (), **settings: Any
) -> ThreadObservation:
    """Capture a thread by the API."""
    seen = ask_whole(source(**settings), SEED.format(post_id), server, known)[1]()
    assert isinstance(seen, ThreadObservation)
    return seen


def texts(seen: ThreadObservation) -> list[str]:
    """Give the words of the thread itself; gaps are `-`."""
    own = (post for post in seen.posts if post.branch is Branch.THREAD)
    return ["-" if post.gap else post.text for post in own]


def exchange(request: FetchRequest, value: object, day: int = 24) -> Exchange:
    """Make an answer of a day."""
    at = dt.datetime(2026, 11, day, 9, tzinfo=dt.UTC)
    return Exchange(request, at, Outcome.OK, 200, body=json.dumps(value).encode())

"""Which of many equal captures is a reader shown? The first of the newest run."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

from archiver.models import Chain, Outcome, Snapshot

T = TypeVar("T")


def chain(stored: Sequence[Chain]) -> Chain | None:
    """Give the first chain of the newest run of equal ones; `stored` is oldest first."""
    return _first_of_newest_run(stored, _route)


def snapshot(stored: Sequence[Snapshot]) -> Snapshot | None:
    """
    Give the copy that readers are shown; `stored` is oldest first.

    A page that died keeps its last copy that was whole; only where none ever was, the newest
    refusal or error page is shown as the evidence that it is.
    """
    whole = [each for each in stored if is_whole(each)]
    return _first_of_newest_run(whole or stored, _content)


def is_whole(snapshot: Snapshot) -> bool:
    """Say whether a copy is of the page itself, not of a refusal or an error page."""
    return snapshot.outcome is Outcome.OK and bool(snapshot.record_id)


def _route(chain: Chain) -> Hashable:
    steps = tuple((hop.url, hop.status, hop.mechanism, hop.location) for hop in chain.hops)
    return chain.uri_r, chain.target, chain.outcome, steps


def _content(snapshot: Snapshot) -> Hashable:
    return snapshot.outcome, snapshot.status, snapshot.text_digest or snapshot.digest


def _first_of_newest_run(stored: Sequence[T], key: Callable[[T], Hashable]) -> T | None:
    found: T | None = None
    for each in reversed(stored):
        if found is not None and key(each) != key(found):
            break
        found = each
    return found

"""How does each watch stand: when was it captured, what went wrong, what is next?"""

from __future__ import annotations

import datetime as dt
import enum
import re
from dataclasses import dataclass

from archiver.models import Crawl, CrawlState, Watch
from archiver.ports import Store
from archiver.queue.schedule import next_after
from archiver.queue.wanted import seed_due_at

_VARIABLE = re.compile(r"\bARCHIVER_[A-Z0-9_]*[A-Z0-9]")


class WatchState(enum.StrEnum):
    """How a watch stands: a closed list (docs/reference/json.md)."""

    NEW = "new"  # never captured yet
    RUNNING = "running"
    OK = "ok"
    RETRYING = "retrying"  # failed, and is tried again by itself
    FAILED = "failed"
    NEEDS_CREDENTIAL = "needs_credential"  # there is none, or it was refused
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class Standing:
    """
    A watch, and how it stands.

    Attributes:
        last_at: When its seed was captured last, or tried; None if never.
        last_error: Why that failed; empty if it did not.
        needs: Names of the environment variables that the platform asks for.
        next_due_at: When its seed is captured next; None if it is paused or never is.
        threads: How many addresses were crawled for it beside its seed, such as those of a list.
        threads_failed: Of how many of these the last crawl failed.
        threads_error: Why the newest of them did; empty if none did.
    """

    watch: Watch
    state: WatchState
    last_at: dt.datetime | None = None
    last_error: str = ""
    needs: tuple[str, ...] = ()
    next_due_at: dt.datetime | None = None
    threads: int = 0
    threads_failed: int = 0
    threads_error: str = ""


@dataclass(frozen=True, slots=True)
class _Beside:
    """What became of all that was crawled for watches, beside their seeds."""

    failing: tuple[Crawl, ...]
    asked: dict[str, int]


def standings(store: Store, now: dt.datetime) -> tuple[Standing, ...]:
    """Say of each watch how it stands, by name."""
    beside = _beside(store)
    return tuple(_standing(store, watch, now, beside) for watch in store.watches())


def standing(store: Store, watch: Watch, now: dt.datetime) -> Standing:
    """Say how a watch stands. `now` is UTC-aware."""
    return _standing(store, watch, now, _beside(store))


def crawls_told(store: Store, *, limit: int) -> tuple[Crawl, ...]:
    """
    Give the crawls that a person should see.

    Returns:
        First the last crawls of all seeds that failed or are tried again, however old they are;
        then the newest others, up to `limit`.
    """
    failing = store.failing()
    named = {each.id for each in failing}
    return (*failing, *(each for each in store.crawls(limit=limit) if each.id not in named))


def _beside(store: Store) -> _Beside:
    return _Beside(store.failing(), store.threads_asked())


def _standing(store: Store, watch: Watch, now: dt.datetime, beside: _Beside) -> Standing:
    last = store.last_crawl(watch.url)
    error = last.error if last is not None and last.state is not CrawlState.DONE else ""
    needs = tuple(dict.fromkeys(_VARIABLE.findall(error)))
    failing = [
        each for each in beside.failing if each.watch == watch.name and each.url != watch.url
    ]
    return Standing(
        watch=watch,
        state=_state(watch, last, needs),
        last_at=last.started_at if last is not None else None,
        last_error=error,
        needs=needs,
        next_due_at=None if watch.paused else _next(store, watch, last, now),
        threads=beside.asked.get(watch.name, 0),
        threads_failed=len(failing),
        threads_error=failing[0].error if failing else "",
    )


def _state(watch: Watch, last: Crawl | None, needs: tuple[str, ...]) -> WatchState:
    if watch.paused:
        return WatchState.PAUSED
    if last is None:
        return WatchState.NEW
    if last.state is CrawlState.RUNNING:
        return WatchState.RUNNING
    if last.state is CrawlState.DONE:
        return WatchState.OK
    if needs:
        return WatchState.NEEDS_CREDENTIAL
    if last.state is CrawlState.FAILED:
        return WatchState.FAILED
    return WatchState.RETRYING if last.error else WatchState.RUNNING


def _next(store: Store, watch: Watch, last: Crawl | None, now: dt.datetime) -> dt.datetime | None:
    if last is None or last.started_at is None:
        return now
    if last.state is CrawlState.QUEUED:
        return last.due_at
    fires = next_after(watch, last.started_at)
    thread = store.thread_for_seed(watch.url)
    if fires is None or thread is None:
        return fires
    due = seed_due_at(thread, watch)
    if due is None or due <= fires:
        return None if due is None else fires
    return due if watch.cron is None else next_after(watch, due)

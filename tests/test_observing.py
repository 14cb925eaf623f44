"""Is a seed read by the right source, within its budget, and noted so that it can be read again?"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
from collections.abc import Iterator, Sequence
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from archiver import journal
from archiver.asking import ask
from archiver.errors import NotThisPlatform, UnsupportedSeed, UsageError
from archiver.estimate import estimate, estimate_lines
from archiver.journal import Journal, Observed
from archiver.models import (
    Author,
    Completeness,
    CrawlRequest,
    Exchange,
    FetchRequest,
    Observation,
    Outcome,
    Post,
    RecordRef,
    RecordType,
    RefKind,
    SourceRef,
    ThreadObservation,
)
from archiver.observing import limited, observe
from archiver.pipeline import capture
from archiver.ports import Cost, RawExchange
from archiver.services import Services
from archiver.store.sql import SqlStore

NOW = dt.datetime(2026, 11, 24, 8, tzinfo=dt.UTC)
SEED = "https://talk.example/1"
DESK = Author("desk", "@desk")


def quiet(line: str, *, done: int = 0, total: int = 0) -> None:
    """Say nothing."""


class Echo:
    """A fetcher whose answers say which page was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def fetch(self, request: FetchRequest, cookies: CookieJar | None = None) -> Exchange:
        """Answer."""
        self.asked.append(request.url)
        return Exchange(request, NOW, Outcome.OK, 200, body=b"page " * 100, record_id="urn:uuid:1")


class Notes:
    """A writer that keeps what it is given."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, bytes]] = []

    async def write_exchange(self, raw: RawExchange) -> RecordRef:
        """Is never called here."""
        raise AssertionError(raw.url)

    async def write_resource(self, url: str, at: dt.datetime, mime: str, body: bytes) -> RecordRef:
        """Keep."""
        self.kept.append((url, body))
        return RecordRef("urn:uuid:9", RecordType.RESOURCE, url, at, mime, None, None, "w", 0, 1)

    async def close(self) -> None:
        """Do nothing."""


class Talk:
    """A platform of so many pages, one post each, which may cost something."""

    def __init__(self, name: str = "talk", pages: int = 3, denies: bool = False) -> None:
        self.platform = name
        self.pages = pages
        self.denies = denies

    def match(self, url: str) -> SourceRef | None:
        """Know every address."""
        return SourceRef(self.platform, RefKind.THREAD, url)

    def plan(self, ref: SourceRef, seen: Sequence[Exchange]) -> Sequence[FetchRequest]:
        """Ask page after page."""
        if len(seen) >= self.pages:
            return ()
        return (FetchRequest(f"{ref.url}/{self.platform}/{len(seen) + 1}"),)

    def parse(self, ref: SourceRef, seen: Sequence[Exchange]) -> Observation:
        """Give a post per page."""
        if self.denies:
            raise NotThisPlatform(f"{ref.url}: is no {self.platform}", uri_r=ref.url)
        posts = tuple(Post(id=each.request.url, author=DESK, text="words") for each in seen)
        done = Completeness(self.pages, len(posts), 0, "all pages")
        return ThreadObservation(self.platform, "1", ref.url, DESK, posts, done, NOW)


class PaidTalk(Talk):
    """The same, at a dollar and ten posts a page."""

    def limit(self) -> Cost:
        """Allow two pages."""
        return Cost(25, 2.5)

    def price(self, request: FetchRequest) -> Cost:
        """Say what a page costs."""
        return Cost(10, 1.0)

    def dearest(self) -> Cost:
        """Say what a page costs."""
        return Cost(10, 1.0)

    def spent(self, exchange: Exchange) -> Cost:
        """Say what it did cost."""
        return Cost(10, 1.0)


@pytest.fixture
def ready(tmp_path: Path) -> Iterator[Services]:
    """Services with a real store and no network."""
    store = SqlStore.open(tmp_path)
    notes = Notes()
    yield Services(
        store=store,
        fetcher=Echo(),
        writer=notes,
        sources=(Talk(),),
        journal=Journal(notes, lambda: NOW),
        max_hops=5,
        now=lambda: NOW,
    )
    store.close()


def seen_by(ready: Services, *sources: Talk) -> ThreadObservation:
    """Observe the seed with these sources."""
    crawl = ready.store.start(CrawlRequest(SEED, NOW))
    assert crawl is not None
    ready = dataclasses.replace(ready, sources=sources)
    observation = asyncio.run(observe(ready, crawl, quiet))
    assert isinstance(observation, ThreadObservation)
    return observation


def test_pages_are_asked_until_the_source_is_content(ready: Services) -> None:
    """Three pages are three posts."""
    assert len(seen_by(ready, Talk()).posts) == 3


def test_next_source_is_tried_where_the_server_is_of_another_platform(ready: Services) -> None:
    """The shape of an address may fit several."""
    assert seen_by(ready, Talk("first", denies=True), Talk("second")).platform == "second"


def test_server_that_no_source_can_read_is_named_with_all_reasons(ready: Services) -> None:
    """Each source said why."""
    with pytest.raises(UnsupportedSeed, match=r"is no first; .*is no second"):
        seen_by(ready, Talk("first", denies=True), Talk("second", denies=True))


def test_budget_ends_the_questions_and_is_said(ready: Services) -> None:
    """What came is kept; the thread is not called whole."""
    observation = seen_by(ready, PaidTalk())
    assert len(observation.posts) == 2
    assert observation.completeness.expected is None
    assert "the budget of talk for this month (25 posts, $2.50)" in observation.completeness.reason
    assert ready.store.spent("talk", "2026-11") == Cost(20, 2.0)


def test_spent_budget_is_kept_over_captures(ready: Services) -> None:
    """A second capture of the month has what is left: nothing."""
    ready.store.add_spent("talk", "2026-11", Cost(20, 2.0))
    assert seen_by(ready, PaidTalk()).posts == ()


def test_answers_are_held_within_bounds(ready: Services) -> None:
    """A server can page for ever."""
    source = Talk(pages=1_000)
    ref = SourceRef("talk", RefKind.THREAD, SEED)
    answered = asyncio.run(ask(ready, source, ref, quiet, max_bytes=1_000))
    assert (len(answered.seen), "MB of answers" in answered.limit) == (2, True)
    observation = limited(source.parse(ref, answered.seen), answered.limit)
    assert isinstance(observation, ThreadObservation)
    assert observation.completeness.expected is None
    assert answered.limit in observation.completeness.reason


def test_exchanges_of_an_observation_are_noted(ready: Services) -> None:
    """From them it is read again."""
    seen_by(ready, Talk())
    assert isinstance(ready.writer, Notes)
    [(url, body)] = ready.writer.kept
    entry = journal.read(url, body)
    assert isinstance(entry, Observed)
    assert [each.request().url for each in entry.asked] == [
        f"{SEED}/talk/{page}" for page in (1, 2, 3)
    ]


def test_end_of_a_crawl_is_noted_with_its_error(ready: Services) -> None:
    """A failure is a fact too."""
    crawl = ready.store.start(CrawlRequest(SEED, NOW))
    assert crawl is not None
    ready = dataclasses.replace(ready, sources=(Talk(denies=True),))
    with pytest.raises(UnsupportedSeed):
        asyncio.run(capture(ready, crawl, quiet))
    assert isinstance(ready.writer, Notes)
    entry = journal.read(*ready.writer.kept[-1])
    assert isinstance(entry, journal.Ended)
    assert "no source can read this" in entry.error


def test_estimate_names_the_first_requests_and_their_price(ready: Services) -> None:
    """Nothing is asked."""
    given = estimate(SEED, (PaidTalk(),), ready.store, NOW)
    assert isinstance(ready.fetcher, Echo)
    assert ready.fetcher.asked == []
    assert list(estimate_lines(given)) == [
        f"{SEED}  talk, thread",
        f"  would ask GET {SEED}/talk/1  up to 10 posts, $1.00",
        "  what follows depends on the answers; a page of a listing is the dearest:",
        "  up to 10 posts, $1.00",
        "  spent this month: 0 posts, $0.00 of 25 posts, $2.50",
    ]


def test_estimate_of_an_unknown_address_is_refused(ready: Services) -> None:
    """As the capture itself would be."""
    with pytest.raises(UsageError, match="no source knows"):
        estimate(SEED, (), ready.store, NOW)

"""What would a capture ask, and what would it cost? Nothing is asked."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from archiver import seeds
from archiver.errors import ArchiverError, UsageError
from archiver.models import SourceRef
from archiver.observing import matched
from archiver.ports import NO_COST, Cost, Priced, Source, Store
from archiver.reports.report import Json


@dataclass(frozen=True, slots=True)
class Step:
    """A request that would be made first, and the most that it may cost."""

    method: str
    url: str
    price: Cost


@dataclass(frozen=True, slots=True)
class Estimate:
    """
    What a capture of a seed would begin with.

    Attributes:
        limit: The platform's budget of a calendar month; None if it costs nothing.
        spent: What of it is spent.
        page: The most that one further request may cost.
    """

    seed: str
    platform: str
    kind: str
    steps: tuple[Step, ...]
    limit: Cost | None = None
    spent: Cost = NO_COST
    page: Cost = NO_COST


def estimate(seed: str, sources: Sequence[Source], store: Store, now: dt.datetime) -> Estimate:
    """
    Say what a capture would ask first; what follows depends on the answers.

    Raises:
        UsageError: If no source knows the seed, or the source lacks what it needs.
    """
    named = seeds.named(seed)
    if seeds.is_file(named):
        return Estimate(seed, "file", "file", ())
    source, ref = next(matched(sources, named), (None, None))
    if source is None or ref is None:
        raise UsageError(f"{seed}: no source knows this address; docs/reference/platforms.md")
    wanted = source.plan(ref, ())
    if not wanted:
        _say_why_not(source, ref)
    priced = source if isinstance(source, Priced) else None
    steps = tuple(
        Step(each.method, each.url, priced.price(each) if priced else NO_COST) for each in wanted
    )
    limit = priced.limit() if priced else None
    spent = store.spent(source.platform, f"{now:%Y-%m}") if priced else NO_COST
    page = priced.dearest() if priced else NO_COST
    return Estimate(seed, source.platform, ref.kind, steps, limit, spent, page)


def estimates(
    wanted: Sequence[str], sources: Sequence[Source], store: Store, now: dt.datetime
) -> tuple[list[Estimate], dict[str, UsageError]]:
    """Estimate several seeds; those that are refused do not stop the others."""
    given: list[Estimate] = []
    refused: dict[str, UsageError] = {}
    for seed in wanted:
        try:
            given.append(estimate(seed, sources, store, now))
        except UsageError as err:
            refused[seed] = err
    return given, refused


def _say_why_not(source: Source, ref: SourceRef) -> None:
    """A source that asks nothing has a reason, which its parse says."""
    try:
        source.parse(ref, ())
    except ArchiverError as err:
        raise UsageError(str(err)) from err


def estimate_json(given: Estimate) -> Json:
    """Give an estimate, as `capture --dry-run` prints it."""
    return {
        "seed": given.seed,
        "platform": given.platform,
        "kind": given.kind,
        "requests": [
            {"method": each.method, "url": each.url, "most": _cost(each.price)}
            for each in given.steps
        ],
        "limit": _cost(given.limit) if given.limit else None,
        "spent": _cost(given.spent) if given.limit else None,
        "dearest_request": _cost(given.page) if given.limit else None,
    }


def estimates_json(given: Sequence[Estimate], refused: Mapping[str, UsageError]) -> Json:
    """Give all of them, and why others have none."""
    errors = [{"seed": seed, "message": str(error)} for seed, error in refused.items()]
    return {"estimates": [estimate_json(each) for each in given], "errors": errors}


def estimate_lines(given: Estimate) -> Iterator[str]:
    """Give the same for a person."""
    yield f"{given.seed}  {given.platform}, {given.kind}"
    for each in given.steps:
        price = f"  up to {_words(each.price)}" if given.limit else ""
        yield f"  would ask {each.method} {each.url}{price}"
    if given.limit is None:
        yield "  costs nothing" if given.steps else "  asks nobody"
    else:
        yield "  what follows depends on the answers; a page of a listing is the dearest:"
        yield f"  up to {_words(given.page)}"
        yield f"  spent this month: {_words(given.spent)} of {_words(given.limit)}"


def _cost(cost: Cost) -> Json:
    return {"posts": cost.posts, "usd": round(cost.usd, 6)}


def _words(cost: Cost) -> str:
    cents = math.ceil(round(cost.usd * 100, 4))  # never less than it may be
    return f"{cost.posts:,} posts, ${cents / 100:,.2f}"

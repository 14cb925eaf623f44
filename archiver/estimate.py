"""What would a capture ask, and what would it cost? Nothing is asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archiver import seeds
from archiver.errors import ArchiverError, UsageError
from archiver.models import SourceRef
from archiver.observing import matched
from archiver.ports import NO_COST, Cost, Priced, Source, Store
from archiver.report import Json


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
    """

    seed: str
    platform: str
    kind: str
    steps: tuple[Step, ...]
    limit: Cost | None = None
    spent: Cost = NO_COST


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
    return Estimate(seed, source.platform, ref.kind, steps, limit, spent)


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
    }


def estimate_lines(given: Estimate) -> Iterator[str]:
    """Give the same for a person."""
    yield f"{given.seed}  {given.platform}, {given.kind}"
    for each in given.steps:
        price = f"  up to {_words(each.price)}" if given.limit else ""
        yield f"  would ask {each.method} {each.url}{price}"
    if given.limit is None:
        yield "  costs nothing" if given.steps else "  asks nobody"
    else:
        yield "  and then as much again for each further page that there is"
        yield f"  spent this month: {_words(given.spent)} of {_words(given.limit)}"


def _cost(cost: Cost) -> Json:
    return {"posts": cost.posts, "usd": round(cost.usd, 6)}


def _words(cost: Cost) -> str:
    return f"{cost.posts:,} posts, ${cost.usd:,.2f}"

"""What does a platform answer? A source plans, we fetch, round by round, within bounds."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from archiver.models import Exchange, FetchRequest, SourceRef
from archiver.ports import NO_COST, Cost, Source
from archiver.purse import Purse
from archiver.services import Progress, Services

MAX_ROUNDS = 5_000
"""A source that still asks after so many rounds is stopped; what it has by then is kept."""

MAX_BYTES = 512_000_000
"""So much of all answers of one capture is held in memory at most, content decoded."""


AT_ONCE = 16
"""Answers of one round that come at the same time: each may be as large as its limit."""


@dataclass(frozen=True, slots=True)
class Answered:
    """
    What came of a capture's questions.

    Attributes:
        limit: A sentence, if a bound of ours ended the questions before the source was content.
        cost: What a paid platform asked for them.
    """

    seen: tuple[Exchange, ...] = ()
    limit: str = ""
    cost: Cost = NO_COST


async def ask(
    services: Services,
    source: Source,
    ref: SourceRef,
    progress: Progress,
    *,
    max_bytes: int = MAX_BYTES,
) -> Answered:
    """
    Fetch what the source plans until it asks for nothing more, or a bound is met.

    Planning reads what came so far, which may be long work: it is done beside the event loop.

    Args:
        max_bytes: Of all answers, content decoded; no more rounds are asked beyond it.
    """
    purse = Purse(services.store, source, services.now)
    seen: list[Exchange] = []
    cost, held = NO_COST, 0
    for _ in range(MAX_ROUNDS):
        wanted = await asyncio.to_thread(source.plan, ref, tuple(seen))
        if not wanted:
            return Answered(tuple(seen), cost=cost)
        limit = await purse.refusal(wanted) or _full(held, max_bytes)
        if limit:
            return Answered(tuple(seen), limit, cost)
        for start in range(0, len(wanted), AT_ONCE):
            some = wanted[start : start + AT_ONCE]
            answers = await asyncio.gather(*(services.fetcher.fetch(each) for each in some))
            cost += await purse.pay(answers)
            for answer in answers:
                progress(f"asked {_named(answer.request)}: {answer.status or answer.outcome}")
                held += len(answer.body)
            seen.extend(answers)
            if held >= max_bytes:
                break
    return Answered(tuple(seen), f"stopped after {MAX_ROUNDS:,} rounds of questions", cost)


def _full(held: int, most: int) -> str:
    return "" if held < most else f"stopped after {held / 1_000_000:,.1f} MB of answers"


def _named(request: FetchRequest) -> str:
    return request.url if request.method == "GET" else f"{request.method} {request.url}"

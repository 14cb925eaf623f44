"""May a paid platform be asked once more this month? What it costs is counted as it comes."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Iterable, Sequence

from archiver.models import Exchange, FetchRequest
from archiver.ports import NO_COST, Cost, Priced, Source, Store


class Purse:
    """What is left of a platform's monthly budget; of a platform that costs nothing, everything."""

    def __init__(self, store: Store, source: Source, now: Callable[[], dt.datetime]) -> None:
        self._store = store
        self._priced = source if isinstance(source, Priced) else None
        self._platform = source.platform
        self._now = now

    async def refusal(self, requests: Sequence[FetchRequest]) -> str:
        """Say in a sentence why these requests are not made; empty if they may be."""
        if self._priced is None:
            return ""
        most = _sum(map(self._priced.price, requests))
        spent, limit = await self._spent(), self._priced.limit()
        if spent.posts + most.posts <= limit.posts and spent.usd + most.usd <= limit.usd:
            return ""
        return (
            f"the budget of {self._platform} for this month ({limit.posts:,} posts, "
            f"${limit.usd:,.2f}) allows no more: {spent.posts:,} posts and ${spent.usd:,.2f} are "
            f"spent, and up to {most.posts:,} posts (${most.usd:,.2f}) would be read next"
        )

    async def pay(self, answers: Sequence[Exchange]) -> Cost:
        """Count what answers did cost, before anything else is done with them."""
        if self._priced is None:
            return NO_COST
        cost = _sum(map(self._priced.spent, answers))
        if cost != NO_COST:
            await asyncio.to_thread(self._store.add_spent, self._platform, self._month(), cost)
        return cost

    async def _spent(self) -> Cost:
        return await asyncio.to_thread(self._store.spent, self._platform, self._month())

    def _month(self) -> str:
        return f"{self._now():%Y-%m}"


def _sum(costs: Iterable[Cost]) -> Cost:
    return sum(costs, NO_COST)

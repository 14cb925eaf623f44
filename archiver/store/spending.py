"""What was paid to a platform in a month?"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert

from archiver.ports import Cost
from archiver.store.database import Database
from archiver.store.tables import SPENDING


class Spending:
    """The part of the store that counts costs (ports.Store)."""

    _database: Database

    def spent(self, platform: str, month: str) -> Cost:
        """Give what was spent; `month` is written `2026-11`."""
        mine = select(SPENDING.c.posts, SPENDING.c.usd).where(
            SPENDING.c.platform == platform, SPENDING.c.month == month
        )
        with self._database.read() as connection:
            row = connection.execute(mine).first()
        return Cost() if row is None else Cost(row.posts, row.usd)

    def add_spent(self, platform: str, month: str, cost: Cost) -> None:
        """Add to what was spent."""
        row = {"platform": platform, "month": month, "posts": cost.posts, "usd": cost.usd}
        added = {"posts": SPENDING.c.posts + cost.posts, "usd": SPENDING.c.usd + cost.usd}
        statement = insert(SPENDING).values(row)
        with self._database.write() as connection:
            connection.execute(
                statement.on_conflict_do_update(index_elements=["platform", "month"], set_=added)
            )

"""Does an answer lead on by a Refresh header?"""

from __future__ import annotations

from archiver.core import refresh
from archiver.models import Exchange, Mechanism
from archiver.ports import HopFound
from archiver.resolvers.page import found, is_answered


class RefreshHeader:
    """`Refresh: 0;url=…`, which all browsers obey. Source: WHATWG HTML, 7.4.6.3."""

    def next_hop(self, exchange: Exchange) -> HopFound | None:
        """Follow the header if its delay is short and it names another page."""
        value = exchange.header("refresh")
        if value is None or not is_answered(exchange):
            return None
        return found(exchange, Mechanism.REFRESH_HEADER, refresh.leads_to(value))

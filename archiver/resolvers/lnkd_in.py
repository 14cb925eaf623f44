"""Where does LinkedIn's shortener lead, when it answers a page instead of a redirect?"""

from __future__ import annotations

from archiver.models import Exchange
from archiver.ports import HopFound
from archiver.resolvers import preview


class LnkdIn:
    """It alternates between 301 and a page with one marked link. Source: protocols.md, 7.2"""

    hosts = frozenset({"lnkd.in"})

    def next_hop(self, exchange: Exchange) -> HopFound | None:
        """Follow the marked link."""
        return preview.marked(exchange, "data-tracking-control-name", "external_url_click")

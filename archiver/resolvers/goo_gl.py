"""Where does Google's shortener lead, that was closed in August 2025?"""

from __future__ import annotations

from urllib.parse import urlsplit

from archiver.models import Exchange, Mechanism
from archiver.ports import HopFound
from archiver.resolvers import page

_ANSWER = "si=1"


class GooGl:
    """
    Before it closed it showed a notice instead of leading on; `?si=1` passed it.

    What it answers 404 to is found in tables only (links.beacon). `maps.app.goo.gl` is another
    service, and lives. Source: reference/protocols.md, 7.2
    """

    hosts = frozenset({"goo.gl"})

    def next_hop(self, exchange: Exchange) -> HopFound | None:
        """Ask once more past the notice."""
        parts = urlsplit(exchange.request.url)
        if page.html_of(exchange) is None or parts.path in ("", "/"):
            return None
        if _ANSWER in parts.query.split("&"):
            return None
        asked = f"?{parts.query}&{_ANSWER}" if parts.query else f"?{_ANSWER}"
        return page.found(exchange, Mechanism.INTERSTITIAL, asked)

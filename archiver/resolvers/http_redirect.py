"""Does an answer redirect by status and Location?"""

from __future__ import annotations

from archiver.core import urls
from archiver.models import Exchange, Mechanism
from archiver.ports import HopFound

_STATUSES = frozenset({301, 302, 303, 307, 308})


class HttpRedirect:
    """A redirect of HTTP itself. Source: RFC 9110, 15.4 and 10.2.2."""

    def next_hop(self, exchange: Exchange) -> HopFound | None:
        """Follow Location; 300 and 304 do not lead on, nor does an empty Location."""
        location = exchange.header("location")
        if exchange.status not in _STATUSES or not location or not location.strip():
            return None
        return HopFound(Mechanism.HTTP, location, urls.absolute(exchange.request.url, location))

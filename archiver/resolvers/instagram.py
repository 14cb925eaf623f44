"""Where does a page for leaving Instagram or Threads lead?"""

from __future__ import annotations

from archiver.models import Exchange
from archiver.ports import HopFound
from archiver.resolvers import wrapper

_PATHS = {"/": "u", "/linkshim": "u"}
_FAMILY = frozenset({"instagram.com", "threads.net", "threads.com", "facebook.com"})


class Instagram:
    """It names the target in its address."""

    hosts = frozenset({"l.instagram.com", "l.threads.net", "l.threads.com"})

    def next_hop(self, exchange: Exchange) -> HopFound | None:
        """Take the target from the page's own address."""
        return wrapper.next_hop(exchange, _PATHS, _FAMILY)

"""Where does a warning of LinkedIn lead?"""

from __future__ import annotations

from archiver.models import Exchange
from archiver.ports import HopFound
from archiver.resolvers import wrapper

_PATHS = {"/safety/go": "url", "/redir/redirect": "url", "/redir/suspicious-page": "url"}


class LinkedIn:
    """Pages for leaving LinkedIn name the target in their address. Source: protocols.md, 7.2"""

    hosts = frozenset({"linkedin.com"})

    def next_hop(self, exchange: Exchange) -> HopFound | None:
        """Take the target from the page's own address."""
        return wrapper.next_hop(exchange, _PATHS)

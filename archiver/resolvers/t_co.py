"""Where does X's shortener lead? To robots it redirects, to browsers it answers a page."""

from __future__ import annotations

from archiver.models import Exchange
from archiver.ports import HopFound
from archiver.resolvers import wrapper

_PATHS = {"/safety/unsafe_link_warning": "unsafe_link"}


class TCo:
    """
    The warning that t.co sends to instead of a target it holds for harmful.

    Its page for browsers (a refresh in <noscript>, a script) is what MetaRefresh and JsRedirect
    read. Source: reference/protocols.md, 7.2
    """

    hosts = frozenset({"twitter.com", "x.com", "mobile.twitter.com"})

    def next_hop(self, exchange: Exchange) -> HopFound | None:
        """Take the target from the warning's own address."""
        return wrapper.next_hop(exchange, _PATHS, self.hosts)

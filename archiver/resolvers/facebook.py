"""Where does a page for leaving Facebook lead?"""

from __future__ import annotations

from archiver.models import Exchange
from archiver.ports import HopFound
from archiver.resolvers import wrapper

_PATHS = {"/l.php": "u", "/flx/warn": "u"}


class Facebook:
    """
    It names the target in its address; strangers are sent to `browser.php` or a login instead.

    `fb.me` redirects. Source: reference/protocols.md, 7.2
    """

    hosts = frozenset({"facebook.com", "l.facebook.com", "lm.facebook.com", "m.facebook.com"})

    def next_hop(self, exchange: Exchange) -> HopFound | None:
        """Take the target from the page's own address."""
        return wrapper.next_hop(exchange, _PATHS)

"""Where does a page of Bitly lead: a warning, or the preview that free plans show since 2025?"""

from __future__ import annotations

from archiver.models import Exchange
from archiver.ports import HopFound
from archiver.resolvers import preview, wrapper

_PATHS = {"/a/warning": "url"}
_OWN = frozenset({"bit.ly", "bitly.com", "bitly.is", "j.mp", "stopbadware.org", "phishtank.com"})
"""Bitly itself, and those whose lists its warnings name."""
_NAME = "bitly"  # in the addresses of its profiles and applications, which its pages link to


class BitLy:
    """Warnings name the target in their address; previews link to it. Source: protocols.md, 7.2"""

    hosts = frozenset({"bit.ly", "bitly.com", "j.mp"})

    def next_hop(self, exchange: Exchange) -> HopFound | None:
        """
        Take the target of a warning, or the one link that leads out of a preview.

        A preview with several ways out, or with none, is the end: no target is guessed.
        """
        if exchange.request.url.partition("?")[0].endswith("+"):
            return None  # the info page was asked for as such
        return wrapper.next_hop(exchange, _PATHS, self.hosts) or preview.only_way_out(
            exchange, _OWN, _NAME
        )

"""Where does a page of TinyURL lead, and does it say that it changed a target to earn by it?"""

from __future__ import annotations

import dataclasses

from archiver.models import Exchange
from archiver.ports import HopFound
from archiver.resolvers import http_redirect, preview, wrapper

_PATHS = {"/errorb.php": "url", "/api/click": "out"}
_HTTP = http_redirect.HttpRedirect()


class TinyUrl:
    """
    Previews mark the target; `errorb.php` and the affiliate's own redirect hold it.

    Source: reference/protocols.md, 7.2
    """

    hosts = frozenset({"tinyurl.com", "redirect.tinyurl.com", "preview.tinyurl.com"})

    def next_hop(self, exchange: Exchange) -> HopFound | None:
        """
        Follow the target of a preview or of a wrapper.

        A redirect that TinyURL says it rewrote for an affiliate (`X-tiny: aff…`) is followed, and
        the doubt is noted: the link may have been made for another address.
        """
        hop = _HTTP.next_hop(exchange)
        if hop is not None:
            told = exchange.header("x-tiny") or ""
            if not told.lower().startswith("aff"):
                return None
            note = f"{exchange.request.url} says that its target was rewritten (X-tiny: {told:.40})"
            return dataclasses.replace(hop, note=note)
        found = wrapper.next_hop(exchange, _PATHS)
        return found or preview.marked(exchange, "id", "redirecturl")

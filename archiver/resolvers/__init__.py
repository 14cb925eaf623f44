"""Which kinds of hop are known? In this order; the first that finds one wins."""

from __future__ import annotations

from archiver.models import Exchange
from archiver.ports import HopFound, Resolver
from archiver.resolvers.http_redirect import HttpRedirect
from archiver.resolvers.interstitial import Interstitial
from archiver.resolvers.js_redirect import JsRedirect
from archiver.resolvers.meta_refresh import MetaRefresh
from archiver.resolvers.refresh_header import RefreshHeader

RESOLVERS: tuple[Resolver, ...] = (
    Interstitial(),  # before HttpRedirect: some warnings redirect to their own dead ends
    HttpRedirect(),
    RefreshHeader(),
    MetaRefresh(),
    JsRedirect(),
)


def next_hop(exchange: Exchange) -> HopFound | None:
    """Say where an answer leads in any way that is known, or None if it is the end."""
    return next(filter(None, (each.next_hop(exchange) for each in RESOLVERS)), None)

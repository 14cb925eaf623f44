"""Which kinds of hop are known? In this order; the first that finds one wins."""

from __future__ import annotations

from typing import Protocol

from archiver.core import urls
from archiver.models import Exchange
from archiver.ports import HopFound, Resolver
from archiver.resolvers.bit_ly import BitLy
from archiver.resolvers.facebook import Facebook
from archiver.resolvers.goo_gl import GooGl
from archiver.resolvers.http_redirect import HttpRedirect
from archiver.resolvers.instagram import Instagram
from archiver.resolvers.is_gd import IsGd
from archiver.resolvers.js_redirect import JsRedirect
from archiver.resolvers.linkedin import LinkedIn
from archiver.resolvers.lnkd_in import LnkdIn
from archiver.resolvers.meta_refresh import MetaRefresh
from archiver.resolvers.refresh_header import RefreshHeader
from archiver.resolvers.t_co import TCo
from archiver.resolvers.tinyurl import TinyUrl
from archiver.resolvers.turned_away import wants_browser as wants_browser


class Service(Resolver, Protocol):
    """What is peculiar to one service; asked for answers of its own hosts only."""

    @property
    def hosts(self) -> frozenset[str]:
        """Lower case, without `www.`."""


SERVICES: tuple[Service, ...] = (
    TCo(),
    BitLy(),
    LnkdIn(),
    LinkedIn(),
    TinyUrl(),
    IsGd(),
    Facebook(),
    Instagram(),
)
"""Before all others: some warnings redirect to their own dead ends."""

RESOLVERS: tuple[Resolver, ...] = (
    HttpRedirect(),
    RefreshHeader(),
    MetaRefresh(),
    JsRedirect(),
)

LAST: tuple[Service, ...] = (GooGl(),)
"""After all others: a page that leads on by itself needs no second question."""

_IS_GD = IsGd()


def next_hop(exchange: Exchange) -> HopFound | None:
    """Say where an answer leads in any way that is known, or None if it is the end."""
    host = urls.host_of(exchange.request.url).removeprefix("www.")
    first = (each for each in SERVICES if host in each.hosts)
    last = (each for each in LAST if host in each.hosts)
    ways: tuple[Resolver, ...] = (*first, *RESOLVERS, *last)
    return next(filter(None, (each.next_hop(exchange) for each in ways)), None)


def refusal(exchange: Exchange) -> str:
    """Say in a sentence that an answer with a good status turns us away; empty if it does not."""
    host = urls.host_of(exchange.request.url).removeprefix("www.")
    return _IS_GD.refusal(exchange) if host in _IS_GD.hosts else ""

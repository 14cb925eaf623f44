"""Does a shortener show a page about its link, with the target on it?"""

from __future__ import annotations

from collections.abc import Iterator

from archiver.core import markup, urls
from archiver.core.markup import Element
from archiver.models import Exchange, Mechanism
from archiver.ports import HopFound
from archiver.resolvers import page

_ANCHORS = frozenset({"a"})


def anchors(exchange: Exchange) -> Iterator[Element]:
    """Give the links of a page in order; none if the answer is no page that may lead on."""
    html = page.html_of(exchange)
    return iter(()) if html is None else markup.read(html, also=_ANCHORS).of("a")


def marked(exchange: Exchange, attribute: str, value: str) -> HopFound | None:
    """Follow the first link whose attribute has this value, or this among its words."""
    for link in anchors(exchange):
        if value in link.get(attribute).split() and is_web(link.get("href")):
            return page.found(exchange, Mechanism.INTERSTITIAL, link.get("href"))
    return None


def only_way_out(exchange: Exchange, own: frozenset[str], name: str) -> HopFound | None:
    """
    Follow the only address of another site that a page links to.

    Args:
        own: Domains of the service and of those that its pages always link to.
        name: The service's name, as its profiles elsewhere have it in their addresses.

    Returns:
        None if there are several: a guess would be a wrong target.
    """
    outside: dict[str, str] = {}
    for link in anchors(exchange):
        href = link.get("href")
        url = urls.absolute(exchange.request.url, href)
        if is_web(href) and not _belongs(url, own) and name not in url.lower():
            outside.setdefault(urls.page_key(url), href)
    if len(outside) != 1:
        return None
    return page.found(exchange, Mechanism.INTERSTITIAL, next(iter(outside.values())))


def is_web(href: str) -> bool:
    """Say whether a link has a scheme that we speak."""
    return href.lower().startswith(("http://", "https://"))


def _belongs(url: str, own: frozenset[str]) -> bool:
    host = urls.host_of(url)
    return not host or any(host == each or host.endswith(f".{each}") for each in own)

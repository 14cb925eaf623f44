"""Can an answer be a page that does nothing but lead on?"""

from __future__ import annotations

from archiver.core import charset, markup, urls
from archiver.models import Exchange, Mechanism
from archiver.ports import HopFound
from archiver.resolvers.shorteners import SHORTENERS

MAX_BYTES = 512 * 1024
"""Pages that lead on are small; a larger one is a page."""

_SHORT_CHARS = 16_384
_FEW_WORDS = 500  # characters that a reader sees: "If nothing happens, click here"
_TYPES = frozenset({"text/html", "application/xhtml+xml", ""})


def is_answered(exchange: Exchange) -> bool:
    """Say whether a page came that is neither an error nor a redirect of HTTP."""
    return exchange.status is not None and 200 <= exchange.status < 300


def html_of(exchange: Exchange) -> str | None:
    """Give the HTML of an answer that may lead on; None if it is something else or too large."""
    if not is_answered(exchange) or exchange.mime not in _TYPES or len(exchange.body) > MAX_BYTES:
        return None
    return charset.decoded(exchange.body, exchange.header("content-type") or "")


def is_shortener(exchange: Exchange) -> bool:
    """Say whether the answer is from a host that is known to shorten links."""
    return urls.host_of(exchange.request.url).removeprefix("www.") in SHORTENERS


def is_bare(page: markup.Markup) -> bool:
    """Say whether a page shows a reader next to nothing."""
    return len(page.text) <= _FEW_WORDS


def is_short(html: str) -> bool:
    """Say whether a document is so short that it can be no application."""
    return len(html) <= _SHORT_CHARS


def found(
    exchange: Exchange, mechanism: Mechanism, location: str | None, *, base: str | None = None
) -> HopFound | None:
    """
    Put a hop together; None if it leads nowhere or to the very page it stands on.

    A page that sets a cookie and leads to itself is a hop: the second answer is another.
    """
    if not location:
        return None
    here = exchange.request.url
    url = urls.absolute(base or here, location)
    is_self = urls.without_fragment(url) == urls.without_fragment(here)
    if is_self and exchange.header("set-cookie") is None:
        return None
    return HopFound(mechanism, location, url)

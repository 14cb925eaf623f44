"""Does a page lead on by <meta http-equiv=refresh>?"""

from __future__ import annotations

from archiver.core import markup, refresh, urls
from archiver.models import Exchange, Mechanism
from archiver.ports import HopFound
from archiver.resolvers import page


class MetaRefresh:
    """A refresh in the markup, wherever it stands. Source: WHATWG HTML, 4.2.5.3."""

    def next_hop(self, exchange: Exchange) -> HopFound | None:
        """
        Follow a refresh of a page that holds next to nothing else, or of a known shortener.

        In a <noscript> it counts in short documents only: applications use it to send away
        those who have no scripts.
        """
        html = page.html_of(exchange)
        if html is None or "refresh" not in html.lower():
            return None
        held = markup.read(html)
        if not page.is_bare(held) and not page.is_shortener(exchange):
            return None
        for meta in held.of("meta"):
            counts = not meta.noscript or page.is_short(html) or page.is_shortener(exchange)
            if not counts or meta.get("http-equiv").lower() != "refresh":
                continue
            location = refresh.leads_to(meta.get("content"))
            base = _base(held, exchange.request.url)
            hop = page.found(exchange, Mechanism.META_REFRESH, location, base=base)
            if hop is not None:
                return hop
        return None


def _base(held: markup.Markup, url: str) -> str:
    hrefs = (each.get("href") for each in held.of("base"))
    href = next(filter(None, hrefs), "")
    # A base gives no fragment of its own.
    return urls.without_fragment(urls.absolute(url, href)) if href else url

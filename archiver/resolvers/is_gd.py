"""Where does a preview of is.gd or v.gd lead, and does it turn us away with a page?"""

from __future__ import annotations

from archiver.models import Exchange
from archiver.ports import HopFound
from archiver.resolvers import page, preview


class IsGd:
    """Previews and warned links mark the target. Source: reference/protocols.md, 7.2"""

    hosts = frozenset({"is.gd", "v.gd"})

    def next_hop(self, exchange: Exchange) -> HopFound | None:
        """Follow the marked link of a preview."""
        return preview.marked(exchange, "class", "biglink")

    def refusal(self, exchange: Exchange) -> str:
        """Say that we asked too often, which is.gd says with status 200 as well."""
        html = page.html_of(exchange)
        if html is None or "rate limit exceeded" not in html[:20_000].lower():
            return ""
        return f"{exchange.request.url} answered that its rate limit is exceeded"

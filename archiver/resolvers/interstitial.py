"""Does a page stand between a link and its target, and name the target?"""

from __future__ import annotations

from urllib.parse import parse_qsl, urlsplit

from archiver.core import markup, urls
from archiver.models import Exchange, Mechanism
from archiver.ports import HopFound
from archiver.resolvers import http_redirect, page

_WRAPPERS = {
    ("bit.ly", "/a/warning"): "url",
    ("bitly.com", "/a/warning"): "url",
    ("linkedin.com", "/safety/go"): "url",
    ("linkedin.com", "/redir/redirect"): "url",
    ("l.facebook.com", "/l.php"): "u",
    ("lm.facebook.com", "/l.php"): "u",
    ("facebook.com", "/l.php"): "u",
    ("l.instagram.com", "/"): "u",
}
"""Host (without www.) and path of pages whose own address names the target, and its parameter."""
_MAX_FIELDS = 200
_HTTP = http_redirect.HttpRedirect()


class Interstitial:
    """Warnings and leaving-this-site pages. Source: reference/protocols.md, 7.2."""

    def next_hop(self, exchange: Exchange) -> HopFound | None:
        """Take the target from the address of a known wrapper, or from lnkd.in's page."""
        wrapped = _wrapped(exchange.request.url)
        if wrapped is not None and not _leaves(exchange):
            return page.found(exchange, Mechanism.INTERSTITIAL, wrapped)
        if urls.host_of(exchange.request.url) != "lnkd.in":
            return None
        html = page.html_of(exchange)
        if html is None or "external_url_click" not in html:
            return None
        for link in markup.read(html).of("a"):
            if link.get("data-tracking-control-name") == "external_url_click":
                return page.found(exchange, Mechanism.INTERSTITIAL, link.get("href"))
        return None


def _wrapped(url: str) -> str | None:
    parts = urlsplit(url)
    host = urls.host_of(url).removeprefix("www.")
    parameter = _WRAPPERS.get((host, parts.path.removesuffix("/") or "/"))
    if parameter is None:
        return None
    if parts.query.count("&") >= _MAX_FIELDS:
        return None
    target = dict(parse_qsl(parts.query, errors="surrogateescape")).get(parameter, "")
    return target if target.lower().startswith(("http://", "https://")) else None


def _leaves(exchange: Exchange) -> bool:
    """Say whether the answer itself redirects to another site."""
    hop = _HTTP.next_hop(exchange)
    return hop is not None and not urls.same_site(hop.url, exchange.request.url)

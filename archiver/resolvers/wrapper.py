"""Does the address of an answer name the target itself, as warnings and leaving pages do?"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from archiver.core import urls
from archiver.models import Exchange, Mechanism
from archiver.ports import HopFound
from archiver.resolvers import http_redirect, page

_MAX_FIELDS = 200
_HTTP = http_redirect.HttpRedirect()

Paths = Mapping[str, str]
"""Path of a wrapper, without a slash at its end, and the parameter that names the target."""


def next_hop(
    exchange: Exchange, paths: Paths, family: frozenset[str] = frozenset()
) -> HopFound | None:
    """
    Take the target from the address that was asked, whatever was answered to us.

    Robots are often sent to a login or an unsupported-browser page instead. Only where the answer
    itself leads to another site is it believed.

    Args:
        family: Domains of the same house, where it may send us as well.
    """
    target = target_in(exchange.request.url, paths)
    if target is None or _leaves(exchange, family):
        return None
    return page.found(exchange, Mechanism.INTERSTITIAL, target)


def target_in(url: str, paths: Paths) -> str | None:
    """Give the http or https address that a wrapper's own address holds; the host is checked."""
    parts = urlsplit(url)
    parameter = paths.get(parts.path.rstrip("/") or "/")
    if parameter is None or parts.query.count("&") >= _MAX_FIELDS:
        return None
    target = dict(parse_qsl(parts.query, errors="surrogateescape")).get(parameter, "")
    return target if target.lower().startswith(("http://", "https://")) else None


def _leaves(exchange: Exchange, family: frozenset[str]) -> bool:
    """Say whether the answer itself redirects to another site."""
    hop = _HTTP.next_hop(exchange)
    if hop is None or urls.same_site(hop.url, exchange.request.url):
        return False
    host = urls.host_of(hop.url)
    return not any(host == each or host.endswith(f".{each}") for each in family)

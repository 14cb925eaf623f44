"""How does a request show who asks? Headers that are added on the way out and never recorded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from urllib.parse import urlsplit

from archiver.models import FetchRequest, Header
from archiver.ports import Authenticator


class Bearer:
    """Tokens by host (RFC 6750, 2.1)."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        """
        Args:
            tokens: By host, with its port if the URL has one; in lower case.
        """
        self._tokens = dict(tokens)

    async def headers(self, request: FetchRequest, now: dt.datetime) -> tuple[Header, ...]:
        """Give the token of the request's host; nothing for any other host."""
        token = self._tokens.get(urlsplit(request.url).netloc.lower())
        return (("Authorization", f"Bearer {token}"),) if token else ()


async def added(
    authenticators: Mapping[str, Authenticator], request: FetchRequest, now: dt.datetime
) -> tuple[Header, ...]:
    """Give the headers of a request with those of its credential, if it names one that is there."""
    named = authenticators.get(request.credential or "")
    return request.headers if named is None else request.headers + await named.headers(request, now)

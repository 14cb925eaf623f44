"""How does a request show who asks? Headers that are added on the way out and never recorded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Protocol, runtime_checkable

from archiver.core.urls import origin_of
from archiver.models import Exchange, FetchRequest, Header
from archiver.ports import Authenticator


class Bearer:
    """Tokens by server (RFC 6750, 2.1); none is sent in the open unless that is what was set."""

    def __init__(self, tokens: Mapping[str, str]) -> None:
        """
        Args:
            tokens: By origin, as `origin_of` gives it.
        """
        self._tokens = dict(tokens)

    async def headers(self, request: FetchRequest, now: dt.datetime) -> tuple[Header, ...]:
        """Give the token of the request's server; nothing for any other."""
        token = self._tokens.get(origin_of(request.url))
        return (("Authorization", f"Bearer {token}"),) if token else ()


@runtime_checkable
class Renewable(Protocol):
    """An authenticator that asks for its tokens itself, and again when one is refused."""

    def ask_through(self, ask: Callable[[FetchRequest], Awaitable[Exchange]]) -> None:
        """Take the way by which it asks: one that keeps no record of secrets."""

    def renew(self, request: FetchRequest) -> bool:
        """Let go of a token that was refused; say whether another attempt may fare better."""


def introduce(
    authenticators: Iterable[Authenticator], ask: Callable[[FetchRequest], Awaitable[Exchange]]
) -> None:
    """Give those that ask for tokens a way to do so."""
    for each in authenticators:
        if isinstance(each, Renewable):
            each.ask_through(ask)


def renewed(authenticators: Mapping[str, Authenticator], request: FetchRequest) -> bool:
    """Say whether a request that was answered by 401 may fare better with a new token."""
    named: object = authenticators.get(request.credential or "")
    return isinstance(named, Renewable) and named.renew(request)


async def added(
    authenticators: Mapping[str, Authenticator], request: FetchRequest, now: dt.datetime
) -> tuple[Header, ...]:
    """Give the headers of a request with those of its credential, if it names one that is there."""
    named = authenticators.get(request.credential or "")
    return request.headers if named is None else request.headers + await named.headers(request, now)

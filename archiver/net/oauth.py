"""How is a token got that a platform wants to see? OAuth 2.0 client credentials, never recorded."""

from __future__ import annotations

import asyncio
import base64
import datetime as dt
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NoReturn
from urllib.parse import quote

from archiver.core.urls import origin_of
from archiver.errors import AccessDenied, FetchError, RateLimited
from archiver.models import Exchange, FetchRequest, Header, Outcome
from archiver.net import retry

Ask = Callable[[FetchRequest], Awaitable[Exchange]]

_MOST_BYTES = 65_536
_EARLY_S = 60.0  # a token is fetched anew so long before it ends
_USUAL_LIFE_S = 3_600.0
_LONGEST_LIFE_S = 86_400.0


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    until: dt.datetime


class ClientCredentials:
    """
    Tokens for an application that acts for itself (RFC 6749, 4.4).

    The token is asked for through the client's own guarded transport, which the client gives to
    it, and is kept in memory until shortly before it ends.
    """

    def __init__(
        self, *, origins: frozenset[str], token_url: str, client_id: str, secret: str, names: str
    ) -> None:
        """
        Args:
            origins: Which the token is shown to, as core.urls.origin_of gives them.
            token_url: Where it is asked for.
            client_id: Of the application.
            secret: Of the application; empty for one that has none.
            names: Which variables hold them, for errors.
        """
        self._origins = origins
        self._token_url = token_url
        basic = f"{quote(client_id, safe='')}:{quote(secret, safe='')}".encode()
        self._basic = base64.b64encode(basic).decode("ascii")
        self._names = names
        self._ask: Ask | None = None
        self._token: _Token | None = None
        self._lock = asyncio.Lock()

    def ask_through(self, ask: Ask) -> None:
        """Take the way by which tokens are asked for: one that keeps no record of secrets."""
        self._ask = ask

    def renew(self, request: FetchRequest) -> bool:
        """Let go of a token that was refused; say whether another attempt may fare better."""
        if not self._belongs(request):
            return False
        self._token = None
        return True

    async def headers(self, request: FetchRequest, now: dt.datetime) -> tuple[Header, ...]:
        """
        Give the token of the request's host; nothing for any other host.

        Raises:
            AccessDenied: If the platform refuses the application; names the variables.
            RateLimited: If it asks us to come back later.
            FetchError: If no token came for another reason.
        """
        if not self._belongs(request):
            return ()
        async with self._lock:
            if self._token is None or self._token.until <= now:
                self._token = await self._fetched(now)
            return (("Authorization", f"Bearer {self._token.value}"),)

    def _belongs(self, request: FetchRequest) -> bool:
        return origin_of(request.url) in self._origins

    async def _fetched(self, now: dt.datetime) -> _Token:
        if self._ask is None:
            raise FetchError(f"{self._token_url}: nobody asks for tokens", uri_r=self._token_url)
        request = FetchRequest(
            self._token_url,
            method="POST",
            headers=(
                ("Accept", "application/json"),
                ("Authorization", f"Basic {self._basic}"),
                ("Content-Type", "application/x-www-form-urlencoded"),
            ),
            body=b"grant_type=client_credentials",
            keep_bytes=_MOST_BYTES,
            max_bytes=_MOST_BYTES,
        )
        answer = await self._ask(request)
        if answer.outcome is not Outcome.OK or answer.status != 200:
            self._refuse(answer)
        return self._read(answer, now)

    def _refuse(self, answer: Exchange) -> NoReturn:
        url, status = self._token_url, answer.status
        if status in {400, 401, 403}:
            raise AccessDenied(
                f"{url}: the platform refused the application ({status}); check {self._names}",
                uri_r=url,
                status=401,
            )
        if status == 429:
            wait = retry.retry_after_s(answer.header("retry-after"), answer.at)
            raise RateLimited(
                f"{url}: no token can be had now (429); a later capture may succeed",
                uri_r=url,
                status=status,
                retry_after_s=wait,
            )
        why = answer.error.rstrip(".") or f"status {status}"
        raise FetchError(f"{url}: no token came ({why}); try again", uri_r=url, status=status)

    def _read(self, answer: Exchange, now: dt.datetime) -> _Token:
        """Read the answer (RFC 6749, 5.1); what stands in it is never said in an error."""
        try:
            said = json.loads(answer.body)
        except (ValueError, RecursionError):
            said = None
        value = said.get("access_token") if isinstance(said, dict) else None
        if not isinstance(said, dict) or not isinstance(value, str) or not _is_token(value):
            raise FetchError(
                f"{self._token_url}: the answer holds no token; check {self._names}",
                uri_r=self._token_url,
            )
        life_s = _seconds(said.get("expires_in"))
        return _Token(value, now + dt.timedelta(seconds=max(life_s - _EARLY_S, life_s / 2)))


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
        return _USUAL_LIFE_S
    return float(min(value, _LONGEST_LIFE_S))


def _is_token(value: str) -> bool:
    """Say whether it may stand in a header (RFC 6750, 2.1)."""
    return 0 < len(value) < 8_192 and value.isascii() and value.isprintable()

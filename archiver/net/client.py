"""How is one URL fetched and recorded? The only way by which bytes come to us from outside."""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar
from pathlib import Path
from types import MappingProxyType

import httpx

from archiver import __version__
from archiver.clock import utc_now
from archiver.config import NetworkSettings
from archiver.core import urls
from archiver.errors import AccessDenied, FetchError
from archiver.models import Exchange, FetchRequest, Header, Outcome
from archiver.net import answers, credentials, retry, tls
from archiver.net.connection import GuardedConnector
from archiver.net.failures import Failure
from archiver.net.guard import Guard
from archiver.net.limits import Limits, Sleep
from archiver.net.request import prepare
from archiver.net.robots import AGENT, Robots
from archiver.net.transport import Received, RecordingTransport, Wire, unkept
from archiver.ports import Authenticator, RecordWriter

_INLINE_BYTES = 262_144
"""Bodies up to this are decoded at once; larger ones in a thread."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """
    A request with its URL in the form that is sent and recorded, and the chain's cookies.

    `target` is what httpx is told: the whole URL where cookies depend on it, else the origin. What
    goes out is in Wire, and reading the same URL a second time took a tenth of the loop's time.
    """

    request: FetchRequest
    url: str
    target: httpx.URL
    cookies: CookieJar | None


class _NoCookies(httpx.Cookies):
    """Keeps nothing: a jar belongs to a chain, never to the client."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Pass over what the server set."""


class _Http(httpx.AsyncClient):
    """httpx as it is, but for its memory of cookies."""

    @property
    def cookies(self) -> httpx.Cookies:
        """Give a jar that stays empty."""
        return _NO_COOKIES

    @cookies.setter
    def cookies(self, cookies: object) -> None:
        raise AttributeError("a cookie jar belongs to a chain")


_NO_COOKIES = _NoCookies()
_NOBODY: Mapping[str, Authenticator] = MappingProxyType({})
_NO_BODY = httpx.ByteStream(b"")


class Client:
    """
    The recorder: guards, paces, asks, records, and only then answers.

    It is made inside a running event loop and belongs to it.
    """

    def __init__(
        self,
        network: NetworkSettings,
        writer: RecordWriter,
        *,
        tmp_dir: Path,
        grants: frozenset[str] = frozenset(),
        authenticators: Mapping[str, Authenticator] = _NOBODY,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """
        Args:
            network: What config.toml says.
            writer: Where records go.
            tmp_dir: Where large answers wait to be recorded; made if it is not there.
            grants: `ip:port` of servers of our own: allowed though they are not public, and
                fetched from without delay.
            authenticators: Show who asks, by the name of the credential.
            sleep: Waits so many seconds; tests give one that does not.

        Raises:
            ConfigError: If network.ca_file cannot be used.
        """
        self._network = network
        self._writer = writer
        self._sleep = sleep
        self._authenticators = authenticators
        self._own = _own_headers(network.contact)
        self._limits = Limits(network.per_host_delay_s, sleep=sleep)
        self._robots = Robots(self._fetch_rules, utc_now) if network.robots == "obey" else None
        allowed = tuple(ipaddress.ip_network(each, strict=False) for each in network.allow_private)
        self._guard = Guard(allowed, grants)
        tmp_dir.mkdir(parents=True, exist_ok=True)
        self._tmp_dir = tmp_dir
        self._transport = RecordingTransport(
            self._guard,
            GuardedConnector(self._guard, tls.trust(network.ca_file)),
            tmp_dir=tmp_dir,
            connect_to=network.connect_to,
            connect_timeout_s=network.connect_timeout_s,
            total_timeout_s=network.total_timeout_s,
        )
        self._http = _Http(transport=self._transport, trust_env=False, follow_redirects=False)
        credentials.introduce(authenticators.values(), self.unrecorded)

    async def fetch(self, request: FetchRequest, cookies: CookieJar | None = None) -> Exchange:
        """
        Make one request and record it; return once its records are on disk (fsynced).

        Args:
            request: What to ask. Redirects are not followed.
            cookies: The chain's jar: read for the request, updated from the answer.

        Returns:
            The exchange; whatever the network does is an outcome in it. Where several attempts
            were made, the last one; each was recorded.

        Raises:
            StoreError: If the record could not be kept.
        """
        asked = _asked(request, cookies)
        if isinstance(asked, Exchange):
            return asked
        if self._robots is not None:
            refusal = await self._robots.refusal(asked.url)
            if refusal is not None:
                return _unmade(request, *refusal)
        return await self._persist(asked)

    async def unrecorded(self, request: FetchRequest) -> Exchange:
        """
        Make one request of which nothing is kept: only for secrets, such as tokens.

        Guarded and limited as all others; not paced, since a request that has its turn waits for
        it; never tried again.
        """
        asked = _asked(request, None)
        if isinstance(asked, Exchange):
            return asked
        try:
            sent = prepare(
                request.method, asked.url, own=self._own, asked=request.headers,
                cookies=None, body=request.body,
            ).sent  # fmt: skip
            outgoing = httpx.Request(request.method, asked.target, stream=_NO_BODY)
            response = await self._send(outgoing, request, sent)
        except ValueError as err:
            return _unmade(request, Outcome.INVALID, str(err))
        except Failure as failure:
            return _unmade(request, failure.outcome, str(failure))
        received: Received = response.extensions["received"]
        try:
            return await self._told(request, received, "")
        finally:
            received.recording.close()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._http.aclose()

    async def _fetch_rules(self, request: FetchRequest) -> Exchange:
        """Fetch a robots.txt, which no robots.txt forbids."""
        asked = _asked(request, None)
        return asked if isinstance(asked, Exchange) else await self._persist(asked)

    async def _persist(self, asked: _Asked) -> Exchange:
        """Attempt until it is answered, or no further attempt is worth it."""
        until = time.monotonic() + self._network.total_timeout_s
        attempt, renewed = 1, False
        while True:
            answer, transient = await self._in_turn(asked, attempt)
            if not renewed and self._renews(answer):
                renewed, attempt = True, attempt + 1
                continue
            if not retry.may_pass(answer.status, transient):
                return answer
            wait_s = retry.wait_s(
                method=asked.request.method,
                attempt=attempt,
                status=answer.status,
                transient=transient,
                retry_after=retry.retry_after_s(answer.header("retry-after"), answer.at),
                jitter=random.random(),
                left_s=until - time.monotonic(),
            )
            if wait_s is None:
                return answer
            self._limits.hold(asked.target.raw_host.decode("ascii"), wait_s)
            await self._sleep(wait_s)
            attempt += 1

    def _renews(self, answer: Exchange) -> bool:
        """Say whether the server refused a token that can be got anew."""
        refused = answer.outcome is Outcome.OK and answer.status == 401
        return refused and credentials.renewed(self._authenticators, answer.request)

    async def _in_turn(self, asked: _Asked, attempt: int) -> tuple[Exchange, bool]:
        """Attempt once, when the host's turn has come; say whether another may fare better."""
        target = asked.target
        host = target.raw_host.decode("ascii")
        if self._guard.granted(*self._transport.route(target.scheme, host, target.port)):
            return await self._attempt(asked, attempt)
        async with self._limits.turn(host, asked.request.purpose):
            return await self._attempt(asked, attempt)

    async def _attempt(self, asked: _Asked, attempt: int) -> tuple[Exchange, bool]:
        request, cookies = asked.request, asked.cookies
        # The bytes that go out are ours (Wire): httpx need not make headers and a body of its own.
        outgoing = httpx.Request(request.method, asked.target, stream=_NO_BODY)
        jar = httpx.Cookies(cookies) if cookies is not None else None
        if jar is not None:
            jar.set_cookie_header(outgoing)
        try:
            named = await credentials.added(self._authenticators, request, utc_now())
            prepared = prepare(
                request.method,
                asked.url,
                own=self._own,
                asked=named,
                cookies=outgoing.headers.get("cookie") if jar is not None else None,
                body=request.body,
            )
        except ValueError as err:
            return _unmade(request, Outcome.INVALID, str(err)), False
        except FetchError as err:
            denied = err.status if isinstance(err, AccessDenied) else None
            return _unmade(request, Outcome.REFUSED, str(err), denied), False
        try:
            response = await self._send(outgoing, request, prepared.sent)
        except Failure as failure:
            return _unmade(request, failure.outcome, str(failure)), failure.transient
        if jar is not None:
            jar.extract_cookies(response)
        received: Received = response.extensions["received"]
        try:
            raw = answers.raw(request, asked.url, prepared, received, attempt=attempt)
        except OSError as err:
            received.recording.close()
            raise unkept(self._tmp_dir, err) from err
        written = await self._writer.write_exchange(raw)
        return await self._told(request, received, written.record_id), False

    async def _send(
        self, outgoing: httpx.Request, request: FetchRequest, sent: bytes
    ) -> httpx.Response:
        outgoing.extensions["wire"] = Wire(sent, self._max_bytes(request), request.keep_bytes)
        return await self._http.send(outgoing, stream=True)

    async def _told(self, request: FetchRequest, received: Received, record_id: str) -> Exchange:
        tell = functools.partial(
            answers.exchange,
            request,
            received,
            record_id,
            max_bytes=self._max_bytes(request),
            limit_s=self._network.total_timeout_s,
        )
        if received.recording.payload_bytes <= _INLINE_BYTES:
            return tell()
        return await asyncio.to_thread(tell)

    def _max_bytes(self, request: FetchRequest) -> int:
        own = request.max_bytes
        most = self._network.max_body_bytes
        return most if own is None else min(own, most)


def _asked(request: FetchRequest, cookies: CookieJar | None) -> _Asked | Exchange:
    """Bring the URL into the form that is asked for; an exchange says why it has none."""
    try:
        url = urls.without_fragment(urls.fetchable(request.url))
        return _Asked(request, url, _target(url, whole=cookies is not None), cookies)
    except urls.UnsafeUrl as err:
        return _unmade(request, Outcome.UNSAFE, str(err))
    except (ValueError, httpx.InvalidURL) as err:
        return _unmade(request, Outcome.INVALID, str(err))


def _target(url: str, *, whole: bool) -> httpx.URL:
    if whole:
        return httpx.URL(url)
    scheme, _, rest = url.partition("://")
    return _origin(f"{scheme}://{rest.partition('/')[0]}/")


@functools.lru_cache(maxsize=4096)
def _origin(url: str) -> httpx.URL:
    return httpx.URL(url)


def _own_headers(contact: str) -> tuple[Header, ...]:
    agent = f"{AGENT}/{__version__}" + (f" (+{contact})" if contact else "")
    return (("User-Agent", agent), ("Accept", "*/*"), ("Accept-Encoding", "gzip, deflate"))


def _unmade(
    request: FetchRequest, outcome: Outcome, error: str, status: int | None = None
) -> Exchange:
    """Say why there is no answer; with a status only where a credential was refused."""
    return Exchange(request, utc_now(), outcome, status, whole=False, error=error)

"""How does our own WebSub hub answer and deliver? (https://www.w3.org/TR/websub/)"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response

from archiver.errors import StoreError
from archiver.models import Exchange, FetchRequest, Header, Outcome
from archiver.waking import Waking
from feeds.web import hub_form
from feeds.web.disk import look, parts_of
from feeds.web.files import FEEDS
from feeds.web.hub_lanes import Lane
from feeds.web.hub_store import Asked, Full, Held, Subscriptions

log = logging.getLogger(__name__)

PATH = "/hub"
LOOK_S = 20.0
"""How often it is looked whether another process published, or took a request."""
PACE_S = 1.0
"""Between two questions to one host, so that nobody can have us knock at a stranger's door."""
PATIENCE_S = 10.0
"""For one answer; a delivery has a second more for each megabyte that is sent."""
_ASKED_AT_ONCE = 50
_SENT_AT_ONCE = 20  # each holds a feed
_ATTEMPTS = 3
_SENT_ATTEMPTS = 8
_AGAIN_S = 60.0
_LONGEST_ANSWER = 4_096
_LARGEST_FEED = 16_000_000

Send = Callable[[FetchRequest], Awaitable[Exchange]]


class Topics:
    """Which feeds may be subscribed to: the public ones that are published, by their addresses."""

    def __init__(self, publish_dir: Path, base_url: str) -> None:
        self._root: Final = publish_dir
        self._base_url: Final = base_url

    def content(self, topic: str) -> tuple[bytes, str] | None:
        """Give what a feed holds now and its media type; None if it is no feed of ours."""
        if not topic.startswith(f"{self._base_url}/"):
            return None
        parts = parts_of(topic.removeprefix(self._base_url))
        if parts is None or topic != f"{self._base_url}/{'/'.join(parts)}":
            return None  # another spelling would never be told of a change
        found = look(self._root, parts)
        kind = FEEDS.get(found.path.suffix) if found is not None else None
        if found is None or kind is None or found.size > _LARGEST_FEED:
            return None
        try:
            return found.path.read_bytes(), f"{kind}; charset=utf-8"
        except OSError:
            return None


class HubDoor:
    """Takes requests to subscribe and to unsubscribe; whether they hold, their callbacks say."""

    def __init__(
        self, topics: Topics, kept: Subscriptions, now_s: Callable[[], float],
        wake: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        """
        Args:
            now_s: Gives the time in seconds since 1970.
            wake: Called when a request came.
        """
        self._topics = topics
        self._kept = kept
        self._now_s = now_s
        self._wake = wake

    async def respond(self, request: Request) -> Response:
        """Answer a POST."""
        body = b""
        try:
            async for piece in request.stream():
                body += piece
                if len(body) > hub_form.LARGEST_FORM:
                    return _said("the form is too large", 413)
        except ClientDisconnect:
            return _said("", 400)
        return await run_in_threadpool(self._take, body)

    def _take(self, body: bytes) -> Response:
        try:
            asked = hub_form.read(body)
            if asked.mode == "subscribe" and self._topics.content(asked.topic) is None:
                return _said("hub.topic is no feed of this site; it is the feed's rel=self", 404)
            self._kept.ask(asked, self._now_s())
        except hub_form.Refused as err:
            return _said(str(err), 400)
        except Full:
            return Response("too many requests wait\n", 503, {"Retry-After": "600"})
        except StoreError as err:
            log.warning("hub refused", extra={"error": str(err)})
            return _said("try again later", 503)
        self._wake()
        return Response(status_code=202)


def _said(words: str, status: int) -> Response:
    return PlainTextResponse(f"{words}\n", status)


class Hub(Waking):
    """Asks callbacks whether they want what was asked for them, and sends them changed feeds."""

    def __init__(
        self, hub_url: str, topics: Topics, kept: Subscriptions, send: Send, *,
        now_s: Callable[[], float], pace_s: float = PACE_S, patience_s: float = PATIENCE_S,
    ) -> None:  # fmt: skip
        """
        Args:
            hub_url: Our own address, told to subscribers.
            send: Makes a guarded request that is not recorded and follows no redirect.
            now_s: Gives the time in seconds since 1970.
            pace_s: Between two requests to one host.
            patience_s: How long a callback may take to answer.
        """
        super().__init__()
        self._hub_url = hub_url
        self._topics = topics
        self._kept = kept
        self._send = send
        self._now_s = now_s
        self._patience_s = patience_s
        # Strangers decide what is to be verified: it must not keep deliveries waiting.
        self._verifying = Lane[Asked](
            lambda most, of_host: kept.to_verify(now_s(), most, of_host),
            self._verify, at_once=_ASKED_AT_ONCE, pace_s=pace_s, ended=self.wake,
        )  # fmt: skip
        self._delivering = Lane[Held](
            lambda most, of_host: kept.to_send(now_s(), most, of_host),
            self._deliver, at_once=_SENT_AT_ONCE, pace_s=pace_s, ended=self.wake,
        )  # fmt: skip

    async def run(self) -> None:
        """Verify and deliver, until stopped."""
        try:
            while not self._stopping:
                self._wake.clear()
                try:
                    await self._fill()
                except StoreError as err:
                    log.warning("the hub waits", extra={"error": str(err)})
                await self._pause(LOOK_S)
        finally:
            await self._verifying.close()
            await self._delivering.close()

    async def work(self) -> None:
        """Do once all that is due. Raises StoreError."""
        await self._fill()
        while going := (*self._verifying.tasks, *self._delivering.tasks):
            await asyncio.wait(going)
            await self._fill()

    async def _fill(self) -> None:
        await self._verifying.fill()
        await self._delivering.fill()

    async def _answer(self, request: FetchRequest) -> Exchange | None:
        """Ask a callback; None if it takes too long: a byte now and then keeps nobody here."""
        patience_s = self._patience_s + len(request.body) / 1_000_000
        try:
            async with asyncio.timeout(patience_s):
                return await self._send(_small(request))
        except TimeoutError:
            return None

    async def _verify(self, asked: Asked) -> None:
        challenge = secrets.token_urlsafe(24)
        answer = await self._answer(FetchRequest(hub_form.question(asked, challenge)))
        if answer is not None and _took(answer) and answer.body.strip() == challenge.encode():
            await asyncio.to_thread(self._kept.confirm, asked, self._now_s())
            return
        answered = (
            answer is not None and answer.outcome is Outcome.OK and (answer.status or 0) < 500
        )
        last = answered or asked.attempts + 1 >= _ATTEMPTS
        again = None if last else self._now_s() + _AGAIN_S * 4**asked.attempts
        await asyncio.to_thread(self._kept.refuse, asked, again)

    async def _deliver(self, held: Held) -> None:
        began_s = self._now_s()
        found = await asyncio.to_thread(self._topics.content, held.topic)
        if found is None:  # withdrawn
            await asyncio.to_thread(self._kept.end, held)
            return
        body, kind = found
        headers = self._headers(held, body, kind)
        answer = await self._answer(
            FetchRequest(held.callback, method="POST", headers=headers, body=body)
        )
        if answer is not None and _took(answer):
            await asyncio.to_thread(self._kept.sent, held, began_s)
        elif answer is not None and answer.status == 410:
            await asyncio.to_thread(self._kept.end, held)
        else:
            last = held.attempts + 1 >= _SENT_ATTEMPTS
            again = None if last else self._now_s() + _AGAIN_S * 3**held.attempts
            await asyncio.to_thread(self._kept.unsent, held, again)

    def _headers(self, held: Held, body: bytes, kind: str) -> tuple[Header, ...]:
        link = f'<{self._hub_url}>; rel="hub", <{held.topic}>; rel="self"'
        headers = (("Content-Type", kind), ("Link", link))
        if not held.secret:
            return headers
        key = held.secret.encode("utf-8", "surrogatepass")
        signature = hmac.new(key, body, hashlib.sha256).hexdigest()
        return (*headers, ("X-Hub-Signature", f"sha256={signature}"))


def _small(request: FetchRequest) -> FetchRequest:
    """Read little of what is answered."""
    return FetchRequest(
        request.url,
        method=request.method,
        headers=request.headers,
        body=request.body,
        keep_bytes=_LONGEST_ANSWER,
        max_bytes=_LONGEST_ANSWER,
    )


def _took(answer: Exchange) -> bool:
    return answer.outcome is Outcome.OK and 200 <= (answer.status or 0) < 300

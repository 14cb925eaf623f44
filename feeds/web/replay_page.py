"""Which page of the reading room shows a thread's package with ReplayWeb.page?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from archiver.ports import Store
from feeds import addresses, clean, html, replay_policy, wording
from feeds.render import all_feeds, render
from feeds.web import places
from feeds.web.asked import time_of
from feeds.web.headers import page_policy
from feeds.web.replay_origin import view_for_readers

PATH = "/replay/"
_THREAD = re.compile(r"([A-Za-z0-9_-]{1,80})/?")
_WEB = re.compile(r"https?://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ReplayPlace:
    """
    Where replay is.

    Attributes:
        base_url: Of the origin on which archived scripts run.
        room: Under which address the page around it stands: publish.base_url, or another name of
            this machine (see feeds.replay_policy.room_of).
    """

    base_url: str
    room: str

    def page(self, thread_id: str, url: str = "", at: str = "") -> str:
        """Give the address of the page that replays `url` as it stood at `at` (14 digits)."""
        query = urlencode({"url": url, "at": at}) if url else ""
        return f"{self.room}{PATH}{thread_id}/{'?' if query else ''}{query}"


class ReplayPage:
    """Answers below `/replay/`: the page, with a sandboxed frame in which the other origin is."""

    def __init__(self, store: Store, site: html.Site, place: ReplayPlace) -> None:
        self._store = store
        self._site = site
        self._place = place

    def respond(self, request: Request, raw_path: str) -> Response:
        """
        Answer a GET or HEAD.

        Args:
            raw_path: What follows `/replay/`.
        """
        found = _THREAD.fullmatch(raw_path)
        view = view_for_readers(self._store, found[1]) if found is not None else None
        if view is None:
            return places.nothing(self._site, f"{PATH}{raw_path}")
        asked = parse_qs(request.scope["query_string"].decode("latin-1"))
        url, digits = asked.get("url", [""])[0], asked.get("at", [""])[0]
        url = url if _WEB.match(url) else view.thread.url
        at = time_of(digits) if re.fullmatch("[0-9]{14}", digits) else None
        frame = urlencode({"url": url, "at": digits if at else ""})
        page = render(
            "replay.html.jinja",
            self._site,
            root=f"{urlsplit(self._site.base_url).path.rstrip('/')}/",
            canonical="",
            title="Replay",
            description="An archived page, replayed with its scripts.",
            image="",
            language=None,
            feeds=(),
            all_feeds=all_feeds(self._site),
            shown=clean.line(url, longest=2_000),
            at=wording.moment(at) if at else "",
            frame=f"{self._place.base_url}/viewer/{view.thread.id}/?{frame}",
            sandbox=replay_policy.SANDBOX,
            thread=addresses.thread_page(self._site.base_url, view.thread.id),
            live=clean.url(url),
        )
        origin = replay_policy.origin_of(self._place.base_url)
        headers = {
            "Content-Security-Policy": f"{page_policy(self._place.room)}; frame-src {origin}",
            "Cache-Control": "no-cache",
        }
        return Response(page, media_type="text/html", headers=headers)


class OneName:
    """
    Lets the page of replay be read under the room's name alone, and nothing else of ours.

    On this machine both names lead here, and under the other one archived scripts run, on another
    port. Cookies know no ports: no session may ever begin there.
    """

    def __init__(self, app: ASGIApp, base_url: str, room: str) -> None:
        self._app = app
        self._base_url = replay_policy.origin_of(base_url)
        self._room = replay_policy.origin_of(room)
        self._prefix = urlsplit(base_url).path.rstrip("/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        place = self._elsewhere(scope) if scope["type"] == "http" else None
        if place is None:
            await self._app(scope, receive, send)
            return
        if scope["method"] in ("GET", "HEAD"):
            query = scope["query_string"].decode("latin-1")
            raw: bytes = scope.get("raw_path") or scope["path"].encode()
            target = f"{place}{raw.decode('latin-1')}{'?' if query else ''}{query}"
            response: Response = RedirectResponse(target, 307)
        else:
            response = PlainTextResponse(f"Use {place}/ instead.\n", 421)
        await response(scope, receive, send)

    def _elsewhere(self, scope: Scope) -> str | None:
        """Give the origin under which this is to be asked; None if it may be answered."""
        if self._room == self._base_url:
            return None
        host = next((value for name, value in scope["headers"] if name == b"host"), b"")
        name = urlsplit(f"//{host.decode('latin-1').lower()}").hostname
        path = scope["path"].removeprefix(self._prefix)
        if name == urlsplit(self._room).hostname:
            return None if path.startswith((PATH, "/static/")) else self._base_url
        is_own = name == urlsplit(self._base_url).hostname
        return self._room if is_own and path.startswith(PATH) else None

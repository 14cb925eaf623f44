"""
What does the origin answer on which archived scripts run? Nothing of ours that is worth reading.

It stands on a host and port of its own, answers GET and HEAD, and knows no session, no API and no
desk. Cookies are neither read nor set.

reading room: frame, sandboxed -> /viewer/THREAD -> /replay/ (service worker) -> /replay/w/…
"""

from __future__ import annotations

import html as stdlib_html
import importlib.resources
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from archiver.errors import ArchiverError
from archiver.models import ThreadView
from archiver.ports import Store
from feeds import replay_policy
from feeds.sealing import unsealed

_READS = ("GET", "HEAD")
_THREAD = re.compile(r"/(viewer|wacz)/([A-Za-z0-9_-]{1,80})(?:/|\.wacz)")
_DIGITS = re.compile(r"[0-9]{14}")
_WEB = re.compile(r"https?://", re.IGNORECASE)
_SCRIPT = "text/javascript; charset=utf-8"
_LOCAL = ("localhost", "127.0.0.1", "::1")

_RETRY_AFTER_S = 30
_log = logging.getLogger(__name__)

Packages = Callable[[str], Path]
"""Gives the WACZ of a thread, made where it is not there; raises Busy, ArchiverError."""


class Busy(ArchiverError):
    """Too many packages are being made for one more to wait."""


@dataclass(frozen=True, slots=True)
class ReplayParts:
    """
    What the origin needs.

    Attributes:
        base_url: Its own address; `room`: that of the reading room, the only one to frame it.
        viewer: Folder of ReplayWeb.page.
        packages: Gives the WACZ of a thread.
    """

    store: Store
    base_url: str
    room: str
    viewer: Path
    packages: Packages


class ReplayOrigin:
    """Answers everything on the origin of replay (ASGI)."""

    def __init__(self, parts: ReplayParts) -> None:
        self._parts = parts
        self._own = urlsplit(parts.base_url)
        self._prefix = self._own.path.rstrip("/")
        self._shell = replay_policy.shell(replay_policy.origin_of(parts.room))
        self._guard = guard_script(replay_policy.origin_of(parts.room))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; a WebSocket is closed."""
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        response = await run_in_threadpool(self._answer, request)
        for name, value in self._always().items():
            response.headers.setdefault(name, value)
        await response(scope, receive, send)

    def _always(self) -> dict[str, str]:
        return {
            "Content-Security-Policy": self._shell,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": replay_policy.PERMISSIONS,
            "X-DNS-Prefetch-Control": "off",
            "Cache-Control": "no-cache",
        }

    def _answer(self, request: Request) -> Response:
        if request.method not in _READS:
            return _said(405, "Only GET and HEAD are answered here.")
        if not self._is_ours(request.headers.get("host", "")):
            return _said(421, f"Replay is served at {self._parts.base_url}/ alone.")
        path = request.scope["path"].removeprefix(self._prefix)
        script = _SCRIPTS.get(path)
        if script is not None:
            return FileResponse(self._parts.viewer / script, media_type=_SCRIPT)
        if path == "/replay/sw.js":
            return Response(self._guard, media_type=_SCRIPT)
        if path == "/replay/":  # until the service worker stands, which then answers the same
            return Response(_PROGRAM, media_type="text/html")
        found = _THREAD.fullmatch(path)
        if found is None:
            return _said(404, "There is nothing at this address.")
        return self._of_thread(request, found[1], found[2])

    def _is_ours(self, host: str) -> bool:
        """Say whether we were asked by our own name; only this machine's names can be mistaken."""
        return self._own.hostname not in _LOCAL or host.lower() == self._own.netloc

    def _of_thread(self, request: Request, kind: str, thread_id: str) -> Response:
        if view_for_readers(self._parts.store, thread_id) is None:
            return _said(404, "There is no such thread.")
        if kind == "viewer":
            return self._viewer(request, thread_id)
        try:
            package = self._parts.packages(thread_id)
        except Busy as err:
            return _said(503, str(err), {"Retry-After": str(_RETRY_AFTER_S)})
        except ArchiverError as err:
            _log.warning("package not made", extra={"thread_id": thread_id, "error": str(err)})
            again = {"Retry-After": str(_RETRY_AFTER_S)}
            return _said(503, "The thread's package could not be made; the log says why.", again)
        headers = {
            "Access-Control-Allow-Origin": "*",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        return FileResponse(package, media_type="application/wacz", headers=headers)

    def _viewer(self, request: Request, thread_id: str) -> Response:
        asked = parse_qs(request.scope["query_string"].decode("latin-1"))
        url, at = asked.get("url", [""])[0], asked.get("at", [""])[0]
        if request.headers.get("sec-fetch-dest", "iframe") not in ("iframe", "empty"):
            return RedirectResponse(
                f"{self._parts.room}/replay/{thread_id}/?{urlencode(asked, True)}"
            )
        page = _VIEWER.format(
            source=stdlib_html.escape(f"{self._prefix}/wacz/{quote(thread_id)}.wacz"),
            url=stdlib_html.escape(url if _WEB.match(url) else ""),
            ts=at if _DIGITS.fullmatch(at) else "",
            prefix=stdlib_html.escape(self._prefix),
        )
        # Each replay begins without what an archived page before it may have left behind.
        return Response(page, media_type="text/html", headers={"Clear-Site-Data": '"storage"'})


_SCRIPTS = {
    "/viewer/ui.js": "ui.js",
    "/replay/ui.js": "ui.js",
    "/replay/replaywebpage.js": "sw.js",
}
_PROGRAM = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Replay</title>
<script src="ui.js"></script>
<replay-app-main></replay-app-main>
</html>
"""
_VIEWER = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Replay</title>
<style>html, body {{ margin: 0; block-size: 100% }}</style>
<script src="{prefix}/viewer/ui.js"></script>
<replay-web-page source="{source}" url="{url}" ts="{ts}" embed="default" nocache
 replaybase="{prefix}/replay/" newwindowbase="about:blank"></replay-web-page>
</html>
"""


def guard_script(room: str) -> str:
    """Write the service worker: ours, and behind it that of ReplayWeb.page."""
    text = importlib.resources.files("feeds").joinpath("templates/replay/guard.js").read_text()
    return (
        text.replace("{{archived}}", replay_policy.archived(room))
        .replace("{{shell}}", replay_policy.shell(room))
        .replace("{{permissions}}", replay_policy.PERMISSIONS)
    )


def view_for_readers(store: Store, thread_id: str) -> ThreadView | None:
    """Give a thread as readers see it; None if they may not, or there is none."""
    decision = store.policy_of(thread_id)
    if decision is not None and decision.hidden:
        return None
    view = store.view(thread_id)
    return None if view is None else unsealed(view)


def _said(status: int, sentence: str, more: Mapping[str, str] | None = None) -> Response:
    headers = dict(more or {}) | ({"Allow": "GET, HEAD"} if status == 405 else {})
    return Response(sentence + "\n", status, headers=headers, media_type="text/plain")

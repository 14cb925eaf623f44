"""What does the web app answer? Published files, archived copies, and whether it is well."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from archiver.errors import StoreError
from archiver.ports import PayloadReader, Store
from feeds import html
from feeds.web import actor as actors
from feeds.web.actor import Actor
from feeds.web.files import Files
from feeds.web.headers import Outermost
from feeds.web.mementos import Mementos

_WEB = "/web/"


def create_app(
    *,
    store: Store,
    payloads: PayloadReader,
    publish_dir: Path,
    base_url: str,
    title: str = "Thread Archiver",
    public_key: str = "",
) -> FastAPI:
    """
    Build the web app.

    Args:
        publish_dir: What `feeds.publish` wrote; need not be there yet.
        base_url: publish.base_url, without a slash at its end; may have a path.
        title: publish.title, shown on pages that say why there is nothing.
        public_key: PEM of the key that requests are signed with; if it is given, the actor that
            it belongs to is served, and found by WebFinger.
    """
    prefix = urlsplit(base_url).path.rstrip("/")
    site = html.Site(base_url, title)
    files = Files(publish_dir, prefix)
    mementos = Mementos(store, payloads, site, prefix)
    # No pages of FastAPI's own: they load scripts from elsewhere.
    app = FastAPI(title=title, openapi_url=None, docs_url=None, redoc_url=None)
    app.add_middleware(Outermost, prefix=prefix)

    def health(request: Request) -> Response:
        try:
            threads = store.counts().get("threads", 0)
        except StoreError as err:
            return JSONResponse({"status": "failing", "error": str(err)}, 503)
        return JSONResponse({"status": "ok", "threads": threads})

    def answer(request: Request) -> Response:
        raw = (request.scope.get("raw_path") or request.url.path.encode()).decode("latin-1")
        if raw.startswith(_WEB):
            return mementos.respond(request, raw.removeprefix(_WEB))
        return files.respond(request, raw) or _nothing(site, raw)

    # Plain functions: Starlette runs them in threads, since they read disk and database.
    app.add_route("/healthz", health, methods=["GET", "HEAD"])
    if public_key:
        actor = Actor(base_url, title, public_key)
        app.add_route(actors.PATH, actor.profile, methods=["GET", "HEAD"])
        app.add_route(f"{actors.PATH}/outbox", actor.outbox, methods=["GET", "HEAD"])
        app.add_route("/.well-known/webfinger", actor.finger, methods=["GET", "HEAD"])
    app.add_route("/{path:path}", answer, methods=["GET", "HEAD"])
    return app


def _nothing(site: html.Site, raw_path: str) -> Response:
    if raw_path == "/":
        sentence = "Nothing is published yet. `archiver publish` writes pages and feeds."
        page = html.message_page(site, "Nothing here yet", sentence)
    else:
        page = html.message_page(
            site, "No such page", "There is no page at this address. It may have been mistyped."
        )
    return Response(page, 404, media_type="text/html", headers={"Cache-Control": "no-cache"})

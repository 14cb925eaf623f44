"""What does the web app answer? Published files, archived copies, and whether it is well."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from archiver.clock import utc_now
from archiver.ports import PayloadReader, RecordPlaces, Store
from feeds import html
from feeds.document import Entry
from feeds.web import actor as actors
from feeds.web import places
from feeds.web import private as privates
from feeds.web.actor import Actor
from feeds.web.files import Files
from feeds.web.headers import Outermost
from feeds.web.health import Health
from feeds.web.hub import PATH as HUB
from feeds.web.hub import HubDoor
from feeds.web.mementos import Mementos
from feeds.web.metrics import Metrics
from feeds.web.oembed import Oembed
from feeds.web.private import Private
from feeds.web.readers import Readers
from feeds.web.replay_page import PATH as REPLAY
from feeds.web.replay_page import OneName, ReplayPage, ReplayPlace
from feeds.web.search import Published, Search, search_routes
from feeds.web.snapshots import PATH as SNAPSHOT
from feeds.web.snapshots import Snapshots
from feeds.web.token import Token
from feeds.web.unchanged import Unchanged

_WEB = "/web/"
_READS = ["GET", "HEAD"]
_NOWHERE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class WebOptions:
    """
    What config.toml says about the web app.

    Attributes:
        moved: Former paths -> where what stood there is now ([web] moved).
        hub: Address of the WebSub hub that feeds name; empty for none.
        readers: Who may read by a secret address; nobody if None.
        hub_door: Takes requests to our own hub; there is none if None.
        replay: Where archived pages are replayed with their scripts; nowhere if None.
        records: Reads what lies with a record, for snapshot pages; they say less without.
    """

    moved: Mapping[str, str] = field(default_factory=lambda: _NOWHERE)
    hub: str = ""
    hub_door: HubDoor | None = None
    readers: Readers | None = None
    replay: ReplayPlace | None = None
    records: RecordPlaces | None = None


def _nothing(thread_id: str) -> Entry | None:
    return None


def create_app(
    *,
    store: Store,
    payloads: PayloadReader,
    publish_dir: Path,
    base_url: str,
    title: str = "Thread Archiver",
    public_key: str = "",
    options: WebOptions | None = None,
    token: Token = Token(),  # noqa: B008  # frozen
    mounts: Mapping[str, ASGIApp] | None = None,
    now: Callable[[], dt.datetime] = utc_now,
    published: Published = _nothing,
) -> FastAPI:
    """
    Build the web app.

    Args:
        publish_dir: What `feeds.publish` wrote; need not be there yet.
        base_url: publish.base_url, without a slash at its end; may have a path.
        title: publish.title, shown on pages that say why there is nothing.
        public_key: PEM of the key that requests are signed with; if it is given, the actor that
            it belongs to is served, and found by WebFinger.
        options: The rest of what may be set; the defaults if None.
        token: Who shows it may read the metrics from elsewhere.
        mounts: Other apps, such as the API, by the path below which they stand.
        now: Gives the time, UTC-aware.
        published: Gives the entry that readers have of a thread, for feeds of a search.
    """
    options = options or WebOptions()
    site = html.Site(base_url, title)
    files = Files(publish_dir, base_url, options.hub)
    # No pages of FastAPI's own: they load scripts from elsewhere.
    app = FastAPI(title=title, openapi_url=None, docs_url=None, redoc_url=None)
    app.add_middleware(Unchanged, files=files)
    app.add_middleware(Outermost, base_url=base_url)
    if options.replay is not None:
        app.add_middleware(OneName, base_url=base_url, room=options.replay.room)

    app.add_route("/healthz", Health(store, publish_dir, now).respond, methods=_READS)
    app.add_route("/metrics", Metrics(store, token, now, base_url).respond, methods=_READS)
    for path, respond in search_routes(Search(store, site, published, now)):
        app.add_route(path, respond, methods=_READS)
    app.add_route("/oembed", Oembed(store, site, publish_dir).respond, methods=_READS)
    for path, part in (mounts or {}).items():
        app.mount(path, part)
        app.add_route(path, _with_slash(f"{site.base_url}{path}/"), methods=_READS)
    if options.hub_door is not None:
        app.add_route(HUB, options.hub_door.respond, methods=["POST"])
    if public_key:
        actor = Actor(base_url, title, public_key)
        app.add_route(actors.PATH, actor.profile, methods=_READS)
        app.add_route(f"{actors.PATH}/outbox", actor.outbox, methods=_READS)
        app.add_route("/.well-known/webfinger", actor.finger, methods=_READS)
    app.router.redirect_slashes = False
    readers = options.readers
    private = Private(store, site, files, readers) if readers is not None else None
    mementos = Mementos(store, payloads, site)
    snapshots = Snapshots(mementos, payloads, site, options.records, options.replay)
    app.router.default = _Rest(files, mementos, snapshots, private, publish_dir, site, options)
    return app


def _with_slash(place: str) -> Callable[[Request], Response]:
    return lambda request: RedirectResponse(urlsplit(place).path, 301)


class _Rest:
    """Answers what no route takes. Not as a route: no pattern of one matches a line break."""

    def __init__(
        self,
        files: Files,
        mementos: Mementos,
        snapshots: Snapshots,
        private: Private | None,
        publish_dir: Path,
        site: html.Site,
        options: WebOptions,
    ) -> None:
        self._files = files
        self._mementos = mementos
        self._snapshots = snapshots
        self._private = private
        self._publish_dir = publish_dir
        self._site = site
        self._moved = options.moved
        place = options.replay
        self._replay = ReplayPage(mementos.store, site, place) if place is not None else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request (ASGI)."""
        if scope["method"] == "OPTIONS":
            response = places.preflight()
        elif scope["method"] not in _READS:
            response = places.refused(self._site)
        else:  # in a thread, since it reads disk and database
            response = await run_in_threadpool(self._answer, Request(scope, receive))
        await response(scope, receive, send)

    def _answer(self, request: Request) -> Response:
        raw = (request.scope.get("raw_path") or request.url.path.encode()).decode("latin-1")
        if raw.startswith(_WEB):
            return self._mementos.respond(request, raw.removeprefix(_WEB))
        if raw.startswith(SNAPSHOT):
            return self._snapshots.respond(request, raw.removeprefix(SNAPSHOT))
        if raw.startswith(REPLAY) and self._replay is not None:
            return self._replay.respond(request, raw.removeprefix(REPLAY))
        if raw.startswith(privates.PATH) and self._private is not None:
            answer = self._private.respond(request, raw.removeprefix(privates.PATH))
            return answer or places.nothing(self._site, raw)
        return (
            places.gone(self._site, self._publish_dir, raw)
            or self._files.respond(request, raw)
            or places.moved(self._moved, self._site, raw)
            or places.nothing(self._site, raw)
        )

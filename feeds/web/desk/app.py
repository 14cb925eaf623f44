"""What does the desk answer?"""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from archiver.errors import StoreError
from archiver.reports import standing
from feeds.web.desk import pages
from feeds.web.desk.captures import Captures
from feeds.web.desk.door import Door
from feeds.web.desk.forms import Form
from feeds.web.desk.overview import Overview
from feeds.web.desk.parts import DeskParts
from feeds.web.desk.troubles import troubles
from feeds.web.desk.watches import Watches

_SHOWN_CAPTURES = 10
_FILES = {"desk.css": "text/css", "desk.js": "text/javascript"}


def desk(parts: DeskParts) -> Starlette:
    """
    Build the desk, to be mounted at PATH.

    Raises:
        StoreError: If the key of sessions cannot be kept.
    """
    door = Door(parts)
    home, captures, overview = _Home(parts, door), Captures(parts, door), Overview(parts, door)
    watches = Watches(parts, door, captures)
    shown = {
        "/": home.show,
        "/queue": captures.queue,
        "/captures": captures.listed,
        "/captures/{number:int}": captures.one,
        "/watch": watches.one,
        "/publication": overview.publication,
        "/storage": overview.storage,
        "/settings": overview.settings,
    }
    done = {
        "/captures": (captures.begin, home.again),
        "/captures/retry": (captures.retry, home.again),
        "/captures/cancel": (captures.cancel, home.again),
        "/withhold": (captures.withhold, home.again),
        "/release": (captures.release, home.again),
        "/watches/add": (watches.add, home.again),
        "/watches/pause": (watches.pause, home.again),
        "/watches/run": (watches.run, home.again),
        "/watches/edit": (watches.edit, watches.again),
        "/watches/remove": (watches.remove, watches.again),
        "/storage/measure": (overview.measure, home.again),
    }
    routes = [
        Route("/login", door.login, methods=["GET", "POST"]),
        Route("/logout", door.logout, methods=["POST"]),
        Route("/captures/{number:int}/events", captures.told),
        *(Route(path, door.shows(work)) for path, work in shown.items()),
        *(Route(path, door.does(*work), methods=["POST"]) for path, work in done.items()),
        *(Route(f"/{name}", _file(name, mime)) for name, mime in _FILES.items()),
    ]
    return Starlette(routes=routes)


class _Home:
    """The first page: what can be begun, the watches, and the newest captures."""

    def __init__(self, parts: DeskParts, door: Door) -> None:
        self._parts = parts
        self._door = door

    def show(self, request: Request) -> Response:
        return self.again(request, {}, 200, "")

    def again(self, request: Request, form: Form, status: int, fault: str) -> Response:
        store, site = self._parts.store, self._parts.site
        try:
            watches = standing.standings(store, self._parts.now())
            crawls = store.crawls(limit=_SHOWN_CAPTURES)
        except StoreError as err:
            return self._door.message(request, 503, "Not readable", str(err))
        return self._door.page(
            request,
            "home.html.jinja",
            status,
            title="Desk",
            fault=fault,
            troubles=troubles(self._parts.settings, self._parts.now()),
            given=form,
            watches=[pages.watch_row(each) for each in watches],
            captures=[pages.capture_row(each, site) for each in crawls],
        )


def _file(name: str, mime: str) -> Callable[[Request], Response]:
    content = (files("feeds") / "templates" / "desk" / name).read_bytes()

    def answer(request: Request) -> Response:
        headers = {"Cache-Control": "no-cache"}
        return Response(content, 200, headers, media_type=mime)

    return answer

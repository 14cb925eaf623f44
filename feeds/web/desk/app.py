"""What does the desk answer?"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from archiver import seeds, standing, typed, watching, withholding
from archiver.core.urls import host_of
from archiver.errors import ArchiverError, StoreError, UsageError
from archiver.models import CrawlRequest, Decision, Thread
from archiver.ports import Source, Store
from feeds.render import Site
from feeds.web.desk import pages
from feeds.web.desk.access import SESSION_S, Guesses, Password, Sessions, signing_key
from feeds.web.desk.events import events
from feeds.web.desk.steps import Steps
from feeds.web.token import is_at_home

PATH = "/desk"
COOKIE = "archiver_desk"
_LARGEST_FORM = 16_000
_SHOWN_CAPTURES = 20
_FILES = {"desk.css": "text/css", "desk.js": "text/javascript"}


@dataclass(frozen=True, slots=True)
class DeskParts:
    """
    What the desk works with.

    Attributes:
        sources: All sources, for seeds that somebody wants captured.
        steps: How far the captures of this process are.
        wake: Tells the worker of this process that there is work; does nothing elsewhere.
        decide: Keeps a decision about a thread and lets it be published, from any thread; raises
            StoreError. None where nothing is written into the archive.
        now: Gives the time, UTC-aware.
    """

    store: Store
    data_dir: Path
    site: Site
    sources: Sequence[Source]
    password: Password
    steps: Steps
    wake: Callable[[], None]
    now: Callable[[], dt.datetime]
    decide: Callable[[Decision], None] | None = None


Form = dict[str, str]
Does = Callable[[Form], str]
"""Does what a form asks for; gives the place to go on to, below the desk. Raises ArchiverError."""


def desk(parts: DeskParts) -> Starlette:
    """
    Build the desk, to be mounted at PATH.

    Raises:
        StoreError: If the key of sessions cannot be kept.
    """
    made = _Desk(parts)
    routes = [
        Route("/", made.home),
        Route("/login", made.login, methods=["GET", "POST"]),
        Route("/logout", made.logout, methods=["POST"]),
        Route("/captures", made.does(made.capture), methods=["POST"]),
        Route("/captures/{number:int}", made.captured),
        Route("/captures/{number:int}/events", made.events),
        Route("/withhold", made.does(made.withhold), methods=["POST"]),
        Route("/release", made.does(made.release), methods=["POST"]),
        Route("/watches/add", made.does(made.add), methods=["POST"]),
        Route("/watches/pause", made.does(made.pause), methods=["POST"]),
        Route("/watches/run", made.does(made.run), methods=["POST"]),
        *(Route(f"/{name}", _file(name, mime)) for name, mime in _FILES.items()),
    ]
    return Starlette(routes=routes)


class _Desk:
    def __init__(self, parts: DeskParts) -> None:
        self._parts = parts
        self._sessions = Sessions(signing_key(parts.data_dir, parts.password))
        self._guesses = Guesses()
        self._here = f"{pages.prefix_of(parts.site)}{PATH}/"

    # ---------------------------------------------------------------- who is there

    def _cookie(self, request: Request) -> str:
        return request.cookies.get(COOKIE, "") if self._parts.password.given else ""

    def _refusal(self, request: Request) -> Response | None:
        """Say why somebody is not let in; None if they are."""
        if self._parts.password.given:
            if self._sessions.holds(self._cookie(request)):
                return None
            return RedirectResponse(f"{self._here}login", 303)
        if is_at_home(request):
            return None
        sentence = (
            "Nobody can log in yet: set ARCHIVER_DESK_PASSWORD in the archiver's environment. "
            "Without a password the desk answers only the machine it runs on."
        )
        return self._message(request, 403, "Closed", sentence)

    def _message(self, request: Request, status: int, title: str, sentence: str) -> Response:
        return self._page(request, "message.html.jinja", status, title=title, sentence=sentence)

    def _page(self, request: Request, template: str, status: int = 200, **words: Any) -> Response:
        nonce = secrets.token_urlsafe(16)
        cookie = self._cookie(request)
        written = pages.page(
            template,
            self._parts.site,
            nonce=nonce,
            token=self._sessions.form_token(cookie),
            can_leave=bool(cookie),
            **words,
        )
        policy = (
            f"default-src 'none'; img-src 'self'; style-src 'self'; script-src 'nonce-{nonce}'; "
            "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
        )
        headers = {
            "Content-Security-Policy": policy,
            "Cache-Control": "no-store",
            # Without a referrer of our own, browsers send `Origin: null` with forms.
            "Referrer-Policy": "same-origin",
        }
        return HTMLResponse(written, status, headers)

    # ---------------------------------------------------------------- pages

    def home(self, request: Request) -> Response:
        """Show what can be begun, the watches, and the newest captures."""
        return self._refusal(request) or self._home(request)

    def _home(self, request: Request, *, status: int = 200, fault: str = "") -> Response:
        store, site = self._parts.store, self._parts.site
        try:
            watches = standing.standings(store, self._parts.now())
            crawls = store.crawls(limit=_SHOWN_CAPTURES)
        except StoreError as err:
            return self._message(request, 503, "Not readable", str(err))
        return self._page(
            request,
            "home.html.jinja",
            status,
            title="Desk",
            fault=fault,
            watches=[pages.watch_row(each) for each in watches],
            captures=[pages.capture_row(each, site) for each in crawls],
        )

    def captured(self, request: Request) -> Response:
        """Show how far a capture is; the page comes again by itself until it ended."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        number = request.path_params["number"]
        try:
            crawl = self._parts.store.crawl(number) if number < 2**53 else None
        except StoreError as err:
            return self._message(request, 503, "Not readable", str(err))
        if crawl is None:
            return self._message(request, 404, "Not there", "There is no such capture.")
        thread_id = crawl.thread_id or ""
        decision = self._parts.store.policy_of(thread_id) if thread_id else None
        return self._page(
            request,
            "capture.html.jinja",
            title="Capture",
            capture=pages.capture_row(crawl, self._parts.site),
            steps=self._parts.steps.told(number),
            thread_id=thread_id if self._parts.decide is not None else "",
            decided=pages.decided(decision),
            hidden=decision is not None and decision.hidden,
        )

    async def events(self, request: Request) -> Response:
        """Tell the steps of a capture as they come (server-sent events)."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        told = events(self._parts.store, self._parts.steps, request.path_params["number"])
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(told, 200, headers, media_type="text/event-stream")

    # ---------------------------------------------------------------- login

    async def login(self, request: Request) -> Response:
        """Ask for the password, or look at one."""
        if not self._parts.password.given:
            return RedirectResponse(self._here, 303)
        if request.method != "POST":
            return self._asking(request, 200, "")
        address = request.client.host if request.client else ""
        wait_s = self._guesses.wait_s(address)
        if wait_s:
            answer = self._asking(request, 429, f"Too many wrong passwords; wait {wait_s} s.")
            answer.headers["Retry-After"] = str(wait_s)
            return answer
        form = await _form(request)
        if form is None or not _is_from_here(request):
            return self._asking(request, 400, "That was not this form; try again.")
        if not await run_in_threadpool(self._parts.password.is_right, form.get("password", "")):
            self._guesses.wrong(address)
            return self._asking(request, 403, "That is not the password.")
        self._guesses.right(address)
        entered = RedirectResponse(self._here, 303)
        entered.set_cookie(
            COOKIE,
            self._sessions.begin(),
            max_age=SESSION_S,
            path=self._here,
            secure=self._parts.site.base_url.startswith("https:"),
            httponly=True,
            samesite="lax",
        )
        return entered

    def _asking(self, request: Request, status: int, fault: str) -> Response:
        return self._page(request, "login.html.jinja", status, title="Log in", fault=fault)

    async def logout(self, request: Request) -> Response:
        """End the session."""
        form = await _form(request)
        cookie = self._cookie(request)
        if form is not None and self._sessions.is_own_form(cookie, form.get("token", "")):
            self._sessions.end(cookie)
        left = RedirectResponse(f"{self._here}login", 303)
        left.delete_cookie(COOKIE, path=self._here)
        return left

    # ---------------------------------------------------------------- what is done

    def does(self, work: Does) -> Callable[[Request], Awaitable[Response]]:
        """Let a form be obeyed if it is ours and whoever sends it may."""

        async def answer(request: Request) -> Response:
            refusal = self._refusal(request)
            if refusal is not None:
                return refusal
            form = await _form(request)
            token = form.get("token", "") if form is not None else ""
            own = self._sessions.is_own_form(self._cookie(request), token)
            if form is None or not own or not _is_from_here(request):
                fault = "That was not a form of this desk; try again."
                return await run_in_threadpool(self._home, request, status=400, fault=fault)
            try:
                place = await run_in_threadpool(work, form)
            except ArchiverError as err:
                status = 400 if isinstance(err, UsageError) else 503
                return await run_in_threadpool(self._home, request, status=status, fault=str(err))
            return RedirectResponse(f"{self._here}{place}", 303)

        return answer

    def capture(self, form: Form) -> str:
        """Capture an address now."""
        seed = address_given(form.get("url", ""))
        watching.taken_for(seed, self._parts.sources)
        return self._begin(CrawlRequest(seed, self._parts.now()))

    def add(self, form: Form) -> str:
        """Watch an address, and capture it at once."""
        seed = address_given(form.get("url", ""))
        store = self._parts.store
        name = form.get("name", "").strip() or None
        every = form.get("every", "").strip() or None
        watch = watching.from_words(seed, self._parts.sources, name=name, every=every)
        if any(each.name == watch.name for each in store.watches()):
            raise UsageError(f"a watch is named {watch.name!r} already; give another name")
        store.add_watch(watch)
        typed.back_up(store, self._parts.data_dir)
        self._parts.wake()
        return ""

    def pause(self, form: Form) -> str:
        """Pause a watch, or let it go on."""
        name, store = form.get("name", ""), self._parts.store
        if not store.pause_watch(name, form.get("to", "") != "resume"):
            raise UsageError(f"no watch is named {name!r}")
        typed.back_up(store, self._parts.data_dir)
        return ""

    def run(self, form: Form) -> str:
        """Capture the seed of a watch now."""
        name = form.get("name", "")
        watch = next((each for each in self._parts.store.watches() if each.name == name), None)
        if watch is None:
            raise UsageError(f"no watch is named {name!r}")
        return self._begin(
            CrawlRequest(watch.url, self._parts.now(), watch.name, watch.snapshots, watch.tags)
        )

    def withhold(self, form: Form) -> str:
        """Keep a thread from readers, as long as nobody releases it."""
        thread, now = self._named(form), self._parts.now()
        who, why = form.get("who", "").strip(), form.get("why", "").strip()
        return self._decide(withholding.withheld(thread, now, until=None, who=who, why=why))

    def release(self, form: Form) -> str:
        """Let readers see a thread again."""
        thread, now = self._named(form), self._parts.now()
        who, why = form.get("who", "").strip(), form.get("why", "").strip()
        return self._decide(withholding.released(self._parts.store, thread, now, who=who, why=why))

    def _named(self, form: Form) -> Thread:
        thread = self._parts.store.thread(form.get("thread", ""))
        if thread is None:
            raise UsageError("there is no such thread here")
        return thread

    def _decide(self, decision: Decision) -> str:
        if self._parts.decide is None:
            raise UsageError("decisions are taken where `archiver run` runs, not here")
        self._parts.decide(decision)
        found = (each for each in self._parts.store.crawls(limit=1_000))
        number = next((each.id for each in found if each.thread_id == decision.thread_id), None)
        return f"captures/{number}" if number is not None else ""

    def _begin(self, request: CrawlRequest) -> str:
        store = self._parts.store
        crawl = store.enqueue(request)
        if crawl is None:
            live = (each for each in store.crawls(limit=1_000) if each.url == request.url)
            crawl = next(live, None)
        self._parts.wake()
        return f"captures/{crawl.id}" if crawl is not None else ""


def address_given(text: str) -> str:
    """
    Read a seed that comes from elsewhere: an address, never a file of this machine.

    Raises:
        UsageError: If it is none.
    """
    url = text.strip()
    seed = seeds.named(url) if url.startswith("@") else url
    if "://" not in seed and not seed.startswith("acct:"):
        seed = f"https://{seed}"
    addressed = seed.startswith(("http://", "https://", "acct:")) and not seeds.is_file(seed)
    named = seed.startswith("acct:") or "://" in url or "." in host_of(seed)
    if not addressed or not named or len(seed) > 2_000:
        raise UsageError(f"{url[:200]!r} is no address; paste one that begins with https://")
    return seed


async def _form(request: Request) -> Form | None:
    """Read a form; None if it is none, or too large."""
    if request.headers.get("content-type", "") != "application/x-www-form-urlencoded":
        return None
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST_FORM:
            return None
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=20))
    except ValueError:
        return None


def _is_from_here(request: Request) -> bool:
    """Say whether a browser sent a form from a page of this host; one that does not say, did."""
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("origin")
    return origin is None or origin.partition("://")[2] == request.headers.get("host", "")


def _file(name: str, mime: str) -> Callable[[Request], Response]:
    content = (files("feeds") / "templates" / "desk" / name).read_bytes()

    def answer(request: Request) -> Response:
        headers = {"Cache-Control": "no-cache"}
        return Response(content, 200, headers, media_type=mime)

    return answer

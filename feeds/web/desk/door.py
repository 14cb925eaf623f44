"""Who is let in, and how does everything leave? Login, the forms of a session, and every page."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from html import escape
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from archiver.errors import ArchiverError, StoreError, UsageError
from feeds.web.desk import pages
from feeds.web.desk.access import SESSION_S, Guesses, Sessions, signing_key
from feeds.web.desk.ended import Ended
from feeds.web.desk.forms import Form, form_of, is_from_here
from feeds.web.desk.parts import PATH, DeskParts
from feeds.web.token import address_of, is_at_home

COOKIE = "archiver_desk"
BROWSER_COOKIE = "archiver_desk_browser"
_BROWSER_S = 400 * 86_400  # browsers keep none for longer
_MOST_WAITING = 20
"""Guesses that wait for their turn: each takes 64 MB and a while, so one is looked at at a time."""

Does = Callable[[Form], str]
"""Does what a form asks for; gives the place to go on to, below the desk. Raises ArchiverError."""
Shows = Callable[[Request], Response]
Again = Callable[[Request, Form, int, str], Response]
"""Shows the page of a form again, with a status and what was wrong with the form."""


class Door:
    """What stands before every page of the desk."""

    def __init__(self, parts: DeskParts) -> None:
        """
        Raises:
            StoreError: If the key of sessions cannot be kept.
        """
        self._parts = parts
        ended = Ended(parts.data_dir / "desk.ended")
        self._sessions = Sessions(signing_key(parts.data_dir, parts.password), ended=ended)
        self._guesses = Guesses()
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._here = f"{pages.prefix_of(parts.site)}{PATH}/"

    # ---------------------------------------------------------------- pages

    def page(self, request: Request, template: str, status: int = 200, **words: Any) -> Response:
        """Write a page for whoever asks."""
        nonce = secrets.token_urlsafe(16)
        cookie = self._cookie(request)
        written = pages.page(
            template,
            self._parts.site,
            nonce=nonce,
            token=self._sessions.form_token(cookie),
            can_leave=bool(cookie),
            let_in=not self._parts.password.given or bool(cookie),
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

    def message(self, request: Request, status: int, title: str, sentence: str) -> Response:
        """Write a page that says one thing."""
        return self.page(request, "message.html.jinja", status, title=title, sentence=sentence)

    def shows(self, work: Shows) -> Shows:
        """Let a page be seen by those who may; say in a sentence why it cannot."""

        def answer(request: Request) -> Response:
            refusal = self.refusal(request)
            if refusal is not None:
                return refusal
            try:
                return work(request)
            except UsageError as err:
                return self.message(request, 400, "Not a page", str(err))
            except StoreError as err:
                return self.message(request, 503, "Not readable", str(err))

        return answer

    def does(self, work: Does, again: Again) -> Callable[[Request], Awaitable[Response]]:
        """Let a form be obeyed if it is ours and whoever sends it may."""

        async def answer(request: Request) -> Response:
            refusal = self.refusal(request)
            if refusal is not None:
                return refusal
            form = await form_of(request)
            token = form.get("token", "") if form is not None else ""
            own = self._sessions.is_own_form(self._cookie(request), token)
            if form is None or not own or not is_from_here(request):
                fault = "That was not a form of this desk; try again."
                return await run_in_threadpool(again, request, {}, 400, fault)
            try:
                place = await run_in_threadpool(work, form)
            except ArchiverError as err:
                status = 400 if isinstance(err, UsageError) else 503
                return await run_in_threadpool(again, request, form, status, str(err))
            return RedirectResponse(f"{self._here}{place}", 303)

        return answer

    # ---------------------------------------------------------------- who is there

    def refusal(self, request: Request) -> Response | None:
        """Say why somebody is not let in; None if they are."""
        if self._parts.password.given:
            try:
                if self._sessions.holds(self._cookie(request)):
                    return None
            except StoreError as err:  # nobody is let in whose logout cannot be looked up
                return HTMLResponse(
                    f"<!doctype html><title>Closed</title><p>{escape(str(err))}", 503
                )
            return RedirectResponse(f"{self._here}login", 303)
        if is_at_home(request, self._parts.site.base_url):
            return None
        sentence = (
            "Nobody can log in yet: set ARCHIVER_DESK_PASSWORD in the archiver's environment, to "
            "at least 12 letters or their Argon2 hash, and start the archiver again. Without a "
            "password the desk answers only the machine it runs on, and only where "
            "publish.base_url is that machine."
        )
        return self.message(request, 403, "Closed", sentence)

    def _cookie(self, request: Request) -> str:
        return request.cookies.get(COOKIE, "") if self._parts.password.given else ""

    async def login(self, request: Request) -> Response:
        """Ask for the password, or look at one."""
        if not self._parts.password.given:
            return RedirectResponse(self._here, 303)
        if request.method != "POST":
            return self._asking(request, 200, "")
        form = await form_of(request)
        if form is None or not is_from_here(request):
            return self._asking(request, 400, "That was not this form; try again.")
        browser = self._sessions.browser_of(request.cookies.get(BROWSER_COOKIE, ""))
        if self._waiting >= _MOST_WAITING and not browser:
            return self._later(request, 503, "Many log in at this moment; try again", 5)
        # A browser that logged in before is counted by itself, whoever guesses beside it.
        address = f"browser {browser}" if browser else self._address(request)
        wait_s = self._guesses.take(address)
        if wait_s:
            return self._later(request, 429, "Too many wrong passwords", wait_s)
        if not await self._is_right(form.get("password", "")):
            return self._asking(request, 403, "That is not the password.")
        self._guesses.right(address)
        entered = RedirectResponse(self._here, 303)
        self._give(entered, BROWSER_COOKIE, self._sessions.mark_browser(), _BROWSER_S)
        self._give(entered, COOKIE, self._sessions.begin(), SESSION_S)
        return entered

    def _address(self, request: Request) -> str:
        return address_of(request, self._parts.site.base_url)

    def _give(self, response: Response, name: str, value: str, max_age: int) -> None:
        response.set_cookie(
            name,
            value,
            max_age=max_age,
            path=self._here,
            secure=self._parts.site.base_url.startswith("https:"),
            httponly=True,
            samesite="lax",
        )

    async def _is_right(self, words: str) -> bool:
        """Look at a guess when its turn comes."""
        self._waiting += 1
        try:
            async with self._turn:
                await asyncio.sleep(self._guesses.slower_s())
                return await run_in_threadpool(self._parts.password.is_right, words)
        finally:
            self._waiting -= 1

    def _later(self, request: Request, status: int, why: str, wait_s: int) -> Response:
        answer = self._asking(request, status, f"{why}; wait {wait_s} s.")
        answer.headers["Retry-After"] = str(wait_s)
        return answer

    def _asking(self, request: Request, status: int, fault: str) -> Response:
        return self.page(request, "login.html.jinja", status, title="Log in", fault=fault)

    async def logout(self, request: Request) -> Response:
        """End the session."""
        form = await form_of(request)
        cookie = self._cookie(request)
        if form is not None and self._sessions.is_own_form(cookie, form.get("token", "")):
            try:
                await run_in_threadpool(self._sessions.end, cookie)
            except StoreError as err:
                return self.message(request, 503, "Not logged out", str(err))
        left = RedirectResponse(f"{self._here}login", 303)
        left.delete_cookie(COOKIE, path=self._here)
        return left

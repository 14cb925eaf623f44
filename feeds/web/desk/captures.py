"""Which captures wait, run and ended, and what can be done about one?"""

from __future__ import annotations

import datetime as dt

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from archiver import watching, withholding
from archiver.errors import UsageError
from archiver.models import Crawl, CrawlRequest, CrawlState, Decision, Thread
from feeds.web.desk import pages
from feeds.web.desk.door import Door
from feeds.web.desk.events import events
from feeds.web.desk.forms import Form, address_given
from feeds.web.desk.parts import DeskParts

_ON_A_PAGE = 50
_PUBLISHED_WITHIN = dt.timedelta(minutes=5)
_LONGEST_QUESTION = 200


class Captures:
    """The queue, the list of captures, and the page of each."""

    def __init__(self, parts: DeskParts, door: Door) -> None:
        self._parts = parts
        self._door = door

    # ---------------------------------------------------------------- pages

    def queue(self, request: Request) -> Response:
        """Show the captures of one state, page by page."""
        asked = request.query_params.get("state", CrawlState.QUEUED.value)
        if asked not in [each.value for each in CrawlState]:
            raise UsageError("there is no such state; go back to the queue")
        store, state = self._parts.store, CrawlState(asked)
        page = store.queue_page(state, limit=_ON_A_PAGE, after=_asked(request, "after"))
        counts = store.figures().crawls
        return self._door.page(
            request,
            "queue.html.jinja",
            title="Queue",
            state=state.value,
            states=[pages.state_row(each, counts.get(each.value, 0)) for each in CrawlState],
            captures=[pages.capture_row(each, self._parts.site) for each in page.crawls],
            more=page.more,
            after=_asked(request, "after"),
        )

    def listed(self, request: Request) -> Response:
        """Show all captures, or those that a question finds."""
        words = _asked(request, "q").strip()[:_LONGEST_QUESTION]
        after = _asked(request, "after")
        page = self._parts.store.capture_page(words, limit=_ON_A_PAGE, after=after)
        return self._door.page(
            request,
            "captures.html.jinja",
            title="Captures",
            q=words,
            captures=[pages.capture_row(each, self._parts.site) for each in page.crawls],
            more=page.more,
            after=after,
        )

    def one(self, request: Request, *, status: int = 200, fault: str = "") -> Response:
        """Show how far a capture is; the page comes again by itself until it ended."""
        number = request.path_params["number"]
        crawl = self._parts.store.crawl(number) if number < 2**53 else None
        if crawl is None:
            return self._door.message(request, 404, "Not there", "There is no such capture.")
        thread_id = crawl.thread_id or ""
        decision = self._parts.store.policy_of(thread_id) if thread_id else None
        return self._door.page(
            request,
            "capture.html.jinja",
            status,
            title="Capture",
            fault=fault,
            capture=pages.capture_row(crawl, self._parts.site),
            steps=self._parts.steps.told(number),
            thread_id=thread_id if self._parts.decide is not None else "",
            decided=pages.decided(decision),
            hidden=decision is not None and decision.hidden,
            written=bool(thread_id) and self._is_written(thread_id),
            soon=self._is_fresh(crawl),
        )

    def _is_written(self, thread_id: str) -> bool:
        """Say whether readers find the thread: publication comes a moment after its capture."""
        return (self._parts.settings.publish_dir / "t" / thread_id / "index.html").exists()

    def _is_fresh(self, crawl: Crawl) -> bool:
        ended = crawl.finished_at
        return ended is not None and self._parts.now() - ended < _PUBLISHED_WITHIN

    async def told(self, request: Request) -> Response:
        """Tell the steps of a capture as they come (server-sent events)."""
        refusal = self._door.refusal(request)
        if refusal is not None:
            return refusal
        told = events(self._parts.store, self._parts.steps, request.path_params["number"])
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return StreamingResponse(told, 200, headers, media_type="text/event-stream")

    # ---------------------------------------------------------------- what is done

    def begin(self, form: Form) -> str:
        """Capture an address now."""
        seed = address_given(form.get("url", ""))
        watching.taken_for(seed, self._parts.sources)
        return self.asked_for(CrawlRequest(seed, self._parts.now()))

    def retry(self, form: Form) -> str:
        """Let a capture that waits be due now, or capture again what ended."""
        number, now, store = _number(form), self._parts.now(), self._parts.store
        crawl = store.crawl(number)
        if crawl is None:
            raise UsageError("there is no such capture")
        if crawl.state is CrawlState.QUEUED and store.hurry(number, now):
            self._parts.wake()
            return f"captures/{number}"
        return self.asked_for(
            CrawlRequest(crawl.url, now, crawl.watch, crawl.snapshots, crawl.tags)
        )

    def cancel(self, form: Form) -> str:
        """Take a capture that waits out of the queue."""
        why = "taken out of the queue at the desk"
        if not self._parts.store.cancel(_number(form), at=self._parts.now(), why=why):
            raise UsageError("that capture does not wait any more; look at its page")
        return "queue"

    def asked_for(self, request: CrawlRequest) -> str:
        """Queue a capture; the place of its page, or of the one that goes on already."""
        store = self._parts.store
        crawl = store.enqueue(request)
        if crawl is None:
            live = store.crawls_of(request.url, limit=1)
            crawl = next(iter(live), None)
        elif crawl.due_at > self._parts.now():
            store.hurry(crawl.id, self._parts.now())
        self._parts.wake()
        return f"captures/{crawl.id}" if crawl is not None else ""

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
        found = self._parts.store.capture_page(decision.thread_id, limit=1).crawls
        return f"captures/{found[0].id}" if found else "publication"


def _asked(request: Request, name: str) -> str:
    return request.query_params.get(name, "")


def _number(form: Form) -> int:
    text = form.get("number", "")
    if not (text.isascii() and text.isdecimal() and len(text) <= 15):
        raise UsageError("there is no such capture")
    return int(text)

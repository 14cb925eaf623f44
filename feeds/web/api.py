"""What does the JSON API answer? The same as the command line, over the same functions."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, FastAPI, HTTPException, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import JSONResponse, Response

from archiver import __version__, seeds, watching
from archiver.core.searchquery import parse
from archiver.core.urls import host_of
from archiver.errors import ArchiverError, StoreError, UsageError
from archiver.models import CrawlRequest, Snapshots, ThreadView
from archiver.models.search import SearchOrder
from archiver.ports import Source, Store
from archiver.reports import found, report, standing, summary, versions
from archiver.reports.report import Json
from feeds.sealing import unsealed
from feeds.web import answers
from feeds.web.answers import gives
from feeds.web.token import Token

PATH = "/api/v1"
_LARGEST = 64_000
_MOST_SEEDS_LENGTH = 2_000
_ASKED: dict[int | str, dict[str, Any]] = {
    409: {"model": answers.Failed, "description": "It is queued or runs already"},
    413: {"model": answers.Failed, "description": "The body is too long"},
}

T = TypeVar("T")
Limit = Annotated[int, Query(ge=1, le=100, description="Entries on a page.")]
After = Annotated[str, Query(max_length=80, description="`next` of the page before.")]
ThreadId = Annotated[str, Path(max_length=80, description="Id of a thread.")]


@dataclass(frozen=True, slots=True)
class ApiParts:
    """
    What the API answers from.

    Attributes:
        base_url: publish.base_url, without a slash at its end.
        token: Who shows it sees all, and may ask for captures.
        sources: All sources, for seeds that somebody wants captured.
        now: Gives the time, UTC-aware.
    """

    store: Store
    base_url: str
    token: Token
    sources: Sequence[Source]
    now: Callable[[], dt.datetime]


class Wanted(BaseModel):
    """A capture that somebody asks for."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(min_length=1, max_length=_MOST_SEEDS_LENGTH)
    snapshots: bool = True
    tags: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = Field(
        default=(), max_length=20
    )


def api(parts: ApiParts) -> FastAPI:
    """
    Build the API, to be mounted at PATH. Its description is at `openapi.json`.

    Without the token it can only be read, and gives what readers of the pages may see.
    """
    app = FastAPI(
        title="Thread Archiver",
        version=__version__,
        description="Threads, their links and what was found of them. docs/reference/api.md",
        openapi_url="/openapi.json",
        docs_url=None,  # they load scripts from elsewhere
        redoc_url=None,
        servers=[{"url": f"{parts.base_url}{PATH}"}],
        root_path_in_servers=False,
        redirect_slashes=False,
        dependencies=[Depends(_headed)],
    )
    app.add_exception_handler(ArchiverError, _failed)
    app.add_exception_handler(RequestValidationError, _misread)
    app.add_exception_handler(StarletteHTTPException, _refused)

    def sees_all(request: Request) -> bool:
        """Whoever shows a wrong token is told so, rather than shown less."""
        if "authorization" in request.headers and not parts.token.shown_by(request):
            raise _unauthorized("the token is not that of ARCHIVER_API_TOKEN")
        return parts.token.shown_by(request)

    _threads(app, parts, sees_all)
    _pasts(app, parts, sees_all)
    _finding(app, parts, sees_all)
    _operating(app, parts)
    return app


def _threads(app: FastAPI, parts: ApiParts, sees_all: Callable[[Request], bool]) -> None:
    """Threads: the list, and one of them."""

    @app.get("/threads", response_model=None, responses=gives(answers.Threads), tags=["threads"])
    def threads(
        limit: Limit = 20,
        after: After = "",
        watch: Annotated[str, Query(max_length=120, description="Name of a watch.")] = "",
        everything: bool = Depends(sees_all),
    ) -> Json:
        """List threads; those that changed last come first."""
        page = parts.store.list_threads(
            limit=limit, after=after, watch=watch, public=not everything
        )
        base_url = parts.base_url
        lines = [report.thread_line_json(each, base_url) for each in page.threads]
        return {"threads": lines, "next": page.more or None}

    @app.get(
        "/threads/{thread_id}",
        response_model=None,
        responses=gives(answers.OneThread),
        tags=["threads"],
    )
    def thread(
        thread_id: ThreadId,
        at: Annotated[str, Query(max_length=40, description="As it stood then; UTC.")] = "",
        everything: bool = Depends(sees_all),
    ) -> Json:
        """Give a thread with its posts and links, now or at a time."""
        view = _view(parts.store, thread_id, public=not everything)
        view = versions.view_at(view, versions.time_given(at)) if at else view
        return report.thread_json(view, parts.base_url)


def _pasts(app: FastAPI, parts: ApiParts, sees_all: Callable[[Request], bool]) -> None:
    """What became of a thread, and how often it was captured."""

    def view_of(thread_id: str, everything: bool) -> ThreadView:
        return _view(parts.store, thread_id, public=not everything)

    @app.get(
        "/threads/{thread_id}/revisions",
        response_model=None,
        responses=gives(answers.Revisions),
        tags=["threads"],
    )
    def revisions(
        thread_id: ThreadId,
        limit: Limit = 20,
        after: After = "",
        everything: bool = Depends(sees_all),
    ) -> Json:
        """Give what happened to a thread, in the order in which it was seen."""
        view = view_of(thread_id, everything)
        page, more = _page(view.revisions, limit, after)
        return {"revisions": [versions.revision_json(each) for each in page], "next": more}

    @app.get(
        "/threads/{thread_id}/captures",
        response_model=None,
        responses=gives(answers.ThreadCaptures),
        tags=["threads"],
    )
    def captures(
        thread_id: ThreadId,
        limit: Limit = 20,
        after: After = "",
        everything: bool = Depends(sees_all),
    ) -> Json:
        """Give every capture of a thread with its completeness, oldest first."""
        view = view_of(thread_id, everything)
        page, more = _page(view.observations, limit, after)
        return {"captures": [versions.observed_json(each) for each in page], "next": more}


def _finding(app: FastAPI, parts: ApiParts, sees_all: Callable[[Request], bool]) -> None:
    """Search, and where a target appears."""

    @app.get("/search", response_model=None, responses=gives(answers.Found), tags=["search"])
    def search(
        q: Annotated[str, Query(max_length=2_000, description="docs/reference/search.md")],
        order: SearchOrder = SearchOrder.BEST,
        limit: Limit = 20,
        after: After = "",
        everything: bool = Depends(sees_all),
    ) -> Json:
        """Find posts and targets by their words."""
        query = parse(q)
        page = parts.store.search(
            query,
            now=parts.now(),
            order=order,
            limit=limit,
            after=after,
            public=not everything,
        )
        return found.found_json(query, page, parts.base_url)

    @app.get("/links/where", response_model=None, responses=gives(answers.Places), tags=["links"])
    def where(
        url: Annotated[str, Query(min_length=1, max_length=8_000)],
        limit: Limit = 20,
        after: After = "",
        everything: bool = Depends(sees_all),
    ) -> Json:
        """Say in which threads a target appears, however it was linked."""
        given = parts.store.threads_with_target(url)
        page, more = _page(given, limit, after)
        places: list[Json] = []
        for thread_id, uri_r in page:
            view = _view_or_none(parts.store, thread_id, public=not everything)
            if view is not None and any(link.uri_r == uri_r for link in view.links):
                places.append(report.place_json(view.thread, uri_r))
        return {"url": url, "places": places, "next": more}


def _operating(app: FastAPI, parts: ApiParts) -> None:
    """What only those see and do who show the token."""

    def admitted(request: Request) -> None:
        if not parts.token.secret:
            raise _unauthorized("set ARCHIVER_API_TOKEN in the archiver's environment for this")
        if not parts.token.shown_by(request):
            raise _unauthorized("show the token of ARCHIVER_API_TOKEN: Authorization: Bearer …")

    guarded: dict[str, Any] = {"dependencies": [Depends(admitted)], "tags": ["token"]}

    @app.get("/watches", response_model=None, responses=gives(answers.Watches), **guarded)
    def watches() -> Json:
        """List the watches, and how each stands."""
        found_ = standing.standings(parts.store, parts.now())
        return {"watches": [summary.standing_json(each) for each in found_]}

    @app.get("/status", response_model=None, responses=gives(answers.Status), **guarded)
    def status(limit: Limit = 20) -> Json:
        """Say what ran, what is due, what failed and why."""
        store = parts.store
        stands = standing.standings(store, parts.now())
        told = standing.crawls_told(store, limit=limit)
        return summary.status_json(store.counts(), told, stands)

    @app.get("/captures", response_model=None, responses=gives(answers.Captures), **guarded)
    def listed(
        limit: Limit = 20,
        after: After = "",
        q: Annotated[str, Query(max_length=200, description="Words of address or watch.")] = "",
    ) -> Json:
        """List captures, the newest first; a search may give a page with few and a `next`."""
        page = parts.store.capture_page(q, limit=limit, after=after)
        said = [summary.crawl_json(each) for each in page.crawls]
        return {"captures": said, "next": page.more or None}

    @app.get(
        "/captures/{number}", response_model=None, responses=gives(answers.OneCapture), **guarded
    )
    def capture(number: Annotated[int, Path(ge=1, le=2**53)]) -> Json:
        """Say how a capture that was asked for goes on."""
        crawl = parts.store.crawl(number)
        if crawl is None:
            raise HTTPException(404, f"{number}: there is no such capture")
        return {"capture": summary.crawl_json(crawl)}

    schema = {"content": {"application/json": {"schema": Wanted.model_json_schema()}}}

    @app.post(
        "/captures",
        status_code=202,
        response_model=None,
        responses=gives(answers.Wanted, 202) | _ASKED,
        openapi_extra={"requestBody": schema},
        **guarded,
    )
    async def wanted(request: Request) -> Json:
        """Ask for a capture; a running archiver takes it up within seconds."""
        given = await _read(request)
        return await run_in_threadpool(_enqueue, parts, given)


def _enqueue(parts: ApiParts, given: Wanted) -> Json:
    # A seed from elsewhere is an address, never a file of this machine.
    url = given.url.strip()
    seed = url if "://" in url or url.startswith("acct:") else f"https://{url}"
    addressed = seed.startswith(("http://", "https://", "acct:")) and not seeds.is_file(seed)
    if not addressed or (seed != url and "." not in host_of(seed)):
        raise UsageError(f"{url}: is no address that begins with http:// or https://")
    taken = watching.taken_for(seed, parts.sources)
    crawl = parts.store.enqueue(
        CrawlRequest(
            seed,
            parts.now(),
            snapshots=Snapshots.HTTP if given.snapshots else Snapshots.NONE,
            tags=given.tags,
        )
    )
    if crawl is None:
        raise HTTPException(409, f"{seed}: a capture of it is queued or runs already")
    said = {"platform": taken.platform, "kind": taken.kind}
    return {"capture": summary.crawl_json(crawl) | said}


async def _read(request: Request) -> Wanted:
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > _LARGEST:
            raise HTTPException(413, f"the body is longer than {_LARGEST:,} bytes")
    try:
        return Wanted.model_validate(json.loads(bytes(body)))
    except ValidationError as err:
        first = err.errors(include_url=False)[0]
        raise UsageError(_sentence(first["loc"], first["msg"])) from err
    except (ValueError, RecursionError) as err:
        raise UsageError('the body is no JSON object such as {"url": "https://…"}') from err


def _view(store: Store, thread_id: str, *, public: bool) -> ThreadView:
    view = _view_or_none(store, thread_id, public=public)
    if view is None:
        raise HTTPException(404, f"{thread_id}: there is no such thread here")
    return view


def _view_or_none(store: Store, thread_id: str, *, public: bool) -> ThreadView | None:
    """Give a thread; in public without what is sealed, and none that may not be shown."""
    if public:
        decision = store.policy_of(thread_id)
        if decision is not None and decision.hidden:
            return None
    view = store.view(thread_id)
    return unsealed(view) if public and view is not None else view


def _page(whole: Sequence[T], limit: int, after: str) -> tuple[Sequence[T], str | None]:
    """Cut a page out of a list that only ever grows at its end."""
    if after and not (after.isascii() and after.isdecimal() and len(after) <= 12):
        raise UsageError(f"{after!r} is no place in this list; leave it out for the beginning")
    start = int(after or 0)
    end = start + limit
    return whole[start:end], str(end) if end < len(whole) else None


def _unauthorized(sentence: str) -> HTTPException:
    return HTTPException(401, sentence, {"WWW-Authenticate": "Bearer"})


_HEADERS = {"Cache-Control": "no-store", "Access-Control-Allow-Origin": "*"}


def _headed(request: Request, response: Response) -> None:
    """Any site may read what is public; what the token shows is kept by nobody on the way."""
    kept = "no-store" if "authorization" in request.headers else "no-cache"
    response.headers["Cache-Control"] = kept
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Vary"] = "Authorization"


def _said(status: int, kind: str, sentence: str, headers: dict[str, str] | None = None) -> Response:
    error = {"error": {"kind": kind, "message": sentence}}
    return JSONResponse(error, status, _HEADERS | (headers or {}))


def _failed(request: Request, err: Exception) -> Response:
    status = 400 if isinstance(err, UsageError) else 503 if isinstance(err, StoreError) else 500
    return _said(status, type(err).__name__, str(err))


def _misread(request: Request, err: Exception) -> Response:
    assert isinstance(err, RequestValidationError)
    first = err.errors()[0]
    return _said(400, "UsageError", _sentence(first["loc"][1:], first["msg"]))


def _refused(request: Request, err: Exception) -> Response:
    assert isinstance(err, StarletteHTTPException)
    sentence = str(err.detail)
    if err.status_code == 404 and sentence == "Not Found":
        sentence = f"there is nothing at this address; {PATH}/openapi.json lists what there is"
    return _said(
        err.status_code, _KINDS.get(err.status_code, "Refused"), sentence, dict(err.headers or {})
    )


_KINDS = {
    401: "Unauthorized",
    404: "NotFound",
    405: "NotPossible",
    409: "Conflict",
    413: "TooLarge",
}


def _sentence(place: Sequence[int | str], message: str) -> str:
    where = ".".join(str(part) for part in place)
    return f"{where}: {message[:1].lower()}{message[1:]}" if where else message

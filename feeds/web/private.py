"""Which feeds does a reader get under an address of their own? (`/r/SECRET/…`)"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import Response

from archiver.errors import StoreError
from archiver.models.policy import PolicyState
from archiver.ports import Store
from feeds import clean
from feeds.document import Entry, Scope, document_of, entry_of
from feeds.formats import FORMATS
from feeds.render import Site
from feeds.sealing import unsealed
from feeds.web.files import FEEDS, Files
from feeds.web.readers import Reader, Readers

PATH = "/r/"
EMBARGOED = "/feeds/embargoed"


@dataclass(frozen=True, slots=True)
class Private:
    """
    Serves every public feed, and to some readers one of the threads under embargo.

    What it answers is for one reader: no cache on the way may keep it, no other site may read it,
    and it names no address with the secret in it.
    """

    store: Store
    site: Site
    files: Files
    readers: Readers

    def respond(self, request: Request, raw_path: str) -> Response | None:
        """
        Answer a GET or HEAD; None if there is nothing, also for whoever shows no good secret.

        Args:
            raw_path: What follows `/r/`.
        """
        secret, slash, rest = raw_path.partition("/")
        path = slash + rest
        if PurePosixPath(path).suffix not in FEEDS:
            return None
        try:
            reader = self.readers.known_by(secret)
            if reader is None:
                return None
            if path.rpartition(".")[0] == EMBARGOED:
                return self._embargoed(request, reader, PurePosixPath(path).suffix)
        except StoreError as err:
            return Response(f"{err}\n", 503, media_type="text/plain")
        answer = self.files.respond(request, path, remembered=False)
        return None if answer is None else _made_private(answer)

    def _embargoed(self, request: Request, reader: Reader, extension: str) -> Response | None:
        written = next((each for each in FORMATS if extension == each.EXTENSION), None)
        if written is None or not reader.embargoed:
            return None
        title = clean.line(self.site.title)
        scope = Scope(
            key="embargoed",
            title=f"Under embargo – {title}",
            description="Threads that are not published yet.",
            url_stem=f"{self.site.base_url}{EMBARGOED}",
            home_url=f"{self.site.base_url}/",
        )
        body = written.render(document_of(scope, self._entries()))
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        status = 304 if etag in request.headers.get("if-none-match", "") else 200
        headers = {"ETag": etag}
        if status == 304:
            return _made_private(Response(status_code=304, headers=headers))
        return _made_private(
            Response(body, 200, headers, media_type=f"{written.MIME}; charset=utf-8")
        )

    def _entries(self) -> Iterator[Entry]:
        for decision in self.store.hidden_threads():
            if decision.state is not PolicyState.EMBARGOED:
                continue
            whole = self.store.view(decision.thread_id)
            view = unsealed(whole) if whole is not None else None
            if view is not None:  # media have no public address yet
                yield entry_of(view, base_url=self.site.base_url, media={})


def _made_private(answer: Response) -> Response:
    for name in ("link", "access-control-allow-origin", "access-control-expose-headers"):
        if name in answer.headers:
            del answer.headers[name]
    answer.headers["Cache-Control"] = "private, max-age=60"
    answer.headers["Referrer-Policy"] = "no-referrer"
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    return answer

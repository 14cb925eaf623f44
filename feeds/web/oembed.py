"""What does another site get that wants to show a thread of ours in a frame? (oEmbed)"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from pathlib import Path

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from archiver.errors import StoreError
from archiver.ports import Store
from feeds import clean, wording
from feeds.render import Site
from feeds.sharing import EMBED_HEIGHT, EMBED_WIDTH

_OURS = re.compile(r"/t/([A-Za-z0-9_-]+)/(?:[a-z]+/)?(?:[?#].*)?")
_NARROWEST, _LOWEST = 220, 160
_CACHE_S = 3_600


@dataclass(frozen=True, slots=True)
class Oembed:
    """
    Answers for pages of published threads, and for nothing else.

    Source: https://oembed.com/
    """

    store: Store
    site: Site
    publish_dir: Path

    def respond(self, request: Request) -> Response:
        """Answer `/oembed?url=…&format=json&maxwidth=…&maxheight=…`."""
        if request.query_params.get("format", "json") != "json":
            return _refused(501, "there is only format=json")
        asked = request.query_params.get("url", "")
        match = _OURS.fullmatch(asked.removeprefix(self.site.base_url))
        if not asked.startswith(f"{self.site.base_url}/") or match is None:
            return _refused(404, "url is no page of a thread here")
        if not (self.publish_dir / "t" / match[1] / "embed" / "index.html").is_file():
            return _refused(404, "there is no such thread here")
        try:
            answer = self._described(match[1])
        except StoreError as err:
            return _refused(503, str(err))
        if answer is None:
            return _refused(404, "there is no such thread here")
        width = _within(request.query_params.get("maxwidth"), EMBED_WIDTH, _NARROWEST)
        height = _within(request.query_params.get("maxheight"), EMBED_HEIGHT, _LOWEST)
        frame = self._frame(match[1], answer["title"], width, height)
        whole = {**answer, "html": frame, "width": width, "height": height}
        return JSONResponse(whole, headers=_headers(_CACHE_S))

    def _described(self, thread_id: str) -> dict[str, str] | None:
        thread = self.store.thread(thread_id)
        if thread is None:
            return None
        return {
            "version": "1.0",
            "type": "rich",
            "title": clean.line(thread.title),
            "author_name": clean.line(wording.author(thread.author)),
            "author_url": clean.url(thread.author.url),
            "provider_name": clean.line(self.site.title),
            "provider_url": f"{self.site.base_url}/",
            "cache_age": str(_CACHE_S),
        }

    def _frame(self, thread_id: str, title: str, width: int, height: int) -> str:
        address = html.escape(f"{self.site.base_url}/t/{thread_id}/embed/")
        return (
            f'<iframe src="{address}" title="{html.escape(title)}" width="{width}" '
            f'height="{height}" loading="lazy" frameborder="0"></iframe>'
        )


def _within(asked: str | None, usual: int, least: int) -> int:
    """Give a size: as asked, but no larger than is of use and no smaller than can be read."""
    if asked is None or not re.fullmatch(r"[0-9]{1,6}", asked):
        return usual
    return max(least, min(usual, int(asked)))


def _refused(status: int, sentence: str) -> Response:
    return JSONResponse({"error": sentence}, status, headers=_headers(60))


def _headers(seconds: int) -> dict[str, str]:
    return {"Access-Control-Allow-Origin": "*", "Cache-Control": f"public, max-age={seconds}"}

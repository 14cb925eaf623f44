"""How are archived copies served? (RFC 7089: mementos, TimeGates, TimeMaps)"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import functools
import hashlib
import re
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from archiver.core.imported import PREFIX, is_foreign
from archiver.core.memento import timestamp14, uri_m
from archiver.errors import FixityError, StoreError
from archiver.models import RecordRef
from archiver.ports import PayloadReader, Recorded, Store
from feeds import html, replay
from feeds.replay import Copy, Kind, Mode
from feeds.web.asked import Asked, Service, asked_for, candidates
from feeds.web.bodies import Body, Rest
from feeds.web.unpacking import refusal
from feeds.web.validators import as_http_date, http_date, is_current

_READ_FIRST = 1_000_000
_MOST_MEMENTOS = 1_000
_OURS = "a WARC of ours"  # beside which nothing imported stands
_MARK = '; title="imported: others wrote this copy"'
_IMPORTED = frozenset({Mode.IMPORTED, Mode.IMPORTED_FRAME})
_WITHIN_SECOND = dt.timedelta(seconds=0.5)
_NO_BODY = frozenset({204, 205, 304})
_UNSAFE = re.compile(r"[^!#$%&'()*+,./0-9:;=?@A-Z\[\]_a-z~|-]")
_EARLIEST = dt.datetime(1, 1, 1, tzinfo=dt.UTC)
_LATEST = dt.datetime(9999, 12, 31, tzinfo=dt.UTC)


class Mementos:
    """Answers everything below `/web/`, from the archive alone."""

    def __init__(self, store: Store, payloads: PayloadReader, site: html.Site) -> None:
        self._store = store
        self._payloads = payloads
        self._site = site
        self._prefix = urlsplit(site.base_url).path.rstrip("/")

    @property
    def store(self) -> Store:
        """The index that is asked."""
        return self._store

    def respond(self, request: Request, raw_path: str) -> Response:
        """
        Answer a GET or HEAD.

        Args:
            raw_path: What follows `/web/`, as it stood in the request line.
        """
        query = request.scope["query_string"].decode("latin-1")
        asked = asked_for(raw_path, query)
        if asked.service is Service.NONE:
            return self._message(
                404,
                "No such copy",
                "An archived copy has an address like this: "
                f"{self._site.base_url}/web/20220524050000/https://example.org/",
            )
        try:
            if asked.service is Service.MAP:
                return self._map(asked)
            if asked.service is Service.GATE:
                return self._gate(request, asked)
            return self._copy(request, asked)
        except FixityError as err:
            return self._message(500, "The copy is damaged", str(err), asked.url)
        except StoreError as err:
            return self._message(500, "The copy cannot be read", str(err), asked.url)

    # ---------------------------------------------------------------- mementos

    def _copy(self, request: Request, asked: Asked) -> Response:
        at = asked.at or _LATEST
        # The middle of the second that is named: two of one second differ by less than that.
        near = at + _WITHIN_SECOND if asked.exact else at
        mode = _mode(asked, request)
        ref = self._nearest(asked.url, near, *_beside(mode, request))
        if ref is None:
            return self._absent(asked.url)
        place = self._place(ref, mode)
        known = asked.exact and timestamp14(ref.at) == timestamp14(at)
        if ref.url != asked.url or not known or mode is not asked.mode:
            return self._redirect(place, 302, self._links(ref.url))
        foreign = is_foreign(ref.filename)
        copy = Copy(ref.url, ref.at, self._prefix, mode, foreign=foreign)
        headers = {"Memento-Datetime": as_http_date(ref.at), "Link": self._links(ref.url)}
        if foreign:
            headers |= {"X-Archive-Imported": ref.filename, "Vary": "Sec-Fetch-Dest, Accept"}
        with contextlib.ExitStack() as stack:
            recorded = stack.enter_context(self._payloads.open(ref.record_id))
            again = functools.partial(self._payloads.open, ref.record_id)
            too_large = refusal(recorded, ref.payload_bytes, again)
            if too_large:
                return self._message(501, "Larger than is shown", too_large, ref.url)
            return _replayed(_Wanted(request, ref, copy), recorded, headers, stack)

    def _gate(self, request: Request, asked: Asked) -> Response:
        wanted = request.headers.get("accept-datetime")
        at = http_date(wanted) if wanted is not None else _LATEST
        if at is None:
            return self._message(400, "Not a date", f"Accept-Datetime: {wanted!r} is no HTTP date")
        ref = self._nearest(asked.url, at)
        if ref is None:
            return self._absent(asked.url)
        answer = self._redirect(self._place(ref, Mode.PAGE), 302, self._links(ref.url))
        answer.headers["Vary"] = "accept-datetime"
        return answer

    def _map(self, asked: Asked) -> Response:
        ref = self._nearest(asked.url, _LATEST)
        if ref is None:
            return self._absent(asked.url)
        times = self.times(ref.url, since=asked.at or _EARLIEST)
        more = times.pop() if len(times) > _MOST_MEMENTOS else None
        span = (
            f'; from="{as_http_date(times[0])}"; until="{as_http_date(times[-1])}"' if times else ""
        )
        own = f"timemap/link/{timestamp14(asked.at)}/" if asked.at else "timemap/link/"
        lines = [
            f'<{safe(ref.url)}>; rel="original"',
            f'<{self._address(own, ref.url)}>; rel="self"; type="application/link-format"{span}',
            f'<{self._address("", ref.url)}>; rel="timegate"',
        ]
        first = None if asked.at else times[0]
        last = times[-1] if times and more is None else None
        mark = _MARK if is_foreign(ref.filename) else ""
        for at in times:
            rel = " ".join(
                word for word, marked in (("first", at == first), ("last", at == last)) if marked
            )
            place = safe(uri_m(self._site.base_url, ref.url, at))
            lines.append(
                f'<{place}>; rel="{rel}{" " if rel else ""}memento"; datetime="{as_http_date(at)}"'
                f"{mark}"
            )
        if more is not None:
            place = self._address(f"timemap/link/{timestamp14(more)}/", ref.url)
            lines.append(
                f'<{place}>; rel="timemap"; type="application/link-format"; '
                f'from="{as_http_date(more)}"'
            )
        body = ",\n".join(lines) + "\n"
        return Response(body, media_type="application/link-format")

    def times(self, url: str, *, since: dt.datetime = _EARLIEST) -> list[dt.datetime]:
        """
        Give the times of the copies of a URL, one a second, oldest first.

        At most 1,000 and one more: that is where the rest begins.
        """
        seconds: dict[str, dt.datetime] = {}
        while len(seconds) <= _MOST_MEMENTOS:
            found = self._store.capture_times(url, since=since, limit=_MOST_MEMENTOS)
            for at in found:
                seconds.setdefault(timestamp14(at), at)
            if len(found) < _MOST_MEMENTOS:
                break
            since = found[-1] + dt.timedelta(microseconds=1)
        return list(seconds.values())[: _MOST_MEMENTOS + 1]

    def held(self, url: str, at: dt.datetime) -> RecordRef | None:
        """Give the capture in the second `at`, or that nearest to it, unless it is withheld."""
        return self._nearest(url, at + _WITHIN_SECOND)

    def absent(self, url: str) -> Response:
        """Say that no copy is held."""
        return self._absent(url)

    def _nearest(self, url: str, at: dt.datetime, *beside: str) -> RecordRef | None:
        """Give a copy of ours under any form of its address before one that others wrote."""
        found = (
            self._store.nearest_record(form, at, beside=each)
            for each in beside or (_OURS, "")
            for form in candidates(url)
        )
        return next((ref for ref in found if ref is not None and self._may_be_shown(ref)), None)

    def _may_be_shown(self, ref: RecordRef) -> bool:
        """Say whether a copy is of no thread that was withheld."""
        return not self._store.is_hidden(ref.url, ref.record_id)

    # ---------------------------------------------------------------- answers

    def _place(self, ref: RecordRef, mode: Mode) -> str:
        return replay.address(Copy(ref.url, ref.at, self._prefix), ref.url, mode)

    def _links(self, url: str) -> str:
        return (
            f'<{safe(url)}>; rel="original", '
            f'<{self._address("", url)}>; rel="timegate", '
            f'<{self._address("timemap/link/", url)}>; rel="timemap"; '
            'type="application/link-format"'
        )

    def _address(self, service: str, url: str) -> str:
        return f"{self._site.base_url}/web/{service}{safe(url)}"

    def _redirect(self, place: str, status: int, links: str) -> Response:
        headers = {"Location": safe(place), "Link": links, "Cache-Control": "no-cache"}
        # A frame of a sandboxed page has no origin; fonts and frames are let through for it.
        headers["Access-Control-Allow-Origin"] = "*"
        return Response(status_code=status, headers=headers)

    def _absent(self, url: str) -> Response:
        known = url if "://" in url else f"https://{url}"
        return self._message(404, "Not archived", f"No copy of {url} is held here.", known)

    def _message(self, status: int, title: str, sentence: str, original: str = "") -> Response:
        page = html.message_page(self._site, title, sentence, original=original)
        return Response(page, status, media_type="text/html")


def _mode(asked: Asked, request: Request) -> Mode:
    """A link in an imported page that a reader follows leads to a page like any other."""
    followed = request.headers.get("sec-fetch-dest") == "document"
    return Mode.PAGE if followed and asked.mode in _IMPORTED else asked.mode


def _beside(mode: Mode, request: Request) -> tuple[str, ...]:
    """Say in which WARCs a copy may lie, the best first: parts of a page of ours are ours."""
    if mode in _IMPORTED:
        return (PREFIX,)
    if mode is Mode.FRAME or (mode is Mode.PAGE and _is_part(request)):
        return (_OURS,)
    return _OURS, ""


def _is_part(request: Request) -> bool:
    """Say whether a browser asks for a part of a page: a picture, a sheet, a font."""
    dest, accept = request.headers.get("sec-fetch-dest"), request.headers.get("accept", "*/*")
    if dest is not None:  # only told to https and loopback
        return dest != "document"
    return accept != "*/*" and "text/html" not in accept


@dataclasses.dataclass(frozen=True, slots=True)
class _Wanted:
    """A request, the record that answers it, and how it is shown."""

    request: Request
    ref: RecordRef
    copy: Copy


def _replayed(
    wanted: _Wanted, recorded: Recorded, headers: dict[str, str], stack: contextlib.ExitStack
) -> Response:
    """Answer as was answered then; takes the open record over if the body is streamed."""
    copy = wanted.copy
    mime = replay.media_type(recorded.headers)
    headers |= dict(replay.passed_on(recorded.headers))
    headers |= {
        "Content-Security-Policy": replay.policy(mime),
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Opener-Policy": "unsafe-none",
        "Cache-Control": "public, max-age=3600",
    }
    place = replay.redirect(recorded.status, recorded.headers, copy)
    if place is not None:
        return Response(status_code=recorded.status, headers=headers | {"Location": safe(place)})
    status = recorded.status if 200 <= recorded.status <= 599 else 502
    kind = replay.kind_of(mime) if copy.mode is not Mode.AS_RECORDED else Kind.OTHER
    headers["Content-Type"] = replay.content_type(recorded.headers)
    if status in _NO_BODY:
        return Response(status_code=status, headers=headers)
    most = _READ_FIRST if kind is Kind.OTHER else replay.MAX_REWRITTEN
    read = recorded.body.read(most + 1)
    whole = len(read) <= most
    if kind is not Kind.OTHER and whole:
        headers["Content-Type"] = f"{'text/html' if kind is Kind.HTML else mime}; charset=utf-8"
        read = _rewritten(read, copy, recorded, kind)
        return _sent(wanted, Body(read, len(read), _tag_of(read)), status, headers)
    tag = f'"{wanted.ref.digest[7:39]}"' if wanted.ref.digest else ""
    length = len(read) if whole else _length(wanted.ref, recorded)
    rest = None if whole else Rest(recorded.body, stack.pop_all())
    return _sent(wanted, Body(read, length, tag, rest), status, headers)


def _sent(wanted: _Wanted, body: Body, status: int, headers: dict[str, str]) -> Response:
    """Send a body, the part of it that is asked for, or that the client has it."""
    asked = wanted.request.headers
    if status != 200:
        return body.response(wanted.request.method, status, headers)
    if body.etag:
        headers["ETag"] = body.etag
        known = asked.get("if-none-match")
        if known is not None and is_current(
            body.etag, wanted.ref.at, if_none_match=known, if_modified_since=None
        ):
            return body.unsent(Response(status_code=304, headers=headers))
    return body.asked_for(
        wanted.request.method,
        headers,
        asked_range=asked.get("range"),
        if_range=asked.get("if-range"),
    )


def _tag_of(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def _length(ref: RecordRef, recorded: Recorded) -> int | None:
    """Give the length of a large body; None where only its compressed length is known."""
    coded = any(name.lower() == "content-encoding" for name, _ in recorded.headers)
    return None if coded else ref.payload_bytes


def _rewritten(body: bytes, copy: Copy, recorded: Recorded, kind: Kind) -> bytes:
    text = replay.decoded(body, recorded.headers, kind)
    copy = dataclasses.replace(copy, status=recorded.status)
    changed = replay.html_page(text, copy) if kind is Kind.HTML else replay.style_sheet(text, copy)
    return changed.encode("utf-8", "replace")


def safe(url: str) -> str:
    """Give an address that may stand in a header: what RFC 3986 does not know is encoded."""
    return _UNSAFE.sub(_encoded, url)


def _encoded(found: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in found[0].encode("utf-8", "replace"))

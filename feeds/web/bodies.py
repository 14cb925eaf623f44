"""How is the body of an archived copy sent, whole or in part, without holding all of it?"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from starlette.responses import Response, StreamingResponse

from feeds.web.ranges import Unsatisfiable, wanted_part

_PIECE = 1 << 16

Headers = dict[str, str]


@dataclass(frozen=True, slots=True)
class Rest:
    """What was not read yet, and what must be closed afterwards."""

    file: BinaryIO
    stack: contextlib.ExitStack


@dataclass(frozen=True, slots=True)
class Body:
    """
    A body of which the beginning was read.

    Attributes:
        length: Of all of it, in bytes; None if it is not known.
        etag: Strong tag, with its quotation marks; empty if it has none.
        rest: None if `read` is all there is.
    """

    read: bytes
    length: int | None
    etag: str
    rest: Rest | None = None

    def unsent(self, response: Response) -> Response:
        """Close what is open, and give the answer that needs no body."""
        if self.rest is not None:
            self.rest.stack.close()
        return response

    def asked_for(
        self, method: str, headers: Headers, *, asked_range: str | None, if_range: str | None
    ) -> Response:
        """Send the part that is asked for: all of it where that is not known or not said."""
        if self.length is None or not self.etag:
            headers["Accept-Ranges"] = "none"
            return self.response(method, 200, headers)
        headers["Accept-Ranges"] = "bytes"
        if method == "HEAD":
            return self.response(method, 200, headers)
        try:
            part = wanted_part(
                asked_range, self.length, if_range=if_range, etag=self.etag, modified=""
            )
        except Unsatisfiable as err:
            return self.unsent(Response(status_code=416, headers={"Content-Range": str(err)}))
        if part is None:
            return self.response(method, 200, headers)
        start, end = part
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{self.length}"
        headers["Content-Length"] = str(end - start)
        if self.rest is None:
            return Response(self.read[start:end], 206, headers)
        return StreamingResponse(_pieces(self.read, self.rest, start, end), 206, headers)

    def response(self, method: str, status: int, headers: Headers) -> Response:
        """Send all of it."""
        if self.length is not None:
            headers["Content-Length"] = str(self.length)
        if method == "HEAD":
            return self.unsent(Response(status_code=status, headers=headers))
        if self.rest is None:
            return Response(self.read, status, headers)
        return StreamingResponse(_pieces(self.read, self.rest, 0, self.length), status, headers)


def _pieces(read: bytes, rest: Rest, start: int, end: int | None) -> Iterator[bytes]:
    at = 0
    with rest.stack:
        piece = read
        while piece and (end is None or at < end):
            wanted = piece[max(0, start - at) : None if end is None else end - at]
            if wanted:
                yield wanted
            at += len(piece)
            piece = rest.file.read(_PIECE)

"""How do pictures, films and sounds of posts get from the WARCs to readers?"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import BinaryIO

from archiver.errors import FixityError, StoreError
from archiver.models import MediaCopy, Outcome, ThreadView
from archiver.ports import PayloadReader
from feeds.media import HEAD_BYTES, KINDS, kind_of, path_of
from feeds.media_copies import views_of
from feeds.publish.folder import Folder

log = logging.getLogger(__name__)

MAX_BYTES = 1_000_000_000
"""A larger film is not copied beside its WARC; its page says so."""

_PIECE = 1 << 20


class _TooLarge(Exception):
    """A payload that is longer than we publish."""


def publish_copies(folder: Folder, payloads: PayloadReader, view: ThreadView) -> dict[str, str]:
    """
    Copy the media of a thread out of the WARCs, each once.

    What is no picture, film or sound by its bytes, or cannot be read, is left out: its page and
    feeds then say that no copy is held.

    Returns:
        Original URL, or the record id of what a browser showed -> path below publish_dir.

    Raises:
        PublishError: If the disk refuses.
    """
    found: dict[str, str] = {}
    for copy in (*view.media, *views_of(view)):
        if copy.outcome is not Outcome.OK or copy.record_id is None or copy.url in found:
            continue
        path = _known(folder, copy) or _copied(folder, payloads, copy, copy.record_id)
        if path is not None:
            found[copy.url] = path
    return found


def places_of(view: ThreadView) -> tuple[str, ...]:
    """Give every path below publish_dir at which a copy of an attachment of a thread may stand."""
    held = (*view.media, *views_of(view))
    paths = (path_of(copy.digest, kind) for copy in held for kind in KINDS)
    return tuple(dict.fromkeys(path for path in paths if path is not None))


def _known(folder: Folder, copy: MediaCopy) -> str | None:
    paths = (path_of(copy.digest, kind) for kind in KINDS)
    return next((path for path in paths if path is not None and folder.has(path)), None)


def _copied(folder: Folder, payloads: PayloadReader, copy: MediaCopy, record_id: str) -> str | None:
    try:
        with payloads.open(record_id) as recorded:
            head = recorded.body.read(HEAD_BYTES)
            kind = kind_of(head)
            path = path_of(copy.digest, kind) if kind is not None else None
            if path is not None:
                folder.stream(path, _pieces(head, recorded.body))
            return path
    except (StoreError, FixityError, _TooLarge) as err:
        log.warning("media copy not published", extra={"record_id": record_id, "why": str(err)})
        return None


def _pieces(head: bytes, body: BinaryIO) -> Iterator[bytes]:
    yield head
    left = MAX_BYTES - len(head)
    while piece := body.read(_PIECE):
        left -= len(piece)
        if left < 0:
            raise _TooLarge(f"longer than {MAX_BYTES:,} bytes")
        yield piece

"""What did a browser make of an imported page? Found by the names of its records."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from archiver.capture.browser import pictures
from archiver.core import viewnames
from archiver.errors import ArchiverError
from archiver.models import RecordRef, RecordType, View, ViewKind
from archiver.ports import PayloadReader

_WITHIN = dt.timedelta(hours=1)
_MOST_BYTES = 64_000_000
_PICTURES = frozenset({ViewKind.SCREENSHOT, ViewKind.FIRST, ViewKind.THUMBNAIL})


def views_of(
    url: str, at: dt.datetime, records: Iterable[RecordRef], payloads: PayloadReader
) -> tuple[View, ...]:
    """
    Find the views of a page among records, of each kind the one that was made next after it.

    Args:
        url: The page.
        at: When it was captured.
        records: Those that came in together with it.
        payloads: Reads them: a picture that is none is left out.
    """
    nearest: dict[ViewKind, RecordRef] = {}
    for ref in records:
        known = viewnames.named(ref.url) if ref.type is RecordType.RESOURCE else None
        if known is None or known[1] != url or not at <= ref.at <= at + _WITHIN:
            continue
        if known[0] not in nearest or ref.at < nearest[known[0]].at:
            nearest[known[0]] = ref
    made = (_view(kind, ref, payloads) for kind, ref in sorted(nearest.items()))
    return tuple(view for view in made if view is not None)


def pages_with_views(records: Sequence[RecordRef]) -> frozenset[str]:
    """Give the pages of which there are views."""
    named = (viewnames.named(ref.url) for ref in records if ref.type is RecordType.RESOURCE)
    return frozenset(known[1] for known in named if known is not None)


def _view(kind: ViewKind, ref: RecordRef, payloads: PayloadReader) -> View | None:
    mime, width, height, told = ref.mime, 0, 0, ""
    if kind in _PICTURES:
        try:
            with payloads.open(ref.record_id) as recorded:
                picture = pictures.described(recorded.body.read(_MOST_BYTES))
        except (ArchiverError, OSError, ValueError):
            return None
        mime, width, height = picture.mime, picture.width, picture.height
        told = picture.fingerprint if kind is ViewKind.SCREENSHOT else ""
    size = ref.payload_bytes or 0
    return View(kind, ref.record_id, mime, size, ref.digest or "", width, height, told)

"""Is an archived body small enough to be shown to anybody, once its content coding is off?"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from archiver.ports import Recorded

LEAST_BYTES = 16_000_000
"""A body up to this is shown, however well it was packed."""

MOST_BYTES = 200_000_000
"""A body that was packed is not shown beyond this."""

MOST_TIMES = 100
"""Nor beyond LEAST_BYTES if it becomes so many times larger: pages are packed 3 to 20 times."""

_PIECE = 1 << 16


def refusal(
    recorded: Recorded,
    packed_bytes: int | None,
    again: Callable[[], AbstractContextManager[Recorded]],
) -> str:
    """
    Say why a body is not shown; empty if it is.

    A few kilobytes may become gigabytes, for each visitor anew. One that was packed is unpacked
    once to see how large it is, as far as the bound; one that was packed twice is not shown at
    all, since what lies between has no bound that its length tells.

    Args:
        recorded: Opened; its body is not read.
        packed_bytes: Length of the body as it was sent; None if that is not known. An imported
            record may lie, so that it raises the bound to MOST_BYTES at most.
        again: Opens it once more.

    Raises:
        StoreError: If it cannot be read.
        FixityError: If it is not what was captured.
    """
    codings = _codings(recorded)
    if not codings:
        return ""
    if len(codings) > 1:
        return f"It was sent packed {len(codings)} times over, which is not taken off here."
    packed = packed_bytes or 0
    most = min(max(LEAST_BYTES, packed * MOST_TIMES), MOST_BYTES)
    with again() as opened:
        left = most
        while piece := opened.body.read(min(_PIECE, left + 1)):
            left -= len(piece)
            if left < 0:
                return (
                    f"It was sent packed in {packed:,} bytes and has more than {most:,} unpacked, "
                    "which is more than is shown here."
                )
    return ""


def _codings(recorded: Recorded) -> list[str]:
    named = (
        each.strip().lower()
        for name, value in recorded.headers
        if name.lower() == "content-encoding"
        for each in value.split(",")
    )
    return [each for each in named if each not in ("", "identity")]

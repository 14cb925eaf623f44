"""What stands in a packed index? Takes gzip members off, within bounds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import cast

from isal import isal_zlib

_PIECE_BYTES = 262_144
_MOST_RATIO, _SMALL_BYTES = 300, 50_000_000
_InflateError = cast(type[Exception], isal_zlib.error)  # its stub calls the class an instance
_BROKEN = b"(its gzip coding is broken here)\n"
_BOMB = b"(its gzip coding is a bomb)\n"


def unpacked(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """
    Inflate any number of gzip members.

    Returns:
        What they hold; where a member is broken or unpacks beyond all measure, a line that no
        index may have, and nothing more.
    """
    stream = isal_zlib.decompressobj(31)
    fed_bytes = given = 0
    begun = False
    for piece in pieces:
        fed_bytes += len(piece)
        fed = piece
        while fed:
            begun = True
            try:
                made = stream.decompress(fed, _PIECE_BYTES)
            except _InflateError:
                yield _BROKEN
                return
            given += len(made)
            if given > max(_SMALL_BYTES, fed_bytes * _MOST_RATIO):
                yield _BOMB
                return
            yield made
            fed = stream.unconsumed_tail
            if stream.eof:
                fed, stream, begun = stream.unused_data, isal_zlib.decompressobj(31), False
    if begun:
        yield _BROKEN

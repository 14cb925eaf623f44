"""How are the lines of a file read that may have none? In pieces, and never more than a bound."""

from __future__ import annotations

from collections.abc import Iterable, Iterator


def lines_of(pieces: Iterable[bytes], most: int) -> Iterator[bytes]:
    r"""
    Split into lines with their ends.

    Args:
        most: Bytes of a line, about; what is longer comes in stretches without an end.

    >>> list(lines_of([b"a\nb", b"b\n", b"ccc", b"c"], 2))
    [b'a\n', b'bb\n', b'ccc', b'c']
    """
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        first, *rest = piece.split(b"\n")
        held.append(first)
        size += len(first)
        for each in rest:
            yield b"".join(held) + b"\n"
            held, size = [each], len(each)
        if size > most:
            yield b"".join(held)
            held, size = [], 0
    if size:
        yield b"".join(held)

"""How much does a picture look like another? By what is lighter than its neighbour. Pure."""

from __future__ import annotations

from collections.abc import Sequence

SIDE = 16
"""Rows of a fingerprint, and its columns."""


def of_grey(pixels: Sequence[int]) -> str:
    """
    Give the fingerprint of a picture: of each point, whether it is darker than the next one.

    Args:
        pixels: SIDE rows of SIDE + 1 grey values from 0 to 255: the picture scaled down.

    Returns:
        64 hex digits; equal for pictures that differ in scale, or a little in colour or noise.

    Source: the difference hash (dHash), after N. Krawetz

    >>> of_grey([200, 100] * 136)[:4]
    '5555'
    """
    if len(pixels) != SIDE * (SIDE + 1):
        raise ValueError(f"{len(pixels)} grey values, and {SIDE * (SIDE + 1)} are needed")
    bits = 0
    for row in range(SIDE):
        for column in range(SIDE):
            at = row * (SIDE + 1) + column
            bits = bits << 1 | (pixels[at] < pixels[at + 1])
    return f"{bits:0{SIDE * SIDE // 4}x}"


def difference(one: str, other: str) -> float | None:
    """
    Say which share of two fingerprints differs, 0 to 1; None if one is missing or none of ours.

    >>> difference("ff" * 32, "0f" * 32)
    0.5
    """
    if len(one) != SIDE * SIDE // 4 or len(one) != len(other):
        return None
    try:
        return (int(one, 16) ^ int(other, 16)).bit_count() / (SIDE * SIDE)
    except ValueError:
        return None

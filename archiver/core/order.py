"""Where does a post stand that is stored but not shown any more? Beside its old neighbour."""

from __future__ import annotations

from collections.abc import Iterator, Sequence


def woven(shown: Sequence[str], stored: Sequence[str]) -> tuple[str, ...]:
    """
    Weave two orders into one: that of `shown`, with the rest after whom they used to follow.

    Args:
        shown: Distinct ids in the order of now.
        stored: Distinct ids in the order of before.

    Returns:
        Each id of both, once.

    >>> woven(["a", "c", "d"], ["a", "b", "c"])
    ('a', 'b', 'c', 'd')
    """
    present = set(shown)
    behind: dict[str | None, list[str]] = {}
    anchor: str | None = None  # of `shown`: whom the next ones that are not shown stand behind
    for each in stored:
        if each in present:
            anchor = each
        else:
            behind.setdefault(anchor, []).append(each)
    woven_in = (each for anchor in (None, *shown) for each in _with(anchor, behind))
    return tuple(woven_in)


def _with(anchor: str | None, behind: dict[str | None, list[str]]) -> Iterator[str]:
    if anchor is not None:
        yield anchor
    yield from behind.get(anchor, ())

"""Where does a post stand that is stored but not shown any more? Beside its old neighbour."""

from __future__ import annotations

from collections.abc import Sequence


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
    order = list(shown)
    present = set(order)
    previous: str | None = None
    for each in stored:
        if each not in present:
            order.insert(order.index(previous) + 1 if previous is not None else 0, each)
            present.add(each)
        previous = each
    return tuple(order)

"""Which watches may readers be told of?"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from archiver.models import Watch


def told(
    watches: Iterable[Watch], *, is_hidden: Callable[[str], bool], has_public: Callable[[str], bool]
) -> tuple[Watch, ...]:
    """
    Leave out the watches of which readers must not know yet, or not at all.

    A name, a seed and a schedule say what somebody looks at. So a watch with an embargo is told of
    once readers see a thread of it; one whose seed is the address of a hidden thread is not told
    of while that is hidden.

    Args:
        is_hidden: Says of a seed whether it is the address of a thread that readers may not see.
        has_public: Says of the name of a watch whether readers see a thread of it.
    """
    return tuple(
        watch
        for watch in watches
        if not is_hidden(watch.url) and (watch.embargo_s is None or has_public(watch.name))
    )

"""Which objects does a list hold, whatever else stands in it?"""

from __future__ import annotations

from archiver.sources.fields import Fields


def rows(holder: Fields | None, name: str) -> tuple[tuple[Fields, ...], int]:
    """
    Give the objects of a list, and how many of its members are none; nothing if it is no list.

    For lists of which one bad member must not lose the others.
    """
    value = holder.values.get(name) if holder is not None else None
    if holder is None or not isinstance(value, list):
        return (), 0
    place = f"{holder.place}.{name}" if holder.place else name
    found = tuple(
        Fields(each, holder.uri_r, holder.platform, f"{place}[{number}]")
        for number, each in enumerate(value)
        if isinstance(each, dict)
    )
    return found, len(value) - len(found)

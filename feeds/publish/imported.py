"""Which records that a thread's links led to were written by others, and imported?"""

from __future__ import annotations

from archiver.core.imported import is_foreign
from archiver.models import ThreadView
from archiver.ports import Store


def foreign_in(store: Store, view: ThreadView) -> frozenset[str]:
    """Give the ids of those among the records of hops and of copies."""
    named: dict[str, None] = {}
    for link in view.links:
        hops = link.chain.hops if link.chain else ()
        named |= {each.record_id: None for each in hops if each.record_id}
        if link.snapshot and link.snapshot.record_id:
            named[link.snapshot.record_id] = None
    found = (store.record(each) for each in named)
    return frozenset(
        each.record_id for each in found if each is not None and is_foreign(each.filename)
    )

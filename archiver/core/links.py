"""Which links does a thread hold, and what does an answer say of one?"""

from __future__ import annotations

import datetime as dt

from archiver.core import landing, urls
from archiver.models import Chain, Exchange, Outcome, Thread

_REFUSALS = frozenset({401, 403, 407, 429, 451})


def outcome_of(answer: Exchange) -> Outcome:
    """
    Say what an answer means for the link that was asked: its status decides, if one came.

    Returns:
        REFUSED for 401, 403, 407, 429, 451 and 5xx, DEAD for every other 4xx, INVALID for 1xx,
        which ends nothing, OK for the rest; where no whole answer came, the reason for that.

    Source: RFC 9110, 15; docs/reference/outcomes.md
    """
    if answer.outcome is not Outcome.OK or answer.status is None:
        return answer.outcome
    if answer.status in _REFUSALS or answer.status >= 500:
        return Outcome.REFUSED
    if answer.status >= 400:
        return Outcome.DEAD
    return Outcome.OK if answer.status >= 200 else Outcome.INVALID


def distinct(thread: Thread) -> tuple[str, ...]:
    """Give each link of a thread once, in order of first appearance; gaps and side branches too."""
    return tuple(dict.fromkeys(link.uri_r for each in thread.posts for link in each.post.links))


def first_seen(thread: Thread, now: dt.datetime) -> dict[str, dt.datetime]:
    """
    Say when each link of a thread was first written: the time of the earliest post that holds it.

    Args:
        now: UTC; taken where no post says a time, and where one claims a later time than this.
    """
    seen: dict[str, dt.datetime] = {}
    for each in thread.posts:
        at = min(each.post.created_at or now, now)
        for link in each.post.links:
            seen[link.uri_r] = min(seen.get(link.uri_r, at), at)
    return seen


def is_lost(chain: Chain) -> bool:
    """
    Say whether a target is dead to us, so that another archive should be asked for it.

    It is if its server says so (404, 410, 451), if there is no such server any more, or if a site
    sends its address to a page for lost links. A server that is busy, forbids us or wants a login
    (401, 403, 429, 5xx) may well have it still.
    """
    if not chain.hops or urls.host_of(chain.target) == "":
        return False
    status = chain.hops[-1].status
    if chain.outcome in (Outcome.DEAD, Outcome.DNS_ERROR):
        return True
    if chain.outcome is Outcome.REFUSED:
        return status is None or status == 451
    return chain.outcome is Outcome.OK and is_soft_error(chain)


def is_soft_error(chain: Chain) -> bool:
    """Say whether a chain ended at the page where a site sends the addresses that it has lost."""
    return lands_elsewhere(chain) and not landing.is_wall(chain.hops[-1].url)


def lands_elsewhere(chain: Chain) -> bool:
    """Say whether a chain ended at another page than its target: a front page, an error, a wall."""
    return bool(chain.hops) and not urls.same_page(chain.target, chain.hops[-1].url)

"""Which links does a thread hold, and what does an answer say of one?"""

from __future__ import annotations

from archiver.models import Exchange, Outcome, Thread

_REFUSALS = frozenset({401, 403, 407, 429, 451})


def outcome_of(answer: Exchange) -> Outcome:
    """
    Say what an answer means for the link that was asked: its status decides, if one came.

    Returns:
        REFUSED for 401, 403, 407, 429, 451 and 5xx, DEAD for every other 4xx, OK for the rest;
        where no whole answer came, the reason for that.

    Source: RFC 9110, 15; docs/reference/outcomes.md
    """
    if answer.outcome is not Outcome.OK or answer.status is None:
        return answer.outcome
    if answer.status in _REFUSALS or answer.status >= 500:
        return Outcome.REFUSED
    if answer.status >= 400:
        return Outcome.DEAD
    return Outcome.OK


def distinct(thread: Thread) -> tuple[str, ...]:
    """Give each link of a thread once, in order of first appearance; gaps and side branches too."""
    return tuple(dict.fromkeys(link.uri_r for each in thread.posts for link in each.post.links))

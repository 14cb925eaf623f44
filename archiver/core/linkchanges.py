"""Which links end elsewhere than before? Noise is the enemy: only what lasts is a change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from archiver.core import links, urls
from archiver.models import Chain, ChainRun, LinkChange, LinkChangeKind, Outcome


def changes(history: Sequence[ChainRun]) -> tuple[LinkChange, ...]:
    """
    Find the events in what is known of one link.

    Addresses that differ in scheme, `www.`, a slash at the end, tracking or session parameters are
    one place. A link is dead once its server says so (404, 410), or once it failed at least twice
    in a row in another way; a server that is busy (429, 5xx), or wants a login or a consent (401,
    403, its own page for that) says nothing. A move that happened before, to and fro, is told once.

    Args:
        history: The chains of one link, oldest first, with how long each went the same way.

    Returns:
        Oldest first; the first known state is no event.
    """
    state = _State()
    for run in history:
        if _is_alive(run.chain):
            state.lives(run.chain)
        elif _is_failure(run.chain):
            state.fails(run)
    return tuple(state.events)


@dataclass(slots=True)
class _State:
    """What a link was when it was last clear what it was."""

    alive: Chain | None = None  # the last chain that reached its target
    dead: Chain | None = None  # since this one it is dead
    failing: Chain | None = None  # the first of the failures in a row
    failures: int = 0
    events: list[LinkChange] = field(default_factory=list)
    moves: set[tuple[str, str]] = field(default_factory=set)

    def lives(self, chain: Chain) -> None:
        before, died = self.alive, self.dead
        self.alive, self.dead, self.failing, self.failures = chain, None, None, 0
        if died is not None:
            self.events.append(_change(LinkChangeKind.REVIVED, died, chain))
        elif before is not None:
            move = urls.page_key(before.target), urls.page_key(chain.target)
            if move[0] != move[1] and move not in self.moves:
                self.moves.add(move)
                self.events.append(_change(LinkChangeKind.MOVED, before, chain))

    def fails(self, run: ChainRun) -> None:
        self.failing = self.failing or run.chain
        self.failures += 1 + (run.last_at > run.chain.at)
        certain = run.chain.outcome is Outcome.DEAD or self.failures > 1
        if not certain or self.dead is not None:
            return
        self.dead = self.failing
        if self.alive is not None:
            self.events.append(_change(LinkChangeKind.DIED, self.alive, self.failing))


def _is_alive(chain: Chain) -> bool:
    if chain.outcome is Outcome.TOO_LARGE:
        return True
    return chain.outcome is Outcome.OK and not links.lands_elsewhere(chain)


def _is_failure(chain: Chain) -> bool:
    """Say whether a chain tells that the link fails, and not that its server turned us away."""
    if chain.outcome is Outcome.OK:
        return links.is_soft_error(chain)
    status = chain.hops[-1].status if chain.hops else None
    return chain.outcome is not Outcome.REFUSED or status is None or status == 451


def _change(kind: LinkChangeKind, before: Chain, after: Chain) -> LinkChange:
    proofs = [*(hop.record_id for hop in before.hops[-1:]), *(hop.record_id for hop in after.hops)]
    return LinkChange(
        uri_r=after.uri_r,
        at=after.at,
        kind=kind,
        before=before.target,
        before_outcome=before.outcome,
        after=after.target,
        after_outcome=after.outcome,
        record_ids=tuple(dict.fromkeys(filter(None, proofs))),
    )

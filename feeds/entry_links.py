"""What is a reader told of each link of a thread: where it led, how it ended, where our copy is?"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass
from urllib.parse import urlsplit

from archiver.core.memento import uri_m
from archiver.models import Hop, LinkView, Outcome, ThreadView, Witness
from feeds import clean, wording

STATE_WORDS = {
    Outcome.OK: "live",
    Outcome.DEAD: "dead",
    Outcome.REFUSED: "refused",
    Outcome.TIMEOUT: "no answer in time",
    Outcome.LOOP: "redirects in a circle",
    Outcome.TOO_MANY_HOPS: "too many redirects",
    Outcome.UNSAFE: "not followed: unsafe address",
    Outcome.TOO_LARGE: "too large to keep",
    Outcome.TLS_ERROR: "no secure connection",
    Outcome.DNS_ERROR: "host name not found",
    Outcome.INVALID: "not a valid address",
}
"""How a link ended, for people: one short phrase for each outcome."""


@dataclass(frozen=True, slots=True)
class WitnessCopy:
    """
    Another archive's copy of a target that is dead to us: its word, never a copy of ours.

    Attributes:
        uri_m: Its address there.
        host: The archive, by its host; never empty.
        at: When that archive made it.
        record_id: Our record of what it gave us.
    """

    uri_m: str
    host: str
    at: dt.datetime
    record_id: str | None


@dataclass(frozen=True, slots=True)
class EntryLink:
    """
    A distinct link of a thread.

    Attributes:
        uri_r: The link as written in the post, absolute; may be unsafe to show as a link: see href.
        href: The same, safe to stand in a link; empty if it is not http or https.
        target: Where it led; `uri_r` if it was never followed.
        title: Of the target page, if a whole copy is held; else the target's host.
        uri_m: Absolute address of our copy of the target; None if there is none.
        captured_at: When that copy was made.
        whole: The copy shows the page itself, not a refusal or an error page kept as evidence.
        outcome: How the newest chain ended; None if it was never followed.
        hops: Redirects on the way, 0 for a link that is its own target.
        steps: The chain, hop by hop.
        digest: Payload digest of the copy.
        record_id: WARC record of the copy.
        witness: Another archive's copy, if the target was dead to us and one was found.
    """

    uri_r: str
    href: str
    target: str
    title: str
    uri_m: str | None
    captured_at: dt.datetime | None
    outcome: Outcome | None
    hops: int
    steps: tuple[Hop, ...] = ()
    whole: bool = False
    digest: str | None = None
    record_id: str | None = None
    witness: WitnessCopy | None = None

    @property
    def target_href(self) -> str:
        """The target, safe to stand in a link; empty if it is not http or https."""
        return clean.url(self.target)

    @property
    def host(self) -> str:
        """The target's host without `www.`, for display; empty if it has none."""
        return host_of(self.target)

    @property
    def state(self) -> str:
        """How it ended, in words."""
        return "not followed yet" if self.outcome is None else STATE_WORDS[self.outcome]


def links_of(view: ThreadView, base_url: str) -> tuple[EntryLink, ...]:
    """
    Give the distinct links of a thread in order of first appearance.

    Args:
        base_url: publish.base_url, without a slash at its end.
    """
    return tuple(_link(each, base_url) for each in view.links)


def host_of(url: str) -> str:
    """Give the host of a URL without `www.`, or an empty text."""
    safe = clean.url(url)
    return (urlsplit(safe).hostname or "").removeprefix("www.") if safe else ""


def _link(view: LinkView, base_url: str) -> EntryLink:
    chain, snapshot = view.chain, view.snapshot
    kept = snapshot if snapshot is not None and snapshot.record_id else None
    target = chain.target if chain else view.uri_r
    whole = kept is not None and kept.outcome is Outcome.OK
    title = clean.line(kept.title, longest=200) if kept and whole else ""
    return EntryLink(
        uri_r=clean.text(view.uri_r),
        href=clean.url(view.uri_r),
        target=clean.url(target) or clean.text(target),
        title=title or host_of(target) or clean.line(target, longest=200),
        uri_m=clean.url(uri_m(base_url, kept.url, kept.at)) or None if kept else None,
        captured_at=kept.at if kept else None,
        outcome=chain.outcome if chain else None,
        hops=sum(1 for hop in chain.hops if hop.mechanism is not None) if chain else 0,
        steps=tuple(_step(hop) for hop in chain.hops) if chain else (),
        whole=whole,
        digest=_cleaned(kept.digest) if kept else None,
        record_id=_cleaned(kept.record_id) if kept else None,
        witness=_witness(chain.witness) if chain and chain.witness else None,
    )


def _step(hop: Hop) -> Hop:
    return dataclasses.replace(
        hop,
        url=clean.text(hop.url),
        location=_cleaned(hop.location),
        ip=_cleaned(hop.ip),
        record_id=_cleaned(hop.record_id),
        source=clean.text(hop.source),
        agent=clean.text(hop.agent),
    )


def _witness(witness: Witness) -> WitnessCopy | None:
    """Give it if its address may stand in a link."""
    href = clean.url(witness.uri_m)
    return (
        WitnessCopy(href, host_of(href), wording.utc(witness.at), _cleaned(witness.record_id))
        if href
        else None
    )


def _cleaned(raw: str | None) -> str | None:
    return None if raw is None else clean.text(raw)

"""Which way did each link of a thread go, hop by hop, and how did it end? Pure; for its page."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, replace

from archiver.models import Hop, LinkView, ThreadView, ViewKind
from feeds import clean, post_parts, wording
from feeds.entry_links import EntryLink, host_of, links_of
from feeds.link_band import BandPiece, band_of
from feeds.link_rows import LinkRow, Stamp, rows_of, stamp, told
from feeds.media_copies import Picture, picture_of
from feeds.nearness import nears_of, target_key

_LED_ON = {
    "http": "redirect",
    "refresh-header": "Refresh header",
    "meta-refresh": "meta refresh",
    "js": "script",
    "interstitial": "a page in between",
    "beacon": "a table of the dead shortener's links",
}


TlsLines = tuple[tuple[str, str], ...]
"""Names and values of what a connection agreed on; a name is empty where it is that before."""


@dataclass(frozen=True, slots=True)
class HopLine:
    """
    One step of a chain.

    Attributes:
        url: For people; `href` for a link, empty if there is no safe one.
        answer: What the server answered, in words; `tone` is live, changed or dead, for its mark.
        led_on: How it led on, in words; empty for the last.
        ip: The peer; empty if no connection was made.
        source: Whose word it is, if not the server's own.
        foreign: It stands in a file that others wrote.
    """

    url: str
    href: str
    host: str
    answer: str
    tone: str
    led_on: str
    ip: str
    source: str
    at: Stamp
    record: str
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class LinkStory:
    """
    A link with its chain.

    Attributes:
        posts: Positions of the posts that have it.
        written: As written in the post, shortened for people.
        doubt: A sentence of the resolver, if there is a doubt; else empty.
        changes: What happened to it and when we saw it, oldest first.
        record, digest: Of our copy; empty if there is none.
        foreign: The copy was imported: others wrote it.
        screen: The page as a browser showed it.
        tls: Of the connection on which our copy came.
        band: Its states over time; empty if there was only one.
        near: Place of the list of other threads that lead to the target; empty if there is none.
        host: Of the target, by which a search finds other threads that lead there.
    """

    row: LinkRow
    posts: tuple[int, ...]
    written: str
    followed: Stamp | None
    hops: tuple[HopLine, ...]
    doubt: str
    changes: tuple[tuple[Stamp, str], ...]
    record: str
    digest: str
    near: str
    host: str
    screen: Picture | None = None
    band: tuple[BandPiece, ...] = ()
    tls: TlsLines = ()
    foreign: bool = False


def stories_of(
    view: ThreadView,
    base_url: str,
    copies: Mapping[str, str] | None = None,
    tls: Mapping[str, TlsLines] | None = None,
    foreign: Container[str] = (),
) -> tuple[LinkStory, ...]:
    """
    Tell of each link of a thread, in order of first appearance.

    Args:
        base_url: publish.base_url, without a slash at its end.
        copies: Record id of a picture -> path of our copy below publish_dir, if pictures shall
            stand there.
        foreign: Ids of records that others wrote and we imported.
    """
    copies = copies or {}
    links = links_of(view, base_url)
    rows = rows_of(view, links, copies)
    posts: dict[str, dict[int, None]] = {}
    for stored in view.thread.posts:
        for each in stored.post.links:
            posts.setdefault(clean.text(each.uri_r), {})[stored.position] = None
    shared = {each.key for each in nears_of(view)}
    stories: list[LinkStory] = []
    for link, seen in zip(links, view.links, strict=True):
        key = target_key(seen.chain.target) if seen.chain else ""
        near = key if key in shared else ""
        shared.discard(key)  # two links to one target: it is told once
        at = tuple(posts.get(link.uri_r, ()))
        made = _story(link, seen, rows[link.uri_r], at, near)
        screen = seen.snapshot.view(ViewKind.SCREENSHOT) if seen.snapshot else None
        secured = (tls or {}).get(made.record, ())
        picture = picture_of(screen, copies)
        hops = tuple(replace(each, foreign=each.record in foreign) for each in made.hops)
        whose = made.record in foreign
        stories.append(
            replace(made, hops=hops, foreign=whose, screen=picture, band=band_of(seen), tls=secured)
        )
    return tuple(stories)


def _story(
    link: EntryLink, view: LinkView, row: LinkRow, posts: tuple[int, ...], near: str
) -> LinkStory:
    return LinkStory(
        row=row,
        posts=posts,
        written=post_parts.shown_as(link.uri_r),
        followed=stamp(view.chain.at) if view.chain else None,
        hops=tuple(_hop(each) for each in link.steps),
        doubt=clean.line(view.chain.error) if view.chain else "",
        changes=tuple((stamp(each.at), told(each)) for each in view.changes),
        record=clean.line(link.record_id or ""),
        digest=clean.line(link.digest or ""),
        near=near,
        host=link.host if link.target_href else "",
    )


def _hop(hop: Hop) -> HopLine:
    mechanism = hop.mechanism
    return HopLine(
        url=clean.line(hop.url, longest=2_000),
        href=clean.url(hop.url),
        host=host_of(hop.url),
        answer=_answer(hop),
        tone=_tone(hop),
        led_on=_LED_ON.get(mechanism.value, mechanism.value) if mechanism else "",
        ip=clean.line(hop.ip or ""),
        source=clean.line(hop.source),
        at=stamp(hop.at),
        record=clean.line(hop.record_id or ""),
    )


def _answer(hop: Hop) -> str:
    if hop.source:
        return "found in a table of links"
    return "no answer" if hop.status is None else f"answered {hop.status}"


def _tone(hop: Hop) -> str:
    if hop.mechanism is not None:
        return "changed"
    return "live" if hop.status is not None and hop.status < 400 else "dead"


def counted_states(stories: Sequence[LinkStory]) -> str:
    """Say how many links there are, and how many of them are not live."""
    lost = sum(1 for each in stories if each.row.tone == "dead")
    words = wording.counted(len(stories), "link")
    return f"{words}, {lost:,} not live" if lost else words

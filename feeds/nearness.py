"""What does a thread share with others, and how do pages name those? Pure.

A page holds a place for each of its lists, `<!--more KEY-->…<!--/more-->`, so that a list can be
written anew without the page. Nothing from outside can look like one: in texts `<` is escaped, and
cleaned HTML has no comments.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from archiver.core.urls import group_key
from archiver.models import ThreadView
from feeds import addresses, clean, wording
from feeds.entry import tags_of
from feeds.list_pages import ThreadLine
from feeds.render import Site, render

TAGS = 3
TARGETS = 10
"""How many tags and targets of a thread lead to others; so what a thread changes is bounded."""

HOME = "thread"
"""The place of the lists at the end of a thread's page."""

_PLACE = re.compile(rb"<!--more ([a-z0-9/]{1,80})-->(.*?)<!--/more-->", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Near:
    """
    Something that threads share.

    Attributes:
        key: Its name among all, with its kind before: `by/…`, `tag/…`, `to/…`.
        words: What a list of such threads is called.
    """

    key: str
    words: str

    @property
    def home(self) -> str:
        """Page below publish_dir that lists all of them; empty if there is none."""
        return f"{self.key}/" if self.key.startswith(("by/", "tag/")) else ""


def nears_of(view: ThreadView) -> tuple[Near, ...]:
    """Give what a thread shares with others: its account, its first tags, its first targets."""
    thread = view.thread
    found: dict[str, Near] = {}
    if thread.author.id:
        place = f"by/{addresses.account_key(thread.platform, thread.author.id)}"
        found[place] = Near(place, f"More by {wording.author(thread.author)}")
    for tag in tags_of(thread)[:TAGS]:
        place = f"tag/{addresses.tag_slug(tag)}"
        found.setdefault(place, Near(place, f"#{clean.line(tag, longest=100)}"))
    targets = dict.fromkeys(
        key for link in view.links if link.chain and (key := target_key(link.chain.target))
    )
    for key in list(targets)[:TARGETS]:
        found[key] = Near(key, "With the same target")
    return tuple(found.values())


def target_key(target: str) -> str:
    """
    Name a target, whatever its scheme, tracking parameters and fragment; empty if it is no URL.

    >>> target_key("http://a.example/x#y") == target_key("https://a.example/x?utm_source=z")
    True
    """
    safe = clean.url(target)
    if not safe:
        return ""
    bare = group_key(safe).partition("://")[2]
    return f"to/{hashlib.sha256(bare.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def place_of(key: str, inside: str = "") -> Markup:
    """Give the place of a list."""
    return Markup(f"<!--more {key}-->{inside}<!--/more-->")


def with_lists(page: bytes, lists: Mapping[str, bytes]) -> bytes:
    """Write lists into their places in a page; a place without a list becomes empty."""

    def filled(found: re.Match[bytes]) -> bytes:
        inside = lists.get(found[1].decode("ascii"), b"")
        return b"<!--more " + found[1] + b"-->" + inside + b"<!--/more-->"

    return _PLACE.sub(filled, page)


def lists_of(
    site: Site, thread_id: str, near: Sequence[tuple[Near, Sequence[ThreadLine]]]
) -> dict[str, bytes]:
    """
    Write the lists that the pages of a thread hold, by their places.

    Args:
        near: Of each thing that it shares, the threads next to it; a thread is named once at the
            end of its page, and under each link on the page of links.
    """
    told = {thread_id}
    shown: list[tuple[Near, list[ThreadLine]]] = []
    made: dict[str, bytes] = {}
    for each, lines in near:
        fresh = [line for line in lines if line.id not in told]
        told.update(line.id for line in fresh)
        same = bool(shown) and shown[-1][0].words == each.words
        if same:
            shown[-1][1].extend(fresh)
        elif fresh:
            shown.append((each, fresh))
        if each.key.startswith("to/") and lines:
            made[each.key] = _written(site, "../../../", [(Near("", "Also in"), lines)])
    if shown:
        made[HOME] = _written(site, "../../", shown)
    return made


def _written(site: Site, root: str, lists: Sequence[tuple[Near, Sequence[ThreadLine]]]) -> bytes:
    return render("more.html.jinja", site, root=root, lists=lists).strip()

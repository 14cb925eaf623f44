"""Which pages read or look otherwise than before? Noise is the enemy here too. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from archiver.core import fingerprint, shown, urls
from archiver.core.paywall import is_walled
from archiver.models import LinkChange, LinkChangeKind, Outcome, Snapshot

LONGEST = 6_000
"""Of a changed text so much is told on each side, in letters."""

OTHERWISE = 0.25
"""A page without words is another once so much of its picture is."""

_ROUND = 160
_RESTLESS = 3
_WORD = re.compile(r"[^\W\d_]+")


def changes(uri_r: str, copies: Sequence[Snapshot]) -> tuple[LinkChange, ...]:
    """
    Find what happened to the page at the end of a link.

    Only words count: other numbers (of comments, of readers, of days) are no change, nor is a text
    that was there before and is there again, as where a site tries two headlines. A front page is
    always another. A page that is another at each capture is told three times and then no more,
    until it rests. Where there are no words, the pictures of a browser are compared.

    Args:
        uri_r: The link.
        copies: Snapshots of one page, oldest first.

    Returns:
        Oldest first; the first known state is no event.
    """
    whole = [each for each in copies if shown.is_whole(each)]
    if not whole or urls.is_root(whole[0].url):
        return ()
    state = _State(uri_r)
    for copy in whole:
        state.sees(copy)
    return tuple(state.events)


@dataclass(slots=True)
class _State:
    """What a page was when it was last seen."""

    uri_r: str
    last: Snapshot | None = None
    full: Snapshot | None = None  # before a wall was built
    in_a_row: int = 0
    known: set[tuple[str, ...]] = field(default_factory=set)
    events: list[LinkChange] = field(default_factory=list)

    def sees(self, copy: Snapshot) -> None:
        before, self.last = self.last, copy
        words = _words(copy)
        is_new = words not in self.known
        self.known.add(words)
        if before is None:
            return
        if self.full is not None:
            self._behind_the_wall(self.full, copy)
        elif words == _words(before):
            self.in_a_row = 0
            self._looks(before, copy)
        elif is_walled(before.text, copy.text):
            self.full = before
            self._tell(LinkChangeKind.WALLED, before, copy)
        else:
            self.in_a_row += 1
            if is_new and self.in_a_row <= _RESTLESS:
                self._tell(LinkChangeKind.CHANGED, before, copy)

    def _behind_the_wall(self, full: Snapshot, copy: Snapshot) -> None:
        if is_walled(full.text, copy.text):
            return
        self.full = None
        self._tell(LinkChangeKind.OPENED, full, copy)

    def _looks(self, before: Snapshot, copy: Snapshot) -> None:
        """Of a page with words its look is decoration; one without is its look."""
        if _words(copy) == ():
            share = fingerprint.difference(_print(before), _print(copy))
            if share is not None and share >= OTHERWISE:
                self._tell(LinkChangeKind.CHANGED, before, copy)

    def _tell(self, kind: LinkChangeKind, before: Snapshot, copy: Snapshot) -> None:
        was, now = around(_told(before), _told(copy))
        proofs = (before.record_id, copy.record_id)
        self.events.append(
            LinkChange(
                uri_r=self.uri_r,
                at=copy.at,
                kind=kind,
                before=before.url,
                before_outcome=Outcome.OK,
                after=copy.url,
                after_outcome=Outcome.OK,
                record_ids=tuple(dict.fromkeys(filter(None, proofs))),
                was=was,
                now=now,
                picture=fingerprint.difference(_print(before), _print(copy)),
            )
        )


def around(before: str, after: str) -> tuple[str, str]:
    """
    Cut two texts to where they differ, with whole words of what stands round it.

    >>> around("a " * 200 + "ten files" + " b" * 200, "a " * 200 + "six files" + " b" * 200)[0][:6]
    '… a a '
    """
    head = _shared(before, after)
    # What is shared at the beginning is not counted again from the end.
    tail = _shared(before[head:][::-1], after[head:][::-1])
    start, left = max(0, head - _ROUND), max(0, tail - _ROUND)
    return _cut(before, start, left), _cut(after, start, left)


def _shared(before: str, after: str) -> int:
    """Count the letters at the beginning that are the same; by halving, since texts are long."""
    least, most = 0, min(len(before), len(after))
    while least < most:
        middle = (least + most + 1) // 2
        if before[least:middle] == after[least:middle]:
            least = middle
        else:
            most = middle - 1
    return least


def _cut(text: str, start: int, left: int) -> str:
    end = len(text) - left
    if start:
        start = max(text.find(" ", start, start + 40) + 1, start)
    if left:
        found = text.rfind(" ", end - 40, end)
        end = found if found > start else end
    kept = text[start:end]
    more = len(kept) > LONGEST
    return ("… " if start else "") + kept[:LONGEST] + (" …" if left or more else "")


def _words(copy: Snapshot) -> tuple[str, ...]:
    return tuple(_WORD.findall(_told(copy).casefold()))


def _told(copy: Snapshot) -> str:
    return "\n".join(filter(None, (copy.title.strip(), copy.text.strip())))


def _print(copy: Snapshot) -> str:
    return next((view.fingerprint for view in copy.views if view.fingerprint), "")

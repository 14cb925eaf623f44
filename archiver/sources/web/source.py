"""Any address of the web: a feed is a listing of its entries, all else a thread of one post."""

from __future__ import annotations

from collections.abc import Sequence

from archiver.core import urls
from archiver.models import Exchange, FetchRequest, Observation, RefKind, SourceRef
from archiver.sources.answers import Answers, Missing, planning
from archiver.sources.web import feed, page
from archiver.sources.web.told import PLATFORM

_ACCEPT = (
    "text/html,application/xhtml+xml,application/atom+xml,application/rss+xml,"
    "application/feed+json,application/xml;q=0.9,*/*;q=0.8"
)


class Web:
    """Whatever no other source knows: the last one, since it takes any address."""

    @property
    def platform(self) -> str:
        """The name of this source."""
        return PLATFORM

    def match(self, url: str) -> SourceRef | None:
        """Take any http or https address; whether it is a page or a feed, its answer says."""
        try:
            asked = urls.without_fragment(urls.fetchable(url))
        except ValueError:
            return None
        return SourceRef(PLATFORM, RefKind.THREAD, url, (asked,))

    @planning
    def plan(self, ref: SourceRef, seen: Sequence[Exchange]) -> Sequence[FetchRequest]:
        """Ask for the address, and for older documents of a feed."""
        answers = Answers(seen)
        first = answers.get(_ask(ref))
        if feed.is_feed(first):
            feed.need_all(answers, first, _ask(ref))
        return ()

    def parse(self, ref: SourceRef, seen: Sequence[Exchange]) -> Observation:
        """
        Say what the address holds: the threads of a feed, or a thread of one post.

        Raises:
            NotFound, AccessDenied, FetchError: If it could not be read.
            ParseError: If it is a feed or a page that holds nothing to read.
        """
        answers = Answers(seen)
        try:
            first = answers.get(_ask(ref))
            if feed.is_feed(first):
                return feed.observed(answers, first, ref.key[0], _ask(ref))
        except Missing as need:
            raise need.ended() from None
        return page.observed(ref, seen, first)


def _ask(ref: SourceRef) -> FetchRequest:
    return FetchRequest(ref.key[0], headers=(("Accept", _ACCEPT),))

"""How large is the page of a thread of 500 posts, and how long does it take to write its pages?"""

from __future__ import annotations

import time
from dataclasses import dataclass

from feeds.entry import Entry, entry_of
from feeds.html import Site, thread_pages
from tests.feeds import views

POSTS = 500
MOST_BYTES = 300_000


@dataclass(frozen=True, slots=True)
class _Entries:
    thread: Entry


def run() -> str:
    """Write the pages of a thread of 500 posts of 260 letters, each with a link."""
    view = views.long(POSTS)
    entries = _Entries(entry_of(view, base_url=views.BASE, media={}))
    site = Site(views.BASE, "The reading room")
    thread_pages(view, entries, site, {})  # templates are compiled once
    began = time.process_time()
    pages = thread_pages(view, entries, site, {})
    took_s = time.process_time() - began
    held = len(pages[0].content)
    verdict = "reached" if held <= MOST_BYTES else "MISSED"
    return (
        f"page: {POSTS} posts with a link each are {held:,} bytes of HTML (at most "
        f"{MOST_BYTES:,}: {verdict}); all {len(pages)} pages took {took_s * 1000:.0f} ms"
    )

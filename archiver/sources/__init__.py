"""Which platforms do we read? An explicit tuple; the first whose `match` knows a URL wins."""

from __future__ import annotations

from archiver.config import PlatformSettings
from archiver.ports import Source
from archiver.sources.bluesky import Bluesky
from archiver.sources.mastodon import Mastodon
from archiver.sources.threadreader import ThreadReader


def sources(platforms: PlatformSettings) -> tuple[Source, ...]:
    """
    Give all sources, in the order in which they are tried.

    Mastodon is last, since the shape of its addresses fits any host.
    """
    bluesky = Bluesky(appview=platforms.bluesky.appview, plc=platforms.bluesky.plc)
    return (ThreadReader(), bluesky, Mastodon())

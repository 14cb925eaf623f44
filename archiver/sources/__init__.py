"""Which platforms do we read? An explicit tuple; the first whose `match` knows a URL wins."""

from __future__ import annotations

from archiver.config import PlatformSettings
from archiver.ports import Source
from archiver.sources.activitypub import ActivityPub
from archiver.sources.bluesky import Bluesky
from archiver.sources.hackernews import HackerNews
from archiver.sources.lemmy import Lemmy
from archiver.sources.mastodon import Mastodon
from archiver.sources.misskey import Misskey
from archiver.sources.peertube import PeerTube
from archiver.sources.reddit import Reddit
from archiver.sources.telegram import Telegram
from archiver.sources.threadreader import ThreadReader
from archiver.sources.web import Web
from archiver.sources.x import X


def sources(
    platforms: PlatformSettings, credentials: frozenset[str] = frozenset()
) -> tuple[Source, ...]:
    """
    Give all sources, in the order in which they are tried.

    Those that know their hosts come first, then those whose addresses have a shape of their own,
    and last those that take any address.

    Args:
        platforms: What config.toml says.
        credentials: Names of the credentials that the environment holds.
    """
    bluesky = Bluesky(
        appview=platforms.bluesky.appview,
        plc=platforms.bluesky.plc,
        originals=platforms.bluesky.pds_blobs,
    )
    x = X(platforms.x, has_token="x" in credentials)
    hackernews = HackerNews(api=platforms.hackernews.api, algolia=platforms.hackernews.algolia)
    telegram = Telegram(web=platforms.telegram.web)
    reddit = Reddit(
        api=platforms.reddit.api,
        login=platforms.reddit.login,
        has_credential="reddit" in credentials,
    )
    activitypub = ActivityPub(signed="activitypub" in credentials)
    known = (ThreadReader(), bluesky, x, hackernews, telegram, reddit)
    return (
        *known,
        Mastodon(fallback=activitypub, has_token="mastodon" in credentials),
        Misskey(),
        Lemmy(),
        PeerTube(),
        activitypub,
        Web(),
    )

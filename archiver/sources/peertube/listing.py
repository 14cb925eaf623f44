"""Which videos did a channel or an account of a PeerTube server publish lately?"""

from __future__ import annotations

from archiver.models import ListingObservation, SourceRef
from archiver.sources.answers import Answers, ask, json_object, record_ids
from archiver.sources.fields import Fields
from archiver.sources.hosts import read_each, runs
from archiver.sources.peertube import urls
from archiver.sources.peertube.urls import FAMILY, PLATFORM
from archiver.sources.peertube.video import read_author


def read_listing(ref: SourceRef, answers: Answers) -> ListingObservation:
    """
    Read the newest videos.

    Raises:
        Missing: If something must be asked first.
        NotThisPlatform: If the server runs something else.
        FetchError: If they cannot be read.
        ParseError: If an answer is not what is documented.
    """
    origin, kind, name = ref.key
    runs(answers, origin, FAMILY, platform=PLATFORM)
    answer = answers.get(ask(urls.videos_of(origin, kind, name)))
    told = json_object(answer, platform=PLATFORM, subject="the videos")
    if not told.has("data"):
        told.refuse("data", "a list")
    url = answer.request.url
    found, bad = read_each(told.values["data"], _read, uri_r=url, platform=PLATFORM, place="data")
    owner = (
        found[0].maybe_inner("channel" if kind == "video-channels" else "account")
        if found
        else None
    )
    author = read_author(owner) if owner else None
    return ListingObservation(
        platform=PLATFORM,
        url=author.url if author and author.url else ref.url,
        thread_urls=tuple(dict.fromkeys(each.text("url") for each in found)),
        observed_at=answers.seen[0].at,
        author=author,
        title=author.name if author else name,
        reason=f"{bad} videos were not what is documented" if bad else "",
        record_ids=record_ids(answers.seen),
    )


def _read(fields: Fields) -> Fields:
    if urls.home(fields.text("url")) is None:
        fields.refuse("url", "the address of a video")
    return fields

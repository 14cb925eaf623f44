"""What does a post hold beside its words? Media, poll, links, mentions, hashtags."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator

from archiver.core.richtext import clean, name_of, web_address
from archiver.models import Link, Media, MediaKind, Poll, PollOption
from archiver.sources.activitypub.shapes import Thing, id_of

_KINDS = {
    "Image": MediaKind.IMAGE,
    "Video": MediaKind.VIDEO,
    "Audio": MediaKind.AUDIO,
    "image": MediaKind.IMAGE,
    "video": MediaKind.VIDEO,
    "audio": MediaKind.AUDIO,
}
_MOST = 500
_MENTION = re.compile(r"@?[^\s@/]{1,200}(?:@[^\s@/]{1,253})?")
_QUOTES = ("quote", "quoteUri", "quoteUrl", "_misskey_quote")


def address_of(thing: Thing) -> str:
    """Give the address for people; that of the object if it names none."""
    links = [each for each in thing.things("url") if each.words("mediaType") == "text/html"]
    told = next((each.one_id("href") for each in links), "") or thing.one_id("url")
    return told or thing.id


def media_of(thing: Thing) -> tuple[Media, ...]:
    """Give the attachments, and of a film or picture that is itself the post, the best variant."""
    found = [_attachment(each) for each in thing.things("attachment")[:_MOST]]
    found += [_itself(thing)]
    if not any(found):
        found = [_attachment(each) for each in thing.things("image")[:1]]
    kept: dict[str, Media] = {}
    for media in found:
        if media is not None:
            kept.setdefault(media.url, media)
    return tuple(kept.values())


def _attachment(each: Thing) -> Media | None:
    if "Link" in each.types or "PropertyValue" in each.types:
        return None
    best = _best(each)
    address = best.one_id("href") if best else each.one_id("url")
    if not address:
        return None
    mime = (best.words("mediaType") if best else "") or each.words("mediaType")
    return Media(
        kind=_kind(each, mime),
        url=address,
        alt=clean(each.words("name") or each.words("summary")).strip(),
        mime=mime[:100],
        width=each.count("width") or (best.count("width") if best else None),
        height=each.count("height") or (best.count("height") if best else None),
        preview_url=_preview(each),
    )


def _itself(thing: Thing) -> Media | None:
    """Read a Video (PeerTube) or the like, which names its files among its addresses."""
    best = _best(thing)
    if best is None or not thing.types & {"Video", "Audio", "Image", "Document"}:
        return None
    mime = best.words("mediaType")
    captions = (each.one_id("url") for each in thing.things("subtitleLanguage")[:_MOST])
    return Media(
        kind=_kind(thing, mime),
        url=best.one_id("href"),
        mime=mime[:100],
        width=best.count("width"),
        height=best.count("height"),
        preview_url=_preview(thing),
        captions=tuple(filter(None, captions)),
    )


def _best(thing: Thing) -> Thing | None:
    """Give the largest file among the Links of an object; streams hold theirs in `tag`."""
    files = [each for each in _files(thing) if each.one_id("href")]
    return max(files, key=lambda each: each.count("height") or 0, default=None)


def _files(thing: Thing) -> Iterator[Thing]:
    for link in thing.things("url")[:_MOST]:
        for each in (link, *link.things("tag")[:_MOST]):
            if each.words("mediaType").partition("/")[0] in _KINDS:
                yield each


def _kind(thing: Thing, mime: str) -> MediaKind:
    kind = _KINDS.get(mime.partition("/")[0].lower())
    told = next((_KINDS[each] for each in sorted(thing.types) if each in _KINDS), None)
    return kind or told or MediaKind.OTHER


def _preview(thing: Thing) -> str | None:
    for icon in (*thing.things("icon"), *thing.things("preview")):
        address = icon.one_id("url")
        if address:
            return address
    return None


def attached_links(thing: Thing) -> tuple[Link, ...]:
    """Give the addresses that a post carries beside its words (Lemmy, link posts)."""
    links = (each for each in thing.things("attachment")[:_MOST] if "Link" in each.types)
    found = (Link(each.one_id("href"), clean(each.words("name")).strip()) for each in links)
    return tuple(dict.fromkeys(link for link in found if link.uri_r))


def mentions_of(thing: Thing) -> tuple[tuple[str, ...], frozenset[str]]:
    """Give the handles that the platform names, with @, and the addresses they lead to."""
    names: dict[str, None] = {}
    urls: set[str] = set()
    for tag in _tags(thing, "Mention"):
        urls.add(tag.one_id("href"))
        name = name_of(tag.words("name"))
        if _MENTION.fullmatch(name):
            names["@" + name.lstrip("@")] = None
    return tuple(names), frozenset(urls - {""})


def hashtags_of(thing: Thing) -> tuple[str, ...]:
    """Give the hashtags that the platform names, without #."""
    names = (name_of(tag.words("name")).lstrip("#＃") for tag in _tags(thing, "Hashtag"))
    return tuple(dict.fromkeys(name for name in names if name))


def _tags(thing: Thing, kind: str) -> list[Thing]:
    return [each for each in thing.things("tag")[:_MOST] if kind in each.types]


def poll_of(thing: Thing) -> Poll | None:
    """Read the options of a Question, with the votes as they are counted."""
    many = thing.has("anyOf")
    options = (
        PollOption(clean(each.words("name")).strip(), _votes(each))
        for each in thing.things("anyOf" if many else "oneOf")[:_MOST]
    )
    kept = tuple(option for option in options if option.title)
    if not kept:
        return None
    closes = thing.time("endTime") or thing.time("closed")
    return Poll(options=kept, multiple=many, closes_at=closes, voters=thing.count("votersCount"))


def _votes(option: Thing) -> int | None:
    replies = option.thing("replies")
    return replies.count("totalItems") if replies else None


def quoted(thing: Thing) -> str:
    """
    Give the id of the quoted post; empty if none is quoted.

    Source: FEP-044f (`quote`); the other names are of Fedibird, Misskey and their kin
    """
    for name in _QUOTES:
        address = id_of(next(iter(thing.each(name)), None))
        if address:
            return address
    links = (each for each in _tags(thing, "Link") if "_misskey_quote" in each.words("rel"))
    return next((web_address(each.words("href")) or "" for each in links), "")


def edited_at(thing: Thing) -> dt.datetime | None:
    """Give the time of the last edit; servers that always say `updated` give that of writing."""
    updated, published = thing.time("updated"), thing.time("published")
    return updated if updated and (published is None or updated > published) else None

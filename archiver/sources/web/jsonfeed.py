"""Which entries does a JSON Feed hold? (jsonfeed.org, versions 1 and 1.1)"""

from __future__ import annotations

from collections.abc import Iterator

from archiver.core import urls
from archiver.core.richtext import escaped, web_address
from archiver.errors import ParseError
from archiver.models import Exchange, Media
from archiver.sources.answers import json_object
from archiver.sources.fields import Fields
from archiver.sources.loose import Loose
from archiver.sources.web import attached
from archiver.sources.web.dates import any_time
from archiver.sources.web.entry import Entry, Feed

_VERSION = "jsonfeed.org/version/1"


def read(answer: Exchange, *, platform: str) -> Feed:
    """
    Read a feed; entries that cannot be read are counted.

    Raises:
        FetchError: If it is not a whole answer.
        ParseError: If it is not a JSON Feed.
    """
    fields = json_object(answer, platform=platform, subject="the feed")
    if _VERSION not in fields.text("version"):
        fields.refuse("version", f"an address that holds {_VERSION}")
    url = answer.request.url
    found, odd = fields.readable("items")
    if not fields.has("items"):
        fields.refuse("items", "a list")
    if "items" in odd:
        fields.objects("items")  # says what is wrong with it
    head = Loose(fields)
    entries: list[Entry] = []
    unread = len(odd)
    for each in found:
        try:
            entries.append(_entry(each, url))
        except ParseError:
            unread += 1
    return Feed(
        entries=tuple(entries),
        title=escaped(head.words("title")),
        home=_address(head.words("home_page_url"), url),
        author=_author(head),
        language=head.words("language") or None,
        next=_address(head.words("next_url"), url),
        unread=unread,
    )


def _entry(fields: Fields, url: str) -> Entry:
    """Read an entry. Raises ParseError if its id or its content is of another type."""
    known = fields.values.get("id")
    # Some feeds write a number; the specification says to take it as a text.
    number = str(known) if isinstance(known, int | float) and type(known) is not bool else None
    loose = Loose(fields)
    page = _address(loose.words("url"), url) or _address(loose.words("external_url"), url)
    content = fields.words("content_html") or escaped(fields.words("content_text"))
    return Entry(
        id=fields.words("id").strip() if number is None else number,
        url=page,
        title=escaped(loose.words("title")),
        html=content or escaped(loose.words("summary")),
        base=page or url,
        author=_author(loose),
        published=any_time(loose.words("date_published")),
        updated=any_time(loose.words("date_modified")),
        tags=tuple(_texts(fields, "tags")),
        media=tuple(_media(loose, url)),
        language=loose.words("language") or None,
    )


def _address(written: str, url: str) -> str:
    return web_address(urls.absolute(url, written)) or "" if written.strip() else ""


def _author(loose: Loose) -> str:
    alone = loose.maybe_inner("author")  # version 1
    several = [*loose.objects("authors"), *([] if alone is None else [alone])]
    return ", ".join(filter(None, (each.words("name").strip() for each in several[:10])))


def _texts(fields: Fields, name: str) -> Iterator[str]:
    values = fields.values.get(name)
    for each in values if isinstance(values, list) else ():
        if isinstance(each, str):
            yield each


def _media(loose: Loose, url: str) -> Iterator[Media]:
    pictures = [(loose.words(name), "image", "") for name in ("image", "banner_image")]
    files = [
        (each.words("url"), each.words("mime_type"), each.words("title"))
        for each in loose.objects("attachments")
    ]
    for address, mime, title in (*pictures, *files):
        medium = "image" if mime == "image" else ""
        known = "" if medium else mime
        found = attached.media(_address(address, url), mime=known, medium=medium, alt=title)
        if found is not None:
            yield found

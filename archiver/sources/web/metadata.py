"""Who wrote a page, and when, by its own word?"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from dataclasses import dataclass

from archiver.core import markup
from archiver.core.richtext import name_of
from archiver.sources.web.dates import any_time

_MAX_JSON, _MAX_OBJECTS, _MAX_NAME = 500_000, 500, 200
_PUBLISHED = (
    "article:published_time", "datepublished", "dc.date.issued", "dcterms.created", "dc.date",
    "parsely-pub-date", "date", "pubdate", "publish-date",
)  # fmt: skip
_MODIFIED = ("article:modified_time", "og:updated_time", "datemodified", "dcterms.modified")
_AUTHOR = ("author", "article:author", "parsely-author", "dc.creator", "dcterms.creator")
_ARTICLES = (
    "article", "newsarticle", "blogposting", "report", "reportagenewsarticle", "liveblogposting",
    "scholarlyarticle", "analysisnewsarticle", "opinionnewsarticle", "webpage",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a page says of itself; empty or None where it says nothing."""

    author: str = ""
    site: str = ""
    published: dt.datetime | None = None
    modified: dt.datetime | None = None


def of_page(page: markup.Markup) -> Metadata:
    """
    Read meta elements, and JSON-LD of articles where they are silent.

    Source: ogp.me; schema.org/Article
    """
    metas = _metas(page)
    articles = list(_articles(page))
    return Metadata(
        author=_name(_first(metas, _AUTHOR) or _writers(articles)),
        site=_name(_first(metas, ("og:site_name", "application-name"))),
        published=_time(metas, _PUBLISHED, articles, "datePublished"),
        modified=_time(metas, _MODIFIED, articles, "dateModified"),
    )


def _metas(page: markup.Markup) -> dict[str, str]:
    metas: dict[str, str] = {}
    for each in page.of("meta"):
        for name in (each.get("property"), each.get("name"), each.get("itemprop")):
            if name and each.get("content"):
                metas.setdefault(name.lower(), each.get("content"))
    return metas


def _first(metas: dict[str, str], names: tuple[str, ...]) -> str:
    found = (metas.get(name, "") for name in names)
    return next((each for each in found if each and "://" not in each), "")


def _time(
    metas: dict[str, str], names: tuple[str, ...], articles: list[dict[str, object]], key: str
) -> dt.datetime | None:
    said = [metas.get(name, "") for name in names] + [str(each.get(key, "")) for each in articles]
    return next((at for at in map(any_time, said) if at is not None), None)


def _articles(page: markup.Markup) -> Iterator[dict[str, object]]:
    """Give the objects of JSON-LD that are articles; what cannot be read is passed over."""
    for each in page.of("script"):
        if each.get("type").lower() != "application/ld+json" or len(each.text) > _MAX_JSON:
            continue
        try:
            value = json.loads(each.text)
        except (ValueError, RecursionError):
            continue
        yield from filter(_is_article, _objects(value))


def _objects(value: object) -> Iterator[dict[str, object]]:
    waiting, count = [value], 0
    while waiting and count < _MAX_OBJECTS:
        each = waiting.pop(0)
        count += 1
        if isinstance(each, list):
            waiting += each[:_MAX_OBJECTS]
        elif isinstance(each, dict):
            yield each
            waiting.append(each.get("@graph"))


def _is_article(value: dict[str, object]) -> bool:
    kinds = value.get("@type")
    return any(
        isinstance(kind, str) and kind.lower() in _ARTICLES
        for kind in (kinds if isinstance(kinds, list) else [kinds])
    )


def _writers(articles: list[dict[str, object]]) -> str:
    for each in articles:
        given = each.get("author")
        people = given if isinstance(given, list) else [given]
        names = [each.get("name") if isinstance(each, dict) else each for each in people[:10]]
        found = [name for name in names if isinstance(name, str) and name.strip()]
        if found:
            return ", ".join(found)
    return ""


def _name(text: str) -> str:
    return name_of(text)[:_MAX_NAME]

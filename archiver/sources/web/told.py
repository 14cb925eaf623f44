"""How does an entry or a page become a thread of one post?"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable

from archiver.core import htmltext
from archiver.core.richtext import RichText, clean, escaped, language_of, name_of, title_of
from archiver.models import (
    Author,
    Completeness,
    Link,
    Media,
    Post,
    ThreadObservation,
)
from archiver.sources.web.attached import MAX_MEDIA

PLATFORM = "web"
_MAX_TITLE = 1_000
_MAX_TAGS, _MAX_TAG = 50, 100
_MAX_LINKS = 500


def thread(
    native_id: str,
    url: str,
    author: Author,
    headline: str,
    body: RichText,
    *,
    observed_at: dt.datetime,
    reason: str,
    published: dt.datetime | None = None,
    updated: dt.datetime | None = None,
    tags: Iterable[str] = (),
    media: Iterable[Media] = (),
    language: str | None = None,
    record_ids: tuple[str, ...] = (),
) -> ThreadObservation:
    """
    Make a thread of one post.

    The headline stands above the text, so that a change of it is an edit as well. The page itself
    is the first link, so that it is followed and kept.

    Args:
        native_id: The permanent name; of the post too.
        url: Of the page; empty if there is none.
        headline: One line of plain text.
        reason: What the completeness says.
        published: UTC.
        updated: UTC; an edit only if it is later than `published`.
    """
    said = _under(headline, body)
    itself = (Link(url, headline or url),) if url else ()
    post = Post(
        id=native_id,
        author=author,
        url=url,
        text=said.text,
        html=said.html,
        created_at=published,
        edited_at=updated if updated and published and updated > published else None,
        links=tuple(dict.fromkeys((*itself, *said.links)))[:_MAX_LINKS],
        hashtags=tuple(dict.fromkeys(filter(None, map(_tag, tags))))[:_MAX_TAGS],
        media=tuple({each.url: each for each in media}.values())[:MAX_MEDIA],
        language=language_of(language),
    )
    return ThreadObservation(
        platform=PLATFORM,
        native_id=native_id,
        url=url or f"urn:thread:web:{hashlib.sha256(native_id.encode()).hexdigest()}",
        author=author,
        posts=(post,),
        completeness=Completeness(1, 1, 0, reason),
        observed_at=observed_at,
        title=headline or title_of(body.text) or url or native_id,
        language=language_of(language),
        record_ids=record_ids,
    )


def headline_of(html: str) -> str:
    """Make one line of plain text of a title that may hold markup."""
    return name_of(htmltext.from_html(html).text)[:_MAX_TITLE]


def plain(text: str) -> RichText:
    """Write plain text as paragraphs; its lines stay apart."""
    words = clean(text).strip()
    paragraphs = (each.strip("\n") for each in words.split("\n\n"))
    html = "".join(f"<p>{escaped(each)}</p>" for each in paragraphs if each.strip())
    return RichText(html=html, text=words)


def _under(headline: str, body: RichText) -> RichText:
    if not headline or " ".join(body.text.split()).startswith(headline):
        return body
    return RichText(
        html=f"<p><strong>{escaped(headline)}</strong></p>{body.html}",
        text=f"{headline}\n\n{body.text}".strip(),
        links=body.links,
    )


def _tag(text: str) -> str:
    return name_of(text)[:_MAX_TAG].lstrip("#").strip()

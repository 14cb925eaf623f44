"""How does a page of a thread tell other programs what it is: previews, schema.org, embedding?"""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from urllib.parse import quote

from markupsafe import Markup

from feeds import wording
from feeds.entry import Entry

EMBED_WIDTH = 560
EMBED_HEIGHT = 420
"""Pixels of the frame that an embedded thread asks for."""


@dataclass(frozen=True, slots=True)
class Shared:
    """
    What the head and the share part of a page hold.

    Attributes:
        oembed: Address of the oEmbed answer for this page.
        embed: Address of the page to stand in a frame.
        code: HTML for other people's pages: that frame.
        schema: JSON-LD, safe inside a script element.
    """

    oembed: str
    embed: str
    code: str
    schema: Markup


def shared_of(entry: Entry, base_url: str, site_title: str) -> Shared:
    """
    Say how a thread is shared.

    Args:
        base_url: publish.base_url, without a slash at its end.
        site_title: publish.title, clean.

    Source: https://oembed.com/ (2 and 4); https://schema.org/SocialMediaPosting
    """
    embed = f"{entry.url}embed/"
    return Shared(
        oembed=f"{base_url}/oembed?format=json&url={quote(entry.url, safe='')}",
        embed=embed,
        code=embed_code(embed, entry.title),
        schema=_schema(entry, site_title),
    )


def embed_code(address: str, title: str) -> str:
    """Give the frame that shows a thread in a page of others; it runs no script there."""
    return (
        f'<iframe src="{html.escape(address)}" title="{html.escape(title)}"'
        f' width="{EMBED_WIDTH}" height="{EMBED_HEIGHT}" loading="lazy" frameborder="0"></iframe>'
    )


def _schema(entry: Entry, site_title: str) -> Markup:
    people = [
        {"@type": "Person", "name": each.name, **({"url": each.url} if each.url else {})}
        for each in entry.authors
    ]
    said: dict[str, object] = {
        "@context": "https://schema.org",
        "@type": "SocialMediaPosting",
        "@id": entry.id,
        "headline": entry.title,
        "abstract": entry.summary,
        "url": entry.url,
        "author": people,
        "datePublished": wording.iso(entry.published),
        "dateModified": wording.iso(entry.updated),
        "publisher": {"@type": "Organization", "name": site_title},
    }
    optional: dict[str, object] = {
        "inLanguage": entry.language or "",
        "image": entry.image or "",
        "isBasedOn": entry.via_url,
        "keywords": list(entry.tags),
    }
    said |= {name: value for name, value in optional.items() if value}
    written = json.dumps(said, ensure_ascii=False, separators=(",", ":"))
    # Inside a script element nothing but `<` can end or change what is read (HTML, 4.12.1.3).
    for sign in "<>&\u2028\u2029":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(written)

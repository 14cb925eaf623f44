"""Which words and links does the text of a Telegram message hold?"""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import parse_qs, urljoin, urlsplit

from bs4 import Tag

from archiver.core.htmltext import from_html
from archiver.core.richtext import RichText, clean, escaped
from archiver.models import Link
from archiver.sources.telegram.urls import SITE

_HOSTS = frozenset({"t.me", "telegram.me", "telegram.dog"})


def words_of(tag: Tag) -> str:
    """Give the words within an element, white space as one space."""
    return " ".join(clean(tag.get_text(" " if tag.find("br") else "")).split())


def paragraph(words: str) -> RichText:
    """Make a paragraph of plain words."""
    text = clean(words).strip()
    return RichText(f"<p>{escaped(text)}</p>", text) if text else RichText()


def joined(parts: Iterable[RichText], links: tuple[Link, ...] | None = None) -> RichText:
    """Put parts below each other; `links` replaces theirs."""
    shown = [each for each in parts if each.text]
    found = tuple(link for each in shown for link in each.links)
    return RichText(
        html="".join(each.html for each in shown),
        text="\n\n".join(each.text for each in shown),
        links=tuple(dict.fromkeys(found if links is None else links)),
        mentions=tuple(dict.fromkeys(each for part in shown for each in part.mentions)),
        hashtags=tuple(dict.fromkeys(each for part in shown for each in part.hashtags)),
    )


def read_text(body: Tag, channel: str) -> RichText:
    """
    Read the text of a message.

    Args:
        body: The element; it is changed.
        channel: Its name; hashtags lead to a search within it.
    """
    for emoji in body.select("i.emoji"):
        emoji.replace_with(emoji.get_text())  # a picture whose bold words are the character
    for link in body.find_all("a"):
        _mark(link, channel)
    said = from_html(f"<p>{body.decode_contents()}</p>")
    return said if said.text else RichText()


def unwrapped(href: str) -> str:
    """
    Give the address that Telegram's reader view (`t.me/iv?url=`) stands before.

    >>> unwrapped("https://t.me/iv?url=https%3A%2F%2Fa.example%2Fb&rhash=1")
    'https://a.example/b'
    """
    try:
        parts = urlsplit(href)
        if parts.hostname in _HOSTS and parts.path in {"/iv", "/share/url"}:
            return parse_qs(parts.query, max_num_fields=20).get("url", [href])[0]
    except ValueError:
        pass
    return href


def _mark(link: Tag, channel: str) -> None:
    href = str(link.get("href") or "")
    shown = link.get_text().strip()
    kinds: list[str] = []
    if href.startswith("?q=") and shown.startswith(("#", "$")):
        kinds = ["hashtag"]
        href = f"{SITE}/s/{channel}{href}"
    elif shown.startswith("@") and _is_of_telegram(href):
        kinds = ["mention"]
    link["class"] = kinds
    try:
        link["href"] = unwrapped(urljoin(f"{SITE}/", href)) if href else ""
    except ValueError:
        link["href"] = ""


def _is_of_telegram(href: str) -> bool:
    try:
        return urlsplit(urljoin(SITE, href)).hostname in _HOSTS
    except ValueError:
        return False

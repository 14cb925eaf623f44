"""What does a page say to a reader, and under which title?"""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree  # type: ignore[import-untyped]  # lxml brings no types

from archiver.core import markup, urls

MAX_CHARS, MAX_TAGS = 1_500_000, 30_000
"""Up to which size the main text of a page is looked for; of larger ones all words count. Each tag
costs up to half a millisecond (1 MB of nested <div> took 34 s), and pages of news hold a few
thousand."""

_MAX_TITLE, _MAX_DESCRIPTION, _MAX_TEXT = 1_000, 4_000, 1_000_000
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{1,8}){0,4}\Z")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# What lxml and plain Python raise on markup that trafilatura did not think of.
_FAILURES = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    etree.LxmlError,
)


@dataclass(frozen=True, slots=True)
class Article:
    """What a page says of itself; empty or None where it says nothing."""

    title: str = ""
    language: str | None = None
    canonical_url: str | None = None
    description: str = ""
    text: str = ""


def described(page: markup.Markup, url: str) -> Article:
    """Read what a page says of itself, and all words that it shows as its text."""
    names = _meta(page)
    title = next((each.text for each in page.of("title") if each.text.strip()), "")
    return Article(
        title=line(title or names.get("og:title", ""), _MAX_TITLE),
        language=_language(page, names),
        canonical_url=_canonical(page, url),
        description=line(
            names.get("description") or names.get("og:description", ""), _MAX_DESCRIPTION
        ),
        text=plain(page.text),
    )


def main_text(html: str) -> str:
    """
    Find the main text of a page, without menus and footers; slow, so call it in a thread.

    Returns:
        Plain text; empty if none was found, or if the page is too large to look for it.
    """
    if len(html) > MAX_CHARS or html.count("<") > MAX_TAGS:
        return ""
    import trafilatura  # takes half a second, and most commands need none of it

    try:
        text = trafilatura.extract(html, include_comments=False, include_tables=True)
    except _FAILURES:
        return ""
    return plain(text or "")


def plain(text: str) -> str:
    """Take out what no XML, JSON or database keeps, and bound the length."""
    return _UNPRINTABLE.sub("", text[:_MAX_TEXT]).strip()


def line(text: str, longest: int) -> str:
    """Make one line of a text, of at most `longest` characters."""
    return " ".join(plain(text).split())[:longest]


def _meta(page: markup.Markup) -> dict[str, str]:
    names: dict[str, str] = {}
    for each in page.of("meta"):
        for name in (each.get("property"), each.get("name"), each.get("http-equiv")):
            if name and each.get("content"):
                names.setdefault(name.lower(), each.get("content"))
    return names


def _language(page: markup.Markup, names: dict[str, str]) -> str | None:
    root = next(page.of("html"), None)
    written = (root.get("lang") or root.get("xml:lang")) if root else ""
    for given in (written, names.get("content-language", ""), names.get("og:locale", "")):
        if _LANGUAGE.match(given):
            return given.replace("_", "-")
    return None


def _canonical(page: markup.Markup, url: str) -> str | None:
    for link in page.of("link"):
        if "canonical" not in link.get("rel").lower().split() or not link.get("href"):
            continue
        try:
            return urls.fetchable(urls.absolute(urls.without_fragment(url), link.get("href")))
        except ValueError:
            return None
    return None

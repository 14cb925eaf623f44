"""How does a template become a page? Pure: templates, and what all pages share."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import jinja2

from feeds import addresses, clean
from feeds.assets import assets
from feeds.formats import FORMATS


@dataclass(frozen=True, slots=True)
class Site:
    """What all pages share. `base_url` is publish.base_url, without a slash at its end."""

    base_url: str
    title: str


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and where it stands below publish_dir."""

    path: str
    content: bytes


@dataclass(frozen=True, slots=True)
class FeedLink:
    """A feed in one format, as a page links it."""

    name: str
    mime: str
    url: str
    title: str


def feeds_at(stem: str, title: str) -> tuple[FeedLink, ...]:
    """
    Give a feed in each format.

    Args:
        stem: Its absolute address without extension.
    """
    return tuple(
        FeedLink(each.NAME, each.MIME, f"{stem}{each.EXTENSION}", f"{title} ({each.NAME})")
        for each in FORMATS
    )


def all_feeds(site: Site) -> tuple[FeedLink, ...]:
    """Give the feed of everything in each format."""
    return feeds_at(addresses.all_feed(site.base_url), clean.line(site.title))


def render(template: str, site: Site, **words: object) -> bytes:
    """
    Write a page.

    Args:
        template: Name of a file in `templates/pages`.
        words: What it says; `root` is the way from the page to publish_dir, ending with a slash.
    """
    held = assets()
    page = (
        _environment()
        .get_template(template)
        .render(
            site_title=clean.line(site.title),
            css=held["site.css"].path,
            js=held["page.js"].path,
            icon=held["icon.svg"].path,
            **words,
        )
    )
    return clean.text(page).encode("utf-8")


@functools.cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.PackageLoader("feeds", "templates/pages"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        keep_trailing_newline=True,
    )

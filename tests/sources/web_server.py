"""A site with pages, files and feeds, as servers of the web answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from archiver.models import FetchRequest
from tests.sources.playing import Answer

PARAGRAPH = "The files show how it was done, and who knew of it at the time it was done. "


def rss(*entries: str, head: str = "", title: str = "Harbour Desk") -> bytes:
    """Write an RSS 2.0 document of such entries."""
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rss version="2.0" xmlns:atom="http://www.w3.org/2005/Atom"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"'
        ' xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:media="http://search.yahoo.com/mrss/">'
        f"<channel><title>{title}</title><link>https://news.example/</link>{head}"
        + "".join(f"<item>{each}</item>" for each in entries)
        + "</channel></rss>"
    ).encode()


def entry(number: int | str, text: str = "", more: str = "") -> str:
    """Write an entry of RSS."""
    return (
        f"<title>Story {number}</title><link>https://news.example/story/{number}</link>"
        f"<guid>https://news.example/?p={number}</guid>"
        f"<description>&lt;p&gt;{text or f'Text {number}.'}&lt;/p&gt;</description>{more}"
    )


def atom(*entries: str, head: str = "") -> bytes:
    """Write an Atom 1.0 document of such entries."""
    return (
        '<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Desk</title>'
        '<id>tag:news.example,2026:desk</id><link href="https://news.example/"/>'
        f"{head}{''.join(f'<entry>{each}</entry>' for each in entries)}</feed>"
    ).encode()


def html(title: str, text: str = PARAGRAPH * 4, head: str = "") -> bytes:
    """Write a page with an article."""
    return (
        f"<!doctype html><html lang=en><head><meta charset=utf-8><title>{title}</title>{head}"
        f"</head><body><nav>Menu</nav><article><h1>{title}</h1><p>{text}</p></article></body>"
    ).encode()


def feed(body: bytes, mime: str = "application/rss+xml") -> Answer:
    """Answer with a feed."""
    return Answer(body=body, mime=mime)


def page(body: bytes, status: int = 200) -> Answer:
    """Answer with a page."""
    return Answer(body=body, mime="text/html; charset=utf-8", status=status)


def moved(url: str, status: int = 301) -> Answer:
    """Answer with a redirect."""
    return Answer(body=b"", mime="text/html", status=status, headers=(("Location", url),))


MISSING = page(b"<h1>404</h1>", 404)


@dataclass
class WebServer:
    """
    Answers by URL; what is not there is a page that says so.

    Attributes:
        limited: URLs that answer 429 first, and how often.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    limited: dict[str, int] = field(default_factory=dict)

    def __call__(self, request: FetchRequest) -> Answer:
        """Answer a request."""
        left = self.limited.get(request.url, 0)
        if left:
            self.limited[request.url] = left - 1
            again = (("Retry-After", "1"),)
            return Answer(body=b"slow down", mime="text/plain", status=429, headers=again)
        return self.answers.get(request.url, MISSING)

"""What is a site of the demo web asked, and what does it answer?"""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from dataclasses import dataclass

from archiver.models import Header


@dataclass(frozen=True, slots=True)
class Ask:
    """A request: host without port, path decoded, query parameters in order, and Accept."""

    host: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    accept: str = ""

    def get(self, name: str) -> str | None:
        """Give the first value of a parameter, or None."""
        return next((value for key, value in self.query if key == name), None)

    def get_all(self, name: str) -> tuple[str, ...]:
        """Give all values of a parameter."""
        return tuple(value for key, value in self.query if key == name)

    def is_set(self, name: str) -> bool:
        """Say whether a parameter is true in the way of Mastodon."""
        return self.get(name) in {"true", "1", "on"}


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, before the server adds its own headers."""

    status: int
    mime: str
    body: bytes
    headers: tuple[Header, ...] = ()


Site = Callable[[Ask], Reply]


def page(markup: str, status: int = 200, headers: tuple[Header, ...] = ()) -> Reply:
    """Answer with an HTML document."""
    return Reply(status, "text/html; charset=utf-8", markup.encode(), headers)


def as_json(value: object, status: int = 200, headers: tuple[Header, ...] = ()) -> Reply:
    """Answer with JSON."""
    body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(status, "application/json; charset=utf-8", body, headers)


def text(words: str) -> Reply:
    """Answer with plain text."""
    return Reply(200, "text/plain; charset=utf-8", words.encode())


def redirect(status: int, location: str) -> Reply:
    """Answer with a redirect and the small page that servers send with it."""
    shown = html.escape(location)
    markup = f'<!doctype html><title>Moved</title><p>Moved to <a href="{shown}">{shown}</a>.</p>\n'
    return page(markup, status, (("Location", location),))


def notice(status: int, title: str, words: str) -> Reply:
    """Answer with a page that only says what is wrong."""
    heading, sentence = html.escape(title), html.escape(words)
    return page(
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{heading}</title>'
        f"</head>\n<body><h1>{heading}</h1><p>{sentence}</p></body>\n</html>\n",
        status,
    )


def not_found(ask: Ask) -> Reply:
    """Answer that nothing stands at this address."""
    return notice(404, "Not found", f"{ask.host} has no page at {ask.path}.")

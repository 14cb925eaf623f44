"""Which pages does a WACZ open with? One JSON object a line, with the words of each."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from archiver.core.times import with_millis

_MOST_TEXT = 200_000
"""Of the words of a page so many characters are searched in a player."""


@dataclass(frozen=True, slots=True)
class ListedPage:
    """A page of the package: where it lies in the index, and its words."""

    url: str
    at: dt.datetime
    title: str
    text: str = ""


def pages_jsonl(pages: Iterable[ListedPage]) -> bytes:
    """
    Write the list; the ids of pages are made of address and time, so they stay.

    Source: WACZ 1.1.1, 5.2.2
    """
    head = {"format": "json-pages-1.0", "id": "pages", "title": "All pages", "hasText": True}
    lines = [head, *map(_line, pages)]
    return b"".join(json.dumps(line, ensure_ascii=True).encode() + b"\n" for line in lines)


def _line(page: ListedPage) -> dict[str, object]:
    ts = with_millis(page.at)
    line: dict[str, object] = {
        "id": hashlib.sha256(f"{ts} {page.url}".encode("utf-8", "replace")).hexdigest()[:16],
        "url": page.url,
        "ts": ts,
        "title": page.title or page.url,
    }
    if page.text:
        line["text"] = page.text[:_MOST_TEXT]
    return line

"""Is this a JSON Feed 1.1 that no validator would complain about?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any

from tests.feeds import feed_rules as rules

_JSON_TOP = rules.words(
    "version title home_page_url feed_url description user_comment next_url icon favicon authors"
    " language expired hubs items"
)
_JSON_ITEM = rules.words(
    "id url external_url title content_html content_text summary image banner_image date_published"
    " date_modified authors tags language attachments"
)
_JSON_ATTACHMENT = frozenset({"url", "mime_type", "title", "size_in_bytes", "duration_in_seconds"})


def check_json_feed(feed: bytes) -> list[str]:
    """Check a JSON Feed 1.1."""
    try:
        top = json.loads(feed.decode("utf-8"))
    except ValueError as err:
        return [f"feed: is not JSON in UTF-8 ({err})"]
    if not isinstance(top, dict):
        return ["feed: is not an object"]
    return [*_json_top(top), *_json_texts("feed", top)]


def _json_top(top: dict[str, Any]) -> Iterator[str]:
    if top.get("version") != "https://jsonfeed.org/version/1.1":
        yield "feed: version is not https://jsonfeed.org/version/1.1"
    yield from _json_keys("feed", top, _JSON_TOP)
    yield from _json_plain("feed title", top.get("title"))
    for name in ("home_page_url", "feed_url"):
        if name not in top:
            yield f"feed: has no {name}"
    for name in ("home_page_url", "feed_url", "next_url", "icon", "favicon"):
        if name in top:
            yield from rules.url_faults(f"feed {name}", top[name])
    if "next_url" in top and top["next_url"] == top.get("feed_url"):
        yield "feed: next_url is feed_url"
    yield from _json_common("feed", top)
    yield from _json_hubs(top.get("hubs", []))
    yield from _json_beside(top)
    items = top.get("items")
    if not isinstance(items, list):
        yield "feed: items is not a list"
        return
    ids = Counter(each.get("id") for each in items if isinstance(each, dict))
    yield from (f"id: {each!r} stands {n} times" for each, n in ids.items() if n > 1)
    for number, each in enumerate(items, 1):
        if not isinstance(each, dict):
            yield f"item {number}: is not an object"
            continue
        yield from (f"item {number}: {fault}" for fault in _json_item(each))


def _json_item(each: dict[str, Any]) -> Iterator[str]:
    yield from _json_keys("item", each, _JSON_ITEM)
    if not isinstance(each.get("id"), str) or not each["id"]:
        yield "id is not a text"
    if "content_html" not in each and "content_text" not in each:
        yield "has neither content_html nor content_text"
    if "content_html" in each:
        yield from rules.html_faults("content_html", str(each["content_html"]))
    for name in ("url", "external_url", "image", "banner_image"):
        if name in each:
            yield from rules.url_faults(name, each[name])
    for name in ("date_published", "date_modified"):
        if name in each:
            yield from rules.rfc3339_faults(name, each[name])
    for name in ("title", "summary"):
        if name in each:
            yield from _json_plain(name, each[name])
    tags = each.get("tags", [])
    if not isinstance(tags, list) or not all(isinstance(tag, str) and tag for tag in tags):
        yield "tags is not a list of texts"
    yield from _json_common("item", each)
    yield from _json_attachments(each.get("attachments", []))


def _json_hubs(hubs: object) -> Iterator[str]:
    if not isinstance(hubs, list):
        yield "feed: hubs is not a list"
        return
    for hub in hubs:
        if not isinstance(hub, dict) or not hub.get("type"):
            yield "feed: a hub has no type"
        else:
            yield from rules.url_faults("hub url", hub.get("url"))


def _json_beside(top: dict[str, Any]) -> Iterator[str]:
    """What we say of archives and of what was withdrawn: docs/reference/feeds.md."""
    ours = top.get("_archiver", {})
    if not isinstance(ours, dict):
        return
    for name in ("prev_archive", "next_archive", "current"):
        if name in ours:
            yield from rules.url_faults(f"_archiver {name}", ours[name])
        if ours.get(name) == top.get("feed_url"):
            yield f"_archiver: {name} is feed_url"
    if bool(ours.get("archive")) != ("current" in ours):
        yield "_archiver: an archive, and no other document, names its current one"
    items = top.get("items")
    shown = {
        each.get("id"): each.get("date_modified")
        for each in (items if isinstance(items, list) else [])
        if isinstance(each, dict)
    }
    for each in ours.get("deleted", []):
        yield from rules.rfc3339_faults("_archiver deleted", each.get("when"))
        if each.get("id") in shown and str(shown[each["id"]]) <= str(each.get("when")):
            yield f"_archiver deleted: {each['id']!r} still stands"


def _json_attachments(attachments: object) -> Iterator[str]:
    if not isinstance(attachments, list):
        yield "attachments is not a list"
        return
    titles = Counter(each.get("title") for each in attachments if each.get("title"))
    yield from (f"attachments: {n} have the title {t!r}" for t, n in titles.items() if n > 1)
    for each in attachments:
        yield from _json_keys("attachment", each, _JSON_ATTACHMENT)
        yield from rules.url_faults("attachment url", each.get("url"))
        yield from rules.mime_faults("attachment mime_type", each.get("mime_type"))
        for name in ("size_in_bytes", "duration_in_seconds"):
            if name in each and (type(each[name]) is not int or each[name] < 0):
                yield f"attachment {name}: is not a number"


def _json_common(where: str, holder: dict[str, Any]) -> Iterator[str]:
    if "language" in holder:
        yield from rules.language_faults(f"{where} language", holder["language"])
    authors = holder.get("authors", [])
    if not isinstance(authors, list):
        yield f"{where}: authors is not a list"
        return
    for author in authors:
        if not isinstance(author, dict) or not {"name", "url", "avatar"} & set(author):
            yield f"{where}: an author has no name, url or avatar"
        elif "url" in author:
            yield from rules.url_faults("author url", author["url"])


def _json_plain(where: str, text: object) -> Iterator[str]:
    if not isinstance(text, str):
        yield f"{where}: is not a text"
    else:
        yield from rules.plain_faults(where, text)


def _json_keys(where: str, holder: dict[str, Any], known: frozenset[str]) -> Iterator[str]:
    for key, value in holder.items():
        if key == "author":
            yield f"{where}: author is of JSON Feed 1.0; use authors"
        elif key.startswith("_"):
            if not isinstance(value, dict) or any("." in str(inner) for inner in value):
                yield f"{where}: extension {key} is not an object without dots in its keys"
        elif key not in known:
            yield f"{where}: {key!r} is not of JSON Feed 1.1"
        elif value is None:
            yield f"{where}: {key} is null; leave it out"


def _json_texts(where: str, value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield from rules.text_faults(where, value)
    elif isinstance(value, list):
        for each in value:
            yield from _json_texts(where, each)
    elif isinstance(value, dict):
        for key, each in value.items():
            yield from _json_texts(f"{where} {key}", each)

"""
Which digest lets a stranger check the words of a feed? That of the posts in canonical JSON.

    archiver show THREAD --json | jq -jcS '[.thread.posts[] | WORDS]' | sha256sum

gives the digest of a thread, and `.thread.posts[2] | WORDS` that of its third post, where WORDS is
the object of the fields that `_post` names. They are never to be changed: what `show` prints may
grow, the digest of what was published must stay. tests/feeds/test_digests.py holds both together.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterable
from typing import Any

from archiver.models import StoredPost

Json = dict[str, Any]


def digest_of_posts(posts: Iterable[StoredPost]) -> str:
    """Give `sha256:<hex>` of the posts of a thread itself, in reading order."""
    return _digest([_post(each) for each in posts])


def digest_of_post(stored: StoredPost) -> str:
    """Give `sha256:<hex>` of one post."""
    return _digest(_post(stored))


def _digest(said: list[Json] | Json) -> str:
    """Source: RFC 8785, for texts, whole numbers, null, lists and objects."""
    written = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(written.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _post(stored: StoredPost) -> Json:
    post = stored.post
    return {
        "id": post.id,
        "parent_id": post.parent_id,
        "author": post.author.id if post.author else None,
        "text": post.text,
        "created_at": _time(post.created_at),
        "edited_at": _time(post.edited_at),
        "state": stored.state,
        "content_warning": post.content_warning or None,
        "links": [link.uri_r for link in post.links],
        "media": [{"kind": each.kind, "url": each.url, "alt": each.alt} for each in post.media],
    }


def _time(at: dt.datetime | None) -> str | None:
    if at is None:
        return None
    try:
        return at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    except OverflowError:  # at the ends of the calendar there is no UTC
        return at.isoformat()

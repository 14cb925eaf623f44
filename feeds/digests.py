"""
Which digest lets a stranger check the words of a feed? That of the posts in their canonical JSON.

    archiver show THREAD --json | jq -jcS .thread.posts | sha256sum

gives the digest of a thread, `.thread.posts[2]` that of its third post: the same form, with sorted
keys and without spaces, of the same fields. tests/feeds/test_digests.py holds both together.
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
    post, who = stored.post, stored.post.author
    return {
        "id": post.id,
        "position": stored.position,
        "parent_id": post.parent_id,
        "author": {"id": who.id, "handle": who.handle, "name": who.name} if who else None,
        "url": post.url,
        "text": post.text,
        "created_at": _time(post.created_at),
        "edited_at": _time(post.edited_at),
        "state": stored.state,
        "content_warning": post.content_warning or None,
        "language": post.language,
        "links": [link.uri_r for link in post.links],
        "mentions": list(post.mentions),
        "hashtags": list(post.hashtags),
        "media": [
            {"kind": each.kind, "url": each.url, "alt": each.alt, "mime": each.mime}
            for each in post.media
        ],
        "vanished_at": _time(stored.vanished_at),
    }


def _time(at: dt.datetime | None) -> str | None:
    if at is None:
        return None
    try:
        return at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
    except OverflowError:  # at the ends of the calendar there is no UTC
        return at.isoformat()

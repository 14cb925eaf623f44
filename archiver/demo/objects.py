"""How does social.example show posts to other servers? As ActivityPub objects with replies."""

from __future__ import annotations

import re
from collections.abc import Sequence

from archiver.demo.board import Board, DemoPost
from archiver.demo.reply import Ask, Reply, as_json, not_found
from archiver.demo.statuses import BASE, HOST, Statuses, time, uri, url

_MIME = "application/activity+json; charset=utf-8"
_PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
_PATH = re.compile(r"/(?:@|users/)([a-z_]+)/(?:statuses/)?([0-9]+)(/replies)?")


def is_asked_for(ask: Ask) -> bool:
    """Say whether the asker wants an object and not a page."""
    is_replies = ask.path.endswith("/replies")
    return is_replies or "application/activity+json" in ask.accept or "ld+json" in ask.accept


def answer(ask: Ask, board: Board, statuses: Statuses) -> Reply:
    """Answer with a Note or its collection of replies (reference/protocols.md, 3.2 and 3.3)."""
    named = _PATH.fullmatch(ask.path)
    post = board.get(named[2]) if named else None
    if named is None or post is None or post.visibility != "public":
        return not_found(ask)
    if named[3]:
        return _object(_replies(post, board, others=ask.is_set("only_other_accounts")))
    return _object(_note(post, board, statuses))


def _object(value: dict[str, object]) -> Reply:
    made = as_json({"@context": "https://www.w3.org/ns/activitystreams", **value})
    return Reply(made.status, _MIME, made.body, (("Vary", "Accept"),))


def _note(post: DemoPost, board: Board, statuses: Statuses) -> dict[str, object]:
    parent, actor = board.get(post.reply_to), f"{BASE}/users/{post.account.username}"
    content = statuses.content(post.text, board.get(post.quote))
    note: dict[str, object] = {
        "id": uri(post),
        "type": "Note",
        "summary": post.spoiler or None,
        "inReplyTo": uri(parent) if parent else None,
        "published": time(post.at),
        "url": url(post),
        "attributedTo": actor,
        "to": [_PUBLIC],
        "cc": [f"{actor}/followers"],
        "sensitive": post.sensitive,
        "conversation": f"tag:{HOST},2026:objectId={board.conversation(post)}"
        ":objectType=Conversation",
        "content": content,
        "attachment": [
            {
                "type": "Document",
                "mediaType": "image/png" if picture.file.endswith(".png") else "image/jpeg",
                "url": f"{BASE}/media/{picture.file}",
                "name": picture.alt,
                "width": picture.width,
                "height": picture.height,
            }
            for picture in post.pictures
        ],
        "replies": {
            "id": f"{uri(post)}/replies",
            "type": "Collection",
            "first": _replies(post, board, others=False),
        },
    }
    if post.language:
        note["contentMap"] = {post.language: content}
    if post.edited_at:
        note["updated"] = time(post.edited_at)
    return note


def _replies(post: DemoPost, board: Board, *, others: bool) -> dict[str, object]:
    """The first page holds the author's own replies only, the second those of others."""
    found: Sequence[DemoPost] = board.replies(post.id)
    shown = [uri(each) for each in found if (each.account != post.account) is others]
    base = f"{uri(post)}/replies"
    onward = {} if others else {"next": f"{base}?only_other_accounts=true&page=true"}
    page = f"{base}?{'only_other_accounts=true&' if others else ''}page=true"
    return {"id": page, "type": "CollectionPage", "partOf": base, "items": shown, **onward}

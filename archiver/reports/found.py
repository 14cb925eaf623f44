"""What does the command line say of what a search found? Shapes: docs/reference/json.md."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archiver.core.excerpt import excerpt
from archiver.core.memento import uri_m
from archiver.core.searchquery import Query
from archiver.core.snippet import Piece
from archiver.models.search import Found, Hit
from archiver.reports.report import Json, counted, time_of


def question(words: Sequence[str]) -> str:
    """
    Put together what stood on a command line; the shell took the quotation marks of phrases away.

    >>> question(["harbour", "night shift"]), question(["harbour night"])
    ('harbour "night shift"', 'harbour night')
    """
    if len(words) == 1:
        return words[0]
    return " ".join(
        f'"{word}"' if " " in word and '"' not in word and ":" not in word else word
        for word in words
    )


def found_json(query: Query, found: Found, base_url: str) -> Json:
    """Give one page of finds."""
    return {
        "query": query.text,
        "hits": [hit_json(hit, query, base_url) for hit in found.hits],
        "next": found.more or None,
        "waiting": found.waiting,
    }


def hit_json(hit: Hit, query: Query, base_url: str) -> Json:
    """Give one find; `snippet` is pieces of plain text, the marked ones were searched for."""
    said: Json = {
        "kind": hit.kind,
        "at": time_of(hit.at),
        "threads": [
            {
                "id": each.id,
                "platform": each.platform,
                "title": each.title,
                "content_warning": each.warning or None,
                "url": each.url,
                "page": f"{base_url}/t/{each.id}/",
            }
            for each in hit.threads
        ],
        "snippet": [_piece(piece) for piece in excerpt(hit, query.wanted)],
    }
    if hit.post is not None:
        post, author = hit.post.post, hit.post.post.author
        said["post"] = {
            "id": post.id,
            "position": hit.post.position,
            "url": post.url,
            "author": {"id": author.id, "handle": author.handle, "name": author.name}
            if author
            else None,
            "state": hit.post.state,
            "content_warning": post.content_warning or None,
            "language": post.language,
        }
    if hit.snapshot is not None:
        copy = hit.snapshot
        said["target"] = {
            "url": copy.url,
            "title": copy.title or None,
            "language": copy.language,
            "uri_m": uri_m(base_url, copy.url, copy.at),
        }
    return said


def found_lines(query: Query, found: Found, base_url: str) -> Iterator[str]:
    """Give the same for a person."""
    if not found.hits:
        yield f"Nothing holds {query.text}"
    for hit in found.hits:
        yield _title(hit, base_url)
        text = "".join(
            f"[{piece.text}]" if piece.marked else piece.text
            for piece in excerpt(hit, query.wanted, longest=160)
        )
        yield f"    {' '.join(text.split())}"
    if found.more:
        yield f"More: --after {found.more}"
    if found.waiting:
        yield f"{counted(found.waiting, 'row')} of this archive wait to be indexed"


def _title(hit: Hit, base_url: str) -> str:
    when = f"{hit.at:%Y-%m-%d %H:%M} UTC"
    if hit.snapshot is not None:
        where = ", ".join(each.id for each in hit.threads)
        return f"{when}  {hit.snapshot.title or hit.snapshot.url}  (target, {where})"
    post = hit.post
    author = post.post.author.handle if post and post.post.author else ""
    thread = hit.threads[0]
    place = f"#p{post.position}" if post else ""
    return f"{when}  {author}  {base_url}/t/{thread.id}/{place}"


def _piece(piece: Piece) -> Json:
    return {"text": piece.text, "marked": piece.marked}

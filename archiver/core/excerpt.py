"""Which part of a find says why it was found? Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archiver.core.searchwords import Phrase
from archiver.core.snippet import Piece, holds, snippet
from archiver.models import Post, Snapshot
from archiver.models.search import Hit


def excerpt(hit: Hit, phrases: Sequence[Phrase], *, longest: int = 240) -> tuple[Piece, ...]:
    """
    Cut a snippet from the first part of a find that holds what was searched for.

    Args:
        phrases: What was looked for (searchquery.Query.wanted); empty gives the beginning.
        longest: In letters, more or less.

    Returns:
        Pieces of plain text; empty if the find has no text at all.
    """
    parts = [part for part in _parts(hit) if part.strip()]
    chosen = next((part for part in parts if holds(part, phrases)), parts[0] if parts else "")
    return snippet(chosen, phrases, longest=longest)


def _parts(hit: Hit) -> Iterator[str]:
    if hit.post is not None:
        yield from _of_post(hit.post.post)
    if hit.snapshot is not None:
        yield from _of_snapshot(hit.snapshot)


def _of_post(post: Post) -> Iterator[str]:
    yield post.text
    yield post.content_warning
    yield from (media.alt for media in post.media)
    if post.quote is not None:
        yield post.quote.text
    if post.poll is not None:
        yield " · ".join(option.title for option in post.poll.options)


def _of_snapshot(snapshot: Snapshot) -> Iterator[str]:
    yield snapshot.text
    yield snapshot.description

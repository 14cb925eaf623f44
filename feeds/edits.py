"""What did an edit change, word by word, as pages show it? Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from archiver.core.history import Part, changes, happened_at
from archiver.core.worddiff import Piece, word_diff
from archiver.models import LinkChange, LinkChangeKind, Revision, RevisionKind
from feeds import clean
from feeds.link_rows import Stamp, stamp

_NAMES = {
    Part.TEXT: "",
    Part.WARNING: "Content warning",
    Part.LINKS: "Links",
    Part.MEDIA: "Pictures and films",
    Part.DESCRIPTIONS: "Descriptions",
    Part.POLL: "Poll",
    Part.QUOTE: "Quoted post",
    Part.MARKUP: "Markup",
}


@dataclass(frozen=True, slots=True)
class DiffPiece:
    """A run of words; `op` is kept, removed or added."""

    op: str
    words: str


@dataclass(frozen=True, slots=True)
class DiffPart:
    """What changed in a part of a post; `name` is empty for its text."""

    name: str
    pieces: tuple[DiffPiece, ...]


@dataclass(frozen=True, slots=True)
class Edit:
    """An edit: when it happened, and what it changed."""

    at: Stamp
    language: str | None
    parts: tuple[DiffPart, ...]


def edits_of(revisions: Iterable[Revision]) -> dict[str, tuple[Edit, ...]]:
    """Give the edits of each post by its native id, oldest first; those that changed nothing that
    is shown are left out."""
    found: dict[str, tuple[Edit, ...]] = {}
    for each in revisions:
        if each.kind is RevisionKind.EDITED and (edit := edit_of(each)) is not None:
            found[each.post_id] = (*found.get(each.post_id, ()), edit)
    return found


def page_edit(change: LinkChange) -> Edit | None:
    """Say what changed in the words of a page; None if that is not what happened."""
    if change.kind is not LinkChangeKind.CHANGED or change.was == change.now:
        return None
    part = DiffPart("", _pieces(word_diff(change.was, change.now)))
    return Edit(stamp(change.at), None, (part,))


def edit_of(revision: Revision) -> Edit | None:
    """Say what an edit changed; None if a version of it is not known or nothing differs."""
    before, after = revision.before, revision.after
    if before is None or after is None:
        return None
    parts = tuple(
        DiffPart(
            _NAMES[change.part],
            _pieces(change.pieces),
        )
        for change in changes(before, after)
    )
    language = clean.language(after.language)
    return Edit(stamp(happened_at(revision)), language, parts) if parts else None


def _pieces(pieces: Iterable[Piece]) -> tuple[DiffPiece, ...]:
    return tuple(
        DiffPiece(piece.op.value, words) for piece in pieces if (words := clean.text(piece.text))
    )

"""How is a thread cut into a cover and scenes for the scroll page? Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from feeds.reading import PageFigure, PagePost

FOLLOWING = 3
"""Posts without pictures that pass over the picture of the post before them."""

_RAIL_MARKS = 24


@dataclass(frozen=True, slots=True)
class Scene:
    """
    Posts that are read together.

    Attributes:
        lead: What stands full bleed while the posts pass over it; None on plain paper.
        first: The post that `lead` belongs to, or the first of the run; `more` are its other
            pictures, which follow it.
        posts: Those after it.
    """

    lead: PageFigure | None
    first: PagePost
    more: tuple[PageFigure, ...]
    posts: tuple[PagePost, ...]


@dataclass(frozen=True, slots=True)
class Scroll:
    """
    A thread as scenes.

    Attributes:
        cover: The picture of the cover; None for a cover of letters. It is the lead of the first
            scene if `opening` is set: then it is not shown again.
        rail: Numbers of posts that the rail marks.
    """

    cover: PageFigure | None
    opening: bool
    scenes: tuple[Scene, ...]
    rail: tuple[int, ...]


def scroll_of(posts: Sequence[PagePost]) -> Scroll:
    """Cut the posts of a thread, in reading order, into a cover and scenes."""
    pictures = (each for post in posts for each in post.staged if each.medium == "image")
    cover = next(pictures, None)
    opening = cover is not None and posts[0].staged[:1] == (cover,)
    return Scroll(cover, opening, _scenes(posts), _rail([post.part.position for post in posts]))


def shape_of(figure: PageFigure) -> str:
    """Say whether a picture is `wide` or `tall`; `wide` where its size is not known."""
    known = figure.width is not None and figure.height is not None
    return "tall" if known and (figure.height or 0) > (figure.width or 0) else "wide"


def _scenes(posts: Sequence[PagePost]) -> tuple[Scene, ...]:
    runs: list[list[PagePost]] = []
    for post in posts:
        full = bool(runs) and bool(runs[-1][0].staged) and len(runs[-1]) > FOLLOWING
        if not runs or post.staged or full:
            runs.append([post])
        else:
            runs[-1].append(post)
    return tuple(_scene(run) for run in runs)


def _scene(run: Sequence[PagePost]) -> Scene:
    first, *others = run
    lead = first.staged[0] if first.staged else None
    return Scene(lead, first, first.staged[1:], tuple(others))


def _rail(positions: Sequence[int]) -> tuple[int, ...]:
    """Mark each post, or of many every so manieth; always the first and the last."""
    if len(positions) <= _RAIL_MARKS:
        return tuple(positions)
    step = -(-len(positions) // (_RAIL_MARKS - 1))
    return tuple(dict.fromkeys([*positions[::step], positions[-1]]))

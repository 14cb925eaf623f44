"""What does a reader see of a thread on its pages? Pure: from the view to what templates say."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, replace

from markupsafe import Markup

from archiver.models import Branch, Media, MediaKind, Post, StoredPost, ThreadView
from feeds import clean, media, post_parts, wording
from feeds.edits import Edit, edits_of
from feeds.entry import Entry
from feeds.entry_links import links_of
from feeds.link_rows import LinkRow, Stamp, rows_of
from feeds.link_rows import stamp as stamp
from feeds.media_copies import is_covered, pixels
from feeds.post_parts import PostPart
from feeds.witnesses import Differs, LostCopy, OwnPage, differs_of, is_kept, lost_copies, own_page

MOST_ROWS = 100
"""Of a thread with more lines of links than that, a link that comes again is told in short."""

_EDITS_SHOWN = 3
# clean.html gave this: no `>` stands in an attribute.
_LONG_URI = re.compile(r"<a ([^>]*>[^<>\s]{300})")
_WORDS = {
    MediaKind.IMAGE: "picture",
    MediaKind.VIDEO: "video",
    MediaKind.GIF: "animation",
    MediaKind.AUDIO: "sound",
    MediaKind.OTHER: "attachment",
}


@dataclass(frozen=True, slots=True)
class PageFigure:
    """
    An attachment: our copy, shown as `medium` (image, video, audio), or a sentence in its place.

    Attributes:
        path: Below publish_dir; empty if we hold no copy.
        poster: The same, for a film.
        word: What it is, for people: picture, video, …
        original: Its address outside; empty if there is no safe one.
        missing: What to say where there is no copy.
        tracks: Subtitles, below publish_dir.
    """

    medium: str
    path: str
    poster: str
    word: str
    alt: str
    width: int | None
    height: int | None
    original: str
    missing: str
    tracks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PagePost:
    """
    A post on its page.

    Attributes:
        state: Its PostState.
        covered: A warning stands before it.
        time: What is said of its time: the day only where it is not that of the post before.
        staged: Pictures and films that may stand full bleed; `figures` are all others.
        links: Lines in full; `again`: links told in full under an earlier post.
        edits: The newest ones; `more_edits`: how many others there are.
        differs: What another witness shows in its place, by the newest capture.
    """

    part: PostPart
    state: str
    covered: bool
    time: str
    staged: tuple[PageFigure, ...]
    figures: tuple[PageFigure, ...]
    links: tuple[LinkRow, ...]
    again: tuple[LinkRow, ...]
    edits: tuple[Edit, ...]
    more_edits: int
    differs: tuple[Differs, ...] = ()


@dataclass(frozen=True, slots=True)
class Reading:
    """A thread, ready for its pages; `avatar` is the path of our copy, empty if there is none."""

    author: str
    author_name: str
    author_handle: str
    author_url: str
    avatar: str
    heading: str
    platform: str
    written: Stamp | None
    captured: Stamp
    changed: Stamp | None
    standing: str
    marks: tuple[str, ...]
    reason: str
    posts: tuple[PagePost, ...]
    replies: tuple[PagePost, ...]
    tags: tuple[str, ...]
    has_links: bool
    page: OwnPage | None = None
    lost: tuple[LostCopy, ...] = ()

    @property
    def edited(self) -> bool:
        """Whether a post tells in its place what changed."""
        return any(post.edits for post in (*self.posts, *self.replies))


def reading_of(
    view: ThreadView, entry: Entry, *, base_url: str, copies: Mapping[str, str]
) -> Reading:
    """
    Say all that the pages of a thread say; the same for the same thread, whenever it is made.

    Args:
        entry: The thread as feeds have it.
        base_url: publish.base_url, without a slash at its end.
        copies: Original URL of an attachment -> path of our copy below publish_dir.
    """
    thread = view.thread
    own = [each for each in thread.posts if each.post.branch is Branch.THREAD]
    root = own[0].post if own else None
    posts = _posts(view, base_url, copies)
    return Reading(
        author=wording.author(thread.author),
        author_name=clean.line(thread.author.name, longest=120) or wording.author(thread.author),
        author_handle=clean.line(thread.author.handle, longest=120).lstrip("@"),
        author_url=clean.url(thread.author.url),
        avatar=_avatar(thread.author.avatar_url, copies),
        heading=_heading(entry, root),
        platform=wording.platform(thread.platform),
        written=stamp(root.created_at) if root and root.created_at else None,
        captured=stamp(thread.first_captured_at),
        changed=stamp(thread.updated_at) if thread.updated_at > thread.first_captured_at else None,
        standing=wording.completeness(thread.completeness),
        marks=marks_of(entry),
        reason=_sentence(clean.line(thread.completeness.reason)),
        posts=_dated(made for stored, made in posts if stored.post.branch is Branch.THREAD),
        replies=_dated(made for stored, made in posts if stored.post.branch is Branch.SIDE),
        tags=entry.tags,
        has_links=bool(view.links),
        page=own_page(view, base_url, copies),
        lost=lost_copies(view),
    )


def marks_of(entry: Entry) -> tuple[str, ...]:
    """Say in a few words what happened to the posts of a thread."""
    counts = ((entry.source.edited, "edited"), (entry.source.vanished, "gone since"))
    return tuple(f"{number:,} {word}" for number, word in counts if number)


def _posts(
    view: ThreadView, base_url: str, copies: Mapping[str, str]
) -> list[tuple[StoredPost, PagePost]]:
    links = links_of(view, base_url)
    wanted = sum(len(each.post.links) for each in view.thread.posts)
    # A thread that repeats its link in each of many posts says once where our copy is.
    robust = () if wanted > MOST_ROWS else links
    absolute = {url: f"{base_url}/{path}" for url, path in copies.items()}
    maker = post_parts.Maker(view, robust, base_url, absolute)
    rows, edits = rows_of(view, links, copies), edits_of(view.revisions)
    differs = differs_of(view)
    held = {each.url for each in view.media if is_kept(each)}
    told: set[str] = set()
    made = []
    for stored in view.thread.posts:
        uris = list(dict.fromkeys(clean.text(link.uri_r) for link in stored.post.links))
        again = [uri for uri in uris if wanted > MOST_ROWS and uri in told]
        told.update(uris)
        page = _post(stored, maker, copies, held)
        seen = edits.get(stored.post.id, ())
        page = replace(
            page,
            links=tuple(rows[uri] for uri in uris if uri in rows and uri not in again),
            again=tuple(rows[uri] for uri in again if uri in rows),
            edits=seen[-_EDITS_SHOWN:],
            more_edits=max(0, len(seen) - _EDITS_SHOWN),
            differs=differs.get(stored.post.id, ()),
        )
        made.append((stored, page))
    return made


def _post(
    stored: StoredPost, maker: post_parts.Maker, copies: Mapping[str, str], held: Container[str]
) -> PagePost:
    covered = is_covered(stored)
    figures = tuple(_figure(each, copies, held) for each in stored.post.media)
    staged = () if covered else tuple(f for f in figures if f.medium in ("image", "video"))
    part = maker.part_of(stored)
    part = replace(part, html=_folded(part.html))
    return PagePost(
        part=part,
        state=stored.state.value,
        covered=covered,
        time=part.when,
        staged=staged,
        figures=tuple(figure for figure in figures if figure not in staged),
        links=(),
        again=(),
        edits=(),
        more_edits=0,
    )


def _folded(cleaned: Markup) -> Markup:
    """Let an address that is written out in full, and is as long as a post, take a few lines."""
    return Markup(_LONG_URI.sub(r'<a class="uri" \1', str(cleaned)))


def _dated(posts: Iterable[PagePost]) -> tuple[PagePost, ...]:
    """Say a day once, and then the time alone until it changes."""
    found: list[PagePost] = []
    day = ""
    for post in posts:
        said, _, time = post.part.when.rpartition(", ")
        found.append(replace(post, time=time) if said and said == day else post)
        day = said or day
    return tuple(found)


def _heading(entry: Entry, root: Post | None) -> str:
    """Give a title only where it is more than the first words of the first post."""
    text = clean.line(root.text, longest=10_000) if root else ""
    warned = root is not None and root.content_warning.strip()
    words = entry.title.rstrip("… ")
    return "" if warned or text.startswith(words) else entry.title


def _avatar(url: str | None, copies: Mapping[str, str]) -> str:
    path = copies.get(url or "", "")
    kind = media.kind_at(path)
    return path if kind is not None and kind.medium == "image" else ""


def _sentence(words: str) -> str:
    """Begin with a capital and end with a stop, as far as the words do not already."""
    capital = words[:1].upper() + words[1:]
    return f"{capital}." if capital and capital[-1] not in ".!?…" else capital


def _figure(shown: Media, copies: Mapping[str, str], held: Container[str]) -> PageFigure:
    path = copies.get(shown.url, "")
    poster = copies.get(shown.preview_url or "", "")
    kind = media.kind_at(path) if path else None
    kind = None if kind is not None and kind.medium == "track" else kind
    poster_kind = media.kind_at(poster) if poster else None
    word = _WORDS[shown.kind]
    article = "An" if word[0] in "aeiou" else "A"
    return PageFigure(
        medium=kind.medium if kind else "",
        path=path,
        poster=poster if poster_kind and poster_kind.medium == "image" else "",
        word=word,
        alt=clean.line(shown.alt, longest=4_000),
        width=pixels(shown.width),
        height=pixels(shown.height),
        original=clean.url(shown.url),
        missing="" if kind else f"{article} {word} stood here; {_kept(shown.url in held)}.",
        tracks=tuple(
            track for url in shown.captions if (track := copies.get(url, "")).endswith(".vtt")
        ),
    )


def _kept(held: bool) -> str:
    if held:
        return "a copy of it was kept, which cannot be shown here"
    return "no copy of it could be kept"

"""What is shown of one post: its words, marks, pictures, quote, poll and links?"""

from __future__ import annotations

import dataclasses
import html
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from archiver.models import (
    Media,
    MediaKind,
    Poll,
    PollOption,
    Post,
    PostState,
    Quote,
    StoredPost,
    ThreadView,
)
from feeds import addresses, clean, wording
from feeds.entry_links import EntryLink, WitnessCopy, host_of
from feeds.media_copies import is_covered, pixels

_ANCHOR = re.compile(r'<a href="([^"]*)"')
_WORDS = {
    MediaKind.IMAGE: "Picture",
    MediaKind.VIDEO: "Video",
    MediaKind.GIF: "Animation",
    MediaKind.AUDIO: "Sound",
    MediaKind.OTHER: "Attachment",
}
_LONGEST_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Figure:
    """
    An attachment as it is shown: a picture (`picture`), a link (`href`), or words alone.

    `caption` is empty for a picture that needs no words but its alternative text.
    """

    picture: str
    href: str
    alt: str
    caption: str
    width: int | None
    height: int | None


@dataclass(frozen=True, slots=True)
class QuotePart:
    """A quoted post; `note` says why it is not shown, if so."""

    url: str
    author: str
    note: str
    html: Markup


@dataclass(frozen=True, slots=True)
class LinkLine:
    """
    The one visible line of a link.

    Attributes:
        shown: The link as written, without scheme; empty where the target says the same.
        facts: Host and number of redirects.
        copied: What the copy is and when it was made.
        state: How it ended, in words; empty for a live one.
        witness_href: Another archive's copy, `witnessed`: whose, and of when; empty without one.
    """

    shown: str
    href: str
    title: str
    target_href: str
    facts: str
    copy_href: str
    copied: str
    state: str
    witness_href: str = ""
    witnessed: str = ""


@dataclass(frozen=True, slots=True)
class PostPart:
    """One post, ready for the template; every address is safe, every text without controls."""

    position: int
    anchor: str
    original: str
    when: str
    when_iso: str
    byline: str
    edited: str
    notes: tuple[str, ...]
    warning: str
    language: str | None
    html: Markup
    figures: tuple[Figure, ...]
    quote: QuotePart | None
    options: tuple[str, ...]
    voters: str
    links: tuple[LinkLine, ...]


class Maker:
    """Makes the parts of one thread's posts in reading order; gives each link's line only once."""

    def __init__(
        self,
        view: ThreadView,
        links: Sequence[EntryLink],
        base_url: str,
        media: Mapping[str, str],
    ) -> None:
        self._thread = view.thread
        self._base_url = base_url
        self._media = media
        self._by_href = {link.href: link for link in links if link.href}
        self._waiting = {link.uri_r: link for link in links}

    def part_of(self, stored: StoredPost) -> PostPart:
        """Make the part of one post; call in reading order."""
        post = stored.post
        author = wording.author(post.author) if post.author else ""
        covered = is_covered(stored)
        return PostPart(
            position=stored.position,
            anchor=addresses.post_anchor(self._base_url, self._thread.id, stored.position),
            original=clean.url(post.url),
            when=wording.moment(post.created_at) if post.created_at else "",
            when_iso=wording.iso(post.created_at) if post.created_at else "",
            byline="" if author == wording.author(self._thread.author) else author,
            edited=_edited(stored),
            notes=_notes(stored),
            warning=clean.line(post.content_warning),
            language=clean.language(post.language),
            html=robust(text_of(post), self._by_href),
            figures=tuple(figure_of(each, self._media, covered=covered) for each in post.media),
            quote=_quote(post.quote),
            options=_options(post.poll, final=self._is_final(post.poll)),
            voters=_voters(post.poll, final=self._is_final(post.poll)),
            links=self._lines(post),
        )

    def _is_final(self, poll: Poll | None) -> bool:
        """
        Say whether the votes of a poll can still change without a change of the thread.

        A vote is no revision, so counts of an open poll would move a feed while its time stands.
        """
        closes_at = poll.closes_at if poll else None
        return closes_at is not None and closes_at <= self._thread.updated_at

    def _lines(self, post: Post) -> tuple[LinkLine, ...]:
        uris = dict.fromkeys(clean.text(link.uri_r) for link in post.links)
        first_here = [self._waiting.pop(uri) for uri in uris if uri in self._waiting]
        return tuple(line_of(link) for link in first_here)


def without_words(part: PostPart, note: Markup) -> PostPart:
    """Give a part with a sentence in place of its words."""
    return dataclasses.replace(part, html=note)


def text_of(post: Post) -> str:
    """Give the words of a post as safe HTML: from its HTML, else from its plain text."""
    if post.html.strip():
        return clean.html(post.html, base_url=post.url)
    text = clean.text(post.text).strip()
    pieces: list[str] = []
    at = 0
    for link in post.links:
        # Each one after the one before it: the same words may lead to different places.
        words, href = clean.text(link.text), clean.url(link.uri_r)
        found = text.find(words, at) if words and href else -1
        if found >= 0:
            pieces += [str(escape(text[at:found])), f'<a href="{escape(href)}">{escape(words)}</a>']
            at = found + len(words)
    pieces.append(str(escape(text[at:])))
    paragraphs = re.split(r"\n\s*\n", "".join(pieces))
    marked_up = "".join(f"<p>{each}</p>" for each in paragraphs if each.strip())
    return clean.html(marked_up.replace("\n", "<br>"))


def robust(cleaned: str, by_href: Mapping[str, EntryLink]) -> Markup:
    """
    Tell each link in a text where its archived copy is and when it was made.

    Args:
        cleaned: What clean.html gave: there every `href` stands first and in double quotes.
        by_href: Links of the thread by their safe address.

    Source: Robust Links 1.0, https://robustlinks.mementoweb.org/spec/
    """

    def with_copy(found: re.Match[str]) -> str:
        link = by_href.get(html.unescape(found[1]))
        if link is None or link.uri_m is None or link.captured_at is None or not link.whole:
            return found[0]
        return (
            f'{found[0]} data-originalurl="{found[1]}" data-versionurl="{escape(link.uri_m)}"'
            f' data-versiondate="{wording.iso(link.captured_at)}"'
        )

    return Markup(_ANCHOR.sub(with_copy, cleaned))


def figure_of(media: Media, copies: Mapping[str, str], *, covered: bool) -> Figure:
    """
    Say how an attachment is shown.

    A picture is shown from our copy; without one from the original address, and the caption says
    so. What the author covered is a link, never a picture. Film and sound are links behind the
    poster, since many readers drop players.
    """
    copy, original = clean.url(copies.get(media.url, "")), clean.url(media.url)
    poster = clean.url(copies.get(media.preview_url or "", ""))
    words = _WORDS[media.kind]
    is_picture = media.kind is MediaKind.IMAGE or (
        media.kind is MediaKind.GIF and media.mime.lower().startswith("image/")
    )
    place = "our copy" if copy else f"no copy was kept, from {host_of(media.url)}"
    if not (copy or original):
        place = "no copy was kept, and its address cannot be shown"
    if covered:
        caption = f"{words} covered by its author ({place})"
    elif is_picture:
        caption = "" if copy else f"{words} ({place})"
    else:
        caption = f"{words} ({place})"
    picture = "" if covered else (copy or original) if is_picture else poster
    return Figure(
        picture=picture,
        href="" if is_picture and copy and not covered else copy or original,
        alt=clean.line(media.alt, longest=2_000),
        caption=caption,
        width=pixels(media.width),
        height=pixels(media.height),
    )


def line_of(link: EntryLink) -> LinkLine:
    """Say in one line where a link led, how it ended, and where our copy is."""
    target_href = link.target_href
    direct = link.uri_r == link.target or (bool(link.href) and link.href == target_href)
    known_title = link.title != link.host
    facts = [link.host] if known_title and link.host else []
    if link.hops:
        facts.append(wording.counted(link.hops, "redirect"))
    return LinkLine(
        shown="" if direct else shown_as(link.uri_r),
        href=link.href,
        title=link.title if known_title or not target_href else shown_as(link.target),
        target_href=target_href,
        facts=", ".join(facts),
        copy_href=link.uri_m or "",
        copied=_copied(link),
        state="" if link.state == "live" else link.state,
        witness_href=link.witness.uri_m if link.witness else "",
        witnessed=_witnessed(link.witness) if link.witness else "",
    )


def _witnessed(witness: WitnessCopy) -> str:
    return f"a copy of another archive, {witness.host}, of {wording.moment(witness.at)}"


def _copied(link: EntryLink) -> str:
    if link.captured_at is None:
        return ""
    what = "archived copy" if link.whole else "the answer it gave, kept as evidence"
    return f"{what}, {wording.moment(link.captured_at)}"


def shown_as(url: str) -> str:
    """
    Write a URL for people: without scheme, `www.` and a lone slash at its end, shortened.

    >>> shown_as("https://www.icij.org/")
    'icij.org'
    """
    bare = re.sub(r"^https?://(www\.)?", "", clean.line(url, longest=_LONGEST_SHOWN))
    return bare[:-1] if bare.count("/") == 1 and bare.endswith("/") else bare


def _edited(stored: StoredPost) -> str:
    if stored.post.edited_at is not None:
        return f"edited {wording.moment(stored.post.edited_at)}"
    return "edited" if stored.state is PostState.EDITED else ""


def _notes(stored: StoredPost) -> tuple[str, ...]:
    if stored.state is PostState.GAP:
        return ("A post is missing here: it is known to exist, and it was never seen.",)
    if stored.state is not PostState.VANISHED:
        return ()
    seen = f" on {wording.moment(stored.vanished_at)}" if stored.vanished_at else ""
    return (f"This post was gone when the thread was captured{seen}. Its last known text:",)


def _quote(quote: Quote | None) -> QuotePart | None:
    if quote is None:
        return None
    shown = quote.state == "shown"
    as_post = Post(id="", author=None, url=quote.url, text=quote.text, html=quote.html)
    return QuotePart(
        url=clean.url(quote.url),
        author=wording.author(quote.author) if quote.author else "Quoted post",
        note="" if shown else f"The quoted post was not shown: {clean.line(quote.state)}.",
        html=Markup(text_of(as_post)),
    )


def _options(poll: Poll | None, *, final: bool) -> tuple[str, ...]:
    def line(option: PollOption) -> str:
        known = final and option.votes is not None
        votes = f": {wording.counted(option.votes or 0, 'vote')}" if known else ""
        return clean.line(option.title) + votes

    return tuple(line(option) for option in (poll.options if poll else ()))


def _voters(poll: Poll | None, *, final: bool) -> str:
    if poll is None:
        return ""
    parts = []
    if final and poll.voters is not None:
        parts.append(wording.counted(poll.voters, "voter"))
    if poll.multiple:
        parts.append("more than one answer allowed")
    if poll.closes_at is not None:
        parts.append(f"poll until {wording.moment(poll.closes_at)}")
    return ", ".join(parts)

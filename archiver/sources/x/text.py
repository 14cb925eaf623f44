"""What does a post say? Text as X delivers it, cut by its entities, becomes words and links."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from archiver.core import textlinks
from archiver.core.richtext import RichText, clean, web_address
from archiver.core.textlinks import Span, SpanKind
from archiver.sources.fields import Fields
from archiver.sources.x.urls import media_owner, status_in

_MAX_SEARCHES = 200  # for entities of one post that do not stand where they say


@dataclass(frozen=True, slots=True)
class Entity:
    """
    A piece of the delivered text that means something.

    Attributes:
        start: In code points of the text as delivered, HTML escapes and all; may be wrong.
        end: Exclusive.
        written: What stands there: a t.co link, `@name`, `#tag`.
        value: Where the link really leads, `@name`, or the tag without #.
        shown: What readers see in place of `written`; empty: the same.
        decoration: X adds it itself (own pictures, the quoted post); at the end of the text it
            is no part of it.
    """

    kind: SpanKind
    start: int
    end: int
    written: str
    value: str
    shown: str = ""
    decoration: bool = False


def compose(text: str, entities: Iterable[Entity]) -> RichText:
    """
    Cut a text at its entities, then unescape each piece, once.

    Where an entity does not stand where it says, it is looked for; one that stands nowhere is
    left out. Links that nobody marked, as in posts from before t.co, are found too.

    Source: reference/protocols.md, 5.1 (text rules)
    """
    kept, end = _without_decoration(text, _placed(text, entities))
    parts: list[str] = []
    spans: list[Span] = []
    at = length = 0
    for entity in kept:
        words = unescaped(text[at : entity.start])
        shown = clean(entity.shown) or unescaped(text[entity.start : entity.end])
        length += len(words)
        spans.append(Span(length, length + len(shown), entity.kind, entity.value))
        parts += (words, shown)
        length += len(shown)
        at = entity.end
    parts.append(unescaped(text[at:end]))
    whole = "".join(parts).rstrip()
    return marked(whole, [span for span in spans if span.end <= len(whole)])


def marked(text: str, spans: Sequence[Span]) -> RichText:
    """Read words with known spans; more links, mentions and hashtags are found in between."""
    found = textlinks.find(text, spans)
    return RichText(
        html=textlinks.html_of(text, found) if text.strip() else "",
        text=text,
        links=textlinks.links(text, found),
        mentions=textlinks.values(found, SpanKind.MENTION),
        hashtags=textlinks.values(found, SpanKind.HASHTAG),
    )


def unescaped(piece: str) -> str:
    """Undo the three escapes that X makes, once; then take out what is no text."""
    return clean(piece.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def _placed(text: str, entities: Iterable[Entity]) -> list[Entity]:
    """Give entities where they really stand, in order and without overlaps."""
    usable: list[Entity] = []
    searched: dict[str, int] = {}
    searches = 0
    low = text.lower()
    aligned = len(low) == len(text)  # some letters grow when they become small
    for entity in sorted(entities, key=lambda each: each.start):
        written = entity.written
        if not _stands(text, entity):
            searches += 1
            if searches > _MAX_SEARCHES:
                continue
            where = (low if aligned else text).find(
                written.lower() if aligned else written, searched.get(written, 0)
            )
            if where < 0:
                continue
            entity = replace(entity, start=where, end=where + len(written))
        searched[written] = entity.end
        usable.append(entity)
    usable.sort(key=lambda each: each.start)
    apart: list[Entity] = []
    for entity in usable:
        if not apart or entity.start >= apart[-1].end:
            apart.append(entity)
    return apart


def _stands(text: str, entity: Entity) -> bool:
    if not 0 <= entity.start < entity.end <= len(text):
        return False
    piece = text[entity.start : entity.end].lower()
    # Full-width signs before names and tags count as the plain ones.
    return piece.replace("＠", "@").replace("＃", "#") == entity.written.lower()


def _without_decoration(text: str, entities: list[Entity]) -> tuple[list[Entity], int]:
    """Cut what X itself put at the end: it says where, and where the words end then."""
    kept, end = list(entities), len(text)
    while kept and kept[-1].decoration and not text[kept[-1].end : end].strip():
        end = kept.pop().start
    return kept, end


def entities_of(
    holder: Fields | None, *, indices: bool, decorations: frozenset[str], own: frozenset[str]
) -> list[Entity]:
    """
    Read the `entities` object of a post.

    An entity that cannot be read is left out, since its words stand in the text anyway.

    Args:
        indices: Places are `indices: [8, 24]` (syndication, export) rather than `start`, `end`.
        decorations: Ids of posts that this one quotes.
        own: Ids of this post.
    """
    if holder is None:
        return []
    found: list[Entity] = []
    for name, reader in _READERS.items():
        values = holder.values.get(name)
        for value in values if isinstance(values, list) else ():
            if isinstance(value, dict):
                start, end = _place(value, indices=indices)
                entity = reader(value, start, end)
                if entity is not None:
                    drawn = name == "media" or "media_key" in value
                    drawn = drawn or _decorates(entity, decorations, own)
                    found.append(replace(entity, decoration=drawn))
    return found


def _place(value: dict[str, object], *, indices: bool) -> tuple[int, int]:
    places = value.get("indices") if indices else [value.get("start"), value.get("end")]
    if isinstance(places, list) and len(places) == 2:
        start, end = (_number(each) for each in places)
        return start, end
    return -1, -1


def _number(value: object) -> int:
    if type(value) is int:
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 9:
        return int(value)  # the export writes numbers as texts
    return -1


def _word(value: dict[str, object], *names: str) -> str:
    return next((str(value[name]) for name in names if isinstance(value.get(name), str)), "")


def _url(value: dict[str, object], start: int, end: int) -> Entity | None:
    written = _word(value, "url")
    leads = web_address(unescaped(_word(value, "expanded_url"))) or web_address(written)
    if not written or leads is None:
        return None
    shown = unescaped(_word(value, "display_url")).strip()
    return Entity(SpanKind.LINK, start, end, written, leads, shown)


def _mention(value: dict[str, object], start: int, end: int) -> Entity | None:
    name = _word(value, "username", "screen_name")
    return Entity(SpanKind.MENTION, start, end, f"@{name}", f"@{name}") if name else None


def _hashtag(value: dict[str, object], start: int, end: int) -> Entity | None:
    tag = clean(_word(value, "tag", "text"))
    return Entity(SpanKind.HASHTAG, start, end, f"#{tag}", tag) if tag else None


_READERS = {
    "urls": _url,
    "media": _url,
    "mentions": _mention,
    "user_mentions": _mention,
    "hashtags": _hashtag,
}


def _decorates(entity: Entity, quoted: frozenset[str], own: frozenset[str]) -> bool:
    if entity.kind is not SpanKind.LINK:
        return False
    owner = media_owner(entity.value)
    return (owner is not None and owner in own) or status_in(entity.value) in quoted

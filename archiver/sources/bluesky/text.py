"""What do a record and its author say on Bluesky: words and names? (protocols 4.3)"""

from __future__ import annotations

from archiver.core.richtext import (
    Feature,
    RichText,
    Span,
    clean,
    from_spans,
    utf16_span,
    web_address,
)
from archiver.models import Author
from archiver.sources.bluesky.urls import hashtag_page, is_handle
from archiver.sources.fields import Fields


def read_author(profile: Fields) -> Author:
    """Read an author as the AppView shows it; the DID is permanent, handles are not."""
    did = profile.text("did")
    handle = profile.words("handle")
    handle = handle if is_handle(handle) else ""
    return Author(
        id=did,
        handle=handle,
        name=clean(profile.words("displayName")).strip(),
        url=f"https://bsky.app/profile/{handle or did}",
        avatar_url=web_address(profile.words("avatar")),
    )


def read_text(record: Fields) -> RichText:
    """Read the words of a record by its facets, or by the entities that records had in 2022."""
    text = record.words("text")
    facets = record.objects("facets")
    return from_spans(text, _spans(facets) if facets else _old_spans(text, record))


def _spans(facets: tuple[Fields, ...]) -> list[Span]:
    spans: list[Span] = []
    for facet in facets:
        index = facet.maybe_inner("index")
        start, end = (_offset(index, name) for name in ("byteStart", "byteEnd"))
        features = [_feature(each) for each in facet.objects("features")]
        known = tuple(each for each in features if each is not None)
        if start is not None and end is not None and known:
            spans.append(Span(start, end, known))
    return spans


def _offset(index: Fields | None, name: str) -> int | None:
    """Authors write these: one that is no offset leaves the facet out, not the post."""
    value = index.values.get(name) if index else None
    return value if type(value) is int else None


def _feature(feature: Fields) -> Feature | None:
    match feature.words("$type"):
        case "app.bsky.richtext.facet#link":
            return Feature("link", feature.words("uri"))
        case "app.bsky.richtext.facet#mention":
            return Feature("mention", f"https://bsky.app/profile/{feature.words('did')}")
        case "app.bsky.richtext.facet#tag":
            return Feature("hashtag", hashtag_page(feature.words("tag")))
    return None


def _old_spans(text: str, record: Fields) -> list[Span]:
    found: list[Span | None] = []
    for entity in record.objects("entities"):
        index = entity.maybe_inner("index")
        start, end = _offset(index, "start"), _offset(index, "end")
        if entity.words("type") == "link" and start is not None and end is not None:
            feature = Feature("link", entity.words("value"))
            found.append(utf16_span(text, start, end, (feature,)))
    return [span for span in found if span is not None]

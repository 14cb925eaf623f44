"""How does a thread read as Markdown? Words, links as written and archived, dates, evidence."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from urllib.parse import quote

from archiver.core.memento import uri_m
from archiver.models import (
    Branch,
    LinkView,
    PostState,
    RecordRef,
    Snapshot,
    StoredPost,
    ThreadView,
)

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~])")
_AT_START = re.compile(
    r"^(\s*)(#{1,6}(?=\s|$)|[-+>=](?=\s|$|=|-)|\d{1,9}[.)](?=\s|$))", re.MULTILINE
)
_SAFE = "/:?#@!$&'*+,;=%~-._[]"


MOST_RECORDS = 40
"""Records that the text names; thread.json names all."""


def markdown(
    view: ThreadView,
    base_url: str,
    notices: Iterable[str] = (),
    *,
    facts: Sequence[tuple[str, str]] = (),
    records: Sequence[RecordRef] = (),
) -> str:
    """
    Write a thread.

    Nothing of what posts say is taken as Markdown: their signs are escaped.

    Args:
        view: The thread.
        base_url: publish.base_url, without a slash at its end.
        notices: Sentences that stand before the posts.
        facts: What is said of the export at its end: word and value.
        records: What the thread was read from.
    """
    lines = (*_lines(view, base_url, notices), *_evidence(facts, records))
    return "\n".join(lines).rstrip("\n") + "\n"


def _lines(view: ThreadView, base_url: str, notices: Iterable[str]) -> Iterator[str]:
    thread = view.thread
    author = thread.author.name or thread.author.handle or thread.author.id
    yield f"# {_line(thread.title or author)}"
    yield ""
    handle = f" ({_line('@' + thread.author.handle.lstrip('@'))})" if thread.author.handle else ""
    yield f"By {_line(author)}{handle}, {_line(thread.platform)}: {_link('original', thread.url)}"
    yield ""
    yield f"Captured {_day(thread.first_captured_at)}, last {_day(thread.last_captured_at)}. " + (
        f"{_line(thread.completeness.reason)}."
    )
    yield ""
    for notice in notices:
        yield f"> {_line(notice)}"
        yield ""
    links = {each.uri_r: each for each in view.links}
    own = [each for each in thread.posts if each.post.branch is Branch.THREAD]
    for stored in own:
        yield from _post(stored, links, base_url)
    others = [each for each in thread.posts if each.post.branch is Branch.SIDE]
    if others:
        yield "# Beside the thread"
        yield ""
    for stored in others:
        yield from _post(stored, links, base_url)


def _evidence(facts: Sequence[tuple[str, str]], records: Sequence[RecordRef]) -> Iterator[str]:
    if not facts and not records:
        return
    yield "# Evidence"
    yield ""
    yield "This text is neither signed nor stamped. A WACZ package of the thread can be checked."
    yield ""
    for word, value in facts:
        yield f"- {_line(word)}: {_line(value)}"
    for each in records[:MOST_RECORDS]:
        at = each.at.astimezone(dt.UTC)
        digest = f", {_line(each.digest)}" if each.digest else ""
        yield f"- Read from {_line(each.record_id)} of {at:%Y-%m-%dT%H:%M:%S}Z{digest}"
    if len(records) > MOST_RECORDS:
        yield f"- and from {len(records) - MOST_RECORDS:,} more, which its JSON names"


def _post(stored: StoredPost, links: Mapping[str, LinkView], base_url: str) -> Iterator[str]:
    post = stored.post
    when = _day(post.created_at) if post.created_at else "undated"
    shown = _link(when, post.url) if post.url else when
    yield f"## {stored.position}"
    yield ""
    yield shown + _state(stored)
    yield ""
    if post.sealed:
        yield f"> Kept private, never published: {_line(post.sealed)}"
        yield ""
    if post.content_warning:
        yield f"> Content warning: {_line(post.content_warning)}"
        yield ""
    if post.text:
        yield _text(post.text)
        yield ""
    if post.quote is not None:
        yield f"> {_link('Quoted post', post.quote.url)}: {_line(post.quote.text)}"
        yield ""
    for media in post.media:
        said = _line(media.alt) or "no description"
        yield f"- {_link(str(media.kind), media.url)}: {said}"
    for link in dict.fromkeys(each.uri_r for each in post.links):
        yield f"- {_told(link, links.get(link), base_url)}"
    if post.media or post.links:
        yield ""


def _state(stored: StoredPost) -> str:
    match stored.state:
        case PostState.EDITED:
            edited = stored.post.edited_at
            return f" — edited {_day(edited)}" if edited else " — edited"
        case PostState.VANISHED:
            gone = stored.vanished_at
            return f" — gone since {_day(gone)}" if gone else " — gone since"
        case PostState.GAP:
            return " — known to exist, never seen"
    return ""


def _told(uri_r: str, view: LinkView | None, base_url: str) -> str:
    chain = view.chain if view is not None else None
    copy = view.snapshot if view is not None else None
    said = _link(uri_r, uri_r)
    if chain is None:
        return f"{said} (not followed yet)"
    if chain.target != uri_r:
        said += f" → {_link(chain.target, chain.target)}"
    said += f" ({chain.outcome})"
    return said + (f", {_archived(copy, base_url)}" if copy is not None else "")


def _archived(copy: Snapshot, base_url: str) -> str:
    title = f" “{_line(copy.title)}”" if copy.title else ""
    return _link(f"archived {_day(copy.at)}", uri_m(base_url, copy.url, copy.at)) + title


def _link(words: str, url: str) -> str:
    if not url.lower().startswith(("http://", "https://")):
        return _line(words)
    return f"[{_line(words)}](<{quote(url, safe=_SAFE)}>)"


def _day(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%Y-%m-%d %H:%M} UTC"


def _line(words: str) -> str:
    return _text(" ".join(words.split()))


def _text(words: str) -> str:
    """Escape what Markdown would take as its own; line ends of a post stay line ends."""
    kept = "".join(c if c == "\n" or c.isprintable() else " " for c in words)
    escaped = _AT_START.sub(_escaped_start, _SPECIAL.sub(r"\\\1", kept.replace("&", "&amp;")))
    lines = [each.rstrip().lstrip(" ") for each in escaped.split("\n")]
    return "\n".join(
        f"{each}\\" if each and after else each
        for each, after in zip(lines, [*lines[1:], ""], strict=True)
    )


def _escaped_start(found: re.Match[str]) -> str:
    sign = found[2]
    return f"{found[1]}{sign[:-1]}\\{sign[-1]}" if sign[0].isdigit() else f"{found[1]}\\{sign}"

"""Which thread does plain text hold? The text of a Scrolly Tale: one line, one post."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import unicodedata

from archiver.core import textlinks
from archiver.core.richtext import clean, title_of
from archiver.core.textlinks import SpanKind
from archiver.errors import ParseError
from archiver.models import Author, Completeness, Post, ThreadObservation

PLATFORM = "text"
MAX_POSTS = 5_000
MAX_LINE_BYTES = 100_000

_MAX_BROKEN = 0.1  # of all characters; above that it is no text, or text in another encoding

# What the page says below a thread and is no post. The first three stand below Scrolly Tales (seen
# in a saved one), the rest below Thread Reader pages. A line of the thread itself may say the
# same, so they are cut at the end of the text only.
_FOOTER = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"share this scrolly tale with your friends\W*",
        r"a scrolly tale is a new way to read \w+ threads\b.*",
        r"discover more beautiful scrolly tales\b.*",
        r"[•·.\s]+",
        r"missing some (tweet|post)s? in this thread\?.*",
        r"(try to )?force a refresh\W*",
        r"keep current with .{1,200}",
        r"stay in touch and get notified when new unrolls are available from this author\W*",
        r"read all threads\W*",
        r"this thread may be removed anytime\W*",
        r"(twitter|x) may remove this content at any ?time\b.*",
        r"(save (this thread )?as )?pdf\W*",
        r"try unrolling a thread yourself\W*",
        r"(1\. )?follow @threadreaderapp to mention us\W*",
        r"(2\. )?from an? (twitter|x) thread,? mention us\b.*",
        r"practice here first or read more on our help page\W*",
        r"did thread reader help you today\?.*",
        r"support us!? we are indie developers\W*",
        r"this site is made by just two indie developers\b.*",
        r"become (a )?premium\b.*",
    )
)


def parse_text(
    text: str, name: str, at: dt.datetime, record_ids: tuple[str, ...]
) -> ThreadObservation:
    """
    Read a thread from its plain text.

    Every line that is not empty is a post; lines of the page's footer at the end are none. Links
    need no scheme (`bit.ly/3PFV01u`). The thread is known by its first post: `native_id` is a
    digest of that post's words, so the same tale saved twice, with another footer or with more
    posts, is the same thread. Posts are known by their place in it.

    Args:
        text: Decoded with U+FFFD for broken bytes.
        name: What the file is called, for errors.
        at: When it was read, UTC.
        record_ids: The records that hold it.

    Raises:
        ParseError: If it is no thread: empty, not text, a line or a count beyond the limits.
    """
    lines = _posts(text, name)
    digest = hashlib.sha256(_normal(lines[0]).encode()).hexdigest()
    author = Author(id="")
    posts = tuple(
        _post(line, _id(digest, number), _id(digest, number - 1) if number > 1 else None, author)
        for number, line in enumerate(lines, start=1)
    )
    return ThreadObservation(
        platform=PLATFORM,
        native_id=digest,
        url=f"urn:thread:text:{digest}",
        author=author,
        posts=posts,
        completeness=Completeness(
            None, len(posts), 0, "A saved text does not say how many posts the thread had."
        ),
        observed_at=at,
        title=title_of(lines[0]),
        record_ids=record_ids,
    )


def _posts(text: str, name: str) -> list[str]:
    _check_is_text(text, name)
    lines = [line for line in (raw.strip() for raw in clean(text).splitlines()) if line]
    for number, line in enumerate(lines, start=1):
        if len(line.encode()) > MAX_LINE_BYTES:
            raise _no_thread(
                name,
                f"line {number} is longer than the {MAX_LINE_BYTES // 1000} kB of a post",
            )
    if not lines:
        raise _no_thread(name, "it is empty")
    while lines and any(pattern.fullmatch(lines[-1]) for pattern in _FOOTER):
        lines.pop()
    if not lines:
        raise _no_thread(name, "it holds only the footer of a page")
    if len(lines) > MAX_POSTS:
        raise _no_thread(name, f"it has {len(lines)} lines, more than the {MAX_POSTS} of a thread")
    return lines


def _check_is_text(text: str, name: str) -> None:
    if "\0" in text:
        raise _no_thread(name, "it holds NUL bytes, so it is not text")
    if text.count("\ufffd") > _MAX_BROKEN * len(text):
        raise _no_thread(name, "it is not UTF-8 text")


def _no_thread(name: str, why: str) -> ParseError:
    return ParseError(
        f"{name} is no thread: {why}; give the text of a thread, one post on each line",
        uri_r=name,
        platform=PLATFORM,
    )


def _normal(line: str) -> str:
    return " ".join(unicodedata.normalize("NFC", line).split())


def _id(digest: str, number: int) -> str:
    return f"{digest}#{number}"


def _post(line: str, post_id: str, parent_id: str | None, author: Author) -> Post:
    spans = textlinks.find(line)
    return Post(
        id=post_id,
        author=author,
        text=line,
        html=textlinks.html_of(line, spans),
        parent_id=parent_id,
        links=textlinks.links(line, spans),
        mentions=textlinks.values(spans, SpanKind.MENTION),
        hashtags=textlinks.values(spans, SpanKind.HASHTAG),
    )

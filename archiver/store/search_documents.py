"""How does a post or a target become a document of the search index?"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from archiver.core import searchwords
from archiver.core.urls import host_of
from archiver.models import Author, Post, Snapshot, StoredPost
from archiver.store.columns import storable

EVERY = searchwords.facet("kind", "any")
"""Stands in every document, for questions that only say what must not be."""

_OLDEST = dt.datetime(1990, 1, 1, tzinfo=dt.UTC)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_LATER = dt.timedelta(days=2)
_PLACES = 20
_LONGEST = 400_000


@dataclass(frozen=True, slots=True)
class SearchText:
    """
    The words of a document, column by column of the index, and a digest of all of them.

    Attributes:
        words: What is read, descriptions of pictures among it.
        title: The title of a thread or page.
        about: What stands beside: authors, hashtags, addresses.
        facets: What filters ask for, one word each; and each letter of a script without spaces,
            which would else be the beginning of thousands of pairs.
    """

    words: str
    title: str
    about: str
    facets: str

    @property
    def digest(self) -> int:
        """Give 63 bits that differ where the document differs."""
        text = "\n".join((self.words, self.title, self.about, self.facets))
        raw = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return int.from_bytes(raw, "big") >> 1


@dataclass(frozen=True, slots=True)
class OfThread:
    """What the documents of a thread share."""

    id: str
    platform: str
    title: str
    tags: tuple[str, ...]
    sealed: bool = False


def post_text(
    post: Post, thread: OfThread, targets: Mapping[str, str], *, is_root: bool
) -> SearchText:
    """
    Give the document of a post: text, content warning, poll and quote; alt texts and authors.

    Args:
        thread: Its title stands in the document of the first post only.
        targets: Link as written -> where it leads, as far as that is known.
    """
    options = [each.title for each in post.poll.options] if post.poll else []
    quoted = [post.quote.text] if post.quote else []
    authors = [each for each in (post.author, post.quote.author if post.quote else None) if each]
    seen = [media.alt for media in post.media]
    about = [*map(_names, authors), *post.hashtags]
    tags = (*thread.tags, *post.hashtags)
    return _text(
        _joined([post.content_warning, post.text, *options, *quoted, *seen]),
        _joined([thread.title]) if is_root else "",
        _joined(about),
        (
            [searchwords.facet("platform", thread.platform)],
            (searchwords.facet("tag", tag.lstrip("#")) for tag in tags),
            _author_facets(post.author) if post.author else (),
            (
                each
                for link in post.links
                for url in (link.uri_r, targets.get(storable(link.uri_r), ""))
                for each in _site_facets(url)
            ),
        ),
    )


def target_text(snapshot: Snapshot) -> SearchText:
    """Give the document of a page at the end of a link: title, readable text, address."""
    return _text(
        _joined([snapshot.description, snapshot.text]),
        _joined([snapshot.title]),
        _joined([snapshot.url]),
        (_site_facets(snapshot.url),),
    )


def _text(words: str, title: str, about: str, kinds: Iterable[Iterable[str]]) -> SearchText:
    letters = searchwords.dense_letters(words + title + about)
    facets = dict.fromkeys([EVERY, *(each for kind in kinds for each in kind), *letters])
    return SearchText(words, title, about, " ".join(facets))


def written_at(stored: StoredPost) -> dt.datetime:
    """When a post says it was written, unless it says something that cannot be."""
    said, seen = stored.post.created_at, stored.first_seen_at
    return said if said is not None and _OLDEST <= said <= seen + _LATER else seen


def first_docid(at: dt.datetime) -> int:
    """
    Give the lowest number for documents of a second: they count in the order of time.

    So the index gives the newest first, and the finds between two days, without looking elsewhere.

    >>> first_docid(_EPOCH + dt.timedelta(seconds=1))
    1048576
    """
    return max(0, int((at - _EPOCH).total_seconds())) << _PLACES


def time_of_docid(docid: int) -> dt.datetime:
    """Give the second that a number stands for."""
    return _EPOCH + dt.timedelta(seconds=docid >> _PLACES)


def _names(author: Author) -> str:
    return f"{author.name} {author.handle}"


def _author_facets(author: Author) -> Iterable[str]:
    handle = author.handle.lstrip("@")
    names = {handle, handle.partition("@")[0], author.name, author.id, author.url}
    names |= {*author.name.split()}
    return (searchwords.facet("author", each) for each in sorted(names) if each.strip())


def _site_facets(url: str) -> Iterable[str]:
    try:
        host = host_of(url)
    except ValueError:
        return ()
    return searchwords.host_facets(host) if host else ()


def _joined(parts: Iterable[str]) -> str:
    # What is no word stands between parts, so that no phrase reaches from one into the next.
    texts = [" ".join(searchwords.words(part[:_LONGEST])) for part in parts if part]
    return " | ".join(text for text in texts if text)

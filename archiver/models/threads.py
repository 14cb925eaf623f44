"""Threads: what a platform showed, and what is stored of it."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass


class RefKind(enum.StrEnum):
    """What a URL names: one thread, or a listing of threads."""

    THREAD = "thread"
    ACCOUNT = "account"
    TAG = "tag"
    LIST = "list"
    FEED = "feed"


@dataclass(frozen=True, slots=True)
class KnownPost:
    """
    A post stored earlier, so that a source can ask for it by name once it is not shown.

    Attributes:
        aside: It hangs beside the thread: a reply of others, or what hangs on one.
    """

    id: str
    url: str
    aside: bool = False


@dataclass(frozen=True, slots=True)
class KnownThread:
    """The thread that an address led to before, and the posts that we hold of it."""

    platform: str
    posts: tuple[KnownPost, ...]


@dataclass(frozen=True, slots=True)
class SourceRef:
    """
    A URL that a source recognised.

    Attributes:
        platform: Name of the source, e.g. `mastodon`.
        url: As it was given.
        key: What the source needs to plan, in its own words, e.g. host and id.
        known: Posts of this thread stored earlier, if it was of the same platform.
        foreign: The address led to a thread of another platform before.
    """

    platform: str
    kind: RefKind
    url: str
    key: tuple[str, ...] = ()
    known: tuple[KnownPost, ...] = ()
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class Author:
    """Who wrote. `id` is permanent where the platform has such a thing; handle and name change."""

    id: str
    handle: str = ""
    name: str = ""
    url: str = ""
    avatar_url: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A link in a post: `uri_r` is where it really leads, `text` the words shown."""

    uri_r: str
    text: str = ""


class MediaKind(enum.StrEnum):
    """What an attachment is."""

    IMAGE = "image"
    VIDEO = "video"
    GIF = "gif"
    AUDIO = "audio"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Media:
    """
    An attachment: `url` is the original, or the best variant that the platform gives.

    Width and height in pixels; `alt` is the author's description; `captions` are URLs of
    subtitle files. `key` names its bytes for ever (a CID), where the platform has such names: then
    another address of equal bytes, since servers move, is no edit.
    """

    kind: MediaKind
    url: str
    alt: str = ""
    mime: str = ""
    width: int | None = None
    height: int | None = None
    preview_url: str | None = None
    captions: tuple[str, ...] = ()
    key: str = ""


@dataclass(frozen=True, slots=True)
class PollOption:
    """One answer of a poll; votes is None while the platform hides them."""

    title: str
    votes: int | None = None


@dataclass(frozen=True, slots=True)
class Poll:
    """A poll as it stood at the time of the observation."""

    options: tuple[PollOption, ...]
    multiple: bool = False
    closes_at: dt.datetime | None = None
    voters: int | None = None


@dataclass(frozen=True, slots=True)
class Quote:
    """A quoted post. `state` is `shown`, or the platform's word for why it is not."""

    url: str
    state: str = "shown"
    author: Author | None = None
    text: str = ""
    html: str = ""


class PostState(enum.StrEnum):
    """What a post of a stored thread is now."""

    PRESENT = "present"
    EDITED = "edited"
    VANISHED = "vanished"
    GAP = "gap"  # known to exist or to have existed, never seen by us


class Branch(enum.StrEnum):
    """Where a post stands: in the thread itself, or in what others (or a second try) hung on it."""

    THREAD = "thread"
    SIDE = "side"


@dataclass(frozen=True, slots=True)
class Post:
    """
    One post as a platform showed it.

    Attributes:
        id: Native, global id: ActivityPub URI, AT-URI, post number; never a handle or local id.
        html: Built by the source from allowed elements only (core.richtext); sanitised again
            when published.
        text: The same as plain text, link texts as shown.
        mentions: Handles with a leading @, as the platform names them.
        hashtags: Without #.
        content_warning: Empty if there is none.
        gap: True for a post that is known to exist and could not be seen.
        sealed: Why it is kept but never published, in a sentence: its author or the platform asks
            for it. A thread whose first post is sealed is not published at all.
        bare: Only its author's own record could be read. What a platform adds to it (labels, the
            words of quotes, titles) is not known: a stored version that had them is better,
            unless words, links or media differ.
    """

    id: str
    author: Author | None
    url: str = ""
    text: str = ""
    html: str = ""
    created_at: dt.datetime | None = None
    edited_at: dt.datetime | None = None
    parent_id: str | None = None
    branch: Branch = Branch.THREAD
    links: tuple[Link, ...] = ()
    mentions: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    poll: Poll | None = None
    quote: Quote | None = None
    content_warning: str = ""
    sensitive: bool = False
    language: str | None = None
    gap: bool = False
    sealed: str = ""
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """
    Where a second witness (a reader page, an export) differs from the platform's own answer.

    Attributes:
        witness: URL of the witness.
        post_id: The post, as the platform names it.
        what: `missing_here`, `missing_there` or `text`.
        here: What the platform shows; empty if the post is missing there.
        there: What the witness shows.
    """

    witness: str
    post_id: str
    what: str
    here: str = ""
    there: str = ""


@dataclass(frozen=True, slots=True)
class Completeness:
    """
    What is said about how much of a thread we hold.

    Attributes:
        expected: Posts of the thread itself, as far as the platform lets one know; None if it
            does not say.
        captured: Posts of the thread itself that we hold.
        gaps: Posts of the thread itself known to be missing.
        reason: A sentence: why it is complete, or which limit was met.
    """

    expected: int | None
    captured: int
    gaps: int
    reason: str


@dataclass(frozen=True, slots=True)
class ThreadObservation:
    """
    What a platform showed of one thread in one capture.

    Attributes:
        native_id: Id of the root post; with `platform` the identity of the thread for ever.
        posts: In reading order: the thread itself from the root on, then side branches.
        gone: Ids of posts for which the platform said so itself (404, 410, tombstone, not in a
            complete listing). Only these can become vanished.
        record_ids: The records that prove this observation.
        history: Earlier versions of posts by the platform's own word, oldest first: same id,
            `edited_at` is the time of that version (None for the first).
        differences: Where a second witness shows something else.
    """

    platform: str
    native_id: str
    url: str
    author: Author
    posts: tuple[Post, ...]
    completeness: Completeness
    observed_at: dt.datetime
    title: str = ""
    language: str | None = None
    gone: tuple[str, ...] = ()
    record_ids: tuple[str, ...] = ()
    history: tuple[Post, ...] = ()
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class ListingObservation:
    """
    What a platform showed of an account, tag, list, feed or file of addresses.

    Attributes:
        author: Whose account it is; None if it is not an account.
        thread_urls: Seeds of the threads found, newest first; each is captured by itself.
        threads: Threads that the listing itself shows whole, such as the entries of a feed.
        reason: A sentence, if a limit was met.
    """

    platform: str
    url: str
    thread_urls: tuple[str, ...]
    observed_at: dt.datetime
    author: Author | None = None
    title: str = ""
    threads: tuple[ThreadObservation, ...] = ()
    reason: str = ""
    record_ids: tuple[str, ...] = ()


Observation = ThreadObservation | ListingObservation


@dataclass(frozen=True, slots=True)
class Observed:
    """
    That a thread was captured, and how much of it was shown.

    Attributes:
        platform: The source that was asked.
        record_ids: The records that prove it.
    """

    at: dt.datetime
    platform: str
    completeness: Completeness
    differences: tuple[Difference, ...] = ()
    record_ids: tuple[str, ...] = ()


class RevisionKind(enum.StrEnum):
    """What happened to a post between two observations."""

    ADDED = "added"
    EDITED = "edited"
    VANISHED = "vanished"
    RESTORED = "restored"
    RENAMED = "renamed"  # the author's handle or name; post_id is empty


@dataclass(frozen=True, slots=True)
class Revision:
    """
    One change of a thread, with the records that prove it. Never deleted, never altered.

    Attributes:
        at: When we saw it.
        said_at: When it happened by the platform's own word; None if it does not say.
    """

    kind: RevisionKind
    post_id: str
    at: dt.datetime
    record_ids: tuple[str, ...] = ()
    before: Post | None = None
    after: Post | None = None
    said_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredPost:
    """A post of a stored thread: its latest known body, and what became of it."""

    post: Post
    state: PostState
    position: int
    first_seen_at: dt.datetime
    last_seen_at: dt.datetime
    vanished_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """
    A thread as a versioned object: the newest state of each post that was ever seen.

    Attributes:
        id: Permanent, 16 hex digits made of platform and native id (core.ids).
        posts: Reading order; positions count from 1.
        updated_at: Time of the newest revision; moves only when a reader would see a change.
    """

    id: str
    platform: str
    native_id: str
    url: str
    author: Author
    title: str
    posts: tuple[StoredPost, ...]
    completeness: Completeness
    first_captured_at: dt.datetime
    last_captured_at: dt.datetime
    updated_at: dt.datetime
    language: str | None = None
    tags: tuple[str, ...] = ()

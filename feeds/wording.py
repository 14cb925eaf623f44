"""How do we say times, counts and completeness? In one way, whatever the locale."""

from __future__ import annotations

import datetime as dt

from archiver.models import Author, Completeness
from feeds import clean

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August"),
    *("September", "October", "November", "December"),
)
_PLATFORMS = {
    "activitypub": "ActivityPub",
    "hackernews": "Hacker News",
    "peertube": "PeerTube",
    "text": "Saved text",
    "threadreader": "Thread Reader",
    "web": "The web",
}


def utc(at: dt.datetime) -> dt.datetime:
    """Give a time in UTC, also one so near the ends of the calendar that it cannot move."""
    try:
        return at.astimezone(dt.UTC)
    except OverflowError:
        return at.replace(tzinfo=dt.UTC)


def moment(at: dt.datetime) -> str:
    """
    Write a time for people.

    >>> moment(dt.datetime(2022, 5, 22, 14, 3, tzinfo=dt.timezone.utc))
    '22 May 2022, 14:03 UTC'
    """
    here = utc(at)
    return f"{here.day} {_MONTHS[here.month - 1]} {here.year}, {here.hour:02}:{here.minute:02} UTC"


def iso(at: dt.datetime) -> str:
    """
    Write a time for machines, to the second.

    Source: RFC 3339, 5.6

    >>> iso(dt.datetime(2022, 5, 22, 14, 3, tzinfo=dt.timezone.utc))
    '2022-05-22T14:03:00Z'
    """
    return utc(at).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def counted(number: int, one: str, many: str = "") -> str:
    """
    Write a number of things.

    >>> counted(1, "post"), counted(0, "reply", "replies")
    ('1 post', '0 replies')
    """
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def completeness(known: Completeness) -> str:
    """
    Say in a few words how much of a thread we hold.

    >>> completeness(Completeness(expected=13, captured=13, gaps=0, reason=""))
    '13 posts, complete'
    """
    posts = counted(known.captured, "post")
    missing = max(known.gaps, (known.expected or 0) - known.captured)
    if missing > 0:
        return f"{posts}, {missing:,} missing"
    return f"{posts}, complete" if known.expected is not None else posts


def platform(name: str) -> str:
    """
    Give the name of a platform as it is written in text.

    >>> platform("mastodon")
    'Mastodon'
    """
    words = clean.line(name, longest=60).replace("_", " ")
    return _PLATFORMS.get(name) or words[:1].upper() + words[1:]


def author(who: Author | None) -> str:
    """
    Name an author: name and handle, as far as there are any; never empty.

    >>> author(Author(id="1", handle="icij", name="ICIJ"))
    'ICIJ (@icij)'
    """
    if who is None:
        return "Unknown author"
    name = clean.line(who.name, longest=120)
    handle = clean.line(who.handle, longest=120).lstrip("@")
    if name and handle and name.lstrip("@") != handle:
        return f"{name} (@{handle})"
    return name or (f"@{handle}" if handle else "") or clean.line(who.id) or "Unknown author"

"""How an ActivityPub thread is captured from a server in memory, for tests."""

from __future__ import annotations

from archiver.models import (
    Branch,
    Exchange,
    KnownPost,
    ListingObservation,
    ThreadObservation,
)
from archiver.sources.activitypub import ActivityPub
from tests.sources.cases.activitypub import (
    ROOT,
    post,
)
from tests.sources.playing import WholeServer, ask_whole

SOURCE = ActivityPub()


def capture(
    server: WholeServer, url: str = post(1), known: tuple[KnownPost, ...] = ()
) -> ThreadObservation:
    """Capture a thread."""
    seen = ask_whole(SOURCE, url, server, known)[1]()
    assert isinstance(seen, ThreadObservation)
    return seen


def listed(server: WholeServer, url: str) -> ListingObservation:
    """Read an account."""
    seen = ask_whole(SOURCE, url, server)[1]()
    assert isinstance(seen, ListingObservation)
    return seen


def stored(*numbers: int) -> tuple[KnownPost, ...]:
    """Posts of ann as they are stored."""
    return tuple(KnownPost(post(number), f"{ROOT}/@ann/{number}") for number in numbers)


def shown(seen: ThreadObservation, branch: Branch) -> tuple[int, ...]:
    """Give numbers of posts in reading order, gaps negative."""
    numbers = [
        (int(each.id.rpartition("/")[2]), each.gap) for each in seen.posts if each.branch is branch
    ]
    return tuple(-number if gap else number for number, gap in numbers)


def driven(server: WholeServer, url: str = post(1)) -> tuple[int, ThreadObservation]:
    """Capture a thread, in as many rounds as it takes; give how many requests that were."""
    ref = SOURCE.match(url)
    assert ref is not None
    seen: list[Exchange] = []
    while wanted := SOURCE.plan(ref, tuple(seen)):
        seen += [server(each).exchange(each, len(seen) + n) for n, each in enumerate(wanted)]
    found = SOURCE.parse(ref, tuple(seen))
    assert isinstance(found, ThreadObservation)
    return len(seen), found

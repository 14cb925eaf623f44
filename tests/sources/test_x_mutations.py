"""Does any broken answer of X break more than itself?"""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from archiver.config import XSettings
from archiver.errors import ArchiverError
from archiver.models import Exchange, FetchRequest, Observation, ThreadObservation
from archiver.sources.x import X
from archiver.sources.x.assembly import assemble
from archiver.sources.x.export import read_account, read_posts
from tests.sources.playing import NOW, Answer, WholeServer
from tests.sources.x_pages import SyndicationServer
from tests.sources.x_server import XServer, nth
from tests.x_export import ExportMaker, script

JUNK: tuple[Any, ...] = (
    None, 7, -1, 1.5, "", [], {}, True, [None], [[]], [{}], {"id": 7}, "9" * 30, float("inf"),
    "https://x.com/a/status/1",
)  # fmt: skip
ROUNDS = 60


def places(value: object, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Name each place in a JSON value."""
    yield way
    inner = value.items() if isinstance(value, dict) else ()
    listed = enumerate(value) if isinstance(value, list) else ()
    for key, each in (*inner, *listed):
        yield from places(each, (*way, key))


def broken(value: object, chance: random.Random) -> Any:
    """Put junk into one to three places of a JSON value, or take something out."""
    value = copy.deepcopy(value)
    for _ in range(chance.randrange(1, 4)):
        ways = [way for way in places(value) if way]
        if not ways:
            return value
        *way, last = chance.choice(ways)
        holder: Any = value
        for key in way:
            holder = holder[key]
        if chance.random() < 0.2:
            del holder[last]
        else:
            holder[last] = copy.deepcopy(chance.choice(JUNK))
    return value


def api() -> WholeServer:
    """Serve a thread with all that a post can have."""
    server = XServer(page=3)
    ids = server.thread(6)
    variants = [{"bit_rate": 3, "content_type": "video/mp4", "url": "https://v.example/a.mp4"}]
    server.media = {"3_1": {"media_key": "3_1", "type": "video", "variants": variants, "width": 3}}
    server.polls = {"5": {"id": "5", "options": [{"label": "a", "votes": 3}]}}
    link = {"start": 3, "end": 17, "url": "https://t.co/a", "expanded_url": "https://a.example/"}
    server.posts[ids[1]] |= {
        "attachments": {"media_keys": ["3_1"], "poll_ids": ["5"]},
        "note_tweet": {"text": "lo https://t.co/a", "entities": {"urls": [link]}},
    }
    quoted = server.add(nth(50), "Quoted", name="eve")
    server.posts[ids[2]]["referenced_tweets"].append({"type": "quoted", "id": quoted})
    for version in (nth(51), nth(52)):
        server.add(version, "Edited", parent=ids[5], versions=(nth(51), nth(52)))
    server.deleted.add(ids[4])
    return server


def single() -> WholeServer:
    """Serve single posts."""
    server, last = SyndicationServer(), ""
    for serial in range(1, 5):
        last = server.add(nth(serial), "Words", parent=last, quoted_tweet={"id_str": "9"})
    return server


def outcome(source: X, url: str, server: WholeServer, chance: random.Random) -> Observation | None:
    """Capture from a server of which most answers are broken; None if that is an error of ours."""
    ref = source.match(url)
    assert ref is not None

    def answer(request: FetchRequest) -> Answer:
        if "next_token" in request.url and "next_token=p" not in request.url:
            return Answer({}, status=400)
        given = server(request)
        return replace(given, value=broken(given.value, chance)) if chance.random() < 0.4 else given

    seen: list[Exchange] = []
    for _ in range(ROUNDS):
        wanted = source.plan(ref, tuple(seen))
        if not wanted:
            break
        seen += [answer(each).exchange(each, len(seen)) for each in wanted]
    for each in seen:
        source.spent(each)
    try:
        return source.parse(ref, tuple(seen))
    except ArchiverError:
        return None


@pytest.mark.parametrize("seed", range(60))
def test_broken_answers_give_a_thread_or_an_error_of_ours(seed: int) -> None:
    """No crash, and no post twice."""
    chance = random.Random(seed)
    by_api = X(XSettings(search="all"), has_token=True)
    by_walk = X(XSettings(syndication="https://cdn.test"), has_token=False)
    captures = (
        (by_api, f"https://x.com/icij/status/{nth(3)}", api()),
        (by_api, "https://x.com/icij", api()),
        (by_walk, f"https://x.com/icij/status/{nth(4)}", single()),
    )
    for source, url, server in captures:
        seen = outcome(source, url, server, chance)
        if isinstance(seen, ThreadObservation):
            ids = [post.id for post in seen.posts]
            assert len(ids) == len(set(ids))


@pytest.mark.parametrize("seed", range(40))
def test_broken_exports_give_threads_or_an_error_of_ours(seed: int) -> None:
    """The same for files."""
    chance = random.Random(seed)
    export, last = ExportMaker(), ""
    medium = {"type": "photo", "media_url_https": "https://pbs.twimg.com/media/F.jpg"}
    for serial in range(1, 5):
        info = {"initial": {"editTweetIds": [nth(serial)]}}
        more: dict[str, Any] = {"extended_entities": {"media": [medium]}, "edit_info": info}
        last = export.add(nth(serial), "Words", parent=last, **more)
    account = [{"account": {"accountId": "7", "username": "a", "accountDisplayName": "b"}}]
    try:
        owner = read_account(script("account", broken(account, chance)), "account.js")
        posts, odd = read_posts(script("tweets", broken(export.tweets, chance)), "tweets.js")
        assemble(owner, posts, NOW, (), odd=odd)
    except ArchiverError:
        pass

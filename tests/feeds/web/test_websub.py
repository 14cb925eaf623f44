"""Is a hub told of every change, however often it refuses?"""

from __future__ import annotations

import asyncio
import datetime as dt
from pathlib import Path
from urllib.parse import parse_qsl

from archiver.models import Exchange, FetchRequest, Outcome
from feeds.web.app import WebOptions
from feeds.web.websub import AT_ONCE, Pings, Untold, ping
from tests.feeds import views
from tests.feeds.archive import Archive
from tests.feeds.views import BASE
from tests.feeds.web.serving import served

HUB = "https://hub.example/"


class Hub:
    """A hub that answers as it is told to, in order; then it takes everything."""

    def __init__(self, *statuses: int | None) -> None:
        self.statuses = list(statuses)
        self.asked: list[FetchRequest] = []

    async def send(self, request: FetchRequest) -> Exchange:
        self.asked.append(request)
        status = self.statuses.pop(0) if self.statuses else 204
        outcome = Outcome.OK if status else Outcome.REFUSED
        return Exchange(request, dt.datetime(2026, 11, 24, tzinfo=dt.UTC), outcome, status=status)


async def told(untold: Untold, hub: Hub) -> None:
    """Run until nothing is untold."""
    pings = Pings(HUB, untold, hub.send, first_pause_s=0.001)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group:
        group.create_task(pings.run())
        while untold.some():  # noqa: ASYNC110  # the file is what tells
            await asyncio.sleep(0.005)
        pings.stop()


async def test_each_feed_is_told_once(tmp_path: Path) -> None:
    """In requests of bounded size, as forms; a feed that changed twice meanwhile is named once."""
    untold, hub = Untold(tmp_path), Hub()
    topics = [f"{BASE}/feeds/{number}.rss" for number in range(AT_ONCE + 1)]
    untold.add(topics)
    untold.add(topics[:3])
    await told(untold, hub)
    fields = [parse_qsl(each.body.decode()) for each in hub.asked]
    assert [len(each) - 1 for each in fields] == [AT_ONCE, 1]
    assert all(each[0] == ("hub.mode", "publish") for each in fields)
    assert [value for each in fields for name, value in each if name == "hub.url"] == topics


async def test_refusal_is_outlived(tmp_path: Path) -> None:
    """Errors, and no answer at all: told again until it is taken."""
    untold, hub = Untold(tmp_path), Hub(503, None, 400)
    untold.add([f"{BASE}/feeds/all.rss"])
    await told(untold, hub)
    assert len(hub.asked) == 4


def test_what_is_untold_outlives_the_process(tmp_path: Path) -> None:
    """It is on disk before the publication is done."""
    Untold(tmp_path).add(["a", "b"])
    Untold(tmp_path).told(["a"])
    assert Untold(tmp_path).some() == ("b",)


def test_ping_is_small() -> None:
    """What a hub answers is of no interest beyond its status."""
    request = ping(HUB, ["https://a.example/é?x=1&y"])
    assert request.method == "POST" and request.url == HUB
    assert request.body == b"hub.mode=publish&hub.url=https%3A%2F%2Fa.example%2F%C3%A9%3Fx%3D1%26y"
    assert request.max_bytes is not None and request.max_bytes < 10_000


def test_publication_says_which_feeds_changed(tmp_path: Path) -> None:
    """Those that were written; none if nothing changed. And feeds name the hub."""
    made = Archive(tmp_path / "data")
    made.keep(views.typical())
    assert "feeds/all.rss" in made.publish().feeds
    assert made.publish().feeds == ()
    place = (made.store, made.payloads, made.public, made.base_url)
    with served(*place, options=WebOptions(hub=HUB)) as client:
        links = client.ask("/feeds/all.rss").headers["link"]
    assert links == f'<{HUB}>; rel="hub", <{BASE}/feeds/all.rss>; rel="self"'
    made.close()

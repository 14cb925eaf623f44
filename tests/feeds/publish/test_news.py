"""Are other programs told what happened, once, and nothing that is hidden or long ago?"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

import pytest

from archiver.models import Decision, PolicyState
from archiver.models.news import EVENTS, News
from feeds.publish import publish
from feeds.publish.news import _TYPES
from tests.feeds import views
from tests.feeds.archive import TITLE, Archive
from tests.feeds.publish.threads import edited, later, named, vanished


class Told:
    """Keeps what it is told; `broken` refuses it once."""

    def __init__(self) -> None:
        self.news: list[News] = []
        self.broken = False

    def __call__(self, news: Sequence[News]) -> None:
        if self.broken:
            self.broken = False
            raise KeyboardInterrupt
        self.news += news

    @property
    def types(self) -> list[str]:
        return [each.type for each in self.news]


def run(archive: Archive, told: Told, at: dt.datetime) -> None:
    publish(
        archive.store, archive.payloads, base_url=archive.base_url, title=TITLE,
        publish_dir=archive.public, state_dir=archive.notes, everything=False, now=at, tell=told,
    )  # fmt: skip


def test_what_changed_is_told_once(archive: Archive) -> None:
    """A capture, then an edit and a loss; each in the words of the feeds."""
    told, view = Told(), named(views.long(3), "one")
    archive.keep(view)
    run(archive, told, later(5))
    assert told.types == ["thread.captured"]
    archive.keep(vanished(edited(view, "other words", later(8)), later(9)))
    run(archive, told, later(10))
    run(archive, told, later(11))
    assert told.types == ["thread.captured", "thread.edited", "thread.vanished"]
    said = json.loads(told.news[1].data)
    feed = json.loads((archive.public / "feeds/all/changes.json").read_bytes())
    entry = next(each for each in feed["items"] if each["id"] == said["id"])
    entry.pop("content_html")
    assert said == entry


def test_killed_before_it_is_told(archive: Archive) -> None:
    """Then the next publication tells it, with the same id."""
    told = Told()
    told.broken = True
    archive.keep(named(views.typical(), "one"))
    with pytest.raises(KeyboardInterrupt):
        run(archive, told, later(5))
    run(archive, told, later(6))
    assert told.types == ["thread.captured"]


def test_long_ago_is_no_news(archive: Archive) -> None:
    """What was captured years ago and is taken in now, or published anew, fires nothing."""
    told = Told()
    archive.keep(vanished(edited(views.typical(), "other words")))
    run(archive, told, views.CHANGED + dt.timedelta(days=400))
    assert told.news == []


def test_hidden_thread_tells_nothing(archive: Archive) -> None:
    """When its embargo ends it is told that it is there, and nothing from before."""
    told, view = Told(), named(views.typical(), "one")
    archive.keep(edited(view, "other words", later(1)))
    ends = later(60 * 24 * 30)
    archive.store.decide(
        Decision(view.thread.id, PolicyState.EMBARGOED, later(0), ends, "N. Editor", "")
    )
    run(archive, told, later(5))
    assert told.news == []
    run(archive, told, ends)
    assert told.types == ["thread.captured"]
    assert told.news[0].at == ends


def test_types_are_a_closed_list() -> None:
    """Each type that a change becomes is documented."""
    assert set(_TYPES.values()) <= set(EVENTS)

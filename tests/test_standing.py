"""How does each watch stand, and is a seed told from what is none?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from archiver import config, watching
from archiver.config import PlatformSettings
from archiver.errors import ConfigError, UsageError
from archiver.models import Watch
from archiver.reports import summary
from archiver.reports.standing import Standing, WatchState, crawls_told, standing, standings
from archiver.sources import sources
from archiver.store.sql import SqlStore
from tests.store.samples import NOON, later, running, save, thread

SEED = "https://social.example/@desk/1"
WATCH = Watch("Desk", SEED, every_s=900.0, origin="command")
KNOWN = sources(PlatformSettings())


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlStore]:
    """A store with one watch."""
    opened = SqlStore.open(tmp_path)
    opened.add_watch(WATCH)
    yield opened
    opened.close()


def failed(store: SqlStore, error: str, retry_at: dt.datetime | None = None) -> Standing:
    """Say how the watch stands after a crawl failed at noon."""
    store.fail(running(store, SEED).id, at=NOON, error=error, retry_at=retry_at)
    return standing(store, WATCH, later(minutes=1))


def test_new_watch_is_due_at_once(store: SqlStore) -> None:
    """It was never captured."""
    [new] = standings(store, NOON)
    assert (new.state, new.last_at, new.next_due_at) == (WatchState.NEW, None, NOON)


def test_captured_watch_is_due_after_its_time(store: SqlStore) -> None:
    """Counted from when its last crawl began."""
    crawl = running(store, SEED)
    assert standing(store, WATCH, NOON).state is WatchState.RUNNING
    store.finish(crawl.id, at=later(minutes=1), thread_id=None)
    done = standing(store, WATCH, later(minutes=2))
    assert (done.state, done.last_at, done.next_due_at) == (WatchState.OK, NOON, later(minutes=15))
    daily = replace(WATCH, every_s=None, cron="0 6 * * *")
    assert standing(store, daily, later(minutes=2)).next_due_at == later(hours=18)


def test_quiet_thread_is_due_at_its_age(store: SqlStore) -> None:
    """As `recapture` says: not at the next firing, but when it has been quiet for a day."""
    crawl, _ = save(store, thread(last_captured_at=later(hours=2)), url=SEED)
    store.finish(crawl.id, at=later(hours=2), thread_id=None)
    aged = replace(WATCH, recapture_s=(3600.0, 86400.0))
    assert standing(store, aged, later(hours=3)).next_due_at == later(days=1)
    at_six = replace(aged, every_s=None, cron="0 6 * * *")
    assert standing(store, at_six, later(hours=3)).next_due_at == later(hours=42)


def test_failed_watch_says_why(store: SqlStore) -> None:
    """And that it is tried again, where it is."""
    again = failed(store, "it is down.", later(minutes=5))
    assert (again.state, again.last_error, again.next_due_at) == (
        WatchState.RETRYING,
        "it is down.",
        later(minutes=5),
    )
    final = failed(store, "it is odd.")
    assert (final.state, final.next_due_at) == (WatchState.FAILED, later(minutes=15))


def test_credential_is_named(store: SqlStore) -> None:
    """A missing or refused one is a state of its own, with the variables that it stands in."""
    poor = failed(store, "x: needs a token; name it in ARCHIVER_X_TOKEN (and ARCHIVER_X_TOKEN).")
    assert (poor.state, poor.needs) == (WatchState.NEEDS_CREDENTIAL, ("ARCHIVER_X_TOKEN",))
    lines = list(summary.watch_lines((poor,)))
    assert lines[1].startswith("    needs ARCHIVER_X_TOKEN, last tried 2026-05-01 12:00:00 UTC")
    told = summary.standing_json(poor)
    assert (told["state"], told["needs"]) == ("needs_credential", ["ARCHIVER_X_TOKEN"])
    assert told["next_due_at"] == "2026-05-01T12:15:00Z"


def test_watch_names_what_failed_of_its_list(store: SqlStore) -> None:
    """The list itself was read; that says nothing of the addresses in it."""
    store.finish(running(store, SEED, watch="Desk").id, at=NOON, thread_id=None)
    for name, retry_at in (("1", None), ("2", later(hours=1))):
        url = f"http://x/{name}"
        crawl = running(store, url, watch="Desk")
        store.fail(crawl.id, at=NOON, error=f"{url}: no answer", retry_at=retry_at)
    store.finish(running(store, "http://x/3", watch="Desk").id, at=NOON, thread_id=None)
    store.fail(running(store, "http://x/4").id, at=NOON, error="by command", retry_at=None)
    [desk] = standings(store, later(minutes=1))
    assert desk == standing(store, WATCH, later(minutes=1))
    assert (desk.state, desk.threads, desk.threads_failed) == (WatchState.OK, 3, 2)
    lines = list(summary.watch_lines((desk,)))
    assert lines[2] == "    2 of its 3 threads failed: http://x/2: no answer …"
    told = summary.standing_json(desk)
    assert (told["threads_failed"], told["threads_error"]) == (2, "http://x/2: no answer")


def test_what_failed_is_told_before_what_is_newer(store: SqlStore) -> None:
    """However much was captured since."""
    store.fail(running(store, "http://x/gone").id, at=NOON, error="no", retry_at=None)
    busy = running(store, "http://x/busy")
    store.fail(busy.id, at=NOON, error="busy", retry_at=later(hours=1))
    for number in range(5):
        store.finish(running(store, f"http://x/{number}").id, at=NOON, thread_id=None)
    told = crawls_told(store, limit=3)
    assert [each.url for each in told[:2]] == ["http://x/busy", "http://x/gone"]
    assert [each.url for each in told[2:]] == ["http://x/4", "http://x/3", "http://x/2"]
    lines = list(summary.status_lines(store.counts(), told, (), {}))
    assert lines[0].endswith("1 failed") and "  retrying by command  http://x/busy" in lines[2]
    again = crawls_told(store, limit=50)
    assert len(again) == len({each.id for each in again}) == 7


def test_paused_watch_is_never_due(store: SqlStore) -> None:
    """Whatever its last crawl was."""
    store.pause_watch("Desk", True)
    [paused] = standings(store, NOON)
    assert (paused.state, paused.next_due_at) == (WatchState.PAUSED, None)


@pytest.mark.parametrize(
    ("seed", "platform", "kind"),
    [
        ("https://bsky.app/profile/icij.org", "bluesky", "account"),
        ("https://social.example/@desk/123456", "mastodon", "thread"),
        ("https://social.example/@desk", "mastodon", "account"),
        ("https://www.youtube.com/@nasa", "misskey", "account"),
        ("acct:Gargron@mastodon.social", "activitypub", "account"),
        ("https://news.example/feed", "web", "page, feed or post"),
        ("https://news.ycombinator.com/item?id=1", "hackernews", "thread"),
    ],
)
def test_seed_is_taken_for_what_it_looks_like(seed: str, platform: str, kind: str) -> None:
    """So that whoever adds a watch sees what will be captured."""
    taken = watching.taken_for(seed, KNOWN)
    assert taken == watching.Taken(platform, kind)
    assert taken.words.startswith("taken for an account" if kind == "account" else "taken for a ")


@pytest.mark.parametrize(
    ("seed", "words"),
    [
        ("https://bsky.app/profile/icij.org", "an account (bluesky)"),
        ("acct:Gargron@mastodon.social", "an account (activitypub)"),
        (
            "https://www.youtube.com/@nasa",
            "an account, if the server is Misskey or alike; else a page",
        ),
        ("https://social.example/tags/x", "a tag, if the server is Mastodon or alike; else a page"),
        ("https://lemmy.example/c/x", "a list, if the server is Lemmy or alike; else a page"),
        ("https://news.example/feed", "a page, feed or post"),
    ],
)
def test_shape_alone_is_said_to_be_no_proof(seed: str, words: str) -> None:
    """Any site may have such addresses; only its server says what it runs."""
    assert watching.taken_for(seed, KNOWN).words == f"taken for {words}"


def test_file_is_taken_for_a_file(tmp_path: Path) -> None:
    """If it is there."""
    (tmp_path / "seeds.csv").write_text("url\n")
    assert watching.taken_for(str(tmp_path / "seeds.csv"), KNOWN).words == "taken for a file"
    for seed in (str(tmp_path / "none.csv"), "-", "ftp://a.example/x"):
        with pytest.raises(UsageError):
            watching.taken_for(seed, KNOWN)


@pytest.mark.parametrize(
    "url", ["ftp://a.example/x", "http://", "https://u:p@a.example/", "desk", "-"]
)
def test_seed_in_the_settings_that_is_none_is_named(url: str) -> None:
    """When they are read, not when it runs; with its key."""
    good = {"name": "a", "url": "https://a.example/", "every": "1h"}
    settings = config.parse({"watch": [good, {"name": "b", "url": url, "every": "1h"}]})
    with pytest.raises(ConfigError, match=r"^watch\.1\.url: ") as caught:
        watching.configured(settings)
    assert caught.value.key == "watch.1.url"


@pytest.mark.parametrize(
    "url", ["a.example/x", "at://did:plc:a/app.bsky.feed.post/1", "lists/seeds.csv", "seeds.txt"]
)
def test_seed_in_the_settings_may_be_a_file_of_later(url: str) -> None:
    """One list that is not mounted yet must not keep all other watches from running."""
    settings = config.parse({"watch": [{"name": "b", "url": url, "every": "1h"}]})
    assert len(watching.configured(settings)) == 1

"""Are watches of config.toml and those of people kept apart?"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from archiver.errors import UsageError
from archiver.models import Snapshots, Watch
from archiver.store.sql import SqlStore
from tests.store.samples import save

CONFIGURED = Watch("Desk", "https://x/desk", every_s=900.0, recapture_s=(3600.0, 86400.0))
ADDED = Watch("Mine", "https://x/mine", cron="0 6 * * *", tags=("a", "b"), origin="command")


def test_watches_come_back_by_name(store: SqlStore) -> None:
    """All that a watch says is kept."""
    odd = Watch("Alt", "https://x/a", every_s=0.5, snapshots=Snapshots.NONE)
    store.sync_watches((CONFIGURED, odd))
    store.add_watch(ADDED)
    assert store.watches() == (odd, CONFIGURED, ADDED)


def test_config_replaces_only_its_own_watches(store: SqlStore) -> None:
    """What left config.toml is gone; what a person added stays."""
    store.sync_watches((CONFIGURED,))
    store.add_watch(ADDED)
    new = Watch("New", "https://x/new", every_s=60.0)
    store.sync_watches((new,))
    assert store.watches() == (ADDED, new)


def test_changed_setting_is_taken_up(store: SqlStore) -> None:
    """The same name with another schedule is the same watch, changed."""
    store.sync_watches((CONFIGURED,))
    changed = Watch("Desk", "https://x/desk", cron="* * * * *")
    store.sync_watches((changed,))
    assert store.watches() == (changed,)


def test_paused_watch_stays_paused(store: SqlStore) -> None:
    """Reading config.toml again, or replacing the watch, does not let it go on."""
    store.sync_watches((CONFIGURED,))
    assert store.pause_watch("Desk", True)
    store.sync_watches((Watch("Desk", "https://x/desk", every_s=60.0),))
    assert store.watches()[0].paused
    assert store.pause_watch("Desk", False)
    assert not store.watches()[0].paused


def test_reading_config_again_does_not_wait_for_a_writer(
    open_store: Callable[[], SqlStore],
) -> None:
    """`watch list` answers while a crawl is being kept."""
    store, other = open_store(), open_store()
    store.sync_watches((CONFIGURED,))
    store.pause_watch("Desk", True)
    with other._database.write():
        store.sync_watches((CONFIGURED,))
    assert store.watches()[0].paused


def test_unknown_watch_is_neither_paused_nor_removed(store: SqlStore) -> None:
    """False says that there is none of that name."""
    assert not store.pause_watch("nobody", True)
    assert not store.remove_watch("nobody")


def test_only_added_watches_are_removed(store: SqlStore) -> None:
    """Those of config.toml end there."""
    store.sync_watches((CONFIGURED,))
    store.add_watch(ADDED)
    assert store.remove_watch("Mine")
    assert not store.remove_watch("Desk")
    assert store.watches() == (CONFIGURED,)


def test_name_of_config_cannot_be_added(store: SqlStore) -> None:
    """The sentence says where that watch stands."""
    store.sync_watches((CONFIGURED,))
    with pytest.raises(UsageError, match=r"'Desk' stands in config\.toml"):
        store.add_watch(Watch("Desk", "https://x/other", every_s=60.0))


def test_added_watch_moves_into_config(store: SqlStore) -> None:
    """Written into config.toml, an added watch belongs to it from then on."""
    store.add_watch(ADDED)
    store.sync_watches((Watch("Mine", "https://x/mine", every_s=60.0),))
    assert [watch.origin for watch in store.watches()] == ["config"]


def test_threads_outlive_their_watch(store: SqlStore) -> None:
    """A removed watch is no longer named; one that comes back has its threads again."""
    store.add_watch(ADDED)
    _, kept = save(store, watch="Mine")
    store.remove_watch("Mine")
    view = store.view(kept.id)
    assert view is not None and view.watches == ()
    store.add_watch(ADDED)
    view = store.view(kept.id)
    assert view is not None and view.watches == ("Mine",)
    assert store.threads_of_watch("Mine") == (kept,)

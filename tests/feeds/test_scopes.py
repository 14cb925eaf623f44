"""A thread stands in the feeds of all that it belongs to, under addresses that last."""

from __future__ import annotations

import dataclasses
from typing import Any

from archiver.models import ThreadView
from feeds import addresses
from feeds.document import document_of
from feeds.scopes import Granularity, Scope, everything, of_tag, scopes_of, told_by
from tests.feeds import views


def scopes(view: ThreadView, granularity: Granularity = Granularity.THREADS) -> dict[str, Scope]:
    """Give the scopes of a thread in one granularity, by key."""
    found = scopes_of(view, views.BASE, "Room")
    return {each.key: each for each in found if each.granularity is granularity}


def with_author(view: ThreadView, **changes: Any) -> ThreadView:
    """Give the view with its author changed."""
    author = dataclasses.replace(view.thread.author, **changes)
    return dataclasses.replace(view, thread=dataclasses.replace(view.thread, author=author))


def test_thread_stands_in_the_feeds_of_all_that_it_belongs_to() -> None:
    """Everything, watches, platform, account, tags of ours and of the author, itself."""
    view = dataclasses.replace(views.typical(), watches=("desk", "Xinjiang Desk"))
    key = addresses.account_key("mastodon", views.ICIJ.id)
    stems = [each.url_stem.removeprefix(views.BASE) for each in scopes(view).values()]
    assert stems == [
        "/feeds/all",
        "/feeds/watch/desk",
        "/feeds/watch/xinjiang-desk-867eaf5a",
        "/feeds/platform/mastodon",
        f"/feeds/account/{key}",
        "/feeds/tag/xinjiang",
        "/feeds/tag/xinjiangpolicefiles",
        f"/t/{view.thread.id}/feed",
    ]


def test_posts_and_changes_stand_beside_the_feed_of_threads() -> None:
    """Each with an id, a title and an address of its own."""
    found = scopes_of(views.typical(), views.BASE, "Room")
    stems = {each.url_stem.removeprefix(views.BASE) for each in found}
    assert {"/feeds/all", "/feeds/all/posts", "/feeds/all/changes"} <= stems
    assert {"/feeds/tag/xinjiang/posts", "/feeds/platform/mastodon/changes"} <= stems
    assert f"/t/{views.typical().thread.id}/posts" in stems
    assert f"/t/{views.typical().thread.id}/changes" in stems
    assert len({each.key for each in found}) == len({each.title for each in found}) == len(found)
    assert len({document_of(each, []).id for each in found}) == len(found)


def test_renamed_account_keeps_its_feeds() -> None:
    """Its address is made of what the platform never changes; so is the id of the document."""
    view = views.typical()
    renamed = with_author(view, handle="new", name="New", url="https://n.example/@new")
    for how in Granularity:
        before, after = scopes(view, how), scopes(renamed, how)
        assert [*before] == [*after]
        assert [each.url_stem for each in before.values()] == [
            each.url_stem for each in after.values()
        ]
    assert any(each.title == "New (@new) – Room" for each in scopes(renamed).values())


def test_account_without_a_permanent_id_has_no_feed() -> None:
    """A thread read from a text names no account."""
    assert not any(
        key.startswith("account/") for key in scopes(with_author(views.typical(), id=""))
    )


def test_accounts_of_two_platforms_are_two() -> None:
    """Numbers are given out by each platform anew."""
    assert addresses.account_key("x", "12") != addresses.account_key("reddit", "12")


def test_tags_are_one_in_every_case_and_safe_in_every_script() -> None:
    """`#Xinjiang` and `xinjiang` share a feed; a tag without Latin letters has one too."""
    assert of_tag(views.BASE, "Room", "#XinJiang") == of_tag(views.BASE, "Room", "xinjiang")
    assert of_tag(views.BASE, "Room", "新疆").url_stem.startswith(f"{views.BASE}/feeds/tag/tag-")
    view = dataclasses.replace(views.typical().thread, tags=("A", "a", "Ａ"))
    keys = [*scopes(dataclasses.replace(views.typical(), thread=view))]
    assert keys.count("tag/a") == 1


def test_scope_of_threads_is_told_by_itself() -> None:
    """The addresses that readers have already stay what they are."""
    scope = everything(views.BASE, "Room")
    assert told_by(scope, Granularity.THREADS) == scope
    assert document_of(scope, []).id == document_of(everything("https://b.example", "B"), []).id


def test_hostile_thread_has_safe_addresses() -> None:
    """Whatever stands in tags, names and platforms."""
    for each in scopes_of(views.hostile(), views.BASE, views.HOSTILE):
        assert document_of(each, []).url_stem == each.url_stem

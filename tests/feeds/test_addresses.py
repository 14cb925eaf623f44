"""Every page and feed has one address, and two watches never share theirs."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds import addresses

ANY = st.text(st.characters(exclude_categories=[]), max_size=200)


def test_addresses_stand_below_the_base() -> None:
    """They are what docs and the web app promise."""
    base = "https://archive.example/room"
    assert addresses.home(base) == "https://archive.example/room/"
    assert addresses.thread_page(base, "ab") == "https://archive.example/room/t/ab/"
    assert addresses.post_anchor(base, "ab", 3) == "https://archive.example/room/t/ab/#p3"
    assert addresses.thread_feed(base, "ab") == "https://archive.example/room/t/ab/feed"
    assert addresses.all_feed(base) == "https://archive.example/room/feeds/all"
    assert addresses.watch_feed(base, "desk") == "https://archive.example/room/feeds/watch/desk"


@given(ANY)
def test_slug_is_safe_for_any_name(name: str) -> None:
    """It can stand in an address and in a file name on every system."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", addresses.slug(name))
    assert len(addresses.slug(name)) <= 57


@pytest.mark.parametrize("name", ["desk", "xinjiang-desk", "2022", "a-b-c"])
def test_clean_name_is_its_own_slug(name: str) -> None:
    """Who chooses a clean name gets the address they expect."""
    assert addresses.slug(name) == name


def test_names_that_look_alike_get_different_slugs() -> None:
    """Case, accents, spaces and scripts are not lost: the digest keeps names apart."""
    names = ["Desk", "desk", "désk", "desk ", "desk!", "新疆", "維吾爾", "", "../etc", "x" * 60]
    taken = addresses.slug("Desk")
    assert len({addresses.slug(name) for name in [*names, taken]}) == len(names) + 1


@given(ANY, ANY)
def test_different_names_have_different_slugs(one: str, other: str) -> None:
    """Also when one name is what another was turned into."""
    assert one == other or addresses.slug(one) != addresses.slug(other)
    assert addresses.slug(one) == one or addresses.slug(addresses.slug(one)) != addresses.slug(one)

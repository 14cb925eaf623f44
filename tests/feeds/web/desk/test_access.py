"""Do passwords, sessions and forms let in whom they should, and nobody else?"""

from __future__ import annotations

from pathlib import Path

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import ConfigError, StoreError
from feeds.web.desk.access import (
    FAILURES,
    FAILURES_OF_ALL,
    SESSION_S,
    SLOWER_S,
    WINDOW_S,
    Guesses,
    Password,
    Sessions,
    signing_key,
)

WORDS = "correct horse battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_words_and_their_hash_are_the_same_password() -> None:
    """The environment may hold either; nothing that is shown tells them."""
    for given_ in (WORDS, CHEAP.hash(WORDS)):
        password = Password(given_, CHEAP)
        assert password.given and password.is_right(WORDS)
        assert not password.is_right(WORDS + " ") and not password.is_right("")
        assert not password.is_right("x" * 100_000)
        assert WORDS not in repr(password)


def test_weak_or_broken_passwords_are_refused() -> None:
    """Before anything listens."""
    with pytest.raises(ConfigError, match="fewer than 12"):
        Password("short")
    with pytest.raises(ConfigError, match="Argon2"):
        Password("$argon2id$v=19$")
    assert not Password("").given and not Password("").is_right("")


def test_guessing_is_slowed_down() -> None:
    """A few wrong ones from one address, then it waits; one that was right counts no more."""
    clock = Clock()
    guesses = Guesses(clock)
    assert [guesses.take("a") for _ in range(FAILURES)] == [0] * FAILURES
    assert guesses.take("a") == WINDOW_S and guesses.take("b") == 0
    clock.now += WINDOW_S
    assert guesses.take("a") == 0
    guesses.right("a")
    assert [guesses.take("a") for _ in range(FAILURES)] == [0] * FAILURES


def test_network_guesses_as_one() -> None:
    """Whoever has one address of IPv6 has as many as they like."""
    guesses = Guesses(Clock())
    assert [guesses.take(f"2001:db8::{n}") for n in range(FAILURES)] == [0] * FAILURES
    assert guesses.take("2001:db8::ffff") > 0 and guesses.take("2001:db8:0:1::1") == 0


def test_all_together_are_slowed_down_and_never_shut_out() -> None:
    """Also where nobody can be told from another."""
    clock = Clock()
    guesses = Guesses(clock)
    assert guesses.slower_s() == 0
    assert {guesses.take("") for _ in range(FAILURES_OF_ALL)} == {0}
    assert guesses.slower_s() == SLOWER_S and guesses.take("new") == 0
    clock.now += WINDOW_S
    assert guesses.slower_s() == 0


def test_session_ends_with_its_time_and_on_wish() -> None:
    """And no other key, and nobody else, can make one."""
    clock = Clock()
    sessions = Sessions(b"k" * 32, clock)
    one, two = sessions.begin(), sessions.begin()
    assert sessions.holds(one) and sessions.holds(two) and one != two
    assert not Sessions(b"j" * 32, clock).holds(one)
    sessions.end(one)
    assert not sessions.holds(one) and sessions.holds(two)
    clock.now += SESSION_S
    assert not sessions.holds(two)


@given(st.text(max_size=80))
def test_no_made_up_cookie_holds(cookie: str) -> None:
    """Whatever its shape; nor is a made-up form ours."""
    sessions = Sessions(b"k" * 32)
    assert not sessions.holds(cookie) and not sessions.browser_of(cookie)
    assert not sessions.is_own_form("", cookie)
    assert sessions.is_own_form(cookie, sessions.form_token(cookie))


def test_key_is_of_the_archive_and_of_the_password(tmp_path: Path) -> None:
    """It outlives the process, only its owner may read it, and a new password ends all sessions."""
    first = signing_key(tmp_path, Password(WORDS, CHEAP))
    assert signing_key(tmp_path, Password(WORDS, CHEAP)) == first
    assert signing_key(tmp_path, Password(WORDS + "!", CHEAP)) != first
    assert (tmp_path / "desk.key").stat().st_mode & 0o077 == 0
    (tmp_path / "desk.key").write_bytes(b"")
    with pytest.raises(StoreError, match="too short"):
        signing_key(tmp_path, Password(WORDS, CHEAP))

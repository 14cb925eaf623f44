"""Are TLS facts of copies read once, and never waited for?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.errors import StoreError
from archiver.models import Header
from archiver.models.origin import Origin
from feeds.publish.secured import Secured
from feeds.publish.state import State
from tests.feeds import views


class Places:
    """Metadata records in memory; counts what is asked."""

    def __init__(self, noted: tuple[Header, ...] | None) -> None:
        self._noted = noted
        self.asked = 0

    def facts(self, record_id: str) -> tuple[Header, ...]:
        """Give the same lines for every record."""
        self.asked += 1
        if self._noted is None:
            raise StoreError(f"{record_id} is not there")
        return self._noted

    def stored(self, record_id: str) -> Iterator[bytes]:
        """Give nothing."""
        yield b""

    def origin(self, filename: str) -> Origin | None:
        """Say that it is ours."""
        return None


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    """An empty cache."""
    made = State(tmp_path)
    yield made
    made.close()


def test_facts_of_a_copy_are_read_once(state: State) -> None:
    """The second time they come from the cache, whoever asks."""
    places = Places((("tlsVersion", "TLSv1.3"), ("tlsCipher", "AES")))
    first = Secured(state, places).lines_of(views.typical())
    again = Secured(state, places).lines_of(views.typical())
    assert first == again == {"urn:uuid:s1": (("Version", "TLSv1.3, AES"),)}
    assert places.asked == 1


def test_lost_record_is_no_error(state: State) -> None:
    """Its page stands without the facts; they are looked for again next time."""
    assert Secured(state, Places(None)).lines_of(views.typical()) == {}
    assert Secured(state, None).lines_of(views.typical()) == {}
    assert Secured(state, Places((("tlsVersion", "TLSv1.2"),))).lines_of(views.typical())

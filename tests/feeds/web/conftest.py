"""An archive that is published and served, for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.feeds import views
from tests.feeds.archive import Archive, whole
from tests.feeds.web.serving import Client, served


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """An archive with one published thread."""
    made = Archive(tmp_path_factory.mktemp("served") / "data")
    made.keep(whole(views.typical(), made))
    made.publish()
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(archive: Archive) -> Iterator[Client]:
    """A client of the archive's web app."""
    with served(archive.store, archive.payloads, archive.public, archive.base_url) as found:
        yield found


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Client]:
    """A client of an archive that was never published, at the address /archive of its host."""
    made = Archive(tmp_path / "data", "https://host.example/archive")
    with served(made.store, made.payloads, made.public, made.base_url) as found:
        yield found
    made.close()

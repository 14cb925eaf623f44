"""Which stores does the contract suite run over? A second backend is one line more."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archiver.store.sql import SqlStore

Opener = Callable[[], SqlStore]

BACKENDS = {"sqlite": SqlStore.open}


@pytest.fixture(scope="session", params=BACKENDS)
def empty_archive(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[str, Path]:
    """A backend's name and an archive made by it: made once, since migrating takes its time."""
    folder = tmp_path_factory.mktemp("empty")
    BACKENDS[request.param](folder).close()
    return request.param, folder


@pytest.fixture
def open_store(empty_archive: tuple[str, Path], tmp_path: Path) -> Iterator[Opener]:
    """Opens the same archive each time it is called, as another process would."""
    backend, template = empty_archive
    shutil.copytree(template, tmp_path / "archive")
    opened: list[SqlStore] = []

    def open_again() -> SqlStore:
        opened.append(BACKENDS[backend](tmp_path / "archive"))
        return opened[-1]

    yield open_again
    for store in opened:
        store.close()


@pytest.fixture
def store(open_store: Opener) -> SqlStore:
    """A new, empty store."""
    return open_store()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqlStore]:
    """One store for all examples of a property: each example keeps something of its own."""
    store = SqlStore.open(tmp_path_factory.mktemp("shared"))
    yield store
    store.close()

"""The whole path: one capture of the demo web, looked at from many sides."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.command import ORACLES, Said, archiver

DEMO_CONFIG = """
[archive]
data_dir = "data"
"""


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Said]:
    """Run `archiver demo --once` in a new folder: the folder and what it said."""
    folder = tmp_path_factory.mktemp("demo")
    (folder / "config.toml").write_text(DEMO_CONFIG)
    said = archiver(folder, "--data-dir", "data", "demo", "--once", "--json")
    assert said.code == 0, said.err
    return folder, said


@pytest.fixture(scope="session")
def oracle() -> Callable[[str], Path]:
    """Give the path of another people's tool; skip without it, and fail without it in CI."""

    def find(name: str) -> Path:
        path = ORACLES / name
        if not path.exists():
            absent = f"{name} is not installed: run `make oracles`"
            if os.environ.get("CI"):
                pytest.fail(absent)
            pytest.skip(absent)
        return path

    return find

"""What all tests of spoilt files begin with: a good one, and a key to sign with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.verify.good import Whole, whole


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """The WARC that stands alone, in the packages and in the bags."""
    return whole(tmp_path_factory.mktemp("good"))


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the signing key stands."""
    return tmp_path_factory.mktemp("key")

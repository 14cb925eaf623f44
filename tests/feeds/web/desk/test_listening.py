"""Is a desk without a password kept from everybody else?"""

from __future__ import annotations

from pathlib import Path

import pytest

import scheduler
from archiver import config
from archiver.errors import ConfigError
from feeds.web.desk import PASSWORD_VARIABLE


@pytest.mark.parametrize("listen", ["0.0.0.0:8000", "[::]:8000", "192.0.2.1:80", "desk.example:80"])
def test_nothing_listens_beyond_loopback_without_a_password(
    listen: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence says what to set instead."""
    monkeypatch.delenv(PASSWORD_VARIABLE, raising=False)
    settings = config.parse({"publish": {"listen": listen}}, data_dir=tmp_path)
    for start in (scheduler.serve, scheduler.run):
        with pytest.raises(ConfigError, match=PASSWORD_VARIABLE):
            start(settings)


def test_weak_password_is_refused_before_anything_listens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the variable, not what it holds."""
    monkeypatch.setenv(PASSWORD_VARIABLE, "sesame")
    settings = config.parse({"publish": {"listen": "0.0.0.0:8000"}}, data_dir=tmp_path)
    with pytest.raises(ConfigError, match="fewer than 12") as caught:
        scheduler.serve(settings)
    assert "sesame" not in str(caught.value)

"""Do variables of the environment set what config.toml would?"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver import config
from archiver.environment import overlaid
from archiver.errors import ConfigError
from archiver.models import Snapshots
from tests.e2e.command import archiver


def loaded(folder: Path, text: str = "", **environ: str) -> config.Settings:
    """Read a config.toml under an environment."""
    path = folder / "config.toml"
    path.write_text(text)
    return config.load(path, environ={f"ARCHIVER__{name}": said for name, said in environ.items()})


def test_each_kind_of_value_is_taken(tmp_path: Path) -> None:
    """Text without quotes, numbers, truth, lists; also in tables within tables."""
    settings = loaded(
        tmp_path,
        '[publish]\ntitle = "File"\nbase_url = "http://file.example"\n',
        PUBLISH__TITLE="Les Archives: \"été\"",
        NETWORK__PER_HOST_DELAY_S="0.5",
        NETWORK__ALLOW_PRIVATE='["127.0.0.0/8"]',
        WEB__DESK="false",
        PLATFORMS__BLUESKY__APPVIEW="https://appview.example",
        ARCHIVE__DATA_DIR="/srv/archive",
    )  # fmt: skip
    assert settings.publish.title == 'Les Archives: "été"'
    assert settings.publish.base_url == "http://file.example"
    assert settings.network.per_host_delay_s == 0.5
    assert settings.network.allow_private == ("127.0.0.0/8",)
    assert settings.web.desk is False
    assert settings.platforms.bluesky.appview == "https://appview.example"
    assert settings.data_dir == Path("/srv/archive")


def test_watches_may_stand_in_a_list(tmp_path: Path) -> None:
    """As inline tables of TOML; they replace those of the file."""
    [watch] = loaded(
        tmp_path,
        '[[watch]]\nname = "old"\nurl = "https://a.example"\nevery = "1h"\n',
        WATCH='[{name = "new", url = "https://b.example", every = "1d", snapshots = "none"}]',
    ).watch
    assert (watch.name, watch.snapshots) == ("new", Snapshots.NONE)


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        ("PUBLISH__TITEL", "x", "unknown key publish.titel"),
        ("PUBLISH__TITLE__MORE", "x", "title is no table"),
        ("NETWORK__MAX_HOPS", "many", "network.max_hops"),
    ],
)
def test_wrong_ones_are_named(tmp_path: Path, name: str, value: str, why: str) -> None:
    """In one sentence, as those of the file."""
    with pytest.raises(ConfigError, match=why):
        loaded(tmp_path, '[publish]\ntitle = "x"\n', **{name: value})


def test_other_variables_say_nothing(tmp_path: Path) -> None:
    """Credentials have one underscore, and are no settings."""
    assert config.load(_empty(tmp_path), environ={"ARCHIVER_X_TOKEN": "x"}) == config.Settings()


def _empty(folder: Path) -> Path:
    path = folder / "config.toml"
    path.write_text("")
    return path


@given(st.dictionaries(st.text(max_size=9), st.text(max_size=9)), st.text(max_size=20))
def test_nothing_given_is_changed(table: dict[str, str], value: str) -> None:
    """Whatever the environment holds."""
    raw = {"publish": dict(table)}
    overlaid(raw, {"ARCHIVER__PUBLISH__TITLE": value, "ARCHIVER__NEW__KEY": value})
    assert raw == {"publish": table}


def test_environment_counts_where_there_is_no_file(tmp_path: Path) -> None:
    """A container has none."""
    said = archiver(tmp_path, "status", env={"ARCHIVER__ARCHIVE__DATA_DIR": "elsewhere"})
    assert said.code == 2 and said.err.startswith("archiver: elsewhere: there is no archive here")
    said = archiver(tmp_path, "status", env={"ARCHIVER__ARCHIVE__DATADIR": "elsewhere"})
    assert said.code == 2 and "unknown key archive.datadir" in said.err

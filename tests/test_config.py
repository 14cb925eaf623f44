"""What does config.toml accept, and how does it refuse?"""

from pathlib import Path

import pytest

from archiver import config
from archiver.errors import ConfigError


def test_shipped_config_is_valid() -> None:
    """The settings that ship must load as they are."""
    settings = config.load(Path(__file__).parent.parent / "config.toml")
    assert [watch.name for watch in settings.watch] == ["Demo", "ICIJ on Bluesky"]
    assert settings.watch[1].recapture == (3600, 86400, 604800, 2592000)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"network": {"dely": 1}}, "unknown key network.dely"),
        ({"watch": [{"name": "a", "url": "b"}]}, "needs either every or cron"),
        ({"watch": [{"name": "a", "url": "b", "every": "soon"}]}, "is not a duration"),
        ({"watch": [{"name": "a", "url": "b", "cron": "soon"}]}, "is not a cron line"),
        (
            {"browser": {"sandbox": "perhaps"}},
            "browser.sandbox",
        ),
        ({"watch": [{"name": "a", "url": "b", "every": "1h"}] * 2}, "two watches are named 'a'"),
        ({"network": {"allow_private": ["lan"]}}, "network.allow_private.0"),
        ({"network": {"connect_to": {"bit.ly": "127.0.0.1:1"}}}, "is not host:port"),
        ({"publish": {"base_url": "ftp://x"}}, "publish.base_url"),
        ({"publish": {"base_url": "https://x:99999"}}, "publish.base_url"),
        ({"publish": {"base_url": "https://u:p@x"}}, "publish.base_url"),
        ({"publish": {"base_url": "https://x/ü"}}, "publish.base_url"),
    ],
)
def test_a_wrong_setting_is_named(raw: dict[str, object], said: str) -> None:
    """One sentence that holds the key's path and what is wrong with it."""
    with pytest.raises(ConfigError) as caught:
        config.parse(raw, name="config.toml")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_is_one_sentence(tmp_path: Path) -> None:
    """A path that is not there is said, with the way out."""
    with pytest.raises(ConfigError, match="no such file; name one with --config"):
        config.load(tmp_path / "none.toml")


def test_broken_toml_is_one_sentence(tmp_path: Path) -> None:
    """A syntax error names the file and the line."""
    path = tmp_path / "config.toml"
    path.write_text("[archive\n")
    with pytest.raises(ConfigError, match=r"config.toml: is not valid TOML .*line 1"):
        config.load(path)


def test_data_dir_on_the_command_line_moves_the_published_files_too(tmp_path: Path) -> None:
    """`--data-dir` keeps everything of one archive together."""
    settings = config.parse({"publish": {"publish_dir": "/srv/web"}}, data_dir=tmp_path)
    assert settings.data_dir == tmp_path
    assert settings.publish_dir == tmp_path / "public"

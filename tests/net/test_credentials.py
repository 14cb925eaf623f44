"""Does a token go to its own server only, and never in the open unless that was set?"""

from __future__ import annotations

import asyncio
import datetime as dt

import pytest

from archiver.config import PlatformSettings
from archiver.credentials import authenticators
from archiver.errors import ConfigError, UsageError
from archiver.models import FetchRequest
from archiver.seeds import named

NOW = dt.datetime(2026, 11, 24, tzinfo=dt.UTC)
ENVIRONMENT = {
    "ARCHIVER_X_TOKEN": "t0ken",
    "ARCHIVER_MASTODON_TOKENS": "social.example=s3cret, http://local.example:8080=0pen",
}


@pytest.mark.parametrize(
    ("credential", "url", "token"),
    [
        ("mastodon", "https://social.example/api", "s3cret"),
        ("mastodon", "https://SOCIAL.example:443/api", "s3cret"),
        ("mastodon", "http://social.example/api", None),
        ("mastodon", "https://social.example:8443/api", None),
        ("mastodon", "https://social.example.evil.example/api", None),
        ("mastodon", "https://evil.example/?https://social.example/", None),
        ("mastodon", "http://local.example:8080/api", "0pen"),
        ("mastodon", "https://local.example/api", None),
        ("x", "https://api.x.com/2/tweets", "t0ken"),
        ("x", "http://api.x.com/2/tweets", None),
    ],
)
def test_token_goes_to_its_server_alone(credential: str, url: str, token: str | None) -> None:
    """Another scheme or port is another server."""
    shown = authenticators(PlatformSettings(), ENVIRONMENT)[credential]
    headers = asyncio.run(shown.headers(FetchRequest(url), NOW))
    assert headers == (() if token is None else (("Authorization", f"Bearer {token}"),))


@pytest.mark.parametrize(
    "seed",
    ["http://user:S3CRET@news.example/a", "HTTPS://S3CRET@news.example", "http://a@S3CRET@b/"],
)
def test_seed_with_a_password_is_refused_before_it_is_kept(seed: str) -> None:
    """It would stand in records and pages; the sentence does not say it."""
    with pytest.raises(UsageError, match="must not hold a name or password") as caught:
        named(seed)
    assert "S3CRET" not in str(caught.value)


def test_at_sign_elsewhere_is_no_password() -> None:
    """Accounts have one in their paths."""
    for seed in ("https://social.example/@desk/1", "https://a.example/?x=b@c", "at://did:plc:a/b"):
        assert named(seed) == seed


def test_host_that_is_none_is_said() -> None:
    """Its token is not."""
    with pytest.raises(ConfigError, match=r"a\.example:x is no host") as caught:
        authenticators(PlatformSettings(), {"ARCHIVER_MASTODON_TOKENS": "a.example:x=S3CRET"})
    assert "S3CRET" not in str(caught.value)

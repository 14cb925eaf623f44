"""Which credentials does the environment hold? The only place that reads secrets."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from archiver.config import PlatformSettings, RedditSettings
from archiver.errors import ConfigError
from archiver.net.credentials import Bearer
from archiver.net.oauth import ClientCredentials
from archiver.ports import Authenticator

X_TOKEN = "ARCHIVER_X_TOKEN"
MASTODON_TOKENS = "ARCHIVER_MASTODON_TOKENS"
REDDIT_ID = "ARCHIVER_REDDIT_CLIENT_ID"
REDDIT_SECRET = "ARCHIVER_REDDIT_CLIENT_SECRET"


def authenticators(
    platforms: PlatformSettings, environment: Mapping[str, str]
) -> dict[str, Authenticator]:
    """
    Give what shows who asks, by the name that sources use.

    Args:
        platforms: Which servers a credential belongs to.
        environment: The variables of the process.

    Raises:
        ConfigError: If a variable cannot be read; its value is never said.
    """
    found: dict[str, Authenticator] = {}
    if token := environment.get(X_TOKEN, "").strip():
        found["x"] = Bearer({urlsplit(platforms.x.api).netloc.lower(): token})
    if tokens := environment.get(MASTODON_TOKENS, "").strip():
        found["mastodon"] = Bearer(_by_host(tokens))
    reddit = _of_reddit(platforms.reddit, environment)
    if reddit is not None:
        found["reddit"] = reddit
    return found


def _of_reddit(reddit: RedditSettings, environment: Mapping[str, str]) -> ClientCredentials | None:
    client_id, secret = (environment.get(each, "").strip() for each in (REDDIT_ID, REDDIT_SECRET))
    if not client_id and not secret:
        return None
    if not client_id or not secret:
        lacking = REDDIT_SECRET if client_id else REDDIT_ID
        raise ConfigError(f"{lacking}: must be set as well; Reddit needs both", key=lacking)
    return ClientCredentials(
        hosts=frozenset({urlsplit(reddit.api).netloc.lower()}),
        token_url=f"{reddit.login}/api/v1/access_token",
        client_id=client_id,
        secret=secret,
        names=f"{REDDIT_ID} and {REDDIT_SECRET}",
    )


def _by_host(text: str) -> dict[str, str]:
    pairs = [each.strip().partition("=") for each in text.split(",") if each.strip()]
    if not all(host and token for host, _, token in pairs):
        raise ConfigError(
            f"{MASTODON_TOKENS}: must read host=token,host=token", key=MASTODON_TOKENS
        )
    return {host.strip().lower(): token.strip() for host, _, token in pairs}

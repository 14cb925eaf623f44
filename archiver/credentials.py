"""Which credentials does the environment hold? The only place that reads secrets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from archiver.config import PlatformSettings, RedditSettings, Settings
from archiver.core.urls import origin_of
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
        found["x"] = Bearer({origin_of(platforms.x.api): token})
    if tokens := environment.get(MASTODON_TOKENS, "").strip():
        found["mastodon"] = Bearer(_by_host(tokens))
    reddit = _of_reddit(platforms.reddit, environment)
    if reddit is not None:
        found["reddit"] = reddit
    return found


def signers(settings: Settings) -> dict[str, Authenticator]:
    """
    Give what signs requests to ActivityPub servers, by the names that sources use.

    Returns:
        Nothing unless platforms.activitypub.signed is set. Servers differ in whether they want
        the query of an address signed, so there is one of each kind.

    Raises:
        StoreError: If the key cannot be read or made.
    """
    if not settings.platforms.activitypub.signed:
        return {}
    # Imported here: those who sign nothing need no library of keys.
    from archiver.net.keys import own_key
    from archiver.net.signing import Signer

    key, key_id = own_key(_key_path(settings)), f"{settings.publish.base_url}/actor#main-key"
    return {
        "activitypub": Signer(key, key_id),
        "activitypub-path": Signer(key, key_id, with_query=False),
    }


def public_key(settings: Settings) -> str:
    """
    Give the PEM of the key that others check our signatures with; empty if nothing is signed.

    Raises:
        StoreError: If the key cannot be read or made.
    """
    if not settings.platforms.activitypub.signed:
        return ""
    from archiver.net.keys import own_key, public_pem

    return public_pem(own_key(_key_path(settings)))


def _key_path(settings: Settings) -> Path:
    return settings.data_dir / "keys" / "activitypub.pem"


def _of_reddit(reddit: RedditSettings, environment: Mapping[str, str]) -> ClientCredentials | None:
    client_id, secret = (environment.get(each, "").strip() for each in (REDDIT_ID, REDDIT_SECRET))
    if not client_id and not secret:
        return None
    if not client_id or not secret:
        lacking = REDDIT_SECRET if client_id else REDDIT_ID
        raise ConfigError(f"{lacking}: must be set as well; Reddit needs both", key=lacking)
    return ClientCredentials(
        origins=frozenset({origin_of(reddit.api)}),
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
    return {_origin(host.strip()): token.strip() for host, _, token in pairs}


def _origin(host: str) -> str:
    """A host is meant over TLS; `http://host` says that its token may go in the open."""
    origin = origin_of(host if "://" in host else f"https://{host}")
    if not origin:
        raise ConfigError(f"{MASTODON_TOKENS}: {host} is no host", key=MASTODON_TOKENS)
    return origin

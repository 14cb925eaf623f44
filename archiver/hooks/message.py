"""How is an event written and signed? (Standard Webhooks 1.0)"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json

from archiver.errors import ConfigError
from archiver.models import FetchRequest, Header
from archiver.models.news import News

_PREFIX = "whsec_"
_SHORTEST = 16
_LONGEST_ANSWER = 4_096


def key_of(secret: str, *, variable: str) -> bytes:
    """
    Give the bytes that sign: decoded if the secret is written `whsec_BASE64`, else as they stand.

    Args:
        variable: Name of the environment variable, for errors.

    Raises:
        ConfigError: If it is missing, no base64 after `whsec_`, or shorter than 16 bytes.
    """
    if not secret:
        raise ConfigError(
            f"{variable} is not set; put the secret of this webhook there", key="webhook"
        )
    try:
        key = (
            base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
            if secret.startswith(_PREFIX)
            else secret.encode("utf-8", "surrogateescape")
        )
    except binascii.Error:
        raise ConfigError(f"{variable}: no base64 follows {_PREFIX}", key="webhook") from None
    if len(key) < _SHORTEST:
        raise ConfigError(
            f"{variable}: is shorter than {_SHORTEST} bytes; "
            "`openssl rand -base64 32` makes a good one",
            key="webhook",
        )
    return key


def body_of(news: News) -> bytes:
    """Write an event: its type, its time, and what it is about."""
    at = news.at.isoformat(timespec="seconds").replace("+00:00", "Z")
    told = {"type": news.type, "timestamp": at, "data": json.loads(news.data)}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode(
        "utf-8", "backslashreplace"
    )


def headers_of(message_id: str, at_s: int, body: bytes, key: bytes) -> tuple[Header, ...]:
    """
    Sign a message.

    Args:
        at_s: Time of this attempt, in seconds since 1970.

    Source: Standard Webhooks 1.0, "Webhook Headers" and "Signature scheme"

    >>> headers_of("m", 1, b"{}", b"k" * 16)[-1]
    ('webhook-signature', 'v1,n3d7LVmx8/iM0ktI3cckNoyDJNkmV3tZflA0L/xIe80=')
    """
    signed = f"{message_id}.{at_s}.".encode() + body
    digest = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return (
        ("Content-Type", "application/json"),
        ("webhook-id", message_id),
        ("webhook-timestamp", str(at_s)),
        ("webhook-signature", f"v1,{digest}"),
    )


def request_of(url: str, message_id: str, at_s: int, body: bytes, key: bytes) -> FetchRequest:
    """Give the request that tells a receiver; of what it answers little is read."""
    return FetchRequest(
        url,
        method="POST",
        headers=headers_of(message_id, at_s, body, key),
        body=body,
        keep_bytes=_LONGEST_ANSWER,
        max_bytes=_LONGEST_ANSWER,
    )

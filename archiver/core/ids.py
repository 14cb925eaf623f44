"""Which identity does a thread have? Permanent: independent of handle, host, URL and feed."""

from __future__ import annotations

import hashlib
import uuid

# Chosen once, for ever: changing it would make every reader show every thread again.
_NAMESPACE = uuid.UUID("6f0e3b52-7c0d-5d0a-9a57-2b1f0f6c4f11")


def thread_id(platform: str, native_id: str) -> str:
    """
    Give the id of a thread, the same on every machine and after every rebuild.

    Args:
        platform: Name of the platform, e.g. `mastodon`.
        native_id: Global id of the root post.

    Returns:
        16 lower-case hex digits.

    >>> thread_id("bluesky", "at://did:plc:abc/app.bsky.feed.post/3k1")
    '275a3f3c52795ffe'
    """
    return hashlib.sha256(f"{platform}\n{native_id}".encode()).hexdigest()[:16]


def entry_id(thread: str) -> str:
    """
    Give the permanent IRI of a thread in feeds.

    Args:
        thread: A thread id.

    Returns:
        A `urn:uuid:` (RFC 4122, version 5).
    """
    return f"urn:uuid:{uuid.uuid5(_NAMESPACE, thread)}"


def part_id(thread: str, *names: str) -> str:
    """
    Give the permanent IRI of a part of a thread in feeds: of a post, or of a change.

    Args:
        thread: A thread id.
        names: What tells the part from all others of its thread, for ever.

    Returns:
        A `urn:uuid:` (RFC 4122, version 5).
    """
    said = b"".join(
        len(raw).to_bytes(8, "big") + raw
        for raw in (name.encode("utf-8", "surrogatepass") for name in names)
    )
    named = f"{thread}\n{hashlib.sha256(said).hexdigest()}"
    return f"urn:uuid:{uuid.uuid5(_NAMESPACE, named)}"

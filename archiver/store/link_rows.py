"""How do chains, snapshots and media copies become rows, and come back?"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row

from archiver.core.urls import group_key, without_fragment
from archiver.models import Chain, ChainRun, Hop, MediaCopy, Outcome, Snapshot, View, Witness
from archiver.store import codec

_LARGEST = 2**63 - 1  # a length that a server only claims may be any number


def chain_values(chain: Chain) -> dict[str, Any]:
    """Give the columns of a chain that was followed once."""
    return {
        "uri_r": chain.uri_r,
        "target": chain.target,
        "page": without_fragment(chain.target),
        "group_key": group_key(chain.target),
        "witness": codec.dump(Witness, chain.witness) if chain.witness else None,
        "outcome": chain.outcome.value,
        "hops": codec.dump(tuple[Hop, ...], chain.hops),
        "error": chain.error,
        "at": chain.at,
        "last_at": chain.at,
    }


def chain_of(row: Row[Any]) -> Chain:
    """Give back the chain."""
    return Chain(
        uri_r=row.uri_r,
        target=row.target,
        outcome=Outcome(row.outcome),
        hops=codec.load(tuple[Hop, ...], row.hops),
        at=row.at,
        error=row.error,
        witness=codec.load(Witness, row.witness) if row.witness else None,
    )


def run_of(row: Row[Any]) -> ChainRun:
    """Give back the chain, and until when the link went this way."""
    return ChainRun(chain_of(row), row.last_at)


_PLAIN = (
    "url",
    "at",
    "status",
    "digest",
    "record_id",
    "mime",
    "title",
    "language",
    "canonical_url",
    "description",
    "text_digest",
    "requisites",
    "missing",
    "error",
    "engine",
)


def snapshot_values(snapshot: Snapshot) -> dict[str, Any]:
    """Give the columns of a snapshot, its text left out."""
    values = {name: getattr(snapshot, name) for name in _PLAIN}
    views = codec.dump(tuple[View, ...], snapshot.views) if snapshot.views else ""
    return values | {"outcome": snapshot.outcome.value, "views": views}


def snapshot_of(row: Row[Any]) -> Snapshot:
    """Give back the snapshot; without its text if the row has none."""
    kept = row._mapping
    plain = {name: kept[name] for name in _PLAIN}
    return Snapshot(
        **plain,
        outcome=Outcome(row.outcome),
        text=kept.get("text") or "",
        views=views_of(row.views),
    )


def views_of(text: str) -> tuple[View, ...]:
    """Give back the views of a snapshot."""
    return codec.load(tuple[View, ...], text) if text else ()


def media_values(copy: MediaCopy) -> dict[str, Any]:
    """Give the columns of a media copy, its thread left out."""
    return {
        "url": copy.url,
        "outcome": copy.outcome.value,
        "record_id": copy.record_id,
        "digest": copy.digest,
        "mime": copy.mime,
        "bytes": max(0, min(copy.bytes, _LARGEST)),
        "at": copy.at,
    }


def media_copy(row: Row[Any]) -> MediaCopy:
    """Give back the media copy."""
    return MediaCopy(
        url=row.url,
        outcome=Outcome(row.outcome),
        record_id=row.record_id,
        digest=row.digest,
        mime=row.mime,
        bytes=row.bytes,
        at=row.at,
    )

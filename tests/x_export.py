"""A data export of X as it comes: a ZIP of scripts and of the account's own media."""

from __future__ import annotations

import datetime as dt
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.sources.x_server import EPOCH_MS

OWNER = "16067035"
Json = dict[str, Any]


@dataclass
class ExportMaker:
    """Collects posts of an account and writes them as its export."""

    tweets: list[Json] = field(default_factory=list)
    media: dict[str, bytes] = field(default_factory=dict)
    made: str = "2026-11-24T07:00:00.000Z"

    def add(
        self, post_id: str, text: str, *, parent: str = "", to: str = OWNER, **more: Any
    ) -> str:
        """Add a post; numbers are texts, as in real exports."""
        at = dt.datetime.fromtimestamp(((int(post_id) >> 22) + EPOCH_MS) / 1000, dt.UTC)
        tweet: Json = {
            "id": post_id,
            "id_str": post_id,
            "full_text": text,
            "created_at": at.strftime("%a %b %d %H:%M:%S +0000 %Y"),
            "favorite_count": "3",
            "lang": "en",
            "entities": {"hashtags": [], "urls": [], "user_mentions": [], "symbols": []},
        }
        if parent:
            tweet |= {"in_reply_to_status_id_str": parent, "in_reply_to_user_id_str": to}
        self.tweets.append({"tweet": tweet | more})
        return post_id

    def files(self) -> dict[str, bytes]:
        """Give the members by name."""
        account = {"username": "ICIJ", "accountId": OWNER, "accountDisplayName": "ICIJ &"}
        return {
            "data/account.js": script("account", [{"account": account}]),
            "data/manifest.js": b"window.__THAR_CONFIG = "
            + json.dumps({"archiveInfo": {"generationDate": self.made}}).encode(),
            "data/tweets.js": script("tweets", self.tweets),
            "data/direct-messages.js": script("direct_messages", [{"dm": "not ours to take"}]),
            **{f"data/tweets_media/{name}": body for name, body in self.media.items()},
        }

    def write(self, path: Path, more: Mapping[str, bytes] | None = None) -> Path:
        """Write the ZIP; `more` adds members or takes the place of some."""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, body in {**self.files(), **(more or {})}.items():
                archive.writestr(name, body)
        return path


def script(kind: str, value: object, part: int = 0) -> bytes:
    """Write a value as the export does."""
    return f"window.YTD.{kind}.part{part} = {json.dumps(value, indent=2)}".encode()

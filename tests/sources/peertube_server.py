"""What would a PeerTube server answer to a stranger? Its REST API, with paging."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.sources.misskey_server import nodeinfo
from tests.sources.playing import Answer

START = dt.datetime(2026, 5, 1, 10, tzinfo=dt.UTC)
UUID = "9c9de5e8-0a1e-484a-b099-e80766180a6d"
SHORT = "kkGMgK9ZtnKfYAgnEtQxbv"
Json = dict[str, Any]


def refused(status: int, detail: str, kind: str = "about:blank") -> Answer:
    """Refuse with a problem document (RFC 7807), as PeerTube does."""
    value = {"type": kind, "status": status, "detail": detail, "error": detail}
    return Answer(value, status=status, mime="application/problem+json")


class PeerTubeServer:
    """
    A server with one video, its subtitles and its comments.

    Attributes:
        comments: By id; `inReplyToCommentId` says where they hang.
        fixed: Answers by path and query, or by path, before anything else.
    """

    def __init__(self, root: str = "https://tube.example") -> None:
        self.root = root
        self.fixed: dict[str, Answer] = {}
        self.comments: dict[int, Json] = {}
        self.captions: list[Json] = []
        self.video: Json | None = self._video()

    def _video(self) -> Json:
        return {
            "id": 7,
            "uuid": UUID,
            "shortUUID": SHORT,
            "url": f"{self.root}/videos/watch/{UUID}",
            "name": "What the harbour hides",
            "description": "A **film**.\nSee https://a.example/x",
            "truncatedDescription": "A **film**.",
            "publishedAt": "2026-05-01T10:00:00.000Z",
            "createdAt": "2026-05-01T09:00:00.000Z",
            "updatedAt": "2026-05-02T09:00:00.000Z",
            "privacy": {"id": 1, "label": "Public"},
            "state": {"id": 1, "label": "Published"},
            "language": {"id": "en", "label": "English"},
            "isLive": False,
            "isLocal": True,
            "nsfw": False,
            "tags": ["harbour", "ships"],
            "commentsPolicy": {"id": 1, "label": "Enabled"},
            "previewPath": "/lazy-static/previews/p.jpg",
            "account": self.account("desk"),
            "channel": self.account("films", "video-channels"),
            "files": [self.file(480), self.file(1080), self.file(720)],
            "streamingPlaylists": [],
        }

    def account(self, name: str, kind: str = "accounts") -> Json:
        """Give an account, or a channel."""
        return {
            "id": 1,
            "name": name,
            "displayName": name.title(),
            "host": self.root.partition("://")[2],
            "url": f"{self.root}/{kind}/{name}",
            "avatars": [
                {"width": 48, "path": f"/lazy-static/avatars/{name}-48.png"},
                {"width": 120, "path": f"/lazy-static/avatars/{name}-120.png"},
            ],
        }

    def file(self, height: int, **fields: Any) -> Json:
        """Give a file of the video."""
        made: Json = {
            "id": height,
            "resolution": {"id": height, "label": f"{height}p"},
            "size": height * 1000,
            "fileUrl": f"{self.root}/static/web-videos/{UUID}-{height}.mp4",
            "hasAudio": True,
            "hasVideo": True,
        }
        return made | fields

    def comment(self, number: int, author: str, above: int | None = None, **fields: Any) -> Json:
        """Add a comment; number is its id and its minute."""
        made: Json = {
            "id": number,
            "url": f"{self.root}/videos/watch/{UUID}/comments/{number}",
            "text": f"Comment {number}",
            "threadId": number if above is None else self.comments[above]["threadId"],
            "inReplyToCommentId": above,
            "videoId": 7,
            "createdAt": (START + dt.timedelta(minutes=number)).isoformat(),
            "deletedAt": None,
            "isDeleted": False,
            "totalReplies": 0,
            "account": self.account(author),
        }
        self.comments[number] = made | fields
        if above is not None:
            self.comments[made["threadId"]]["totalReplies"] += 1
        return self.comments[number]

    def delete(self, number: int) -> None:
        """Delete a comment: words and author are gone, its place is not."""
        gone = {"isDeleted": True, "deletedAt": START.isoformat(), "text": "", "account": None}
        self.comments[number] |= gone

    def url(self) -> str:
        """Give the address of the video as people see it."""
        return f"{self.root}/w/{SHORT}"

    def __call__(self, url: str) -> Answer:
        parts = urlsplit(url)
        if not url.startswith(self.root + "/"):
            return Answer(status=404, body=b"another server", mime="text/plain")
        whole = f"{parts.path}?{parts.query}"
        if whole in self.fixed or parts.path in self.fixed:
            return self.fixed.get(whole) or self.fixed[parts.path]
        told = nodeinfo(self.root, parts.path, "peertube")
        if told is not None:
            return told
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if re.fullmatch(r"/api/v1/(video-channels|accounts)/[^/]+/videos", parts.path):
            return Answer({"total": 1, "data": [self.video] if self.video else []})
        found = re.fullmatch(rf"/api/v1/videos/(?:{UUID}|{SHORT})(/.*)?", parts.path)
        if not found or self.video is None:
            return refused(404, "Video not found")
        return self._of_video(found[1] or "", query, self.video)

    def _of_video(self, path: str, query: dict[str, str], video: Json) -> Answer:
        if not path:
            kept = sum(not each["isDeleted"] for each in self.comments.values())
            return Answer({"comments": kept} | video)
        if path == "/captions":
            return Answer({"total": len(self.captions), "data": self.captions})
        if path == "/description":
            return Answer({"description": video["whole"]})
        if path == "/comment-threads":
            tops = [each for each in self.comments.values() if each["inReplyToCommentId"] is None]
            start, count = int(query["start"]), min(int(query["count"]), 100)
            return Answer({"total": len(tops), "data": tops[start : start + count]})
        number = int(path.rpartition("/")[2])
        if number not in self.comments:
            return refused(404, "No comments were found")
        return Answer(self._tree(number))

    def _tree(self, number: int) -> Json:
        below = [c["id"] for c in self.comments.values() if c["inReplyToCommentId"] == number]
        children = [self._tree(each) for each in below]
        return {"comment": self.comments[number], "children": children}

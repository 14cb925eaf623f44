"""What would a Misskey server (or a fork) answer to a stranger? Its API, with paging and limits."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from archiver.models import FetchRequest
from tests.sources.playing import Answer

START = dt.datetime(2026, 5, 1, 10, tzinfo=dt.UTC)
Json = dict[str, Any]


def refused(code: str, status: int = 400) -> Answer:
    """Refuse as the API does: the code counts, not the status."""
    return Answer({"error": {"message": code.lower(), "code": code, "id": "x"}}, status=status)


def nodeinfo(root: str, path: str, name: str) -> Answer | None:
    """Answer for NodeInfo; None if something else was asked."""
    if path == "/.well-known/nodeinfo":
        rel = "http://nodeinfo.diaspora.software/ns/schema/2.1"
        return Answer({"links": [{"rel": rel, "href": f"{root}/nodeinfo/2.1"}]})
    if path == "/nodeinfo/2.1":
        return Answer({"version": "2.1", "software": {"name": name, "version": "1"}})
    return None


class MisskeyServer:
    """
    A server that pages by ids, a hundred notes at most, and tells replies one level at a time.

    Attributes:
        fixed: Answers by path, before anything else.
        asked: Endpoints with what was sent.
    """

    def __init__(self, root: str = "https://mk.example", software: str = "misskey") -> None:
        self.root = root
        self.software = software
        self.notes: dict[str, Json] = {}
        self.users: dict[str, Json] = {}
        self.versions: dict[str, list[Json]] = {}
        self.fixed: dict[str, Answer] = {}
        self.asked: list[tuple[str, Json]] = []

    def user(self, name: str, host: str | None = None, **fields: Any) -> Json:
        """Give a user, made on first use; its id is not its name."""
        made: Json = {
            "id": f"u{1000 + len(self.users)}",
            "username": name,
            "host": host,
            "name": name.title(),
            "avatarUrl": f"{self.root}/avatars/{name}.webp",
        }
        return self.users.setdefault(name if host is None else f"{name}@{host}", made | fields)

    def add(self, number: int, author: str, parent: int | None = None, **fields: Any) -> Json:
        """Add a note; number is its id and its minute."""
        user = self.user(*author.split("@"))
        note: Json = {
            "id": key(number),
            "createdAt": (START + dt.timedelta(minutes=number)).isoformat(),
            "userId": user["id"],
            "user": user,
            "text": f"Note {number}",
            "cw": None,
            "visibility": "public",
            "replyId": None if parent is None else key(parent),
            "renoteId": None,
            "files": [],
            "fileIds": [],
            "repliesCount": 0,
            "reactions": {"👍": 3},
        }
        self.notes[note["id"]] = note | fields
        if note["replyId"] in self.notes:
            self.notes[note["replyId"]]["repliesCount"] += 1
        return self.notes[note["id"]]

    def thread(self, author: str, numbers: Iterable[int]) -> None:
        """Add a self-thread."""
        parent: int | None = None
        for number in numbers:
            self.add(number, author, parent)
            parent = number

    def url(self, number: int) -> str:
        """Give the address of a note."""
        return f"{self.root}/notes/{key(number)}"

    def __call__(self, request: FetchRequest) -> Answer:
        parts = urlsplit(request.url)
        if not request.url.startswith(self.root + "/"):
            return Answer(status=404, body=b"another server", mime="text/plain")
        if parts.path in self.fixed:
            return self.fixed[parts.path]
        told = nodeinfo(self.root, parts.path, self.software)
        if told is not None:
            return told
        if request.method != "POST" or not parts.path.startswith("/api/"):
            return Answer(status=404, body=b"<!doctype html>", mime="text/html")
        value = json.loads(request.body)
        endpoint = parts.path.removeprefix("/api/")
        self.asked.append((endpoint, value))
        return self._answer(endpoint, value)

    def _answer(self, endpoint: str, value: Json) -> Answer:
        if endpoint == "users/show":
            return self._user(value)
        if endpoint == "users/notes":
            own = [note for note in self._public() if note["userId"] == value["userId"]]
            return self._page(own, value)
        if endpoint == "notes/search-by-tag":
            tagged = [note for note in self._public() if value["tag"] in note.get("tags", ())]
            return self._page(tagged, value)
        if endpoint == "notes/children":
            return self._page(self._children(value["noteId"]), value)
        note = self.notes.get(value.get("noteId", ""))
        if note is None:
            return refused("NO_SUCH_NOTE")
        if endpoint == "notes/show":
            return Answer(self._packed(note))
        if endpoint == "notes/conversation":
            return Answer(self._above(note)[value.get("offset", 0) :][:100])
        if endpoint in {"notes/versions", "notes/history"}:
            return Answer(self.versions.get(note["id"], []))
        return refused("NO_SUCH_ENDPOINT", 404)

    def _user(self, value: Json) -> Answer:
        for user in self.users.values():
            named = (user["username"], user["host"]) == (value.get("username"), value.get("host"))
            if named or user["id"] == value.get("userId"):
                return Answer(user)
        return refused("NO_SUCH_USER", 404)

    def _public(self) -> list[Json]:
        return [note for note in self.notes.values() if note["visibility"] in {"public", "home"}]

    def _children(self, above: str) -> list[Json]:
        said = [note for note in self._public() if above in (note["replyId"], note["renoteId"])]
        return [note for note in said if note["replyId"] == above or note["text"]]

    def _above(self, note: Json) -> list[Json]:
        found: list[Json] = []
        while note["replyId"] in self.notes and len(found) < 5_000:
            note = self.notes[note["replyId"]]
            found.append(self._packed(note))
        return found

    def _page(self, notes: list[Json], value: Json) -> Answer:
        notes = [note for note in notes if note["id"] > value.get("sinceId", "")]
        notes = [note for note in notes if note["id"] < value.get("untilId", "~")]
        newest_first = "sinceId" not in value
        notes.sort(key=lambda note: str(note["id"]), reverse=newest_first)
        return Answer([self._packed(note) for note in notes[: min(value.get("limit", 10), 100)]])

    def _packed(self, note: Json) -> Json:
        shown = dict(note)
        for pointer, name in (("replyId", "reply"), ("renoteId", "renote")):
            if note[pointer] is not None:
                shown[name] = self.notes.get(note[pointer])
        if note["visibility"] not in {"public", "home"}:
            shown |= {"text": None, "files": [], "isHidden": True}
        return shown


def key(number: int) -> str:
    """Give the id of a note: ids sort by time."""
    return f"a{number:07d}"

"""What would an ActivityPub server answer to a stranger? (reference/protocols.md, 3)"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from archiver.models import FetchRequest
from tests.sources.playing import Answer

START = dt.datetime(2026, 5, 1, 10, tzinfo=dt.UTC)
PUBLIC = "https://www.w3.org/ns/activitystreams#Public"
MIME = "application/activity+json; charset=utf-8"
Json = dict[str, Any]
Check = Callable[[FetchRequest], bool]


def activity(value: object, **more: Any) -> Answer:
    """Answer with a document of the right type."""
    return Answer(value, mime=MIME, **more)


PAGE = Answer(body=b"<!doctype html><title>A page</title>", mime="text/html; charset=utf-8")
GONE_PAGE = Answer(body=b"<title>404</title>", mime="text/html", status=404)
NOT_FOUND = Answer({"error": "Not Found"}, status=404)


class ActivityPubServer:
    """
    A server in the manner of Mastodon: replies list the author's own first, then those of others.

    Attributes:
        fixed: Answers by path and query, or by path, before anything else.
        conversations: Whether posts name the group of their conversation, which leads nowhere.
        contexts: Whether posts name the collection of their whole conversation.
        history: Whether they name the collection of its activities, too.
        embedded: Whether a post holds the first page of its replies.
        page: Members of one page.
        people: First step of the path of actors; `posts`: of their posts, below that.
        check: In secure mode: says whether a request is signed well.
        asked: What was asked, in order.
    """

    def __init__(
        self,
        root: str = "https://social.example",
        *,
        page: int = 5,
        people: str = "users",
        posts: str = "statuses",
    ) -> None:
        self.root = root
        self.people = people
        self.posts = posts
        self.page = page
        self.conversations = True
        self.contexts = False
        self.history = False
        self.embedded = True
        self.check: Check | None = None
        self.fixed: dict[str, Answer] = {}
        self.notes: dict[int, Json] = {}
        self.parents: dict[int, int] = {}
        self.tombs: set[int] = set()
        self.bare_outbox = False
        self.asked: list[FetchRequest] = []

    def actor(self, name: str) -> str:
        """Give the id of an actor."""
        return f"{self.root}/{self.people}/{name}"

    def id(self, number: int) -> str:
        """Give the id of a post."""
        return str(self.notes[number]["id"])

    def page_of(self, author: str, number: int) -> str:
        """Give the address of a post for people: Mastodon's, or that of the post itself."""
        if self.people == "users":
            return f"{self.root}/@{author}/{number}"
        return f"{self.actor(author)}/{self.posts}/{number}"

    def add(self, number: int, author: str, parent: int | str | None = None, **fields: Any) -> Json:
        """Add a post; number is its minute. `parent` is a number here, or an address elsewhere."""
        above = self.id(parent) if isinstance(parent, int) else parent
        if isinstance(parent, int):
            self.parents[number] = parent
        note: Json = {
            "@context": ["https://www.w3.org/ns/activitystreams", {"sensitive": "as:sensitive"}],
            "id": f"{self.actor(author)}/{self.posts}/{number}",
            "type": "Note",
            "attributedTo": self.actor(author),
            "inReplyTo": above,
            "published": (START + dt.timedelta(minutes=number)).isoformat(),
            "url": self.page_of(author, number),
            "summary": None,
            "sensitive": False,
            "content": f"<p>Post {number}</p>",
            "contentMap": {"en": f"<p>Post {number}</p>"},
            "to": [PUBLIC],
            "cc": [f"{self.actor(author)}/followers"],
            "tag": [],
            "attachment": [],
        }
        self.notes[number] = note | fields
        return self.notes[number]

    def thread(self, author: str, numbers: Iterable[int]) -> None:
        """Add a self-thread."""
        parent: int | None = None
        for number in numbers:
            self.add(number, author, parent)
            parent = number

    def delete(self, number: int, *, tombstone: bool = True) -> None:
        """Delete a post: its replies keep their pointer, its conversation the rest."""
        if tombstone:
            self.tombs.add(number)
        else:
            self.tombs.discard(number)
            del self.notes[number]

    def __call__(self, request: FetchRequest) -> Answer:
        self.asked.append(request)
        parts = urlsplit(request.url)
        if not request.url.startswith(self.root + "/"):
            return Answer(status=404, body=b"another server", mime="text/plain")
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        if path in self.fixed or parts.path in self.fixed:
            return self.fixed.get(path) or self.fixed[parts.path]
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/.well-known/webfinger":
            return self._finger(query.get("resource", ""))
        accept = next((value for name, value in request.headers if name.lower() == "accept"), "")
        if "application/activity+json" not in accept:
            return PAGE
        if self.check is not None and not self.check(request):
            return Answer({"error": "Request not signed"}, status=401)
        return self._document(parts.path, query)

    def _finger(self, resource: str) -> Answer:
        name, _, host = resource.removeprefix("acct:").partition("@")
        known = any(self.actor(name) == note["attributedTo"] for note in self.notes.values())
        if host != urlsplit(self.root).netloc or not known:
            return NOT_FOUND
        links = [
            {"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": "x"},
            {"rel": "self", "type": "application/activity+json", "href": self.actor(name)},
        ]
        return Answer({"subject": resource, "links": links}, mime="application/jrd+json")

    def _document(self, path: str, query: dict[str, str]) -> Answer:
        steps = path.strip("/").split("/")
        if steps[0] == "contexts":
            return self._context(int(steps[1]), steps[-1], query)
        if steps[0].startswith("@") and len(steps) == 2:
            steps = [self.people, steps[0][1:], self.posts, steps[1]]
        if steps[0] != self.people:
            return NOT_FOUND
        if len(steps) == 2:
            return self._actor(steps[1])
        if steps[2] == "outbox":
            return self._outbox(steps[1], query)
        number = int(steps[3])
        if number not in self.notes:
            return NOT_FOUND
        if number in self.tombs:
            return activity({"type": "Tombstone", "id": self.id(number)}, status=410)
        if steps[-1] == "replies":
            return self._replies(number, query)
        return activity(self._shown(number))

    def _shown(self, number: int) -> Json:
        note = self.notes[number] | {"replies": self._replies_of(number)}
        root = number
        while root in self.parents:
            root = self.parents[root]
        if self.conversations:
            note["conversation"] = f"tag:{urlsplit(self.root).netloc},2026:{root}"
        if self.contexts:
            note["context"] = f"{self.root}/contexts/{root}"
        if self.history:
            note["contextHistory"] = f"{self.root}/contexts/{root}/history"
        return note | {name: each for name, each in self.notes[number].items() if name == "replies"}

    def _actor(self, name: str) -> Answer:
        return activity(
            {
                "id": self.actor(name),
                "type": "Person",
                "preferredUsername": name,
                "name": name.title(),
                "url": self.actor(name) if self.people != "users" else f"{self.root}/@{name}",
                "icon": {"type": "Image", "url": f"{self.root}/avatars/{name}.png"},
                "outbox": f"{self.actor(name)}/outbox",
            }
        )

    def _below(self, number: int, *, own: bool) -> list[str]:
        author = self.notes[number]["attributedTo"]
        below = [each for each in sorted(self.notes) if self.parents.get(each) == number]
        return [
            self.id(each)
            for each in below
            if each not in self.tombs and (self.notes[each]["attributedTo"] == author) is own
        ]

    def _replies_of(self, number: int) -> object:
        address = f"{self.id(number)}/replies"
        if not self.embedded:
            return address
        items = self._below(number, own=True)[: self.page]
        first = {
            "type": "CollectionPage",
            "partOf": address,
            "next": f"{address}?only_other_accounts=true&page=true",
            "items": items,
        }
        return {"id": address, "type": "Collection", "first": first}

    def _replies(self, number: int, query: dict[str, str]) -> Answer:
        address = f"{self.id(number)}/replies"
        if "page" not in query:
            return activity({"id": address, "type": "Collection", "first": f"{address}?page=true"})
        others = "only_other_accounts" in query
        members = self._below(number, own=not others)
        start = int(query.get("min", "0"))
        page: Json = {
            "type": "CollectionPage",
            "partOf": address,
            "items": members[start : start + self.page],
        }
        if start + self.page < len(members):
            more = "only_other_accounts=true&" if others else ""
            page["next"] = f"{address}?{more}min={start + self.page}&page=true"
        elif not others:
            page["next"] = f"{address}?only_other_accounts=true&page=true"
        return activity(page)

    def _context(self, root: int, what: str, query: dict[str, str]) -> Answer:
        address = f"{self.root}/contexts/{root}"
        if what == "history":
            made = [self._create(number) for number in self._talk(root)]
            return activity(
                {"id": f"{address}/history", "type": "OrderedCollection", "orderedItems": made}
            )
        members = [self.id(number) for number in self._talk(root)]
        start = int(query.get("min", "0"))
        page: Json = {
            "id": f"{address}/items?min={start}",
            "type": "CollectionPage",
            "partOf": address,
            "items": members[start : start + self.page],
        }
        if start + self.page < len(members):
            page["next"] = f"{address}/items?min={start + self.page}"
        if what == "items":
            return activity(page)
        return activity({"id": address, "type": "Collection", "first": page})

    def _talk(self, root: int) -> list[int]:
        found = []
        for number in sorted(self.notes):
            top = number
            while top in self.parents:
                top = self.parents[top]
            if top == root and number not in self.tombs:
                found.append(number)
        return found

    def _create(self, number: int) -> Json:
        note = self.notes[number]
        return {
            "id": f"{note['id']}/activity",
            "type": "Create",
            "actor": note["attributedTo"],
            "object": self._shown(number),
        }

    def _outbox(self, name: str, query: dict[str, str]) -> Answer:
        address = f"{self.actor(name)}/outbox"
        own = [n for n in sorted(self.notes, reverse=True) if name == self._name(n)]
        own = [number for number in own if number not in self.tombs]
        if "page" not in query:
            outbox: Json = {"id": address, "type": "OrderedCollection", "totalItems": len(own)}
            if not self.bare_outbox:
                outbox["first"] = f"{address}?page=true"
            return activity(outbox)
        start = int(query.get("max", "0"))
        boost = {
            "type": "Announce",
            "id": f"{address}/boost",
            "actor": self.actor(name),
            "object": "https://elsewhere.example/notes/1",
        }
        made = [self._create(number) for number in own[start : start + self.page]]
        page: Json = {"type": "OrderedCollectionPage", "orderedItems": [boost, *made]}
        if start + self.page < len(own):
            page["next"] = f"{address}?max={start + self.page}&page=true"
        return activity(page)

    def _name(self, number: int) -> str:
        return str(self.notes[number]["attributedTo"]).rpartition("/")[2]


def many(*servers: ActivityPubServer) -> Callable[[FetchRequest], Answer]:
    """Make one server of several, by the beginning of the address."""

    def answer(request: FetchRequest) -> Answer:
        for server in servers:
            if request.url.startswith(server.root + "/"):
                return server(request)
        return Answer(status=404, body=b"no such host", mime="text/plain")

    return answer


def raw(text: str, **more: Any) -> Answer:
    """Answer with these very bytes, as a document."""
    return Answer(body=text.encode(), mime=MIME, **more)


def as_text(value: object) -> str:
    """Write JSON down."""
    return json.dumps(value)

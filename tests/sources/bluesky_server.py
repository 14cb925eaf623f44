"""What would the servers of Bluesky answer to a stranger? (reference/protocols.md, 4)"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.sources.playing import Answer

APPVIEW = "https://public.api.bsky.app"
PLC = "https://plc.directory"
PDS = "https://pds.example"
START = dt.datetime(2026, 5, 24, 5, tzinfo=dt.UTC)
_SIGNS = "234567abcdefghijklmnopqrstuvwxyz"
Json = dict[str, Any]


def rkey(number: int) -> str:
    """Make a key that sorts by its number, as TIDs do by time."""
    signs = ""
    for _ in range(12):
        number, digit = divmod(number, 32)
        signs = _SIGNS[digit] + signs
    return "3" + signs


def failed(name: str, status: int = 400, message: str = "") -> Answer:
    """Make an error as XRPC has it."""
    return Answer({"error": name, "message": message or name}, status=status)


class BlueskyServer:
    """
    AppView, directory and repositories. Below a deleted post the AppView shows nothing; above,
    it shows `notFoundPost`; siblings come newest first.

    Attributes:
        fixed: Answers by path, or by path and query, before anything else.
        depth: How deep the AppView goes, whatever was asked.
        down: What the AppView says to everything; None if it works.
        hidden: Replies that the author hides: the AppView's tree leaves them out.
        allow: Who may reply, as the gate has it; None if anybody may.
        blobs: What was uploaded, by cid.
        lists: Lists, feeds and hashtags: what they are called and show, by address or tag.
    """

    def __init__(self, *, appview: str = APPVIEW, plc: str = PLC, pds: str = PDS) -> None:
        self.appview, self.plc, self.pds = appview, plc, pds
        self.blobs: dict[str, bytes] = {}
        self.records: dict[str, Json] = {}
        self.profiles: dict[str, Json] = {}
        self.views: dict[str, Json] = {}
        self.fixed: dict[str, Answer] = {}
        self.down: Answer | None = None
        self.hidden: list[str] = []
        self.allow: list[Json] | None = None
        self.lists: dict[str, Json] = {}
        self.depth = 300
        self.page = 100
        self.shows_posts = True

    def profile(self, name: str) -> Json:
        """Give a profile, made on first use."""
        made: Json = {
            "did": f"did:plc:{name}",
            "handle": f"{name}.example",
            "displayName": name.title(),
            "avatar": f"https://cdn.example/{name}.jpg",
            "labels": [],
        }
        return self.profiles.setdefault(made["did"], made)

    def uri(self, number: int, name: str) -> str:
        """Give the address of a record."""
        return f"at://did:plc:{name}/app.bsky.feed.post/{rkey(number)}"

    def add(self, number: int, name: str, parent: str | None = None, **record: Any) -> str:
        """Add a post; number makes its key and its minute; give its address."""
        self.profile(name)
        at = (START + dt.timedelta(minutes=number)).isoformat().replace("+00:00", "Z")
        value: Json = {
            "$type": "app.bsky.feed.post",
            "text": f"Post {number}",
            "createdAt": at,
            "langs": ["en"],
        }
        if parent is not None:
            above = self.records.get(parent, {}).get("reply")
            root = above["root"]["uri"] if above else parent
            value["reply"] = {"root": {"uri": root, "cid": "c"}, "parent": {"uri": parent}}
        uri = self.uri(number, name)
        self.records[uri] = value | record
        self.views[uri] = {"indexedAt": at}
        return uri

    def thread(self, name: str, numbers: Iterable[int]) -> list[str]:
        """Add a self-thread; give its addresses."""
        uris: list[str] = []
        for number in numbers:
            uris.append(self.add(number, name, uris[-1] if uris else None))
        return uris

    def delete(self, uri: str) -> None:
        """Delete a record."""
        del self.records[uri]

    def page_of(self, uri: str) -> str:
        """Give the address of a post as people see it."""
        did, _, key = uri.removeprefix("at://").split("/")
        return f"https://bsky.app/profile/{self.profiles[did]['handle']}/post/{key}"

    def __call__(self, url: str) -> Answer:
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        if path in self.fixed or parts.path in self.fixed:
            return self.fixed.get(path) or self.fixed[parts.path]
        asked = parse_qs(parts.query)
        base, method = f"{parts.scheme}://{parts.netloc}", parts.path.rpartition("/")[2]
        if int(asked.get("limit", ["1"])[0]) > 100:
            return failed("InvalidRequest", message="limit must be at most 100")
        if base == self.appview:
            return self.down or self._appview(method, asked)
        if base == self.pds:
            return self._pds(method, asked)
        if base == self.plc:
            return self._document(method)
        return failed("MethodNotImplemented", 501)

    def _appview(self, method: str, asked: dict[str, list[str]]) -> Answer:
        match method:
            case "com.atproto.identity.resolveHandle":
                return self._resolve(asked["handle"][0])
            case "app.bsky.feed.getPostThread":
                return self._thread(asked["uri"][0], int(asked.get("parentHeight", ["80"])[0]))
            case "app.bsky.feed.getPosts" if self.shows_posts:
                if len(asked["uris"]) > 25:
                    return failed("InvalidRequest", message="uris must have at most 25 elements")
                found = [self.view(uri) for uri in asked["uris"] if uri in self.records]
                return Answer({"posts": found})
            case "app.bsky.feed.getAuthorFeed":
                return self._feed(asked)
            case "app.bsky.actor.getProfile":
                return self._profile(asked["actor"][0])
            case "app.bsky.feed.searchPosts":
                page, cursor = self._page(self._shown(asked["tag"][0]), asked)
                return Answer({"posts": [self.view(uri) for uri in page]} | cursor)
            case "app.bsky.feed.getListFeed" | "app.bsky.feed.getFeed":
                name = (asked.get("list") or asked["feed"])[0]
                page, cursor = self._page(self._shown(name), asked)
                return Answer({"feed": [self._entry(uri) for uri in page]} | cursor)
            case "app.bsky.graph.getList" if asked["list"][0] in self.lists:
                return Answer({"list": {"name": self.lists[asked["list"][0]]["name"]}})
            case "app.bsky.graph.getStarterPack" if asked["starterPack"][0] in self.lists:
                named = self.lists[asked["starterPack"][0]]["list"]
                return Answer({"starterPack": {"list": {"uri": named}}})
            case "app.bsky.feed.getFeedGenerator" if asked["feed"][0] in self.lists:
                return Answer({"view": {"displayName": self.lists[asked["feed"][0]]["name"]}})
        return failed("MethodNotImplemented", 501)

    def _pds(self, method: str, asked: dict[str, list[str]]) -> Answer:
        match method:
            case "com.atproto.repo.listRecords":
                return self._list(asked)
            case "com.atproto.repo.getRecord":
                return self._record(asked)
            case "com.atproto.sync.getBlob" if asked["cid"][0] in self.blobs:
                return Answer(body=self.blobs[asked["cid"][0]], mime="image/png")
        return failed("MethodNotImplemented", 501)

    def _shown(self, name: str) -> list[str]:
        uris: list[str] = self.lists.get(name, {}).get("posts", [])
        return uris

    def view(self, uri: str) -> Json:
        """Give a post as the AppView shows it."""
        did = uri.removeprefix("at://").partition("/")[0]
        count = sum(each.get("reply", {}).get("parent", {}).get("uri") == uri for each in self._all)
        base: Json = {
            "uri": uri,
            "cid": "bafy",
            "author": self.profiles[did],
            "record": self.records[uri],
            "replyCount": count,
            "labels": [],
        }
        return base | self.views[uri]

    @property
    def _all(self) -> Iterable[Json]:
        return self.records.values()

    def _resolve(self, handle: str) -> Answer:
        for profile in self.profiles.values():
            if profile["handle"] == handle:
                return Answer({"did": profile["did"]})
        return failed("InvalidRequest", message="Unable to resolve handle")

    def _profile(self, actor: str) -> Answer:
        for profile in self.profiles.values():
            if actor in {profile["did"], profile["handle"]}:
                return Answer(profile)
        return failed("InvalidRequest", message="Profile not found")

    def _document(self, did: str) -> Answer:
        if did not in self.profiles:
            return Answer({"message": "DID not registered"}, status=404)
        service = {
            "id": "#atproto_pds",
            "type": "AtprotoPersonalDataServer",
            "serviceEndpoint": f"{self.pds}/",
        }
        handle = self.profiles[did]["handle"]
        return Answer({"id": did, "alsoKnownAs": [f"at://{handle}"], "service": [service]})

    def _thread(self, uri: str, height: int) -> Answer:
        if uri not in self.records:
            return failed("NotFound", message=f"Post not found: {uri}")
        top = self._below(uri, self.depth)
        node, above = top, self._parent(uri)
        for _ in range(height):
            if above is None:
                break
            if above not in self.records:
                node["parent"] = {
                    "$type": "app.bsky.feed.defs#notFoundPost",
                    "uri": above,
                    "notFound": True,
                }
                break
            node["parent"] = self._node(above)
            node, above = node["parent"], self._parent(above)
        answer: Json = {"thread": top}
        if self.hidden or self.allow is not None:
            rules = {} if self.allow is None else {"allow": self.allow}
            answer["threadgate"] = {"record": rules | {"hiddenReplies": self.hidden}}
        return Answer(answer)

    def _parent(self, uri: str) -> str | None:
        reply = self.records[uri].get("reply")
        return reply["parent"]["uri"] if reply else None

    def _node(self, uri: str) -> Json:
        return {"$type": "app.bsky.feed.defs#threadViewPost", "post": self.view(uri)}

    def _below(self, uri: str, depth: int) -> Json:
        node = self._node(uri)
        if depth > 0:
            below = [
                each
                for each in self.records
                if self._parent(each) == uri and each not in self.hidden
            ]
            node["replies"] = [self._below(each, depth - 1) for each in reversed(below)]
        return node

    def _listed(self, did: str) -> list[str]:
        own = [uri for uri in self.records if uri.startswith(f"at://{did}/")]
        return sorted(own, reverse=True)

    def _list(self, asked: dict[str, list[str]]) -> Answer:
        page, cursor = self._page(self._listed(asked["repo"][0]), asked)
        records = [{"uri": uri, "cid": "bafy", "value": self.records[uri]} for uri in page]
        return Answer({"records": records} | cursor)

    def _feed(self, asked: dict[str, list[str]]) -> Answer:
        page, cursor = self._page(self._listed(asked["actor"][0]), asked)
        return Answer({"feed": [self._entry(uri) for uri in page]} | cursor)

    def _entry(self, uri: str) -> Json:
        reply = self.records[uri].get("reply")
        entry: Json = {"post": self.view(uri)}
        if reply and reply["root"]["uri"] in self.records:
            entry["reply"] = {"root": self.view(reply["root"]["uri"])}
        return entry

    def _page(self, uris: list[str], asked: dict[str, list[str]]) -> tuple[list[str], Json]:
        start = int(asked.get("cursor", ["0"])[0])
        end = start + self.page
        return uris[start:end], {"cursor": str(end)} if end < len(uris) else {}

    def _record(self, asked: dict[str, list[str]]) -> Answer:
        did = asked["repo"][0]
        uri = f"at://{did}/{asked['collection'][0]}/{asked['rkey'][0]}"
        if asked["collection"][0] == "app.bsky.actor.profile" and did in self.profiles:
            return Answer({"uri": uri, "cid": "bafy", "value": self._own_profile(did)})
        if uri not in self.records:
            return failed("RecordNotFound", message=f"Could not locate record: {uri}")
        return Answer({"uri": uri, "cid": "bafy", "value": self.records[uri]})

    def _own_profile(self, did: str) -> Json:
        profile = self.profiles[did]
        values = [{"val": each["val"]} for each in profile.get("labels", []) if each["src"] == did]
        return {"displayName": profile.get("displayName", ""), "labels": {"values": values}}

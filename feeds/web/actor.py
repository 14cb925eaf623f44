"""Who is this archive to ActivityPub servers? The actor whose key signs its requests."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

PATH = "/actor"
NAME = "archiver"

_ACTIVITY = "application/activity+json"
_STREAMS = "https://www.w3.org/ns/activitystreams"
_KEEP = "public, max-age=300"


@dataclass(frozen=True, slots=True)
class Actor:
    """
    An actor that only reads: it follows nobody, posts nothing and takes nothing in.

    Attributes:
        base_url: publish.base_url, without a slash at its end.
        title: publish.title.
        public_key: PEM of the key that requests are signed with.

    Source: ActivityPub, 4.1; W3C Security Vocabulary (publicKey); RFC 7033 (WebFinger)
    """

    base_url: str
    title: str
    public_key: str

    @property
    def id(self) -> str:
        """Its address."""
        return f"{self.base_url}{PATH}"

    @property
    def key_id(self) -> str:
        """What `keyId` of a signature says."""
        return f"{self.id}#main-key"

    @property
    def handle(self) -> str:
        """Its name for WebFinger."""
        return f"{NAME}@{urlsplit(self.base_url).netloc}"

    def profile(self, request: Request) -> Response:
        """Answer with the actor and its public key."""
        return _answer(
            {
                "@context": [_STREAMS, "https://w3id.org/security/v1"],
                "id": self.id,
                "type": "Application",
                "preferredUsername": NAME,
                "name": self.title,
                "summary": "Reads public threads and archives them. It takes no messages.",
                "url": f"{self.base_url}/",
                "inbox": f"{self.id}/inbox",
                "outbox": f"{self.id}/outbox",
                "manuallyApprovesFollowers": True,
                "discoverable": False,
                "publicKey": {
                    "id": self.key_id,
                    "owner": self.id,
                    "publicKeyPem": self.public_key,
                },
            },
            _ACTIVITY,
        )

    def outbox(self, request: Request) -> Response:
        """Answer that it posts nothing."""
        return _answer(
            {
                "@context": _STREAMS,
                "id": f"{self.id}/outbox",
                "type": "OrderedCollection",
                "totalItems": 0,
                "orderedItems": [],
            },
            _ACTIVITY,
        )

    def finger(self, request: Request) -> Response:
        """Answer who stands behind a name (RFC 7033, 4.2)."""
        resource = request.query_params.get("resource")
        if resource is None:
            return _answer({"error": "resource is missing"}, "application/json", 400)
        if resource.lower() not in (f"acct:{self.handle}".lower(), self.id.lower()):
            return _answer({"error": "there is nobody of this name here"}, "application/json", 404)
        return _answer(
            {
                "subject": f"acct:{self.handle}",
                "aliases": [self.id],
                "links": [{"rel": "self", "type": _ACTIVITY, "href": self.id}],
            },
            "application/jrd+json",
        )


def _answer(value: object, mime: str, status: int = 200) -> Response:
    # RFC 7033, 5: answers may be read by scripts of other sites.
    headers = {"Cache-Control": _KEEP, "Access-Control-Allow-Origin": "*"}
    return JSONResponse(value, status, headers=headers, media_type=mime)

"""Which servers answer for Bluesky, and what do their answers and errors mean? (protocols 4)"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from archiver.core.richtext import web_address
from archiver.errors import AccessDenied, FetchError, NotFound, ParseError, RateLimited
from archiver.models import Exchange, FetchRequest
from archiver.sources.answers import Answers, ask, failure, json_object, reduced
from archiver.sources.bluesky.urls import PLATFORM, AtUri, did_document, is_did, xrpc
from archiver.sources.fields import Fields

_ABSENT = frozenset({"NotFound", "RecordNotFound", "RepoNotFound", "ProfileNotFound"})
_WITHHELD = frozenset(
    {"AccountTakedown", "AccountDeactivated", "RepoTakendown", "RepoSuspended", "RepoDeactivated"}
)
_BY_NAME = ("the handle", "the account")  # a name that nobody has is an invalid request
_DID_BYTES = 4_096
T = TypeVar("T")


class Withheld(AccessDenied):
    """An account was taken down or deactivated: no other server is asked for it."""


@dataclass(frozen=True, slots=True)
class Servers:
    """
    The AppView, the directory of DIDs, and by them the server of each repository.

    Attributes:
        appview: Base URL of what shows posts to visitors.
        plc: Base URL of the directory.
        answers: What was said so far; what was not asked yet raises Missing.
    """

    appview: str
    plc: str
    answers: Answers

    def query(self, method: str, *asked: tuple[str, str], subject: str) -> Fields:
        """
        Ask the AppView.

        Raises:
            Missing: If it must be asked first.
            NotFound: Also for the answers of status 400 that mean it.
            Withheld: If the account was taken down or deactivated.
            FetchError: If it cannot be read otherwise.
            ParseError: If it is not what is documented.
        """
        return self._read(xrpc(self.appview, method, *asked), subject)

    def ask(self, server: str, method: str, *asked: tuple[str, str], subject: str) -> Fields:
        """Ask another server of the network. Raises as `query`."""
        return self._read(xrpc(server, method, *asked), subject)

    def did_of(self, actor: str) -> str:
        """
        Give the DID of a handle, or of a DID itself.

        Where the AppView does not say, the handle's own host is asked, and believed if the DID
        names the handle, too.

        Raises:
            FetchError: As `query`; the AppView's error, if nobody knows.
            ParseError: As `query`.
        """
        if is_did(actor):
            return actor
        method, asked = "com.atproto.identity.resolveHandle", ("handle", actor)
        try:
            found = self.query(method, asked, subject="the handle")
            did = found.text("did")
            return did if is_did(did) else found.refuse("did", "a DID")
        except RateLimited:
            raise
        except (FetchError, ParseError):
            own = self._said_by_its_host(actor)
            if own is None:
                raise
            return own

    def document(self, did: str) -> Fields | None:
        """Give the DID document; None if it cannot be read."""
        url = did_document(did, self.plc)
        if url is None:
            return None
        try:
            return self._read(url, "the DID document")
        except (FetchError, ParseError):
            return None

    def home(self, did: str) -> str | None:
        """Give the server of a repository; None if nobody names one."""
        return home_of(self.document(did))

    def record(self, server: str, uri: AtUri) -> Fields | None:
        """
        Ask a repository for a record.

        Returns:
            The entry with its `value`; None if the repository itself says that there is none.

        Raises:
            FetchError: If it says something else: that is no deletion.
            ParseError: If the answer is not what is documented.
        """
        answer = self.answers.get(record_request(server, uri))
        if error_of(answer) == "RecordNotFound":
            return None
        return json_object(answer, platform=PLATFORM, subject="the record")

    def _said_by_its_host(self, handle: str) -> str | None:
        """Source: AT Protocol, handle resolution by HTTPS; both directions must agree."""
        url = f"https://{handle}/.well-known/atproto-did"
        accept = (("Accept", "text/plain"),)
        answer = self.answers.get(FetchRequest(url, headers=accept, keep_bytes=_DID_BYTES))
        if failure(answer, subject="the handle") is not None:
            return None
        did = answer.body.decode("utf-8", "replace").strip()
        if not is_did(did):
            return None
        return did if handle_of(self.document(did)).lower() == handle else None

    def through(self, url: str, reader: Callable[[Exchange], T], *, subject: str) -> T:
        """
        Ask for an address and read the answer once, however many rounds follow.

        Args:
            reader: A function of a module; see `answers.reduced`.

        Raises:
            Missing, FetchError, ParseError: As `query`, and what the reader raises.
        """
        return reduced(self._answer(url, subject), reader)

    def _read(self, url: str, subject: str) -> Fields:
        answer = self._answer(url, subject)
        try:
            return reduced(answer, _object)
        except (FetchError, ParseError):
            return json_object(answer, platform=PLATFORM, subject=subject)  # says what was asked

    def _answer(self, url: str, subject: str) -> Exchange:
        """Give the answer to a query, unless it names an error."""
        answer = self.answers.get(ask(url))
        said = error_of(answer)
        if said in _ABSENT or (said == "InvalidRequest" and subject in _BY_NAME):
            raise not_there(url, subject, said, answer.status)
        if said in _WITHHELD:
            raise Withheld(
                f"{url}: {subject} is withheld ({said}); nothing counts as deleted",
                uri_r=url,
                status=answer.status,
            )
        return answer


def _object(answer: Exchange) -> Fields:
    return json_object(answer, platform=PLATFORM, subject="what was asked for")


def record_request(server: str, uri: AtUri) -> FetchRequest:
    """Make the request for one record of a repository."""
    asked = (("repo", uri.did), ("collection", uri.collection), ("rkey", uri.rkey))
    return ask(xrpc(server, "com.atproto.repo.getRecord", *asked))


def home_of(document: Fields | None) -> str | None:
    """Give the server of a repository, by the DID document; None if it names none."""
    try:
        services = document.objects("service") if document else ()
        for service in services:
            if service.words("type") == "AtprotoPersonalDataServer":
                address = web_address(service.words("serviceEndpoint"))
                return address.rstrip("/") if address else None
    except ParseError:
        return None
    return None


def handle_of(document: Fields | None) -> str:
    """Give the handle that a DID document names; empty if none."""
    try:
        names = document.texts("alsoKnownAs") if document else ()
    except ParseError:
        return ""
    return next((name[5:] for name in names if name.startswith("at://")), "")


def error_of(answer: Exchange) -> str:
    """Give the name of the error that a 4xx answer holds; empty if it holds none."""
    if answer.status is None or not 400 <= answer.status < 500 or answer.status == 429:
        return ""
    try:
        said = json.loads(answer.body)
    except (ValueError, RecursionError):
        return ""
    name = said.get("error") if isinstance(said, dict) else None
    return name if isinstance(name, str) else ""


def not_there(
    url: str, subject: str = "the post", said: str = "NotFound", status: int | None = None
) -> NotFound:
    """Make the error for what a server says is not there."""
    return NotFound(
        f"{url}: {subject} is not there ({said}): deleted, or the address is wrong",
        uri_r=url,
        status=status,
    )

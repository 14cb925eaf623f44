"""Does a request come from somebody who may see and do everything?"""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from starlette.requests import Request

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


@dataclass(frozen=True, slots=True)
class Token:
    """
    The secret of ARCHIVER_API_TOKEN; empty if there is none, and then nobody has it.

    It never stands in a text of ours.
    """

    secret: str = ""

    def __repr__(self) -> str:
        return "Token(…)"

    def shown_by(self, request: Request) -> bool:
        """
        Say whether a request shows it: `Authorization: Bearer …`. Takes the same time for any.

        Source: RFC 6750, 2.1
        """
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if not self.secret or scheme.lower() != "bearer":
            return False
        wanted = self.secret.encode("utf-8", "surrogateescape")
        return hmac.compare_digest(given.strip().encode("latin-1", "replace"), wanted)


def is_at_home(request: Request, base_url: str) -> bool:
    """
    Say whether a request comes from this machine itself, and was passed on by nobody.

    Behind a web server all requests come from this machine, and some pass them on without a word
    of whom they are from. So nobody is at home where readers are told of another address.

    Args:
        base_url: publish.base_url.
    """
    if not _is_this_machine(urlsplit(base_url).hostname or ""):
        return False
    if any(request.headers.get(name) for name in _FORWARDED):
        return False
    client = request.client.host if request.client else ""
    host = request.headers.get("host", "").rpartition(":")[0] or request.headers.get("host", "")
    return _is_loopback(client) and _is_this_machine(host.strip("[]"))


def address_of(request: Request, base_url: str) -> str:
    """
    Say whom a request comes from; empty if that cannot be told.

    It cannot where a web server stands in front that does not say whom it passes on.
    """
    client = request.client.host if request.client else ""
    is_ours = _is_this_machine(urlsplit(base_url).hostname or "")
    return client if is_ours or not _is_loopback(client) else ""


def _is_this_machine(host: str) -> bool:
    return host == "localhost" or _is_loopback(host)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False

"""Does a request come from somebody who may see and do everything?"""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass

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


def is_at_home(request: Request) -> bool:
    """
    Say whether a request comes from this machine itself, and was passed on by nobody.

    Behind a web server all requests come from this machine: those name whom they come from, or
    another host than it.
    """
    if any(request.headers.get(name) for name in _FORWARDED):
        return False
    client = request.client.host if request.client else ""
    host = request.headers.get("host", "").rpartition(":")[0] or request.headers.get("host", "")
    return _is_loopback(client) and (_is_loopback(host.strip("[]")) or host == "localhost")


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False

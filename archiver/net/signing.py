"""How is a request signed, so that servers in secure mode know who asks?"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from email.utils import format_datetime

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from archiver.core.urls import fetchable, without_fragment
from archiver.models import FetchRequest, Header


class Signer:
    """
    HTTP signatures with RSA-SHA256. A signature is no secret, and stands in the record.

    Source: draft-cavage-http-signatures-12; reference/protocols.md, 3.1
    """

    def __init__(self, key: rsa.RSAPrivateKey, key_id: str, *, with_query: bool = True) -> None:
        """
        Args:
            key: The private key.
            key_id: Address under which others find the public one.
            with_query: Whether the signed path has its query; servers differ in it.
        """
        self._key = key
        self._key_id = key_id
        self._with_query = with_query

    async def headers(self, request: FetchRequest, now: dt.datetime) -> tuple[Header, ...]:
        """Give Date and Signature, and for a request with a body its Digest."""
        host, target = _named(request.url)
        if not self._with_query:
            target = target.partition("?")[0]
        signed = [
            ("(request-target)", f"{request.method.lower()} {target}"),
            ("host", host),
            ("date", format_datetime(now.astimezone(dt.UTC), usegmt=True)),
        ]
        added: list[Header] = [("Date", signed[2][1])]
        if request.body:
            digest = base64.b64encode(hashlib.sha256(request.body).digest()).decode("ascii")
            signed.append(("digest", f"SHA-256={digest}"))
            added.append(("Digest", f"SHA-256={digest}"))
        return (*added, ("Signature", self._signature(signed)))

    def _signature(self, signed: list[tuple[str, str]]) -> str:
        text = "\n".join(f"{name}: {value}" for name, value in signed)
        made = self._key.sign(text.encode("utf-8"), padding.PKCS1v15(), hashes.SHA256())
        names = " ".join(name for name, _ in signed)
        signature = base64.b64encode(made).decode("ascii")
        return (
            f'keyId="{self._key_id}",algorithm="rsa-sha256",headers="{names}",'
            f'signature="{signature}"'
        )


def _named(url: str) -> tuple[str, str]:
    """Give the Host header and the target of a request line, as net.request writes them."""
    authority, slash, rest = without_fragment(fetchable(url)).partition("://")[2].partition("/")
    return authority, f"{slash}{rest}"

"""Since when did some bytes exist? Asks a time-stamping authority (RFC 3161), and checks it."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from rfc3161_client import (
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)
from rfc3161_client.base import HashAlgorithm

from archiver.errors import FetchError
from archiver.evidence.cms import in_order, signature_fault
from archiver.models import FetchRequest, Outcome
from archiver.ports import Fetcher

_MOST_BYTES = 262_144
_SHA256 = "2.16.840.1.101.3.4.2.1"
_GIVEN = (0, 1)  # granted, granted with changes (RFC 3161, 2.4.2)
_HASHES = {
    _SHA256: hashlib.sha256,
    "2.16.840.1.101.3.4.2.2": hashlib.sha384,
    "2.16.840.1.101.3.4.2.3": hashlib.sha512,
}


async def ask(fetcher: Fetcher, authority_url: str, message: bytes) -> bytes:
    """
    Ask an authority to stamp a message; only its sha256 is sent. The exchange is recorded.

    Returns:
        The answer as it came (DER TimeStampResp): granted, over this message, with our nonce and
        with the authority's certificate. Whether that is trusted is `token_faults`' matter.

    Raises:
        FetchError: If there is no such answer.

    Source: RFC 3161, 2.4 and 3.4
    """
    builder = TimestampRequestBuilder().data(message).hash_algorithm(HashAlgorithm.SHA256)
    request = builder.nonce(nonce=True).cert_request(cert_request=True).build()
    exchange = await fetcher.fetch(
        FetchRequest(
            authority_url,
            method="POST",
            headers=(
                ("Content-Type", "application/timestamp-query"),
                ("Accept", "application/timestamp-reply"),
            ),
            body=request.as_bytes(),
            keep_bytes=_MOST_BYTES,
            max_bytes=_MOST_BYTES,
        )
    )
    if exchange.outcome is not Outcome.OK or exchange.status != 200 or not exchange.whole:
        said = exchange.error or f"status {exchange.status}"
        raise FetchError(
            f"{authority_url}: gave no timestamp ({said}); evidence.timestamp_authority names it",
            uri_r=authority_url,
            status=exchange.status,
        )
    fault = _fault_of(exchange.body, message, request.nonce)
    if fault:
        raise FetchError(f"{authority_url}: gave no good timestamp: {fault}", uri_r=authority_url)
    return exchange.body


def token_faults(
    token: bytes, message: bytes, anchors: Sequence[x509.Certificate]
) -> tuple[str, ...]:
    """
    Say what is wrong with a timestamp; nothing if a trusted authority made it over this message.

    That it is whole and signed by the certificate in it is looked at first, and needs no anchor.

    Args:
        token: DER TimeStampResp.
        message: What was stamped.
        anchors: Root certificates that are trusted; with none, nothing is.
    """
    fault = _fault_of(token, message, None)
    if fault:
        return (fault,)
    if not anchors:
        return ("no trust anchor is given, so nobody vouches for the authority",)
    try:
        granted = _read(_as_granted(token))
        VerifierBuilder(roots=list(anchors)).build().verify_message(granted, message)
    except (VerificationError, ValueError) as err:
        return (f"no trusted authority made it ({str(err)[:160]})",)
    return ()


def stamped_at(token: bytes) -> dt.datetime:
    """Give the time that a timestamp says. Raises ValueError if it is none."""
    return _read(token).tst_info.gen_time


def is_made_by(token: bytes, certificate: x509.Certificate) -> bool:
    """Say whether a timestamp names this certificate as its signer's. Raises ValueError."""
    named = {(each.issuer, each.serial_number) for each in _read(token).signed_data.signer_infos}
    return named == {(certificate.issuer, certificate.serial_number)}


async def completed(
    signed: Mapping[str, str], fetcher: Fetcher, authority_url: str
) -> dict[str, str]:
    """
    Add to the signedData of a domain's owner when it was signed.

    The authority stamps the text of `signature`, as authsign has it.

    Raises:
        FetchError: As `ask` does.

    Source: wacz-auth 0.1.0, Domain-Ownership Identity + Signed Timestamp
    """
    token = await ask(fetcher, authority_url, signed["signature"].encode("ascii"))
    return dict(signed) | {
        "timeSignature": base64.b64encode(token).decode("ascii"),
        "timestampCert": chain_pem(token),
    }


def chain_pem(token: bytes) -> str:
    """Give the certificates in a timestamp as PEM, the authority's own first."""
    held = [x509.load_der_x509_certificate(each) for each in _read(token).signed_data.certificates]
    left = {each.subject: each for each in held}
    issuers = {each.issuer for each in held if each.issuer != each.subject}
    ordered = []
    at = next((each for each in held if each.subject not in issuers), None)
    while at is not None:
        ordered.append(left.pop(at.subject))
        at = left.get(at.issuer)
    pem = serialization.Encoding.PEM
    return "".join(each.public_bytes(pem).decode("ascii") for each in [*ordered, *left.values()])


def _fault_of(token: bytes, message: bytes, nonce: int | None) -> str:
    try:
        response = _read(token)
        if response.status not in _GIVEN:
            return f"it was refused with status {response.status}"
        imprint = response.tst_info.message_imprint
        made = _HASHES.get(imprint.hash_algorithm.dotted_string)
        given = response.tst_info.nonce
    except ValueError as err:
        return f"it is no timestamp ({str(err)[:120]})"
    if made is None:
        return f"its digest {imprint.hash_algorithm.dotted_string} is not known here"
    if imprint.message != made(message).digest():
        return "it is a timestamp of something else"
    if nonce is not None and given != nonce:
        return "it answers another question (its nonce is not ours)"
    return signature_fault(token, response.tst_info.gen_time)


def _as_granted(token: bytes) -> bytes:
    """
    Give a timestamp that was granted with changes as one that was granted: the library knows these.

    The status stands outside of what is signed; what was changed, the token itself tells.
    """
    at = _content_at(token, _content_at(token, 0))
    changed = token[at : at + 3] == b"\x02\x01\x01"
    return token[:at] + b"\x02\x01\x00" + token[at + 3 :] if changed else token


def _content_at(der: bytes, at: int) -> int:
    long_form, low = der[at + 1] & 0x80, der[at + 1] & 0x7F
    return at + 2 + (low if long_form else 0)


def _read(token: bytes) -> TimeStampResponse:
    return decode_timestamp_response(in_order(token))

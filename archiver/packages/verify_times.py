"""Since when did some bytes exist? Checks RFC 3161 tokens and OpenTimestamps proofs. Pure."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence

from cryptography import x509
from opentimestamps.core.notary import BitcoinBlockHeaderAttestation, PendingAttestation
from opentimestamps.core.op import OpSHA256
from opentimestamps.core.serialize import BytesDeserializationContext, DeserializationError
from opentimestamps.core.timestamp import DetachedTimestampFile
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response
from rfc3161_client.tsp import TimeStampResponse

_GRANTED = b"\x30\x03\x02\x01\x00"
_HASHES = {
    "2.16.840.1.101.3.4.2.1": hashlib.sha256,
    "2.16.840.1.101.3.4.2.2": hashlib.sha384,
    "2.16.840.1.101.3.4.2.3": hashlib.sha512,
}


def token_outcome(
    token: bytes, message: bytes, anchors: Sequence[x509.Certificate]
) -> tuple[list[str], list[str], dt.datetime | None]:
    """
    Check a timestamp.

    Args:
        token: DER, a whole answer of an authority or the token in it.
        message: What was stamped.
        anchors: Certificates that are trusted; with none, what holds without them is checked.

    Returns:
        Faults, notes, and the time it says, if it could be read.

    Source: RFC 3161, 2.4.2
    """
    try:
        response = _decoded(token)
        at = response.tst_info.gen_time
        imprint = response.tst_info.message_imprint
        made = _HASHES.get(imprint.hash_algorithm.dotted_string)
    except (ValueError, VerificationError) as exc:
        return [f"it is no timestamp ({str(exc)[:100]})"], [], None
    if made is None:
        return [f"its digest {imprint.hash_algorithm.dotted_string} is not known here"], [], at
    if imprint.message != made(message).digest():
        return ["it is a timestamp of something else"], [], at
    if not anchors:
        return [], [f"a timestamp of {at}; no authority is trusted here, so nobody vouches"], at
    builder = VerifierBuilder(roots=list(anchors))
    try:
        builder.build().verify_message(response, message)
    except (VerificationError, ValueError) as exc:
        return [f"no trusted authority made its timestamp ({str(exc)[:160]})"], [], at
    return [], [f"a trusted authority says that it existed at {at}"], at


def ots_outcome(proof: bytes, message: bytes) -> tuple[list[str], list[str]]:
    """
    Check an OpenTimestamps proof as far as that can be done without the blocks of Bitcoin.

    Returns:
        Faults, and notes.
    """
    try:
        found = DetachedTimestampFile.deserialize(BytesDeserializationContext(proof))
    except (DeserializationError, ValueError, RecursionError) as exc:
        return [f"it is no OpenTimestamps proof ({type(exc).__name__}: {str(exc)[:100]})"], []
    if not isinstance(found.file_hash_op, OpSHA256):
        return ["it is not made of a sha256"], []
    if found.file_digest != hashlib.sha256(message).digest():
        return ["it is a proof of something else"], []
    notes = []
    for digest, each in found.timestamp.all_attestations():
        if isinstance(each, BitcoinBlockHeaderAttestation):
            notes.append(
                f"the Merkle root of Bitcoin's block {each.height} must be {digest[::-1].hex()}; "
                "hold it against the block"
            )
        elif isinstance(each, PendingAttestation):
            notes.append(f"its proof is pending at {each.uri[:200]}")
    return [], notes or ["its proof names nobody who attests it"]


def _decoded(token: bytes) -> TimeStampResponse:
    try:
        return decode_timestamp_response(token)
    except ValueError:
        body = _GRANTED + token
        size = len(body).to_bytes(4).lstrip(b"\x00")
        return decode_timestamp_response(b"\x30" + bytes([0x80 | len(size)]) + size + body)

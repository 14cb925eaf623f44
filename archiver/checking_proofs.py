"""Who vouches for a package, since when, and what was done with it? Checked offline."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping, Sequence

from cryptography.x509 import Certificate, load_pem_x509_certificates

from archiver.evidence.custody_lines import chain_faults
from archiver.evidence.signing import signature_faults
from archiver.packages.verify_listing import DATAPACKAGE, DIGEST, json_object, parsed_time
from archiver.packages.verify_times import ots_outcome, token_outcome

_APART = dt.timedelta(minutes=10)


def proof_faults(
    datapackage: bytes,
    digest_file: bytes,
    proofs: tuple[bytes | None, bytes | None],
    anchors: Sequence[bytes],
    now: dt.datetime,
) -> Iterator[tuple[str, str]]:
    """
    Check datapackage-digest.json, its signature, and the proofs beside it.

    Args:
        proofs: The RFC 3161 timestamp and the OpenTimestamps proof; None where there is none.
        anchors: Certificates (PEM) of trusted timestamp authorities.

    Returns:
        The name of the file that a fault is about, and a phrase; with an empty name, a note.
    """
    try:
        said = json_object(digest_file)
    except ValueError as exc:
        yield DIGEST, str(exc)
        return
    held = f"sha256:{hashlib.sha256(datapackage).hexdigest()}"
    if said.get("path") != DATAPACKAGE:
        yield DIGEST, f"it is about {str(said.get('path'))[:80]!r}, and should be of {DATAPACKAGE}"
    if said.get("hash") != held:
        yield DIGEST, f"it says that {DATAPACKAGE} has {str(said.get('hash'))[:80]}, it has {held}"
    trusted = [each for pem in anchors for each in load_pem_x509_certificates(pem)]
    signed = said.get("signedData")
    if signed is None:
        yield "", "it is not signed: anybody may have made it"
    elif not isinstance(signed, dict):
        yield DIGEST, "its signedData is no object"
    else:
        yield from ((DIGEST, each) for each in signature_faults(signed, held))
        created = parsed_time(str(signed.get("created")))
        if created and created > now + _APART:
            yield DIGEST, f"its signature is dated {created}, which is yet to come"
        yield from _time_faults(signed, trusted)
        yield "", f"it is signed by {_named(signed)}; compare that with what its maker tells"
    token, ots = proofs
    if token is not None:
        faults, notes, _ = token_outcome(token, digest_file, trusted)
        yield from ((f"{DIGEST}.tsr", each) for each in faults)
        yield from (("", each) for each in notes)
    if ots is not None:
        faults, notes = ots_outcome(ots, digest_file)
        yield from ((f"{DIGEST}.ots", each) for each in faults)
        yield from (("", each) for each in notes)


def custody_faults(log: bytes, head: bytes | None) -> Iterator[str]:
    """
    Check a custody log: each line must hold the digest of the line before.

    Args:
        head: The digest of the newest line, as JSON; None if there is none.
    """
    lines = log.removesuffix(b"\n").split(b"\n") if log else []
    yield from chain_faults(lines)
    if not log.endswith(b"\n") and log:
        yield "its last line is torn"
    if head is None:
        return
    try:
        said = json_object(head)
    except ValueError as exc:
        yield f"its head.json cannot be read: {exc}"
        return
    newest = hashlib.sha256(lines[-1]).hexdigest() if lines else ""
    if str(said.get("head") or "").removeprefix("sha256:") != newest:
        yield f"its head is {str(said.get('head'))[:80]}, and its last line has sha256:{newest}"
    if "lines" in said and said["lines"] != len(lines):
        yield f"its head counts {str(said['lines'])[:20]} lines, and there are {len(lines)}"


def _time_faults(
    signed: Mapping[str, object], trusted: Sequence[Certificate]
) -> Iterator[tuple[str, str]]:
    """Check the timestamp of a signature by a domain: it is over the signature."""
    token, signature = signed.get("timeSignature"), signed.get("signature")
    if not isinstance(token, str) or not isinstance(signature, str):
        return
    try:
        raw = base64.b64decode(token, validate=True)
    except binascii.Error:
        yield DIGEST, "its timeSignature is not Base64"
        return
    for message in (signature.encode(), _decoded(signature)):
        faults, notes, at = token_outcome(raw, message, trusted)
        if faults != ["it is a timestamp of something else"]:
            break
    yield from ((DIGEST, f"timeSignature: {each}") for each in faults)
    yield from (("", each) for each in notes)
    created = parsed_time(str(signed.get("created")))
    if at and created and abs(at - created) > _APART:
        yield DIGEST, f"it says that it was signed at {created}, and its timestamp is of {at}"


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _named(signed: Mapping[str, object]) -> str:
    if isinstance(signed.get("domain"), str):
        return f"the domain {str(signed['domain'])[:253]}"
    return f"the key {str(signed.get('publicKey'))[:200]}"

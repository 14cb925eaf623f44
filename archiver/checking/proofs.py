"""Who vouches for a package, since when, and what was done with it? Checked offline."""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence

from cryptography.x509 import Certificate

from archiver.checking.anchors import Trusted, trusted
from archiver.checking.lines import lines_of
from archiver.evidence.calendars import proof_faults as ots_faults
from archiver.evidence.calendars import state_of
from archiver.evidence.custody_times import Times
from archiver.evidence.domain import chain_faults as certificate_faults
from archiver.evidence.domain import chain_of
from archiver.evidence.excerpt import MOST_LINE_BYTES, excerpt_faults
from archiver.evidence.signing import signature_faults
from archiver.evidence.timestamps import is_made_by, stamped_at, token_faults
from archiver.packages.manifest import CALENDARS, MANIFEST, TIMESTAMP, manifest_faults
from archiver.packages.verify_listing import (
    DATAPACKAGE,
    DIGEST,
    Listing,
    json_object,
    listing,
    parsed_time,
)

_APART = dt.timedelta(minutes=10)
_OURS = "thread-archiver"
_OTHER = "it is a timestamp of something else"


def proof_faults(
    datapackage: bytes, digest_file: bytes, believed: Trusted, now: dt.datetime
) -> Iterator[tuple[str, str]]:
    """
    Check datapackage-digest.json and its signature.

    Args:
        believed: Who is, for domains and for timestamps.

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
        yield from _unlike_list(signed, listing(datapackage))
        yield from _time_faults(signed, believed)
        yield "", f"it is signed by {_named(signed)}; compare that with what its maker tells"


def stamp_faults(
    manifest: bytes | None,
    token: bytes | None,
    ots: bytes | None,
    listed: Mapping[str, str],
    believed: Trusted,
) -> Iterator[tuple[str, str]]:
    """
    Check the manifest that is stamped, and the proofs of it.

    Args:
        manifest: All three are as they stand in the package; None for what is not there.
        listed: Path and digest of each file that datapackage.json lists.
        believed: Who is, for timestamps.

    Returns:
        As `proof_faults` does.
    """
    if manifest is None:
        for name, proof in ((TIMESTAMP, token), (CALENDARS, ots)):
            if proof is not None:
                yield name, f"it proves {MANIFEST}, which is not there"
        return
    yield from ((MANIFEST, each) for each in manifest_faults(manifest, listed))
    if token is not None:
        yield from _stamp_faults(TIMESTAMP, token, (manifest,), believed.time)
    if ots is not None:
        yield from _calendar_faults(CALENDARS, ots, manifest)


def believed(
    digest_file: bytes | None,
    manifest: bytes | None,
    token: bytes | None,
    anchors: Sequence[bytes],
) -> Trusted:
    """
    Say which anchors are asked of the timestamps of a package, and which of its domain.

    Args:
        digest_file: All three are as they stand in the package; None for what is not there.
        anchors: Certificates (PEM) that were given.
    """
    stamps = [(token, manifest)] if token is not None and manifest is not None else []
    try:
        signed = json_object(digest_file or b"").get("signedData")
        said = signed if isinstance(signed, dict) else {}
        signature, chain = str(said["signature"]), chain_of(str(said["domainCert"]))
        raw = base64.b64decode(str(said["timeSignature"]), validate=True)
        at = stamped_at(raw)
    except (ValueError, KeyError):
        return trusted(anchors, stamps, (), None)
    stamps += [(raw, signature.encode()), (raw, _decoded(signature))]
    return trusted(anchors, stamps, chain, at)


def _unlike_list(signed: Mapping[str, object], said: Listing) -> Iterator[tuple[str, str]]:
    """
    Hold what stands beside a signature against the list.

    The signature is made over the digest of the list alone, so only the list can bind them.
    Of software, that of others may name who signed and not who packed (authsign does).
    """
    created = str(signed.get("created"))[:40]
    if said.created and parsed_time(created) != parsed_time(said.created):
        yield DIGEST, f"its signature is dated {created}, and the list {said.created[:40]}"
    software = str(signed.get("software"))[:80]
    if said.software and software != said.software[:80]:
        is_ours = said.software.startswith(_OURS) or "publicKey" in signed
        what = f"its signature names the software {software}, and the list {said.software[:80]}"
        yield (DIGEST if is_ours else ""), what


def custody_faults(
    pieces: Iterable[bytes], head: bytes | None, now: dt.datetime
) -> Iterator[tuple[str, bool]]:
    """
    Check what a package tells of the custody log (`excerpt_faults`, `Times`).

    Args:
        pieces: The file in pieces of any length; read once, and never held whole.
        head: head.json; None if there is none.
        now: Current time, UTC-aware.

    Returns:
        Phrases, and whether each is a fault or a note.
    """
    said: Mapping[str, object] | None = None
    try:
        said = json_object(head) if head is not None else None
    except ValueError as exc:
        yield f"its head.json cannot be read: {exc}", True
    times = Times(now)
    lines = times.passing(lines_of(pieces, MOST_LINE_BYTES))
    yield from ((each, True) for each in excerpt_faults(lines, said))
    yield from ((each, True) for each in times.faults)
    yield from ((each, False) for each in times.notes)


def _stamp_faults(
    name: str, token: bytes, messages: tuple[bytes, ...], trusted: Sequence[Certificate]
) -> Iterator[tuple[str, str]]:
    """Check a timestamp of one of some messages; what holds without an anchor is checked too."""
    found = [token_faults(token, message, trusted) for message in messages]
    faults = min(found, key=lambda each: (_OTHER in each, len(each)))
    if not faults:
        yield "", f"a trusted authority says that it existed at {stamped_at(token)}"
    elif not trusted and _unvouched(faults):
        at = stamped_at(token)
        yield "", f"{name} is a timestamp of {at}; no authority is trusted here: give --anchor"
    else:
        yield from ((name, each) for each in faults)


def _unvouched(faults: Sequence[str]) -> bool:
    return len(faults) == 1 and faults[0].startswith("no trust anchor")


def _calendar_faults(name: str, ots: bytes, message: bytes) -> Iterator[tuple[str, str]]:
    faults = ots_faults(ots, hashlib.sha256(message).digest())
    yield from ((name, each) for each in faults)
    if faults:
        return
    state = state_of(ots)
    for height, root in state.blocks:
        what = f"block {height} of Bitcoin must have the Merkle root {root}: hold it against that"
        yield "", f"{name}: {what}"
    if not state.blocks:
        yield "", f"{name} is pending at {', '.join(state.pending)[:300]}: it proves no time yet"


def _time_faults(signed: Mapping[str, object], believed: Trusted) -> Iterator[tuple[str, str]]:
    """Check the timestamp over the signature of a domain, and whom its certificate leads to."""
    token, signature = signed.get("timeSignature"), signed.get("signature")
    if not isinstance(token, str) or not isinstance(signature, str):
        return
    try:
        raw = base64.b64decode(token, validate=True)
        at = stamped_at(raw)
        chain = chain_of(str(signed.get("domainCert")))
    except (binascii.Error, ValueError) as exc:
        yield DIGEST, f"its timeSignature or domainCert cannot be read ({str(exc)[:100]})"
        return
    messages = (signature.encode(), _decoded(signature))
    for name, phrase in _stamp_faults("timeSignature", raw, messages, believed.time):
        yield (DIGEST if name else ""), phrase
    yield from ((DIGEST, each) for each in _clock_faults(signed, raw))
    if believed.web:
        yield from ((DIGEST, each) for each in certificate_faults(chain, believed.web, at))
    else:
        yield "", "no trust anchor is given, so nobody vouches for the domain: give --anchor"
    created = parsed_time(str(signed.get("created")))
    if created and abs(at - created) > _APART:
        yield DIGEST, f"it says that it was signed at {created}, and its timestamp is of {at}"


def _clock_faults(signed: Mapping[str, object], token: bytes) -> Iterator[str]:
    """Hold timestampCert against the certificate that made the timestamp (wacz-auth 0.1.0)."""
    try:
        told = chain_of(str(signed.get("timestampCert")))
    except ValueError:
        yield "its timestampCert is no chain of certificates"
        return
    if not is_made_by(token, told[0]):
        yield "its timestampCert is not the certificate that made its timeSignature"


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _named(signed: Mapping[str, object]) -> str:
    if isinstance(signed.get("domain"), str):
        return f"the domain {str(signed['domain'])[:253]}"
    try:
        public = base64.b64decode(str(signed.get("publicKey")), validate=True)
    except binascii.Error:
        return "the key of nobody: it cannot be read"
    return f"the key with the fingerprint sha256:{hashlib.sha256(public).hexdigest()}"

"""How is the list of a WACZ signed, and is a signature good? (wacz-auth 0.1.0)"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import re
from collections.abc import Mapping

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from archiver.core.times import with_millis
from archiver.evidence.domain import DomainIdentity, chain_of, names_of
from archiver.evidence.keys import SigningKey

VERSION = "0.1.0"
_COMMON = frozenset({"hash", "created", "software", "version", "signature"})
_ANONYMOUS = _COMMON | {"publicKey"}
_DOMAIN = _COMMON | {"domain", "domainCert", "timeSignature", "timestampCert"}
_OPTIONAL = frozenset({"crossSignedCert"})
_CREATED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_MOST_CHARS = 200_000
_SHA256 = ec.ECDSA(hashes.SHA256())


def sign(digest: str, key: SigningKey, *, created: dt.datetime, software: str) -> dict[str, str]:
    """
    Make the signedData of a digest with the archive's own key: an anonymous signature.

    The signature is r and s side by side, as WebCrypto (so ReplayWeb.page) reads it.

    Args:
        digest: `sha256:<hex>` of datapackage.json; signed as this text.
        created: The `created` of that list, UTC-aware; written with milliseconds, as there.

    Source: wacz-auth 0.1.0, Anonymous Signature
    """
    der = key.private.sign(digest.encode("ascii"), _SHA256)
    r, s = utils.decode_dss_signature(der)
    size = (key.private.curve.key_size + 7) // 8
    signature = r.to_bytes(size, "big") + s.to_bytes(size, "big")
    return _signed(digest, created, software, signature) | {"publicKey": key.public}


def sign_for_domain(
    digest: str, identity: DomainIdentity, *, created: dt.datetime, software: str
) -> dict[str, str]:
    """
    Begin the signedData of a domain's owner; `timestamps.completed` adds what an authority says.

    The signature is DER, as authsign makes and reads it.

    Source: wacz-auth 0.1.0, Domain-Ownership Identity + Signed Timestamp
    """
    signature = identity.private.sign(digest.encode("ascii"), _SHA256)
    named = {"domain": identity.domain, "domainCert": identity.chain_pem}
    return _signed(digest, created, software, signature) | named


def signature_faults(signed: Mapping[str, object], digest: str) -> tuple[str, ...]:
    """
    Say what is wrong with a signedData object; nothing if the signature is good.

    Whose key it is, is not said by that: an anonymous key is known from elsewhere or not at all,
    and whether a domain's certificate leads to a trust anchor is `domain.chain_faults`' matter,
    the timestamp is `timestamps.time_faults`'.

    Args:
        signed: As read from datapackage-digest.json; anything at all.
        digest: `sha256:<hex>` of datapackage.json as it is.
    """
    faults = _shape_faults(signed)
    if faults:
        return faults
    if signed["hash"] != digest:
        return (f"signs {str(signed['hash'])[:80]}, but datapackage.json has {digest}",)
    if not _CREATED.fullmatch(str(signed["created"])):
        faults += (f"created is no time: {str(signed['created'])[:40]!r}",)
    key, fault = _key_of(signed)
    if key is None:
        return (*faults, fault)
    if not _holds(key, str(signed["signature"]), digest):
        faults += ("the signature was not made with this key over this digest",)
    return (*faults, *_cross_faults(signed, key))


def _signed(digest: str, created: dt.datetime, software: str, signature: bytes) -> dict[str, str]:
    return {
        "hash": digest,
        "created": with_millis(created),
        "software": software,
        "version": VERSION,
        "signature": base64.b64encode(signature).decode("ascii"),
    }


def _shape_faults(signed: Mapping[str, object]) -> tuple[str, ...]:
    wanted = _ANONYMOUS if "publicKey" in signed else _DOMAIN
    allowed = wanted if "publicKey" in signed else wanted | _OPTIONAL
    faults = [f"{name} is missing" for name in sorted(wanted - signed.keys())]
    strange = sorted(str(name)[:40] for name in signed.keys() - allowed)
    faults += [f"{name!r} does not belong there" for name in strange[:5]]
    for name in sorted(allowed & signed.keys()):
        value = signed[name]
        if not isinstance(value, str) or not value or len(value) > _MOST_CHARS:
            faults.append(f"{name} is no text of a sane length")
    return tuple(faults)


def _key_of(signed: Mapping[str, object]) -> tuple[ec.EllipticCurvePublicKey | None, str]:
    if "publicKey" in signed:
        try:
            spki = base64.b64decode(str(signed["publicKey"]), validate=True)
            key = serialization.load_der_public_key(spki)
        except (binascii.Error, ValueError, UnsupportedAlgorithm):
            return None, "publicKey is no public key"
        wrong = "publicKey is no ECDSA key"
    else:
        try:
            leaf = chain_of(str(signed["domainCert"]))[0]
            names = names_of(leaf)
            key = leaf.public_key()
        except (ValueError, UnsupportedAlgorithm):
            return None, "domainCert is no chain of certificates"
        if str(signed["domain"]).lower() not in names:
            named = ", ".join(sorted(names))[:120] or "nobody"
            return None, f"domainCert is of {named}, not of {str(signed['domain'])[:80]}"
        wrong = "domainCert holds no ECDSA key"
    return (key, "") if isinstance(key, ec.EllipticCurvePublicKey) else (None, wrong)


def _cross_faults(signed: Mapping[str, object], key: ec.EllipticCurvePublicKey) -> tuple[str, ...]:
    """Say whether another authority's certificate is of the same key and domain."""
    if "crossSignedCert" not in signed:
        return ()
    try:
        leaf = chain_of(str(signed["crossSignedCert"]))[0]
        same, names = leaf.public_key() == key, names_of(leaf)
    except (ValueError, UnsupportedAlgorithm):
        return ("crossSignedCert is no chain of certificates",)
    if not same:
        return ("crossSignedCert is of another key than domainCert",)
    if str(signed["domain"]).lower() not in names:
        return (f"crossSignedCert is not of {str(signed['domain'])[:80]}",)
    return ()


def _holds(key: ec.EllipticCurvePublicKey, signature: str, digest: str) -> bool:
    """Say whether a signature holds, as DER or as r and s side by side."""
    try:
        given = base64.b64decode(signature, validate=True)
    except binascii.Error:
        return False
    size = (key.curve.key_size + 7) // 8
    readings = [given]
    if len(given) == 2 * size:
        halves = int.from_bytes(given[:size], "big"), int.from_bytes(given[size:], "big")
        readings.append(utils.encode_dss_signature(*halves))
    for each in readings:
        try:
            key.verify(each, digest.encode("utf-8", "replace"), _SHA256)
        except InvalidSignature:
            continue
        return True
    return False

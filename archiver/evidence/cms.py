"""Did the certificate in a timestamp sign what it says? Needs no anchor. Pure; reads DER."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa

_SEQUENCE, _SET, _OCTETS, _OID = 0x30, 0x31, 0x04, 0x06
_OWN_0, _OWN_1 = 0xA0, 0xA1
_MOST_MEMBERS = 1_000

# Object identifiers, as their bytes.
_MESSAGE_DIGEST: Final = bytes.fromhex("2a864886f70d010904")
_RSA_PSS: Final = bytes.fromhex("2a864886f70d01010a")
_HASHES: Final[dict[bytes, hashes.HashAlgorithm]] = {
    bytes.fromhex(digits): made
    for made, several in (
        (hashes.SHA1(), ("2b0e03021a", "2a864886f70d010105", "2a8648ce3d0401")),
        (hashes.SHA256(), ("608648016503040201", "2a864886f70d01010b", "2a8648ce3d040302")),
        (hashes.SHA384(), ("608648016503040202", "2a864886f70d01010c", "2a8648ce3d040303")),
        (hashes.SHA512(), ("608648016503040203", "2a864886f70d01010d", "2a8648ce3d040304")),
    )
    for digits in several
}


@dataclass(frozen=True, slots=True)
class _Part:
    """A value: its tag, its content, and all its bytes."""

    tag: int
    content: bytes
    whole: bytes


@dataclass(frozen=True, slots=True)
class _Signed:
    """What a SignedData holds, as far as a timestamp needs it."""

    content: bytes
    certificates: tuple[x509.Certificate, ...]
    signers: tuple[_Part, ...]


def in_order(response: bytes) -> bytes:
    """
    Give a timestamp with its certificates and revocation lists in the order that DER wants.

    Many authorities write the signer's certificate first, and strict readers refuse that. Neither
    set is under a signature, so their order says nothing.

    Args:
        response: TimeStampResp.

    Returns:
        The same bytes if there is nothing to order, or if they cannot be read.

    Source: RFC 5652, 5.1; X.690, 11.6
    """
    try:
        status, token = _members(response)
        kind, wrapped = _members(token.whole)
        (signed,) = _within(wrapped, _OWN_0)
        parts = [
            _ordered(part) if part.tag in (_OWN_0, _OWN_1) else part.whole
            for part in _members(signed.whole)
        ]
    except ValueError:
        return response
    inner = _written(_OWN_0, _written(_SEQUENCE, b"".join(parts)))
    return _written(_SEQUENCE, status.whole + _written(_SEQUENCE, kind.whole + inner))


def signature_fault(response: bytes, at: dt.datetime) -> str:
    """
    Say why the signature of a timestamp does not hold; empty if its own certificate made it.

    Whether that certificate is to be believed is another question; for this no anchor is needed.
    A signature of a kind that is not known here passes.

    Args:
        response: TimeStampResp.
        at: The time it says, at which its certificate must have been valid.

    Source: RFC 5652, 5.4 and 5.6; RFC 3161, 2.4.2
    """
    try:
        signed = _signed(response)
        if len(signed.signers) != 1:
            return f"it has {len(signed.signers)} signatures, and should have one"
        return _signer_fault(signed, _members(signed.signers[0].whole), at)
    except (ValueError, x509.InvalidVersion) as err:
        return f"its signature cannot be read ({str(err)[:120]})"


def _signer_fault(signed: _Signed, parts: Sequence[_Part], at: dt.datetime) -> str:
    if len(parts) < 6 or parts[3].tag != _OWN_0:
        return "it has no signed attributes, without which it is no timestamp"
    _, who, digest, attributes, method, signature = parts[:6]
    by = next((each for each in signed.certificates if _is_of(each, who)), None)
    if by is None:
        return "it does not hold the certificate of who signed it"
    digested = _HASHES.get(_first_oid(digest))
    if digested is None:
        return ""
    held = hashlib.new(digested.name, signed.content).digest()
    if _attribute(attributes, _MESSAGE_DIGEST) != held:
        return "what it says was changed: its signature is over something else"
    chosen = _HASHES.get(_first_oid(method), digested)
    # Source: RFC 5652, 5.4: signed is a SET, whatever tag it stands under
    message = bytes([_SET]) + attributes.whole[1:]
    if not _holds(by, signature.content, message, chosen, pss=_first_oid(method) == _RSA_PSS):
        return "its signature is not by the certificate in it"
    if not by.not_valid_before_utc <= at <= by.not_valid_after_utc:
        valid = f"from {by.not_valid_before_utc} to {by.not_valid_after_utc}"
        return f"it says {at}, and its certificate is valid {valid}"
    return ""


def _holds(
    by: x509.Certificate,
    signature: bytes,
    message: bytes,
    chosen: hashes.HashAlgorithm,
    *,
    pss: bool,
) -> bool:
    try:
        key = by.public_key()
        if isinstance(key, rsa.RSAPublicKey):
            auto = padding.PSS(padding.MGF1(chosen), padding.PSS.AUTO)
            key.verify(signature, message, auto if pss else padding.PKCS1v15(), chosen)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(chosen))
        elif isinstance(key, (ed25519.Ed25519PublicKey, ed448.Ed448PublicKey)):
            key.verify(signature, message)
    except InvalidSignature:
        return False
    except UnsupportedAlgorithm:
        return True
    return True


def _signed(response: bytes) -> _Signed:
    _, token, *_ = _members(response)
    _, wrapped = _members(token.whole)
    (signed,) = _within(wrapped, _OWN_0)
    _, _, said, *rest = _members(signed.whole)
    _, explicit = _members(said.whole)
    (content,) = _within(explicit, _OWN_0)
    if content.tag != _OCTETS or not rest or rest[-1].tag != _SET:
        raise ValueError("its parts are not where they should be")
    return _Signed(
        content.content,
        tuple(
            x509.load_der_x509_certificate(each.whole)
            for part in rest
            if part.tag == _OWN_0
            for each in _parts(part.content)
            if each.tag == _SEQUENCE
        ),
        tuple(_parts(rest[-1].content)),
    )


def _is_of(certificate: x509.Certificate, who: _Part) -> bool:
    if who.tag == _SEQUENCE:
        issuer, number = _members(who.whole)
        serial = int.from_bytes(number.content, "big", signed=True)
        return (certificate.issuer.public_bytes(), certificate.serial_number) == (
            issuer.whole,
            serial,
        )
    try:
        held = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    except (x509.ExtensionNotFound, x509.DuplicateExtension):
        return False
    return held.value.digest == who.content


def _attribute(attributes: _Part, name: bytes) -> bytes:
    """Give the one value of a signed attribute; empty if it is not there just once."""
    found = [
        values.content
        for oid, values in (_members(each.whole) for each in _parts(attributes.content))
        if oid.content == name
    ]
    values = _parts(found[0]) if len(found) == 1 else []
    return values[0].content if len(values) == 1 else b""


def _first_oid(algorithm: _Part) -> bytes:
    return b"".join(each.content for each in _members(algorithm.whole)[:1] if each.tag == _OID)


def _ordered(part: _Part) -> bytes:
    return _written(part.tag, b"".join(sorted(each.whole for each in _parts(part.content))))


def _members(raw: bytes) -> list[_Part]:
    (found,) = _parts(raw)
    return _within(found, _SEQUENCE)


def _within(part: _Part, tag: int) -> list[_Part]:
    if part.tag != tag:
        raise ValueError(f"the tag {part.tag:#x} stands where {tag:#x} should")
    return _parts(part.content)


def _parts(raw: bytes) -> list[_Part]:
    """Read values that stand one behind the other. Raises ValueError if they are no DER."""
    found: list[_Part] = []
    at = 0
    while at < len(raw):
        if len(raw) - at < 2 or raw[at] & 0x1F == 0x1F or len(found) == _MOST_MEMBERS:
            raise ValueError("it is no DER as timestamps have it")
        size, begins = raw[at + 1], at + 2
        if size & 0x80:
            digits = size & 0x7F
            if not 1 <= digits <= 4:
                raise ValueError("a length in it is no DER")
            size = int.from_bytes(raw[begins : begins + digits], "big")
            begins += digits
        if begins + size > len(raw):
            raise ValueError("it ends early")
        found.append(_Part(raw[at], raw[begins : begins + size], raw[at : begins + size]))
        at = begins + size
    return found


def _written(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(digits)]) + digits + content

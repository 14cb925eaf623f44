"""Who signs for a domain? Its certificate and key, and the chain up to a trust anchor."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import (
    ClientVerifier,
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from archiver.errors import ConfigError

_MOST_CERTIFICATES = 12
_UNREADABLE = (x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)
_FOR_DOMAINS = frozenset(
    {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
)


@dataclass(frozen=True, slots=True)
class DomainIdentity:
    """A domain's private key, with its certificate chain as PEM, leaf first."""

    domain: str
    chain_pem: str
    private: ec.EllipticCurvePrivateKey


def load_identity(cert_file: Path, key_file: Path) -> DomainIdentity:
    """
    Read a domain's certificate chain and its key, as Let's Encrypt clients leave them.

    Raises:
        ConfigError: If a file cannot be read, or they are no ECDSA pair.
    """
    try:
        pem = cert_file.read_text(encoding="ascii")
        chain = chain_of(pem)
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
    except OSError as err:
        raise ConfigError(
            f"{err.filename}: cannot be read ({err.strerror}); evidence.domain_cert and "
            "evidence.domain_key name the files",
            key="evidence",
        ) from err
    except (ValueError, TypeError, UnsupportedAlgorithm) as err:
        raise ConfigError(
            f"{cert_file} and {key_file} are no PEM certificate chain and unencrypted key",
            key="evidence",
        ) from err
    names = sorted(names_of(chain[0]))
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not names:
        raise ConfigError(f"{key_file}: wacz-auth takes ECDSA keys of named domains only; "
                          "ask for a certificate with an ECDSA key", key="evidence")  # fmt: skip
    if chain[0].public_key() != key.public_key():
        raise ConfigError(f"{cert_file} is not the certificate of {key_file}", key="evidence")
    called = _subject(chain[0]).lower()
    return DomainIdentity(called if called in names else names[0], pem.strip() + "\n", key)


def chain_of(pem: str) -> tuple[x509.Certificate, ...]:
    """Read a chain, leaf first. Raises ValueError if it holds none, or too many."""
    try:
        chain = x509.load_pem_x509_certificates(pem.encode("ascii", "replace"))
        for each in chain[:_MOST_CERTIFICATES]:
            _ = each.subject, each.extensions  # read late by the library, and may be rubbish
    except _UNREADABLE as err:
        raise ValueError(str(err)) from err
    if not 0 < len(chain) <= _MOST_CERTIFICATES:
        raise ValueError(f"{len(chain)} certificates")
    return tuple(chain)


def names_of(certificate: x509.Certificate) -> frozenset[str]:
    """
    Give the domains that a certificate is for, lower case. Raises ValueError if it lies.

    What its subject is called counts only if it names no domains: authorities check the others.
    """
    try:
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        found = named.value.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        found = [_subject(certificate)]
    return frozenset(each.lower() for each in found if each)


def chain_faults(
    chain: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate], at: dt.datetime
) -> tuple[str, ...]:
    """
    Say why a chain does not lead to a trust anchor at a time; nothing if it does.

    The library follows it, with path lengths and constraints of names. The rules for extensions are
    those of RFC 5280, not the stricter ones of browsers: authorities of one house are trusted too.

    Args:
        chain: Leaf first; others may stand in any order, the anchor among them.
        anchors: Which are trusted.
        at: When it must have been valid, UTC-aware.

    Source: RFC 5280, 4.2 and 6.1
    """
    faults = [
        f"the certificate of {_told(each)} was not valid at {at:%Y-%m-%d %H:%M} UTC"
        for each in chain
        if not each.not_valid_before_utc <= at <= each.not_valid_after_utc
    ]
    if faults:
        return tuple(faults)
    if not anchors:
        return ("no trust anchor is given, so nobody vouches for the domain",)
    try:
        _verifier(anchors, at).verify(chain[0], list(chain[1:]))
    except (VerificationError, ValueError) as err:
        why = " ".join(str(err).split())[:200]
        return (f"the certificate of {_told(chain[0])} leads to no trust anchor ({why})",)
    return ()


def anchors_of(files: Sequence[Path]) -> tuple[x509.Certificate, ...]:
    """
    Read trust anchors from PEM files.

    Raises:
        ConfigError: If one cannot be read or holds no certificate.
    """
    found: list[x509.Certificate] = []
    for path in files:
        try:
            found += x509.load_pem_x509_certificates(path.read_bytes())
        except OSError as err:
            raise ConfigError(
                f"{path}: the trust anchors cannot be read ({err.strerror})", key="evidence.anchors"
            ) from err
        except ValueError as err:
            raise ConfigError(
                f"{path}: holds no certificates in PEM", key="evidence.anchors"
            ) from err
    return tuple(found)


def _verifier(anchors: Sequence[x509.Certificate], at: dt.datetime) -> ClientVerifier:
    # The library's verifier of clients takes a leaf without asking for one name; that of servers
    # would not take the names of wildcards.
    of_any = Criticality.AGNOSTIC
    permitted = ExtensionPolicy.permit_all().may_be_present(x509.ExtendedKeyUsage, of_any, _purpose)
    authorities = permitted.require_present(x509.BasicConstraints, of_any, _authority)
    authorities = authorities.may_be_present(x509.KeyUsage, of_any, _signs_certificates)
    leaves = permitted.require_present(x509.SubjectAlternativeName, of_any, None)
    leaves = leaves.may_be_present(x509.KeyUsage, of_any, _signs)
    policy = PolicyBuilder().store(Store(list(anchors))).time(at)
    policy = policy.extension_policies(ca_policy=authorities, ee_policy=leaves)
    return policy.build_client_verifier()


def _purpose(
    _policy: Policy, _certificate: x509.Certificate, usage: x509.ExtendedKeyUsage | None
) -> None:
    if usage is not None and _FOR_DOMAINS.isdisjoint(usage):
        raise ValueError("it is not for the servers of a domain")


def _authority(
    _policy: Policy, _certificate: x509.Certificate, constraints: x509.BasicConstraints
) -> None:
    if not constraints.ca:
        raise ValueError("it is of no authority")


def _signs_certificates(
    _policy: Policy, _certificate: x509.Certificate, usage: x509.KeyUsage | None
) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError("its key must not sign certificates")


def _signs(_policy: Policy, _certificate: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.digital_signature:
        raise ValueError("its key must not sign")


def _subject(certificate: x509.Certificate) -> str:
    named = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(named[0].value) if named else ""


def _told(certificate: x509.Certificate) -> str:
    return (_subject(certificate) or certificate.subject.rfc4514_string() or "nobody")[:120]

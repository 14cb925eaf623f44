"""Who signs for a domain? Its certificate and key, and the chain up to a trust anchor."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from archiver.errors import ConfigError

_MOST_CERTIFICATES = 12


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
    return DomainIdentity(_subject(chain[0]) or names[0], pem.strip() + "\n", key)


def chain_of(pem: str) -> tuple[x509.Certificate, ...]:
    """Read a chain, leaf first. Raises ValueError if it holds none, or too many."""
    chain = x509.load_pem_x509_certificates(pem.encode("ascii", "replace"))
    if not 0 < len(chain) <= _MOST_CERTIFICATES:
        raise ValueError(f"{len(chain)} certificates")
    return tuple(chain)


def names_of(certificate: x509.Certificate) -> frozenset[str]:
    """Give the domains that a certificate is for, lower case. Raises ValueError if it lies."""
    found = [_subject(certificate)]
    try:
        named = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
        found += named.value.get_values_for_type(x509.DNSName)
    except x509.ExtensionNotFound:
        pass
    return frozenset(each.lower() for each in found if each)


def chain_faults(
    chain: Sequence[x509.Certificate], anchors: Sequence[x509.Certificate], at: dt.datetime
) -> tuple[str, ...]:
    """
    Say why a chain does not lead to a trust anchor at a time; nothing if it does.

    Args:
        chain: Leaf first; the anchor itself may be its last.
        anchors: Which are trusted.
        at: When it must have been valid, UTC-aware.
    """
    faults = [
        f"the certificate of {_told(each)} was not valid at {at:%Y-%m-%d %H:%M} UTC"
        for each in chain
        if not each.not_valid_before_utc <= at <= each.not_valid_after_utc
    ]
    for lower, upper in itertools.pairwise(chain):
        if not _issued(upper, lower):
            faults.append(f"the certificate of {_told(lower)} was not issued by {_told(upper)}")
    last = chain[-1]
    if not any(last == anchor or _issued(anchor, last) for anchor in anchors):
        faults.append(f"the chain ends at {_told(last)}, which no trust anchor has issued")
    return tuple(faults)


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


def _issued(upper: x509.Certificate, lower: x509.Certificate) -> bool:
    try:
        authority = upper.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        lower.verify_directly_issued_by(upper)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return False
    return authority


def _subject(certificate: x509.Certificate) -> str:
    named = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(named[0].value) if named else ""


def _told(certificate: x509.Certificate) -> str:
    return (_subject(certificate) or certificate.subject.rfc4514_string() or "nobody")[:120]

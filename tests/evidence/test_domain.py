"""Does a domain's certificate lead to a trust anchor, by the rules of RFC 5280?"""

from __future__ import annotations

import base64
import datetime as dt
import warnings
from dataclasses import dataclass

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

from archiver.evidence.domain import chain_faults, chain_of, names_of

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
Extension = tuple[x509.ExtensionType, bool]


@dataclass(frozen=True)
class Made:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def made(name: str, issuer: Made | None, *extensions: Extension) -> Made:
    """Make a certificate; without an issuer it signs itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(
        issuer_name=subject if issuer is None else issuer.certificate.subject,
        subject_name=subject,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=NOW - dt.timedelta(days=1),
        not_valid_after=NOW + dt.timedelta(days=30),
    )
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical)
    signer = key if issuer is None else issuer.key
    return Made(builder.sign(signer, hashes.SHA256()), key)


def ca(length: int | None = None) -> Extension:
    """Make an authority of it."""
    return x509.BasicConstraints(True, length), True


def within(domain: str) -> Extension:
    """Let an authority speak for a domain only."""
    return x509.NameConstraints([x509.DNSName(domain)], None), True


def usage(*, signs: bool, certifies: bool) -> Extension:
    """Say what a key is for."""
    return x509.KeyUsage(signs, False, False, False, False, certifies, False, False, False), True


OF = (x509.SubjectAlternativeName([x509.DNSName("archive.example")]), False)
MAIL = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), False)
SERVER = (x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
ROOT = made("Root", None, ca())


def faults(*chain: Made, root: Made = ROOT, at: dt.datetime = NOW) -> tuple[str, ...]:
    """Follow a chain."""
    return chain_faults([each.certificate for each in chain], [root.certificate], at)


def test_good_chains_have_no_fault() -> None:
    """Short and long, with the anchor or without, of one house or as browsers want them."""
    between = made("Between", ROOT, ca(0), usage(signs=False, certifies=True), within("example"))
    leaf = made("archive.example", between, OF, SERVER, usage(signs=True, certifies=False))
    assert faults(made("x", ROOT, OF)) == ()
    assert faults(leaf, between) == ()
    assert faults(leaf, between, ROOT) == ()
    alone = made("x", None, OF)
    assert faults(alone, root=alone) == ()


BETWEEN: dict[str, tuple[Extension, ...]] = {
    "may not speak for the domain": (ca(), within("other.example")),
    "is no authority": ((x509.BasicConstraints(False, None), True),),
    "does not say that it is one": (),
    "must not sign certificates": (ca(), usage(signs=True, certifies=False)),
    "is for mail only": (ca(), MAIL),
}


@pytest.mark.parametrize("what", BETWEEN)
def test_authority_that_may_not_is_told(what: str) -> None:
    """What its own certificate does not allow, it cannot give."""
    between = made("Between", ROOT, *BETWEEN[what])
    assert "leads to no trust anchor" in faults(made("x", between, OF), between)[0]


def test_path_that_is_too_long_is_told() -> None:
    """An authority with a path length of nought makes leaves only; the anchor's counts too."""
    first = made("First", ROOT, ca(0))
    second = made("Second", first, ca())
    assert "path length" in faults(made("x", second, OF), second, first)[0]
    short = made("Short", None, ca(0))
    under = made("Under", short, ca())
    assert "path length" in faults(made("x", under, OF), under, root=short)[0]


@pytest.mark.parametrize(
    "extensions", [(OF, MAIL), (OF, usage(signs=False, certifies=False)), ()], ids=str
)
def test_leaf_for_something_else_is_told(extensions: tuple[Extension, ...]) -> None:
    """A certificate for mail, for no signatures, or of no domain does not speak for one."""
    assert "leads to no trust anchor" in faults(made("archive.example", ROOT, *extensions))[0]


def test_anchor_of_the_same_name_is_another() -> None:
    """Only its key says who an anchor is; and without one nobody vouches."""
    leaf = made("x", ROOT, OF)
    assert faults(leaf, root=made("Root", None, ca()))
    assert "no trust anchor is given" in chain_faults([leaf.certificate], [], NOW)[0]
    assert "was not valid at" in faults(leaf, at=NOW + dt.timedelta(days=90))[0]


@given(st.integers(0, 2_000), st.integers(1, 255))
def test_spoilt_certificate_is_a_value_error_at_most(at: int, other: int) -> None:
    """Whatever a byte of it was changed to, it is a chain that leads nowhere, or none."""
    leaf = made("x", ROOT, OF, SERVER).certificate
    der = bytearray(leaf.public_bytes(Encoding.DER))
    der[at % len(der)] ^= other
    body = base64.encodebytes(der).decode()
    pem = f"-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n"
    with warnings.catch_warnings(action="ignore"):  # the library's own about odd certificates
        try:
            chain = chain_of(pem)
        except ValueError:
            return
        assert isinstance(names_of(chain[0]), frozenset)
        # What stands outside of what the issuer signed says nothing: it may be anything.
        says = chain[0].tbs_certificate_bytes
        assert chain_faults(chain, [ROOT.certificate], NOW) or says == leaf.tbs_certificate_bytes


def test_subject_counts_only_without_names() -> None:
    """An authority looked at the names, and not at what the subject is called."""
    assert names_of(made("bank.example", ROOT, OF).certificate) == {"archive.example"}
    assert names_of(made("bank.example", ROOT).certificate) == {"bank.example"}

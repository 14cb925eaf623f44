"""Which key does this archive sign packages with? Made on first use, and kept."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from archiver import disk
from archiver.errors import StoreError

NAME = "signing.pem"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private ECDSA key on P-384, the curve that players of anonymously signed WACZs expect."""

    private: ec.EllipticCurvePrivateKey

    @property
    def public(self) -> str:
        """The public half: base64 of its SubjectPublicKeyInfo, as it stands in signedData."""
        return base64.b64encode(self._spki()).decode("ascii")

    @property
    def fingerprint(self) -> str:
        """`sha256:<hex>` of the public half, short enough to be read out or printed."""
        return f"sha256:{hashlib.sha256(self._spki()).hexdigest()}"

    def _spki(self) -> bytes:
        return self.private.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )


def key_path(data_dir: Path) -> Path:
    """Say where the key lies."""
    return data_dir / "keys" / NAME


def signing_key(data_dir: Path) -> SigningKey:
    """
    Give the key of an archive; make it if there is none.

    Processes that make it at the same time get the same one. Only its owner can read the file
    (mode 0600).

    Raises:
        StoreError: If it cannot be read or written, or the file holds no such key. It is never
            replaced then: signatures that were made with it could no more be told from others.
    """
    path = key_path(data_dir)
    try:
        if not path.exists():
            _make(path)
        held = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as err:
        raise StoreError(f"{path}: the key cannot be read or made ({err.strerror})") from err
    except (ValueError, TypeError, UnsupportedAlgorithm) as err:
        raise StoreError(
            f"{path}: holds no private key; restore it from a backup, or move it away: a new one "
            "is made then, under which earlier exports are not signed"
        ) from err
    if not isinstance(held, ec.EllipticCurvePrivateKey) or held.curve.name != "secp384r1":
        raise StoreError(f"{path}: holds no ECDSA key on P-384; restore it, or move it away")
    return SigningKey(held)


def _make(path: Path) -> None:
    """Make a key; where others make one at the same time, the first one stays."""
    pem = ec.generate_private_key(ec.SECP384R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    disk.put_once(path, pem)

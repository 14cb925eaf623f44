"""Which key does this archive sign with? Made on first use, and kept."""

from __future__ import annotations

from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from archiver import disk
from archiver.errors import StoreError

_BITS = 2048  # what all ActivityPub servers take
_LEAST_BITS = 2048


def own_key(path: Path) -> rsa.RSAPrivateKey:
    """
    Give the key in a file; make it if there is none.

    Processes that make it at the same time get the same one. The file is readable for its owner
    only (mode 0600).

    Raises:
        StoreError: If it cannot be read or written, or holds no RSA key.
    """
    try:
        if not path.exists():
            _make(path)
        held = serialization.load_pem_private_key(path.read_bytes(), password=None)
    except OSError as err:
        raise StoreError(f"{path}: the key cannot be read or made ({err.strerror})") from err
    except (ValueError, TypeError, UnsupportedAlgorithm) as err:
        raise StoreError(
            f"{path}: holds no RSA key; restore it from a backup, or remove it: a new one is made"
        ) from err
    if not isinstance(held, rsa.RSAPrivateKey) or held.key_size < _LEAST_BITS:
        raise StoreError(f"{path}: holds no RSA key of {_LEAST_BITS} bits or more; remove it")
    return held


def public_pem(key: rsa.RSAPrivateKey) -> str:
    """Give the public half as PEM (SubjectPublicKeyInfo), as actors publish it."""
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode("ascii")
    )


def _make(path: Path) -> None:
    """Make a key; where others make one at the same time, the first one stays."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    disk.put_once(path, pem)

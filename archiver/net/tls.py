"""Whom do we trust in TLS, and what did a TLS socket agree on?"""

from __future__ import annotations

import ssl

import httpx

from archiver.errors import ConfigError
from archiver.ports import TlsFacts


def trust(ca_file: str) -> ssl.SSLContext:
    """
    Make the context that all connections share: public authorities, HTTP/1.1 only.

    Args:
        ca_file: PEM file with more trust anchors; empty for none.

    Raises:
        ConfigError: If the file cannot be read or holds no certificate.
    """
    context = httpx.create_ssl_context(trust_env=False)
    context.set_alpn_protocols(["http/1.1"])
    if ca_file:
        try:
            context.load_verify_locations(cafile=ca_file)
        except (OSError, ssl.SSLError) as err:
            raise ConfigError(
                f"network.ca_file: {ca_file} is not a readable PEM file of certificates ({err})",
                key="network.ca_file",
            ) from err
    return context


def facts(socket: ssl.SSLObject | None) -> TlsFacts | None:
    """
    Read what a connection agreed on.

    Args:
        socket: The `ssl_object` of a transport; None if it does not speak TLS.

    Returns:
        Version, cipher and the chain as the server sent it; None without TLS.
    """
    if socket is None:
        return None
    cipher = socket.cipher()
    return TlsFacts(
        version=socket.version() or "",
        cipher=cipher[0] if cipher else "",
        chain=_chain(socket),
    )


def _chain(socket: ssl.SSLObject) -> tuple[bytes, ...]:
    if hasattr(socket, "get_unverified_chain"):  # public from Python 3.13 on
        return tuple(socket.get_unverified_chain())
    ask = getattr(getattr(socket, "_sslobj", None), "get_unverified_chain", None)
    if ask is not None:
        return tuple(ssl.PEM_cert_to_DER_cert(each.public_bytes()) for each in ask() or ())
    leaf = socket.getpeercert(binary_form=True)
    return (leaf,) if leaf else ()

"""What does it mean that no whole answer came? Turns library errors into outcomes and sentences."""

from __future__ import annotations

import errno
import socket

import aiohttp
from aiohttp.client_exceptions import ClientConnectorCertificateError, ClientConnectorDNSError

from archiver.models import Outcome


class Unsafe(OSError):
    """A socket was about to be connected to an address that the guard refuses."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address}, {reason}")
        self.address = address
        self.reason = reason


class Failure(Exception):
    """
    No answer came, or none that can be kept.

    Attributes:
        outcome: What to say of the URL.
        transient: Another attempt may fare better.
    """

    def __init__(self, outcome: Outcome, sentence: str, *, transient: bool = False) -> None:
        super().__init__(sentence)
        self.outcome = outcome
        self.transient = transient


def unsafe(host: str, err: Unsafe) -> Failure:
    """Say that the guard refused."""
    return Failure(
        Outcome.UNSAFE,
        f"{host} leads to {err}; only public addresses are connected to, "
        "and network.allow_private can name exceptions",
    )


def of_connect(host: str, err: aiohttp.ClientError | OSError | TimeoutError) -> Failure:
    """
    Say why no connection came about.

    Args:
        host: Host and port as the URL names them.
        err: What aiohttp raised.
    """
    if isinstance(err, ClientConnectorDNSError):
        return _dns(host, err.os_error)
    if isinstance(err, ClientConnectorCertificateError):
        reason = getattr(err.certificate_error, "verify_message", "") or err.certificate_error
        return Failure(Outcome.TLS_ERROR, f"{host}: its certificate is not valid ({reason})")
    if isinstance(err, aiohttp.ClientConnectorSSLError):
        reason = getattr(err.os_error, "reason", None) or err.os_error
        return Failure(Outcome.TLS_ERROR, f"{host}: TLS could not be agreed upon ({reason})")
    if isinstance(err, TimeoutError):
        return _late(host)
    if isinstance(err, aiohttp.InvalidURL):
        return Failure(Outcome.INVALID, f"{host}: is not the name of a host")
    if isinstance(err, aiohttp.ClientConnectorError):
        return _socket(host, err.os_error)
    return Failure(Outcome.REFUSED, f"{host} could not be reached ({err})", transient=True)


def _socket(host: str, err: OSError) -> Failure:
    if isinstance(err, Unsafe):
        return unsafe(host, err)
    if err.errno == errno.ETIMEDOUT:
        return _late(host)
    if err.errno == errno.ECONNREFUSED:
        return Failure(Outcome.REFUSED, f"{host} refused the connection", transient=True)
    return Failure(
        Outcome.REFUSED, f"{host} could not be connected to ({_plain(err)})", transient=True
    )


def _late(host: str) -> Failure:
    sentence = f"{host} did not accept a connection in time"
    return Failure(Outcome.TIMEOUT, sentence, transient=True)


def _dns(host: str, err: OSError) -> Failure:
    again = err.errno == socket.EAI_AGAIN
    why = "the name server gave no answer" if again else _plain(err)
    return Failure(Outcome.DNS_ERROR, f"{host}: its name was not found ({why})", transient=again)


def _plain(err: OSError) -> str:
    return err.strerror or str(err)

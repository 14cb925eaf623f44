"""What is said when no connection came about."""

from __future__ import annotations

import errno
import socket

import aiohttp
import pytest
from aiohttp.client_exceptions import ClientConnectorDNSError
from aiohttp.client_reqrep import ConnectionKey

from archiver.models import Outcome
from archiver.net.failures import of_connect

KEY = ConnectionKey("a.example", 80, False, True, None, None, None)


@pytest.mark.parametrize(
    ("number", "outcome", "said"),
    [
        (errno.ECONNREFUSED, Outcome.REFUSED, "a.example refused the connection"),
        (errno.ETIMEDOUT, Outcome.TIMEOUT, "a.example did not accept a connection in time"),
        (errno.EHOSTUNREACH, Outcome.REFUSED, "a.example could not be connected to (No route"),
    ],
)
def test_socket_errors_are_told_apart(number: int, outcome: Outcome, said: str) -> None:
    """Each is worth another attempt, and says what happened."""
    cause = OSError(number, "No route to host")
    failure = of_connect("a.example", aiohttp.ClientConnectorError(KEY, cause))
    assert (failure.outcome, failure.transient) == (outcome, True)
    assert str(failure).startswith(said)


@pytest.mark.parametrize(
    ("number", "again"), [(socket.EAI_AGAIN, True), (socket.EAI_NONAME, False)]
)
def test_name_server_without_an_answer_is_asked_again(number: int, again: bool) -> None:
    """A name that does not exist is final."""
    failure = of_connect("a.example", ClientConnectorDNSError(KEY, socket.gaierror(number, "no")))
    assert (failure.outcome, failure.transient) == (Outcome.DNS_ERROR, again)


def test_other_troubles_are_refusals() -> None:
    """What the library cannot name is said in its words."""
    failure = of_connect("a.example", aiohttp.ClientConnectionError("odd"))
    assert (failure.outcome, str(failure)) == (
        Outcome.REFUSED,
        "a.example could not be reached (odd)",
    )

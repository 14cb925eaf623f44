"""What holds for every test: only loopback is reached, Hypothesis is the same everywhere."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("project", deadline=None, max_examples=60)
settings.load_profile("project")

_connect = socket.socket.connect
_connect_ex = socket.socket.connect_ex


def _only_loopback(address: Any) -> None:
    host = address[0] if isinstance(address, tuple) else None
    if host is None or host == "localhost" or ipaddress.ip_address(host).is_loopback:
        return
    raise AssertionError(f"a test tried to reach {address}; tests talk to loopback only")


@pytest.fixture(autouse=True, scope="session")
def _network_is_loopback() -> Iterator[None]:
    def connect(self: socket.socket, address: Any) -> None:
        _only_loopback(address)
        _connect(self, address)

    def connect_ex(self: socket.socket, address: Any) -> int:
        _only_loopback(address)
        return _connect_ex(self, address)

    with pytest.MonkeyPatch.context() as fence:
        fence.setattr(socket.socket, "connect", connect)
        fence.setattr(socket.socket, "connect_ex", connect_ex)
        yield

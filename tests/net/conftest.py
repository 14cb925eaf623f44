"""What the tests of the recorder's client share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from archiver.config import NetworkSettings
from archiver.net.client import Client
from tests.net.recorder import KeptRecords
from tests.net.serving import OddServer

MakeClient = Callable[..., Client]


@pytest.fixture
def records() -> KeptRecords:
    """Where the client under test records to."""
    return KeptRecords()


@pytest.fixture
async def make_client(tmp_path: Path, records: KeptRecords) -> AsyncIterator[MakeClient]:
    """Make clients that may reach the given servers, do not wait, and are closed in the end."""
    made: list[Client] = []

    async def no_wait(seconds: float) -> None:
        """Pass over a wait."""

    def make(*servers: OddServer, **network: object) -> Client:
        client = Client(
            NetworkSettings.model_validate(network),
            records,
            tmp_dir=tmp_path / "tmp",
            grants=frozenset(server.grant for server in servers),
            sleep=no_wait,
        )
        made.append(client)
        return client

    yield make
    for client in made:
        await client.aclose()

"""An authority and a calendar on loopback, and a recorder's client that reaches them."""

from __future__ import annotations

import asyncio
import datetime as dt
import shutil
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from opentimestamps.core.notary import BitcoinBlockHeaderAttestation, PendingAttestation
from opentimestamps.core.op import OpAppend, OpSHA256
from opentimestamps.core.serialize import BytesSerializationContext
from opentimestamps.core.timestamp import Timestamp

from archiver.config import NetworkSettings
from archiver.net.client import Client
from tests.net.recorder import KeptRecords

Answer = Callable[[str, bytes], tuple[str, bytes]]
"""Path and body of a request -> status line and body of the answer."""


@asynccontextmanager
async def served(answer: Answer) -> AsyncIterator[str]:
    """Answer on loopback; gives `http://ip:port`."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.decode().split("\r\n")
                sizes = [line for line in lines if line.lower().startswith("content-length:")]
                body = await reader.readexactly(int(sizes[0].split(":")[1]) if sizes else 0)
                status, said = await asyncio.to_thread(answer, lines[0].split(" ")[1], body)
                told = f"HTTP/1.1 {status}\r\nContent-Length: {len(said)}\r\n\r\n"
                writer.write(told.encode() + said)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@asynccontextmanager
async def recorder(tmp_path: Path, records: KeptRecords) -> AsyncIterator[Client]:
    """Give a client that may reach loopback and does not wait."""

    async def no_wait(seconds: float) -> None:
        """Pass over a wait."""

    settings = NetworkSettings(allow_private=("127.0.0.0/8",))
    client = Client(settings, records, tmp_dir=tmp_path / "tmp", sleep=no_wait)
    try:
        yield client
    finally:
        await client.aclose()


# About the height of the Bitcoin chain by now: a block that is far older proves nothing of today.
_SINCE = dt.datetime.now(dt.UTC) - dt.datetime(2024, 4, 20, tzinfo=dt.UTC)
HEIGHT = 840_000 + _SINCE // dt.timedelta(minutes=10)

_CONFIG = """
[ tsa ]
default_tsa = t
[ t ]
serial = serial
signer_cert = tsa.pem
signer_key = tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_chain = no
ess_cert_id_alg = sha256
[ eku ]
extendedKeyUsage = critical,timeStamping
[ ca ]
basicConstraints = critical,CA:TRUE
[ req ]
distinguished_name = dn
[ dn ]
"""


def openssl(folder: Path, *words: str, inp: bytes = b"") -> bytes:
    """Run openssl in a folder; skips the test where there is none."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not on this machine")
    done = subprocess.run(["openssl", *words], cwd=folder, input=inp, capture_output=True)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def make_authority(folder: Path, *, with_chain: bool = False) -> Answer:
    """
    Make an authority with `openssl ts`; its root is root.pem in the folder.

    With its chain, the signer's certificate stands first and the root second, as many send it.
    """
    folder.mkdir()
    chain = "certs = root.pem\ness_cert_id_chain = yes"
    config = _CONFIG.replace("ess_cert_id_chain = no", chain) if with_chain else _CONFIG
    (folder / "c").write_text(config)
    (folder / "serial").write_text("01\n")
    curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-config", "c")
    openssl(
        folder, "req", "-x509", *curve, "-keyout", "root.key", "-out", "root.pem",
        "-subj", "/CN=Root of time", "-days", "30", "-extensions", "ca",
    )  # fmt: skip
    openssl(folder, "req", *curve, "-keyout", "tsa.key", "-out", "tsa.csr", "-subj", "/CN=Clock")
    openssl(
        folder, "x509", "-req", "-in", "tsa.csr", "-CA", "root.pem", "-CAkey", "root.key",
        "-CAcreateserial", "-out", "tsa.pem", "-days", "20", "-extfile", "c", "-extensions", "eku",
    )  # fmt: skip

    def answer(path: str, body: bytes) -> tuple[str, bytes]:
        (folder / "q").write_bytes(body)
        made = openssl(folder, "ts", "-reply", "-config", "c", "-section", "t", "-queryfile", "q")
        return "200 OK", made

    return answer


@dataclass
class Calendar:
    """An OpenTimestamps calendar; `confirm` puts all that it took into a block."""

    taken: set[bytes] = field(default_factory=set)
    confirmed: bool = False
    url: str = ""
    header: bytes = b""

    def answer(self, path: str, body: bytes) -> tuple[str, bytes]:
        """Take a digest, or tell what became of it."""
        if path == "/digest":
            self.taken.add(body)
            stamp = Timestamp(body)
            stamp.attestations.add(PendingAttestation(self.url))
            return "200 OK", _bytes(stamp)
        commitment = bytes.fromhex(path.removeprefix("/timestamp/"))
        if not self.confirmed or commitment not in self.taken:
            return "404 Not Found", b"Pending confirmation in Bitcoin blockchain"
        stamp = Timestamp(commitment)
        root = stamp.ops.add(OpAppend(b"block")).ops.add(OpSHA256())
        root.attestations.add(BitcoinBlockHeaderAttestation(HEIGHT))
        return "200 OK", _bytes(stamp)


def _bytes(stamp: Timestamp) -> bytes:
    context = BytesSerializationContext()
    stamp.serialize(context)
    return bytes(context.getbytes())

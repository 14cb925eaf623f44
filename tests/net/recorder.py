"""A RecordWriter that keeps what it is given in memory."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

from archiver.errors import StoreError
from archiver.models import RecordRef, RecordType
from archiver.ports import RawExchange


@dataclass(slots=True)
class Kept:
    """One exchange as the writer was given it."""

    raw: RawExchange
    response: bytes

    @property
    def head(self) -> bytes:
        """The response head."""
        return self.response[: self.raw.head_bytes]

    @property
    def body(self) -> bytes:
        """The response body as framed."""
        return self.response[self.raw.head_bytes :]


@dataclass(slots=True)
class KeptRecords:
    """Implements ports.RecordWriter."""

    kept: list[Kept] = field(default_factory=list)
    broken: bool = False
    sizes_only: bool = False

    async def write_exchange(self, raw: RawExchange) -> RecordRef:
        """Keep one exchange."""
        with raw.response as file:
            if self.broken:
                raise StoreError("the disk is full")
            self.kept.append(Kept(raw, b"" if self.sizes_only else file.read()))
        return RecordRef(
            record_id=f"urn:uuid:{len(self.kept)}",
            type=RecordType.RESPONSE,
            url=raw.url,
            at=raw.at,
            mime=raw.mime,
            status=raw.status,
            digest=raw.payload_digest,
            filename="kept.warc.gz",
            offset=0,
            length=raw.response_bytes,
        )

    async def write_resource(self, url: str, at: dt.datetime, mime: str, body: bytes) -> RecordRef:
        """Not asked for by the client."""
        raise AssertionError("the client writes exchanges only")

    async def close(self) -> None:
        """Nothing is open."""

    @property
    def only(self) -> Kept:
        """The one exchange that was kept."""
        assert len(self.kept) == 1
        return self.kept[0]

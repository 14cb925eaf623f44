"""What crossed the socket in one exchange? Keeps it, hashes it, and says when it has ended."""

from __future__ import annotations

import hashlib
import io
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from archiver.net import framing
from archiver.net.framing import Body, Head

MAX_HEAD_BYTES = 262_144
"""Heads beyond this are cut, as browsers do."""

_ROLL_BYTES = 1_048_576


class Spool:
    """Bytes that are written once, and roll from memory to a nameless file when they are many."""

    __slots__ = ("_file", "_rolled", "_tmp_dir", "size")

    def __init__(self, tmp_dir: Path) -> None:
        self.size = 0
        self._tmp_dir = tmp_dir
        self._file: BinaryIO = io.BytesIO()
        self._rolled = False

    def write(self, piece: bytes) -> None:
        """Keep a piece. Raises OSError if the disk does not take it."""
        self.size += len(piece)
        self._file.write(piece)
        if not self._rolled and self.size > _ROLL_BYTES:
            self._roll()

    def file(self) -> BinaryIO:
        """
        Give all of it as a file that stands at its start; whoever takes it closes it.

        Raises:
            OSError: If the disk does not take the last of it.
        """
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        """Let go of everything; a full disk is no matter then."""
        with suppress(OSError):
            self._file.close()

    def _roll(self) -> None:
        rolled = tempfile.TemporaryFile(dir=self._tmp_dir)  # noqa: SIM115 - see close
        self._file.seek(0)
        rolled.write(self._file.read())
        self._file, self._rolled = rolled, True


class Recording:
    """
    One answer on its way in: bytes as received, digests, and where it ends.

    Feed it until `over`. Interim answers (1xx) are not part of the block; `interim` counts them.

    Attributes:
        head: The final head; None until it is whole.
        truncated: WARC-Truncated reason, if the end is missing.
        fault: A sentence why the bytes are not the HTTP that they should be.
        excess: Bytes followed that belong to no answer of ours.
        whole_kept: `kept()` is all of the payload.
    """

    __slots__ = (
        "_block",
        "_block_hash",
        "_body",
        "_keep_left",
        "_kept",
        "_method",
        "_payload_hash",
        "_room",
        "_waiting",
        "excess",
        "fault",
        "head",
        "interim",
        "over",
        "payload_bytes",
        "truncated",
        "whole_kept",
    )

    def __init__(self, method: str, *, tmp_dir: Path, max_bytes: int, keep_bytes: int) -> None:
        """
        Begin.

        Args:
            method: Of the request; HEAD has no body.
            tmp_dir: Where large answers wait.
            max_bytes: Payload bytes at which the recording stops.
            keep_bytes: Payload bytes kept in memory for the asker.
        """
        self.head: Head | None = None
        self.truncated: str | None = None
        self.fault = ""
        self.interim = 0
        self.excess = False
        self.over = False
        self.payload_bytes = 0
        self._kept: bytes | bytearray = b""
        self.whole_kept = True
        self._method = method
        self._room = max_bytes
        self._keep_left = keep_bytes
        self._block = Spool(tmp_dir)
        self._block_hash = hashlib.sha256()
        self._payload_hash = hashlib.sha256()
        self._waiting = b""
        self._body: Body | None = None

    @property
    def started(self) -> bool:
        """True once anything came."""
        return self.head is not None or bool(self._waiting) or self.interim > 0

    @property
    def block_bytes(self) -> int:
        """Length of the block so far."""
        return self._block.size

    @property
    def chunked(self) -> bool:
        """The body is framed in chunks."""
        return self._body is not None and self._body.chunked

    @property
    def reusable(self) -> bool:
        """The connection may carry another exchange."""
        if self.head is None or self._body is None or self.truncated or self.excess:
            return False
        return self._body.done and framing.keeps_alive(self.head, self._body)

    def feed(self, piece: bytes) -> bool:
        """
        Take the next bytes of the connection.

        Returns:
            True once the recording is over.

        Raises:
            OSError: If the bytes cannot be kept.
        """
        if self.head is None:
            piece = self._feed_head(piece)
        if self._body is None or self.over:
            return self.over
        if piece and not self._body.done:
            piece = self._feed_body(self._body, piece)
        if self._body.done:
            self.excess = bool(piece)
            self.over = True
        return self.over

    def end(self, *, broken: bool = False) -> None:
        """
        The connection ended; decide whether the answer did.

        Args:
            broken: It was reset or failed, so that even an answer without a length has no end.
        """
        if self.over:
            return
        if self._body is None:
            self._cut_head("disconnect")
        elif broken or self._body.expects_more:
            self.truncated = "disconnect"
        self.over = True

    def cut(self, reason: str) -> None:
        """Stop here, with a WARC-Truncated reason."""
        if self.over:
            return
        if self._body is None:
            self._cut_head(reason)
        self.truncated = reason
        self.over = True

    def file(self) -> BinaryIO:
        """Give the block as a file; whoever takes it closes it."""
        return self._block.file()

    def kept(self) -> bytes:
        """Give the payload, content coding kept, up to `keep_bytes` of the asker."""
        return bytes(self._kept)

    def close(self) -> None:
        """Let go of everything; for a recording that nobody wants."""
        self._block.close()

    def block_digest(self) -> str:
        """`sha256:<hex>` of the block."""
        return f"sha256:{self._block_hash.hexdigest()}"

    def payload_digest(self) -> str:
        """`sha256:<hex>` of the payload: transfer coding removed, content coding kept."""
        return f"sha256:{self._payload_hash.hexdigest()}"

    def _feed_head(self, piece: bytes) -> bytes:
        """Take the head, passing over interim ones; give what follows it."""
        searched = len(self._waiting)
        waiting = self._waiting + piece if searched else piece
        self._waiting = b""
        while (end := framing.head_end(waiting, searched)) >= 0:
            raw, waiting = waiting[:end], waiting[end:]
            searched = 0
            try:
                head = framing.parse_head(raw)
            except framing.NotHttp as err:
                self._give_up(str(err))
                return b""
            if 100 <= head.status < 200 and head.status != 101:
                self.interim += 1
                continue
            self._begin_body(head)
            return waiting
        self._waiting = waiting
        if len(waiting) > MAX_HEAD_BYTES:
            self.cut("length")
        elif len(waiting) >= 5 and not waiting.startswith(b"HTTP/"):
            self._give_up(f"it begins with {waiting[:24]!r}, which is not HTTP/1")
        return b""

    def _begin_body(self, head: Head) -> None:
        self.head = head
        self._body = framing.body_after(head, method=self._method)
        self._keep_block(head.raw)

    def _feed_body(self, body: Body, piece: bytes) -> bytes:
        taken = body.take(piece, self._room)
        self._keep_block(piece if taken.used == len(piece) else piece[: taken.used])
        if taken.payload:
            self._keep_payload(taken.payload)
        if taken.fault:
            self._give_up(taken.fault)
        elif taken.used < len(piece) and not body.done:
            self.cut("length")
        return piece[taken.used :]

    def _keep_block(self, piece: bytes) -> None:
        self._block.write(piece)
        self._block_hash.update(piece)

    def _keep_payload(self, piece: bytes) -> None:
        size = len(piece)
        self._payload_hash.update(piece)
        self.payload_bytes += size
        self._room -= size
        if size <= self._keep_left:
            self._keep_left -= size
            self._keep(piece)
        elif self.whole_kept:
            self._keep(piece[: self._keep_left])
            self._keep_left = 0
            self.whole_kept = False

    def _keep(self, piece: bytes) -> None:
        if not self._kept:
            self._kept = piece  # most answers come in one piece, which need not be copied
            return
        if isinstance(self._kept, bytes):
            self._kept = bytearray(self._kept)
        self._kept += piece

    def _cut_head(self, reason: str) -> None:
        """Keep a head that broke off, if so much as its status came."""
        raw = self._waiting
        try:
            self._begin_body(framing.parse_head(raw))
        except framing.NotHttp as err:
            self.fault = str(err) if b"\n" in raw else ""
        self.truncated = reason

    def _give_up(self, fault: str) -> None:
        self.fault = fault
        self.truncated = "unspecified"
        self.over = True

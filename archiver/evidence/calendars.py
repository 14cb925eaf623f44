"""Does the Bitcoin chain say since when some bytes exist? OpenTimestamps: stamp, upgrade, check."""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import secrets
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from opentimestamps.core.notary import BitcoinBlockHeaderAttestation, PendingAttestation
from opentimestamps.core.op import OpAppend, OpSHA256
from opentimestamps.core.serialize import (
    BytesDeserializationContext,
    BytesSerializationContext,
    DeserializationError,
)
from opentimestamps.core.timestamp import DetachedTimestampFile, Timestamp

from archiver.errors import FetchError
from archiver.models import FetchRequest, Outcome
from archiver.ports import Fetcher

_MOST_BYTES = 10_000
_MOST_PROOF = 1_000_000
_MOST_ASKED = 16
_NONCE_BYTES = 16
_HEADER_BYTES = 80
_BROKEN = (DeserializationError, ValueError, TypeError, OverflowError, RecursionError)
# Blocks whose time is known: each halving. Between them, and after the last, one came about every
# ten minutes, within three weeks of what that gives.
_KNOWN_BLOCKS = (
    (0, dt.datetime(2009, 1, 3, tzinfo=dt.UTC)),
    (210_000, dt.datetime(2012, 11, 28, tzinfo=dt.UTC)),
    (420_000, dt.datetime(2016, 7, 9, tzinfo=dt.UTC)),
    (630_000, dt.datetime(2020, 5, 11, tzinfo=dt.UTC)),
    (840_000, dt.datetime(2024, 4, 20, tzinfo=dt.UTC)),
)
_PER_BLOCK = dt.timedelta(minutes=10)
_INEXACT = dt.timedelta(days=60)
_DRIFT = 0.05
_ACCEPT = ("Accept", "application/vnd.opentimestamps.v1")


@dataclass(frozen=True, slots=True)
class ProofState:
    """
    What a proof names.

    Attributes:
        pending: Calendars that promised to have the digest attested.
        blocks: Heights of Bitcoin blocks, and the Merkle root that each must have, as explorers
            show it.
    """

    pending: tuple[str, ...]
    blocks: tuple[tuple[int, str], ...]


async def stamp(fetcher: Fetcher, calendar_urls: Sequence[str], digest: bytes) -> bytes:
    """
    Have a digest stamped by calendars; they see only a digest of it with random bytes.

    Args:
        calendar_urls: Each is asked; those that fail are passed over.
        digest: A sha256, 32 bytes.

    Returns:
        A pending proof (.ots) over a file with this sha256.

    Raises:
        FetchError: If no calendar took it.
    """
    root = Timestamp(digest)
    commitment = root.ops.add(OpAppend(secrets.token_bytes(_NONCE_BYTES))).ops.add(OpSHA256())
    said = []
    for url in calendar_urls:
        try:
            body = await _asked(fetcher, f"{url.rstrip('/')}/digest", body=commitment.msg)
            commitment.merge(_tree(body, commitment.msg))
        except FetchError as err:
            said.append(str(err))
        except _BROKEN as err:
            said.append(f"{url}: its answer is no timestamp ({str(err)[:100]})")
    if not commitment.attestations and not commitment.ops:
        raise FetchError(
            f"no calendar stamped it: {'; '.join(said) or 'none is configured'}",
            uri_r=calendar_urls[0] if calendar_urls else "",
        )
    return _written(root)


async def upgrade(fetcher: Fetcher, ots: bytes) -> bytes:
    """
    Ask the calendars that a proof names for what they know by now.

    Returns:
        The proof with all that came; the same bytes if nothing did.

    Raises:
        ValueError: If it is no proof.
    """
    root = _read(ots).timestamp
    pending = [
        (node, each)
        for node in _nodes(root)
        for each in sorted(node.attestations)
        if isinstance(each, PendingAttestation)
    ]
    for node, each in pending[:_MOST_ASKED]:
        try:
            url = f"{each.uri.rstrip('/')}/timestamp/{node.msg.hex()}"
            node.merge(_tree(await _asked(fetcher, url), node.msg))
        except (FetchError, *_BROKEN):
            continue  # it knows nothing yet, or cannot be reached: asked again another day
    return _written(root)


def proof_faults(
    ots: bytes, digest: bytes, headers: Mapping[int, bytes] | None = None
) -> tuple[str, ...]:
    """
    Say what is wrong with a proof; nothing if it leads from this digest to somebody who attests.

    Without block headers this ends before the last step: whether the block has the Merkle root
    that the proof leads to can only be seen in the Bitcoin chain. A pending proof is no fault.

    Args:
        ots: The proof.
        digest: The sha256 of what was stamped, 32 bytes.
        headers: Block headers by height, 80 bytes each, from a source that is trusted.
    """
    try:
        found = _read(ots)
    except ValueError as err:
        return (str(err),)
    if not isinstance(found.file_hash_op, OpSHA256) or found.file_digest != digest:
        return ("it is a proof of something else",)
    state = state_of(ots)
    if not state.pending and not state.blocks:
        return ("it names nobody who attests it",)
    faults = []
    for height, root in state.blocks if headers else ():
        header = headers.get(height) if headers else None
        if header is not None and (len(header) != _HEADER_BYTES or not _has_work(header)):
            faults.append(f"the header given of block {height} is none of Bitcoin's")
        elif header is not None and header[36:68][::-1].hex() != root:
            faults.append(f"block {height} has another Merkle root than the proof leads to")
    return tuple(faults)


def state_of(ots: bytes) -> ProofState:
    """Say what a proof names. Raises ValueError if it is none."""
    found = list(_read(ots).timestamp.all_attestations())
    pending = {each.uri for _, each in found if isinstance(each, PendingAttestation)}
    blocks = {
        (each.height, digest[::-1].hex())
        for digest, each in found
        if isinstance(each, BitcoinBlockHeaderAttestation)
    }
    return ProofState(tuple(sorted(pending)), tuple(sorted(blocks)))


def block_faults(height: int, newest: dt.datetime | None, now: dt.datetime) -> Iterator[str]:
    """
    Say that a block cannot attest something: it is far older than that, or not there yet.

    When a block was made is only guessed from its height, to some months; whether it has the
    digest only the chain itself tells.

    Args:
        height: Of the block.
        newest: From when the newest is that it should attest, UTC-aware; None if it is not known.
        now: Current time, UTC-aware.
    """
    at, inexact = _made(height)
    if newest is not None and at is not None and at + inexact < newest:
        yield f"block {height} of Bitcoin was made about {at:%B %Y}, before what it should attest"
    if at is None or at - inexact > now:
        yield f"block {height} of Bitcoin is not there yet"


def _made(height: int) -> tuple[dt.datetime | None, dt.timedelta]:
    """Guess when a block was made, and how far that may be off; None if beyond all calendars."""
    begin, known = max(each for each in _KNOWN_BLOCKS if each[0] <= height)
    later = next((each for each in _KNOWN_BLOCKS if each[0] > height), None)
    try:
        if later is not None:
            share = (height - begin) / (later[0] - begin)
            return known + share * (later[1] - known), _INEXACT
        passed = (height - begin) * _PER_BLOCK
        return known + passed, _INEXACT + passed * _DRIFT
    except OverflowError:
        return None, _INEXACT


async def _asked(fetcher: Fetcher, url: str, body: bytes = b"") -> bytes:
    exchange = await fetcher.fetch(
        FetchRequest(
            url,
            method="POST" if body else "GET",
            headers=(_ACCEPT, ("Content-Type", "application/octet-stream")) if body else (_ACCEPT,),
            body=body,
            keep_bytes=_MOST_BYTES,
            max_bytes=_MOST_BYTES,
        )
    )
    if exchange.outcome is not Outcome.OK or exchange.status != 200 or not exchange.whole:
        said = exchange.error or f"status {exchange.status}"
        raise FetchError(f"{url}: {said}", uri_r=url, status=exchange.status)
    return exchange.body


def _tree(body: bytes, message: bytes) -> Timestamp:
    context = BytesDeserializationContext(body)
    with _old_steps():
        tree = Timestamp.deserialize(context, message)
    context.assert_eof()
    return tree


def _nodes(root: Timestamp) -> list[Timestamp]:
    found = [root]
    for node in found:
        found.extend(node.ops.values())
    return found


def _read(ots: bytes) -> DetachedTimestampFile:
    if len(ots) > _MOST_PROOF:
        raise ValueError("it is too long for an OpenTimestamps proof")
    try:
        with _old_steps():
            return DetachedTimestampFile.deserialize(BytesDeserializationContext(ots))
    except _BROKEN as err:
        raise ValueError(f"it is no OpenTimestamps proof ({str(err)[:100]})") from err


@contextlib.contextmanager
def _old_steps() -> Iterator[None]:
    """Take steps that proofs may have and that the library would rather see go."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PendingDeprecationWarning)
        yield


def _written(root: Timestamp) -> bytes:
    context = BytesSerializationContext()
    DetachedTimestampFile(OpSHA256(), root).serialize(context)
    return bytes(context.getbytes())


def _has_work(header: bytes) -> bool:
    """Say whether a header's hash is as small as it says itself, so was dear to make."""
    bits = int.from_bytes(header[72:76], "little")
    exponent, mantissa = bits >> 24, bits & 0x7FFFFF
    target = mantissa << 8 * (exponent - 3) if exponent >= 3 else 0
    twice = hashlib.sha256(hashlib.sha256(header).digest()).digest()
    return 0 < target < 1 << 224 and int.from_bytes(twice, "little") <= target

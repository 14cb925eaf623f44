"""Do chunked framing and content coding come off, whatever a server sends?"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.core.coding import PIECE_BYTES, dechunked, decoded

bodies = st.one_of(
    st.binary(max_size=2_000),
    st.integers(1, 300_000).map(lambda count: bytes(count)),
)


def _raw_deflate(body: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(body) + packer.flush()


_ENCODERS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
    "identity": bytes,
    "": bytes,
}


def _cut(body: bytes, length: int) -> list[bytes]:
    return [body[at : at + length] for at in range(0, len(body), length)]


def _framed(parts: list[bytes], trailer: bytes = b"") -> bytes:
    chunks = b"".join(b"%x;a=b\r\n%b\r\n" % (len(part), part) for part in parts if part)
    return chunks + b"0\r\n" + trailer + b"\r\n"


def _until_error(pieces: Iterator[bytes]) -> tuple[bytes, str]:
    got = b""
    try:
        for piece in pieces:
            got += piece
    except ValueError as exc:
        return got, str(exc)
    return got, ""


@given(bodies, st.lists(st.sampled_from(sorted(_ENCODERS)), max_size=4), st.integers(1, 5_000))
def test_codings_come_off_in_reverse_order(body: bytes, names: list[str], length: int) -> None:
    """Whatever stack of known codings was applied, and however it is cut, the body comes back."""
    coded = body
    for name in names:
        coded = _ENCODERS[name](coded)
    pieces = list(decoded(_cut(coded, length), ", ".join(names)))
    assert b"".join(pieces) == body
    assert all(0 < len(piece) <= PIECE_BYTES for piece in pieces)


@given(bodies, st.integers(1, 5_000))
def test_raw_deflate_is_understood(body: bytes, length: int) -> None:
    """Servers that send deflate without its zlib wrapper are read too."""
    assert b"".join(decoded(_cut(_raw_deflate(body), length), "deflate")) == body


@given(st.lists(bodies, min_size=2, max_size=4), st.integers(1, 100))
def test_several_gzip_members_are_one_body(parts: list[bytes], length: int) -> None:
    """A gzip body may be many members (RFC 1952, 2.2)."""
    coded = b"".join(gzip.compress(part) for part in parts)
    assert b"".join(decoded(_cut(coded, length), "gzip")) == b"".join(parts)


@pytest.mark.parametrize("tail", [b"\x00", b"\x00" * 600, b"<!-- cached -->", b"\x1f"])
@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_what_follows_a_whole_stream_is_left_out(coding: str, tail: bytes) -> None:
    """Padding after the stream does no harm."""
    coded = _ENCODERS[coding](b"body") + tail
    for length in (1, 7, 10_000):
        assert b"".join(decoded(_cut(coded, length), coding)) == b"body"


def test_unknown_coding_is_passed_through() -> None:
    """Brotli stays brotli; a gzip around it comes off."""
    assert b"".join(decoded([b"\x0b\x02"], "br")) == b"\x0b\x02"
    assert b"".join(decoded([gzip.compress(b"\x0b\x02")], "br, gzip")) == b"\x0b\x02"
    assert b"".join(decoded([b"\x0b\x02"], "gzip, br")) == b"\x0b\x02"


def test_names_of_codings_ignore_case_and_blanks() -> None:
    """`GZip ,` is gzip."""
    assert b"".join(decoded([gzip.compress(b"x")], " GZip , ")) == b"x"


@pytest.mark.parametrize("coding", ["gzip", "deflate", "gzip, gzip"])
def test_empty_body_is_empty_in_every_coding(coding: str) -> None:
    """A 304 or an answer to HEAD carries the header without a body."""
    assert list(decoded([], coding)) == []
    assert list(decoded([b""], coding)) == []


@given(st.binary(min_size=1, max_size=3_000), st.data())
def test_torn_stream_gives_its_start_and_an_error(body: bytes, draw: st.DataObject) -> None:
    """What could be decoded is given before the error."""
    coded = gzip.compress(body)
    kept = draw.draw(st.integers(1, len(coded) - 1))
    got, error = _until_error(decoded([coded[:kept]], "gzip"))
    assert body.startswith(got)
    assert error


@given(st.binary(max_size=500), st.sampled_from(["gzip", "deflate", "deflate, gzip"]))
def test_garbage_never_does_worse_than_value_error(body: bytes, coding: str) -> None:
    """Bytes that are no such coding end in a body or a ValueError, nothing else."""
    _until_error(decoded(_cut(body, 7), coding))


def test_broken_checksum_is_an_error_after_the_body() -> None:
    """The whole body is given, then its CRC is found wrong."""
    coded = bytearray(gzip.compress(b"body"))
    coded[-8] ^= 1
    assert _until_error(decoded([bytes(coded)], "gzip")) == (
        b"body",
        "the content coding is broken: Error -3 while decompressing data: incorrect data check",
    )


@given(st.binary(min_size=1, max_size=3_000), st.data())
def test_fault_in_the_middle_gives_all_before_it(body: bytes, draw: st.DataObject) -> None:
    """A byte gone wrong costs nothing that stood before it."""
    stored = zlib.compressobj(0)
    coded = stored.compress(body) + stored.flush()
    fault = draw.draw(st.integers(7, len(coded) - 5))
    got, error = _until_error(decoded([coded[:fault], b"\xff" * 64], "deflate"))
    assert got.startswith(body[: fault - 7])
    assert error


def test_uncoded_bodies_are_cut_into_pieces() -> None:
    """Without a coding the bound holds as well."""
    assert [len(piece) for piece in decoded([bytes(150_000), b"", b"x"], "")] == [
        65536,
        65536,
        18928,
        1,
    ]


def test_bomb_can_be_stopped_after_one_piece() -> None:
    """A gigabyte behind two codings costs no more than the pieces taken."""
    packer = zlib.compressobj(9, wbits=31)
    zeros = bytes(1 << 20)
    once = b"".join(packer.compress(zeros) for _ in range(1_000)) + packer.flush()
    pieces = decoded([gzip.compress(once)], "gzip, gzip")
    assert len(next(pieces)) <= PIECE_BYTES


def test_too_many_codings_are_refused() -> None:
    """Five codings upon each other are an attack."""
    with pytest.raises(ValueError, match="5 content codings"):
        decoded([b""], "gzip, gzip, gzip, gzip, gzip")


@given(st.lists(st.binary(max_size=300), max_size=8), st.integers(1, 100))
def test_chunked_framing_comes_off(parts: list[bytes], length: int) -> None:
    """Extensions and trailers are left out; cuts do not matter."""
    wire = _framed(parts, b"Checksum: 1\r\n")
    pieces = list(dechunked(_cut(wire, length)))
    assert b"".join(pieces) == b"".join(parts)
    assert all(0 < len(piece) <= length for piece in pieces)


@given(st.lists(st.binary(min_size=1, max_size=50), max_size=5), st.data())
def test_truncated_chunks_give_what_arrived(parts: list[bytes], draw: st.DataObject) -> None:
    """A body that breaks off anywhere is the start of the body, without an error."""
    wire = _framed(parts)
    kept = draw.draw(st.integers(0, len(wire)))
    assert b"".join(parts).startswith(b"".join(dechunked([wire[:kept]])))


@pytest.mark.parametrize(
    "wire", [b"xyz\r\n", b"-1\r\nabc", b"0x3\r\nabc\r\n", b"\r\n", b"11111111111111111\r\n"]
)
def test_wrong_chunk_size_is_an_error(wire: bytes) -> None:
    """Only hex digits are a size."""
    got, error = _until_error(dechunked([b"2\r\nok\r\n" + wire]))
    assert got == b"ok"
    assert "is not the size of a chunk" in error


def test_chunk_longer_than_its_size_is_an_error() -> None:
    """The chunk must end where it says."""
    got, error = _until_error(dechunked([b"2\r\nokay\r\n0\r\n\r\n"]))
    assert (got, error) == (b"ok", "a chunk of 2 bytes is followed by b'ay', not by CRLF")


def test_endless_size_line_is_an_error() -> None:
    """A size line cannot fill the memory."""
    endless = (b"0" * 1_000 for _ in range(1_000_000))
    with pytest.raises(ValueError, match="size line of a chunk is over"):
        list(dechunked(endless))


def test_bare_line_feeds_are_understood() -> None:
    """Some servers end the size line with LF alone (RFC 9112, 2.2)."""
    assert b"".join(dechunked([b"2 \nok\n0\n\n"])) == b"ok"

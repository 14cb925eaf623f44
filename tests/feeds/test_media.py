"""Is a file known for what it is by its bytes?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feeds.media import BY_EXTENSION, kind_at, kind_of, path_of

DIGEST = "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    ("head", "extension"),
    [
        (b"\xff\xd8\xff\xe0\0\x10JFIF", ".jpg"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", ".png"),
        (b"GIF87a", ".gif"),
        (b"GIF89a", ".gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", ".webp"),
        (b"RIFF\0\0\0\0WAVEfmt ", ".wav"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avifmif1miaf", ".avif"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", ".avif"),
        (b"\0\0\0\x20ftypisom\0\0\2\0isomiso2avc1mp41", ".mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", ".mov"),
        (b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42", ".m4a"),
        (b"\x1a\x45\xdf\xa3\x01\0\0\0\0\0\0\x1fB\x86\x81\x01B\x82\x84webm", ".webm"),
        (b"OggS\0\2" + b"\0" * 20 + b"\1\x13OpusHead", ".ogg"),
        (b"OggS\0\2" + b"\0" * 20 + b"\1\x1e\x01vorbis", ".ogg"),
        (b"fLaC\0\0\0\x22", ".flac"),
        (b"ID3\x04\0", ".mp3"),
        (b"\xff\xfb\x90\x64", ".mp3"),
        (b"\xff\xf1\x50\x80", ".aac"),
    ],
)
def test_kinds_are_known_by_their_bytes(head: bytes, extension: str) -> None:
    """Each kind that pages show, and its published name."""
    kind = kind_of(head)
    assert kind is not None and kind.extension == extension
    assert path_of(DIGEST, kind) == f"media/{'ab' * 32}{extension}"
    assert kind_at(f"media/x{extension}") == kind


@pytest.mark.parametrize(
    "head",
    [
        b"", b"<svg xmlns='http://www.w3.org/2000/svg'>", b"<!doctype html>", b"%PDF-1.7", b"MZ",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", b"\x1a\x45\xdf\xa3matroska", b"RIFF\0\0\0\0AVI ",
        b"OggS" + b"\0" * 24 + b"\x80theora", b" \x89PNG\r\n\x1a\n",
    ],
)  # fmt: skip
def test_everything_else_is_not_shown(head: bytes) -> None:
    """Markup above all, and what browsers do not play."""
    assert kind_of(head) is None


@given(st.binary(max_size=600))
def test_any_bytes_are_judged(head: bytes) -> None:
    """Never an error; and never a kind without a name."""
    kind = kind_of(head)
    assert kind is None or BY_EXTENSION[kind.extension] == kind


@pytest.mark.parametrize("digest", [None, "", "sha1:x", "sha256:../../x", f"sha256:{'AB' * 32}"])
def test_only_our_digests_name_files(digest: str | None) -> None:
    """No path is made of anything else."""
    kind = kind_of(b"GIF89a")
    assert kind is not None and path_of(digest, kind) is None

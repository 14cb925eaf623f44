"""Are bytes read with the charset that a browser would choose?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.core import charset


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("é".encode(), ""),
        (b"\xe9 \x80", ""),
        ("é".encode("cp1252"), "text/html; charset=ISO-8859-1"),
        ("é".encode(), 'text/html; CHARSET="UTF-8"'),
        ("é".encode("utf-8-sig"), "text/html; charset=iso-8859-1"),
        ("é".encode("utf-16"), "text/html"),
        ("é".encode("utf-16-le"), "text/html; charset=utf-16le"),
        ("é".encode(), "text/html; charset=no-such-thing"),
        ("é".encode(), "text/html; charset="),
    ],
)
def test_charset_is_found(body: bytes, content_type: str) -> None:
    """A byte order mark wins over the header, the header over a guess."""
    assert charset.decoded(body, content_type) in ("é", "é €")


@pytest.mark.parametrize(
    "head",
    [
        '<meta charset="koi8-r">',
        "<META http-equiv=content-type content='text/html; charset=koi8-r'>",
        '<?xml version="1.0" encoding="koi8-r"?>',
    ],
)
def test_document_names_its_charset(head: str) -> None:
    """Without a header the document's own word counts."""
    assert charset.decoded((head + "мир").encode("koi8-r"), "text/html").endswith("мир")


def test_ascii_that_says_utf16_is_not() -> None:
    """A meta that can be read as ASCII cannot be right about UTF-16."""
    assert charset.decoded(b"<meta charset=utf-16>x\xc3\xa9").endswith("xé")


def test_cut_character_is_no_other_charset() -> None:
    """A body that was cut within its last character is still UTF-8."""
    assert charset.decoded("éé".encode()[:-1]) == "é\ufffd"


def test_header_may_name_nothing() -> None:
    """A Content-Type without charset names none."""
    assert charset.declared("text/css") is None
    assert charset.declared("text/css; charset=latin1") == "latin1"


@given(st.binary(), st.text())
def test_any_bytes_are_read(body: bytes, content_type: str) -> None:
    """No bytes and no header make the reading fail."""
    charset.decoded(body, content_type)
    charset.decoded(b"<meta charset='" + body, "text/html; charset=" + content_type)

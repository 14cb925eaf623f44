"""Is a dump of short links read, however it was written?"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.core import beacon

DUMP = b"""#FORMAT: BEACON
#PREFIX: http://bit.ly/
#HOMEPAGE: http://urlte.am/
#TIMESTAMP: 2014-05-01

AbC|http://news.example/story
aBc|http://news.example/?a=1|2
""".replace(b"\n", b"\r\n")


def pairs(dump: bytes) -> tuple[beacon.Header, list[tuple[bytes, bytes]]]:
    """Read a whole dump."""
    header, found = beacon.read(beacon.lines([dump]))
    return header, list(found)


def test_dump_with_a_header_is_read() -> None:
    """Codes keep their case, a target keeps its bars, Windows line ends go."""
    header, found = pairs(DUMP)
    assert (header.prefix, header.stamp) == (b"http://bit.ly/", "2014-05-01")
    assert found == [
        (b"AbC", b"http://news.example/story"),
        (b"aBc", b"http://news.example/?a=1|2"),
    ]


@pytest.mark.parametrize(
    "dump",
    [
        b"a|http://x.example/",
        b"\n\n\na|http://x.example/\n",
        b"\xef\xbb\xbfa|http://x.example/\r\n",
        b"# a remark\n#\n#: x\na|http://x.example/\n",
        b"nothing\na|http://x.example/\n|http://y.example/\nb|\n\n",
    ],
)
def test_older_dump_has_no_header(dump: bytes) -> None:
    """What is no pair is left out."""
    header, found = pairs(dump)
    assert header == beacon.Header()
    assert found == [(b"a", b"http://x.example/")]


@pytest.mark.parametrize(
    ("prefix", "code", "key"),
    [
        (b"http://bit.ly/", b"AbC", b"bit.ly/AbC"),
        (b"HTTPS://Bit.LY/", b"AbC", b"bit.ly/AbC"),
        (b"http://bit.ly:80/", b"AbC", b"bit.ly/AbC"),
        (b"http://x.example/{ID}/go", b"1", b"x.example/1/go"),
        (b"http://x.example/?", b"A", b"x.example/?A"),
        (b"", b"http://Is.GD/AbC", b"is.gd/AbC"),
        (b"http://bit.ly/", b"http://is.gd/AbC", b"is.gd/AbC"),
        (b"", b"is.gd/AbC", b"is.gd/AbC"),
    ],
)
def test_code_becomes_a_key(prefix: bytes, code: bytes, key: bytes) -> None:
    """The host does not have a case, the code does."""
    assert beacon.key_of(prefix, code) == key


def test_link_is_looked_up_as_asked_and_decoded() -> None:
    """Tables have letters where links have percent signs."""
    assert beacon.keys_of_link("http://bit.ly/AbC#top") == (b"bit.ly/AbC",)
    assert beacon.keys_of_link("http://bit.ly/%C3%A9") == (
        b"bit.ly/%C3%A9",
        "bit.ly/é".encode(),
    )


@pytest.mark.parametrize(
    ("raw", "text", "url"),
    [
        (b"http://x.example/a", "http://x.example/a", "http://x.example/a"),
        ("http://x.example/é".encode(), "http://x.example/é", "http://x.example/%C3%A9"),
        (b"http://x.example/\xe9?\x80", "http://x.example/é?€", "http://x.example/%E9?%80"),
        (b"http://x.example/\x81", "http://x.example/\x81", "http://x.example/%81"),
        (b"http://b\xfccher.example/", "http://bücher.example/", "http://xn--bcher-kva.example/"),
    ],
)
def test_target_is_decoded_for_people_and_asked_in_its_bytes(
    raw: bytes, text: str, url: str
) -> None:
    """A server is asked for the bytes that it gave out."""
    assert (beacon.text_of(raw), beacon.url_of(raw)) == (text, url)


@pytest.mark.parametrize(
    ("header", "raw", "target"),
    [
        (b"", b"http://x.example/", b"http://x.example/"),
        (b"http://x.example/", b"a", b"http://x.example/a"),
        (b"http://x.example/{ID}.html", b"a", b"http://x.example/a.html"),
        (b"http://x.example/", b"https://y.example/", b"https://y.example/"),
    ],
)
def test_header_may_hold_a_part_of_all_targets(header: bytes, raw: bytes, target: bytes) -> None:
    """BEACON lets a dump say it once."""
    assert beacon.target_of(header, raw) == target


@pytest.mark.parametrize(
    ("name", "folder", "host"),
    [
        ("bit.ly.txt.xz", "", "bit.ly"),
        ("tinyurl.com_2014-05.txt", "", "tinyurl.com"),
        ("goo.gl-2014.beacon.xz", "", "goo.gl"),
        ("po.st", "", "po.st"),
        ("my-links.co.uk-1.txt", "", "my-links.co.uk"),
        ("000000.txt.xz", "is.gd", "is.gd"),
        ("000000.txt.xz", "dumps", ""),
        ("notes.txt", "v1.2", ""),
        (".txt", "", ""),
    ],
)
def test_file_may_be_named_after_its_service(name: str, folder: str, host: str) -> None:
    """Old dumps say nowhere else of which service they are."""
    assert beacon.host_in_name(name, folder) == host


@given(st.lists(st.binary(max_size=30).filter(lambda each: b"\n" not in each)), st.integers(1, 9))
def test_lines_do_not_depend_on_the_pieces(written: list[bytes], length: int) -> None:
    """However the bytes come, the lines are the same."""
    whole = b"\n".join(written)
    pieces = [whole[at : at + length] for at in range(0, len(whole), length)]
    wanted = [line for line in whole.split(b"\n") if len(line) <= 12]
    if wanted and wanted[-1] == b"" and whole.endswith(b"\n"):
        wanted.pop()
    if whole == b"":
        wanted = []
    assert list(beacon.lines(pieces, longest=12)) == wanted


def test_endless_line_is_passed_over() -> None:
    """A line of a gigabyte costs no memory and hides nothing after it."""
    chunks = [b"a" * 1_000_000] * 1_000
    found = list(beacon.lines([*chunks, b"|b\nc|http://x.example/\n"]))
    assert found == [b"c|http://x.example/"]


@given(st.binary(max_size=300))
def test_no_bytes_break_the_reading(dump: bytes) -> None:
    """Whatever a dump holds, keys and targets come out or nothing does."""
    header, found = pairs(dump)
    for code, target in found:
        beacon.key_of(header.prefix, code)
        beacon.text_of(beacon.target_of(header.target, target))
        try:
            beacon.url_of(target)
        except ValueError as err:
            assert str(err)  # a sentence, whatever the bytes are

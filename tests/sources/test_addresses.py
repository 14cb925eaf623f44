"""Is a file of addresses told from the text of a thread, and read whole?"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver import seeds
from archiver.models import ListingObservation, ThreadObservation
from archiver.sources import addresses

AT = dt.datetime(2026, 11, 24, 9, 0, tzinfo=dt.UTC)
TALE = Path(__file__).with_name("scrolly_tale.txt")
A, B = "https://a.example/1", "https://b.example/2"


def read(text: str) -> ListingObservation | None:
    """Read a file."""
    return addresses.read(text, "seeds.txt", AT, ("urn:uuid:1",))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"{A}\n{B}\n", (A, B)),
        (f"\ufeff# ours\r\n\r\n  {A}  \r\n#{B}\r\n", (A,)),
        (f"{A}\n{A}\nHTTPS://A.example/1\n{B}", (A, B)),
        ("bsky.app/profile/icij.org\nbit.ly/3PFV01u", (
            "https://bsky.app/profile/icij.org", "https://bit.ly/3PFV01u")),
        ("at://did:plc:a/app.bsky.feed.post/1\nacct:desk@social.example", (
            "at://did:plc:a/app.bsky.feed.post/1", "acct:desk@social.example")),
        (f"name,URL\nDesk,{A}\n\"Bo, Inc\",{B}\n", (A, B)),
        (f"Link;tags\n{A};x\n{B};y\n", (A, B)),
        (f"desk\t{A}\nother\t{B}", (A, B)),
        (f'url\n"{A}"\n', (A,)),
        ("https://a.example/x,y;z?q=1,2", ("https://a.example/x,y;z?q=1,2",)),
        (f"url,note\n{A},\"two\nlines\"\n{B},", (A, B)),
    ],
)  # fmt: skip
def test_addresses_are_found(text: str, found: tuple[str, ...]) -> None:
    """Each once, in order, with its scheme."""
    seen = read(text)
    assert seen is not None
    assert (seen.thread_urls, seen.reason, seen.platform) == (found, "", "urls")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# only a comment",
        "Two years of records, read one by one.",
        f"Read this:\n{A}",
        f"{A}\nand more",
        f"{A} {B}",
        f"See {A}, and then {B}",
        "#XinjiangPoliceFiles\nWords.",
        "url,title\nno address,at all",
        "Hello\nthere",
        '"unclosed,\n',
        "a,b\nc,d",
        f"New, big\nRead, {A}",
    ],
)
def test_other_texts_are_no_addresses(text: str) -> None:
    """They are the text of a thread, or nothing."""
    assert read(text) is None


def test_text_of_a_thread_stays_one() -> None:
    """The first input of all: its lines hold links, and are none."""
    seen = seeds.parse_file(TALE.read_bytes(), "tale.txt", AT, ())
    assert isinstance(seen, ThreadObservation) and len(seen.posts) == 13


def test_bad_lines_are_named() -> None:
    """By their numbers; the others are taken."""
    seen = read(f"{A}\nftp://x.example/1\n\nhttp://\n{B}\n")
    assert seen is not None and seen.thread_urls == (A, B)
    assert seen.reason == "lines 2, 4 hold no address that can be asked for"
    table = read(f"url\n{A}\nhttp://u:p@x.example/\n")
    assert table is not None and table.reason.startswith("line 3 holds no address")
    many = read("\n".join([A, *["ftp://x/"] * 50]))
    assert many is not None and "9, 10, 11 … hold" in many.reason


def test_addresses_are_bounded() -> None:
    """A file of millions is taken up to a bound, and that is said."""
    seen = read("\n".join(f"https://a.example/{n}" for n in range(addresses.MAX_URLS + 5)))
    assert seen is not None and len(seen.thread_urls) == addresses.MAX_URLS
    assert seen.reason == "only the first 10,000 of its addresses are taken"


def test_utf_16_is_read() -> None:
    """As spreadsheets write it."""
    body = f"url\tname\n{A}\tÄ\n".encode("utf-16")
    seen = seeds.parse_file(body, "seeds.csv", AT, ())
    assert isinstance(seen, ListingObservation) and seen.thread_urls == (A,)


@given(
    st.lists(st.sampled_from([A, B, "#", "", "words", "url", ",", ";", "\t", '"', "\n", "ftp://x"]))
)
def test_any_file_is_read_or_left(parts: list[str]) -> None:
    """Never an error, and never an address that does not stand there."""
    seen = read("".join(parts))
    assert seen is None or all(url.startswith("https://") for url in seen.thread_urls)


@given(st.text(max_size=80))
def test_any_text_is_read_or_left(text: str) -> None:
    """Never an error."""
    read(text)

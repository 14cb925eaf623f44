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


def read(text: str, name: str = "seeds.txt") -> ListingObservation | None:
    """Read a file."""
    return addresses.read(text, name, AT, ("urn:uuid:1",))


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
        (f"Website URL,name\n{A},Desk\n{B},Other", (A, B)),
        (f"name,address\nDesk,{A}\nOther,{B}", (A, B)),
        (f"{A} # ours\n{B} #\n", (A, B)),
        (f"@desk@social.example\n{A}", ("acct:desk@social.example", A)),
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
        "#XinjiangPoliceFiles",
        "Two years of records, read one by one.",
        f"Read this:\n{A}",
        f"{A}\nand more",
        f"{A} {B}",
        f"See {A}, and then {B}",
        "#XinjiangPoliceFiles\nWords.",
        f"{A} #XinjiangPoliceFiles\n{B}",
        f"Link in bio\nWords\nMore words\n{A}",
        f"Read this:\n{A}\nand this:\n{B}",
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


@pytest.mark.parametrize(
    ("text", "found", "reason"),
    [
        (f"url\n{A}\nfoo bar\n", (A,), "line 3"),
        (f'name,url\n,{A}\nDesk\n"Bo\nInc",x y\n', (A,), "lines 3, 4"),
        (f"Desk,{A}\nfoo bar,\n{B},{A}\n", (A,), "line 2"),
        (f"Reading list\n{A}\n{B}\n", (A, B), ""),
        (f"see,{A}\nalso\tand,{B}", (A, B), ""),
        ("foo bar\n", (), "it holds no address"),
        ("# ours\n# theirs\n", (), "it holds no address"),
        ("url\n", (), "it holds no address"),
        ("", (), "it holds no address"),
    ],
)
def test_csv_is_always_a_list(text: str, found: tuple[str, ...], reason: str) -> None:
    """One bad row must not make a thread of it, which would be published."""
    seen = read(text, "Seeds.CSV")
    assert seen is not None and seen.thread_urls == found
    assert seen.reason.startswith(reason) and bool(seen.reason) == bool(reason)


@pytest.mark.parametrize(
    ("text", "found", "reason"),
    [
        (f"url\n{A}\nfoo bar\n", (A,), "line 3 holds"),
        ("url,title\nno address,at all", (), "line 2 holds"),
        ("Link;Tags\n", (), "it holds no address"),
        ("# ours\n\n#https://a.example/\n", (), "it holds no address"),
        (f"What we read\n{A}\n{B}\n", (A, B), "line 1 holds"),
        (f"{A}\n{B}\nfoo bar\n", (A, B), "line 3 holds"),
    ],
)
def test_text_that_is_a_list_stays_one(text: str, found: tuple[str, ...], reason: str) -> None:
    """By its header, its comments, or since all but a line is addresses."""
    seen = read(text)
    assert seen is not None and seen.thread_urls == found
    assert seen.reason.startswith(reason)


def test_wide_tables_are_read_in_time() -> None:
    """A header of very many cells costs no more than its length."""
    wide = ",".join(["link text of a"] * 50_000) + "\n" + f"{A}\n" * 20_000
    assert read(wide, "wide.csv") is not None
    assert read("a" + " " * 500_000 + "# b") is None


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

"""Are records, index keys and files named and spelled as others expect?"""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.models import RecordRef, RecordType
from archiver.warc.exchange import new_record_id
from archiver.warc.index import cdxj_line, read_lines, write_sorted
from archiver.warc.names import find_warc, index_path, timestamp17, warc_name
from archiver.warc.reader import parse_date
from archiver.warc.records import field_block, ip_text, record_head, warc_date
from archiver.warc.surt import surt
from tests.warc.capturing import AT

_UUID_4 = re.compile(
    r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
)
times = st.datetimes(min_value=dt.datetime(1990, 1, 1), timezones=st.just(dt.UTC))


@given(st.text())
def test_no_value_forges_a_field(value: str) -> None:
    """A value either stays on its line or is refused."""
    try:
        head = record_head((("WARC-Target-URI", value), ("Content-Length", "0")))
    except ValueError:
        assert not value.isprintable()
    else:
        assert head.decode().splitlines() == [
            "WARC/1.1",
            f"WARC-Target-URI: {value}",
            "Content-Length: 0",
            "",
        ]


@given(st.text())
def test_no_fact_forges_a_line(value: str) -> None:
    """Control characters in facts become blanks: a fact never costs a capture."""
    assert field_block((("fault", value),)).count(b"\n") == 1


def test_fact_needs_a_proper_name() -> None:
    """Names of facts are ours, so a wrong one is an error."""
    with pytest.raises(ValueError, match="name of a field"):
        field_block((("two words", "x"),))


@given(times)
def test_dates_are_read_as_written(at: dt.datetime) -> None:
    """WARC-Date keeps microseconds; the index keeps milliseconds."""
    assert parse_date(warc_date(at)) == at
    assert timestamp17(at) == at.strftime("%Y%m%d%H%M%S%f")[:17]


def test_other_zones_are_written_as_utc() -> None:
    """The same moment is the same text."""
    zone = dt.timezone(dt.timedelta(hours=2))
    assert warc_date(AT.astimezone(zone)) == "2026-11-24T09:30:00.123456Z"
    with pytest.raises(ValueError, match="without a zone"):
        warc_date(AT.replace(tzinfo=None))


@pytest.mark.parametrize(
    "text", ["2026-11-24", "2026-11-24T09:30:00+00:00", "x", "", "Z", "1.2.3Z"]
)
def test_what_is_no_warc_date_is_none(text: str) -> None:
    """Only UTC with a Z counts; a date alone does not."""
    assert parse_date(text) is None


def test_addresses_are_rfc_5952() -> None:
    """Zeros are shortened; what is no address is an error."""
    assert ip_text("2001:0DB8::0001") == "2001:db8::1"
    with pytest.raises(ValueError, match="does not appear"):
        ip_text("localhost")


def test_record_ids_are_random_uuids() -> None:
    """Version 4, RFC variant, never the same."""
    made = {new_record_id() for _ in range(1_000)}
    assert len(made) == 1_000
    assert all(_UUID_4.fullmatch(each) for each in made)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://example.com", "com,example)/"),
        ("https://www2.Example.com:443/", "com,example)/"),
        ("https://bit.ly/3PFV01u", "ly,bit)/3pfv01u"),
        ("http://example.com:8080/a/b/?", "com,example:8080)/a/b"),
        ("http://example.com/a//b/../c/", "com,example)/a/c"),
        ("http://u:p@example.com/%7Efoo/%2541?b=2&a=1&a=0&c", "com,example)/~foo/a?a=0&a=1&b=2&c"),
        ("https://bücher.example/ä?q=ä%20b", "example,xn--bcher-kva)/%c3%a4?q=%c3%a4%20b"),
        ("http://127.0.0.1:8123/x?y", "1,0,0,127:8123)/x?y"),
        ("http://[::1]:8080/x", "::1:8080)/x"),
        ("http://example.com/a b", "com,example)/a%20b"),
        ("urn:view:https://example.org/Foo/?b=1&a=2#x", "urn:view:https://example.org/foo?a=2&b=1"),
        ("https://[broken/ x", "https://[broken/%20x"),
        ("https://a..b/", "b,,a)/"),
        (f"https://{'a' * 70}.example/", f"example,{'a' * 70})/"),
        ("mailto:A@b.org", "mailto:a@b.org"),
        (
            "metadata://gnu.org/software/wget/warc/wget.log",
            "org,gnu)/software/wget/warc/wget.log",
        ),
        ("ftp://www.example.org:21/A/b/", "org,example:21)/a/b"),
        ("at://did:plc:abc/app.bsky.feed.post/1", "at://did:plc:abc/app.bsky.feed.post/1"),
    ],
)
def test_keys_are_those_that_replay_tools_look_up(url: str, key: str) -> None:
    """The keys agree with the `surt` package, which pywb uses."""
    assert surt(url) == key


@given(st.text(max_size=60) | st.text(max_size=40).map("https://example.org/".__add__))
def test_key_of_anything_is_one_word(url: str) -> None:
    """No blank or line end can get into an index line by its key."""
    assert len(surt(url).split()) <= 1


@given(st.text("abcABC012/._-?&=~", max_size=40))
def test_key_does_not_depend_on_case_scheme_or_www(rest: str) -> None:
    """Spellings of one address share a key."""
    plain = surt("http://example.org/" + rest)
    assert surt("HTTPS://WWW.Example.ORG/" + rest.upper()) == plain


def _ref(**more: object) -> RecordRef:
    given: dict[str, object] = {
        "record_id": "urn:uuid:1",
        "type": RecordType.RESPONSE,
        "url": "https://example.org/ä b",
        "at": AT,
        "mime": "text/html",
        "status": 404,
        "digest": "sha256:00",
        "filename": "a.warc.gz",
        "offset": 7,
        "length": 9,
    }
    return RecordRef(**(given | more))  # type: ignore[arg-type]  # checked by what follows


def test_index_line_is_read_back(tmp_path: Path) -> None:
    """What a line says of a record is what the record is."""
    path = tmp_path / "a.cdxj"
    write_sorted(path, [cdxj_line(_ref()).encode()])
    (line,) = read_lines(path)
    assert (line.key, line.timestamp) == ("org,example)/%c3%a4%20b", "20261124093000123")
    assert (line.url, line.digest, line.filename) == (_ref().url, "sha256:00", "a.warc.gz")
    assert (line.offset, line.length, line.fault) == (7, 9, "")


def test_index_is_sorted_by_bytes(tmp_path: Path) -> None:
    """Capitals before small letters, and nothing is left of the draft."""
    path = tmp_path / "a.cdxj"
    write_sorted(path, [b"b", b"a", b"\xc3\xa4", b"B"])
    assert path.read_bytes() == b"B\na\nb\n\xc3\xa4\n"
    assert [each.name for each in tmp_path.iterdir()] == ["a.cdxj"]


def test_revisit_is_named_as_replay_tools_know_it() -> None:
    """pywb looks for the media type warc/revisit."""
    assert '"mime": "warc/revisit"' in cdxj_line(_ref(type=RecordType.REVISIT))


def test_unknown_mime_and_status_are_not_made_up() -> None:
    """A resource has no status; an answer without a type says unk, as CDX does."""
    line = cdxj_line(_ref(type=RecordType.RESOURCE, mime="", status=None))
    assert '"mime": "unk"' in line
    assert "status" not in line


@pytest.mark.parametrize(
    "raw", [b"\n", b"a b\n", b"a b {\n", b"a b []\n", b"a b {}\n", b"\xff b {}\n", b'a b {"url"']
)
def test_wrong_index_lines_say_so(tmp_path: Path, raw: bytes) -> None:
    """Reading an index never fails on what stands in it."""
    path = tmp_path / "a.cdxj"
    path.write_bytes(b"!meta {}\n" + raw)
    (line,) = read_lines(path)
    assert line.number == 2
    assert line.fault


def test_files_are_named_alike_and_found_open_or_closed(tmp_path: Path) -> None:
    """A record names its file as it is called once closed; both states are found."""
    name = warc_name("archive", AT, 3, "00ff00ff")
    assert name == "archive-20261124093000123-00003-00ff00ff.warc.gz"
    assert find_warc(tmp_path, name) is None
    opened = tmp_path / (name + ".open")
    opened.touch()
    assert find_warc(tmp_path, name) == opened
    assert index_path(opened).name == "archive-20261124093000123-00003-00ff00ff.cdxj.open"
    closed = opened.rename(tmp_path / name)
    assert find_warc(tmp_path, name) == closed
    assert index_path(Path("other.warc")).name == "other.cdxj"

"""Are dumps indexed once, found in at once, and harmless?"""

from __future__ import annotations

import lzma
import time
from pathlib import Path

import pytest

from archiver.capture.beacon import open_tables
from archiver.errors import ConfigError, StoreError

HEADER = b"#FORMAT: BEACON\n#PREFIX: http://bit.ly/\n#TIMESTAMP: 2014-05-01\n\n"
LINES = b"AbC|http://news.example/story\nabc|http://news.example/other?a|b\n"


def written(folder: Path, name: str, dump: bytes) -> Path:
    """Write a dump; one that is called .xz is packed."""
    path = folder / "dumps" / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(lzma.compress(dump) if name.endswith(".xz") else dump)
    return path


@pytest.mark.parametrize("name", ["dump.txt", "dump.txt.xz"])
def test_link_is_found_with_its_provenance(tmp_path: Path, name: str) -> None:
    """Codes that differ in case are two links."""
    tables = open_tables([written(tmp_path, name, HEADER + LINES)], tmp_path / "beacon")
    line = tables.find("http://bit.ly/AbC")
    assert line is not None
    assert (line.target, line.source, line.stamp) == (
        "http://news.example/story",
        f"urlteam:{name}",
        "2014-05-01",
    )
    assert line.digest.startswith("sha256:")
    other = tables.find("https://bit.ly/abc")
    assert other is not None and other.target == "http://news.example/other?a|b"
    assert tables.find("https://bit.ly/ABC") is None
    assert (tables.knows("https://BIT.ly/x"), tables.knows("https://news.example/")) == (
        True,
        False,
    )
    tables.close()


def test_dump_is_read_once(tmp_path: Path) -> None:
    """The index is kept by what the dump holds; a second start only opens it."""
    dump = written(tmp_path, "bit.ly.txt", HEADER + LINES)
    open_tables([dump], tmp_path / "beacon").close()
    [index] = (tmp_path / "beacon").glob("*.sqlite")
    made = index.stat().st_mtime_ns
    open_tables([dump], tmp_path / "beacon").close()
    moved = dump.rename(dump.with_name("bit.ly-2.txt"))
    tables = open_tables([moved], tmp_path / "beacon")
    assert tables.find("http://bit.ly/AbC") is not None
    tables.close()
    assert [each.stat().st_mtime_ns for each in (tmp_path / "beacon").glob("*.sqlite")] == [made]
    dump.write_bytes(HEADER + b"AbC|http://news.example/changed\n")
    tables = open_tables([dump], tmp_path / "beacon")
    line = tables.find("http://bit.ly/AbC")
    assert line is not None and line.target == "http://news.example/changed"
    tables.close()


@pytest.mark.parametrize(
    ("name", "dump", "link"),
    [
        ("bit.ly.txt", LINES, "http://bit.ly/AbC"),
        ("any.txt", b"http://is.gd/AbC|http://news.example/story\n", "https://is.gd/AbC"),
        ("any.txt", b"is.gd/AbC|http://news.example/story\n", "https://is.gd/AbC"),
    ],
)
def test_dump_without_a_header_is_understood(
    tmp_path: Path, name: str, dump: bytes, link: str
) -> None:
    """By its name, or because its left sides are whole addresses."""
    tables = open_tables([written(tmp_path, name, dump)], tmp_path / "beacon")
    line = tables.find(link)
    assert line is not None and line.target == "http://news.example/story"
    tables.close()


def test_same_bytes_of_two_services_are_two_tables(tmp_path: Path) -> None:
    """Where only the name says of which service a dump is, the name counts."""
    dumps = [written(tmp_path, name, LINES) for name in ("bit.ly.txt", "is.gd.txt")]
    tables = open_tables(dumps, tmp_path / "beacon")
    assert tables.find("http://is.gd/AbC") is not None
    assert tables.find("http://bit.ly/AbC") is not None
    tables.close()


def test_first_dump_wins_and_a_bad_target_is_passed_over(tmp_path: Path) -> None:
    """The order of the settings is the order of trust."""
    one = written(tmp_path, "one.txt", HEADER + b"a|http://one.example/\nb|javascript:1\n")
    two = written(tmp_path, "two.txt", HEADER + b"a|http://two.example/\nb|http://two.example/\n")
    tables = open_tables([one, two], tmp_path / "beacon")
    found = [tables.find(f"http://bit.ly/{code}") for code in "ab"]
    assert [line and line.target for line in found] == [
        "http://one.example/",
        "http://two.example/",
    ]
    tables.close()


def test_bytes_of_another_encoding_are_kept(tmp_path: Path) -> None:
    """Dumps are not UTF-8."""
    dump = written(tmp_path, "a.txt", HEADER + b"a|http://news.example/caf\xe9\n")
    tables = open_tables([dump], tmp_path / "beacon")
    line = tables.find("http://bit.ly/a")
    assert line is not None
    assert (line.location, line.target, line.raw) == (
        "http://news.example/café",
        "http://news.example/caf%E9",
        b"http://news.example/caf\xe9",
    )
    tables.close()


def _bomb() -> bytes:
    return lzma.compress(b"a|http://x.example/\n" * 1_000_000, preset=0)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("cut.xz", lzma.compress(HEADER + LINES * 9_000)[:-40], "xz"),
        ("bad.xz", lzma.compress(HEADER + LINES * 9_000)[:200] + b"x" * 200, "xz"),
        ("codes.txt", LINES, "#PREFIX"),
    ],
)
def test_dump_that_cannot_be_used_is_said(
    tmp_path: Path, name: str, content: bytes, says: str
) -> None:
    """At the start, with the file, and without half an index left."""
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=says) as caught:
        open_tables([path], tmp_path / "beacon")
    assert (caught.value.key, name in str(caught.value)) == ("links.beacon", True)
    assert [each.name for each in (tmp_path / "beacon").iterdir()] == ["known.json"]


def test_bomb_is_stopped(tmp_path: Path) -> None:
    """What unpacks to hundreds of times its length is no table."""
    path = tmp_path / "bomb.xz"
    path.write_bytes(_bomb())
    assert path.stat().st_size < 50_000
    with pytest.raises(ConfigError, match="unpacks"):
        open_tables([path], tmp_path / "beacon")


def test_missing_dump_is_said(tmp_path: Path) -> None:
    """A wrong path is a wrong setting."""
    with pytest.raises(ConfigError, match="No such file"):
        open_tables([tmp_path / "none.txt"], tmp_path / "beacon")


def test_several_streams_are_one_dump(tmp_path: Path) -> None:
    """xz files may be joined, with padding between them."""
    path = tmp_path / "joined.xz"
    path.write_bytes(
        lzma.compress(HEADER + LINES) + b"\0" * 8 + lzma.compress(b"d|http://d.example/")
    )
    tables = open_tables([path], tmp_path / "beacon")
    assert tables.find("http://bit.ly/d") is not None
    assert tables.find("http://bit.ly/AbC") is not None
    tables.close()


@pytest.mark.timeout(20)
def test_very_many_streams_are_no_dump(tmp_path: Path) -> None:
    """A file of empty streams costs no more than a look."""
    path = tmp_path / "many.xz"
    path.write_bytes(lzma.compress(b"") * 40_000)
    with pytest.raises(ConfigError, match="xz files in one"):
        open_tables([path], tmp_path / "beacon")


def test_empty_dump_knows_nothing(tmp_path: Path) -> None:
    """It is no error."""
    tables = open_tables([written(tmp_path, "a.txt", b"")], tmp_path / "beacon")
    assert not tables.knows("http://bit.ly/a")
    assert tables.find("http://bit.ly/a") is None
    tables.close()


def test_damaged_index_is_said(tmp_path: Path) -> None:
    """And one that was half written by an older version is made anew."""
    dump = written(tmp_path, "a.txt", HEADER + LINES * 5_000)
    open_tables([dump], tmp_path / "beacon").close()
    [index] = (tmp_path / "beacon").glob("*.sqlite")
    index.write_bytes(b"not a database")
    tables = open_tables([dump], tmp_path / "beacon")
    assert tables.find("http://bit.ly/AbC") is not None
    content = index.read_bytes()
    index.write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))
    with pytest.raises(StoreError, match="made anew"):
        [tables.find(f"http://bit.ly/{code}") for code in ("AbC", "abc", "zzz")]
    tables.close()


def test_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """The dump is not to blame."""
    (tmp_path / "beacon").write_text("a file")
    with pytest.raises(StoreError, match="beacon: cannot be made"):
        open_tables([written(tmp_path, "a.txt", HEADER + LINES)], tmp_path / "beacon")


def test_index_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """With the dump it is of."""
    dump = written(tmp_path, "bit.ly.txt", HEADER + LINES)
    open_tables([dump], tmp_path / "beacon").close()
    [index] = (tmp_path / "beacon").glob("*.sqlite")
    index.write_bytes(b"")
    tables = open_tables([dump], tmp_path / "beacon")
    assert tables.find("http://bit.ly/AbC") is not None
    tables.close()
    index.unlink()
    index.mkdir()
    with pytest.raises((StoreError, ConfigError), match=r"bit\.ly\.txt"):
        open_tables([dump], tmp_path / "beacon")


def test_lookup_takes_microseconds(tmp_path: Path) -> None:
    """Whatever the size of the dump."""
    lines = b"".join(
        b"%06x|http://news.example/%d\n" % (n * 7 % 200_000, n) for n in range(200_000)
    )
    tables = open_tables([written(tmp_path, "a.txt", HEADER + lines)], tmp_path / "beacon")
    started = time.perf_counter()
    found = [tables.find(f"http://bit.ly/{n:06x}") for n in range(2_000)]
    took_s = time.perf_counter() - started
    assert all(found)
    assert took_s < 2.0
    tables.close()

"""Do WARCs and WACZs of others come in whole, and change nothing that is ours?"""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from archiver import config
from archiver.bootstrap import open_archive
from archiver.warc.members import Place, Resource, member, resource_members
from archiver.warc.reader import records
from tests.e2e.command import Said, archiver

ID = re.compile(rb"WARC-Record-ID: <(urn:uuid:[0-9a-f-]+)>")
JOURNAL = b"urn:thread-archiver:journal:"


def warcs(folder: Path) -> list[Path]:
    """Give the WARCs of an archive."""
    return sorted((folder / "data" / "warc").glob("*.warc.gz"))


def plain(path: Path) -> bytes:
    """Give a WARC unpacked."""
    return gzip.decompress(path.read_bytes())


def slices(raw: bytes, folder: Path) -> Iterator[bytes]:
    """Give the records of an unpacked WARC, each with its end."""
    path = folder / "plain.warc"
    path.write_bytes(raw)
    for record in records(path):
        record.drain()
        yield raw[record.offset : record.offset + record.length]


def without_journal(raw: bytes, folder: Path) -> bytes:
    """Give a WARC as another crawler would have written it."""
    return b"".join(each for each in slices(raw, folder) if JOURNAL not in each)


@pytest.fixture(name="stranger")
def _stranger(tmp_path: Path) -> Path:
    """An empty archive of somebody else."""
    folder = tmp_path / "stranger"
    folder.mkdir()
    (folder / "config.toml").write_text('[archive]\ndata_dir = "data"\n')
    return folder


def imported(folder: Path, *files: Path, code: int = 0) -> dict[str, Any]:
    """Import files; give what was said of the first."""
    said = archiver(folder, "import", *map(str, files), "--json")
    assert said.code == code, said.err
    found: dict[str, Any] = said.json["imported"][0]
    return found


def shown(folder: Path, thread: str) -> dict[str, Any]:
    """Give a thread as `archiver show` does."""
    said = archiver(folder, "show", thread, "--json")
    assert said.code == 0, said.err
    found: dict[str, Any] = said.json
    return found


def ids(said: Said) -> list[str]:
    """Give the threads of the demo."""
    return [each["id"] for each in said.json["threads"]]


def words(thread: dict[str, Any]) -> list[str]:
    """Give what stays the same of a thread wherever it was read."""
    return [f"{post['id']} {post['state']} {post['text']}" for post in thread["thread"]["posts"]]


def ends(thread: dict[str, Any]) -> dict[str, tuple[str, str]]:
    """Give where links lead."""
    return {link["uri_r"]: (link["outcome"], link["target"]) for link in thread["links"]}


def test_our_own_warcs_come_back_as_the_same_threads(
    demo: tuple[Path, Said], stranger: Path
) -> None:
    """With their links, pages and pictures; a second time changes nothing; rebuild agrees."""
    folder, said = demo
    first = imported(stranger, *warcs(folder))
    ours = ids(said)
    assert set(ours) <= set(first["threads"])
    for each in ours:
        here, there = shown(folder, each), shown(stranger, each)
        assert words(there) == words(here)
        alive = {uri_r: end for uri_r, end in ends(here).items() if end[0] == "ok"}
        assert alive.items() <= ends(there).items()
        assert "which others wrote" in there["thread"]["completeness"]["reason"]
    again = imported(stranger, *warcs(folder))
    assert again["notes"][0].startswith("0 captures taken over")
    assert archiver(stranger, "verify").code == 0
    before = {each: words(shown(stranger, each)) for each in ours}
    assert archiver(stranger, "rebuild").code == 0
    assert {each: words(shown(stranger, each)) for each in ours} == before


def test_posts_are_counted_once_however_often_they_were_captured(
    demo: tuple[Path, Said], stranger: Path, tmp_path: Path
) -> None:
    """A watch sees the same posts every quarter of an hour."""
    folder, _ = demo
    first = imported(stranger, *warcs(folder))
    twice = tmp_path / "twice.warc.gz"  # what was captured, and what was read of it again
    twice.write_bytes(b"".join(each.read_bytes() for each in warcs(stranger)))
    third = tmp_path / "third"
    third.mkdir()
    again = imported(third, twice)
    assert (again["threads"], again["posts"]) == (first["threads"], first["posts"])


@pytest.mark.parametrize(
    "packed", [bytes, gzip.compress], ids=["not packed", "packed in one stream"]
)
def test_other_crawlers_warcs_are_read_by_what_they_hold(
    demo: tuple[Path, Said], stranger: Path, packed: Callable[[bytes], bytes]
) -> None:
    """Nobody says which addresses were threads; the sources know."""
    folder, said = demo
    raw = b"".join(without_journal(plain(each), stranger) for each in warcs(folder))
    file = stranger / "crawl.warc"
    file.write_bytes(packed(raw))
    found = imported(stranger, file)
    both = set(found["threads"]) & set(ids(said))
    assert len(both) > 1
    for each in both:
        assert words(shown(stranger, each)) == words(shown(folder, each))
    assert archiver(stranger, "verify").code == 0


def test_wacz_is_opened(demo: tuple[Path, Said], stranger: Path) -> None:
    """Its pages say which addresses to try."""
    folder, said = demo
    place = stranger / "found.wacz"
    with zipfile.ZipFile(place, "w") as zipped:
        for each in warcs(folder):
            zipped.write(each, f"archive/{each.name}")
        zipped.writestr("pages/pages.jsonl", '{"format": "json-pages-1.0"}\nnonsense\n[]\n')
        zipped.writestr("datapackage.json", "{}")
    assert set(ids(said)) <= set(imported(stranger, place)["threads"])


def test_thread_that_we_captured_is_not_changed_by_a_file(
    demo: tuple[Path, Said], stranger: Path
) -> None:
    """A forged answer adds no edit; what it says stands beside, as a difference."""
    folder, _ = demo
    imported(stranger, *warcs(folder))
    threads = imported(stranger, *warcs(folder))  # ours now, as far as a file can tell
    assert threads["threads"] == []
    thread = archiver(stranger, "status", "--json").json
    assert thread["counts"]["threads"] > 0
    forged = stranger / "forged.warc.gz"
    raw = b"".join(plain(each) for each in warcs(folder))
    forged.write_bytes(b"".join(member(each) for each in _forged(raw, stranger)))
    seen = {row: words(shown(stranger, row)) for row in _threads(stranger)}
    imported(stranger, forged)
    assert {row: words(shown(stranger, row)) for row in _threads(stranger)} == seen
    assert archiver(stranger, "verify").code == 0


def _threads(folder: Path) -> list[str]:
    rows = archiver(folder, "status", "--json").json["crawls"]
    return sorted({row["thread"] for row in rows if row["thread"]})


def _forged(raw: bytes, folder: Path) -> Iterator[bytes]:
    """Write each record anew under another id, with other words of the same length."""
    whole = list(slices(raw, folder))
    repeats = [ID.findall(each)[0] for each in whole if b"WARC-Type: revisit" in each]
    for each in whole:
        head, _, rest = each.partition(b"\r\n\r\n")
        if any(name in head for name in repeats):
            continue
        lines = [line for line in head.split(b"\r\n") if not line.startswith(b"WARC-Block-Digest")]
        lines = [line for line in lines if not line.startswith(b"WARC-Payload-Digest")]
        head = b"\r\n".join(lines).replace(b"urn:uuid:", b"urn:uuid:f")
        yield head + b"\r\n\r\n" + rest.replace(b"police", b"POLICE")


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.warc.gz", gzip.compress(b"no record"), "holds no record that can be read"),
        ("a.warc.gz", gzip.compress(b"WARC/1.1\r\n")[:-6], "holds no record that can be read"),
        ("a.warc", b"WARC/1.1\r\nWARC-Type: response\r\n\r\n", "no record that can be read"),
    ],
    ids=["packed text", "torn", "a head without length"],
)
def test_what_is_no_warc_is_refused_in_a_sentence(
    stranger: Path, name: str, content: bytes, why: str
) -> None:
    """Nothing of it stays."""
    file = stranger / name
    file.write_bytes(content)
    said = archiver(stranger, "import", str(file))
    assert said.code == 2
    assert why in said.err and "Traceback" not in said.err
    assert list((stranger / "data" / "warc").glob("import-*")) == []


def test_zip_with_an_escaping_name_is_refused(stranger: Path) -> None:
    """And a package without a WARC is none."""
    evil, empty = stranger / "evil.wacz", stranger / "empty.wacz"
    with zipfile.ZipFile(evil, "w") as zipped:
        zipped.writestr("datapackage.json", "{}")
        zipped.writestr("archive/../../x.warc.gz", b"")
    with zipfile.ZipFile(empty, "w") as zipped:
        zipped.writestr("datapackage.json", json.dumps({}))
    for file, why in ((evil, "as no export does"), (empty, "holds no WARC in its folder archive/")):
        said = archiver(stranger, "import", str(file))
        assert said.code == 2 and why in said.err


def test_damaged_records_stay_outside_and_are_named(
    demo: tuple[Path, Said], stranger: Path
) -> None:
    """The rest comes in, and the archive stays without a fault."""
    folder, _ = demo
    raw = plain(warcs(folder)[0])
    pieces = list(slices(raw, stranger))
    at = next(n for n, each in enumerate(pieces) if b"WARC-Type: response" in each)
    pieces[at] = pieces[at].replace(b"200 OK", b"200 ok")
    file = stranger / "bent.warc.gz"
    file.write_bytes(b"".join(map(member, pieces)))
    found = imported(stranger, file)
    assert any("is not what its block digest says" in note for note in found["notes"])
    assert archiver(stranger, "verify").code == 0


def test_views_of_a_browser_come_in_with_their_pages(
    demo: tuple[Path, Said], stranger: Path
) -> None:
    """Screenshots and texts by the names that other web archives give them; no picture is taken
    for one that is none."""
    folder, said = demo
    thread = shown(folder, ids(said)[0])
    page = next(link["snapshot"] for link in thread["links"] if link["outcome"] == "ok")
    url = page["uri_m"].split("/", 5)[5]
    at = dt.datetime.fromisoformat(page["at"]) + dt.timedelta(seconds=1)
    png = io.BytesIO()
    Image.new("RGB", (640, 900), "white").save(png, "PNG")
    place = Place("views.warc.gz", "urn:uuid:info", 0)
    made = (
        ("urn:fullPage:" + url, "image/png", png.getvalue()),
        ("urn:thumbnail:" + url, "image/jpeg", b"no picture"),
        ("urn:text:" + url, "text/plain", b"What was read aloud"),
    )
    extra = b"".join(
        member
        for name, mime, body in made
        for member in resource_members(Resource(name, at, mime, body), place)[1]
    )
    file = stranger / "with-views.warc.gz"
    file.write_bytes(b"".join(each.read_bytes() for each in warcs(folder)) + extra)
    imported(stranger, file)
    settings = config.load(stranger / "config.toml")
    archive = open_archive(settings.model_copy(update={"archive": settings.archive.model_copy(
        update={"data_dir": stranger / "data"})}))  # fmt: skip
    [taken] = archive.store.snapshots_of(url)
    archive.store.close()
    assert taken.engine == "browser"
    assert [view.kind.value for view in taken.views] == ["screenshot", "text"]
    assert (taken.views[0].width, taken.views[0].height) == (640, 900)
    assert taken.views[0].fingerprint
    assert archiver(stranger, "rebuild").code == 0
    assert archiver(stranger, "verify").code == 0

"""Is a WARC made of some of our records whole, byte for byte, and never of damaged ones?"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from archiver.errors import FixityError, StoreError
from archiver.models import RecordRef, RecordType
from archiver.warc.excerpt import Excerpt, Made, facts_of
from archiver.warc.index import read_lines, write_sorted
from archiver.warc.members import Resource
from archiver.warc.names import index_path
from archiver.warc.reader import records
from archiver.warc.verify import verify_file
from tests.warc.capturing import AT, Index, capture, capture_chunked, only_warc, writer

MADE = Made("data.warc.gz", "one thread", AT, (("software", "test"),))
PAGE = Resource("http://127.0.0.1:8000/t/1/", AT, "text/html", b"<p>page</p>")


def held(folder: Path) -> Index:
    """Give an archive of some records: two of them repeat an earlier one."""
    index = Index()

    async def write() -> None:
        archive = writer(folder, index)
        await archive.write_exchange(capture("https://a.example/", via="https://seed.example/"))
        await archive.write_exchange(capture_chunked("https://a.example/2", b"<p>2</p>" * 500))
        await archive.write_exchange(capture("https://a.example/3"))
        await archive.write_exchange(capture("https://a.example/4", b"another"))
        await archive.write_resource("urn:view:https://a.example/", AT, "text/plain", b"seen")
        await archive.close()

    asyncio.run(write())
    return index


def written(folder: Path, refs: list[RecordRef], target: Path) -> Excerpt:
    """Write an excerpt with the index beside it."""
    excerpt = Excerpt(folder, refs, MADE, (PAGE,))
    target.parent.mkdir(exist_ok=True)
    with target.open("wb") as file:
        file.writelines(excerpt.pieces())
    write_sorted(index_path(target), excerpt.lines)
    return excerpt


def test_excerpt_of_everything_verifies(tmp_path: Path) -> None:
    """Records, digests, revisits and index agree, and each record says in which file it was."""
    index = held(tmp_path / "warc")
    target = tmp_path / "out" / "data.warc.gz"
    written(tmp_path / "warc", index.refs, target)
    verdict = verify_file(target)
    assert verdict.faults == ()
    found = [(each.type, each.record_id) for each in records(target)]
    assert [kind for kind, _ in found[:3]] == ["warcinfo", "resource", "warcinfo"]
    whole = [each.record_id for each in records(only_warc(tmp_path / "warc"))]
    assert [record_id for _, record_id in found[2:]] == whole


def test_members_are_copied_as_they_are(tmp_path: Path) -> None:
    """What follows our own records are the very bytes of the archive."""
    index = held(tmp_path / "warc")
    target = tmp_path / "out" / "data.warc.gz"
    written(tmp_path / "warc", index.refs, target)
    assert target.read_bytes().endswith(only_warc(tmp_path / "warc").read_bytes())


def test_response_comes_with_its_request_and_metadata(tmp_path: Path) -> None:
    """One record asked for brings its exchange, and no record of others."""
    index = held(tmp_path / "warc")
    wanted = next(each for each in index.refs if each.url == "https://a.example/4")
    target = tmp_path / "out" / "data.warc.gz"
    excerpt = written(tmp_path / "warc", [wanted], target)
    found = [(each.type, each.get("WARC-Target-URI")) for each in records(target)]
    assert found[3:] == [(kind, wanted.url) for kind in ("response", "request", "metadata")]
    assert len(excerpt.lines) == 2
    for line in read_lines(index_path(target)):
        there = next(records(target, start=line.offset))
        assert (there.get("WARC-Target-URI"), line.filename) == (line.url, "data.warc.gz")


def test_same_records_give_the_same_bytes(tmp_path: Path) -> None:
    """The order in which they are named does not matter."""
    index = held(tmp_path / "warc")
    once = b"".join(Excerpt(tmp_path / "warc", index.refs, MADE, (PAGE,)).pieces())
    again = b"".join(Excerpt(tmp_path / "warc", index.refs[::-1], MADE, (PAGE,)).pieces())
    assert once == again


@pytest.mark.parametrize("where", [40, -20])
def test_damaged_record_is_not_passed_on(tmp_path: Path, where: int) -> None:
    """A byte that was turned over ends the excerpt with a sentence."""
    index = held(tmp_path / "warc")
    wanted = next(each for each in index.refs if each.type is RecordType.RESPONSE)
    path = only_warc(tmp_path / "warc")
    whole = bytearray(path.read_bytes())
    whole[wanted.offset + (where if where > 0 else wanted.length + where)] ^= 0x10
    path.write_bytes(bytes(whole))
    with pytest.raises(FixityError):
        list(Excerpt(tmp_path / "warc", [wanted], MADE).pieces())


def test_lost_warc_is_said(tmp_path: Path) -> None:
    """A file that is gone has a name in the sentence."""
    index = held(tmp_path / "warc")
    only_warc(tmp_path / "warc").unlink()
    with pytest.raises(StoreError, match=r"is not in .*; bring it back"):
        list(Excerpt(tmp_path / "warc", index.refs, MADE).pieces())


def test_metadata_says_why_a_record_was_asked_for(tmp_path: Path) -> None:
    """`via` is read from the record of the same exchange."""
    index = held(tmp_path / "warc")
    folder = tmp_path / "warc"
    by_url = {each.url: each for each in index.refs}
    assert dict(facts_of(folder, by_url["https://a.example/"]))["via"] == "https://seed.example/"
    assert "via" not in dict(facts_of(folder, by_url["https://a.example/4"]))
    assert facts_of(folder, by_url["urn:view:https://a.example/"]) == ()

"""Do captures become whole, lawful records, in batches, with revisits and rotation?"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import io
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archiver.errors import StoreError
from archiver.models import RecordRef, RecordType
from archiver.warc.payload import WarcPayloads
from archiver.warc.reader import Record, records
from archiver.warc.verify import verify_file
from tests.warc.capturing import (
    AT,
    REQUEST,
    TLS,
    Index,
    capture,
    capture_chunked,
    only_warc,
    sha256,
    warcs,
    writer,
)


def _read(path: Path) -> list[tuple[Record, bytes]]:
    return [(record, b"".join(record.pieces())) for record in records(path)]


def _assert_lawful(folder: Path, index: Index) -> None:
    """All files verify, and say what the index was told."""
    verdicts = [verify_file(path) for path in warcs(folder)]
    assert [fault for verdict in verdicts for fault in verdict.faults] == []
    found = [ref for verdict in verdicts for ref in verdict.refs]
    assert sorted(found, key=str) == sorted(index.refs, key=str)


async def test_exchange_becomes_response_request_and_metadata(tmp_path: Path) -> None:
    """One exchange is three records joined by id and time, after a warcinfo record."""
    index = Index()
    archive = writer(tmp_path, index)
    ref = await archive.write_exchange(capture(via="https://a.example/", hops_from_seed="LR"))
    await archive.close()
    info, response, request, metadata = _read(only_warc(tmp_path))
    assert [each[0].type for each in (info, response, request, metadata)] == [
        "warcinfo",
        "response",
        "request",
        "metadata",
    ]
    assert response[1].endswith(b"\r\n\r\n<p>hello</p>")
    assert request[1] == REQUEST
    assert b"via: https://a.example/\r\nhopsFromSeed: LR\r\nfetchTimeMs: 12\r\n" in metadata[1]
    assert response[0].concurrent_to == (request[0].record_id, metadata[0].record_id)
    assert request[0].concurrent_to == metadata[0].concurrent_to == (response[0].record_id,)
    assert {each[0].get("WARC-Date") for each in (response, request, metadata)} == {
        "2026-11-24T09:30:00.123456Z"
    }
    assert ref.record_id == response[0].record_id
    assert (ref.offset, ref.length) == (response[0].offset, response[0].length)
    assert index.refs == [ref]
    _assert_lawful(tmp_path, index)


async def test_warcinfo_names_software_operator_and_policy_and_no_host(tmp_path: Path) -> None:
    """The first record says who made the file, and nothing of the machine."""
    archive = writer(tmp_path, Index())
    await archive.write_exchange(capture())
    await archive.close()
    path = only_warc(tmp_path)
    info, block = _read(path)[0]
    assert info.get("WARC-Filename") == path.name
    lines = block.decode().split("\r\n")
    assert {
        "software: thread-archiver/0",
        "operator: archive@example.org",
        "robots: ignore",
        "format: WARC File Format 1.1",
    } < set(lines)
    assert os.uname().nodename not in block.decode()


async def test_nothing_written_leaves_no_file(tmp_path: Path) -> None:
    """A writer that was never used makes nothing, not even its folder."""
    archive = writer(tmp_path / "warc", Index())
    await archive.close()
    await archive.close()
    assert os.listdir(tmp_path) == []


async def test_tls_facts_are_kept(tmp_path: Path) -> None:
    """Version, cipher and certificate chain stand in the metadata record."""
    archive = writer(tmp_path, Index())
    await archive.write_exchange(capture(tls=TLS, facts=(("redactedHeaders", "cookie"),)))
    await archive.close()
    block = _read(only_warc(tmp_path))[3][1].decode()
    assert "tlsVersion: TLSv1.3\r\ntlsCipher: TLS_AES_128_GCM_SHA256\r\n" in block
    assert "tlsCertificate: MGxlYWY=\r\ntlsCertificate: MHJvb3Q=\r\n" in block
    assert "redactedHeaders: cookie\r\n" in block


async def test_chunked_response_keeps_its_framing_and_no_payload_digest(tmp_path: Path) -> None:
    """Bytes stay as received; the entity digest stands in the index and the metadata record."""
    index = Index()
    archive = writer(tmp_path, index)
    ref = await archive.write_exchange(capture_chunked(body=b"x" * 2_500))
    await archive.close()
    _, (response, block), _, (_, metadata) = _read(only_warc(tmp_path))
    assert response.get("WARC-Payload-Digest") is None
    assert block.endswith(b"\r\n1f4\r\n" + b"x" * 500 + b"\r\n0\r\n\r\n")
    assert ref.digest == sha256(b"x" * 2_500)
    assert f"payloadDigest: {ref.digest}".encode() in metadata
    _assert_lawful(tmp_path, index)


async def test_truncated_response_says_so(tmp_path: Path) -> None:
    """WARC-Truncated stands in the record and in the reference."""
    index = Index()
    archive = writer(tmp_path, index)
    ref = await archive.write_exchange(capture(truncated="disconnect"))
    await archive.close()
    assert _read(only_warc(tmp_path))[1][0].get("WARC-Truncated") == "disconnect"
    assert ref.truncated == "disconnect"
    _assert_lawful(tmp_path, index)


async def test_equal_payload_becomes_a_revisit(tmp_path: Path) -> None:
    """The second capture keeps its head and names the first; its payload is not stored again."""
    index = Index()
    archive = writer(tmp_path, index)
    first = await archive.write_exchange(capture())
    later = AT + dt.timedelta(hours=1)
    second = await archive.write_exchange(
        capture("https://mirror.example/", headers=b"Content-Type: text/html\r\n", at=later)
    )
    await archive.close()
    revisit, block = _read(only_warc(tmp_path))[4]
    assert (second.type, second.refers_to) == (RecordType.REVISIT, first.record_id)
    assert block == b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
    assert revisit.get("WARC-Refers-To") == f"<{first.record_id}>"
    assert revisit.get("WARC-Refers-To-Target-URI") == "https://example.org/"
    assert revisit.get("WARC-Refers-To-Date") == "2026-11-24T09:30:00.123456Z"
    assert revisit.get("WARC-Truncated") == "length"
    assert revisit.get("WARC-Payload-Digest") == first.digest
    assert (revisit.get("WARC-Profile") or "").endswith("1.1/revisit/identical-payload-digest")
    assert second.payload_bytes == first.payload_bytes
    _assert_lawful(tmp_path, index)


async def test_equal_payloads_of_one_batch_are_stored_once(tmp_path: Path) -> None:
    """Captures that are written together are compared with each other, too."""
    index = Index()
    archive = writer(tmp_path, index)
    urls = [f"https://example.org/{number}" for number in range(20)]
    refs = await asyncio.gather(*(archive.write_exchange(capture(url)) for url in urls))
    await archive.close()
    assert [ref.type for ref in refs] == [RecordType.RESPONSE] + [RecordType.REVISIT] * 19
    assert {ref.refers_to for ref in refs[1:]} == {refs[0].record_id}
    _assert_lawful(tmp_path, index)


async def test_revisit_crosses_writers_and_files(tmp_path: Path) -> None:
    """A payload that an earlier run captured is not stored again, and still read."""
    index = Index()
    for _ in range(2):
        archive = writer(tmp_path, index)
        ref = await archive.write_exchange(capture_chunked())
        await archive.close()
    assert ref.type is RecordType.REVISIT
    with WarcPayloads(tmp_path, index.find).open(ref.record_id) as found:
        assert found.body.read() == b"<p>hello</p>"
    _assert_lawful(tmp_path, index)


async def test_no_revisit_of_what_is_gone_truncated_or_empty(tmp_path: Path) -> None:
    """A capture refers only to a whole response whose file is here."""
    index = Index()
    archive = writer(tmp_path, index)
    cut = await archive.write_exchange(capture(truncated="time"))
    whole = await archive.write_exchange(capture())
    empty = [await archive.write_exchange(capture(body=b"")) for _ in range(2)]
    gone = dataclasses.replace(whole, digest=sha256(b"other"), filename="gone.warc.gz")
    index.refs.append(dataclasses.replace(gone, record_id="urn:uuid:0"))
    other = await archive.write_exchange(capture(body=b"other"))
    await archive.close()
    kinds = [ref.type for ref in (cut, whole, *empty, other)]
    assert kinds == [RecordType.RESPONSE] * 5


async def test_resource_is_recorded(tmp_path: Path) -> None:
    """Something given to us becomes a resource record with its own digest."""
    index = Index()
    archive = writer(tmp_path, index)
    ref = await archive.write_resource("urn:view:x", AT, "text/plain; charset=utf-8", b"given")
    await archive.close()
    resource, block = _read(only_warc(tmp_path))[1]
    assert (resource.type, block) == ("resource", b"given")
    assert (ref.mime, ref.digest, ref.status) == ("text/plain", sha256(b"given"), None)
    _assert_lawful(tmp_path, index)


async def test_large_response_is_streamed(tmp_path: Path) -> None:
    """A response over the limit for memory is as whole as others, and can be repeated."""
    index = Index()
    body = os.urandom(1_000) * 6_000
    archive = writer(tmp_path, index)
    small, large, after = await asyncio.gather(
        archive.write_exchange(capture(body=b"a")),
        archive.write_exchange(capture(body=body)),
        archive.write_exchange(capture(body=b"b")),
    )
    again = await archive.write_exchange(capture(body=body))
    await archive.close()
    assert [each.type for each in (small, large, after, again)] == [
        RecordType.RESPONSE,
        RecordType.RESPONSE,
        RecordType.RESPONSE,
        RecordType.REVISIT,
    ]
    with WarcPayloads(tmp_path, index.find).open(again.record_id) as found:
        assert found.body.read() == body
    _assert_lawful(tmp_path, index)


async def test_short_recording_fails_alone(tmp_path: Path) -> None:
    """A capture whose bytes are not there is refused; its neighbours are kept."""
    index = Index()
    archive = writer(tmp_path, index)
    wanted = [
        capture("https://example.org/1", b"1"),
        capture("https://example.org/2", b"2", response_bytes=10_000),
        capture("https://example.org/3", b"3", response_bytes=10_000_000),
        capture("https://example.org/4", b"4"),
        capture("https://example.org/5\r\nWARC-Type: warcinfo", b"5"),
    ]
    calls = (archive.write_exchange(each) for each in wanted)
    results = await asyncio.gather(*calls, return_exceptions=True)
    await archive.close()
    assert [isinstance(each, RecordRef) for each in results] == [True, False, False, True, False]
    assert "holds 60 bytes of 10000" in str(results[1])
    assert "control character" in str(results[4])
    assert [ref.url[-1] for ref in index.refs] == ["1", "4"]
    assert all(each.response.closed for each in wanted)
    _assert_lawful(tmp_path, index)


async def test_files_rotate_near_their_size(tmp_path: Path) -> None:
    """A file is closed once it is long enough, and the next begins with its own warcinfo."""
    index = Index()
    archive = writer(tmp_path, index, rotate_bytes=22_000, prefix="news")
    for number in range(12):
        await archive.write_exchange(capture(f"https://example.org/{number}", os.urandom(5_000)))
    await archive.close()
    paths = warcs(tmp_path)
    assert len(paths) == 3
    assert all(22_000 <= path.stat().st_size < 30_000 for path in paths)
    assert [path.name.split("-")[2] for path in paths] == ["00000", "00001", "00002"]
    _assert_lawful(tmp_path, index)


async def test_payload_of_a_cut_warc_is_written_again(tmp_path: Path) -> None:
    """A revisit of a record that is no more would throw the content away."""
    index = Index()
    first = writer(tmp_path, index)
    await first.write_exchange(capture())
    await first.close()
    [path] = warcs(tmp_path)
    os.truncate(path, 600)
    second = writer(tmp_path, index)
    ref = await second.write_exchange(capture())
    await second.close()
    assert ref.type is RecordType.RESPONSE


async def test_open_file_can_be_read_and_verified(tmp_path: Path) -> None:
    """Records of a file that is still written are there for everybody."""
    index = Index()
    archive = writer(tmp_path, index)
    ref = await archive.write_exchange(capture())
    assert [Path(name).suffix for name in os.listdir(tmp_path)] == [".open", ".open"]
    with WarcPayloads(tmp_path, index.find).open(ref.record_id) as found:
        assert found.body.read() == b"<p>hello</p>"
    verdict = verify_file(tmp_path / ref.filename)
    assert (verdict.faults, verdict.refs) == ((), (ref,))
    await archive.close()


async def test_two_writers_share_a_folder(tmp_path: Path) -> None:
    """Each holds a file of its own."""
    index = Index()
    archives = [writer(tmp_path, index) for _ in range(2)]
    calls = (
        archive.write_exchange(capture(f"https://example.org/{number}", b"%d" % number))
        for number, archive in enumerate(archives * 10)
    )
    await asyncio.gather(*calls)
    for archive in archives:
        await archive.close()
    assert len(warcs(tmp_path)) == 2
    assert len(index.refs) == 20
    _assert_lawful(tmp_path, index)


async def test_cancelled_caller_leaves_a_whole_exchange(tmp_path: Path) -> None:
    """Who stops waiting does not stop the writing, and hurts nobody else."""
    index = Index()
    archive = writer(tmp_path, index)
    urls = [f"https://example.org/{number}" for number in range(30)]
    tasks = [
        asyncio.create_task(archive.write_exchange(capture(url, url.encode()))) for url in urls
    ]
    await asyncio.sleep(0)
    for task in tasks[::2]:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await archive.close()
    assert sorted(ref.url for ref in index.refs) == sorted(urls)
    _assert_lawful(tmp_path, index)


async def test_close_finishes_what_is_queued(tmp_path: Path) -> None:
    """Calls made before close are served, calls after it are refused."""
    index = Index()
    archive = writer(tmp_path, index)
    tasks = [asyncio.create_task(archive.write_exchange(capture(body=b"%d" % n))) for n in range(9)]
    await asyncio.sleep(0)
    await archive.close()
    assert len(await asyncio.gather(*tasks)) == 9
    late = capture()
    with pytest.raises(StoreError, match="is closed"):
        await archive.write_exchange(late)
    assert late.response.closed
    _assert_lawful(tmp_path, index)


async def test_callers_are_served_in_batches(tmp_path: Path) -> None:
    """Many callers at once cost far fewer fsyncs and index calls than they are."""
    index = Index()
    archive = writer(tmp_path, index)
    urls = [f"https://example.org/{number}" for number in range(200)]
    await asyncio.gather(*(archive.write_exchange(capture(url, url.encode())) for url in urls))
    await archive.close()
    assert len(index.refs) == 200
    assert index.batches < 20


class _StubbornIndex(Index):
    """An index that refuses now and then."""

    refusing = False

    def add_records(self, records: Sequence[RecordRef]) -> None:
        if self.refusing:
            raise StoreError("the database is locked")
        super().add_records(records)


async def test_index_that_refuses_is_told_later(tmp_path: Path) -> None:
    """The caller hears of it, and the index learns of the record with the next batch."""
    index = _StubbornIndex()
    archive = writer(tmp_path, index)
    index.refusing = True
    with pytest.raises(StoreError, match="database is locked"):
        await archive.write_exchange(capture("https://example.org/1", b"1"))
    index.refusing = False
    await archive.write_exchange(capture("https://example.org/2", b"2"))
    await archive.close()
    assert [ref.url[-1] for ref in index.refs] == ["1", "2"]
    _assert_lawful(tmp_path, index)


async def test_index_that_refuses_to_the_end_makes_close_fail(tmp_path: Path) -> None:
    """The file is closed whole all the same."""
    index = _StubbornIndex()
    archive = writer(tmp_path, index)
    index.refusing = True
    with pytest.raises(StoreError):
        await archive.write_exchange(capture())
    with pytest.raises(StoreError, match="database is locked"):
        await archive.close()
    assert verify_file(only_warc(tmp_path)).faults == ()


class _BrokenIndex(Index):
    """An index with a fault of its own."""

    def add_records(self, records: Sequence[RecordRef]) -> None:
        raise RuntimeError("a fault nobody thought of")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
async def test_fault_of_ours_leaves_nobody_waiting(tmp_path: Path) -> None:
    """Callers of the batch, those queued behind it and those that come later hear of it."""
    archive = writer(tmp_path, _BrokenIndex())
    calls = (archive.write_exchange(capture(body=b"%d" % number)) for number in range(600))
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(each) for each in results} == {StoreError}
    with pytest.raises(StoreError):
        await archive.write_exchange(capture())
    await archive.close()


async def test_folder_that_cannot_be_made_is_an_error_of_each_call(tmp_path: Path) -> None:
    """A sentence names the folder; nothing hangs."""
    (tmp_path / "warc").write_text("a file")
    archive = writer(tmp_path / "warc", Index())
    calls = (archive.write_exchange(capture(body=b"%d" % number)) for number in range(3))
    results = await asyncio.gather(*calls, return_exceptions=True)
    await archive.close()
    assert [type(each) for each in results] == [StoreError] * 3
    assert "could not take a capture" in str(results[0])


@given(
    st.lists(
        st.tuples(st.binary(max_size=3_000), st.booleans(), st.sampled_from([200, 301, 404])),
        min_size=1,
        max_size=8,
    )
)
def test_what_was_written_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, given_captures: list[tuple[bytes, bool, int]]
) -> None:
    """Whatever payloads are written, each is read back, with its digest, through the index."""
    folder = tmp_path_factory.mktemp("warc")
    index = Index()

    async def write() -> list[RecordRef]:
        archive = writer(folder, index)
        makers = {True: capture_chunked, False: capture}
        calls = (
            archive.write_exchange(makers[framed](f"https://e.org/{n}", body, status=status))
            for n, (body, framed, status) in enumerate(given_captures)
        )
        refs = await asyncio.gather(*calls)
        await archive.close()
        return refs

    refs = asyncio.run(write())
    payloads = WarcPayloads(folder, index.find)
    for ref, (body, _, status) in zip(refs, given_captures, strict=True):
        assert ref.digest == sha256(body)
        with payloads.open(ref.record_id) as found:
            assert (found.status, found.body.read()) == (status, body)
    _assert_lawful(folder, index)


async def test_spooled_file_is_closed_by_the_writer(tmp_path: Path) -> None:
    """The writer owns what it is given."""
    archive = writer(tmp_path, Index())
    raw = capture()
    spool = tmp_path / "spool"
    spool.write_bytes(raw.response.read())
    raw.response = io.BufferedReader(io.FileIO(spool, "rb"))
    await archive.write_exchange(raw)
    await archive.close()
    assert raw.response.closed

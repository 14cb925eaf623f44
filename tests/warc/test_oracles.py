"""Do other people's tools accept what we write, and do we accept what they write?"""

from __future__ import annotations

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from archiver.models import RecordType
from archiver.warc.names import index_path
from archiver.warc.surt import surt
from archiver.warc.verify import verify_file
from tests.warc.capturing import AT, TLS, Index, capture, capture_chunked, only_warc, writer

_ORACLES = Path(__file__).parents[2] / ".venv-oracles" / "bin"


def _oracle(name: str) -> str:
    """Find a tool that judges us; without it there is nothing to test, except where it must be."""
    path = _ORACLES / name
    if not path.exists() and not os.environ.get("CI"):
        pytest.skip(f"{name} is not installed in .venv-oracles (make oracles)")
    return str(path)


def _run(*command: str | Path, given: str | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, input=given)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def warc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A WARC with every kind of record that we write."""
    folder = tmp_path_factory.mktemp("warc")

    async def write() -> None:
        archive = writer(folder, Index())
        await archive.write_exchange(capture(tls=TLS, via="https://a.example/"))
        await archive.write_exchange(capture_chunked("https://example.org/2", b"<p>2</p>" * 500))
        await archive.write_exchange(capture("https://example.org/ä?b=1&a=2"))
        await archive.write_exchange(capture_chunked("https://example.org/4"))
        await archive.write_exchange(capture("https://example.org/5", b"", status=204))
        await archive.write_exchange(capture("https://example.org/6", b"cut", truncated="time"))
        await archive.write_exchange(capture("https://example.org/7", os.urandom(5_000_000)))
        await archive.write_resource("urn:view:https://a.b/", AT, "text/plain", b"given")
        await archive.close()

    asyncio.run(write())
    path = only_warc(folder)
    verdict = verify_file(path)
    assert verdict.faults == ()
    assert {ref.type for ref in verdict.refs} > {RecordType.REVISIT}
    return path


def test_gzip_accepts_every_member(warc: Path) -> None:
    """`gzip -t` reads the file to its end."""
    _run("gzip", "-t", warc)


def test_warcio_accepts_every_digest(warc: Path) -> None:
    """`warcio check` finds no fault."""
    assert "fail" not in _run(_oracle("warcio"), "check", "-v", warc).lower()


def test_warcio_sees_every_record(warc: Path) -> None:
    """`warcio index` lists what we counted, where we say it is."""
    listed = _run(_oracle("warcio"), "index", "-f", "offset,length,warc-type", warc).splitlines()
    verdict = verify_file(warc)
    assert len(listed) == verdict.records
    ours = [f'{{"offset": "{ref.offset}", "length": "{ref.length}"' for ref in verdict.refs]
    assert all(any(line.startswith(each) for line in listed) for each in ours)


def test_fastwarc_accepts_every_block_digest(warc: Path) -> None:
    """`fastwarc check` finds no fault."""
    _run(_oracle("fastwarc"), "check", warc)


def test_pywb_makes_the_same_index(warc: Path) -> None:
    """`cdxj-indexer` gives our keys, offsets and lengths in our order."""
    theirs = _run(_oracle("cdxj-indexer"), "-s", warc).splitlines()
    ours = index_path(warc).read_text().splitlines()
    assert [line.split(" ")[0] for line in theirs] == [line.split(" ")[0] for line in ours]
    for their, our in zip(sorted(theirs), sorted(ours), strict=True):
        for name in ("offset", "length"):
            theirs_value = their.split(f'"{name}": "')[1].split('"')[0]
            assert f'"{name}": "{theirs_value}"' in our


def test_keys_are_those_of_the_surt_package() -> None:
    """Replay looks a URL up by this key."""
    urls = [
        "https://www.Example.org:443/a/./b/?y=2&x=1#top",
        "http://u:p@example.com/%7Efoo/%2541?b=2&a=1&a=0&c",
        "https://bücher.example/straße?q=ä%20b",
        "http://[::1]:8080/x",
        "urn:view:https://example.org/Foo/?b=1&a=2#x",
        "urn:x?",
        "https://example.com/%",
        "https://example.com/a%2f..%2fb",
        "metadata://gnu.org/software/wget/warc/MANIFEST.txt",
        "ftp://www.example.org:21/A/b/",
        "ftp://example.org:2121/x?b=1&a=2#f",
        "screenshot:https://example.org/A",
        "dns:example.org",
    ]
    program = "import sys, surt\nfor url in sys.stdin: print(surt.surt(url.rstrip('\\n')))"
    theirs = _run(_oracle("python"), "-c", program, given="\n".join(urls)).splitlines()
    assert [surt(url) for url in urls] == theirs


_WARCIO = """
import io, sys
from warcio.warcwriter import WARCWriter
from warcio.statusandheaders import StatusAndHeaders
with open(sys.argv[1], "wb") as file:
    writer = WARCWriter(file, gzip=sys.argv[1].endswith(".gz"), warc_version="WARC/1.1")
    writer.write_record(writer.create_warcinfo_record("a.warc", {"software": "x"}))
    for headers, body in (
        ([("Content-Type", "text/html")], b"<p>x</p>"),
        ([("Transfer-Encoding", "chunked")], b"3\\r\\nabc\\r\\n0\\r\\n\\r\\n"),
    ):
        head = StatusAndHeaders("200 OK", headers, protocol="HTTP/1.1")
        record = writer.create_warc_record(
            "https://example.org/", "response", payload=io.BytesIO(body), http_headers=head)
        asked = StatusAndHeaders("GET / HTTP/1.1", [("Host", "example.org")], is_http_request=True)
        request = writer.create_warc_record("https://example.org/", "request", http_headers=asked)
        writer.write_request_response_pair(request, record)
"""


@pytest.mark.parametrize("name", ["a.warc.gz", "a.warc"])
def test_files_of_warcio_verify(tmp_path: Path, name: str) -> None:
    """SHA-1 in Base32, and a digest over the framed body of a chunked answer."""
    _run(_oracle("python"), "-c", _WARCIO, tmp_path / name)
    verdict = verify_file(tmp_path / name)
    assert (verdict.faults, verdict.records, len(verdict.refs)) == ((), 5, 2)

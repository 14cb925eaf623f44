"""Do good files of other people's tools pass, with notes where they do as we would not?"""

from __future__ import annotations

import functools
import gzip
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from archiver.checking.files import check_all, check_one
from archiver.checking.wacz import verify_wacz
from archiver.models.faults import Fault, Meaning
from archiver.warc.verify import FileVerdict, verify_file
from tests.verify.good import NOW, PAGES, parts, whole

ROOT = Path(__file__).parents[2]
_ORACLES = ROOT / ".venv-oracles" / "bin"


def _found(path: str | None, name: str) -> str:
    if (path is None or not Path(path).exists()) and not os.environ.get("CI"):
        pytest.skip(f"{name} is not installed (make oracles)")
    return str(path)


def _run(*command: str | Path, cwd: Path | None = None) -> str:
    done = subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A small web: a page, the page again, a picture."""
    folder = tmp_path_factory.mktemp("site")
    (folder / "index.html").write_text('<a href="b.html">b</a><img src="c.png"><a href="ä.html">')
    (folder / "b.html").write_text("<p>b</p>" * 500)
    (folder / "c.png").write_bytes(bytes(range(256)) * 200)

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def _said(path: Path) -> FileVerdict:
    (verdict,) = check_all([path], _quiet, now=NOW)
    return verdict


def _quiet(line: str, *, done: int = 0, total: int = 0) -> None:
    """Say nothing."""


@pytest.mark.parametrize("packed", [True, False])
def test_files_of_wget_verify(tmp_path: Path, site: str, packed: bool) -> None:
    """WARC 1.0, URIs in brackets, its log as a record, revisits of an earlier run."""
    wget = _found(shutil.which("wget"), "wget")
    options = [] if packed else ["--no-warc-compression"]
    common = [wget, "-q", "-r", "-l1", "-p", "--no-proxy", "--warc-cdx", *options]
    subprocess.run([*common, "--warc-file=one", site], cwd=tmp_path, check=False, timeout=60)
    subprocess.run(
        [*common, "--warc-file=two", "--warc-dedup=one.cdx", site],
        cwd=tmp_path,
        check=False,
        timeout=60,
    )
    for name in ("one", "two"):
        verdict = _said(tmp_path / (f"{name}.warc.gz" if packed else f"{name}.warc"))
        assert verdict.faults == ()
        assert verdict.records > 6


_FASTWARC = """
import datetime as dt, sys
from fastwarc.warc import WarcRecord, WarcRecordType
from fastwarc.stream_io import GzipWriter
stream = GzipWriter(sys.argv[1])
for number in range(3):
    record = WarcRecord()
    record.init_headers(record_type=WarcRecordType.response)
    record.record_date = dt.datetime(2026, 11, 24, 9, 30, number, tzinfo=dt.timezone.utc)
    record.headers["WARC-Target-URI"] = f"https://example.org/{number}"
    record.headers["Content-Type"] = "application/http; msgtype=response"
    record.set_bytes_content(b"HTTP/1.1 200 OK\\r\\nContent-Type: text/html\\r\\n\\r\\n<p>x</p>")
    record.write(stream, checksum_data=True)
    stream.finish()
stream.close()
"""


def test_files_of_fastwarc_verify(tmp_path: Path) -> None:
    """Without warcinfo, which is noted."""
    python = _found(str(_ORACLES / "python"), "fastwarc")
    _run(python, "-c", _FASTWARC, tmp_path / "a.warc.gz")
    verdict = _said(tmp_path / "a.warc.gz")
    assert (verdict.faults, verdict.records) == ((), 3)


_WARCIO_RECORD = """
import sys
from warcio.capture_http import capture_http
import requests
session = requests.Session()
session.trust_env = False
with capture_http(sys.argv[1], warc_version="1.1"):
    for _ in range(2):
        for path in ("", "b.html", "c.png", "gone"):
            session.get(sys.argv[2] + path)
"""


def test_captures_of_warcio_verify(tmp_path: Path, site: str) -> None:
    """What its recorder writes of a real exchange."""
    python = _found(str(_ORACLES / "warcio"), "warcio").replace("warcio", "python")
    _run(python, "-c", _WARCIO_RECORD, tmp_path / "a.warc.gz", site)
    verdict = _said(tmp_path / "a.warc.gz")
    assert verdict.faults == ()
    assert verdict.records == 16


def test_package_of_wacz_verifies(tmp_path: Path) -> None:
    """Made by `wacz create` of a file of ours; its validator agrees."""
    tool = _found(str(_ORACLES / "wacz"), "wacz")
    (tmp_path / "warc").mkdir()
    made = whole(tmp_path / "warc")
    (tmp_path / "pages.jsonl").write_bytes(parts(made)[PAGES])
    made_of = tmp_path / "warc" / made.name
    _run(tool, "create", "-p", tmp_path / "pages.jsonl", "-o", tmp_path / "a.wacz", made_of)
    _run(tool, "validate", "-f", tmp_path / "a.wacz")
    verdict = verify_wacz(tmp_path / "a.wacz", now=NOW)
    assert verdict.faults == ()
    assert verdict.records == 14
    assert any("not signed" in note for note in verdict.notes)


def test_package_of_a_file_of_wget_verifies(tmp_path: Path, site: str) -> None:
    """`wacz create` lists the log of wget under its host, as other tools look it up."""
    wget = _found(shutil.which("wget"), "wget")
    tool = _found(str(_ORACLES / "wacz"), "wacz")
    common = [wget, "-q", "-r", "-l1", "--no-proxy", "--warc-file=one", site]
    subprocess.run(common, cwd=tmp_path, check=False, timeout=60)
    _run(tool, "create", "--detect-pages", "-o", tmp_path / "a.wacz", tmp_path / "one.warc.gz")
    assert verify_wacz(tmp_path / "a.wacz", now=NOW).faults == ()


_PYWB_RECORD = """
import sys
from io import BytesIO
from pywb.recorder.multifilewarcwriter import MultiFileWARCWriter
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import BaseWARCWriter
writer = MultiFileWARCWriter(sys.argv[1] + "/rec-{timestamp}-{random}.warc.gz")
for number in range(3):
    body = b"<p>%d</p>" % number
    head = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
    response = writer.create_warc_record(
        f"https://example.org/{number}", "response", payload=BytesIO(body),
        length=len(body), http_headers=head)
    asked = StatusAndHeaders("GET / HTTP/1.1", [("Host", "a")], is_http_request=True)
    request = writer.create_warc_record(
        f"https://example.org/{number}", "request", http_headers=asked)
    writer.write_request_response_pair(request, response, {})
writer.close()
"""


def test_recordings_of_pywb_verify(tmp_path: Path) -> None:
    """What its recorder's own writer puts into a file."""
    python = _found(str(_ORACLES / "python"), "pywb")
    _run(python, "-c", _PYWB_RECORD, tmp_path)
    (path,) = tmp_path.glob("rec-*.warc.gz")
    verdict = _said(path)
    assert (verdict.faults, verdict.records) == ((), 6)


def test_stranger_alone_is_told_the_same(tmp_path: Path) -> None:
    """In an empty folder, with no archive and no setting, the command says what we say."""
    (tmp_path / "warc").mkdir()
    made = whole(tmp_path / "warc")
    (tmp_path / "empty").mkdir()
    for spoilt in (False, True):
        path = tmp_path / "warc" / made.name
        if spoilt:
            path.write_bytes(made.warc[:-1])
        done = subprocess.run(
            [sys.executable, "-m", "archiver", "verify", str(path), "--json"],
            cwd=tmp_path / "empty",
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == int(spoilt)
        (verdict,) = check_one(path, now=NOW)
        said = json.loads(done.stdout)
        assert tuple(said["faults"]) == verdict.faults
        assert len(said["findings"]) == len(verdict.faults)
        assert list((tmp_path / "empty").iterdir()) == []
    assert verify_file(path).faults


_STRANGERS: dict[str, tuple[bytes, str]] = {
    "d.json": (b'{"a": 1}', "this is no WARC, WACZ or bag"),
    "d.markdown": (b"# a thread\n" * 9_000, "this is no WARC, WACZ or bag"),
    "empty.txt": (b"", "this is no WARC, WACZ or bag"),
    "a.json.gz": (gzip.compress(b"{}"), "this is no WARC, WACZ or bag"),
    "broken.gz": (b"\x1f\x8bbroken", "this is no WARC, WACZ or bag"),
    "a.warc.zst": (b"\x28\xb5\x2f\xfd" + bytes(90), "packed by zstd"),
    "dictionary.warc.zst": (b"\x5d\x2a\x4d\x18" + bytes(90), "packed by zstd"),
}


@pytest.mark.parametrize("name", _STRANGERS)
def test_stranger_is_told_to_be_one(tmp_path: Path, name: str) -> None:
    """A good file of another kind is not called damaged."""
    raw, words = _STRANGERS[name]
    (tmp_path / name).write_bytes(raw)
    (verdict,) = check_one(tmp_path / name, now=NOW)
    (fault,) = verdict.faults
    assert words in fault
    assert "it cannot be verified" in fault
    assert isinstance(fault, Fault)
    assert fault.meaning is Meaning.UNKNOWN


def test_warc_by_another_name_is_one(tmp_path: Path) -> None:
    """Packed or not, its first bytes say it; and a WARC stays one, whatever became of it."""
    (tmp_path / "warc").mkdir()
    made = whole(tmp_path / "warc")
    for name, raw in (("a", made.warc), ("b.bin", gzip.decompress(made.warc))):
        (tmp_path / name).write_bytes(raw)
        assert check_one(tmp_path / name, now=NOW)[0].records == 14
    (tmp_path / "c.warc").write_bytes(b"\x00" + made.warc)
    (fault,) = check_one(tmp_path / "c.warc", now=NOW)[0].faults
    assert "cannot be verified" not in fault


def test_folder_without_bagit_is_no_bag(tmp_path: Path) -> None:
    """The folder that was asked for is named, not another; no archive is looked for."""
    (tmp_path / "was-a-bag" / "data").mkdir(parents=True)
    done = subprocess.run(
        [sys.executable, "-m", "archiver", "verify", "was-a-bag"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1, done.stderr
    assert "was-a-bag: this folder is no bag (bagit.txt is not in it)" in done.stdout


def test_wrong_use_is_told(tmp_path: Path) -> None:
    """A path that is nothing ends with code 2."""
    done = subprocess.run(
        [sys.executable, "-m", "archiver", "verify", "gone.wacz"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2, done.stderr

"""Does a thread leave the archive whole, and do strangers' tools and another machine agree?"""

from __future__ import annotations

import datetime as dt
import gzip
import json
import os
import shutil
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import bagit
import httpx
import pytest

from archiver import config
from archiver.bootstrap import Archive, open_archive
from archiver.errors import UsageError
from archiver.evidence.excerpt import excerpt_faults
from archiver.evidence.signing import signature_faults
from archiver.exporting.contents import ROOT, Reading
from archiver.exporting.export import Exported, Format, Proofs, export
from archiver.exporting.proving import custody_of
from feeds.render import Site
from feeds.single import led_inside, place_of, single_page
from tests.e2e.command import Said, archiver, environment
from tests.e2e.serving import serving

pytestmark = pytest.mark.xdist_group("demo")

Demo = tuple[Path, Said]
Oracle = Callable[[str], Path]


def exported(demo: Demo, target: Path, *words: str) -> Said:
    """Export the first thread of the demo."""
    folder, said = demo
    thread = said.json["threads"][0]["id"]
    return archiver(
        folder, "--data-dir", "data", "export", thread, "--output", str(target), "--json", *words
    )


@pytest.fixture(scope="module")
def archive(demo: Demo) -> Iterator[Archive]:
    """The demo's archive, opened in this process."""
    opened = open_archive(config.parse({}, data_dir=demo[0] / "data"))
    yield opened
    opened.store.close()


def made(archive: Archive, target: Path, format: Format, *, force: bool = False) -> Exported:
    """Export the demo's largest thread without a process of its own."""
    views = filter(None, map(archive.store.view, archive.store.thread_ids()))
    view = max(views, key=lambda each: len(each.thread.posts))
    site = Site(archive.settings.publish.base_url, "Test")
    reading = Reading(
        page=partial(single_page, site=site),
        inside=partial(led_inside, base_url=site.base_url, root=ROOT),
        place=place_of,
    )
    proofs = Proofs(partial(custody_of, archive))
    now = dt.datetime.now(dt.UTC)
    return export(
        archive, view, format, target, now=now, reading=reading, proofs=proofs, force=force
    )


@pytest.fixture(scope="module")
def package(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first thread as WACZ."""
    target = tmp_path_factory.mktemp("export") / "thread.wacz"
    said = exported(demo, target)
    assert said.code == 0, said.err
    assert said.json["missing"] == []
    return target


@pytest.fixture(scope="module")
def opened(package: Path) -> Path:
    """The same, unpacked."""
    folder = package.parent / "opened"
    with zipfile.ZipFile(package) as held:
        held.extractall(folder)
    return folder


def test_wacz_is_valid_for_its_own_tool(package: Path, oracle: Oracle) -> None:
    """`wacz validate` finds nothing."""
    done = subprocess.run(
        [oracle("wacz"), "validate", "-f", package], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("words", [["warcio", "check"], ["fastwarc", "check"]], ids=" ".join)
def test_other_checkers_accept_the_warc(opened: Path, oracle: Oracle, words: list[str]) -> None:
    """warcio and fastwarc find every digest right, and gzip every member whole."""
    path = opened / "archive" / "data.warc.gz"
    for command in ([str(oracle(words[0])), *words[1:], str(path)], ["gzip", "-t", str(path)]):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def test_our_own_verify_accepts_the_package(package: Path, tmp_path: Path) -> None:
    """Without an archive, in a folder with nothing else in it."""
    said = archiver(tmp_path, "verify", str(package), "--json")
    assert said.code == 0, said.out


def test_signature_holds_and_custody_is_a_chain(opened: Path) -> None:
    """The list is signed; the custody lines are those of this thread, and fit their head."""
    proof = json.loads((opened / "datapackage-digest.json").read_text())
    assert signature_faults(proof["signedData"], proof["hash"]) == ()
    lines = (opened / "custody" / "custody.jsonl").read_bytes().splitlines()
    head = json.loads((opened / "custody" / "head.json").read_text())
    assert list(excerpt_faults((line + b"\n" for line in lines), head)) == []
    assert head["given"] == len(lines) > 0
    told = (json.loads(line) for line in lines)
    threads = {each["thread"] for each in told if "thread" in each}
    thread = json.loads((opened / "thread" / "thread.json").read_text())
    assert threads == {thread["thread"]["id"]}


def test_pywb_replays_every_page(opened: Path, oracle: Oracle, tmp_path: Path) -> None:
    """Each page of the list, and every requisite in the index, comes back from the WARC alone."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for words in (["init", "x"], ["add", "x", str(opened / "archive" / "data.warc.gz")]):
        subprocess.run(
            [oracle("wb-manager"), *words], cwd=tmp_path, check=True, capture_output=True
        )
    command = [str(oracle("wayback")), "--bind", "127.0.0.1", "--port", str(port)]
    lines = (opened / "pages" / "pages.jsonl").read_text().splitlines()[1:]
    with serving(command, tmp_path, f"http://127.0.0.1:{port}/"):
        for page in map(json.loads, lines):
            stamp = "".join(filter(str.isdigit, page["ts"]))[:14]
            url = f"http://127.0.0.1:{port}/x/{stamp}id_/{page['url']}"
            answer = httpx.get(url, timeout=20, trust_env=False)
            assert answer.status_code == 200, url
        for line in (opened / "indexes" / "index.cdx").read_text().splitlines():
            entry = json.loads(line.split(" ", 2)[2])
            if entry.get("status") == "200" and entry["mime"].startswith(("text/css", "image/")):
                url = f"http://127.0.0.1:{port}/x/{line.split(' ')[1][:14]}id_/{entry['url']}"
                assert httpx.get(url, timeout=20, trust_env=False).status_code == 200, url


def test_every_requisite_is_in_the_package(demo: Demo, opened: Path) -> None:
    """What a snapshot counted as there can be found in the index of the package."""
    lines = (opened / "indexes" / "index.cdx").read_text().splitlines()
    urls = {json.loads(line.split(" ", 2)[2])["url"] for line in lines}
    said = json.loads((opened / "thread" / "thread.json").read_text())
    copies = [each["snapshot"] for each in said["links"] if each["snapshot"]]
    assert sum(each["requisites"] for each in copies) > 50
    assert {url for url in urls if url.endswith(".css")}
    assert {each["uri_m"].split("/web/")[1][15:] for each in copies} <= urls


def test_another_machine_makes_the_same_thread(demo: Demo, opened: Path, tmp_path: Path) -> None:
    """The WARC of the package alone is an archive: `rebuild` gives the thread again."""
    warc = tmp_path / "data" / "warc"
    warc.mkdir(parents=True)
    shutil.copy(opened / "archive" / "data.warc.gz", warc)
    rebuilt = archiver(tmp_path, "--data-dir", "data", "rebuild", "--json")
    assert rebuilt.code == 0, rebuilt.err
    folder, said = demo
    words = ("--data-dir", "data", "show", said.json["threads"][0]["id"], "--json")
    ours, theirs = archiver(folder, *words).json, archiver(tmp_path, *words).json
    for key in ("thread", "links", "revisions", "captures"):
        assert theirs[key] == ours[key]


def test_bag_is_valid_for_the_library(archive: Archive, tmp_path: Path) -> None:
    """Payload and tags agree, and the custody log became events."""
    made(archive, tmp_path / "bag", Format.BAGIT)
    bagit.Bag(str(tmp_path / "bag")).validate()
    assert "eventType" in (tmp_path / "bag" / "metadata" / "premis.xml").read_text()


def test_thread_json_and_markdown_say_the_posts(archive: Archive, tmp_path: Path) -> None:
    """Both are the thread, for programs and for editors."""
    for format in (Format.JSON, Format.MARKDOWN):
        made(archive, tmp_path / format, format)
    posts = json.loads((tmp_path / "json").read_text())["thread"]["posts"]
    words = (tmp_path / "markdown").read_text()
    assert len(posts) > 10
    assert all(f"## {each['position']}\n" in words for each in posts)


def test_pdf_is_printed_offline(archive: Archive, tmp_path: Path) -> None:
    """Chromium prints the reading page; without it there is one sentence."""
    try:
        made(archive, tmp_path / "thread.pdf", Format.PDF)
    except UsageError as err:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"needs Chromium: {err}")
    assert (tmp_path / "thread.pdf").read_bytes().startswith(b"%PDF-")


def test_what_stands_there_is_not_replaced_unasked(archive: Archive, tmp_path: Path) -> None:
    """One sentence, and the file is as it was; with --force it is a new one."""
    target = tmp_path / "thread.json"
    target.write_text("mine")
    with pytest.raises(UsageError, match="is there already"):
        made(archive, target, Format.JSON)
    assert target.read_text() == "mine"
    made(archive, target, Format.JSON, force=True)
    assert target.read_text() != "mine"
    assert [each.name for each in tmp_path.iterdir()] == ["thread.json"]


def test_withheld_thread_says_so(
    demo: Demo, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """It is exported for the archivist, and no reader of the package can miss that; nor see why."""
    shutil.copytree(demo[0] / "data", tmp_path / "data")
    thread = demo[1].json["threads"][0]["id"]
    whose = ("--reason", "the family asked", "--by", "N. Editor")
    assert archiver(tmp_path, "--data-dir", "data", "withhold", thread, *whose).code == 0
    archive = open_archive(config.parse({}, data_dir=tmp_path / "data"))
    request.addfinalizer(archive.store.close)
    told_of = made(archive, tmp_path / "x.md", Format.MARKDOWN)
    assert told_of.notices == ("This thread is withheld from readers",)
    assert "> This thread is withheld from readers\n" in (tmp_path / "x.md").read_text()
    made(archive, tmp_path / "bag", Format.BAGIT)
    told = [each for each in (tmp_path / "bag").rglob("*") if each.is_file()]
    for each in told:
        body = each.read_bytes()
        body = gzip.decompress(body) if each.suffix == ".gz" else body
        assert b"the family asked" not in body, each
        assert b"journal:decided" not in body, each


def test_full_disk_is_one_sentence_and_leaves_nothing(demo: Demo, tmp_path: Path) -> None:
    """A file that may not grow stands for a disk that has no room."""
    command = f"ulimit -f 300 && exec {sys.executable} -m archiver --data-dir data export"
    words = f"{command} {demo[1].json['threads'][0]['id']} --force --output {tmp_path}/x.wacz"
    done = subprocess.run(
        ["bash", "-c", words],
        cwd=demo[0],
        env=environment(demo[0]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, list(tmp_path.iterdir())) == (1, [])
    assert "could not be written" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("export", "0000"), "no such thread"),
        (("export", "{thread}", "--format", "docx"), "'docx' is no format"),
        (("export", "{thread}", "--output", "none/x.wacz"), "no such folder"),
    ],
)
def test_wrong_call_is_one_sentence(demo: Demo, words: tuple[str, ...], sentence: str) -> None:
    """Exit code 2, and what to do."""
    folder, said = demo
    given = [each.format(thread=said.json["threads"][0]["id"]) for each in words]
    told = archiver(folder, "--data-dir", "data", *given)
    assert told.code == 2
    assert sentence in told.err
    assert len(told.err.strip().splitlines()) == 1

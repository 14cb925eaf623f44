"""Does `archiver demo --once` run the whole path, and do others accept what it made?"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import feedparser
import httpx
import pytest

from tests.e2e.command import Said, archiver
from tests.e2e.serving import serving
from tests.feeds.validator import check_atom, check_json_feed, check_rss

pytestmark = pytest.mark.xdist_group("demo")

Demo = tuple[Path, Said]
Oracle = Callable[[str], Path]
CHECKS = {"rss": check_rss, "atom": check_atom, "json": check_json_feed}


def warcs(folder: Path) -> list[Path]:
    """Give the WARCs of the demo's archive; there is at least one."""
    found = sorted((folder / "data" / "warc").glob("*.warc.gz"))
    assert found
    return found


def shown(demo: Demo, number: int = 0) -> dict[str, Any]:
    """Give what `archiver show` says of a thread of the demo."""
    folder, said = demo
    found: dict[str, Any] = archiver(
        folder, "--data-dir", "data", "show", said.json["threads"][number]["id"], "--json"
    ).json
    return found


def test_threads_are_captured_and_published(demo: Demo) -> None:
    """Both seeds gave a thread, and each has its page and its three feeds on disk."""
    folder, said = demo
    assert len(said.json["threads"]) == 2
    public = folder / said.json["publish_dir"]
    for thread in said.json["threads"]:
        for name in ("index.html", "feed.rss", "feed.atom", "feed.json"):
            assert (public / "t" / thread["id"] / name).stat().st_size > 200
    assert (public / "index.html").exists()


def test_thread_is_whole(demo: Demo) -> None:
    """The self-thread is there with its gap, and strangers are not mixed in."""
    thread = shown(demo)["thread"]
    assert thread["platform"] == "mastodon"
    assert thread["completeness"]["gaps"] == 1
    authors = {post["author"]["id"] for post in thread["posts"] if post["author"]}
    assert authors == {thread["author"]["id"]}
    states = {post["state"] for post in thread["posts"]}
    assert states == {"present", "edited", "gap"}
    assert thread["completeness"]["captured"] == len(thread["posts"]) - 1 >= 11


def test_links_have_their_chains_and_copies(demo: Demo) -> None:
    """Each kind of hop is there; the dead and the refused target are outcomes with evidence."""
    links = {link["uri_r"]: link for link in shown(demo)["links"]}
    mechanisms = {hop["mechanism"] for link in links.values() for hop in link["hops"]}
    assert {"http", "meta-refresh", None} <= mechanisms
    outcomes = {link["outcome"] for link in links.values()}
    assert {"ok", "dead", "refused"} <= outcomes
    for link in links.values():
        assert all(hop["record_id"] and hop["ip"] == "127.0.0.1" for hop in link["hops"])
        assert link["snapshot"]["record_id"] == link["hops"][-1]["record_id"]
    assert any(len(link["hops"]) == 3 for link in links.values())


@pytest.mark.parametrize("kind", ["rss", "atom", "json"])
def test_feeds_are_valid(demo: Demo, kind: str) -> None:
    """Every feed passes our validator's rules without a word."""
    folder, said = demo
    feeds = sorted((folder / said.json["publish_dir"]).rglob(f"*.{kind}"))
    assert len(feeds) >= 3
    for path in feeds:
        assert CHECKS[kind](path.read_bytes()) == [], path


def test_feedparser_reads_the_whole_thread(demo: Demo) -> None:
    """One entry with the whole thread, under a permanent id."""
    folder, said = demo
    thread = said.json["threads"][0]
    path = folder / said.json["publish_dir"] / "t" / thread["id"] / "feed.atom"
    parsed = feedparser.parse(path.read_bytes())
    assert not parsed.bozo
    assert len(parsed.entries) == 1
    assert parsed.entries[0].id.startswith("urn:uuid:")
    assert "archived copy" in parsed.entries[0].content[0].value


def test_publishing_again_changes_nothing(demo: Demo) -> None:
    """Rendered from the same rows, every file is the same to the byte."""
    folder, said = demo
    public = folder / said.json["publish_dir"]
    before = {path: path.read_bytes() for path in public.rglob("*") if path.is_file()}
    again = archiver(folder, "--data-dir", "data", "publish", "--all", "--json")
    assert again.json["written"] == 0
    assert {path: path.read_bytes() for path in public.rglob("*") if path.is_file()} == before


def test_verify_finds_no_fault(demo: Demo) -> None:
    """Every record parses, digests match, and the indexes agree."""
    folder, _ = demo
    verdict = archiver(folder, "--data-dir", "data", "verify", "--json")
    assert verdict.json["faults"] == []
    assert verdict.json["records"] > 100


def test_verify_finds_one_flipped_byte(demo: Demo, tmp_path: Path) -> None:
    """A single changed byte in the middle of a WARC is a fault that names the file."""
    folder, _ = demo
    copied = bytearray(warcs(folder)[0].read_bytes())
    copied[len(copied) // 2] ^= 1
    path = tmp_path / "tampered.warc.gz"
    path.write_bytes(copied)
    verdict = archiver(folder, "--data-dir", "data", "verify", str(path), "--json")
    assert verdict.code == 1
    assert any("tampered.warc.gz" in fault for fault in verdict.json["faults"])


def test_verify_misses_a_lost_index(demo: Demo, tmp_path: Path) -> None:
    """A WARC without its CDXJ, and a CDXJ without its WARC, are faults."""
    folder, _ = demo
    shutil.copytree(folder / "data", tmp_path / "data")
    [index] = (tmp_path / "data" / "warc").glob("*.cdxj")
    index.rename(index.with_name("other.cdxj"))
    faults = archiver(tmp_path, "--data-dir", "data", "verify", "--json").json["faults"]
    assert any(f"its index {index.name} is gone" in fault for fault in faults)
    assert any("other.cdxj: an index without its WARC" in fault for fault in faults)


@pytest.mark.parametrize("words", [["warcio", "check"], ["fastwarc", "check"]], ids=" ".join)
def test_other_checkers_accept_the_warcs(demo: Demo, oracle: Oracle, words: list[str]) -> None:
    """warcio and fastwarc find every digest right."""
    folder, _ = demo
    for path in warcs(folder):
        done = subprocess.run(
            [oracle(words[0]), *words[1:], path], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr


def test_gzip_accepts_the_warcs(demo: Demo) -> None:
    """`gzip -t` reads every member to its end."""
    folder, _ = demo
    subprocess.run(["gzip", "-t", *warcs(folder)], check=True)


def test_pywb_replays_every_snapshot(demo: Demo, oracle: Oracle, tmp_path: Path) -> None:
    """Another replay engine gives each snapshot back with the status that was captured."""
    folder, _ = demo
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    manager = [oracle("wb-manager")]
    for words in (["init", "demo"], ["add", "demo", *warcs(folder)]):
        subprocess.run([*manager, *words], cwd=tmp_path, check=True, capture_output=True)
    command = [str(oracle("wayback")), "--bind", "127.0.0.1", "--port", str(port)]
    with serving(command, tmp_path, f"http://127.0.0.1:{port}/"):
        for link in shown(demo)["links"]:
            copy = link["snapshot"]
            stamp = copy["at"].translate(str.maketrans("", "", "-:TZ")).partition(".")[0]
            url = f"http://127.0.0.1:{port}/demo/{stamp}id_/{copy['uri_m'].split('/web/')[1][15:]}"
            answer = httpx.get(url, timeout=20, trust_env=False)
            assert answer.status_code == copy["status"], url


def test_every_record_is_concurrent_or_alone(demo: Demo) -> None:
    """`show` names the WARCs in which a stranger finds each proof."""
    folder, _ = demo
    found = shown(demo)
    assert [Path(name).name for name in found["warcs"]] == [path.name for path in warcs(folder)]
    assert json.dumps(found)

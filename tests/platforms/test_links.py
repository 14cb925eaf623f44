"""Links over the whole path: shorteners, tables of dead ones and a TimeGate on loopback."""

from __future__ import annotations

import gzip
import json
import lzma
import subprocess
from pathlib import Path
from typing import Any

import pytest

from archiver.models import FetchRequest
from tests.e2e.command import ORACLES, Said, archiver
from tests.platforms.web import PlatformWeb, serving
from tests.sources.playing import Answer

STORY = "http://news.test/2022/05/the-story"
GONE = "http://news.test/2022/05/the-lost-one"
COPY = f"http://archive.test/web/20220524120000/{GONE}"
DUMP = (
    b"#FORMAT: BEACON\n#PREFIX: http://short.invalid/\n#TIMESTAMP: 2014-05-01\n\n"
    b"AbC|" + STORY.encode() + b"\nabc|http://news.test/caf\xe9|1\n"
)


def page(title: str, status: int = 200, *headers: tuple[str, str]) -> Answer:
    """A page."""
    body = f"<title>{title}</title><p>It is told.</p>".encode()
    return Answer(status=status, headers=headers, body=body, mime="text/html")


def moved(to: str, *headers: tuple[str, str]) -> Answer:
    """A redirect."""
    return Answer(status=301, headers=(("Location", to), *headers), body=b"", mime="text/html")


def news(request: FetchRequest) -> Answer:
    """A site that lost a page."""
    if request.url == GONE:
        return page("Not found", 404)
    return page("The story")


class Archive:
    """A TimeGate, which counts."""

    def __init__(self, *, busy: int = 0) -> None:
        """`busy` is how many times it answers 429 first."""
        self.asked: list[FetchRequest] = []
        self._busy = busy

    def __call__(self, request: FetchRequest) -> Answer:
        """Answer as RFC 7089 has it."""
        self.asked.append(request)
        if self._busy:
            self._busy -= 1
            return page("Too many", 429, ("Retry-After", "1"))
        if request.url == f"http://archive.test/web/{GONE}":
            return moved(COPY, ("Vary", "accept-datetime"))
        if request.url == COPY:
            taken = ("Memento-Datetime", "Tue, 24 May 2022 12:00:00 GMT")
            return page("The lost one", 200, taken, ("Link", f'<{GONE}>; rel="original"'))
        return page("No copy", 404)


def short(request: FetchRequest) -> Answer:
    """bit.ly, as it answers to different people."""
    if request.url.endswith("/browsers"):
        agent = dict(request.headers).get("User-Agent", "")
        return moved(STORY) if agent.startswith("Mozilla") else page("Access denied", 403)
    if request.url.endswith("/warned"):
        return moved(f"http://bit.ly/a/warning?hash=x&url={STORY}")
    if "/a/warning" in request.url:
        return page("Stop - there might be a problem with the requested link")
    return moved(GONE + "?utm_source=short" if request.url.endswith("/utm") else GONE)


def written(folder: Path) -> str:
    """Write a dump, and give the settings that name it and a TimeGate."""
    (folder / "dump.txt.xz").write_bytes(lzma.compress(DUMP))
    return "[links]\nbeacon = ['dump.txt.xz']\ntimegate = 'http://archive.test/web/'\n"


def resolve(platforms: PlatformWeb, folder: Path, *links: str) -> dict[str, Any]:
    """Run `archiver resolve`; give each link by what was written."""
    (folder / "config.toml").write_text(platforms.settings(written(folder)))
    said = archiver(folder, "resolve", "--json", *links)
    assert said.code == 0, said.err
    return {each["uri_r"]: each for each in said.json["links"]}


def records(folder: Path) -> str:
    """All that stands in the WARCs."""
    files = sorted((folder / "data" / "warc").glob("*.warc.gz"))
    return "".join(gzip.decompress(each.read_bytes()).decode("utf-8", "replace") for each in files)


def test_dead_short_links_lead_on(tmp_path: Path) -> None:
    """By a table for the shortener, and the bytes of the table are recorded beside the attempt."""
    links = ("http://short.invalid/AbC", "http://short.invalid/abc", "http://short.invalid/zzz")
    with serving({"news.test": news, "archive.test": Archive()}) as platforms:
        found = resolve(platforms, tmp_path, *links)
    known, other, unknown = (found[link] for link in links)
    assert (known["target"], known["outcome"]) == (STORY, "ok")
    told = [(hop["mechanism"], hop["location"], hop["source"]) for hop in known["hops"]]
    assert told == [
        (None, None, None),
        ("beacon", STORY, "urlteam:dump.txt.xz"),
        (None, None, None),
    ]
    assert all(hop["record_id"] for hop in known["hops"])
    assert other["target"] == "http://news.test/caf%E9|1"
    assert (unknown["outcome"], len(unknown["hops"])) == ("dns_error", 1)
    kept = records(tmp_path)
    assert "WARC-Target-URI: urn:attempt:http://short.invalid/AbC" in kept
    assert "WARC-Target-URI: urn:beacon:http://short.invalid/AbC" in kept
    assert all(hop["record_id"] in kept for hop in known["hops"])


def test_shorteners_are_followed_past_their_pages(tmp_path: Path) -> None:
    """A warning is read, and who answers browsers only is asked like one."""
    with serving({"bit.ly": short, "news.test": news}) as platforms:
        found = resolve(platforms, tmp_path, "http://bit.ly/warned", "http://bit.ly/browsers")
    warned, browsers = found.values()
    assert (warned["target"], warned["outcome"]) == (STORY, "ok")
    assert [hop["mechanism"] for hop in warned["hops"]] == ["http", "interstitial", None]
    assert (browsers["target"], browsers["outcome"]) == (STORY, "ok")
    assert [(hop["status"], bool(hop["agent"])) for hop in browsers["hops"]] == [
        (403, False),
        (301, True),
        (200, False),
    ]


def test_dead_target_has_a_witness(tmp_path: Path) -> None:
    """Asked for the time of the post, recorded, and marked as that archive's word."""
    text = f"1/ It was told here {GONE} on 2 May.\n\n2/ And by http://bit.ly/x too."
    (tmp_path / "thread.txt").write_text(text)
    archive = Archive(busy=1)
    with serving({"bit.ly": short, "news.test": news, "archive.test": archive}) as platforms:
        said = platforms.capture(tmp_path, "thread.txt", more=written(tmp_path))
        assert said.code == 0, said.err
        link, through = said.json["links"]
        for each in (link, through):
            assert (each["target"], each["outcome"]) == (GONE, "dead")
            witness = each["witness"]
            assert (witness["uri_m"], witness["status"]) == (COPY, 200)
            assert witness["at"] == "2022-05-24T12:00:00Z"
            assert witness["source"] == "http://archive.test/web"
            assert witness["record_id"] in records(tmp_path)
            assert each["snapshot"]["status"] == 404
        asked = len(archive.asked)
        assert asked == 3  # one 429, the TimeGate, the memento: once for both links
        assert all("Accept-Datetime" in dict(each.headers) for each in archive.asked)
        again = platforms.capture(tmp_path, "thread.txt", more=written(tmp_path))
        assert again.json["links"][0]["witness"] == link["witness"]
        assert len(archive.asked) == asked
    _is_sound(tmp_path)
    before = archiver(tmp_path, "show", "--json", said.json["thread"]["id"]).json["links"]
    rebuilt = archiver(tmp_path, "rebuild", "--json")
    assert rebuilt.code == 0, rebuilt.err
    after = archiver(tmp_path, "show", "--json", said.json["thread"]["id"]).json["links"]
    assert before == after


def test_timegate_that_fails_spoils_nothing(tmp_path: Path) -> None:
    """The link is dead, and the sentence says that no copy came."""
    with serving({"news.test": news}) as platforms:
        found = resolve(platforms, tmp_path, GONE)
    assert (found[GONE]["outcome"], found[GONE]["witness"]) == ("dead", None)
    assert "TimeGate" in found[GONE]["error"]


def test_link_that_ends_elsewhere_is_an_event(tmp_path: Path) -> None:
    """It is told with both ends; another tracking parameter is none."""
    (tmp_path / "thread.txt").write_text("1/ See http://sho.test/x now.\n\n2/ More.")
    ways = [STORY, STORY + "?utm_source=a", "http://news.test/elsewhere"]
    said: list[Said] = []

    def shortener(request: FetchRequest) -> Answer:
        return moved(ways[len(said)])

    with serving({"sho.test": shortener, "news.test": news}) as platforms:
        while len(said) < len(ways):
            said.append(platforms.capture(tmp_path, "thread.txt"))
    assert [each.json["links"][0]["changes"] for each in said[:2]] == [[], []]
    [change] = said[2].json["links"][0]["changes"]
    assert change["kind"] == "moved"
    assert change["after"] == {"target": "http://news.test/elsewhere", "outcome": "ok"}


@pytest.mark.parametrize("name", ["none.xz", "broken.xz"])
def test_dump_that_cannot_be_read_is_a_wrong_setting(tmp_path: Path, name: str) -> None:
    """Said at the start, with its name."""
    (tmp_path / "broken.xz").write_bytes(lzma.compress(DUMP)[:-20])
    (tmp_path / "config.toml").write_text(f"[links]\nbeacon = ['{name}']\n")
    said = archiver(tmp_path, "resolve", "--json", "http://127.0.0.1/")
    assert said.code == 2
    assert name in said.err


def _is_sound(folder: Path) -> None:
    """Our verify and another's both accept what was kept."""
    verified = archiver(folder, "verify", "--json")
    assert verified.code == 0, verified.err
    warcs = [str(each) for each in (folder / "data" / "warc").glob("*.warc.gz")]
    if (ORACLES / "warcio").exists():  # tests/e2e/test_demo.py says what lacks without it
        checked = subprocess.run(
            [str(ORACLES / "warcio"), "check", *warcs], capture_output=True, check=False
        )
        assert checked.returncode == 0, checked.stdout
    json.dumps(verified.json)

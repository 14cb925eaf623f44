"""Feeds, pages and files of addresses over the whole path: real servers, command, archive."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.command import archiver
from tests.platforms.web import serving
from tests.sources.playing import Answer
from tests.sources.web_server import WebServer, entry, feed, html, page, rss

FEED, STORY = "http://news.test/feed", "http://news.test/story/"


def local(body: bytes) -> bytes:
    """Let a feed lead to the server that runs here."""
    return body.replace(b"https://news.example", b"http://news.test")


def site() -> WebServer:
    """A site with a feed of two entries, and their pages."""
    return WebServer(
        {
            FEED: feed(local(rss(entry(1), entry(2)))),
            f"{STORY}1": page(html("Story 1")),
            f"{STORY}2": page(html("Story 2")),
        }
    )


def test_feed_becomes_threads_with_snapshots(tmp_path: Path) -> None:
    """Each entry with the page it leads to; a second run brings an edit and no other thread."""
    server = site()
    with serving({"news.test": server}) as platforms:
        said = platforms.capture(tmp_path, FEED)
        assert said.code == 0, said.err
        found = {each["thread"]["title"]: each for each in said.json["captures"]}
        assert set(found) == {"Story 1", "Story 2"}
        [link] = found["Story 1"]["links"]
        assert (link["target"], link["outcome"]) == (f"{STORY}1", "ok")
        assert link["snapshot"]["title"] == "Story 1"
        server.answers[FEED] = feed(local(rss(entry(3), entry(1, "Corrected."))))
        server.answers[f"{STORY}3"] = page(html("Story 3"))
        again = platforms.capture(tmp_path, FEED)
    assert again.code == 0, again.err
    titles = [each["thread"]["title"] for each in again.json["captures"]]
    assert titles == ["Story 3", "Story 1"]
    [post] = again.json["captures"][1]["thread"]["posts"]
    assert (post["state"], post["text"]) == ("edited", "Story 1\n\nCorrected.")
    assert archiver(tmp_path, "status", "--json").json["counts"]["threads"] == 3


def test_feeds_that_hold_the_same_id_do_not_speak_for_each_other(tmp_path: Path) -> None:
    """Two of one site, or of two sites on one host: each says the same as before."""
    told = ("The whole text of the story.", "Short.")
    feeds = ("http://news.test/all", "http://news.test/politics")
    server = WebServer(
        {
            address: feed(local(rss(entry(1, text), title=f"Desk {address}")))
            for address, text in zip(feeds, told, strict=True)
        }
    )
    with serving({"news.test": server}) as platforms:
        for address in feeds * 2:
            said = platforms.capture(tmp_path, address, "--no-snapshots")
            assert said.code == 0, said.err
            assert "renamed" not in said.err and "edited" not in said.err
    assert archiver(tmp_path, "status", "--json").json["counts"]["threads"] == 2


def test_feed_that_claims_an_address_changes_nothing_there(tmp_path: Path) -> None:
    """What stands there is read as if nobody had claimed it, and what never was did not vanish."""
    page_there, never = "http://news.test/@ann/123", "http://news.test/@ann/999"
    claims = rss(
        f"<title>A</title><guid>tag:e,1:1</guid><link>{page_there}</link>",
        f"<title>B</title><guid>tag:e,1:2</guid><link>{never}</link>",
    )
    server = WebServer({page_there: page(html("The story"))})
    hosts = {"news.test": server, "evil.test": WebServer({"http://evil.test/feed": feed(claims)})}
    with serving(hosts) as platforms:
        assert platforms.capture(tmp_path, "http://evil.test/feed", "--no-snapshots").code == 0
        there = platforms.capture(tmp_path, page_there, "--no-snapshots")
        gone = platforms.capture(tmp_path, never, "--no-snapshots")
    assert there.code == 0, there.err
    assert there.json["thread"]["title"] == "The story"
    assert gone.json["error"]["kind"] == "NotFound"


def test_page_is_edited_and_vanishes(tmp_path: Path) -> None:
    """A plain page is a thread with versions like any other; a login wall changes nothing."""
    server = site()
    with serving({"news.test": server}) as platforms:
        states = []
        for answer in (
            page(html("Story 1")),
            page(html("Story 1", "The editors have taken this report back, and say why. " * 5)),
            page(b"no", 403),
            page(b"gone", 410),
        ):
            server.answers[f"{STORY}1"] = answer
            said = platforms.capture(tmp_path, f"{STORY}1")
            thread = said.json.get("thread")
            states.append(thread["posts"][0]["state"] if thread else said.json["error"]["kind"])
    assert states == ["present", "edited", "AccessDenied", "vanished"]


def test_server_that_asks_to_wait_is_asked_again(tmp_path: Path) -> None:
    """One 429 with Retry-After costs a second."""
    server = site()
    server.limited = {FEED: 1}
    with serving({"news.test": server}) as platforms:
        said = platforms.capture(tmp_path, FEED, "--no-snapshots")
    assert said.code == 0, said.err
    assert len(said.json["captures"]) == 2


def test_file_of_addresses_is_captured_one_by_one(tmp_path: Path) -> None:
    """Pages and a feed in one file; a bad line is named, and what fails does not stop the rest."""
    server = site()
    server.answers["http://news.test/a.pdf"] = Answer(body=b"%PDF-1.7", mime="application/pdf")
    seeds = f"# ours\n{STORY}1\nftp://news.test/x\nhttp://news.test/a.pdf\nhttp://news.test/no\n"
    (tmp_path / "seeds.txt").write_text(seeds)
    with serving({"news.test": server}) as platforms:
        said = platforms.capture(tmp_path, "seeds.txt")
    assert said.code == 1
    assert "line 3 holds no address" in said.err
    assert [each.get("thread", {}).get("title") for each in said.json["captures"]] == [
        "Story 1",
        "a.pdf",
        None,
    ]
    assert said.json["captures"][2]["error"]["kind"] == "NotFound"


def test_rebuild_gives_the_same_threads(tmp_path: Path) -> None:
    """From the WARCs alone: entries, a page, and a file of addresses."""
    (tmp_path / "seeds.csv").write_text(f"url,name\n{STORY}1,One\n")
    with serving({"news.test": site()}) as platforms:
        assert platforms.capture(tmp_path, FEED).code == 0
        assert platforms.capture(tmp_path, "seeds.csv").code == 0
    before = archiver(tmp_path, "status", "--json").json["counts"]
    rebuilt = archiver(tmp_path, "rebuild", "--json")
    assert rebuilt.code == 0, rebuilt.err
    after = archiver(tmp_path, "status", "--json").json["counts"]
    assert {name: after[name] for name in ("threads", "posts", "links", "snapshots")} == {
        name: before[name] for name in ("threads", "posts", "links", "snapshots")
    }

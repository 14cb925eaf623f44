"""What comes in by `archiver import`, and what is refused?"""

from __future__ import annotations

import dataclasses
import datetime as dt
import gzip
import io
import json
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

from archiver.core import merge
from archiver.importing.fitting import fitted, is_by
from archiver.models import Author, Thread, ThreadObservation
from archiver.sources.x.assembly import assemble
from archiver.sources.x.export import read_account, read_posts
from tests.e2e.command import Said, archiver
from tests.sources.playing import NOW
from tests.sources.x_server import nth
from tests.x_export import ExportMaker, script

PICTURE = b"\xff\xd8\xff\xe0 a picture"


def run(folder: Path, *words: str) -> Said:
    """Run the command in a folder without a web."""
    (folder / "config.toml").write_text("[network]\nper_host_delay_s = 0\n")
    return archiver(folder, *words)


def imported(folder: Path, *files: Path) -> list[dict[str, Any]]:
    """Import files and give what is said of each."""
    said = run(folder, "import", "--json", *map(str, files))
    results: list[dict[str, Any]] = said.json["imported"]
    return results


def whole_export() -> ExportMaker:
    """A thread of three with a picture, a reply to somebody else, and a repost."""
    export = ExportMaker()
    first = export.add(nth(1), "1/ Read https://t.co/AbC &amp; share", entities={
        "urls": [{"url": "https://t.co/AbC", "expanded_url": "https://bit.ly/3x",
                  "display_url": "bit.ly/3x", "indices": ["8", "24"]}],
    })  # fmt: skip
    medium = {
        "type": "photo",
        "url": "https://t.co/Pic",
        "media_url_https": "https://pbs.twimg.com/media/F.jpg",
        "expanded_url": f"https://twitter.com/ICIJ/status/{nth(2)}/photo/1",
        "display_url": "pic.twitter.com/Pic",
        "indices": ["11", "27"],
    }
    export.add(
        nth(2),
        "2/ See it: https://t.co/Pic",
        parent=first,
        entities={"media": [medium], "urls": []},
        extended_entities={"media": [medium]},
    )
    export.add(nth(3), "3/ The end", parent=nth(2))
    export.add(nth(4), "@eve no", parent=nth(40), to="77")
    export.add(nth(5), "RT @eve: something")
    export.media[f"{nth(2)}-F.jpg"] = PICTURE
    return export


def test_export_gives_the_threads_of_its_account(tmp_path: Path) -> None:
    """Replies to others and reposts are counted, not taken."""
    result = imported(tmp_path, whole_export().write(tmp_path / "x.zip"))[0]
    assert (result["posts"], result["left_out"], result["error"]) == (3, 2, None)
    shown = run(tmp_path, "show", "--json", result["threads"][0]).json["thread"]
    assert [post["text"] for post in shown["posts"]] == [
        "1/ Read bit.ly/3x & share",
        "2/ See it:",
        "3/ The end",
    ]
    assert shown["posts"][0]["links"] == ["https://bit.ly/3x"]
    assert (shown["platform"], shown["author"]["id"]) == ("x", "16067035")
    assert shown["completeness"]["expected"] == 3


def test_media_of_an_export_are_copies_with_records(tmp_path: Path) -> None:
    """The picture is kept under its address at X; its bytes lie in a record of their own."""
    imported(tmp_path, whole_export().write(tmp_path / "x.zip"))
    with sqlite3.connect(tmp_path / "data" / "archive.sqlite") as rows:
        found = rows.execute("select url, outcome, mime, bytes from media").fetchall()
    rows.close()
    url = "https://pbs.twimg.com/media/F.jpg?name=orig"
    assert [each[0] for each in found] == [url]
    assert found[0][2:] == ("image/jpeg", len(PICTURE))
    assert run(tmp_path, "verify", "--json").code == 0


def test_importing_twice_changes_nothing(tmp_path: Path) -> None:
    """The same export is the same threads."""
    path = whole_export().write(tmp_path / "x.zip")
    first, second = imported(tmp_path, path)[0], imported(tmp_path, path)[0]
    assert first["threads"] == second["threads"]
    shown = run(tmp_path, "show", "--json", first["threads"][0]).json
    assert [each["kind"] for each in shown["revisions"]] == ["added"] * 3


def test_database_is_made_again_from_an_import(tmp_path: Path) -> None:
    """What was imported is in the journal of the WARC."""
    result = imported(tmp_path, whole_export().write(tmp_path / "x.zip"))[0]
    before = run(tmp_path, "show", "--json", result["threads"][0]).json
    assert run(tmp_path, "rebuild", "--json").code == 0
    assert run(tmp_path, "show", "--json", result["threads"][0]).json == before


def test_saved_text_is_imported_as_a_thread(tmp_path: Path) -> None:
    """It takes the way of any captured file."""
    path = tmp_path / "tale.txt"
    path.write_text("The first post of a tale\nand the second one\n")
    result = imported(tmp_path, path)[0]
    assert (len(result["threads"]), result["posts"]) == (1, 2)


def test_import_follows_nothing(tmp_path: Path) -> None:
    """The links of a thread are followed when it is captured next, as the manual says."""
    path = tmp_path / "tale.txt"
    path.write_text("Read http://127.0.0.1:9/story\n\nand more\n")
    result = imported(tmp_path, path)[0]
    shown = run(tmp_path, "show", "--json", result["threads"][0]).json
    assert [(each["uri_r"], each["outcome"]) for each in shown["links"]] == [
        ("http://127.0.0.1:9/story", None)
    ]
    with sqlite3.connect(tmp_path / "data" / "archive.sqlite") as rows:
        (last,) = rows.execute("select state, thread_id from crawl").fetchall()
    rows.close()
    assert last == ("done", result["threads"][0])
    assert run(tmp_path, "rebuild", "--json").code == 0
    assert run(tmp_path, "show", "--json", result["threads"][0]).json == shown


def test_list_of_addresses_is_no_import(tmp_path: Path) -> None:
    """It names threads and is none; whoever takes it is named, and nothing is kept of it."""
    for name, text in (("l.csv", "url\nhttp://127.0.0.1:9/1\nfoo bar\n"), ("n.csv", "")):
        (tmp_path / name).write_text(text)
        answer = run(tmp_path, "import", "--json", name)
        (result,) = answer.json["imported"]
        assert (answer.code, result["threads"]) == (1, [])
        assert "`archiver capture` or a watch takes it" in result["error"]["message"]
        assert result["error"]["message"] in answer.err
    assert run(tmp_path, "status", "--json").json["crawls"] == []


def zipped(members: dict[str, bytes]) -> bytes:
    """Make a ZIP."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return buffer.getvalue()


EXPORT = whole_export().files()
BAD: list[tuple[str, bytes, str]] = [
    ("absolute name", zipped(EXPORT | {"/etc/passwd": b"x"}), "as no export does"),
    ("name that climbs", zipped(EXPORT | {"data/../../x": b"x"}), "as no export does"),
    ("another ZIP", zipped({"readme.txt": b"x"}), "no data export of X"),
    ("no account", zipped({"data/tweets.js": b"x"}), "data/account.js"),
    ("WACZ", zipped({"datapackage.json": b"{}"}), "holds no WARC"),
    ("cut ZIP", zipped(EXPORT)[:300], "cannot be read as a ZIP"),
    ("WARC", b"WARC/1.1\r\nWARC-Type: warcinfo\r\n", "no record that can be read"),
    ("gzip", b"\x1f\x8b\x08\x00", "no record that can be read"),
    ("OPML", b"<?xml version='1.0'?><opml version='2.0'/>", "lists no address"),
    ("bomb", zipped(EXPORT | {"data/tweets.js": b" " * 130_000_000}), "larger than the 128 MB"),
    (
        "million parts",
        zipped(EXPORT | {"data/tweets.js": b"x=[" + b"{}," * 6_000_001 + b"{}]"}),
        "no account wrote so much",
    ),
    ("cut JSON", zipped(EXPORT | {"data/tweets.js": b'window.YTD = [{"tw'}), "is not JSON"),
    ("nested", zipped(EXPORT | {"data/tweets.js": b"x=" + b"[" * 100_000}), "nested too deep"),
    ("a program", zipped(EXPORT | {"data/tweets.js": b"alert(1)"}), "does not begin with"),
    ("no list", zipped(EXPORT | {"data/tweets.js": b"x = {}"}), "is no list"),
    (
        "no number",
        zipped(EXPORT | {"data/account.js": script("account", [{"account": {}}])}),
        "accountId",
    ),
    ("nobody", zipped(EXPORT | {"data/account.js": script("account", [])}), "holds no account"),
]


def test_package_of_many_small_bombs_is_refused(tmp_path: Path) -> None:
    """Each of its WARCs is of a size that is let pass; all of them are not."""
    path = tmp_path / "a.wacz"
    warcs = {f"archive/{number}.warc": bytes(49_000_000) for number in range(11)}
    path.write_bytes(zipped({"datapackage.json": b"{}"} | warcs))
    answer = run(tmp_path, "import", str(path))
    assert answer.code == 2
    assert "unpack to 539,000,000, over 50 times as many" in answer.err
    assert not list((tmp_path / "data").glob("tmp/*"))
    assert not list((tmp_path / "data").glob("warc/*archive*"))


def test_what_cannot_be_taken_is_refused_in_a_sentence(tmp_path: Path) -> None:
    """The file and the reason are named, and the rest comes in all the same."""
    paths = [tmp_path / name for name, _, _ in BAD]
    for path, (_, body, _) in zip(paths, BAD, strict=True):
        path.write_bytes(body)
    good = whole_export().write(tmp_path / "x.zip")
    answer = run(tmp_path, "import", "--json", "missing.zip", *map(str, paths), str(good))
    assert answer.code == 1
    assert "Traceback" not in answer.err
    missing, *refused, taken = answer.json["imported"]
    assert "no such file" in missing["error"]["message"]
    assert taken["posts"] == 3
    told = {Path(each["file"]).name: each["error"]["message"] for each in refused}
    assert {name: said in told[name] for name, _, said in BAD} == {each[0]: True for each in BAD}


def test_one_strange_post_does_not_lose_the_export(tmp_path: Path) -> None:
    """It is counted and said."""
    export = whole_export()
    export.tweets += [{"tweet": {"id_str": "no number"}}, {"tweet": 7}, {}]
    result = imported(tmp_path, export.write(tmp_path / "x.zip"))[0]
    assert result["posts"] == 3
    assert result["notes"] == ["3 posts could not be read"]


def test_parts_and_old_names_are_read_together(tmp_path: Path) -> None:
    """Large exports come in parts, and those of 2019 have bare posts at the top."""
    export = whole_export()
    tweets = [each["tweet"] for each in export.tweets]
    files = export.files()
    del files["data/tweets.js"]
    files["tweet.js"] = script("tweet", tweets[:1])
    files["data/tweets-part1.js"] = script("tweets", export.tweets[1:], part=1)
    path = tmp_path / "x.zip"
    path.write_bytes(zipped(files))
    assert imported(tmp_path, path)[0]["posts"] == 3


def test_nothing_else_of_an_export_is_taken(tmp_path: Path) -> None:
    """Messages are nobody's business: only what is needed is recorded."""
    imported(tmp_path, whole_export().write(tmp_path / "x.zip"))
    warcs = b"".join(path.read_bytes() for path in (tmp_path / "data" / "warc").glob("*.warc*"))
    assert b"not ours to take" not in gzip.decompress(warcs)
    assert json.dumps("1/ Read https://t.co/AbC &amp; share").encode() in gzip.decompress(warcs)


def stored(export: ExportMaker) -> tuple[Thread, ThreadObservation]:
    """Make a thread of an export, and what the export shows of it."""
    files = export.files()
    owner = read_account(files["data/account.js"], "account.js")
    posts, _ = read_posts(files["data/tweets.js"], "tweets.js")
    (seen,) = assemble(owner, posts, NOW, ()).threads
    return merge.merge(None, seen)[0], seen


def test_older_export_brings_nothing_back_and_changes_nothing() -> None:
    """A post that vanished since it was made stays vanished; one that was never held is added."""
    thread, seen = stored(whole_export())
    later = dataclasses.replace(
        seen,
        posts=(seen.posts[0], dataclasses.replace(seen.posts[1], text="2/ Edited")),
        observed_at=NOW + dt.timedelta(days=1),
        gone=(seen.posts[0].id,),
    )
    (first,) = (each for each in seen.posts if each.text.startswith("1/"))
    later = dataclasses.replace(later, posts=later.posts[1:])
    captured, _ = merge.merge(None, dataclasses.replace(later, gone=()))
    whole, _ = merge.merge(thread, later)
    assert [each.state for each in whole.posts] == ["vanished", "edited", "present"]
    assert merge.merge(whole, fitted(whole, seen))[1] == ()
    added = merge.merge(captured, fitted(captured, seen))[1]
    assert [(each.kind, each.post_id) for each in added] == [
        ("added", first.id),
        ("added", seen.posts[2].id),
    ]


def test_newer_export_keeps_what_x_adds() -> None:
    """Descriptions and the words of quotes are not in an export: that is no edit."""
    thread, seen = stored(whole_export())
    (medium,) = seen.posts[1].media
    described = dataclasses.replace(
        seen.posts[1], media=(dataclasses.replace(medium, alt="A chart"),)
    )
    shown = dataclasses.replace(seen, posts=(seen.posts[0], described, seen.posts[2]))
    live, _ = merge.merge(thread, shown)
    newer = dataclasses.replace(seen, observed_at=NOW + dt.timedelta(days=1))
    assert merge.merge(live, fitted(live, newer))[1] == ()
    changed = dataclasses.replace(newer, posts=(dataclasses.replace(seen.posts[0], text="New"),))
    assert [each.kind for each in merge.merge(live, fitted(live, changed))[1]] == ["edited"]


def test_export_of_another_account_takes_no_thread(tmp_path: Path) -> None:
    """Anybody can write a file that holds the numbers of other people's posts."""
    thread = imported(tmp_path, whole_export().write(tmp_path / "x.zip"))[0]["threads"][0]
    before = run(tmp_path, "show", "--json", thread).json
    mallory = {"username": "mallory", "accountId": "666", "accountDisplayName": "Mallory"}
    forged = ExportMaker()
    forged.add(nth(1), "FORGED")
    forged.add(nth(9), "My own")
    files = {"data/account.js": script("account", [{"account": mallory}])}
    result = imported(tmp_path, forged.write(tmp_path / "evil.zip", files))[0]
    assert (result["posts"], result["left_out"]) == (1, 1)
    assert len(result["threads"]) == 1 and thread not in result["threads"]
    assert "is stored as another author's; nothing of that was taken" in result["notes"][0]
    assert run(tmp_path, "show", "--json", thread).json == before


def test_owner_is_told_by_name_where_no_number_is_known() -> None:
    """Pages of readers name no numbers."""
    thread, seen = stored(whole_export())
    nameless = dataclasses.replace(thread, author=Author(id="", handle="ICIJ"))
    assert is_by(thread, seen.author) and is_by(nameless, seen.author)
    assert not is_by(nameless, Author(id="16067035", handle="mallory"))
    assert is_by(dataclasses.replace(thread, author=Author(id="")), seen.author)


def test_export_adds_to_what_was_seen_live_and_edits_nothing() -> None:
    """Whatever time its manifest names: its words stand beside those of X, as a difference."""
    _, seen = stored(whole_export())
    live = dataclasses.replace(
        seen,
        posts=seen.posts[:2],
        completeness=dataclasses.replace(seen.completeness, reason="as X shows it"),
    )
    captured, _ = merge.merge(None, live)
    forged = dataclasses.replace(
        seen,
        posts=(dataclasses.replace(seen.posts[0], text="FORGED"), *seen.posts[1:]),
        observed_at=NOW + dt.timedelta(days=9),
        history=(dataclasses.replace(seen.posts[0], text="Never said"),),
    )
    told = fitted(captured, forged, witness="x.zip")
    merged, revisions = merge.merge(captured, told)
    assert [(each.kind, each.post_id) for each in revisions] == [("added", seen.posts[2].id)]
    assert merged.posts[0].post.text == seen.posts[0].text
    (difference,) = told.differences
    assert (difference.witness, difference.there) == ("x.zip", "FORGED")
    again = fitted(merged, forged)
    assert (
        again.completeness.reason
        == told.completeness.reason
        == "as X shows it; with what a data export held"
    )

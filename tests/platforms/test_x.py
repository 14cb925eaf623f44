"""X over the whole path: servers on loopback, the command, the archive."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

from tests.e2e.command import archiver
from tests.platforms.web import PlatformWeb, serving
from tests.sources.playing import WholeServer
from tests.sources.x_pages import NitterServer, SyndicationServer, reader_page
from tests.sources.x_server import XServer, nth
from tests.x_export import ExportMaker

TOKEN = {"ARCHIVER_X_TOKEN": "right"}
WITH_API = '[platforms.x]\napi = "http://api.x.test/2"\n'
SEED = "https://x.com/icij/status/{}"


def api(**more: object) -> XServer:
    """Make an API that wants a token."""
    server = XServer("http://api.x.test/2", "http://pbs.x.test", token="right")
    for name, value in more.items():
        setattr(server, name, value)
    return server


def records(folder: Path) -> bytes:
    """Give all that was recorded."""
    paths = (folder / "data" / "warc").glob("*.warc.gz")
    return b"".join(gzip.decompress(path.read_bytes()) for path in paths)


def with_api(server: XServer, **more: WholeServer) -> dict[str, WholeServer]:
    """Serve the API under its name."""
    return {"api.x.test": server, "pbs.x.test": NitterServer(), **more}


def test_thread_is_captured_whole_and_the_token_never_recorded(tmp_path: Path) -> None:
    """Several pages; the second witness is asked without the token."""
    server = api(page=30)
    ids = server.thread(100)
    shown = [(each, f"Post {place}") for place, each in enumerate(ids, start=1)]
    shown[1] = (ids[1], "Another second post")
    servers = with_api(server, **{"reader.test": lambda request: reader_page(shown)})
    with serving(servers) as platforms:
        said = platforms.capture(
            tmp_path,
            SEED.format(ids[50]),
            more=WITH_API + 'search = "all"\nwitness = "http://reader.test"\n',
            env=TOKEN,
        )
        tokens = {
            request.url.split("/")[2]: dict(request.headers).get("Authorization")
            for request in platforms.asked
        }
    assert said.code == 0, said.err
    thread = said.json["thread"]
    assert [post["text"] for post in thread["posts"]] == [f"Post {n}" for n in range(1, 101)]
    assert (thread["platform"], thread["completeness"]["expected"]) == ("x", 100)
    assert "something else in 1 place" in thread["completeness"]["reason"]
    assert tokens["api.x.test"] == "Bearer right"
    assert tokens["reader.test"] is None
    assert b"right" not in records(tmp_path)


def test_export_changes_nothing_that_was_seen_live(tmp_path: Path) -> None:
    """Not a word, not a picture; what differs is shown, and what was never held is added."""
    server = api()
    ids = server.thread(2)
    export = ExportMaker(made="2031-01-01T00:00:00.000Z")
    picture = {"type": "photo", "media_url_https": "https://pbs.twimg.com/media/F.jpg"}
    export.add(ids[0], "FORGED", extended_entities={"media": [picture]})
    export.add(nth(9), "Never held", parent=ids[0])
    export.media[f"{ids[0]}-F.jpg"] = b"another picture"
    with serving(with_api(server)) as platforms:
        live = platforms.capture(tmp_path, SEED.format(ids[0]), more=WITH_API, env=TOKEN)
    assert live.code == 0, live.err
    before = live.json["thread"]["posts"]
    export.write(tmp_path / "x.zip")
    said = archiver(tmp_path, "import", "--json", str(tmp_path / "x.zip"))
    assert said.code == 0, said.err
    shown = archiver(tmp_path, "show", "--json", live.json["thread"]["id"]).json
    texts = [(each["text"], each["state"]) for each in shown["thread"]["posts"]]
    assert texts == [
        *((each["text"], each["state"]) for each in before),
        ("Never held", "present"),
    ]
    told = [each["there"] for capture in shown["captures"] for each in capture["differences"]]
    assert told == ["FORGED"]
    assert b"another picture" not in records(tmp_path)
    assert archiver(tmp_path, "rebuild", "--json").code == 0
    assert archiver(tmp_path, "show", "--json", live.json["thread"]["id"]).json == shown


def test_rate_limit_is_a_sentence_with_the_time(tmp_path: Path) -> None:
    """429, and the reset in epoch seconds."""
    server = api(refuse_after=0)
    ids = server.thread(2)
    with serving(with_api(server)) as platforms:
        said = platforms.capture(tmp_path, SEED.format(ids[0]), more=WITH_API, env=TOKEN)
    assert said.code == 1
    assert "allows no more requests now (429)" in said.err
    assert said.json["error"]["kind"] == "RateLimited"


def test_missing_and_refused_credentials_name_the_variable(tmp_path: Path) -> None:
    """Without a token nothing is asked; a wrong one is no deletion."""
    server = api()
    ids = server.thread(2)
    with serving(with_api(server)) as platforms:
        without = platforms.capture(tmp_path, SEED.format(ids[0]), more=WITH_API)
        assert platforms.asked == []
        wrong = platforms.capture(
            tmp_path, SEED.format(ids[0]), more=WITH_API, env={"ARCHIVER_X_TOKEN": "wrong"}
        )
    assert without.json["error"]["kind"] == "CredentialMissing"
    assert wrong.json["error"]["kind"] == "AccessDenied"
    for said in (without, wrong):
        assert said.code == 1
        assert "ARCHIVER_X_TOKEN" in said.err


def test_budget_ends_the_questions_and_the_thread_says_so(tmp_path: Path) -> None:
    """Two posts may be read, so the search is not made."""
    server = api()
    ids = server.thread(5)
    with serving(with_api(server)) as platforms:
        said = platforms.capture(
            tmp_path, SEED.format(ids[0]), more=WITH_API + "posts_per_month = 50\n", env=TOKEN
        )
    assert said.code == 0, said.err
    done = said.json["thread"]["completeness"]
    assert (done["captured"], done["expected"]) == (1, None)
    assert "budget of x" in done["reason"]


def test_edit_and_deletion_between_captures_are_revisions(tmp_path: Path) -> None:
    """The same thread and the same post, whatever number the edit has."""
    server = api()
    ids = server.thread(3)
    with serving(with_api(server)) as platforms:

        def capture() -> dict[str, str]:
            said = platforms.capture(tmp_path, SEED.format(ids[0]), more=WITH_API, env=TOKEN)
            assert said.code == 0, said.err
            posts = said.json["thread"]["posts"]
            return {post["text"]: post["state"] for post in posts}

        capture()
        versions = (ids[1], nth(20))
        server.posts[ids[1]]["edit_history_tweet_ids"] = list(versions)
        server.add(nth(20), "Post two", parent=ids[0], versions=versions)
        server.deleted.add(ids[2])
        assert capture() == {"Post 1": "present", "Post two": "edited", "Post 3": "vanished"}
    before = archiver(tmp_path, "show", "--json", SEED.format(ids[0]))
    assert archiver(tmp_path, "rebuild", "--json").code == 0  # without any credential
    after = archiver(tmp_path, "show", "--json", SEED.format(ids[0]))
    assert after.json == before.json


def test_account_leads_to_its_threads(tmp_path: Path) -> None:
    """Each is captured by itself."""
    server = api()
    server.thread(3)
    server.add(nth(60), "Alone")
    with serving(with_api(server)) as platforms:
        said = platforms.capture(tmp_path, "https://x.com/ICIJ", more=WITH_API, env=TOKEN)
    assert said.code == 0, said.err
    counts = [len(each["thread"]["posts"]) for each in said.json["captures"] if "thread" in each]
    assert sorted(counts) == [1, 3]


def test_nitter_and_syndication_give_the_same_thread_without_a_token(tmp_path: Path) -> None:
    """One identity for all ways."""
    ids = [nth(serial) for serial in (1, 2, 3)]
    single = SyndicationServer()
    for place, each in enumerate(ids):
        single.add(each, f"Post {place + 1}", parent=ids[place - 1] if place else "")
    pages = NitterServer([(each, "icij", f"Post {n}") for n, each in enumerate(ids, start=1)])
    with serving({"nitter.test": pages, "cdn.test": single}) as platforms:
        by_page = _captured(platforms, tmp_path, ids[2], 'nitter = "http://nitter.test"')
        by_walk = _captured(platforms, tmp_path, ids[2], 'syndication = "http://cdn.test"')
    assert by_page["id"] == by_walk["id"]
    for thread in (by_page, by_walk):
        assert [post["text"] for post in thread["posts"]] == ["Post 1", "Post 2", "Post 3"]


def _captured(platforms: PlatformWeb, folder: Path, post_id: str, setting: str) -> dict[str, Any]:
    more = f"[platforms.x]\n{setting}\n"
    said = platforms.capture(folder, SEED.format(post_id), more=more)
    assert said.code == 0, said.err
    thread: dict[str, Any] = said.json["thread"]
    return thread

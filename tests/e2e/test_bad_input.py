"""Does every bad input end in one clear sentence, and does what was captured before stay?"""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from tests.e2e.command import archiver

TALE = "First post of a tale. bit.ly/abc\nSecond post of it.\n"


def one_sentence(said: str) -> bool:
    """Say whether stderr holds one line from us (progress lines apart)."""
    lines = [line for line in said.splitlines() if line.startswith("archiver: ")]
    return len(lines) == 1 and "Traceback" not in said


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["capture", "https://nobody.example/nothing/here"], 1, "its name was not found"),
        (["capture", "missing.txt"], 2, "missing.txt"),
        (["capture", "http://"], 2, "http://"),
        (["capture", "empty.txt"], 1, "no thread"),
        (["capture", "footer.txt"], 1, "no thread"),
        (["capture", "picture.png"], 1, "picture.png"),
        (["capture", "page.html"], 1, "no thread"),
        (["capture", "."], 2, "directory"),
        (["watch", "add", "https://a.example/@b", "--every", "soon"], 2, "duration"),
        (["watch", "remove", "none"], 2, "no archive here"),
        (["watch", "pause", "none"], 2, "no archive here"),
        (
            ["watch", "add", "https://a.example/@b", "--every", "1h", "--cron", "0 6 * * *"],
            2,
            "both",
        ),
        (["watch", "add", "nothing.txt"], 2, "nothing.txt"),
        (["watch", "add", "ftp://a.example/nothing"], 2, "no source knows"),
        (["verify"], 2, "no archive here"),
        (["show", "7"], 2, "no archive here"),
        (["where", "not-a-url"], 2, "not-a-url: is no address"),
        (["where", "bit.ly/x"], 2, "no archive here"),
        (["publish"], 2, "no archive here"),
        (["serve"], 2, "no archive here"),
        (["watch", "list"], 2, "no archive here"),
        (["capture", "latin1.txt"], 1, "is not UTF-8 text (at byte 3)"),
        (["capture"], 2, "Missing argument"),
        (["capture", "--quickly", "x"], 2, "--quickly"),
        (["frobnicate"], 2, "frobnicate"),
        (["--config", "nowhere.toml", "status"], 2, "nowhere.toml"),
        (["--config", "bad.toml", "status"], 2, "network.dely"),
        (["--data-dir", "file/data", "status"], 2, "there is no archive here"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else None,
)
def test_bad_input_is_one_sentence(tmp_path: Path, words: list[str], code: int, said: str) -> None:
    """What, where, what to do; exit 1 if the work failed, 2 if the call was wrong."""
    (tmp_path / "empty.txt").write_text(" \n\n")
    (tmp_path / "latin1.txt").write_bytes("Café\nbit.ly/x".encode("latin-1"))
    (tmp_path / "footer.txt").write_text("Share this Scrolly Tale with your friends.\n")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 50)
    (tmp_path / "page.html").write_text("<!doctype html><title>News</title><p>No thread.")
    (tmp_path / "bad.toml").write_text("[network]\ndely = 1\n")
    (tmp_path / "file").write_text("a file where a folder is wanted")
    got = archiver(tmp_path, *words)
    assert got.code == code, got.err
    assert said in got.err
    assert one_sentence(got.err), got.err


ANSWERS: dict[str, tuple[int, str, bytes]] = {
    "html": (200, "text/html", b"<html><p>Log in</html>"),
    "broken": (200, "application/json", b'{"id": "\xff\xfe'),
    "list": (200, "application/json", b"[1, 2]"),
    "gone": (404, "application/json", b'{"error":"Record not found"}'),
    "private": (401, "application/json", b'{"error":"This method requires authentication"}'),
    "busy": (429, "application/json", b"{}"),
    "down": (503, "text/html", b"<h1>maintenance</h1>"),
    "huge": (200, "application/json", b"[" + b" " * 100_000_000),
}


@contextmanager
def bad_server(kind: str) -> Iterator[int]:
    """Answer every request in one bad way, on loopback."""
    status, mime, body = ANSWERS[kind]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Type", mime)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            """The client may hang up in the middle: that is what is tested."""

    with Server(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


@pytest.mark.parametrize("kind", sorted(ANSWERS))
def test_bad_answers_are_one_sentence(tmp_path: Path, kind: str) -> None:
    """A platform that answers nonsense fails the capture plainly, and the evidence is kept."""
    with bad_server(kind) as port:
        (tmp_path / "config.toml").write_text(
            f"""
            [network]
            allow_private = ["127.0.0.0/8"]
            per_host_delay_s = 0
            connect_to = {{ "bad.example:80" = "127.0.0.1:{port}" }}
            """
        )
        got = archiver(tmp_path, "capture", "http://bad.example/@desk/123456")
    assert got.code == 1, got.err
    assert one_sentence(got.err), got.err
    assert "bad.example" in got.err
    assert list((tmp_path / "data" / "warc").glob("*.warc.gz"))


def test_lost_index_never_empties_what_is_published(tmp_path: Path) -> None:
    """Without its database an archive refuses to publish: pages and feeds stay as they are."""
    assert archiver(tmp_path, "capture", "-", "--no-snapshots", stdin="One.\nTwo.\n").code == 0
    assert archiver(tmp_path, "publish").code == 0
    published = sorted((tmp_path / "data" / "public").rglob("*"))
    for path in (tmp_path / "data").glob("archive.sqlite*"):
        path.unlink()
    for words in (["publish"], ["verify"], ["publish"]):  # none may put a new one in its place
        got = archiver(tmp_path, *words)
        assert got.code == 1
        assert "archive.sqlite is gone or empty, though 1 WARCs are there" in got.err
        assert sorted((tmp_path / "data" / "public").rglob("*")) == published
    [warc] = (tmp_path / "data" / "warc").glob("*.warc.gz")
    assert archiver(tmp_path, "verify", str(warc)).code == 0


def test_taken_name_of_a_watch_is_refused(tmp_path: Path) -> None:
    """A second watch of the same name never replaces the first."""
    seed = "https://a.example/@desk"
    assert archiver(tmp_path, "watch", "add", seed, "--name", "Desk").code == 0
    again = archiver(tmp_path, "watch", "add", f"{seed}2", "--name", "Desk")
    assert again.code == 2
    assert "'Desk' already" in again.err
    other = archiver(tmp_path, "watch", "pause", "Dsk")
    assert other.code == 2 and "no watch is named 'Dsk'" in other.err
    [watch] = archiver(tmp_path, "watch", "list", "--json").json["watches"]
    assert watch["url"] == seed


def test_unknown_thread_or_file_is_named(tmp_path: Path) -> None:
    """In an archive that is there, what is not in it is said by its name."""
    assert archiver(tmp_path, "capture", "-", "--no-snapshots", stdin="One.\nTwo.\n").code == 0
    for words in (["show", "0123456789abcdef"], ["verify", "missing.warc.gz"]):
        got = archiver(tmp_path, *words)
        assert got.code == 2
        assert words[1] in got.err and one_sentence(got.err)


def test_failure_keeps_what_was_captured_before(tmp_path: Path) -> None:
    """A thread captured earlier is still there after a later capture failed."""
    (tmp_path / "config.toml").write_text(
        '[network]\nallow_private = ["127.0.0.1/32"]\n'
        'connect_to = { "bit.ly:443" = "127.0.0.1:1" }\nper_host_delay_s = 0\n'
    )
    first = archiver(tmp_path, "capture", "-", "--json", stdin=TALE)
    assert first.code == 0, first.err
    assert first.json["links"][0]["outcome"] == "refused"
    assert archiver(tmp_path, "capture", "missing.txt").code == 2
    again = archiver(tmp_path, "show", first.json["thread"]["id"], "--json")
    assert [post["text"] for post in again.json["thread"]["posts"]] == TALE.splitlines()


def test_webhook_can_be_tried_before_there_is_an_archive(tmp_path: Path) -> None:
    """As docs/how-to/webhooks.md has it: first the receiver, then the archiver."""
    (tmp_path / "config.toml").write_text(
        '[[webhook]]\nname = "desk"\nurl = "http://127.0.0.1:9/"\n'
    )
    said = archiver(
        tmp_path,
        "webhook",
        "test",
        "desk",
        env={"ARCHIVER_WEBHOOK_DESK_SECRET": "whsec_" + "A" * 44},
    )
    assert said.code == 1
    assert said.err.startswith("archiver: http://127.0.0.1:9/: ")

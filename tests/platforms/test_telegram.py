"""Telegram over the whole path: a real server with its pages, the command, the archive."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.platforms.web import PlatformWeb, serving
from tests.sources.playing import Answer, by_url
from tests.sources.telegram_server import TelegramServer

SETTINGS = '[platforms.telegram]\nweb = "http://t.test"\n'
SEED = "https://t.me/desk_news/{}"
PHOTO = (
    '<a class="tgme_widget_message_photo_wrap" href="https://t.me/Desk_news/{0}"'
    " style=\"width:800px;background-image:url('http://cdn.test/file/{1}.jpg')\"></a>"
)


@contextmanager
def served(server: TelegramServer) -> Iterator[PlatformWeb]:
    """Serve the channel, and its pictures."""
    picture = Answer(body=b"\xff\xd8\xff\xe0 picture", mime="image/jpeg")
    with serving({"t.test": by_url(server), "cdn.test": lambda request: picture}) as platforms:
        yield platforms


def made() -> TelegramServer:
    """A channel with a thread that goes over several pages."""
    server = TelegramServer()
    server.cdn = "http://cdn.test/file"
    server.thread(*range(10, 50, 2))
    for number in range(11, 50, 2):
        server.add(number)
    server.posts[10].inside = PHOTO.format(10, "one")
    return server


def test_thread_over_several_pages_is_captured_whole(tmp_path: Path) -> None:
    """From its last post on, with its picture; what stands between is left out."""
    with served(made()) as platforms:
        said = platforms.capture(tmp_path, SEED.format(48), more=SETTINGS)
    assert said.code == 0, said.err
    thread = said.json["thread"]
    assert [post["text"] for post in thread["posts"]] == [f"Post {n}" for n in range(10, 50, 2)]
    assert (thread["platform"], thread["completeness"]["expected"]) == ("telegram", 20)
    assert any(request.url.startswith("http://cdn.test/") for request in platforms.asked)


def test_deleted_post_vanishes(tmp_path: Path) -> None:
    """By Telegram's own word; its stored words stay."""
    server = made()
    with served(server) as platforms:
        platforms.capture(tmp_path, SEED.format(10), more=SETTINGS)
        del server.posts[20]
        server.posts[22].reply_to = None
        said = platforms.capture(tmp_path, SEED.format(10), more=SETTINGS)
    assert said.code == 0, said.err
    states = {post["text"]: post["state"] for post in said.json["thread"]["posts"]}
    assert states.pop("Post 20") == "vanished"
    assert set(states.values()) == {"present"}
    assert len(states) == 19


def test_channel_is_listed(tmp_path: Path) -> None:
    """Each thread by its first post."""
    with served(made()) as platforms:
        said = platforms.capture(tmp_path, "https://t.me/s/desk_news", more=SETTINGS)
    assert said.code == 0, said.err
    assert "https://t.me/Desk_news/49" in said.out


def test_channel_without_preview_is_told(tmp_path: Path) -> None:
    """One sentence, and no traceback."""
    server = made()
    server.preview = False
    with served(server) as platforms:
        said = platforms.capture(tmp_path, "https://t.me/desk_news", more=SETTINGS)
    assert said.code == 1
    assert "no preview" in said.err + said.out


def test_rate_limit_is_told(tmp_path: Path) -> None:
    """With the seconds that the server names."""
    server = made()
    server.fixed["/desk_news/10"] = Answer(status=429, headers=(("Retry-After", "300"),))
    with served(server) as platforms:
        said = platforms.capture(tmp_path, SEED.format(10), more=SETTINGS)
    assert said.code == 1
    assert "300 s" in said.err + said.out

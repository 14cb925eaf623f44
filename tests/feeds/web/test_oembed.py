"""Can another site show a thread of ours in a frame, and nothing but that?"""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

from tests.feeds import views
from tests.feeds.views import BASE
from tests.feeds.web.serving import Client

THREAD = views.typical().thread
PAGE = f"{BASE}/t/{THREAD.id}/"


def test_thread_is_described(client: Client) -> None:
    """A frame of our page for embedding, which lets itself be framed."""
    answer = client.ask(f"/oembed?format=json&url={quote(PAGE, safe='')}")
    told = json.loads(answer.body)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert (told["version"], told["type"]) == ("1.0", "rich")
    assert told["title"] == THREAD.title
    assert told["html"].startswith(f'<iframe src="{PAGE}embed/"')
    framed = client.ask(f"/t/{THREAD.id}/embed/")
    assert framed.status == 200
    assert "frame-ancestors *" in framed.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in client.ask(f"/t/{THREAD.id}/").headers[
        "content-security-policy"
    ]  # fmt: skip


def test_frame_is_no_larger_than_wanted(client: Client) -> None:
    """Nor smaller than can be read; nonsense is as if nothing was said."""
    asked = f"/oembed?url={quote(PAGE, safe='')}"
    small = json.loads(client.ask(f"{asked}&maxwidth=300&maxheight=1").body)
    assert (small["width"], small["height"]) == (300, 160)
    assert 'width="300" height="160"' in small["html"]
    odd = json.loads(client.ask(f"{asked}&maxwidth=-1&maxheight=%D9%A3").body)
    assert (odd["width"], odd["height"]) == (560, 420)
    assert client.ask(f"{asked}%23p2").status == 200


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ("url=https://other.example/t/1/", 404),
        (f"url={BASE}.other.example/t/{THREAD.id}/", 404),
        (f"url={BASE}/t/nothing/", 404),
        (f"url={BASE}/t/../{THREAD.id}/", 404),
        (f"url={BASE}/", 404),
        ("", 404),
        (f"url={PAGE}&format=xml", 501),
    ],
)
def test_nothing_else_is_described(client: Client, asked: str, status: int) -> None:
    """Neither pages of others nor what is not there."""
    answer = client.ask(f"/oembed?{asked}")
    assert answer.status == status
    assert json.loads(answer.body)["error"]

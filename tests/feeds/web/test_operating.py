"""Can an operator see whether the archive is well, and nobody else more than that?"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.models import CrawlRequest, Watch
from feeds.web.token import Token
from tests.feeds import views
from tests.feeds.archive import Archive
from tests.feeds.web.serving import Client, served

BEARER = {"Authorization": "Bearer a-long-secret"}
ELSEWHERE = {"X_Forwarded_For": "192.0.2.1"}


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    """An archive with a thread of a watch."""
    made = Archive(tmp_path / "data")
    name, url = 'a "desk"\n\\', views.typical().thread.url
    made.store.add_watch(Watch(name, url, every_s=60, origin="command"))
    made.keep(views.typical(), watch=name)
    yield made
    made.close()


@pytest.fixture
def client(archive: Archive) -> Iterator[Client]:
    """A client of its web app."""
    token = Token("a-long-secret")
    with served(
        archive.store, archive.payloads, archive.public, archive.base_url, token=token
    ) as found:
        yield found


def test_metrics_are_text_that_prometheus_reads(client: Client) -> None:
    """Each line is a comment or a sample; names of watches are escaped."""
    answer = client.ask("/metrics")
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    sample = re.compile(r'archiver_\w+(\{\w+="(?:[^"\\\n]|\\["\\n])*"\})? [0-9.e+]+')
    lines = answer.text.splitlines()
    assert all(line.startswith("# ") or sample.fullmatch(line) for line in lines)
    assert "archiver_threads 1" in lines and 'archiver_crawls{state="done"} 1' in lines
    assert "archiver_unpublished_threads 1" in lines
    assert any('watch="a \\"desk\\"\\n\\\\"' in line for line in lines)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (ELSEWHERE, 401),
        ({"Via": "1.1 proxy"}, 401),
        ({"Authorization": "Bearer no"} | ELSEWHERE, 401),
        (BEARER | ELSEWHERE, 200),
    ],
)
def test_metrics_are_shown_to_those_who_may_see_them(
    client: Client, headers: dict[str, str], status: int
) -> None:
    """What a web server passes on comes from elsewhere, though it comes from this machine."""
    assert client.ask("/metrics", **headers).status == status


def test_metrics_behind_a_web_server_need_the_token(archive: Archive) -> None:
    """A server in front may pass on what strangers ask as though it came from this machine."""
    place = (archive.store, archive.payloads, archive.public, "https://archive.example")
    with served(*place, token=Token("a-long-secret")) as client:
        assert client.ask("/metrics").status == 401
        assert client.ask("/metrics", **BEARER).status == 200


def test_health_says_what_is_wrong(archive: Archive, client: Client) -> None:
    """In words, while it goes on answering."""
    assert json.loads(client.ask("/healthz").body) == {"status": "ok", "problems": []}
    late = dt.datetime.now(dt.UTC) - dt.timedelta(hours=1)
    archive.store.enqueue(CrawlRequest("https://social.example/@late/1", late))
    said = json.loads(client.ask("/healthz").body)
    assert said["status"] == "degraded" and "due for 60 minutes" in said["problems"][0]


def test_broken_database_is_failing(archive: Archive, client: Client) -> None:
    """With 503, and the sentence of the store."""
    path = archive.folder / "archive.sqlite"
    archive.store.close()
    path.with_name("archive.sqlite-wal").unlink(missing_ok=True)
    path.write_bytes(b"no database" * 1000)
    answer = client.ask("/healthz")
    assert answer.status == 503 and b'"failing"' in answer.body
    assert client.ask("/metrics").status == 503
    assert client.ask("/search?q=x").status == 503


def test_secret_stands_in_no_text() -> None:
    """Not even in that of the object that holds it."""
    assert "a-long-secret" not in repr(Token("a-long-secret"))

"""Does a secret address give its reader feeds, and nobody else anything?"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from archiver.errors import StoreError, UsageError
from archiver.models.policy import Decision, PolicyState
from feeds.web.app import WebOptions
from feeds.web.readers import FILE, Readers
from tests.feeds import views
from tests.feeds.archive import Archive
from tests.feeds.web.serving import Client, served

NOW = dt.datetime(2026, 11, 24, 12, tzinfo=dt.UTC)
THREAD = views.typical().thread.id


@pytest.fixture
def private(tmp_path: Path) -> Iterator[tuple[Archive, Readers, Client]]:
    """An archive with one thread under embargo, nothing else; its readers; a client."""
    made = Archive(tmp_path / "data")
    made.keep(views.typical())
    until = NOW + dt.timedelta(days=3_650)
    made.store.decide(Decision(THREAD, PolicyState.EMBARGOED, NOW, until))
    made.publish()
    readers = Readers(tmp_path / "data")
    options = WebOptions(readers=readers)
    place = (made.store, made.payloads, made.public, made.base_url)
    with served(*place, options=options) as client:
        yield made, readers, client
    made.close()


def test_reader_gets_public_feeds(private: tuple[Archive, Readers, Client]) -> None:
    """The same bytes, for one reader only: no shared cache, no other site, no search engine."""
    _, readers, client = private
    secret = readers.add("Desk", embargoed=False, now=NOW)
    for path in ("/feeds/all.rss", "/feeds/all.json"):
        answer = client.ask(f"/r/{secret}{path}")
        assert (answer.status, answer.body) == (200, client.ask(path).body)
        assert answer.headers["cache-control"] == "private, max-age=60"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-robots-tag"] == "noindex, nofollow"
        assert not {"access-control-allow-origin", "link"} & answer.headers.keys()
        again = client.ask(f"/r/{secret}{path}", If_None_Match=answer.headers["etag"])
        assert (again.status, again.headers["cache-control"]) == (304, "private, max-age=60")


def test_revoked_address_answers_nothing(private: tuple[Archive, Readers, Client]) -> None:
    """At once, also to who has the newest version; and so does one that never was."""
    _, readers, client = private
    secret = readers.add("Desk", embargoed=True, now=NOW)
    answer = client.ask(f"/r/{secret}/feeds/all.rss")
    readers.revoke("Desk")
    tag = answer.headers["etag"]
    for place in (f"/r/{secret}", "/r/guessed", "/r/", "/r"):
        for path in ("/feeds/all.rss", "/feeds/embargoed.rss"):
            assert client.ask(f"{place}{path}", If_None_Match=tag).status == 404


def test_only_chosen_readers_see_what_is_under_embargo(
    private: tuple[Archive, Readers, Client],
) -> None:
    """In a feed of its own; no public feed has it, and other readers do not."""
    _, readers, client = private
    chosen = readers.add("Editor", embargoed=True, now=NOW)
    other = readers.add("Desk", embargoed=False, now=NOW)
    answer = client.ask(f"/r/{chosen}/feeds/embargoed.json")
    entries = json.loads(answer.body)["items"]
    assert len(entries) == 1 and THREAD in entries[0]["url"]
    assert answer.headers["cache-control"].startswith("private")
    tag = answer.headers["etag"]
    assert client.ask(f"/r/{chosen}/feeds/embargoed.json", If_None_Match=tag).status == 304
    assert client.ask(f"/r/{other}/feeds/embargoed.json").status == 404
    assert client.ask("/feeds/embargoed.json").status == 404
    assert client.ask(f"/r/{chosen}/feeds/embargoed.opml").status == 404
    assert json.loads(client.ask(f"/r/{chosen}/feeds/all.json").body)["items"] == []


def test_nothing_but_feeds_is_served(private: tuple[Archive, Readers, Client]) -> None:
    """Pages name others in their links; a secret address shall not be where one clicks."""
    _, readers, client = private
    secret = readers.add("Desk", embargoed=True, now=NOW)
    for path in ("/", "/healthz", "/feeds/", "/../feeds/all.rss", "/r/x/feeds/all.rss"):
        assert client.ask(f"/r/{secret}{path}").status == 404


def test_secret_is_kept_by_nobody(tmp_path: Path) -> None:
    """The file holds a digest, and only its owner may read it."""
    readers = Readers(tmp_path)
    secret = readers.add("Desk", embargoed=False, now=NOW)
    place = tmp_path / FILE
    assert secret not in place.read_text()
    assert place.stat().st_mode & 0o077 == 0
    found = Readers(tmp_path).known_by(secret)
    assert found is not None and found.name == "Desk"


def test_names_are_plain_and_unique(tmp_path: Path) -> None:
    """Each mistake is one sentence."""
    readers = Readers(tmp_path)
    readers.add("Desk", embargoed=False, now=NOW)
    with pytest.raises(UsageError, match="already"):
        readers.add(" Desk ", embargoed=False, now=NOW)
    for name in ("", " ", "a\nb", "x" * 121):
        with pytest.raises(UsageError, match="needs a name"):
            readers.add(name, embargoed=False, now=NOW)
    with pytest.raises(UsageError, match="no reader"):
        readers.revoke("Editor")


def test_damaged_file_is_told(tmp_path: Path) -> None:
    """It is not taken for an empty one, which the next reader would overwrite."""
    (tmp_path / FILE).write_text("{")
    with pytest.raises(StoreError, match="readers"):
        Readers(tmp_path).add("Desk", embargoed=False, now=NOW)

"""Can readers search, on a page without script and in their feed reader?"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import feedparser
import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from archiver.models import Decision, PolicyState
from tests.feeds import views
from tests.feeds.archive import Archive, whole
from tests.feeds.json_feed_rules import check_json_feed
from tests.feeds.validator import check_atom, check_rss
from tests.feeds.web.serving import Client, served

_CHECKS = {".rss": check_rss, ".atom": check_atom, ".json": check_json_feed}
WARNED = "A text that should be asked for first"


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """Three threads: a typical one, one with hostile words and a warning, one in Uyghur."""
    made = Archive(tmp_path_factory.mktemp("searched") / "data")
    made.keep(whole(views.typical(), made))
    warned = views.post(1, f"{WARNED} {views.HOSTILE}", content_warning=views.HOSTILE)
    for number, posts in enumerate(([warned], [views.post(1, "ئۇيغۇر خەلقى", language="ug")])):
        view = views.view(posts)
        thread = dataclasses.replace(
            view.thread,
            id=f"{number + 1:016x}",
            native_id=f"n{number}",
            url=f"https://social.example/@icij/n{number}",
            title=posts[0].post.text[:40],
        )
        made.keep(dataclasses.replace(view, thread=thread))
    made.publish()
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(archive: Archive) -> Iterator[Client]:
    """A client of the archive's web app."""
    with served(
        archive.store, archive.payloads, archive.public, archive.base_url, notes=archive.notes
    ) as found:
        yield found


def _node(page: LexborHTMLParser, css: str) -> LexborNode:
    found = page.css_first(css)
    assert found is not None
    return found


def test_page_shows_what_was_found(client: Client) -> None:
    """With the words marked, its thread and the place in it."""
    answer = client.ask("/search?q=images")
    page = LexborHTMLParser(answer.text)
    assert answer.status == 200 and "script" not in (_node(page, "main").html or "")
    assert {each.text() for each in page.css("mark")} == {"images"}
    assert "/t/" in str(_node(page, ".hits h2 a").attributes["href"])
    feeds = [each.attributes["href"] for each in page.css("link[rel=alternate]")]
    assert f"{views.BASE}/search.rss?q=images" in feeds


def test_page_without_a_question_says_how_to_ask(client: Client) -> None:
    """And is no error."""
    answer = client.ask("/search")
    assert answer.status == 200 and "night shift" in answer.text


def test_question_that_is_none_is_said_on_the_page(client: Client) -> None:
    """With what was typed still there."""
    answer = client.ask("/search?q=after%3Asoon")
    assert answer.status == 400
    assert "is no time" in answer.text and 'value="after:soon"' in answer.text


def test_nothing_found_is_said(client: Client) -> None:
    """With the next step."""
    answer = client.ask("/search?q=zebra")
    assert answer.status == 200 and "Fewer words find more" in answer.text


def test_hostile_words_stay_words(client: Client) -> None:
    """Those that were captured, and those that were asked."""
    for asked in ("asked", quote(views.HOSTILE[:40]), quote('"><script>alert(1)</script> asked')):
        answer = client.ask(f"/search?q={asked}")
        page = LexborHTMLParser(answer.text)
        assert not page.css("main script") and not page.css("[onload], [onerror]")
        assert "\x00" not in answer.text


def test_content_warning_covers_the_words(client: Client) -> None:
    """Whoever searches has not asked to read it yet."""
    page = LexborHTMLParser(client.ask("/search?q=asked").text)
    assert WARNED in _node(page, ".hits details .snippet").text()
    assert not page.css(".hits li > .snippet")
    assert _node(page, ".hits h2").text().startswith("Content warning: ")


def test_uyghur_is_found(client: Client) -> None:
    """And said to be Uyghur, in its own direction."""
    page = LexborHTMLParser(client.ask(f"/search?q={quote('ئۇيغۇر')}").text)
    snippet = _node(page, ".snippet")
    assert snippet.attributes["lang"] == "ug" and snippet.attributes["dir"] == "auto"


@pytest.mark.parametrize("extension", [".rss", ".atom", ".json"])
def test_search_is_a_feed(client: Client, extension: str) -> None:
    """That names its own address, question and all, and passes the rules."""
    answer = client.ask(f"/search{extension}?q=images")
    assert answer.status == 200
    assert f"{views.BASE}/search{extension}?q=images" in answer.text
    assert _CHECKS[extension](answer.body) == []
    if extension == ".json":
        assert len(json.loads(answer.body)["items"]) == 1
    else:
        assert len(feedparser.parse(answer.body).entries) == 1


def test_feed_that_is_the_same_is_not_sent_again(client: Client) -> None:
    """By its tag."""
    first = client.ask("/search.atom?q=images")
    again = client.ask("/search.atom?q=images", If_None_Match=first.headers["etag"])
    assert (again.status, again.body) == (304, b"")


def test_feed_of_no_question_is_refused(client: Client) -> None:
    """In one sentence."""
    answer = client.ask("/search.rss")
    assert answer.status == 400 and answer.text.count("\n") == 1


def test_withheld_thread_is_on_no_page_and_in_no_feed(archive: Archive, client: Client) -> None:
    """From the decision on, not from the next publication."""
    thread_id = f"{2:016x}"
    asked = quote("خەلقى")
    assert thread_id in client.ask(f"/search.json?q={asked}").text
    archive.store.decide(Decision(thread_id, PolicyState.WITHHELD, views.CHANGED))
    assert thread_id not in client.ask(f"/search.json?q={asked}").text
    assert thread_id not in client.ask(f"/search?q={asked}").text
    archive.store.decide(Decision(thread_id, PolicyState.PUBLIC, views.CHANGED.replace(hour=11)))
    assert thread_id in client.ask(f"/search?q={asked}").text


def test_feed_holds_what_is_published_only(tmp_path: Path) -> None:
    """The same entries as all feeds; before the first publication there are none."""
    made = Archive(tmp_path / "data")
    made.keep(whole(views.typical(), made))
    places = made.store, made.payloads, made.public, made.base_url
    with served(*places, notes=made.notes) as client:
        assert json.loads(client.ask("/search.json?q=images").body)["items"] == []
        made.publish()
        (found,) = json.loads(client.ask("/search.json?q=images").body)["items"]
        (everywhere,) = json.loads((made.public / "feeds/all.json").read_bytes())["items"]
        assert found == everywhere
        (made.notes / "state.sqlite").write_bytes(b"torn" * 999)
        assert client.ask("/search.json?q=images").status == 200
    made.close()


def test_site_below_a_path_keeps_it(tmp_path: Path) -> None:
    """In the form, the links and the feeds."""
    made = Archive(tmp_path / "data", "https://host.example/archive")
    made.keep(views.typical())
    with served(made.store, made.payloads, made.public, made.base_url) as client:
        page = client.ask("/archive/search?q=images").text
    made.close()
    assert 'action="/archive/search"' in page
    assert "https://host.example/archive/search.rss?q=images" in page

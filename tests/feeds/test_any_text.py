"""Whatever a platform sends, in whatever field: the feeds stay whole."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree  # type: ignore[import-untyped]  # lxml has no types

from archiver.models import ThreadView
from feeds import atom, clean, json_feed, rss
from feeds.document import document_of, dump, entries_of, entry_of, everything, load, scopes_of
from feeds.formats import Format
from tests.feeds import views
from tests.feeds.changed import changed
from tests.feeds.validator import check_atom, check_json_feed, check_rss

PIECES = st.sampled_from(
    [
        *("<", ">", "&", '"', "'", "]]>", "<![CDATA[", "<!--", "-->", "<?x?>", "&#0;", "&#xFFFE;"),
        *("<script>", "</li></ol>", "<p", "<a href=", "https://", "http://[::1", "javascript:x"),
        *("\x00", "\ud83d", "\udc00", "\ufffe", "\U0010ffff", "\u202e", "\r\n", "{{", "%}", "%zz"),
        *("x" * 3000, "ئۇيغۇر", "日本", "🧵", "@", "#", "/", "?", ":", " "),
    ]
)
TEXT = st.one_of(
    st.text(st.characters(exclude_categories=[]), max_size=30),
    st.lists(PIECES, max_size=6).map("".join),
    PIECES.map(lambda piece: f"https://example.org/{piece}"),
)


@pytest.mark.parametrize("kind", ["typical", "covered", "japanese", "everything_failed"])
@given(texts=st.lists(TEXT, min_size=1, max_size=12), watch=TEXT)
def test_any_text_in_any_field_gives_clean_feeds(kind: str, texts: list[str], watch: str) -> None:
    """Well-formed, valid, safe, in all three formats."""
    fresh = itertools.cycle(texts)
    view: ThreadView = views.with_texts(views.ALL[kind](), lambda: next(fresh))
    entry = entry_of(view, base_url=views.BASE, media=views.copies(views.ALL[kind]()))
    document = document_of(everything(views.BASE, watch), [entry])
    assert check_rss(rss.render(document)) == []
    assert check_atom(atom.render(document)) == []
    assert check_json_feed(json_feed.render(document)) == []


@given(texts=st.lists(TEXT, min_size=1, max_size=12))
def test_any_text_gives_clean_feeds_of_posts_and_changes(texts: list[str]) -> None:
    """With names of feeds, replies and tombstones; and an entry that is kept comes back equal."""
    fresh = itertools.cycle(texts)
    view: ThreadView = views.with_texts(changed(), lambda: next(fresh))
    made = entries_of(view, views.BASE, views.copies(changed()))
    assert len({each.url_stem for each in scopes_of(view, views.BASE, texts[0])}) % 3 == 0
    for scope in scopes_of(view, views.BASE, texts[0])[-3:]:
        entries = {"posts": made.posts, "changes": made.changes}.get(scope.granularity, ())
        document = document_of(scope, entries)
        assert check_rss(rss.render(document)) == []
        assert check_atom(atom.render(document)) == []
        assert check_json_feed(json_feed.render(document)) == []
    for entry in (made.thread, *made.posts, *made.changes):
        assert load(dump(entry)) == entry


@given(text=TEXT)
def test_title_and_words_come_through(text: str) -> None:
    """What a reader may see is what was written: nothing is escaped twice, nothing is lost."""
    words = f"a {text} z"
    view = views.view([views.post(1, words, html="")], title=words)
    entry = entry_of(view, base_url=views.BASE, media={})
    document = document_of(everything(views.BASE, "Room"), [entry])
    root = etree.fromstring(atom.render(document))
    space = {"a": "http://www.w3.org/2005/Atom"}
    title = root.findtext("a:entry/a:title", namespaces=space)
    assert title == entry.title == json.loads(json_feed.render(document))["items"][0]["title"]
    body = root.findtext("a:entry/a:content", namespaces=space)
    assert body == entry.html
    assert "".join(clean.text(words).split()) in "".join(_shown(body).split())


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)


def _shown(html: str) -> str:
    parser = _Text()
    parser.feed(html)
    parser.close()
    return "".join(parser.pieces)


@pytest.mark.parametrize(
    ("written", "check"), [(rss, check_rss), (atom, check_atom), (json_feed, check_json_feed)]
)
def test_hostile_thread_does_not_spoil_its_neighbours(
    written: Format, check: Callable[[bytes], list[str]]
) -> None:
    """One bad post never costs a newsroom the other threads."""
    kinds = ("hostile", "uyghur", "typical")
    entries = [entry_of(views.ALL[k](), base_url=views.BASE, media={}) for k in kinds]
    feed = written.render(document_of(everything(views.BASE, "Room"), entries))
    assert check(feed) == []
    assert all(entry.id.encode() in feed for entry in entries)

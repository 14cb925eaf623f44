"""Feeds, pages and files of the web, and what is read of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from archiver import errors
from archiver.models import Outcome
from tests.sources.playing import Answer
from tests.sources.web_server import (
    PARAGRAPH,
    atom,
    entry,
    feed,
    html,
    moved,
    page,
    rss,
)

FEED = "https://news.example/feed"
STORY = "https://news.example/story"


@dataclass(frozen=True)
class Entries:
    """A feed, and the entries that it must give: native id and text of each."""

    name: str
    answers: Mapping[str, Answer]
    expected: tuple[tuple[str, str], ...]
    reason: str = ""
    url: str = FEED


@dataclass(frozen=True)
class Page:
    """A page or file, and what its thread must hold."""

    name: str
    answers: Mapping[str, Answer]
    native_id: str = "news.example/story"
    holds: tuple[str, ...] = ()
    lacks: str = "nothing of the kind"
    title: str = "The story"
    author: str = "news.example"
    url: str = STORY


@dataclass(frozen=True)
class Refused:
    """An address that gives no thread, and how that is said."""

    name: str
    answers: Mapping[str, Answer]
    error: type[errors.ArchiverError]
    said: str
    url: str = STORY


def _json_feed(*items: object, **more: object) -> Answer:
    value = {"version": "https://jsonfeed.org/version/1.1", "title": "Desk", "items": list(items)}
    return Answer(value | more, mime="application/feed+json")


def _one(body: bytes, mime: str = "application/rss+xml") -> dict[str, Answer]:
    return {FEED: feed(body, mime)}


_FIRST = ("news.example/feed news.example/?p=1", "Story 1\n\nText 1.")
_SECOND = ("news.example/feed news.example/?p=2", "Story 2\n\nText 2.")

ENTRIES = (
    Entries("rss 2.0", _one(rss(entry(1), entry(2))), (_FIRST, _SECOND)),
    Entries("rss as html", _one(rss(entry(1)), "text/html; charset=utf-8"), (_FIRST,)),
    Entries("rss as text", _one(rss(entry(1)), "text/plain"), (_FIRST,)),
    Entries(
        "rss 0.91 without ids",
        _one(
            b'<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://x/y.dtd">'
            b'<rss version="0.91"><channel><title>D</title><item><title>One</title>'
            b"<link>https://news.example/a?utm_source=rss</link></item></channel></rss>"
        ),
        (("news.example/feed news.example/a", "One"),),
    ),
    Entries(
        "rss 1.0",
        _one(
            b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
            b' xmlns="http://purl.org/rss/1.0/"><channel rdf:about="https://news.example/">'
            b'<title>D</title></channel><item rdf:about="https://news.example/7">'
            b"<title>Seven</title><link>https://news.example/7</link>"
            b"<description>Words &amp; more</description></item></rdf:RDF>"
        ),
        (("news.example/feed news.example/7", "Seven\n\nWords & more"),),
    ),
    Entries(
        "atom with all kinds of text",
        _one(
            atom(
                "<id>tag:news.example,2026:1</id>"
                '<title type="html">A &amp;amp; &lt;i&gt;B&lt;/i&gt;</title>'
                '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">'
                "<p>One <b>two</b></p></div></content>",
                "<id>tag:news.example,2026:2</id><title>5 &lt; 6</title>"
                '<content type="text">a &lt; b</content>',
                "<id>tag:news.example,2026:3</id><title>T</title>"
                '<content type="image/png" src="x.png"/><summary>Said shortly</summary>',
            ),
            "application/atom+xml",
        ),
        (
            ("news.example/feed tag:news.example,2026:1", "A & B\n\nOne two"),
            ("news.example/feed tag:news.example,2026:2", "5 < 6\n\na < b"),
            ("news.example/feed tag:news.example,2026:3", "T\n\nSaid shortly"),
        ),
    ),
    Entries(
        "atom 0.3",
        _one(
            b'<feed version="0.3" xmlns="http://purl.org/atom/ns#"><title>D</title><entry>'
            b"<id>tag:news.example,2004:1</id><title>Old</title><issued>2004-01-02T03:04:05Z</issued>"
            b'<content type="text/html" mode="escaped">&lt;p&gt;Words&lt;/p&gt;</content>'
            b"</entry></feed>"
        ),
        (("news.example/feed tag:news.example,2004:1", "Old\n\nWords"),),
    ),
    Entries(
        "json feed",
        {
            FEED: _json_feed(
                {"id": "https://news.example/1", "title": "A < B", "content_text": "x\ny"},
                {"id": 7, "content_html": "<p>Seven</p>"},
            )
        },
        (
            ("news.example/feed news.example/1", "A < B\n\nx\ny"),
            ("news.example/feed 7", "Seven"),
        ),
    ),
    Entries(
        "json feed with entries that cannot be read",
        {
            FEED: _json_feed(
                {"id": "1", "content_text": "Good"}, "bad", {"id": [], "title": "x"}, {}
            )
        },
        (("news.example/feed 1", "Good"),),
        "3 of its entries could not be read",
    ),
    Entries(
        "ids that are numbers count within their own feed",
        _one(rss("<title>One</title><guid>1</guid>")),
        (("news.example/feed 1", "One"),),
    ),
    Entries(
        "an id that entries of two pages share names neither",
        _one(
            rss(
                "<title>A</title><guid>x</guid><link>https://news.example/a</link>",
                "<title>B</title><guid>x</guid><link>https://news.example/b</link>",
            )
        ),
        (("news.example/feed news.example/a", "A"), ("news.example/feed news.example/b", "B")),
    ),
    Entries(
        "changes that share a page are told apart by their fragment",
        _one(
            rss(
                "<title>A</title><link>https://news.example/log#v1</link>",
                "<title>B</title><link>https://news.example/log#v2</link>",
            )
        ),
        (
            ("news.example/feed news.example/log#v1", "A"),
            ("news.example/feed news.example/log#v2", "B"),
        ),
    ),
    Entries(
        "an entry shown twice is one, in its latest form",
        _one(
            atom(
                "<id>tag:a,1:1</id><title>Old</title><updated>2026-01-01T00:00:00Z</updated>",
                "<id>tag:a,1:1</id><title>New</title><updated>2026-02-01T00:00:00Z</updated>",
            )
        ),
        (("news.example/feed tag:a,1:1", "New"),),
    ),
    Entries(
        "another feed of the same site names its entries apart",
        {"https://news.example/politics": feed(rss(entry(1, "Short.")))},
        (("news.example/politics news.example/?p=1", "Story 1\n\nShort."),),
        url="https://news.example/politics",
    ),
    Entries(
        "a feed that moved keeps its names",
        {
            "https://old.example/feed": moved(FEED),
            FEED: feed(rss("<title>A</title><guid>1</guid>")),
        },
        (("old.example/feed 1", "A"),),
        url="https://old.example/feed",
    ),
    Entries(
        "older documents are read",
        {
            FEED: feed(rss(entry(1), head='<atom:link rel="prev-archive" href="/feed/old"/>')),
            f"{FEED}/old": feed(rss(entry(2))),
        },
        (_FIRST, _SECOND),
    ),
    Entries(
        "an older document that is gone costs only itself",
        {FEED: feed(rss(entry(1), head='<atom:link rel="next" href="/feed/old"/>'))},
        (_FIRST,),
        "is not there (404)",
    ),
    Entries(
        "documents that lead in a circle end",
        {
            FEED: feed(rss(entry(1), head='<atom:link rel="next" href="/feed/2"/>')),
            f"{FEED}/2": feed(rss(entry(2), head='<atom:link rel="next" href="/feed"/>')),
        },
        (_FIRST, _SECOND),
    ),
    Entries(
        "older documents of a json feed",
        {
            FEED: _json_feed({"id": "1", "content_text": "A"}, next_url="https://news.example/2"),
            "https://news.example/2": _json_feed({"id": "2", "content_text": "B"}),
        },
        (("news.example/feed 1", "A"), ("news.example/feed 2", "B")),
    ),
    Entries("no entries", _one(rss()), (), "it holds no entries"),
    Entries("empty list", {FEED: _json_feed()}, (), "it holds no entries"),
    Entries(
        "entities of HTML and bare ampersands",
        _one(rss("<title>Caf&eacute; &amp; Bar & more &nope;</title><guid>1</guid>")),
        (("news.example/feed 1", "Café & Bar & more &nope;"),),
    ),
    Entries(
        "a feed that broke off leaves out its last entry",
        _one(rss(entry(1), entry(2))[:-60]),
        (_FIRST,),
        "is not whole XML",
    ),
    Entries(
        "depth beyond all sense ends the feed",
        _one(rss(entry(1), "<a>" * 9_000, entry(2))),
        (_FIRST,),
        "is not whole XML",
    ),
    Entries(
        "entities that multiply",
        _one(
            b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]>'
            + rss("<title>x &c; y</title><guid>1</guid>").partition(b"\n")[2]
        ),
        (("news.example/feed 1", "x &c; y"),),
    ),
    Entries(
        "files of this machine are never read",
        _one(
            b'<!DOCTYPE l [<!ENTITY secret SYSTEM "file:///etc/passwd">]>'
            + rss("<title>x &secret; y</title><guid>1</guid>").partition(b"\n")[2]
        ),
        (("news.example/feed 1", "x &secret; y"),),
    ),
    Entries(
        "an encoding that only the header names",
        _one(
            rss("<title>Café</title><guid>1</guid>")
            .decode()
            .replace(' encoding="utf-8"', "")
            .encode("latin-1"),
            "application/rss+xml; charset=iso-8859-1",
        ),
        (("news.example/feed 1", "Café"),),
    ),
    Entries(
        "UTF-16",
        _one(b"\xff\xfe" + rss("<title>Café</title><guid>1</guid>").decode().encode("utf-16-le")),
        (("news.example/feed 1", "Café"),),
    ),
    Entries(
        "hostile markup leaves its words",
        _one(
            rss(
                "<title>&lt;script&gt;x()&lt;/script&gt;Head</title><guid>1</guid><description>"
                "<![CDATA[<p onclick='x()'>Hi</p><script>x()</script><img src=x onerror=y>"
                "<a href='javascript:x()'>go</a><iframe src='//x'></iframe>]]></description>"
            )
        ),
        (("news.example/feed 1", "Head\n\nHi\n\ngo"),),
    ),
    Entries(
        "control characters",
        _one(rss("<title>a\x00\x08b</title><guid>1\x1f</guid>")),
        (("news.example/feed 1", "ab"),),
    ),
    Entries(
        "an entry with neither id nor address is known by headline and time",
        _one(rss("<title>A</title><description>x</description>")),
        (("news.example/feed sha256:", "A\n\nx"),),
    ),
    Entries(
        "an entry that says nothing",
        _one(rss("<guid>1</guid>", entry(1))),
        (_FIRST,),
        "1 of its entries could not be read",
    ),
)

_META = (
    '<meta property="og:site_name" content="Harbour Desk">'
    '<script type="application/ld+json">{"@graph": [{"@type": "NewsArticle", "author":'
    ' [{"name": "Ann Lee"}, {"name": "Bo"}], "datePublished": "2026-11-01T10:00:00+01:00",'
    ' "dateModified": "2026-11-02T10:00:00Z"}]}</script>'
)

PAGES = (
    Page(
        "page",
        {STORY: page(html("The story"))},
        holds=("The story", PARAGRAPH.strip()),
        lacks="Menu",
    ),
    Page("metadata", {STORY: page(html("The story", head=_META))}, author="Ann Lee, Bo"),
    Page(
        "metadata of odd types",
        {
            STORY: page(
                html(
                    "The story",
                    head='<meta name=author content="https://x"><script type=application/ld+json>'
                    '[{"@type": 7, "author": 3}, {"@type": ["Article"], "author":'
                    ' [4, {"name": 5}]}, null]</script>'
                    '<script type=application/ld+json>{"</script>',
                )
            )
        },
    ),
    Page(
        "JSON-LD nested beyond all sense",
        {
            STORY: page(
                html(
                    "The story",
                    head=f"<script type=application/ld+json>{'[' * 100_000}</script>",
                )
            )
        },
    ),
    Page(
        "name without scheme, fragment, tracking",
        {"http://news.example/story?utm_source=x&id=1": page(html("The story"))},
        "news.example/story?id=1",
        url="http://news.example/story?utm_source=x&id=1#top",
    ),
    Page(
        "redirected",
        {"https://sho.rt/a": moved(STORY), STORY: page(html("The story"))},
        "sho.rt/a",
        author="sho.rt",
        url="https://sho.rt/a",
    ),
    Page(
        "canonical addresses that a page claims are not believed",
        {STORY: page(html("The story", head='<link rel=canonical href="https://bank.example/">'))},
    ),
    Page(
        "title only",
        {STORY: page(b"<title>The story</title><div id=app></div>")},
        holds=("The story",),
    ),
    Page(
        "file",
        {
            f"{STORY}/a%20report.pdf": Answer(body=b"%PDF-1.7", mime="application/pdf"),
        },
        "news.example/story/a%20report.pdf",
        ("application/pdf, 8 bytes", "sha256:"),
        title="a report.pdf",
        url=f"{STORY}/a%20report.pdf",
    ),
    Page(
        "file of which only the beginning was kept",
        {
            f"{STORY}/film.mp4": Answer(
                body=b"0" * 32_000_000, mime="video/mp4", whole=False,
                headers=(("Content-Length", "900000000"),),
            )
        },
        "news.example/story/film.mp4",
        ("video/mp4, 900000000 bytes",),
        title="film.mp4",
        url=f"{STORY}/film.mp4",
    ),
    Page(
        "plain text",
        {STORY: Answer(body="Café\n\nline".encode(), mime="text/plain")},
        holds=("Café\n\nline",),
        title="Café",
    ),
    Page("20 MB", {STORY: page(html("The story") + b"<p>x</p>" * 2_500_000)}),
    Page("unclosed elements", {STORY: page(html("The story") + b"<div><b>" * 200_000)}),
    Page("no type", {STORY: Answer(body=html("The story"), mime="")}),
    Page("an article about logins", {STORY: page(html("Login data was sold", PARAGRAPH * 9))},
         title="Login data was sold"),
)  # fmt: skip

REFUSED = (
    Refused("not there", {}, errors.NotFound, "is not there (404)"),
    Refused("gone", {STORY: page(b"gone", 410)}, errors.NotFound, "is not there (410)"),
    Refused("forbidden", {STORY: page(b"no", 403)}, errors.AccessDenied, "without a login (403)"),
    Refused("busy", {STORY: page(b"no", 429)}, errors.RateLimited, "(429)"),
    Refused("down", {STORY: page(b"no", 503)}, errors.FetchError, "answered 503"),
    Refused("no answer", {STORY: Answer(outcome=Outcome.TIMEOUT)}, errors.FetchError, "no answer"),
    Refused(
        "broke off",
        {STORY: Answer(body=b"<html><p>half", mime="text/html", whole=False)},
        errors.FetchError,
        "broke off after 13 bytes",
    ),
    Refused(
        "redirects without end",
        {f"{STORY}{n}": moved(f"{STORY}{n + 1}") for n in range(9)} | {STORY: moved(f"{STORY}0")},
        errors.FetchError,
        "answered 301",
    ),
    Refused("no words", {STORY: page(b"<html><script>x</script>")}, errors.ParseError, "no words"),
    Refused("empty", {STORY: page(b"")}, errors.ParseError, "no words"),
    Refused(
        "login page",
        {STORY: page(html("Desk", "Members only. <input type=password name=p>"))},
        errors.AccessDenied,
        "nothing but a login",
    ),
    Refused(
        "login by its title",
        {STORY: page(html("Sign in to Desk", "Members only."))},
        errors.AccessDenied,
        "nothing but a login",
    ),
    Refused(
        "check for robots",
        {STORY: page(html("Just a moment...", "Enable cookies."))},
        errors.AccessDenied,
        "a check for robots",
    ),
    Refused(
        "sent to a login",
        {STORY: moved("https://news.example/login?next=x"),
         "https://news.example/login?next=x": page(html("Welcome"))},
        errors.AccessDenied,
        "wants a login or a consent",
    ),
    Refused(
        "sent to a login that is not there",
        {STORY: moved("https://news.example/login")},
        errors.AccessDenied,
        "wants a login or a consent",
    ),
    Refused(
        "sent to the front page",
        {STORY: moved("https://news.example/"), "https://news.example/": page(html("News"))},
        errors.NotFound,
        "the server shows https://news.example/ instead",
    ),
    Refused("json", {STORY: Answer({"a": 1})}, errors.ParseError, "JSON that is no feed"),
    Refused(
        "page sent as a feed",
        {STORY: Answer(body=b"<html><script>", mime="application/rss+xml")},
        errors.ParseError,
        "no words",
    ),
    Refused(
        "nonsense sent as a feed",
        {STORY: Answer(body=b"\x00\x01rss", mime="application/rss+xml")},
        errors.ParseError,
        "is no RSS, Atom or JSON feed",
    ),
    Refused(
        "truncated JSON feed",
        {STORY: Answer(body=b'{"version":"https://jsonfeed.org/version/1","items":[{', mime="")},
        errors.ParseError,
        "JSON was due",
    ),
    Refused(
        "JSON feed without entries",
        {STORY: Answer({"version": "https://jsonfeed.org/version/1"})},
        errors.ParseError,
        "`items` is missing",
    ),
    Refused(
        "JSON feed with an object of entries",
        {STORY: Answer({"version": "https://jsonfeed.org/version/1", "items": {"a": 1}})},
        errors.ParseError,
        "`items` is an object where a list was due",
    ),
    Refused(
        "feed of another version",
        {STORY: Answer({"version": 1}, mime="application/feed+json")},
        errors.ParseError,
        "`version`",
    ),
    Refused(
        "feed that is not there",
        {STORY: Answer(body=rss(entry(1)), mime="application/rss+xml", status=404)},
        errors.NotFound,
        "the feed is not there (404)",
    ),
    Refused(
        "megabytes of space sent as a feed",
        {STORY: feed(b" " * 5_000_000)},
        errors.ParseError,
        "is no RSS, Atom or JSON feed",
    ),
    Refused(
        "endless feed", {STORY: feed(b"<rss>" + b" " * 12_000_000)}, errors.TooLarge, "a feed of"
    ),
)  # fmt: skip
